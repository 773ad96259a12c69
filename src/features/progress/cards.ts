import { z } from "zod/v4";
import { button, card, facts, note, paragraph, type Action, type Card } from "../../core/card.ts";
import { as, type GroupId } from "../../core/ids.ts";
import { count, dayIn, sayDay, sayMoment } from "../../core/time.ts";
import { meetingLine, stateWords, type MeetingOnCard } from "../meetings/cards.ts";
import { isOverdue, stateOf, type MeetingFacts } from "../meetings/rules.ts";
import type { Side } from "../sides/rules.ts";
import { progressOf, type Cell } from "./rules.ts";

/** Five rows with state and date, and how many of the programme's meetings are held. For a mentor, or a group's chat. */
export function meetingsCard(
  group: { readonly name: string },
  meetings: readonly MeetingOnCard[],
  reader: { readonly timeZone: string; readonly isMentor: boolean },
  now: Temporal.Instant,
): Card {
  const { held, asked, extra } = progressOf(meetings.map((meeting) => meeting.facts));
  const sum = `${held} of ${asked}`;
  return card(
    `${group.name}: ${sum} held`,
    [
      facts(meetings.map((meeting) => [meeting.title, meetingLine(meeting.facts, reader.timeZone, now)])),
      ...(extra > 0 ? [note(`${count(extra, "extra meeting")} on top.`)] : []),
    ],
    reader.isMentor ? nextActs(meetings, now) : [],
    `${group.name}: ${sum} meetings held.`,
  );
}

/** The button for the meeting that needs one next. */
function nextActs(meetings: readonly MeetingOnCard[], now: Temporal.Instant): readonly Action[] {
  const next = meetings.find((meeting) => ["open", "planned", "not_met"].includes(stateOf(meeting.facts, now)));
  if (next === undefined) return [];
  return [
    button(`Plan ${next.title}`, "planning.open", { id: next.id }),
    button(`Log ${next.title}`, "logbook.open", { id: next.id }),
  ];
}

/** What a mentee's own five cells are called. */
export const cellWords = {
  held: "you were there",
  excused: "could not be",
  absent: "missed",
  open: "open",
  before_joining: "before you joined",
} as const satisfies Record<Cell, string>;

/** One meeting as one mentee finds it. */
interface OwnCell {
  readonly meeting: MeetingOnCard;
  readonly cell: Cell;
  readonly isLogged: boolean;
  readonly side: Side | null;
}

export function menteeMeetingsCard(
  group: { readonly name: string; readonly mentors: readonly { readonly name: string }[] },
  rows: readonly OwnCell[],
  reader: { readonly timeZone: string },
  now: Temporal.Instant,
): Card {
  const asked = rows.filter((row) => row.meeting.facts.window !== null && row.cell !== "before_joining");
  const held = asked.filter((row) => row.cell === "held").length;
  const open = asked.find(
    (row) => row.cell === "open" && ["open", "not_met"].includes(stateOf(row.meeting.facts, now)),
  );
  const mentors = group.mentors.map((mentor) => mentor.name).join(" and ");
  return card(
    `Your meetings: ${held} of ${asked.length}`,
    [
      paragraph(`${group.name}, with ${mentors === "" ? "a mentor to be named" : mentors}.`),
      facts(
        rows.map(({ meeting, cell, side }) => [
          meeting.title,
          side?.answer === "not_held" && cell === "open"
            ? "you said that it did not take place"
            : cell === "open"
              ? meetingLine(meeting.facts, reader.timeZone, now)
              : cellWords[cell],
        ]),
      ),
    ],
    [
      ...(open === undefined ? [] : [button("Ask for a date", "planning.ask-for-date", { id: open.meeting.id })]),
      ...rows
        .filter(({ isLogged }) => isLogged)
        .slice(-sidesShown)
        .map(sideButton),
    ],
    `You were at ${held} of ${asked.length} meetings.`,
  );
}

/** Teams shows six buttons. */
const sidesShown = 5;

/** Whoever was not listed says so with one tap. */
function sideButton({ meeting, cell, side }: OwnCell): Action {
  const { id, title } = meeting;
  return cell === "absent" && side === null
    ? button(`I was at ${title}`, "sides.answer", { id, answer: "there" })
    : button(`${title}: my part`, "sides.open", { id });
}

/** Windows half over without plan or log, and plans that are past without a log: for coordinators. */
export function overdueCard(
  meetings: readonly MeetingOnCard[],
  reader: { readonly timeZone: string },
  now: Temporal.Instant,
): Card {
  const overdue = meetings.filter((meeting) => isOverdue(meeting.facts, now));
  if (overdue.length === 0) {
    const fine = "No meeting is overdue: each one that should have a plan or a log by now has it.";
    return card("Nothing is overdue", [paragraph(fine)], [], fine);
  }
  const shown = overdue.slice(0, overdueShown);
  const title = `${count(overdue.length, "meeting")} overdue`;
  return card(
    title,
    [
      note("Half of the window is over without a plan, or a planned time is past without a log."),
      facts(
        shown.map((meeting) => [
          overdueName(meeting),
          `${meeting.title}: ${overdueLine(meeting.facts, reader.timeZone, now)}`,
        ]),
      ),
      ...(overdue.length > shown.length
        ? [note(`And ${overdue.length - shown.length} more: waymark export writes all of them to meetings.csv.`)]
        : []),
    ],
    [],
    title,
  );
}

/** A card of 40 rows stays far below Teams' 100 KB and can still be read on a phone. */
const overdueShown = 40;

function overdueName(meeting: MeetingOnCard): string {
  const mentors = meeting.group.mentors.map((mentor) => mentor.name).join(", ");
  return `${meeting.group.name} (${mentors === "" ? "no mentor" : mentors})`;
}

function overdueLine(meeting: MeetingFacts, timeZone: string, now: Temporal.Instant): string {
  const { plan, window } = meeting;
  if (plan !== null) return `planned for ${sayMoment(plan.at, timeZone)}, not logged`;
  if (window === null) return stateWords[stateOf(meeting, now)];
  const closes = sayDay(window.closes);
  return Temporal.PlainDate.compare(window.closes, dayIn(now, meeting.timeZone)) < 0
    ? `no plan, window closed on ${closes}`
    : `no plan, window closes on ${closes}`;
}

/** Whoever is in several groups says which one. */
export function pickGroupCard(groups: readonly { readonly id: GroupId; readonly name: string }[]): Card {
  return card(
    "Which group?",
    [paragraph("You are in more than one.")],
    groups.map((group) => button(group.name, "progress.group", { id: group.id })),
    `You are in ${groups.map((group) => group.name).join(", ")}.`,
  );
}

export const pickedGroup = z.object({ id: z.uuid().transform((id) => as<GroupId>(id)) });
