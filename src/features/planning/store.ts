import { and, asc, desc, eq, exists, inArray, isNull, lte, sql } from "drizzle-orm";
import type { Db } from "../../core/db.ts";
import type { MeetingId, PersonId } from "../../core/ids.ts";
import { meetings } from "../meetings/schema.ts";
import { noticeCards, notices } from "../notices/schema.ts";
import type { PlanValues } from "./rules.ts";
import { dateWishes, planAnswers, planVersions } from "./schema.ts";

/** One version of a meeting's plan, or its cancellation, which repeats what was called off. */
export interface PlanVersion extends PlanValues {
  readonly version: number;
  readonly isCancelled: boolean;
  readonly madeBy: PersonId;
  /** A card with it is, or may be, in the group's chat. */
  readonly isPosted: boolean;
}

export type StoredAnswer = Pick<typeof planAnswers.$inferSelect, "person" | "answer" | "suggestedAt">;

/** Until this transaction ends, nobody else changes the meeting's plan. */
export async function lockMeeting(db: Db, id: MeetingId, strength: "update" | "share"): Promise<void> {
  await db.select({ id: meetings.id }).from(meetings).where(eq(meetings.id, id)).for(strength);
}

/** All versions of the plan, the newest first. */
export async function planHistory(db: Db, meeting: MeetingId): Promise<readonly PlanVersion[]> {
  const rows = await db
    .select()
    .from(planVersions)
    .where(eq(planVersions.meeting, meeting))
    .orderBy(desc(planVersions.version));
  return rows.map(({ version, isCancelled, startsAt, minutes, form, place, madeBy, postedAt }) => ({
    version,
    isCancelled,
    at: startsAt,
    minutes,
    form,
    place,
    madeBy,
    isPosted: postedAt !== null,
  }));
}

export async function addPlanVersion(
  db: Db,
  meeting: MeetingId,
  plan: Omit<PlanVersion, "isPosted">,
  now: Temporal.Instant,
): Promise<void> {
  const { at: startsAt, ...rest } = plan;
  await db.insert(planVersions).values({ meeting, ...rest, startsAt, madeAt: now });
}

/** A card with this version went to the group's chat, or may have. */
export async function markPosted(db: Db, meeting: MeetingId, version: number, now: Temporal.Instant): Promise<void> {
  await db
    .update(planVersions)
    .set({ postedAt: now })
    .where(and(eq(planVersions.meeting, meeting), eq(planVersions.version, version), isNull(planVersions.postedAt)));
}

/** What was said to one version of a plan. */
export async function answersTo(db: Db, meeting: MeetingId, version: number): Promise<readonly StoredAnswer[]> {
  const { person, answer, suggestedAt } = planAnswers;
  return db
    .select({ person, answer, suggestedAt })
    .from(planAnswers)
    .where(and(eq(planAnswers.meeting, meeting), eq(planAnswers.planVersion, version)))
    .orderBy(asc(person));
}

/** One answer a person and version: a later one replaces it. */
export async function saveAnswer(
  db: Db,
  row: StoredAnswer & { readonly meeting: MeetingId; readonly planVersion: number },
  now: Temporal.Instant,
): Promise<void> {
  const { answer, suggestedAt } = row;
  await db
    .insert(planAnswers)
    .values({ ...row, answeredAt: now })
    .onConflictDoUpdate({
      target: [planAnswers.meeting, planAnswers.planVersion, planAnswers.person],
      set: { answer, suggestedAt, answeredAt: now },
    });
}

/**
 * Notes that somebody would like a date.
 *
 * @param unlessSince the mentors heard of such a wish since then: nothing is noted
 * @returns whether the mentors are to hear of it
 */
export async function noteWish(
  db: Db,
  meeting: MeetingId,
  now: Temporal.Instant,
  unlessSince: Temporal.Instant,
): Promise<boolean> {
  const noted = await db
    .insert(dateWishes)
    .values({ meeting, wishedAt: now })
    .onConflictDoUpdate({
      target: dateWishes.meeting,
      set: { wishedAt: sql`excluded.wished_at` },
      setWhere: lte(dateWishes.wishedAt, unlessSince),
    })
    .returning({ meeting: dateWishes.meeting });
  return noted.length > 0;
}

/** Who was told of a plan in their own chat: of that version or a later one, on a card that was not dropped. */
export async function heardOf(
  db: Db,
  topic: string,
  kinds: readonly string[],
  fromVersion: number,
): Promise<readonly PersonId[]> {
  const rows = await db
    .selectDistinct({ person: notices.person })
    .from(notices)
    .innerJoin(noticeCards, eq(noticeCards.id, notices.card))
    .where(
      and(
        eq(notices.topic, topic),
        isNull(noticeCards.droppedAt),
        inArray(notices.kind, [...kinds]),
        sql`(${notices.ref} ->> 'plan')::int >= ${fromVersion}`,
      ),
    );
  return rows.map((row) => row.person);
}

/** How many plans somebody has answered. */
export async function countAnswers(db: Db, person: PersonId): Promise<number> {
  return await db.$count(planAnswers, eq(planAnswers.person, person));
}

/** Takes away what an erased person answered, and the places that they wrote down. Returns how many answers. */
export async function eraseAnswers(db: Db, person: PersonId): Promise<number> {
  const own = and(
    eq(planVersions.meeting, meetings.id),
    eq(planVersions.version, meetings.planVersion),
    eq(planVersions.madeBy, person),
  );
  await db
    .update(meetings)
    .set({ plannedPlace: null })
    .where(exists(db.select({ meeting: planVersions.meeting }).from(planVersions).where(own)));
  await db.update(planVersions).set({ place: null }).where(eq(planVersions.madeBy, person));
  const erased = await db
    .delete(planAnswers)
    .where(eq(planAnswers.person, person))
    .returning({ meeting: planAnswers.meeting });
  return erased.length;
}
