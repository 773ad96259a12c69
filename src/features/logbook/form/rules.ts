import type { PersonId } from "../../../core/ids.ts";
import { dayIn, isBefore, isDayBefore } from "../../../core/time.ts";
import { forms, topics, wasIn, type Entry, type Mentee, type Reflection, type Topic } from "../rules.ts";

/** A shorter meeting is a chat in the corridor; a longer one is a slip of the pen. */
export const minutesAllowed = { least: 5, most: 600 } as const;
/** In UTF-16 units, as Teams' text fields count. Half a page: enough to tell, short enough to be read. */
export const longestText = 2000;
/** The fields of the form as they were typed: strings, lists joined by commas. */
export interface Typed {
  readonly heldOn: string;
  readonly minutes: string;
  readonly form: string;
  readonly attended: string;
  readonly topics: string;
  readonly summary: string;
  readonly reflection: string;
}

export type Field = keyof Typed;

export type Problem =
  | "no-day"
  | "no-such-day"
  | "in-the-future"
  | "before-the-year"
  | "no-minutes"
  | "too-few-minutes"
  | "too-many-minutes"
  | "no-form"
  | "nobody-came"
  | "not-of-this-group"
  | "not-there-that-day"
  | "unknown-topic"
  | "too-long";

export interface Circumstances {
  /** In the mentor's zone. */
  readonly today: Temporal.PlainDate;
  /** The first day of the programme's year. */
  readonly yearStarts: Temporal.PlainDate;
  readonly mentees: readonly Mentee[];
  /** The entry is of a catch-up with this mentee: nobody is asked who came. */
  readonly catchUpFor: PersonId | null;
}

export type Problems = Readonly<Partial<Record<Field, Problem>>>;

export type Checked =
  | { readonly ok: true; readonly entry: Entry; readonly reflection: string }
  | { readonly ok: false; readonly problems: Problems };

/** Reads what was typed; every problem at once. */
export function checkTyped(typed: Typed, circumstances: Circumstances): Checked {
  const heldOn = checkDay(typed.heldOn, circumstances);
  const minutes = checkMinutes(typed.minutes);
  const form = forms.find((known) => known === typed.form) ?? "no-form";
  const attended = checkAttended(typed.attended, circumstances, typeof heldOn === "string" ? null : heldOn);
  const talkedAbout = checkTopics(typed.topics);
  const isSummaryLong = typed.summary.length > longestText;
  const isReflectionLong = typed.reflection.length > longestText;
  if (
    typeof heldOn !== "string" &&
    typeof minutes !== "string" &&
    form !== "no-form" &&
    typeof attended !== "string" &&
    typeof talkedAbout !== "string" &&
    !isSummaryLong &&
    !isReflectionLong
  ) {
    const entry = { heldOn, minutes, form, attended, topics: talkedAbout, summary: typed.summary };
    return { ok: true, entry, reflection: typed.reflection };
  }
  return {
    ok: false,
    problems: {
      ...(typeof heldOn === "string" ? { heldOn } : {}),
      ...(typeof minutes === "string" ? { minutes } : {}),
      ...(form === "no-form" ? { form } : {}),
      ...(typeof attended === "string" ? { attended } : {}),
      ...(typeof talkedAbout === "string" ? { topics: talkedAbout } : {}),
      ...(isSummaryLong ? { summary: "too-long" as const } : {}),
      ...(isReflectionLong ? { reflection: "too-long" as const } : {}),
    },
  };
}

function checkDay(text: string, { today, yearStarts }: Circumstances): Temporal.PlainDate | Problem {
  if (text === "") return "no-day";
  const day = readDay(text);
  if (day === null) return "no-such-day";
  if (isDayBefore(today, day)) return "in-the-future";
  return isDayBefore(day, yearStarts) ? "before-the-year" : day;
}

/** `YYYY-MM-DD`, and a day that exists. */
export function readDay(text: string): Temporal.PlainDate | null {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (parts === null) return null;
  try {
    const [, year, month, day] = parts;
    return Temporal.PlainDate.from(
      { year: Number(year), month: Number(month), day: Number(day) },
      { overflow: "reject" },
    );
  } catch {
    return null;
  }
}

function checkMinutes(text: string): number | Problem {
  if (!/^-?\d{1,9}$/.test(text)) return "no-minutes";
  const minutes = Number(text);
  if (minutes < minutesAllowed.least) return "too-few-minutes";
  return minutes > minutesAllowed.most ? "too-many-minutes" : minutes;
}

