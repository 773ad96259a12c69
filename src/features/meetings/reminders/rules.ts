import type { PersonId } from "../../../core/ids.ts";
import { dayIn, isBefore, isDayBefore, later, startOfDay } from "../../../core/time.ts";
import { goodMoment, isGoodTime, nextGoodMoment, type Occasion, type Rhythm } from "../../calendar/rules.ts";
import { endOf, middleOf, type MeetingFacts, type Plan } from "../rules.ts";

export type ReminderKind =
  /** The window opens. */
  | "opens"
  /** Half of it is over and nothing is planned. */
  | "halfway"
  /** It closes soon and nothing is planned. */
  | "closing"
  /** It closed without a log. */
  | "after-close"
  /** The mentor asked to hear of it again. */
  | "again"
  /** The planned time is over. */
  | "how-did-it-go"
  /** The planned meeting is tomorrow; said to the group's chat, or to each of its people. */
  | "tomorrow";

export interface Reminder {
  readonly kind: ReminderKind;
  /** Remembered once said, so that it is said once. A new plan or a new snooze makes a new key. */
  readonly key: string;
  readonly at: Temporal.Instant;
  readonly usefulUntil: Temporal.Instant;
}

export interface ReminderSettings {
  /** Days before the close of a window. */
  readonly beforeCloseDays: number;
  /** Hours after the planned end. */
  readonly afterMeetingHours: number;
}

/** One recipient's side of a meeting. */
export interface Audience {
  readonly as: "mentor" | "mentee" | "chat";
  /** Null for a chat. */
  readonly person: PersonId | null;
  readonly rhythm: Rhythm;
  readonly snoozedUntil: Temporal.PlainDate | null;
  readonly reminded: readonly string[];
  /** The group has a chat, so its people are not told one by one what is said there. */
  readonly hasChat: boolean;
}

/**
 * What is to be said next about this meeting to this recipient, and when; null when there is nothing. Of several that
 * should have been said before `now`, the newest that is still useful.
 */
export function nextReminder(
  meeting: MeetingFacts,
  audience: Audience,
  settings: ReminderSettings,
  now: Temporal.Instant,
): Reminder | null {
  if (meeting.heldOn !== null || meeting.excused !== null) return null;
  const occasions = [
    ...(audience.as === "mentor" ? mentorOccasions(meeting, audience, settings) : []),
    ...(audience.as === "chat" || !audience.hasChat ? tomorrow(meeting, audience) : []),
  ];
  let next: Reminder | null = null;
  for (const occasion of occasions) {
    if (audience.reminded.includes(occasion.key) || !isBefore(now, occasion.usefulUntil)) continue;
    const at = momentFrom(now, occasion, audience.rhythm);
    // Of two that fall on one moment the later in the sequence says more.
    if (at !== null && (next === null || Temporal.Instant.compare(at, next.at) <= 0)) {
      next = { kind: occasion.kind, key: occasion.key, at, usefulUntil: occasion.usefulUntil };
    }
  }
  return next;
}

/** The good moment; if that has gone by, now or as soon as it is a good time again. */
function momentFrom(now: Temporal.Instant, occasion: Occasion, rhythm: Rhythm): Temporal.Instant | null {
  const moment = goodMoment(occasion, rhythm);
  if (moment === null || !isBefore(moment, now)) return moment;
  return isGoodTime(now, rhythm) ? now : nextGoodMoment(now, occasion.usefulUntil, rhythm);
}

interface Due extends Occasion {
  readonly kind: ReminderKind;
  readonly key: string;
}

/** The order in which a window's reminders replace each other. */
const sequence = ["opens", "halfway", "closing", "after-close"] as const;

function mentorOccasions(meeting: MeetingFacts, audience: Audience, settings: ReminderSettings): Due[] {
  if (meeting.takenBy !== null && meeting.takenBy !== audience.person) return [];
  const followUp = meeting.plan === null ? null : howDidItGo(meeting.plan, settings);
  const occasions = followUp === null ? [] : [followUp];
  if (meeting.window === null) return occasions;
  const latest = Math.max(...sequence.map((kind, place) => (audience.reminded.includes(kind) ? place : -1)));
  const due = windowOccasions(meeting.window, meeting.timeZone, settings, followUp)
    .filter((occasion) => sequence.findIndex((kind) => kind === occasion.kind) > latest)
    .filter((occasion) => meeting.plan === null || occasion.kind === "after-close");
  if (audience.snoozedUntil === null) return [...due, ...occasions];
  const wakesAt = wakesOn(audience.snoozedUntil, audience.rhythm);
  const lateOnes = due.flatMap((occasion) => afterWaking(occasion, wakesAt));
  return [...again(meeting, wakesAt, audience.snoozedUntil, lateOnes[0]), ...lateOnes, ...occasions];
}

