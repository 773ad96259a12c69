import type { Db } from "../../core/db.ts";
import { NotAllowed, UserError } from "../../core/errors.ts";
import type { Deps, Turn, Wanted } from "../../core/feature.ts";
import type { ChatId, GroupId, MeetingId, PersonId, ProgrammeId } from "../../core/ids.ts";
import type { NewId, OutgoingMessage } from "../../core/ports.ts";
import { dayIn, isBefore } from "../../core/time.ts";
import { rhythmOf } from "../calendar/rules.ts";
import type { Part } from "../notices/rules.ts";
import { addNotices, dropNotices, reviewNotices } from "../notices/service.ts";
import type { NewNotice } from "../notices/store.ts";
import type { Settings } from "../programme/rules.ts";
import { findProgramme, type Member } from "../programme/store.ts";
import { gonePart, reminderPart, reminderRef, type ExcuseReason } from "./cards.ts";
import {
  endOf,
  nextReminder,
  remindedAfter,
  type Audience,
  type Reminder,
  type ReminderKind,
  type ReminderSettings,
  subjectOf,
} from "./rules.ts";
import {
  claimDueMeetings,
  ensureMeetings,
  excuseUnlessHeld,
  findMeeting,
  findMeetings,
  meetingsOfGroups,
  meetingsOfProgramme,
  meetingsSwitchedOff,
  remindersOf,
  saveReminders,
  snoozeReminders,
  stopReminders,
  updateMeeting,
  type Meeting,
  type ReminderRow,
  type StoredReminder,
} from "./store.ts";

/**
 * The meeting, for one of its group's mentors; anybody else is refused in words that do not tell whether it exists.
 *
 * @param what the act, as `feature.verb`
 */
export async function meetingForMentor(deps: Deps, turn: Turn, id: MeetingId, what: string): Promise<Meeting> {
  const meeting = await findMeeting(deps.db, id);
  if (meeting === null || !isIn(meeting.group.mentors, turn)) throw new NotAllowed(what, id);
  return meeting;
}

/** The meeting, for a mentor or a mentee of its group. */
export async function meetingForMember(deps: Deps, turn: Turn, id: MeetingId, what: string): Promise<Meeting> {
  const meeting = await findMeeting(deps.db, id);
  if (meeting === null || !isIn([...meeting.group.mentors, ...meeting.group.mentees], turn))
    throw new NotAllowed(what, id);
  return meeting;
}

function isIn(members: readonly { readonly person: PersonId }[], turn: Turn): boolean {
  return members.some((member) => member.person === turn.speaker.person);
}

/**
 * To be called in the transaction that changed facts of these meetings: works out what is to be said next, takes back
 * what need not be said any more, and brings the posted cards up to date.
 */
export async function meetingsChanged(deps: Deps, ids: readonly MeetingId[], now: Temporal.Instant): Promise<void> {
  await scheduleReminders(deps.db, await findMeetings(deps.db, ids), now);
  await deps.outbox.refresh(deps.db, ids.map(subjectOf), now);
}

/** A meeting that is held: nothing more is said about it. What `meetingsChanged` would come to, without looking. */
export async function meetingIsHeld(deps: Deps, id: MeetingId, now: Temporal.Instant): Promise<void> {
  await Promise.all([
    stopReminders(deps.db, [id]),
    dropNotices(deps.db, subjectOf(id)),
    deps.outbox.refresh(deps.db, [subjectOf(id)], now),
  ]);
}

/** After an import: the meetings that `programme.yaml` asks for, and what is to be said about them. */
export async function programmeChanged(db: Db, newId: NewId, id: ProgrammeId, now: Temporal.Instant): Promise<void> {
  const programme = await findProgramme(db, id);
  if (programme === null) return;
  await ensureMeetings(db, id, programme.settings.meetings, newId);
  const gone = await meetingsSwitchedOff(db, id);
  await stopReminders(db, gone);
  await reviewNotices(db, gone.map(subjectOf), () => no(notAskedFor));
  await scheduleReminders(db, await meetingsOfProgramme(db, id), now);
}

/** A group's chat was linked or lost, people came or went: the same meetings are told to others. */
export async function groupChanged(deps: Deps, group: GroupId, now: Temporal.Instant): Promise<void> {
  await scheduleReminders(deps.db, await meetingsOfGroups(deps.db, [group]), now);
}

