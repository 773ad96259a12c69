import { z } from "zod/v4";
import { nearest, showValue } from "../../../core/files.ts";
import type { Document, Path, Problem } from "../../../core/files.ts";
import { isDayBefore, sayTime } from "../../../core/time.ts";
import { settingsSchema } from "../../programme/rules.ts";
import type { Settings } from "../../programme/rules.ts";
import { describeIssues } from "../shape/rules.ts";

export interface CheckedSettings {
  /** Null when anything is wrong with them. */
  readonly settings: Settings | null;
  /** Each top-level key that is well formed, so that the rest can be checked against it. */
  readonly parts: Partial<Settings>;
  readonly problems: readonly Problem[];
  /** Allowed, but probably not meant. */
  readonly warnings: readonly Problem[];
}

/** Says all that is wrong with `programme.yaml`: first its shape, then what does not fit together. */
export function checkSettings(document: Document): CheckedSettings {
  if (document.value === undefined) return { settings: null, parts: {}, problems: document.problems, warnings: [] };
  const result = settingsSchema.safeParse(document.value);
  const shape = result.success ? [] : describeIssues(result.error.issues, document);
  const parts = result.success ? result.data : readParts(document.value);
  const { problems: conflicts, warnings } = findConflicts(parts, document);
  const problems = [...document.problems, ...shape, ...conflicts];
  return { settings: result.success && problems.length === 0 ? result.data : null, parts, problems, warnings };
}

function readParts(value: unknown): Partial<Settings> {
  const record = z.record(z.string(), z.unknown()).safeParse(value);
  const parts: Partial<Record<string, unknown>> = {};
  for (const [key, schema] of Object.entries(settingsSchema.shape)) {
    const part = schema.safeParse(record.data?.[key]);
    if (part.success) parts[key] = part.data;
  }
  return parts;
}

/** Longer than any academic year; what it catches is a year with a digit wrong. */
const longestYearDays = 400;

type Say = (path: Path, wrong: string, remedy: string) => void;

function findConflicts(parts: Partial<Settings>, document: Document): Pick<CheckedSettings, "problems" | "warnings"> {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const into =
    (list: Problem[]): Say =>
    (path, wrong, remedy) =>
      list.push({
        file: document.file,
        ...document.placeOf(path, "value"),
        value: showValue(document.textOf(path)),
        wrong,
        remedy,
      });
  const say = into(problems);
  checkYear(parts, say);
  checkMeetings(parts, say);
  checkBlackouts(parts, say, into(warnings));
  checkReminders(parts, say, into(warnings));
  checkCheckins(parts, say);
  return { problems, warnings };
}

function checkYear({ year }: Partial<Settings>, say: Say): void {
  if (year === undefined) return;
  if (isDayBefore(year.ends, year.starts)) {
    say(
      ["year", "ends"],
      `the year ends before it starts (${year.starts.toString()})`,
      "write the last day of the programme",
    );
  } else if (year.starts.until(year.ends).days > longestYearDays) {
    say(
      ["year", "ends"],
      `the year is longer than ${longestYearDays} days`,
      "write the last day of this academic year",
    );
  }
}

function checkMeetings({ year, meetings = [] }: Partial<Settings>, say: Say): void {
  const lineOf = new Map<string, number>();
  for (const [index, meeting] of meetings.entries()) {
    const at = (key: string): Path => ["meetings", index, key];
    const first = lineOf.get(meeting.key);
    if (first !== undefined) {
      say(at("key"), `meeting ${first + 1} has this key too`, "give every meeting a key of its own");
    } else {
      lineOf.set(meeting.key, index);
    }
    if (isDayBefore(meeting.closes, meeting.opens)) {
      say(
        at("closes"),
        `the window closes before it opens (${meeting.opens.toString()})`,
        "write the last day of the window",
      );
    }
    const before = meetings[index - 1];
    if (before !== undefined && isDayBefore(meeting.opens, before.opens)) {
      say(
        at("opens"),
        `the window opens before that of the meeting above it (${before.key}, ${before.opens.toString()})`,
        "list the meetings in the order of the year, or correct the day",
      );
    }
    if (year === undefined || isDayBefore(year.ends, year.starts)) continue;
    const span = `${year.starts.toString()} to ${year.ends.toString()}`;
    for (const key of ["opens", "closes"] as const) {
      if (isDayBefore(meeting[key], year.starts) || isDayBefore(year.ends, meeting[key])) {
        say(at(key), `this day is outside the programme's year (${span})`, "write a day inside it, or correct year");
      }
    }
  }
}

