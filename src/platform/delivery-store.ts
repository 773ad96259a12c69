import { and, eq, inArray, sql } from "drizzle-orm";
import { buildOnce, type Db } from "../core/db.ts";
import type { Address } from "../core/feature.ts";
import type { DeliveryId } from "../core/ids.ts";
import type { Recipient } from "../core/ports.ts";
import { outbox, postedCards, type DeliveryState } from "./schema.ts";

/** A row that one claim holds. */
export interface Held {
  readonly id: DeliveryId;
  readonly kind: string;
  readonly ref: Readonly<Record<string, string>>;
  readonly to: Recipient;
  /** The delivery whose posted card this one draws anew. */
  readonly updates: DeliveryId | null;
  readonly subjects: readonly string[];
  readonly usefulUntil: Temporal.Instant | null;
  readonly priority: number;
  readonly attempts: number;
  readonly isRepeat: boolean;
  readonly lease: string;
}

/** What becomes of a held row. */
export type Change =
  /** `posted`: where the card stands; `null` when Teams gave no id or it shows nothing that changes. */
  | { readonly state: "sent"; readonly posted: Posted | null; readonly reason: string | null }
  | { readonly state: "uncertain" | "failed" | "cancelled"; readonly reason: string }
  /** Back in the list. `afterMs`: by the database's clock; `null`: at once. */
  | {
      readonly state: "ready";
      readonly afterMs: number | null;
      readonly reason: string | null;
      readonly attempts: number;
      readonly isRepeat: boolean;
      readonly waitsForRecipient: boolean;
    }
  /** It asked for what has happened already. */
  | { readonly state: "needless" };

export interface Posted {
  readonly serviceUrl: string;
  readonly conversationId: string;
  readonly activityId: string;
}

/** Long enough to ask, draw and wait for a slot; short enough that a killed process delays nobody's reminder for long. */
const leaseSeconds = 30;

/** A post ends after 5 s; the rest is for writing down what came of it. */
const sendingSeconds = 20;

/** Rows turned back to a limit of ours carry this reason. */
export const limitedReason = "waits for its turn: Teams limits how much goes there";

const columns = {
  id: outbox.id,
  kind: outbox.kind,
  ref: outbox.ref,
  person: outbox.person,
  chat: outbox.chat,
  updates: outbox.updates,
  subjects: outbox.subjects,
  usefulUntil: outbox.usefulUntil,
  priority: outbox.priority,
  attempts: outbox.attempts,
  isRepeat: outbox.isRepeat,
  lease: outbox.lease,
};

/**
 * Takes what is due, most urgent first, and what is past its use, so that it can be cancelled. No two claims, in whatever
 * process, get the same row.
 */
export async function claim(db: Db, wish: ClaimWish): Promise<readonly Held[]> {
  const rows = await claimQuery(db, wish);
  return rows.flatMap(asHeld).toSorted((a, b) => a.priority - b.priority);
}

export interface ClaimWish {
  readonly lease: string;
  readonly now: Temporal.Instant;
  readonly atMost: number;
}

/** Its plan is tested: it may read no more of the table than it takes. */
export function claimQuery(db: Db, { lease, now, atMost }: ClaimWish) {
  const isDue = sql`priority = step.priority and due_at <= ${now.toString()}::timestamptz`;
  // One update of a card at a time, the oldest request first: it draws what the later ones ask for, too.
  const isNext = sql`(updates is null or not exists (
    select from outbox as other where other.updates = outbox.updates and other.id <> outbox.id
      and (other.state in ('leased', 'sending') or (other.state = 'ready' and other.id < outbox.id))))`;
  // A subquery for each index, so that each is read in its order and left after the first few entries.
  const due = sql`
    with due as materialized (
      select id from (
        select id from outbox where state = 'ready' and useful_until <= ${now.toString()}::timestamptz
        order by useful_until limit ${atMost} for update skip locked) as expired
      union all
      select picked.id from (values (0), (1), (2), (3)) as step (priority), lateral (
        select id from (
          select id from outbox where state = 'ready' and retry_at is null and ${isDue} and ${isNext}
          order by due_at limit ${atMost} for update skip locked) as fresh
        union all
        select id from (
          select id from outbox
          where state = 'ready' and retry_at is not null and retry_at <= clock_timestamp() and ${isDue} and ${isNext}
          order by retry_at limit ${atMost} for update skip locked) as again) as picked
      limit ${atMost})
    select id from due`;
  return db
    .update(outbox)
    .set({ state: "leased", lease, leasedUntil: fromNow(leaseSeconds * 1000), stateSince: now })
    .where(sql`${outbox.id} in (${due})`)
    .returning(columns);
}

/** Removes the requests for an update that the held ones fulfil as well. */
export async function absorbUpdates(db: Db, held: readonly Held[]): Promise<void> {
  const updates = held.flatMap((row) => row.updates ?? []);
  if (updates.length > 0)
    await db.delete(outbox).where(and(inArray(outbox.updates, updates), eq(outbox.state, "ready")));
}

