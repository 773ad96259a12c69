import { atLocalTime, dayIn, isBefore, isDayBefore } from "../../../core/time.ts";
import { isWorkingDay, type Rhythm } from "../../calendar/rules.ts";
import type { MeetingFacts } from "../../meetings/rules.ts";
import { isInWindow, type PlanValues } from "../rules.ts";

/** Half of a programme's meetings last an hour at most, and seven of ten are online (see the study in the README). */
const usual = { minutes: 60, form: "online", place: null } as const;
const usualTime = Temporal.PlainTime.from("12:00");
const usualDaysAhead = 7;
/** Wide enough for any window or blackout, and it ends. */
const searchDays = 120;

/**
 * What the form offers: noon, about a week ahead, on a working day of everybody, inside the window if that is possible.
 *
 * @param timeZone the mentor's
 * @param rhythms of the mentor and of the mentees
 */
export function suggestPlan(
  facts: Pick<MeetingFacts, "window" | "timeZone">,
  timeZone: string,
  rhythms: readonly Rhythm[],
  now: Temporal.Instant,
): PlanValues {
  const today = dayIn(now, timeZone);
  const aWeekOn = today.add({ days: usualDaysAhead });
  const opens = facts.window?.opens;
  const target = opens !== undefined && isDayBefore(aWeekOn, opens) ? opens : aWeekOn;
  const noonOn = (day: Temporal.PlainDate): Temporal.Instant => atLocalTime(day, usualTime, timeZone);
  const ahead = daysAround(target).filter((day) => isBefore(now, noonOn(day)));
  const isWorking = (day: Temporal.PlainDate): boolean => rhythms.every((rhythm) => isWorkingDay(day, rhythm));
  const isInside = (day: Temporal.PlainDate): boolean => isInWindow(facts, noonOn(day));
  const day =
    ahead.find((candidate) => isInside(candidate) && isWorking(candidate)) ??
    ahead.find(isInside) ??
    ahead.find(isWorking) ??
    aWeekOn;
  return { ...usual, at: noonOn(day) };
}

/** The day itself, then the nearest, the later of two first. */
function daysAround(day: Temporal.PlainDate): readonly Temporal.PlainDate[] {
  const days = [day];
  for (let distance = 1; distance <= searchDays; distance += 1) {
    days.push(day.add({ days: distance }), day.subtract({ days: distance }));
  }
  return days;
}
