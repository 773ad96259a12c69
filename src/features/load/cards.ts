import { z } from "zod/v4";
import { button, card, choiceInput, facts, note, paragraph, section } from "../../core/card.ts";
import type { Action, Card, Element } from "../../core/card.ts";
import { as, type PersonId, type ProgrammeId } from "../../core/ids.ts";
import { count, dayIn, sayDay, sayList } from "../../core/time.ts";
import { meetingLine, type MeetingOnCard } from "../meetings/cards.ts";
import type { CoverView } from "./cover/cards.ts";
import { taskOf, type MentorLoad } from "./rules.ts";

/** A group that somebody looks after, as `load` shows it to them. */
export interface GroupLoad {
  readonly name: string;
  readonly meetings: readonly MeetingOnCard[];
  /** Of this group and this reader; null: none was asked for. */
  readonly cover: (CoverView & { readonly isMine: boolean }) | null;
}

export interface OwnLoad {
  readonly groups: readonly GroupLoad[];
  readonly questions: readonly { readonly askedAt: Temporal.Instant; readonly takenBy: string | null }[];
  /** Unrequested cards of this week, in the reader's zone. */
  readonly remindersThisWeek: number;
  readonly remindersAWeek: number;
  readonly pausedUntil: Temporal.PlainDate | null;
}

/** To a mentor: what is open for me. Each line has its act, where there is one. */
export function ownLoadCard(load: OwnLoad, reader: { readonly timeZone: string }, now: Temporal.Instant): Card {
  const open = load.groups.reduce((sum, group) => sum + linesOf(group, reader.timeZone, now).length, 0);
  const title = open === 0 ? "Nothing is open for you" : `${count(open, "thing")} open for you`;
  const isCovered = load.groups.some(({ cover }) => cover !== null);
  return card(
    title,
    [
      ...load.groups.map((group) => groupSection(group, reader.timeZone, now)),
      section("Your questions", questionLines(load.questions, reader.timeZone)),
      section("Reminders", [
        ...line(
          load.pausedUntil === null
            ? `${load.remindersThisWeek} of at most ${load.remindersAWeek} this week.`
            : `You have a pause until ${sayDay(load.pausedUntil)}.`,
          load.pausedUntil === null
            ? button("Pause until a date", "notices.pause-form")
            : button("End the pause now", "notices.resume"),
        ),
      ]),
    ],
    isCovered ? [] : [button("Ask a colleague to cover me", "load.cover-form")],
    `${title}. ${load.groups.map(({ name }) => name).join(", ")}.`,
  );
}

function groupSection(group: GroupLoad, timeZone: string, now: Temporal.Instant): Element {
  const lines = linesOf(group, timeZone, now);
  return section(group.name, [
    ...coverLines(group.cover),
    ...(lines.length === 0 && group.cover?.isMine !== true ? [paragraph("Nothing is open at the moment.")] : []),
    ...lines.flat(),
  ]);
}

/** One for each meeting that asks something of the reader. Of a group that a colleague looks after: none. */
function linesOf({ meetings, cover }: GroupLoad, timeZone: string, now: Temporal.Instant): readonly Element[][] {
  if (cover?.isMine === true && cover.state === "taken") return [];
  return meetings.flatMap((meeting) => {
    const task = taskOf(meeting.facts, now);
    if (task === null) return [];
    const data = { id: meeting.id };
    const act = {
      "find-date": button("Plan it", "planning.open", data),
      meet: button("See the plan or change it", "planning.open", data),
      log: button("Log it", "logbook.open", data),
    }[task];
    return [line(`${meeting.title}: ${meetingLine(meeting.facts, timeZone, now)}`, act)];
  });
}

function coverLines(cover: GroupLoad["cover"]): readonly Element[] {
  if (cover === null) return [];
  const data = { cover: cover.id };
  const until = sayDay(cover.until);
  if (!cover.isMine) {
    return line(
      `You look after it for ${cover.mentor.name} until ${until}.`,
      button("Hand it back", "load.hand-back", data),
    );
  }
  return cover.coveredBy === null
    ? line(`Nobody has taken it yet (until ${until}).`, button("Never mind, I'm here", "load.hand-back", data))
    : line(
        `${cover.coveredBy.name} looks after it until ${until}.`,
        button("I'm back: take it back", "load.hand-back", data),
      );
}

