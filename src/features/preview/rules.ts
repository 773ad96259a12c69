import { as, type NoticeId } from "../../core/ids.ts";
import { isBefore, startOfDay } from "../../core/time.ts";
import { rhythmOf, type Rhythm } from "../calendar/rules.ts";
import { nextReminder, type Audience, type Reminder, type ReminderKind } from "../meetings/reminders/rules.ts";
import type { MeetingFacts } from "../meetings/rules.ts";
import { decide, type Budget } from "../notices/rules.ts";
import type { Settings } from "../programme/rules.ts";

/** Somebody of a programme that is not imported yet; a person with two groups stands there twice. */
export interface PreviewPerson {
  readonly email: string;
  readonly group: string;
  readonly timeZone: string;
}

export type PreviewMentor = PreviewPerson;

/** One card that will go out if everybody has installed the bot and nobody reacts. */
export interface PreviewCard {
  readonly at: Temporal.Instant;
  /** E-mail. */
  readonly to: string;
  /** As the ledger names it: the part with the nearest deadline. */
  readonly kind: string;
  readonly group: string;
  /** The meeting's key. */
  readonly meeting: string;
  /** What stands on the same card below it. */
  readonly also: readonly { readonly kind: string; readonly group: string; readonly meeting: string }[];
}

/**
 * A year of a programme in which nobody reacts, by the same rules that the service follows: when each reminder's good
 * moment is, what replaces what, what shares a card, and what the budget holds back.
 */
export function previewYear(settings: Settings, mentors: readonly PreviewMentor[]): PreviewCard[] {
  const byPerson = Map.groupBy(mentors, (mentor) => mentor.email);
  return [...byPerson.values()].flatMap((groups) => previewPerson(settings, groups)).toSorted(inOrder);
}

/** The earliest first. */
export function inOrder(a: PreviewCard, b: PreviewCard): number {
  return Temporal.Instant.compare(a.at, b.at) || (a.to < b.to ? -1 : 1);
}

interface Track {
  readonly group: string;
  readonly meeting: string;
  readonly facts: MeetingFacts;
  readonly rhythm: Rhythm;
  reminded: readonly string[];
}

interface Held {
  readonly id: NoticeId;
  readonly track: Track;
  readonly kind: ReminderKind;
  readonly usefulUntil: Temporal.Instant;
  dueAt: Temporal.Instant;
}

function previewPerson(settings: Settings, groups: readonly PreviewMentor[]): PreviewCard[] {
  const [person] = groups;
  if (person === undefined) return [];
  const tracks = groups.flatMap((mentor) => tracksOf(settings, mentor));
  const cards: PreviewCard[] = [];
  let held: Held[] = [];
  for (let now = firstMoment(settings); ;) {
    const next = earliest([
      ...tracks.map((track) => nextOf(settings, track, now)?.at),
      ...held.map((notice) => notice.dueAt),
    ]);
    if (next === undefined) return cards;
    now = next;
    held = [...tracks.flatMap((track) => remind(settings, track, now)), ...held].filter(isNewestOfItsMeeting);
    const due = held.filter((notice) => !isBefore(now, notice.dueAt));
    const said = judge(settings, person, due, cards, now);
    held = held.filter((notice) => !said.gone.has(notice.id));
    const [first, ...also] = said.onCard
      .toSorted((a, b) => Temporal.Instant.compare(a.usefulUntil, b.usefulUntil))
      .map(named);
    if (first !== undefined) cards.push({ at: now, to: person.email, ...first, also });
  }
}

function tracksOf(settings: Settings, mentor: PreviewMentor): Track[] {
  return settings.meetings.map((window) => ({
    group: mentor.group,
    meeting: window.key,
    facts: { window, plan: null, heldOn: null, excused: null, takenBy: null, timeZone: settings.timezone },
    rhythm: rhythmOf(settings, "mentors", mentor.timeZone),
    reminded: [],
  }));
}

/** Well before anything is due: everybody is told in advance, nothing has to be made up for. */
export function firstMoment(settings: Settings): Temporal.Instant {
  const days = [settings.year.starts, ...settings.meetings.map((window) => window.opens)];
  const first = days.reduce((a, b) => (Temporal.PlainDate.compare(a, b) <= 0 ? a : b));
  return startOfDay(first.subtract({ days: 7 }), settings.timezone);
}

function nextOf(settings: Settings, track: Track, now: Temporal.Instant): Reminder | null {
  const audience: Audience = {
    as: "mentor",
    person: null,
    rhythm: track.rhythm,
    snoozedUntil: null,
    reminded: track.reminded,
    hasChat: true,
  };
  const { before_close_days, after_meeting_hours } = settings.reminders;
  return nextReminder(
    track.facts,
    audience,
    { beforeCloseDays: before_close_days, afterMeetingHours: after_meeting_hours },
    now,
  );
}

/** What is due about this meeting, newest first. */
function remind(settings: Settings, track: Track, now: Temporal.Instant): readonly Held[] {
  const reminder = nextOf(settings, track, now);
  if (reminder === null || isBefore(now, reminder.at)) return [];
  track.reminded = [...track.reminded, reminder.key];
  const { kind, usefulUntil, at: dueAt } = reminder;
  const id = as<NoticeId>([track.group, track.meeting, reminder.key].join("/"));
  return [...remind(settings, track, now), { id, track, kind, usefulUntil, dueAt }];
}

/** A newer notice about a meeting replaces an older one that still waits. */
function isNewestOfItsMeeting(notice: Held, place: number, held: readonly Held[]): boolean {
  return held.findIndex((other) => other.track === notice.track) === place;
}

function judge(
  settings: Settings,
  person: PreviewMentor,
  due: readonly Held[],
  cards: readonly PreviewCard[],
  now: Temporal.Instant,
): { readonly onCard: readonly Held[]; readonly gone: ReadonlySet<NoticeId> } {
  const budget: Budget = { perDay: settings.budget.mentor_per_day, perWeek: settings.budget.mentor_per_week };
  const verdicts = decide(
    due.map(({ id, usefulUntil, track }) => ({ id, usefulUntil, wasHeld: false, rhythm: track.rhythm, budget })),
    {
      timeZone: person.timeZone,
      isReachable: true,
      welcomedAt: null,
      pausedUntil: null,
      cardsThisWeek: cards.map((card) => card.at),
    },
    now,
  );
  const gone = new Set<NoticeId>();
  for (const notice of due) {
    const verdict = verdicts.get(notice.id);
    if (verdict?.kind === "wait") notice.dueAt = verdict.until;
    else gone.add(notice.id);
  }
  return { onCard: due.filter((notice) => verdicts.get(notice.id)?.kind === "say"), gone };
}

function named({ kind, track }: Held): { readonly kind: string; readonly group: string; readonly meeting: string } {
  return { kind: `meetings.${kind}`, group: track.group, meeting: track.meeting };
}

function earliest(moments: readonly (Temporal.Instant | undefined)[]): Temporal.Instant | undefined {
  return moments.reduce((first, at) => (first === undefined || (at !== undefined && isBefore(at, first)) ? at : first));
}
