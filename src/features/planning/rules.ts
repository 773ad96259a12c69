import type { MeetingId } from "../../core/ids.ts";
import { atLocalTime, dayIn, isBefore, isDayBefore, sayMoment } from "../../core/time.ts";
import { endOf, stateOf, type MeetingFacts } from "../meetings/rules.ts";

export const forms = ["online", "in_person", "both"] as const;
export type Form = (typeof forms)[number];

/** What a mentor decides. */
export interface PlanValues {
  readonly at: Temporal.Instant;
  readonly minutes: number;
  readonly form: Form;
  readonly place: string | null;
}

/** The logbook takes the same: what is shorter is a chat in the corridor, what is longer a slip of the pen. */
export const minutesAllowed = { least: 5, most: 600 } as const;
/** In characters: a room, or a link with its password. */
export const longestPlace = 200;
/** A later date is a slip of the pen: programmes last a year. */
const daysAhead = 366;

export type MomentProblem = "missing" | "no-such-day" | "no-such-time" | "skipped" | "in-the-past" | "too-far";
export type MinutesProblem = "no-number" | "too-short" | "too-long";

/** A moment as somebody typed it: `YYYY-MM-DD` and `HH:MM`, on the clocks of their own zone. */
export interface TypedMoment {
  readonly date: string;
  readonly time: string;
}

/** A plan as somebody typed it. */
export interface TypedPlan extends TypedMoment {
  readonly minutes: string;
  readonly form: string;
  readonly place: string;
}

export type ReadMoment =
  | { readonly ok: true; readonly at: Temporal.Instant }
  | { readonly ok: false; readonly field: "date" | "time"; readonly problem: MomentProblem };

export interface PlanProblems {
  readonly date?: MomentProblem;
  readonly time?: MomentProblem;
  readonly minutes?: MinutesProblem;
  readonly form?: "missing";
  readonly place?: "too-long";
}

export type ReadPlan =
  { readonly ok: true; readonly values: PlanValues } | { readonly ok: false; readonly problems: PlanProblems };

/** A local time that comes twice is the first; one that a daylight-saving change skips does not exist. */
export function readMoment(typed: TypedMoment, timeZone: string, now: Temporal.Instant): ReadMoment {
  const wrong = (field: "date" | "time", problem: MomentProblem): ReadMoment => ({ ok: false, field, problem });
  if (typed.date === "") return wrong("date", "missing");
  const day = parsed(/^\d{4}-\d\d-\d\d$/, typed.date, (text) => Temporal.PlainDate.from(text));
  if (day === null) return wrong("date", "no-such-day");
  if (typed.time === "") return wrong("time", "missing");
  const time = parsed(/^\d\d:\d\d$/, typed.time, (text) => Temporal.PlainTime.from(text));
  if (time === null) return wrong("time", "no-such-time");
  const at = atLocalTime(day, time, timeZone);
  const local = at.toZonedDateTimeISO(timeZone).toPlainDateTime();
  // Some zones skip a whole day when they cross the date line.
  if (!local.toPlainDate().equals(day)) return wrong("date", "skipped");
  if (!local.toPlainTime().equals(time)) return wrong("time", "skipped");
  const today = dayIn(now, timeZone);
  if (!isBefore(now, at)) return wrong(isDayBefore(day, today) ? "date" : "time", "in-the-past");
  return isDayBefore(today.add({ days: daysAhead }), day) ? wrong("date", "too-far") : { ok: true, at };
}

function parsed<T>(shape: RegExp, text: string, parse: (text: string) => T): T | null {
  if (!shape.test(text)) return null;
  try {
    return parse(text);
  } catch {
    return null;
  }
}

export function readPlan(typed: TypedPlan, timeZone: string, now: Temporal.Instant): ReadPlan {
  const moment = readMoment(typed, timeZone, now);
  const minutes = /^\d{1,9}$/.test(typed.minutes) ? Number(typed.minutes) : null;
  const form = forms.find((candidate) => candidate === typed.form);
  const isPlaceTooLong = Array.from(typed.place).length > longestPlace;
  const minutesProblem = checkMinutes(minutes);
  if (moment.ok && minutes !== null && minutesProblem === null && form !== undefined && !isPlaceTooLong) {
    return { ok: true, values: { at: moment.at, minutes, form, place: typed.place === "" ? null : typed.place } };
  }
  return {
    ok: false,
    problems: {
      ...(moment.ok ? {} : { [moment.field]: moment.problem }),
      ...(minutesProblem === null ? {} : { minutes: minutesProblem }),
      ...(form === undefined ? { form: "missing" as const } : {}),
      ...(isPlaceTooLong ? { place: "too-long" as const } : {}),
    },
  };
}

function checkMinutes(minutes: number | null): MinutesProblem | null {
  if (minutes === null) return "no-number";
  if (minutes < minutesAllowed.least) return "too-short";
  return minutes > minutesAllowed.most ? "too-long" : null;
}

/** A plan as the form shows it, on the clocks of a zone. */
export function asTyped(values: PlanValues, timeZone: string): TypedPlan {
  const local = values.at.toZonedDateTimeISO(timeZone);
  return {
    date: local.toPlainDate().toString(),
    time: local.toPlainTime().toString({ smallestUnit: "minute" }),
    minutes: String(values.minutes),
    form: values.form,
    place: values.place ?? "",
  };
}