async function scheduleReminders(db: Db, meetings: readonly Meeting[], now: Temporal.Instant): Promise<void> {
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
    return meeting === undefined ? no(notAskedFor) : judgeReminder(meeting, reminderRef.parse(ref), person, now);
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
    ...group.mentors.map((mentor) => audience("mentor", mentor.person, mentor.timeZone)),
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

/** One of two mentors says that they look after it: the other's reminders of it stop, and their card says so. */
export async function takeOver(deps: Deps, meeting: Meeting, mentor: PersonId, now: Temporal.Instant): Promise<void> {
  if (meeting.facts.takenBy === mentor) return;
  await updateMeeting(deps.db, meeting.id, { takenBy: mentor });
  await meetingsChanged(deps, [meeting.id], now);
}

/**
 * Reminds this mentor again in `days` days, in their own zone.
 *
 * @returns null when there is nothing to be reminded of any more: it is planned, held, or could not be
 */
export async function remindAgainIn(
  deps: Deps,
  meeting: Meeting,
  mentor: Pick<Member, "person" | "timeZone">,
  days: number,
  now: Temporal.Instant,
): Promise<Temporal.PlainDate | null> {
  const { heldOn, excused, plan } = meeting.facts;
  if (heldOn !== null || excused !== null || plan !== null) return null;
  const until = dayIn(now, mentor.timeZone).add({ days });
  // The meeting first: whoever reminds locks it before its reminders, and two orders would wait for each other.
  await updateMeeting(deps.db, meeting.id, { takenBy: mentor.person });
  await snoozeReminders(deps.db, meeting.id, mentor.person, until);
  await dropNotices(deps.db, subjectOf(meeting.id), mentor.person);
  await meetingsChanged(deps, [meeting.id], now);
  return until;
}

/** The meeting could not be; null takes that back. */
export async function excuse(
  deps: Deps,
  meeting: Meeting,
  mentor: PersonId,
  reason: ExcuseReason | null,
  now: Temporal.Instant,
): Promise<Meeting> {
  // Asked of the row itself: the other mentor may be logging it at this moment.
  if (!(await excuseUnlessHeld(deps.db, meeting.id, { excused: reason, takenBy: mentor }))) {
    throw new UserError("This meeting is in the logbook already, so it did take place.");
  }
  await meetingsChanged(deps, [meeting.id], now);
  return { ...meeting, facts: { ...meeting.facts, excused: reason, takenBy: mentor } };
}

/** What a reminder's card shows. */
export function subjectsOf(meeting: MeetingId): readonly string[] {
  return [subjectOf(meeting)];
}

/** A reminder is wanted by this person as long as nothing has made it needless since. */
export async function isReminderWanted(
  db: Db,
  ref: ReminderRef & { readonly meeting: MeetingId },
  person: PersonId,
  now: Temporal.Instant,
): Promise<Wanted> {
  const meeting = await findMeeting(db, ref.meeting);
  return meeting === null ? no(notAskedFor) : judgeReminder(meeting, ref, person, now);
}

interface ReminderRef {
  readonly kind: ReminderKind;
  readonly plan: number;
}

function judgeReminder(
  { facts, group, isActive, planVersion }: Meeting,
  { kind, plan }: ReminderRef,
  person: PersonId | null,
  now: Temporal.Instant,
): Wanted {
  if (!isActive) return no(notAskedFor);
  if (facts.heldOn !== null) return no("the meeting is logged");
  if (facts.excused !== null) return no("the meeting could not be");
  if (person !== null && ![...group.mentors, ...group.mentees].some((member) => member.person === person)) {
    return no("not in the group any more");
  }
  if (belongsToPlan(kind) && (facts.plan === null || planVersion !== plan)) return no("the plan has changed");
  if (kind === "tomorrow") return { wanted: true };
  if (facts.takenBy !== null && facts.takenBy !== person) return no("another mentor is on it");
  const isPlanAhead = facts.plan !== null && isBefore(now, endOf(facts.plan));
  // The other reminders ask for a plan. That the window closed is said after one that came to nothing, too.
  const isAnswered = kind === "after-close" ? isPlanAhead : facts.plan !== null;
  return isAnswered && !belongsToPlan(kind) ? no("the meeting is planned") : { wanted: true };
}

const notAskedFor = "the programme no longer asks for the meeting";

function no(reason: string): Wanted {
  return { wanted: false, reason };
}

function belongsToPlan(kind: ReminderKind): boolean {
  return kind === "tomorrow" || kind === "how-did-it-go";
}

/** How a reminder looks to this person as things stand. */
export async function drawReminder(
  db: Db,
  ref: { readonly meeting: MeetingId; readonly kind: ReminderKind },
  person: PersonId,
  now: Temporal.Instant,
): Promise<Part> {
  const meeting = await findMeeting(db, ref.meeting);
  const reader = [...(meeting?.group.mentors ?? []), ...(meeting?.group.mentees ?? [])].find(
    (member) => member.person === person,
  );
  return meeting === null || reader === undefined ? gonePart() : reminderPart(meeting, ref.kind, reader, now);
}

/** What the group is told the day before is wanted in this chat as long as the group speaks in it. */
export async function isTomorrowWantedInChat(
  db: Db,
  { chat, ...ref }: { readonly meeting: MeetingId; readonly plan: number; readonly chat: ChatId },
  now: Temporal.Instant,
): Promise<Wanted> {
  const meeting = await findMeeting(db, ref.meeting);
  if (meeting === null) return no(notAskedFor);
  if (meeting.group.chat !== chat) return no("the group does not speak in this chat any more");
  return judgeReminder(meeting, { ...ref, kind: "tomorrow" }, null, now);
}

/** For a card in this chat; null when the group does not speak in it any more. */
export async function findForChat(db: Db, id: MeetingId, chat: ChatId): Promise<Meeting | null> {
  const meeting = await findMeeting(db, id);
  return meeting?.group.chat === chat ? meeting : null;
}