// Between a mark and what came of it a crash leaves a message in doubt. So these are prepared: a round trip less each.
const mark = buildOnce("delivery-mark", (db) =>
  db
    .update(outbox)
    .set({
      state: "sending",
      leasedUntil: fromNow(sendingSeconds * 1000),
      stateSince: sql`${sql.placeholder("now")}::timestamptz`,
    })
    .from(sql`jsonb_to_recordset(${sql.placeholder("leases")}::text::jsonb) as held (id uuid, lease uuid)`)
    .where(
      sql`${outbox.id} = held.id and ${outbox.lease} = held.lease and ${outbox.state} = 'leased'
        and ${outbox.leasedUntil} > clock_timestamp()`,
    )
    .returning({ id: outbox.id }),
);

/** Those whose lease is still good are about to be posted; the others are somebody else's now. */
export async function markSending(
  db: Db,
  rows: readonly Held[],
  now: Temporal.Instant,
): Promise<ReadonlySet<DeliveryId>> {
  const leases = rows.map(({ id, lease }) => ({ id, lease }));
  const marked = await mark(db, { leases: JSON.stringify(leases), now: now.toString() });
  return new Set(marked.map(({ id }) => id));
}

/** Rows whose process died or lost touch. Locked: apply what becomes of them in the same transaction. */
export async function lockExpired(tx: Db): Promise<readonly (Held & { readonly state: DeliveryState })[]> {
  const rows = await tx
    .select({ ...columns, state: outbox.state })
    .from(outbox)
    .where(sql`${outbox.state} in ('leased', 'sending') and ${outbox.leasedUntil} < clock_timestamp()`)
    .orderBy(outbox.leasedUntil)
    .limit(100)
    .for("update", { skipLocked: true });
  return rows.flatMap((row) => asHeld(row).map((held) => ({ ...held, state: row.state })));
}

/** The delivery whose card is to be drawn anew, and where that stands, if it does. */
export async function findOriginal(
  db: Db,
  id: DeliveryId,
): Promise<{ readonly state: DeliveryState; readonly lease: string | null; readonly posted: Posted | null } | null> {
  const [row] = await db
    .select({
      state: outbox.state,
      lease: outbox.lease,
      serviceUrl: postedCards.serviceUrl,
      conversationId: postedCards.conversationId,
      activityId: postedCards.activityId,
    })
    .from(outbox)
    .leftJoin(postedCards, eq(postedCards.id, outbox.id))
    .where(eq(outbox.id, id));
  if (row === undefined) return null;
  const { state, lease, serviceUrl, conversationId, activityId } = row;
  const stands = serviceUrl !== null && conversationId !== null && activityId !== null;
  return { state, lease, posted: stands ? { serviceUrl, conversationId, activityId } : null };
}

/** Milliseconds until the next row that waits may be taken; `null`: none waits. */
export async function nextRetry(db: Db): Promise<number | null> {
  const [row] = await db
    .select({
      ms: sql<number | null>`(select extract(epoch from min(first.retry_at) - clock_timestamp())::float8 * 1000
      from (values (0), (1), (2), (3)) as step (priority), lateral (
        select retry_at from outbox where state = 'ready' and retry_at is not null and priority = step.priority
        order by retry_at limit 1) as first)`,
    })
    .from(sql`(values (1)) as once`);
  return row?.ms ?? null;
}

/** The same for those that wait for nothing but their turn: each has one of these reasons. Reads all that wait. */
export async function nextTurn(db: Db, reasons: readonly string[]): Promise<number | null> {
  const [row] = await db
    .select({ ms: sql<number | null>`extract(epoch from min(${outbox.retryAt}) - clock_timestamp())::float8 * 1000` })
    .from(outbox)
    .where(and(sql`${outbox.state} = 'ready' and ${outbox.retryAt} is not null`, inArray(outbox.reason, [...reasons])));
  return row?.ms ?? null;
}

export function postedAt(address: Address, activityId: string | null): Posted | null {
  return activityId === null
    ? null
    : { serviceUrl: address.serviceUrl, conversationId: address.conversationId, activityId };
}

function fromNow(ms: number) {
  return sql`clock_timestamp() + ${ms}::float8 * interval '1 millisecond'`;
}

type Row = Omit<Held, "to" | "lease"> & {
  readonly person: Extract<Recipient, { person: unknown }>["person"] | null;
  readonly chat: Extract<Recipient, { chat: unknown }>["chat"] | null;
  readonly lease: string | null;
};

/** None for a row without a recipient or lease, which the table does not allow in these states. */
function asHeld({ person, chat, lease, ...row }: Row): Held[] {
  if (lease === null) return [];
  if (person !== null) return [{ ...row, to: { person }, lease }];
  return chat === null ? [] : [{ ...row, to: { chat }, lease }];
}