function checkBlackouts({ year, blackouts = [] }: Partial<Settings>, say: Say, warn: Say): void {
  for (const [index, blackout] of blackouts.entries()) {
    if (isDayBefore(blackout.to, blackout.from)) {
      say(
        ["blackouts", index, "to"],
        `the blackout ends before it begins (${blackout.from.toString()})`,
        "write its last day",
      );
    } else if (year !== undefined && (isDayBefore(blackout.to, year.starts) || isDayBefore(year.ends, blackout.from))) {
      warn(
        ["blackouts", index, "from"],
        "the blackout is outside the programme's year",
        "correct the days, or remove it",
      );
    }
  }
}

function checkReminders({ quiet, reminders, budget, digest }: Partial<Settings>, say: Say, warn: Say): void {
  if (quiet !== undefined) {
    const span = `${sayTime(quiet.from)} to ${sayTime(quiet.to)}`;
    if (reminders !== undefined && isBetween(reminders.at, quiet.from, quiet.to)) {
      say(
        ["reminders", "at"],
        `reminders at ${sayTime(reminders.at)} would fall into the quiet hours (${span})`,
        "write a time outside quiet.from and quiet.to",
      );
    }
    if (digest !== undefined && (isBetween(digest.at, quiet.from, quiet.to) || quiet.days.includes(digest.day))) {
      warn(["digest"], "the digest falls into quiet hours or days", "set digest.day and digest.at outside them");
    }
  }
  if (budget !== undefined && budget.mentor_per_day > budget.mentor_per_week) {
    say(
      ["budget", "mentor_per_day"],
      `more in a day than in a week (mentor_per_week is ${budget.mentor_per_week})`,
      "lower mentor_per_day or raise mentor_per_week",
    );
  }
}

/** Equal times mean no quiet hours. */
function isBetween(time: Temporal.PlainTime, from: Temporal.PlainTime, to: Temporal.PlainTime): boolean {
  const isAfterFrom = Temporal.PlainTime.compare(time, from) >= 0;
  const isBeforeTo = Temporal.PlainTime.compare(time, to) < 0;
  return Temporal.PlainTime.compare(from, to) > 0 ? isAfterFrom || isBeforeTo : isAfterFrom && isBeforeTo;
}

function checkCheckins({ checkins, meetings }: Partial<Settings>, say: Say): void {
  const keys = new Map<string, number>();
  for (const [index, checkin] of (checkins ?? []).entries()) {
    const at = (key: string): Path => ["checkins", index, key];
    const first = keys.get(checkin.key);
    if (first !== undefined)
      say(at("key"), `check-in ${first + 1} has this key too`, "give every check-in a key of its own");
    else keys.set(checkin.key, index);

    if (meetings !== undefined) {
      const rhythms = ["fortnight", "month", ...meetings.map((meeting) => meeting.key)];
      if (!rhythms.includes(checkin.every)) {
        const meant = nearest(checkin.every, rhythms);
        say(
          at("every"),
          "is no meeting's key",
          meant === null ? `write one of ${rhythms.join(", ")}` : `did you mean ${meant}?`,
        );
      }
    }
    if (checkin.kind === "choice" && checkin.choices === undefined) {
      say(at("kind"), "a choice needs something to choose from", "add choices: [one answer, another answer]");
    }
    if (checkin.kind !== "choice" && checkin.choices !== undefined) {
      say(at("choices"), `choices have no meaning for kind ${checkin.kind}`, "remove them, or write kind: choice");
    }
    const choices = checkin.choices ?? [];
    if (new Set(choices).size < choices.length) {
      say(at("choices"), "the same choice stands here twice", "keep one of them");
    }
  }
}
