import type { MeetingId, PersonId } from "../../core/ids.ts";

/** What a mentee says of a meeting that its log lists: they were there, could not come, or it did not take place. */
export const answers = ["there", "could_not", "not_held"] as const;
export type Answer = (typeof answers)[number];

/** What a coordinator found out by asking a mentee who said that a meeting did not take place. */
export const settlements = ["took_place", "did_not_take_place"] as const;
export type Settlement = (typeof settlements)[number];

/** A mentee's side of a meeting. */
export interface Side {
  readonly answer: Answer;
  /** Only of `not_held`; null: nobody has settled it yet. */
  readonly settled: Settlement | null;
}

/** Whether it stands against the log; null: it leaves the log as it is. */
export function cellBySide({ answer, settled }: Side): "held" | "absent" | "open" | null {
  switch (answer) {
    case "there":
      return "held";
    case "could_not":
      return "absent";
    case "not_held":
      return settled === "took_place" ? null : "open";
  }
}

/** `disputed`: somebody says that it did not take place; `confirmed`: nobody does, and somebody says that they were there. */
export function agreementOf(sides: readonly Side[]): "one_sided" | "confirmed" | "disputed" {
  const says = sides.map(({ answer, settled }) => (settled === "took_place" ? "there" : answer));
  if (says.includes("not_held")) return "disputed";
  return says.includes("there") ? "confirmed" : "one_sided";
}

/**
 * What cards with one mentee's answer are found by. Not the meeting's own subject: the mentor's cards are found by that,
 * and would be drawn anew at the very moment of an answer.
 */
export function sideSubject(meeting: MeetingId, person: PersonId): string {
  return `side:${meeting}:${person}`;
}

/** One mentee's word about one meeting is one flag, however often they say it. */
export function flagKey(meeting: MeetingId, person: PersonId): string {
  return `not-held:${meeting}:${person}`;
}
