/** Dates and times in the words that people read: always with the weekday, and the zone where there may be doubt. */

// Node's own formatting takes a hundred times as long, and a card names many days.
const weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const;
const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
] as const;

/** `Thursday 17 September` */
export function sayDay(day: Temporal.PlainDate): string {
  return `${weekdays[day.dayOfWeek - 1] ?? ""} ${day.day} ${months[day.month - 1] ?? ""}`;
}

/** `Thursday 17 September, 15:00 (Kuala Lumpur time)` */
export function sayMoment(at: Temporal.Instant, timeZone: string): string {
  const local = at.toZonedDateTimeISO(timeZone);
  return `${sayDay(local.toPlainDate())}, ${sayTime(local.toPlainTime())} (${sayZone(timeZone)})`;
}

/** `15:00` */
export function sayTime(time: Temporal.PlainTime): string {
  return time.toString({ smallestUnit: "minute" });
}

/** `Asia/Kuala_Lumpur` -> `Kuala Lumpur time`. */
export function sayZone(timeZone: string): string {
  return timeZone === "UTC" ? "UTC" : `${(timeZone.split("/").at(-1) ?? timeZone).replaceAll("_", " ")} time`;
}

/** The first instant of a calendar day in a zone (not always midnight: some zones skip it). */
export function startOfDay(day: Temporal.PlainDate, timeZone: string): Temporal.Instant {
  return day.toZonedDateTime({ timeZone }).toInstant();
}

export function dayIn(at: Temporal.Instant, timeZone: string): Temporal.PlainDate {
  return at.toZonedDateTimeISO(timeZone).toPlainDate();
}

/** A local time that a daylight-saving change skips moves to the time after the gap; one that comes twice is the first. */
export function atLocalTime(day: Temporal.PlainDate, time: Temporal.PlainTime, timeZone: string): Temporal.Instant {
  return day.toZonedDateTime({ timeZone, plainTime: time }).toInstant();
}

export function isBefore(a: Temporal.Instant, b: Temporal.Instant): boolean {
  return Temporal.Instant.compare(a, b) < 0;
}

export function isDayBefore(a: Temporal.PlainDate, b: Temporal.PlainDate): boolean {
  return Temporal.PlainDate.compare(a, b) < 0;
}

export function later(a: Temporal.Instant, b: Temporal.Instant): Temporal.Instant {
  return isBefore(a, b) ? b : a;
}

/** `1 mentee`, `3 mentees`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** `Ana`, `Ana and Ben`, `Ana, Ben and Cai` */
export function sayList(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
}
