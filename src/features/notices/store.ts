import {
  and,
  asc,
  desc,
  eq,
  exists,
  gt,
  gte,
  inArray,
  isNull,
  lte,
  ne,
  sql,
  type Placeholder,
  type SQL,
} from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import { buildOnce, type Db } from "../../core/db.ts";
import type { NoticeId, PersonId, ProgrammeId } from "../../core/ids.ts";
import { contacts, openings, people } from "../programme/schema.ts";
import { noticeCards, notices } from "./schema.ts";

export type Notice = typeof notices.$inferSelect;

export interface NewNotice {
  readonly person: PersonId;
  readonly programme: ProgrammeId;
  /** In which role they hear it: blackouts and budgets differ. */
  readonly role: "mentor" | "mentee";
  /** Names the `NoticeKind` that draws it. */
  readonly kind: string;
  /** Ids only. */
  readonly ref: Readonly<Record<string, string>>;
  /** A newer notice to the same person about the same topic replaces an older one that still waits. */
  readonly topic: string;
  readonly dedupeKey: string;
  readonly dueAt: Temporal.Instant;
  readonly usefulUntil: Temporal.Instant;
}

/** @returns how many were new */
export async function insertNotices(
  db: Db,
  rows: readonly (NewNotice & { readonly id: NoticeId })[],
  now: Temporal.Instant,
): Promise<number> {
  let added = 0;
  // PostgreSQL takes 65,535 parameters a statement; a row here has a dozen.
  for (let from = 0; from < rows.length; from += 2000) {
    const chunk = rows.slice(from, from + 2000);
    const inserted = await db
      .insert(notices)
      .values(chunk.map((row) => ({ ...row, madeAt: now })))
      .onConflictDoNothing()
      .returning({ id: notices.id, person: notices.person, topic: notices.topic });
    added += inserted.length;
    if (inserted.length > 0) await replaceOlder(db, inserted);
  }
  return added;
}

async function replaceOlder(db: Db, newest: readonly Pick<Notice, "id" | "person" | "topic">[]): Promise<void> {
  await db
    .update(notices)
    .set({ state: "cancelled", reason: "a newer one says more" })
    .where(
      and(
        eq(notices.state, "waiting"),
        sql`(${notices.person}, ${notices.topic}) in (select * from unnest(
          ${sql.param(newest.map((row) => row.person))}::uuid[], ${sql.param(newest.map((row) => row.topic))}::text[]))`,
        sql`${notices.id} <> all(${sql.param(newest.map((row) => row.id))}::uuid[])`,
      ),
    );
}

/** What still waits about a topic need not be said any more, to this person or to anybody. */
export async function cancelTopic(db: Db, topic: string, person: PersonId | null): Promise<void> {
  await cancelWaiting(db, { topic, person });
}

const cancelWaiting = buildOnce("notices-cancel-topic", (db) =>
  cancelAbout(
    db,
    sql.placeholder("topic"),
    sql`${notices.person} = coalesce(${sql.placeholder("person")}, ${notices.person})`,
  ),
);

/** The statement that cancels what waits about a topic; to be a part of others, too. */
export function cancelAbout(db: Db, topic: Placeholder, which: SQL) {
  return db
    .update(notices)
    .set({ state: "cancelled", reason: "no longer needed" })
    .where(and(sql`${notices.state} = 'waiting'`, eq(notices.topic, topic), which));
}

/** What still waits about these topics. */
export async function waitingAbout(db: Db, topics: readonly string[]): Promise<readonly Notice[]> {
  return db
    .select()
    .from(notices)
    .where(and(eq(notices.state, "waiting"), sql`${notices.topic} = any(${sql.param([...topics])}::text[])`));
}

export interface HearerRow {
  readonly id: PersonId;
  readonly timeZone: string | null;
  readonly welcomedAt: Temporal.Instant | null;
  readonly pausedUntil: Temporal.PlainDate | null;
  readonly isReachable: boolean;
}

/**
 * People for whom something waits that is due, locked for this transaction: one card a person, whichever process makes
 * it. Whoever adds a notice meanwhile need not wait (a foreign key shares the row), or each could wait for the other.
 */
export async function claimHearers(db: Db, now: Temporal.Instant, most: number): Promise<readonly HearerRow[]> {
  const due = await db
    .selectDistinct({ person: notices.person })
    .from(notices)
    .where(and(eq(notices.state, "waiting"), lte(notices.dueAt, now)))
    .limit(most);
  if (due.length === 0) return [];
  return db
    .select({
      id: people.id,
      timeZone: people.timeZone,
      welcomedAt: people.welcomedAt,
      pausedUntil: people.pausedUntil,
      // Whose chat the bot opened itself hears hello first, and nothing else before that.
      isReachable: sql<boolean>`exists (select from ${contacts} where ${contacts.person} = ${people.id}
        and ${contacts.state} = 'reachable') and not exists (select from ${openings}
        where ${openings.person} = ${people.id} and ${openings.greetAt} is not null)`,
    })
    .from(people)
    .where(
      inArray(
        people.id,
        due.map((row) => row.person),
      ),
    )
    .orderBy(asc(people.id))
    .for("no key update", { skipLocked: true });
}

