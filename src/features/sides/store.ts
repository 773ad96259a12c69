import { and, eq, inArray, isNotNull, isNull, ne, sql, type SQL } from "drizzle-orm";
import type { Db } from "../../core/db.ts";
import type { MeetingId, PersonId } from "../../core/ids.ts";
import { logbookEntries } from "../logbook/schema.ts";
import { attendance } from "../meetings/schema.ts";
import type { AttendanceStatus } from "../meetings/store.ts";
import type { Answer, Settlement, Side } from "./rules.ts";
import { attendanceReplies, replyHistory } from "./schema.ts";

const { answer, settled } = attendanceReplies;

/** A catch-up was logged after the answer: what they said was about the meeting that they missed. */
const isOutdated: SQL<boolean> = sql<boolean>`exists (select from ${logbookEntries}
  where ${logbookEntries.meeting} = ${attendanceReplies.meeting}
  and ${logbookEntries.catchUpFor} = ${attendanceReplies.person}
  and ${logbookEntries.firstSavedAt} > ${attendanceReplies.repliedAt})`;

/** What mentees say of these meetings, as far as it still stands. */
export async function sidesAt(
  db: Db,
  ids: readonly MeetingId[],
): Promise<ReadonlyMap<MeetingId, ReadonlyMap<PersonId, Side>>> {
  const found = new Map<MeetingId, Map<PersonId, Side>>();
  if (ids.length === 0) return found;
  const rows = await db
    .select({ meeting: attendanceReplies.meeting, person: attendanceReplies.person, answer, settled })
    .from(attendanceReplies)
    .where(and(inArray(attendanceReplies.meeting, [...ids]), sql`not ${isOutdated}`));
  for (const { meeting, person, ...side } of rows) {
    const known = found.get(meeting) ?? new Map<PersonId, Side>();
    found.set(meeting, known.set(person, side));
  }
  return found;
}

/** One mentee and one meeting: what its log says about them, and what they say. */
export interface Presence {
  readonly status: AttendanceStatus;
  /** The day of a catch-up with them, if there was one. */
  readonly caughtUpOn: Temporal.PlainDate | null;
  /** Null: they have not answered, or only before the catch-up. */
  readonly side: Side | null;
}

/** Null: the log knows nothing about them, as it was before they joined. */
export async function findPresence(db: Db, meeting: MeetingId, person: PersonId): Promise<Presence | null> {
  const [row] = await db
    .select({
      status: attendance.status,
      caughtUpOn: logbookEntries.heldOn,
      answer,
      settled,
      isOutdated: isOutdated.as("is_outdated"),
    })
    .from(attendance)
    .leftJoin(attendanceReplies, sameAs(attendanceReplies))
    .leftJoin(
      logbookEntries,
      and(eq(logbookEntries.meeting, attendance.meeting), eq(logbookEntries.catchUpFor, attendance.person)),
    )
    .where(and(eq(attendance.meeting, meeting), eq(attendance.person, person)));
  if (row === undefined) return null;
  const side = row.answer === null || row.isOutdated ? null : { answer: row.answer, settled: row.settled };
  return { status: row.status, caughtUpOn: row.caughtUpOn, side };
}

function sameAs(table: typeof attendanceReplies): SQL | undefined {
  return and(eq(table.meeting, attendance.meeting), eq(table.person, attendance.person));
}

/** @returns whether it changed anything: the same answer from a second device does not */
export async function saveAnswer(
  db: Db,
  reply: { readonly meeting: MeetingId; readonly person: PersonId; readonly answer: Answer },
  now: Temporal.Instant,
): Promise<boolean> {
  const saved = await db
    .insert(attendanceReplies)
    .values({ ...reply, repliedAt: now })
    .onConflictDoUpdate({
      target: [attendanceReplies.meeting, attendanceReplies.person],
      set: { answer: reply.answer, repliedAt: now, settled: null },
      setWhere: sql`${ne(answer, reply.answer)} or ${isOutdated}`,
    })
    .returning({ answer });
  if (saved.length === 0) return false;
  await addStep(db, { ...reply, step: reply.answer, by: reply.person, at: now });
  return true;
}

/** @param outcome null takes an earlier one back; only of a mentee who still says that it did not take place */
export async function settleReply(
  db: Db,
  { meeting, person }: { readonly meeting: MeetingId; readonly person: PersonId },
  outcome: Settlement | null,
  by: PersonId,
  now: Temporal.Instant,
): Promise<boolean> {
  const isTheirs = and(eq(attendanceReplies.meeting, meeting), eq(attendanceReplies.person, person));
  const changed = await db
    .update(attendanceReplies)
    .set({ settled: outcome })
    .where(and(isTheirs, eq(answer, "not_held"), sql`${settled} is distinct from ${outcome}`))
    .returning({ answer });
  if (changed.length > 0) await addStep(db, { meeting, person, step: outcome ?? "taken_back", by, at: now });
  return changed.length > 0;
}

async function addStep(db: Db, step: typeof replyHistory.$inferInsert): Promise<void> {
  await db.insert(replyHistory).values(step);
}

/**
 * Takes the next of those whom a log lists as there and who were not asked yet: each is claimed once, whichever process
 * does it.
 */
export async function claimUnasked(
  db: Db,
  now: Temporal.Instant,
  most: number,
): Promise<readonly { readonly meeting: MeetingId; readonly person: PersonId }[]> {
  const next = db
    .select({ meeting: attendance.meeting, person: attendance.person })
    .from(attendance)
    .where(and(isNull(attendance.askedAt), sql`${attendance.status} = 'held'`))
    .limit(most)
    .for("update", { skipLocked: true });
  return await db
    .update(attendance)
    .set({ askedAt: now })
    .where(sql`(${attendance.meeting}, ${attendance.person}) in (${next})`)
    .returning({ meeting: attendance.meeting, person: attendance.person });
}

/** Who was taken off a list is asked again when a later log or a catch-up puts them on it. */
export async function forgetTakenOff(db: Db): Promise<void> {
  await db
    .update(attendance)
    .set({ askedAt: null })
    .where(and(isNotNull(attendance.askedAt), sql`${attendance.status} <> 'held'`));
}

/** How many meetings somebody has said something about. */
export async function countReplies(db: Db, person: PersonId): Promise<number> {
  return await db.$count(attendanceReplies, eq(attendanceReplies.person, person));
}
