import { and, asc, inArray, isNotNull, lte, sql, type Placeholder, type SQL } from "drizzle-orm";
import type { Db } from "../../../core/db.ts";
import type { MeetingId, PersonId } from "../../../core/ids.ts";
import { cancelAbout } from "../../notices/store.ts";
import { meetingReminders, meetings } from "../schema.ts";
import { chunksOf } from "../store.ts";
import type { Reminder } from "./rules.ts";

/** One recipient's row of a meeting's reminders. `person` null: the group's chat. */
export interface ReminderRow {
  readonly meeting: MeetingId;
  readonly person: PersonId | null;
  readonly reminded: readonly string[];
  readonly snoozedUntil: Temporal.PlainDate | null;
}

/** With the moment at which something is to be said next. */
export type StoredReminder = ReminderRow & { readonly nextAt: Temporal.Instant | null };

export async function remindersOf(db: Db, ids: readonly MeetingId[]): Promise<readonly StoredReminder[]> {
  if (ids.length === 0) return [];
  const { meeting, person, reminded, snoozedUntil, nextAt } = meetingReminders;
  return db
    .select({ meeting, person, reminded, snoozedUntil, nextAt })
    .from(meetingReminders)
    .where(inArray(meeting, [...ids]));
}

/** Stores what was said and what comes next, in one statement a chunk. */
export async function saveReminders(
  db: Db,
  rows: readonly (ReminderRow & { readonly next: Reminder | null })[],
): Promise<void> {
  for (const chunk of chunksOf(rows)) {
    await db
      .insert(meetingReminders)
      .values(
        chunk.map(({ next, reminded, ...row }) => ({
          ...row,
          reminded: [...reminded],
          nextKind: next?.kind ?? null,
          nextAt: next?.at ?? null,
        })),
      )
      .onConflictDoUpdate({
        target: [meetingReminders.meeting, meetingReminders.person],
        set: {
          reminded: sql`excluded.reminded`,
          snoozedUntil: sql`excluded.snoozed_until`,
          nextKind: sql`excluded.next_kind`,
          nextAt: sql`excluded.next_at`,
        },
      });
  }
}

/** Nothing is to be said about these meetings any more, to anybody; with `dueBy`, nothing of what was due by then. */
export async function stopReminders(
  db: Db,
  ids: readonly MeetingId[],
  dueBy: Temporal.Instant | null = null,
): Promise<void> {
  if (ids.length === 0) return;
  const { meeting, nextAt } = meetingReminders;
  const isStopped = dueBy === null ? isNotNull(nextAt) : lte(nextAt, dueBy);
  await db
    .update(meetingReminders)
    .set(stopped)
    .where(and(inArray(meeting, [...ids]), isStopped));
}

const stopped = { nextKind: null, nextAt: null };

/**
 * Nothing is to be said about a meeting any more, to anybody, and what waits to be said is not. Parts of the statement that
 * makes it so: one is a quarter of what three take while somebody waits.
 *
 * @param made selects that meeting's id, once it is so: whoever reminds locks the meeting before its reminders, and two
 *   orders would wait for each other
 * @param topic its `subjectOf`
 */
export function stopAllAbout(db: Db, made: SQL, topic: Placeholder) {
  const stop = db
    .update(meetingReminders)
    .set(stopped)
    .where(and(sql`${meetingReminders.meeting} in (${made})`, isNotNull(meetingReminders.nextAt)));
  return [db.$with("stopped").as(stop), db.$with("dropped").as(cancelAbout(db, topic, sql`exists (${made})`))] as const;
}

/** The mentor wants to hear of it again on that day. */
export async function snoozeReminders(
  db: Db,
  meeting: MeetingId,
  person: PersonId,
  until: Temporal.PlainDate,
): Promise<void> {
  await db
    .insert(meetingReminders)
    .values({ meeting, person, snoozedUntil: until })
    .onConflictDoUpdate({
      target: [meetingReminders.meeting, meetingReminders.person],
      set: { snoozedUntil: until },
    });
}

/**
 * Meetings about which something is to be said at `now`, locked for this transaction: other processes pass over them.
 */
export async function claimDueMeetings(db: Db, now: Temporal.Instant, most: number): Promise<readonly MeetingId[]> {
  const due = await db
    .select({ meeting: meetingReminders.meeting })
    .from(meetingReminders)
    .where(lte(meetingReminders.nextAt, now))
    .orderBy(asc(meetingReminders.nextAt))
    .limit(most);
  if (due.length === 0) return [];
  const claimed = await db
    .select({ id: meetings.id })
    .from(meetings)
    .where(inArray(meetings.id, [...new Set(due.map((row) => row.meeting))]))
    .orderBy(asc(meetings.id))
    .for("update", { skipLocked: true });
  return claimed.map((row) => row.id);
}
