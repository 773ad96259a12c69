import type { EntryId, PersonId } from "../../core/ids.ts";
import { isBefore, isDayBefore } from "../../core/time.ts";
import { endOf, stateOf, type MeetingFacts } from "../meetings/rules.ts";

export const forms = ["online", "in_person", "both"] as const;
export type MeetingForm = (typeof forms)[number];

export const topics = [
  "academic_life",
  "well_being",
  "university_services",
  "social_integration",
  "study_methods",
  "exams",
  "other",
] as const;
export type Topic = (typeof topics)[number];

/** Of 24 hours, from the first save. */
const editDays = 14;

/** What was done at a meeting, or at a catch-up with one mentee. */
export interface Entry {
  readonly heldOn: Temporal.PlainDate;
  readonly minutes: number;
  readonly form: MeetingForm;
  /** The mentees who came, in the order of their names. */
  readonly attended: readonly PersonId[];
  readonly topics: readonly Topic[];
  /** Coordinators read it, mentees may ask to. */
  readonly summary: string;
}

export interface SavedEntry extends Entry {
  readonly id: EntryId;
  readonly version: number;
  /** Who saved the newest version. */
  readonly mentor: PersonId;
  readonly firstSavedAt: Temporal.Instant;
  readonly savedAt: Temporal.Instant;
}

/** A mentor's own words on a meeting, last changed with `version` of the entry. */
export interface Reflection {
  readonly text: string;
  readonly version: number;
}

/** Somebody who is a mentee of the group, or was. */
export interface Mentee {
  readonly person: PersonId;
  readonly name: string;
  readonly joinedOn: Temporal.PlainDate;
  /** The first day on which they were no longer in the group. */
  readonly leftOn: Temporal.PlainDate | null;
  readonly isActive: boolean;
  /** What the logbook says about them and this meeting. */
  readonly status: "held" | "absent" | "excused" | null;
  readonly caughtUpOn: Temporal.PlainDate | null;
}

export function wasIn(mentee: Mentee, day: Temporal.PlainDate): boolean {
  if (isDayBefore(day, mentee.joinedOn)) return false;
  return mentee.isActive || (mentee.leftOn !== null && isDayBefore(day, mentee.leftOn));
}

/** What the logbook says about each mentee once this entry is saved. Who was not in the group that day has no row. */
export function attendanceAfter(
  entry: Entry,
  mentees: readonly Mentee[],
): ReadonlyMap<PersonId, "held" | "absent" | "excused"> {
  const statuses = new Map<PersonId, "held" | "absent" | "excused">();
  for (const mentee of mentees) {
    if (entry.attended.includes(mentee.person) || mentee.caughtUpOn !== null) statuses.set(mentee.person, "held");
    else if (mentee.status === "excused") statuses.set(mentee.person, "excused");
    else if (wasIn(mentee, entry.heldOn)) statuses.set(mentee.person, "absent");
  }
  return statuses;
}

export function isEditable(firstSavedAt: Temporal.Instant, now: Temporal.Instant): boolean {
  return isBefore(now, editableUntil(firstSavedAt));
}

export function editableUntil(firstSavedAt: Temporal.Instant): Temporal.Instant {
  return firstSavedAt.add({ hours: 24 * editDays });
}

/**
 * A successor sees when a former mentor met the group and who came, not what was written. Who was a mentor of the
 * group beside them does.
 *
 * @param readerSince the day on which the reader became a mentor of the group; null for a colleague who looks after it for
 *   a while: of what others wrote they read nothing
 */
export function isReadableBy(
  reader: PersonId,
  readerSince: Temporal.PlainDate | null,
  entry: { readonly mentor: PersonId; readonly isByPresentMentor: boolean; readonly firstSavedOn: Temporal.PlainDate },
): boolean {
  if (entry.mentor === reader) return true;
  return readerSince !== null && (entry.isByPresentMentor || isDayBefore(readerSince, entry.firstSavedOn));
}

/** Which of the meetings a mentor probably wants to log: those that took place as planned, then those that are open. */
export function likeliestFirst<Meeting extends { readonly facts: MeetingFacts }>(
  meetings: readonly Meeting[],
  now: Temporal.Instant,
): readonly Meeting[] {
  // Sorting keeps the order of those that are equally likely.
  return meetings.toSorted((a, b) => likelihoodRank(a.facts, now) - likelihoodRank(b.facts, now));
}

/** The one meeting that somebody who says "log" can only mean; null when there are several, or none. */
export function onlyLikely<Meeting extends { readonly facts: MeetingFacts }>(
  meetings: readonly Meeting[],
  now: Temporal.Instant,
): Meeting | null {
  const [only, ...others] = meetings.filter((meeting) => likelihoodRank(meeting.facts, now) <= 1);
  return only === undefined || others.length > 0 ? null : only;
}

function likelihoodRank(meeting: MeetingFacts, now: Temporal.Instant): number {
  const state = stateOf(meeting, now);
  if (state === "held") return 6;
  if (state === "excused") return 5;
  if (meeting.plan !== null && !isBefore(now, endOf(meeting.plan))) return 0;
  return { open: 1, not_met: 2, planned: 3, upcoming: 4 }[state];
}
