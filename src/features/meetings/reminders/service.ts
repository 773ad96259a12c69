import type { Db } from "../../../core/db.ts";
import type { Deps, Wanted } from "../../../core/feature.ts";
import type { MeetingId, PersonId } from "../../../core/ids.ts";
import type { OutgoingMessage } from "../../../core/ports.ts";
import { isBefore } from "../../../core/time.ts";
import { rhythmOf } from "../../calendar/rules.ts";
import { addNotices, reviewNotices } from "../../notices/service.ts";
import type { NewNotice } from "../../notices/store.ts";
import type { Settings } from "../../programme/rules.ts";
import { endOf, subjectOf } from "../rules.ts";
import { findMeetings, type Meeting } from "../store.ts";
import { reminderRef } from "./cards.ts";
import {
  nextReminder,
  remindedAfter,
  type Audience,
  type Reminder,
  type ReminderKind,
  type ReminderSettings,
} from "./rules.ts";
import {
  claimDueMeetings,
  remindersOf,
  saveReminders,
  stopReminders,
  type ReminderRow,
  type StoredReminder,
} from "./store.ts";

export async function scheduleReminders(db: Db, meetings: readonly Meeting[], now: Temporal.Instant): Promise<void> {
  const rows = rowsByMeeting(
    await remindersOf(
      db,
      meetings.map((meeting) => meeting.id),
    ),
  );
  const changed = meetings.flatMap((meeting) => {
    const known = rows.get(meeting.id) ?? [];
    const audiences = audiencesOf(meeting, known);
    const heard = new Set(audiences.map((audience) => audience.person));
    return [
      ...audiences.map((audience) => ({ ...rowOf(meeting, audience), next: nextFor(meeting, audience, now) })),
      ...known.filter((row) => !heard.has(row.person)).map((row) => ({ ...row, next: null })),
    ].filter((row) => row.next !== null || known.some((other) => other.person === row.person));
  });
  await saveReminders(db, changed);
  const about = new Map(meetings.map((meeting) => [subjectOf(meeting.id), meeting]));
  await reviewNotices(db, [...about.keys()], ({ topic, person, ref }) => {
    const meeting = about.get(topic);
    return meeting === undefined ? notAskedFor : judgeReminder(meeting, reminderRef.parse(ref), person, now);
  });
}

/** Says what is due about meetings at `now`, to the last one. Several processes share the work. */
export async function remindOfMeetings(deps: Deps, now: Temporal.Instant): Promise<void> {
  while (await deps.db.transaction((tx) => remindOfSome({ ...deps, db: tx }, now)));
}

/** Few enough that a transaction is short, many enough that a morning's reminders take few of them. */
const meetingsAtOnce = 200;

/** @returns whether there may be more */
async function remindOfSome(deps: Deps, now: Temporal.Instant): Promise<boolean> {
  const claimed = await claimDueMeetings(deps.db, now, meetingsAtOnce);
  if (claimed.length === 0) return false;
  const [found, rows] = await Promise.all([findMeetings(deps.db, claimed), remindersOf(deps.db, claimed)]);
  const known = rowsByMeeting(rows);
  const said: { meeting: Meeting; audience: Audience; reminder: Reminder }[] = [];
  const saved = found.flatMap((meeting) => {
    const rows = known.get(meeting.id) ?? [];
    // What others are to hear later stays as it is: it would come forward if it were late.
    const due = audiencesOf(meeting, rows).filter((audience) => isDue(rows, audience, now));
    return due.map((audience) => {
      const reminder = nextFor(meeting, audience, now);
      if (reminder === null || isBefore(now, reminder.at)) return { ...rowOf(meeting, audience), next: reminder };
      said.push({ meeting, audience, reminder });
      const after = { ...audience, reminded: remindedAfter(reminder, audience, now) };
      return { ...rowOf(meeting, after), next: nextFor(meeting, after, now) };
    });
  });
  // Whoever is no audience any more would stay due for ever.
  await stopReminders(deps.db, claimed, now);
  await saveReminders(deps.db, saved);
  await addNotices(deps, said.flatMap(asNotice), now);
  await deps.outbox.enqueue(deps.db, said.flatMap(asPost));
  return true;
}

function isDue(rows: readonly StoredReminder[], audience: Audience, now: Temporal.Instant): boolean {
  return rows.some(({ person, nextAt }) => person === audience.person && nextAt !== null && !isBefore(now, nextAt));
}

function asNotice({
  meeting,
  audience,
  reminder,
}: {
  meeting: Meeting;
  audience: Audience;
  reminder: Reminder;
}): NewNotice[] {
  if (audience.person === null || audience.as === "chat") return [];
  return [
    {
      person: audience.person,
      programme: meeting.group.programme,
      role: audience.as,
      kind: `meetings.${reminder.kind}`,
      ref: { meeting: meeting.id, kind: reminder.kind, plan: String(meeting.planVersion) },
      topic: subjectOf(meeting.id),
      dedupeKey: `meetings.${reminder.key}:${meeting.id}:${audience.person}`,
      dueAt: reminder.at,
      usefulUntil: reminder.usefulUntil,
    },
  ];
}

