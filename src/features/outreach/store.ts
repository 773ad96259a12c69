import { and, asc, eq, gt, inArray, isNull, lte, sql } from "drizzle-orm";
import type { Db } from "../../core/db.ts";
import type { GroupId, MeetingId, PersonId, ProgrammeId } from "../../core/ids.ts";
import { noticeCards, notices } from "../notices/schema.ts";
import { planAnswers } from "../planning/schema.ts";
import { groups, memberships, programmes } from "../programme/schema.ts";
import { isHost } from "./guests/store.ts";
import { outreachAnswers, outreachHosts, outreachLooks, outreachSteps } from "./schema.ts";

export interface Look {
  readonly person: PersonId;
  readonly group: GroupId;
}

export type StepRow = typeof outreachSteps.$inferSelect;
export type AnswerRow = typeof outreachAnswers.$inferSelect;
export type StepWithAnswers = StepRow & { readonly answers: readonly AnswerRow[] };

/** After the roster or the calendar has changed: everybody is looked at, and nobody who has left. */
export async function lookAtAll(db: Db, programme: ProgrammeId, now: Temporal.Instant): Promise<void> {
  const ofProgramme = db.select({ id: groups.id }).from(groups).where(eq(groups.programme, programme));
  await db.update(outreachLooks).set({ nextAt: null }).where(inArray(outreachLooks.group, ofProgramme));
  const mentees = await db
    .select({ person: memberships.person, group: groups.id })
    .from(memberships)
    .innerJoin(groups, eq(groups.id, memberships.group))
    .where(
      and(
        eq(memberships.programme, programme),
        eq(memberships.role, "mentee"),
        eq(memberships.isActive, true),
        eq(groups.isActive, true),
      ),
    );
  await saveLooks(
    db,
    mentees.map((mentee) => ({ ...mentee, nextAt: now })),
  );
}

/** Whose moment has come, locked for this transaction: other processes pass over them. */
export async function claimLooks(db: Db, now: Temporal.Instant, most: number): Promise<readonly Look[]> {
  return db
    .select({ person: outreachLooks.person, group: outreachLooks.group })
    .from(outreachLooks)
    .where(lte(outreachLooks.nextAt, now))
    .orderBy(asc(outreachLooks.nextAt), asc(outreachLooks.person), asc(outreachLooks.group))
    .limit(most)
    .for("update", { skipLocked: true });
}

export async function saveLooks(
  db: Db,
  rows: readonly (Look & { readonly nextAt: Temporal.Instant | null })[],
): Promise<void> {
  // PostgreSQL takes 65,535 parameters a statement; a row here has three.
  for (let from = 0; from < rows.length; from += 2000) {
    await db
      .insert(outreachLooks)
      .values(rows.slice(from, from + 2000))
      .onConflictDoUpdate({
        target: [outreachLooks.person, outreachLooks.group],
        set: { nextAt: sql`excluded.next_at` },
      });
  }
}

/**
 * One batch of a programme at a time, in whatever process: limits count what the batch before has done.
 */
export async function lockProgrammes(db: Db, ids: readonly GroupId[]): Promise<void> {
  await db
    .select({ id: programmes.id })
    .from(programmes)
    .where(
      inArray(
        programmes.id,
        db
          .select({ programme: groups.programme })
          .from(groups)
          .where(inArray(groups.id, [...ids])),
      ),
    )
    .orderBy(asc(programmes.id))
    .for("no key update");
}