function wakesOn(snoozedUntil: Temporal.PlainDate, rhythm: Rhythm): Temporal.Instant {
  return startOfDay(snoozedUntil, rhythm.timeZone);
}

/** What a mentor slept through is not said, but that the window closed without a log is: they could not know. */
function afterWaking(occasion: Due, wakesAt: Temporal.Instant): Due[] {
  if (!isBefore(occasion.dueAt, wakesAt)) return [occasion];
  return occasion.kind === "after-close" ? [{ ...occasion, opensAt: wakesAt, dueAt: wakesAt }] : [];
}

/** What has been said once `reminder` is said at `now`: also what it says better. */
export function remindedAfter(reminder: Reminder, audience: Audience, now: Temporal.Instant): readonly string[] {
  const { reminded, snoozedUntil, rhythm } = audience;
  const answersSnooze =
    sequence.some((kind) => kind === reminder.kind) &&
    snoozedUntil !== null &&
    !isBefore(now, wakesOn(snoozedUntil, rhythm));
  return [...reminded, reminder.key, ...(answersSnooze ? [againKey(snoozedUntil)] : [])];
}

function againKey(snoozedUntil: Temporal.PlainDate): string {
  return `again@${snoozedUntil.toString()}`;
}

function windowOccasions(
  window: NonNullable<MeetingFacts["window"]>,
  timeZone: string,
  settings: ReminderSettings,
  followUp: Due | null,
): Due[] {
  const opensAt = startOfDay(window.opens, timeZone);
  const closesAt = startOfDay(window.closes.add({ days: 1 }), timeZone);
  const closingAt = later(opensAt, startOfDay(window.closes.subtract({ days: settings.beforeCloseDays }), timeZone));
  const halfwayAt = startOfDay(middleOf(window), timeZone);
  // A day's pause after "how did it go?": the two ask the same.
  const afterAt = followUp === null ? closesAt : later(closesAt, followUp.dueAt.add({ hours: 24 }));
  const day = { opensAt, precision: "day" } as const;
  return [
    { ...day, kind: "opens", key: "opens", dueAt: opensAt, usefulUntil: halfwayAt },
    { ...day, kind: "halfway", key: "halfway", dueAt: halfwayAt, usefulUntil: closingAt },
    { ...day, kind: "closing", key: "closing", dueAt: closingAt, usefulUntil: closesAt },
    {
      kind: "after-close",
      key: "after-close",
      precision: "day",
      opensAt: afterAt,
      dueAt: afterAt,
      usefulUntil: afterAt.add({ hours: 24 * afterCloseDays }),
    },
  ];
}

/** Two weeks after a window closed, "not met yet" tells a mentor nothing new; coordinators still see it. */
const afterCloseDays = 14;

function again(
  meeting: MeetingFacts,
  wakesAt: Temporal.Instant,
  snoozedUntil: Temporal.PlainDate,
  next: Due | undefined,
): Due[] {
  // After the last one nobody comes any more, so the promise to come back is kept for as long as that one would be.
  const usefulUntil = next?.dueAt ?? wakesAt.add({ hours: 24 * afterCloseDays });
  // With a plan there is nothing left to be reminded of, and the next one says the same when it comes that day.
  if (meeting.plan !== null || !isBefore(wakesAt, usefulUntil)) return [];
  return [
    {
      kind: "again",
      key: againKey(snoozedUntil),
      precision: "day",
      opensAt: wakesAt,
      dueAt: wakesAt,
      usefulUntil,
    },
  ];
}

function howDidItGo(plan: Plan, settings: ReminderSettings): Due {
  const dueAt = endOf(plan).add({ hours: settings.afterMeetingHours });
  return {
    kind: "how-did-it-go",
    key: `how-did-it-go@${plan.version}`,
    precision: "moment",
    opensAt: dueAt,
    dueAt,
    usefulUntil: dueAt.add({ hours: 24 * 7 }),
  };
}

function tomorrow(meeting: MeetingFacts, audience: Audience): Due[] {
  if (meeting.plan === null) return [];
  const { at, madeAt, version } = meeting.plan;
  const dayBefore = dayIn(at, audience.rhythm.timeZone).subtract({ days: 1 });
  const dueAt = startOfDay(dayBefore, audience.rhythm.timeZone);
  // Who hears of the plan on that very day need not be told of it twice.
  if (!isDayBefore(dayIn(madeAt, audience.rhythm.timeZone), dayBefore)) return [];
  return [
    {
      kind: "tomorrow",
      key: `tomorrow@${version}`,
      precision: "day",
      orEarlier: true,
      opensAt: madeAt,
      dueAt,
      usefulUntil: at,
    },
  ];
}
