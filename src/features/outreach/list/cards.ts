import { button, card, facts, note, paragraph, section, type Card } from "../../../core/card.ts";
import { count, dayIn, sayDay } from "../../../core/time.ts";
import type { StepKind } from "../ladder/rules.ts";
import { standings, type Standing } from "../rules.ts";

export const standingWords = {
  on_track: "on track",
  needs_a_nudge: "needs a nudge",
  at_risk: "at risk",
  paused: "paused",
  left: "left",
} as const satisfies Record<Standing, string>;

export interface ListedMentee {
  readonly name: string;
  readonly groupName: string;
  readonly evidence: readonly string[];
  readonly since: Temporal.Instant | null;
  /** The step by which they are on the list. */
  readonly listStep: string;
  /** What was done last, that can be undone. */
  readonly last: {
    readonly id: string;
    readonly kind: StepKind;
    readonly at: Temporal.Instant;
    readonly answer: string | null;
  } | null;
}

export interface ListView {
  readonly programme: string;
  readonly mentees: Readonly<Record<Standing, number>>;
  readonly groups: Readonly<Record<Standing, number>>;
  readonly listed: readonly ListedMentee[];
  readonly snoozed: readonly { readonly step: string; readonly name: string; readonly until: Temporal.Instant }[];
  /** Groups that are at risk, with what says so. */
  readonly groupsAtRisk: readonly { readonly name: string; readonly evidence: readonly string[] }[];
}

/** More would not fit into a message; the worst come first. */
export const mostListed = 12;

const doneWords = {
  ask: "asked what would suit them",
  joint: "offered a joint session",
  list: "put on this list",
  snooze: "put off by a coordinator",
} as const satisfies Record<StepKind, string>;

const answerWords: Readonly<Record<string, string>> = {
  another_time: "another time",
  fine: "fine",
  pause: "a pause",
  another_mentor: "another mentor, please",
  leave: "would like to leave",
  yes: "yes",
  no: "not this time",
};

export function listCard(views: readonly ListView[], timeZone: string, first: readonly string[] = []): Card {
  const say = (at: Temporal.Instant): string => sayDay(dayIn(at, timeZone));
  const body = views.flatMap((view) => [
    ...(views.length > 1 ? [paragraph(view.programme)] : []),
    facts([
      ["Mentees", sayCounts(view.mentees)],
      ["Groups", sayCounts(view.groups)],
    ]),
    ...view.listed
      .slice(0, mostListed)
      .map((mentee) =>
        section(
          `${mentee.name} (${mentee.groupName}): at risk`,
          [
            paragraph(`${capital(mentee.evidence.join("; "))}.`),
            note(
              [
                ...(mentee.since === null ? [] : [`Since ${say(mentee.since)}.`]),
                ...(mentee.last === null ? [] : [`Done last: ${sayLast(mentee.last, say)}.`]),
              ].join(" "),
            ),
          ],
          [
            button("Later (two weeks)", "outreach.snooze", { step: mentee.listStep }),
            ...(mentee.last === null
              ? []
              : [button(`Undo: ${doneWords[mentee.last.kind]}`, "outreach.undo", { step: mentee.last.id })]),
          ],
        ),
      ),
    ...(view.listed.length > mostListed
      ? [
          note(
            `And ${count(view.listed.length - mostListed, "more mentee")}, who come up here as you look after these.`,
          ),
        ]
      : []),
    ...view.groupsAtRisk
      .slice(0, mostListed)
      .map(({ name, evidence }) => note(`${name} as a group: ${evidence.join("; ")}.`)),
    ...view.snoozed
      .slice(0, mostListed)
      .map(({ step, name, until }) =>
        section(
          `${name}: later`,
          [note(`Back here on ${say(until)}.`)],
          [button("Back on the list", "outreach.undo", { step })],
        ),
      ),
  ]);
  const total = views.reduce((sum, { listed }) => sum + listed.length, 0);
  const title = total === 0 ? "Nobody is at risk" : `${count(total, "mentee")} at risk`;
  return card(
    title,
    [
      ...first.map(paragraph),
      ...body,
      note(
        "From meetings, attendance, replies to dates and time only; check-ins are never read. A pointer, no verdict: a kind word first.",
      ),
    ],
    [],
    `${[...first, title].join(" ")}.`,
  );
}

function sayLast(last: NonNullable<ListedMentee["last"]>, say: (at: Temporal.Instant) => string): string {
  const answer = last.answer === null ? "" : `, answer: ${answerWords[last.answer] ?? last.answer}`;
  return `${doneWords[last.kind]} on ${say(last.at)}${answer}`;
}

function sayCounts(counts: Readonly<Record<Standing, number>>): string {
  return standings.map((standing) => `${counts[standing]} ${standingWords[standing]}`).join(", ");
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
