import type { Db } from "../../../core/db.ts";
import type { Wanted } from "../../../core/feature.ts";
import type { ChatId, MeetingId, PersonId } from "../../../core/ids.ts";
import type { Part } from "../../notices/rules.ts";
import { gonePart, reminderPart } from "../reminders/cards.ts";
import type { ReminderKind } from "../reminders/rules.ts";
import { judgeReminder, no, notAskedFor, type ReminderRef } from "../reminders/service.ts";
import { subjectOf } from "../rules.ts";
import { findMeeting, type Meeting } from "../store.ts";

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
  return meeting === null ? notAskedFor : judgeReminder(meeting, ref, person, now);
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
  if (meeting === null) return notAskedFor;
  if (meeting.group.chat !== chat) return no("the group does not speak in this chat any more");
  return judgeReminder(meeting, { ...ref, kind: "tomorrow" }, null, now);
}

/** For a card in this chat; null when the group does not speak in it any more. */
export async function findForChat(db: Db, id: MeetingId, chat: ChatId): Promise<Meeting | null> {
  const meeting = await findMeeting(db, id);
  return meeting?.group.chat === chat ? meeting : null;
}
