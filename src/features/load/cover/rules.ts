import type { PersonId } from "../../../core/ids.ts";
import { dayIn, isDayBefore } from "../../../core/time.ts";

/** Longer is no leave but an end, which a coordinator makes. */
export const longestCoverDays = 60;

export type CoverDay =
  | { readonly ok: true; readonly until: Temporal.PlainDate }
  | { readonly ok: false; readonly problem: "no-day" | "not-ahead" | "too-long" };

/** @param today in the programme's zone */
export function readCoverDay(text: string, today: Temporal.PlainDate): CoverDay {
  const until = dayOrNull(text.trim());
  if (until === null) return { ok: false, problem: "no-day" };
  const days = today.until(until).days;
  if (days < 1) return { ok: false, problem: "not-ahead" };
  return days > longestCoverDays ? { ok: false, problem: "too-long" } : { ok: true, until };
}

function dayOrNull(text: string): Temporal.PlainDate | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return null;
  try {
    return Temporal.PlainDate.from(text);
  } catch {
    return null;
  }
}

/** A group with its people, as far as it matters who may look after it. */
export interface CoverGroup {
  readonly id: string;
  readonly mentors: readonly CoverMentor[];
  readonly mentees: readonly { readonly person: PersonId }[];
}

export interface CoverMentor {
  readonly person: PersonId;
  readonly timeZone: string;
  readonly pausedUntil: Temporal.PlainDate | null;
  readonly coversUntil: Temporal.PlainDate | null;
  readonly awayUntil: Temporal.PlainDate | null;
}

/**
 * May this person look after the group for a while? A mentor of the programme in their own right, and no mentee of the
 * group: they would see of the others what only mentors see.
 *
 * @param groups all of the programme
 */
export function mayCover(groups: readonly CoverGroup[], group: string, mentor: PersonId, colleague: PersonId): boolean {
  if (colleague === mentor) return false;
  const isMentee = groups.some(({ id, mentees }) => id === group && mentees.some(({ person }) => person === colleague));
  return !isMentee && placesOf(groups, colleague).some(({ coversUntil }) => coversUntil === null);
}

/** Who is asked: all who may, but for those with a pause, away themselves, or with a colleague's group already. */
export function colleaguesToAsk(
  groups: readonly CoverGroup[],
  group: string,
  mentor: PersonId,
  now: Temporal.Instant,
): readonly PersonId[] {
  const persons = new Set(groups.flatMap(({ mentors }) => mentors.map(({ person }) => person)));
  return [...persons].filter(
    (person) =>
      mayCover(groups, group, mentor, person) &&
      placesOf(groups, person).every(
        ({ coversUntil, awayUntil, pausedUntil, timeZone }) =>
          coversUntil === null &&
          awayUntil === null &&
          (pausedUntil === null || !isDayBefore(dayIn(now, timeZone), pausedUntil)),
      ),
  );
}

function placesOf(groups: readonly CoverGroup[], person: PersonId): readonly CoverMentor[] {
  return groups.flatMap(({ mentors }) => mentors.filter((each) => each.person === person));
}
