import { and, asc, inArray, lte, sql } from "drizzle-orm";
import { buildOnce, type Db } from "../../../core/db.ts";
import type { MeetingId, PersonId } from "../../../core/ids.ts";
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
  if (ids.length > 0) await stop(db, { ids, dueBy: dueBy?.toString() ?? "infinity" });
}

// A part of every logged meeting.
const stop = buildOnce("meetings-stop-reminders", (db) =>
  db
    .update(meetingReminders)
    .set({ nextKind: null, nextAt: null })
    .where(
      and(
        sql`${meetingReminders.meeting} = any(${sql.placeholder("ids")}::uuid[])`,
        sql`${meetingReminders.nextAt} <= ${sql.placeholder("dueBy")}`,
      ),
    ),
);

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
