/**
 * Who has gone quiet, recounted day by day from a diary of what happened and without a line of `src`. Days are `YYYY-MM-DD`
 * in the programme's zone; a thing of a day counts from the next day on, as a window does that closes on it.
 *
 * At risk: two windows over without a meeting, or one and two dates without a reply, since the last meeting that the
 * mentee was at; not for four weeks after they said that they are fine, not in a pause, not after they asked to leave.
 */
export interface DiaryMeeting {
  readonly closes: string;
  /** The day on which the mentee was there. */
  heldOn: string | null;
  /** When that was written down: until then nobody knows. */
  knownOn: string | null;
  /** A date that was made, and the day of the mentee's reply. */
  dateOn: string | null;
  repliedOn: string | null;
}

export interface Diary {
  readonly meetings: readonly DiaryMeeting[];
  fineOn: string[];
  pauses: { from: string; until: string }[];
  leftOn: string | null;
}

export function isAtRisk(diary: Diary, day: string): boolean {
  if (diary.leftOn !== null && diary.leftOn <= day) return false;
  if (diary.pauses.some(({ from, until }) => from <= day && day < until)) return false;
  if (diary.fineOn.some((said) => said <= day && day < plusDays(said, 28))) return false;
  let lastMet = "";
  for (const { heldOn, knownOn } of diary.meetings) {
    if (heldOn !== null && knownOn !== null && knownOn <= day && heldOn > lastMet) lastMet = heldOn;
  }
  let windows = 0;
  let dates = 0;
  for (const { closes, knownOn, dateOn, repliedOn } of diary.meetings) {
    if (knownOn !== null && knownOn <= day) continue;
    if (closes < day && plusDays(closes, 1) > lastMet) windows += 1;
    const isSilent = repliedOn === null || repliedOn > day;
    if (dateOn !== null && dateOn < day && dateOn >= lastMet && isSilent) dates += 1;
  }
  return windows >= 2 || (windows >= 1 && dates >= 2);
}

/** Days on which somebody has been at risk without a break for a week and more: they must be on the list. */
export function mustBeListed(diary: Diary, day: string): boolean {
  for (let back = 0; back <= 7; back += 1) if (!isAtRisk(diary, plusDays(day, -back))) return false;
  return true;
}

export function plusDays(day: string, days: number): string {
  return Temporal.PlainDate.from(day).add({ days }).toString();
}