function questionLines(questions: OwnLoad["questions"], timeZone: string): readonly Element[] {
  if (questions.length === 0) return line("None is open.", button("Ask a coordinator", "flags.ask"));
  return [
    ...questions.map(({ askedAt, takenBy }) =>
      paragraph(
        `Asked on ${sayDay(dayIn(askedAt, timeZone))}: ${takenBy === null ? "nobody has taken it yet" : `${takenBy} has taken it`}.`,
      ),
    ),
    { type: "ActionSet", actions: [button("Ask another one", "flags.ask")] },
  ];
}

function line(text: string, act: Action): Element[] {
  return [paragraph(text), { type: "ActionSet", actions: [act], spacing: "Small" }];
}

/** One mentor's line for coordinators. */
export interface MentorLine extends MentorLoad {
  readonly person: PersonId;
  readonly groups: readonly string[];
  readonly pausedUntil: Temporal.PlainDate | null;
  /** In words: who covers whom. */
  readonly covers: readonly string[];
}

export interface ProgrammeLoad {
  readonly programme: { readonly id: ProgrammeId; readonly name: string };
  /** Who needs relief first. */
  readonly mentors: readonly MentorLine[];
  readonly groupsWithoutMentor: readonly string[];
}

/** Lines on a card: it stays far below Teams' 100 KB and can still be read on a phone. */
export const linesAtOnce = 20;

/** To a coordinator: every mentor's load, in counts. @param from the first line that is shown, from 0 */
export function programmeLoadCard(load: ProgrammeLoad, from: number): Card {
  const { programme, mentors, groupsWithoutMentor } = load;
  const shown = mentors.slice(from, from + linesAtOnce);
  const after = mentors.length - from - shown.length;
  const title = `The mentors' load: ${programme.name}`;
  const missing = groupsWithoutMentor.slice(0, linesAtOnce);
  const others = groupsWithoutMentor.length - missing.length;
  return card(
    title,
    [
      ...(missing.length === 0
        ? []
        : [paragraph(`Without a mentor: ${sayList([...missing, ...(others === 0 ? [] : [`${others} more`])])}.`)]),
      note("Who may need relief comes first. Counts only: what mentors write stays where it is."),
      ...(shown.length === 0
        ? [paragraph("There is no mentor at the moment.")]
        : [
            facts(shown.map((mentor) => [`${mentor.name} (${mentor.groups.join(", ")})`, mentorWords(mentor)])),
            choiceInput({
              id: "mentor",
              label: "Does somebody's part end?",
              style: "compact",
              choices: shown.map(({ person, name }) => ({ title: name, value: person })),
            }),
          ]),
      ...(from + after === 0
        ? []
        : [note(`${from + 1} to ${from + shown.length} of ${count(mentors.length, "mentor")}.`)]),
    ],
    [
      ...(after > 0
        ? [button(`Show ${after} more`, "load.show", { programme: programme.id, from: from + shown.length })]
        : []),
      ...(shown.length === 0 ? [] : [button("End this mentor's part", "load.end-form")]),
    ],
    `${title}: ${count(mentors.length, "mentor")}, ${count(groupsWithoutMentor.length, "group")} without one.`,
  );
}

function mentorWords({ open, overdue, pausedUntil, covers }: MentorLine): string {
  return [
    `${open} open`,
    ...(overdue === 0 ? [] : [`${overdue} overdue`]),
    ...(pausedUntil === null ? [] : [`pause until ${sayDay(pausedUntil)}`]),
    ...covers,
  ].join(", ");
}

/** Whoever looks after several programmes says which one. */
export function pickProgrammeCard(
  programmes: readonly { readonly id: ProgrammeId; readonly name: string }[],
  hasOwn: boolean,
): Card {
  return card(
    "Whose load?",
    [paragraph("You are in more than one place.")],
    [
      ...programmes.map(({ id, name }) => button(name, "load.show", { programme: id })),
      ...(hasOwn ? [button("My own", "load.mine")] : []),
    ],
  );
}

export const noGroup = "You have no group at the moment. Your coordinators can tell you more.";

const showSchema = z.object({
  programme: z.string().transform((id) => as<ProgrammeId>(id)),
  from: z.coerce.number().int().min(0).catch(0),
});

/** Which programme's load, from which line on; null: it was not said. */
export function parseShow(data: unknown): z.output<typeof showSchema> | null {
  return showSchema.safeParse(data).data ?? null;
}