/** Of whom there is a reply to the present date: `meeting/version/person`. */
export async function repliesTo(db: Db, ids: readonly MeetingId[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const { meeting, planVersion, person } = planAnswers;
  const rows = await db
    .select({ meeting, planVersion, person })
    .from(planAnswers)
    .where(inArray(meeting, [...ids]));
  return new Set(rows.map((row) => replyKey(row.meeting, row.planVersion, row.person)));
}

export function replyKey(meeting: MeetingId, planVersion: number, person: PersonId): string {
  return `${meeting}/${planVersion}/${person}`;
}

/** All steps for mentees of these groups, in the order in which they were taken. */
export async function stepsOf(db: Db, ids: readonly GroupId[]): Promise<readonly StepWithAnswers[]> {
  return ids.length === 0 ? [] : await withAnswers(db, inArray(outreachSteps.group, [...ids]));
}

export async function findStep(db: Db, id: string): Promise<StepWithAnswers | null> {
  return (await withAnswers(db, eq(outreachSteps.id, id)))[0] ?? null;
}

async function withAnswers(db: Db, which: ReturnType<typeof eq>): Promise<readonly StepWithAnswers[]> {
  const rows = await db
    .select({ step: outreachSteps, answer: outreachAnswers })
    .from(outreachSteps)
    .leftJoin(outreachAnswers, eq(outreachAnswers.step, outreachSteps.id))
    .where(which)
    .orderBy(asc(outreachSteps.at), asc(outreachSteps.id));
  const found = new Map<string, StepRow & { answers: AnswerRow[] }>();
  for (const { step, answer } of rows) {
    const known = found.get(step.id) ?? { ...step, answers: [] };
    if (answer !== null) known.answers.push(answer);
    found.set(step.id, known);
  }
  return [...found.values()];
}

/** @returns the ids of those that were new */
export async function addSteps(
  db: Db,
  rows: readonly (typeof outreachSteps.$inferInsert)[],
): Promise<ReadonlySet<string>> {
  if (rows.length === 0) return new Set();
  const added = await db
    .insert(outreachSteps)
    .values([...rows])
    .onConflictDoNothing()
    .returning({ id: outreachSteps.id });
  return new Set(added.map(({ id }) => id));
}

/** The step as it is until this transaction ends: two devices answer one after the other. */
export async function lockStep(db: Db, id: string): Promise<void> {
  await db.select({ id: outreachSteps.id }).from(outreachSteps).where(eq(outreachSteps.id, id)).for("update");
}

/** What somebody says to a step; null takes it back. The step's version rises. */
export async function saveAnswer(
  db: Db,
  step: string,
  person: PersonId,
  answer: AnswerRow["answer"] | null,
  now: Temporal.Instant,
): Promise<void> {
  if (answer === null) {
    await db.delete(outreachAnswers).where(and(eq(outreachAnswers.step, step), eq(outreachAnswers.person, person)));
  } else {
    await db
      .insert(outreachAnswers)
      .values({ step, person, answer, at: now })
      .onConflictDoUpdate({ target: [outreachAnswers.step, outreachAnswers.person], set: { answer, at: now } });
  }
  await db
    .update(outreachSteps)
    .set({ version: sql`${outreachSteps.version} + 1` })
    .where(eq(outreachSteps.id, step));
}

/** @param by null: it was not undone after all */
export async function markUndone(db: Db, step: string, by: PersonId | null, now: Temporal.Instant): Promise<void> {
  await db
    .update(outreachSteps)
    .set({ undoneBy: by, undoneAt: by === null ? null : now })
    .where(eq(outreachSteps.id, step));
}

/** What of these kinds these people were told since then, and what still waits to be said to them. */
export async function heardSince(
  db: Db,
  persons: readonly PersonId[],
  kinds: readonly string[],
  since: Temporal.Instant,
): Promise<readonly { readonly person: PersonId; readonly kind: string; readonly at: Temporal.Instant | null }[]> {
  if (persons.length === 0) return [];
  const isTheirs = and(inArray(notices.person, [...persons]), inArray(notices.kind, [...kinds]));
  const said = await db
    .select({ person: notices.person, kind: notices.kind, at: noticeCards.at })
    .from(noticeCards)
    .innerJoin(notices, eq(notices.card, noticeCards.id))
    .where(
      and(
        isTheirs,
        inArray(noticeCards.person, [...persons]),
        gt(noticeCards.at, since),
        isNull(noticeCards.droppedAt),
      ),
    );
  const waiting = await db
    .select({ person: notices.person, kind: notices.kind })
    .from(notices)
    .where(and(eq(notices.state, "waiting"), isTheirs));
  return [...said, ...waiting.map((row) => ({ ...row, at: null }))];
}

/** Who was a mentee of a group of the programme and is in it no more. */
export async function formerMentees(db: Db, programme: ProgrammeId): Promise<readonly Look[]> {
  const rows = await db
    .select({ person: memberships.person, group: memberships.group })
    .from(memberships)
    .innerJoin(groups, eq(groups.id, memberships.group))
    .where(
      and(
        eq(memberships.programme, programme),
        eq(memberships.role, "mentee"),
        sql`not (${memberships.isActive} and ${groups.isActive})`,
      ),
    )
    .orderBy(asc(memberships.person));
  return rows.flatMap(({ person, group }) => (group === null ? [] : [{ person, group }]));
}

/** Steps taken for somebody, and answers that they gave. */
export async function countOutreach(
  db: Db,
  person: PersonId,
): Promise<{ steps: number; answers: number; isHost: boolean }> {
  const [steps, answers, isOpen] = await Promise.all([
    db.$count(outreachSteps, eq(outreachSteps.person, person)),
    db.$count(outreachAnswers, eq(outreachAnswers.person, person)),
    isHost(db, person),
  ]);
  return { steps, answers, isHost: isOpen };
}

/**
 * Takes away what was done for an erased person and what they answered; offers to others in which they were the host stay.
 *
 * @returns how many answers, and the steps whose cards name them
 */
export async function eraseOutreach(
  db: Db,
  person: PersonId,
): Promise<{ readonly answers: number; readonly steps: readonly string[] }> {
  const answers = await db
    .delete(outreachAnswers)
    .where(eq(outreachAnswers.person, person))
    .returning({ step: outreachAnswers.step });
  const hosted = await db.select({ id: outreachSteps.id }).from(outreachSteps).where(eq(outreachSteps.host, person));
  const own = await db
    .delete(outreachSteps)
    .where(eq(outreachSteps.person, person))
    .returning({ id: outreachSteps.id });
  await db.delete(outreachLooks).where(eq(outreachLooks.person, person));
  await db.delete(outreachHosts).where(eq(outreachHosts.person, person));
  return {
    answers: answers.length,
    steps: [...answers.map(({ step }) => step), ...[...hosted, ...own].map(({ id }) => id)],
  };
}
