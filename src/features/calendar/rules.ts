import { atLocalTime, dayIn, isBefore, isDayBefore, startOfDay } from "../../core/time.ts";
import type { Settings } from "../programme/rules.ts";

/** What decides when one person, or one group's chat, may be written to unasked. */
export interface Rhythm {
  readonly timeZone: string;
  readonly remindAt: Temporal.PlainTime;
  readonly quiet: {
    readonly from: Temporal.PlainTime;
    readonly to: Temporal.PlainTime;
    readonly days: readonly number[];
  };
  /** Only those that concern the recipient; days in the recipient's zone, both inclusive. */
  readonly blackouts: readonly { readonly from: Temporal.PlainDate; readonly to: Temporal.PlainDate }[];
}

/** @param whom `everybody`: a group's chat, which keeps only the blackouts that concern all. */
export function rhythmOf(settings: Settings, whom: "mentors" | "mentees" | "everybody", timeZone: string): Rhythm {
  return {
    timeZone,
    remindAt: settings.reminders.at,
    quiet: settings.quiet,
    blackouts: settings.blackouts.filter((blackout) => blackout.who === "all" || blackout.who === whom),
  };
}

/** Not a quiet day, and in no blackout that concerns the recipient. */
export function isWorkingDay(day: Temporal.PlainDate, rhythm: Rhythm): boolean {
  return !isQuietDay(day, rhythm) && blackoutOn(day, rhythm) === undefined;
}

/** A moment at which something may be said unasked: on a working day, outside quiet hours. */
export function isGoodTime(at: Temporal.Instant, rhythm: Rhythm): boolean {
  const local = at.toZonedDateTimeISO(rhythm.timeZone);
  return isWorkingDay(local.toPlainDate(), rhythm) && !isQuietHour(local.toPlainTime(), rhythm);
}

export interface Occasion {
  readonly dueAt: Temporal.Instant;
  /** From then on it makes sense: when its window opened, or its plan was made. A reminder is never earlier. */
  readonly opensAt: Temporal.Instant;
  readonly usefulUntil: Temporal.Instant;
  /** `day`: said in the morning. `moment`: said when due, if that is a good time. */
  readonly precision: "day" | "moment";
  /** Better a working day too early than not at all. */
  readonly orEarlier?: boolean;
}

/**
 * The first `reminders.at` on a working day in the recipient's zone at or after the due time and before its use is over.
 * What would fall into a blackout goes out before it, if its window was open by then.
 *
 * @returns null when there is no such moment
 */
export function goodMoment(occasion: Occasion, rhythm: Rhythm): Temporal.Instant | null {
  const { dueAt, opensAt, usefulUntil } = occasion;
  if (occasion.precision === "moment" && isGoodTime(dueAt, rhythm)) return isBefore(dueAt, usefulUntil) ? dueAt : null;
  const inBlackout = blackoutOn(dayIn(firstMorning(dueAt, rhythm), rhythm.timeZone), rhythm);
  if (inBlackout !== undefined) {
    const before = lastMorningBefore(startOfDay(inBlackout.from, rhythm.timeZone), opensAt, rhythm);
    if (before !== null) return before;
  }
  const next = nextGoodMoment(dueAt, usefulUntil, rhythm);
  if (next !== null || occasion.orEarlier !== true) return next;
  return lastMorningBefore(dueAt, opensAt, rhythm);
}

/**
 * The first `reminders.at` that is a good time, not before `from`, before `until`. The moment itself is asked, not its
 * day and hour: a change of clocks can move it into quiet hours, and in a zone that skips a day to the day after.
 */
export function nextGoodMoment(
  from: Temporal.Instant,
  until: Temporal.Instant,
  rhythm: Rhythm,
): Temporal.Instant | null {
  if (isQuietHour(rhythm.remindAt, rhythm)) return null;
  for (let day = dayIn(from, rhythm.timeZone); ; day = day.add({ days: 1 })) {
    const morning = atLocalTime(day, rhythm.remindAt, rhythm.timeZone);
    if (!isBefore(morning, until)) return null;
    if (!isBefore(morning, from) && isGoodTime(morning, rhythm)) return morning;
  }
}

/** The first morning from `from` that is no quiet day, whether in a blackout or not. */
function firstMorning(from: Temporal.Instant, rhythm: Rhythm): Temporal.Instant {
  for (let day = dayIn(from, rhythm.timeZone); ; day = day.add({ days: 1 })) {
    const morning = atLocalTime(day, rhythm.remindAt, rhythm.timeZone);
    if (!isBefore(morning, from) && !isQuietDay(day, rhythm)) return morning;
  }
}

function lastMorningBefore(
  end: Temporal.Instant,
  notBefore: Temporal.Instant,
  rhythm: Rhythm,
): Temporal.Instant | null {
  if (isQuietHour(rhythm.remindAt, rhythm)) return null;
  for (let day = dayIn(end, rhythm.timeZone); ; day = day.subtract({ days: 1 })) {
    const morning = atLocalTime(day, rhythm.remindAt, rhythm.timeZone);
    if (isBefore(morning, notBefore)) return null;
    if (isBefore(morning, end) && isGoodTime(morning, rhythm)) return morning;
  }
}

function isQuietDay(day: Temporal.PlainDate, rhythm: Rhythm): boolean {
  return rhythm.quiet.days.includes(day.dayOfWeek);
}

function isQuietHour(time: Temporal.PlainTime, rhythm: Rhythm): boolean {
  const { from, to } = rhythm.quiet;
  const isFromOn = Temporal.PlainTime.compare(time, from) >= 0;
  const isBeforeTo = Temporal.PlainTime.compare(time, to) < 0;
  // 20:00 to 08:00 goes over midnight; 12:00 to 14:00 does not; equal times mean no quiet hours.
  return Temporal.PlainTime.compare(from, to) > 0 ? isFromOn || isBeforeTo : isFromOn && isBeforeTo;
}

function blackoutOn(day: Temporal.PlainDate, rhythm: Rhythm): Rhythm["blackouts"][number] | undefined {
  return rhythm.blackouts.find((blackout) => !isDayBefore(day, blackout.from) && !isDayBefore(blackout.to, day));
}
