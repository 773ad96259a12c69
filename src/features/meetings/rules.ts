import type { MeetingId, PersonId } from "../../core/ids.ts";
import { dayIn, isBefore, isDayBefore, startOfDay } from "../../core/time.ts";

/** What cards about a meeting are found by, to be brought up to date. */
export function subjectOf(meeting: MeetingId): string {
  return `meeting:${meeting}`;
}

/** What is known about one meeting of one group, and nothing about who is asking. */
export interface MeetingFacts {
  /** Null for an extra meeting: nobody is reminded of it before it is planned. Days in the programme's zone. */
  readonly window: { readonly opens: Temporal.PlainDate; readonly closes: Temporal.PlainDate } | null;
  readonly plan: Plan | null;
  readonly heldOn: Temporal.PlainDate | null;
  readonly excused: string | null;
  readonly takenBy: PersonId | null;
  /** The programme's zone. */
  readonly timeZone: string;
}

export interface Plan {
  readonly at: Temporal.Instant;
  readonly minutes: number;
  readonly madeAt: Temporal.Instant;
  readonly version: number;
}

export type MeetingState = "upcoming" | "open" | "planned" | "held" | "not_met" | "excused";

export function stateOf(meeting: MeetingFacts, now: Temporal.Instant): MeetingState {
  if (meeting.heldOn !== null) return "held";
  if (meeting.excused !== null) return "excused";
  const isPlanAhead = meeting.plan !== null && isBefore(now, endOf(meeting.plan));
  if (meeting.window === null) return meeting.plan === null ? "open" : isPlanAhead ? "planned" : "not_met";
  const today = dayIn(now, meeting.timeZone);
  const hasClosed = isDayBefore(meeting.window.closes, today);
  // A plan whose time is past keeps the meeting planned while the window is open: it probably took place.
  if (meeting.plan !== null && (isPlanAhead || !hasClosed)) return "planned";
  if (hasClosed) return "not_met";
  return isDayBefore(today, meeting.window.opens) ? "upcoming" : "open";
}

/** The window is past its middle without a plan, or a planned time is past without a log. */
export function isOverdue(meeting: MeetingFacts, now: Temporal.Instant): boolean {
  if (meeting.heldOn !== null || meeting.excused !== null) return false;
  if (meeting.plan !== null) return !isBefore(now, endOf(meeting.plan));
  return meeting.window !== null && !isBefore(now, startOfDay(middleOf(meeting.window), meeting.timeZone));
}

export function endOf(plan: Pick<Plan, "at" | "minutes">): Temporal.Instant {
  return plan.at.add({ minutes: plan.minutes });
}

/** The day on which half of the window's days are over. */
export function middleOf(window: { opens: Temporal.PlainDate; closes: Temporal.PlainDate }): Temporal.PlainDate {
  const days = window.opens.until(window.closes).days + 1;
  return window.opens.add({ days: Math.floor(days / 2) });
}