/** What is due for these people now. */
export async function dueNotices(
  db: Db,
  persons: readonly PersonId[],
  now: Temporal.Instant,
): Promise<readonly Notice[]> {
  return db
    .select()
    .from(notices)
    .where(and(eq(notices.state, "waiting"), lte(notices.dueAt, now), inArray(notices.person, [...persons])))
    .orderBy(asc(notices.usefulUntil), asc(notices.id));
}

/** When unrequested cards went to these people, from `since` on. */
export async function cardsSince(
  db: Db,
  persons: readonly PersonId[],
  since: Temporal.Instant,
): Promise<readonly { readonly person: PersonId; readonly at: Temporal.Instant }[]> {
  return db
    .select({ person: noticeCards.person, at: noticeCards.at })
    .from(noticeCards)
    .where(and(inArray(noticeCards.person, [...persons]), gte(noticeCards.at, since), isNull(noticeCards.droppedAt)));
}

export async function putOnCard(
  db: Db,
  card: string,
  person: PersonId,
  ids: readonly NoticeId[],
  at: Temporal.Instant,
): Promise<void> {
  await db.insert(noticeCards).values({ id: card, person, at });
  await db
    .update(notices)
    .set({ state: "on_card", card, reason: null })
    // What became needless in another process meanwhile stays off the card.
    .where(and(ne(notices.state, "cancelled"), inArray(notices.id, [...ids])));
}

export async function postpone(db: Db, id: NoticeId, until: Temporal.Instant, reason: string): Promise<void> {
  await db
    .update(notices)
    .set({ dueAt: until, reason })
    .where(and(eq(notices.state, "waiting"), eq(notices.id, id)));
}

export async function cancel(db: Db, id: NoticeId, reason: string): Promise<void> {
  await db
    .update(notices)
    .set({ state: "cancelled", reason })
    .where(and(eq(notices.state, "waiting"), eq(notices.id, id)));
}

export async function noticesOnCard(db: Db, card: string): Promise<readonly Notice[]> {
  return db.select().from(notices).where(eq(notices.card, card)).orderBy(asc(notices.usefulUntil), asc(notices.id));
}

/** What was said to this person and is still of use; of several about one matter the newest. */
export async function openNotices(db: Db, person: PersonId, now: Temporal.Instant): Promise<readonly Notice[]> {
  return db
    .selectDistinctOn([notices.topic])
    .from(notices)
    .where(and(eq(notices.person, person), eq(notices.state, "on_card"), gt(notices.usefulUntil, now)))
    .orderBy(asc(notices.topic), desc(notices.madeAt), desc(notices.id));
}

/** The card did not go out: it does not count towards the budget. */
export async function dropCard(db: Db, card: string, at: Temporal.Instant): Promise<void> {
  await db.update(noticeCards).set({ droppedAt: at }).where(eq(noticeCards.id, card));
}

/** The person can be reached again: what was held is looked at now. */
export async function releaseHeld(db: Db, person: PersonId, now: Temporal.Instant): Promise<void> {
  await db
    .update(notices)
    .set({ dueAt: now })
    .where(and(eq(notices.person, person), eq(notices.state, "waiting"), eq(notices.reason, "unreachable")));
}

/**
 * These cards never reached the person: what was on them waits again, but for what a newer notice says more of. They do not
 * count towards the budget.
 */
export async function takeOffCards(
  db: Db,
  cards: readonly string[],
  reason: string,
  now: Temporal.Instant,
): Promise<void> {
  if (cards.length === 0) return;
  const newer = alias(notices, "newer");
  const isOnThem = and(eq(notices.state, "on_card"), inArray(notices.card, [...cards]));
  await db
    .update(notices)
    .set({ state: "cancelled", reason: "a newer one says more", card: null })
    .where(
      and(
        isOnThem,
        exists(
          db
            .select({ id: newer.id })
            .from(newer)
            .where(
              and(
                eq(newer.person, notices.person),
                eq(newer.topic, notices.topic),
                eq(newer.state, "waiting"),
                gte(newer.madeAt, notices.madeAt),
              ),
            ),
        ),
      ),
    );
  await db.update(notices).set({ state: "waiting", reason, card: null, dueAt: now }).where(isOnThem);
  await db
    .update(noticeCards)
    .set({ droppedAt: now })
    .where(inArray(noticeCards.id, [...cards]));
}

/** First day with reminders again, in their own zone; null: no pause. */
export async function setPause(db: Db, person: PersonId, until: Temporal.PlainDate | null): Promise<void> {
  await db.update(people).set({ pausedUntil: until }).where(eq(people.id, person));
}

/** After the end of a pause, what waited for it is looked at now. */
export async function releasePaused(db: Db, person: PersonId, now: Temporal.Instant): Promise<void> {
  await db
    .update(notices)
    .set({ dueAt: now })
    .where(and(eq(notices.person, person), eq(notices.state, "waiting"), eq(notices.reason, "paused")));
}