function asPost({
  meeting,
  audience,
  reminder,
}: {
  meeting: Meeting;
  audience: Audience;
  reminder: Reminder;
}): OutgoingMessage[] {
  if (audience.as !== "chat" || meeting.group.chat === null) return [];
  return [
    {
      kind: "meetings.tomorrow-in-chat",
      ref: { meeting: meeting.id, plan: String(meeting.planVersion), chat: meeting.group.chat },
      to: { chat: meeting.group.chat },
      dedupeKey: `meetings.tomorrow-in-chat:${meeting.id}@${meeting.planVersion}:${meeting.group.chat}`,
      dueAt: reminder.at,
      usefulUntil: reminder.usefulUntil,
      priority: "planned",
      subjects: [subjectOf(meeting.id)],
    },
  ];
}

function audiencesOf(meeting: Meeting, rows: readonly ReminderRow[]): readonly Audience[] {
  const { settings, group } = meeting;
  const hasChat = group.chat !== null;
  const audience = (as: Audience["as"], person: PersonId | null, timeZone: string): Audience => {
    const row = rows.find((candidate) => candidate.person === person);
    const whom = as === "mentor" ? "mentors" : as === "mentee" ? "mentees" : "everybody";
    return {
      as,
      person,
      hasChat,
      rhythm: rhythmOf(settings, whom, timeZone),
      snoozedUntil: row?.snoozedUntil ?? null,
      reminded: row?.reminded ?? [],
    };
  };
  return [
    ...group.mentors
      .filter((mentor) => mentor.awayUntil === null)
      .map((mentor) => audience("mentor", mentor.person, mentor.timeZone)),
    ...(hasChat ? [audience("chat", null, settings.timezone)] : []),
    ...(hasChat ? [] : group.mentees.map((mentee) => audience("mentee", mentee.person, mentee.timeZone))),
  ];
}

function nextFor(meeting: Meeting, audience: Audience, now: Temporal.Instant): Reminder | null {
  return meeting.isActive ? nextReminder(meeting.facts, audience, reminderSettings(meeting.settings), now) : null;
}

export function reminderSettings(settings: Settings): ReminderSettings {
  return {
    beforeCloseDays: settings.reminders.before_close_days,
    afterMeetingHours: settings.reminders.after_meeting_hours,
  };
}

function rowOf(meeting: Meeting, audience: Audience): ReminderRow {
  const { person, reminded, snoozedUntil } = audience;
  return { meeting: meeting.id, person, reminded, snoozedUntil };
}

function rowsByMeeting(rows: readonly StoredReminder[]): ReadonlyMap<MeetingId, readonly StoredReminder[]> {
  return Map.groupBy(rows, (row) => row.meeting);
}

export interface ReminderRef {
  readonly kind: ReminderKind;
  readonly plan: number;
}

export function judgeReminder(
  { facts, group, isActive, planVersion }: Meeting,
  { kind, plan }: ReminderRef,
  person: PersonId | null,
  now: Temporal.Instant,
): Wanted {
  if (!isActive) return notAskedFor;
  if (facts.heldOn !== null) return no("the meeting is logged");
  if (facts.excused !== null) return no("the meeting could not be");
  if (person !== null && ![...group.mentors, ...group.mentees].some((member) => member.person === person)) {
    return no("not in the group any more");
  }
  if (isAway(group, person)) return no("a colleague looks after the group");
  if (belongsToPlan(kind) && (facts.plan === null || planVersion !== plan)) return no("the plan has changed");
  if (kind === "tomorrow") return { wanted: true };
  if (facts.takenBy !== null && facts.takenBy !== person) return no("another mentor is on it");
  const isPlanAhead = facts.plan !== null && isBefore(now, endOf(facts.plan));
  // The other reminders ask for a plan. That the window closed is said after one that came to nothing, too.
  const isAnswered = kind === "after-close" ? isPlanAhead : facts.plan !== null;
  return isAnswered && !belongsToPlan(kind) ? no("the meeting is planned") : { wanted: true };
}

export const notAskedFor = no("the programme no longer asks for the meeting");

export function no(reason: string): Wanted {
  return { wanted: false, reason };
}

function isAway({ mentors }: Meeting["group"], person: PersonId | null): boolean {
  return mentors.some((mentor) => mentor.person === person && mentor.awayUntil !== null);
}

function belongsToPlan(kind: ReminderKind): boolean {
  return kind === "tomorrow" || kind === "how-did-it-go";
}