function checkAttended(
  text: string,
  { mentees, catchUpFor }: Circumstances,
  heldOn: Temporal.PlainDate | null,
): readonly PersonId[] | Problem {
  if (catchUpFor !== null) return [catchUpFor];
  const ticked = new Set(listed(text));
  if (ticked.size === 0) return "nobody-came";
  const came = mentees.filter((mentee) => ticked.has(mentee.person));
  if (came.length < ticked.size) return "not-of-this-group";
  if (heldOn !== null && came.some((mentee) => !wasIn(mentee, heldOn))) return "not-there-that-day";
  return came.map((mentee) => mentee.person);
}

function checkTopics(text: string): readonly Topic[] | Problem {
  const ticked = listed(text);
  const known = topics.filter((topic) => ticked.includes(topic));
  return known.length < new Set(ticked).size ? "unknown-topic" : known;
}

function listed(text: string): readonly string[] {
  return text
    .split(",")
    .map((part) => part.trim().toLowerCase())
    .filter((part) => part !== "");
}

/** An entry as the form shows it. */
export function asTyped(entry: Entry, reflection: string): Typed {
  return {
    heldOn: entry.heldOn.toString(),
    minutes: String(entry.minutes),
    form: entry.form,
    // Names change, and their order with them: here only who it is matters.
    attended: entry.attended.toSorted().join(","),
    topics: entry.topics.join(","),
    summary: entry.summary,
    reflection,
  };
}

const fields = ["heldOn", "minutes", "form", "attended", "topics", "summary", "reflection"] as const;

/** An entry as one person may have seen it: with their own reflection. */
export interface Seen {
  readonly entry: Entry;
  readonly version: number;
  readonly reflection: Reflection | null;
}

export type Reconciled =
  /** It is in the logbook already, word for word. */
  | { readonly kind: "same" }
  /** Nothing that the mentor can see has changed since they opened the form. */
  | { readonly kind: "save"; readonly entry: Entry; readonly reflection: string }
  /** Somebody saved in between. `merged` has what was typed, and what they saved where nothing was typed. */
  | { readonly kind: "changed"; readonly fields: readonly Field[]; readonly merged: Typed };

/**
 * What becomes of an entry that was typed on the ground of an earlier version.
 *
 * @param base the version that the form showed; null when the form was empty, or showed none that we know
 */
export function reconcile(
  base: { readonly entry: Entry; readonly version: number } | null,
  saved: Seen,
  typed: { readonly entry: Entry; readonly reflection: string },
): Reconciled {
  const mine = asTyped(typed.entry, typed.reflection);
  const theirs = asTyped(saved.entry, saved.reflection?.text ?? "");
  if (fields.every((field) => mine[field] === theirs[field])) return { kind: "same" };
  if (base?.version === saved.version) return { kind: "save", ...typed };

  // Of the reflection that the form showed no copy is kept: a newer one that differs counts as changed.
  const isReflectionNewer = saved.reflection !== null && saved.reflection.version > (base?.version ?? 0);
  const shown = base === null ? null : asTyped(base.entry, "");
  const changed = fields.filter((field) =>
    field === "reflection"
      ? isReflectionNewer && mine.reflection !== theirs.reflection
      : (shown ?? mine)[field] !== theirs[field],
  );
  if (changed.length === 0) return { kind: "save", ...typed };
  const merged = { ...mine };
  for (const field of changed) {
    const untouched = shown === null || field === "reflection" ? "" : shown[field];
    if (mine[field] === untouched) merged[field] = theirs[field];
  }
  return { kind: "changed", fields: changed, merged };
}

/** Whom the form offers: who is in the group, who left after `since`, and who is on the entry already. */
export function candidates(
  mentees: readonly Mentee[],
  since: Temporal.PlainDate,
  onEntry: readonly PersonId[],
): readonly Mentee[] {
  return mentees.filter(
    (mentee) =>
      mentee.isActive ||
      onEntry.includes(mentee.person) ||
      (mentee.leftOn !== null && isDayBefore(since, mentee.leftOn)),
  );
}

/** The day that the form starts with: the planned one when it is over, else today. Days in the mentor's zone. */
export function suggestedDay(
  plannedAt: Temporal.Instant | null,
  now: Temporal.Instant,
  timeZone: string,
): Temporal.PlainDate {
  return dayIn(plannedAt !== null && isBefore(plannedAt, now) ? plannedAt : now, timeZone);
}