export function isSamePlan(a: PlanValues, b: PlanValues): boolean {
  return a.at.equals(b.at) && a.minutes === b.minutes && a.form === b.form && a.place === b.place;
}

/** Without a window, every moment is inside. */
export function isInWindow(
  { window, timeZone }: Pick<MeetingFacts, "window" | "timeZone">,
  at: Temporal.Instant,
): boolean {
  const day = dayIn(at, timeZone);
  return window === null || !(isDayBefore(day, window.opens) || isDayBefore(window.closes, day));
}

/** What is allowed, but worth a word. */
export type Warning = "before-window" | "after-window" | "short-notice";

/** About the present plan, as it was when it was made. @param timeZone the mentor's */
export function warningsAbout(facts: MeetingFacts, timeZone: string): readonly Warning[] {
  if (facts.plan === null) return [];
  const { at, madeAt } = facts.plan;
  const warnings: Warning[] = [];
  if (!isInWindow(facts, at)) {
    const isEarly = facts.window !== null && isDayBefore(dayIn(at, facts.timeZone), facts.window.opens);
    warnings.push(isEarly ? "before-window" : "after-window");
  }
  if (dayIn(at, timeZone).equals(dayIn(madeAt, timeZone))) warnings.push("short-notice");
  return warnings;
}

/** Where a meeting stands for those who look at its plan. */
export type Standing = "none" | "cancelled" | "ahead" | "started" | "over" | "held" | "excused";

/** @param wasCancelled the newest version of its plan took the plan back */
export function standingOf(facts: MeetingFacts, wasCancelled: boolean, now: Temporal.Instant): Standing {
  if (facts.heldOn !== null) return "held";
  if (facts.excused !== null) return "excused";
  if (facts.plan === null) return wasCancelled ? "cancelled" : "none";
  if (isBefore(now, facts.plan.at)) return "ahead";
  return isBefore(now, endOf(facts.plan)) ? "started" : "over";
}

interface Choosable {
  readonly title: string;
  readonly group: { readonly id: string; readonly name: string };
  readonly facts: MeetingFacts;
}

/**
 * What `plan` can be about: of each group what is open, what closed unmet, what is planned and the next to come.
 *
 * @param meetings in the order of their windows
 */
export function plannable<M extends Choosable>(meetings: readonly M[], now: Temporal.Instant): readonly M[] {
  const seenAhead = new Set<string>();
  return meetings.filter((meeting) => {
    const state = stateOf(meeting.facts, now);
    if (state === "held" || state === "excused") return false;
    if (state !== "upcoming") return true;
    const isNext = !seenAhead.has(meeting.group.id);
    seenAhead.add(meeting.group.id);
    return isNext;
  });
}

/**
 * The one that is meant: the only one, the only one whose window is open, or the only one that was named. Null when
 * somebody must be asked.
 *
 * @param named what was typed after the word: part of a title or of a group's name
 */
export function theOneMeant<M extends Choosable>(
  choices: readonly M[],
  named: string,
  now: Temporal.Instant,
): M | null {
  const wanted = named.toLowerCase();
  const matching = choices.filter(({ title, group }) => `${title} ${group.name}`.toLowerCase().includes(wanted));
  const [only, ...others] = matching.length > 0 ? matching : choices;
  if (others.length === 0) return only ?? null;
  const open = matching.filter((meeting) => stateOf(meeting.facts, now) === "open");
  return open.length === 1 ? (open[0] ?? null) : null;
}

/** The same moment in words, in each zone in which it is another time. */
export function sayInZones(at: Temporal.Instant, zones: readonly string[]): string {
  const said: string[] = [];
  const clocks = new Set<string>();
  for (const zone of zones) {
    const clock = at.toZonedDateTimeISO(zone).toPlainDateTime().toString();
    if (!clocks.has(clock)) said.push(sayMoment(at, zone));
    clocks.add(clock);
  }
  return said.join(", which is ");
}

/** Since when a signed link to the calendar entry is refused: a month after the end, calendars have it. */
export function linkEnds(plan: Pick<PlanValues, "at" | "minutes">): Temporal.Instant {
  return endOf(plan).add({ hours: 24 * 30 });
}

/** How long a mentor is left alone after hearing that somebody would like a date. */
export const wishPauseHours = 24 * 7;

/** A wish waits for a good moment and room in the budget, at most until the week after. */
export function wishUsefulUntil(now: Temporal.Instant): Temporal.Instant {
  return now.add({ hours: 2 * wishPauseHours });
}

/** The version with which the present plan began: the one after the latest cancellation before `version`. */
export function seriesStart(
  history: readonly { readonly version: number; readonly isCancelled: boolean }[],
  version: number,
): number {
  const cancelled = history.filter((each) => each.isCancelled && each.version < version).map((each) => each.version);
  return Math.max(0, ...cancelled) + 1;
}

/** What is about a plan's answers only: the chat's card does not show them. */
export function answersSubject(meeting: MeetingId): string {
  return `answers:${meeting}`;
}
