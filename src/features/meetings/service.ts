import type { Db } from "../../core/db.ts";
import { NotAllowed, UserError } from "../../core/errors.ts";
import type { Deps, Turn } from "../../core/feature.ts";
import type { GroupId, MeetingId, PersonId, ProgrammeId } from "../../core/ids.ts";
import type { NewId } from "../../core/ports.ts";
import { dayIn } from "../../core/time.ts";
import { dropNotices, reviewNotices } from "../notices/service.ts";
import { findProgramme, type Member } from "../programme/store.ts";
import type { ExcuseReason } from "./cards.ts";
import { notAskedFor, scheduleReminders } from "./reminders/service.ts";
import { snoozeReminders, stopReminders } from "./reminders/store.ts";
import { subjectOf } from "./rules.ts";
import {
  ensureMeetings,
  excuseUnlessHeld,
  findMeeting,
  findMeetings,
  meetingsOfGroups,
  meetingsOfProgramme,
  meetingsSwitchedOff,
  updateMeeting,
  type Meeting,
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

/** After an import: the meetings that `programme.yaml` asks for, and what is to be said about them. */
export async function programmeChanged(db: Db, newId: NewId, id: ProgrammeId, now: Temporal.Instant): Promise<void> {
  const programme = await findProgramme(db, id);
  if (programme === null) return;
  await ensureMeetings(db, id, programme.settings.meetings, newId);
  const gone = await meetingsSwitchedOff(db, id);
  await stopReminders(db, gone);
  await reviewNotices(db, gone.map(subjectOf), () => notAskedFor);
  await scheduleReminders(db, await meetingsOfProgramme(db, id), now);
}

/** A group's chat was linked or lost, people came or went: the same meetings are told to others. */
export async function groupChanged(deps: Deps, group: GroupId, now: Temporal.Instant): Promise<void> {
  await scheduleReminders(deps.db, await meetingsOfGroups(deps.db, [group]), now);
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
