import type { CoverId, GroupId, PartId } from "../../core/ids.ts";
import { isBefore } from "../../core/time.ts";
import { endOf, isOverdue, stateOf, type MeetingFacts } from "../meetings/rules.ts";

/** What cards about a cover are found by, to be brought up to date. */
export function coverSubject(cover: CoverId): string {
  return `cover:${cover}`;
}

/** What is said to mentees about whom to turn to: the newest word counts. */
export function turnToTopic(group: GroupId): string {
  return `turn-to:${group}`;
}

/** What cards about the end of a mentor's part are found by. */
export function partSubject(part: PartId): string {
  return `part:${part}`;
}

/** How a cover came to its end. `roles_changed`: an import, an erasure or a coordinator ended one of the two parts. */
export type CoverEnd = "withdrawn" | "handed_back" | "taken_back" | "day_came" | "roles_changed";

/** What a meeting asks of its mentor now; null: nothing. */
export type Task = "find-date" | "meet" | "log";

export function taskOf(meeting: MeetingFacts, now: Temporal.Instant): Task | null {
  switch (stateOf(meeting, now)) {
    case "open":
      return "find-date";
    case "planned":
      return meeting.plan !== null && isBefore(now, endOf(meeting.plan)) ? "meet" : "log";
    case "not_met":
      return "log";
    case "upcoming":
    case "held":
    case "excused":
      return null;
  }
}

/** How much lies with a mentor: counts, never what it is about. */
export interface Load {
  readonly open: number;
  readonly overdue: number;
}

export function countLoad(meetings: readonly MeetingFacts[], now: Temporal.Instant): Load {
  return {
    open: meetings.filter((meeting) => taskOf(meeting, now) !== null).length,
    overdue: meetings.filter((meeting) => isOverdue(meeting, now)).length,
  };
}

/** One mentor, as coordinators see the load. */
export interface MentorLoad extends Load {
  readonly name: string;
  /** They have a pause, or asked for cover that nobody has taken. */
  readonly isWaitingForHelp: boolean;
  /** They carry a colleague's group too. */
  readonly isCovering: boolean;
}

/** Who needs relief first: most overdue, then who asked for help and has none, who carries two, the most open. */
export function byNeed(a: MentorLoad, b: MentorLoad): number {
  return (
    b.overdue - a.overdue ||
    Number(b.isWaitingForHelp) - Number(a.isWaitingForHelp) ||
    Number(b.isCovering) - Number(a.isCovering) ||
    b.open - a.open ||
    a.name.localeCompare(b.name, "en")
  );
}
