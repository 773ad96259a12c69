import { inArray, sql } from "drizzle-orm";
import { buildOnce, type Db } from "../core/db.ts";
import type { DeliveryId } from "../core/ids.ts";
import type { Change, Held, Posted } from "./delivery-store.ts";
import { outbox, postedCards } from "./schema.ts";

// What Teams answered is in doubt until it is written down: these are prepared, which is a round trip less for each.

const change = buildOnce("delivery-change", (db) =>
  db
    .update(outbox)
    .set({
      state: sql`change.state`,
      reason: sql`change.reason`,
      retryAt: sql`clock_timestamp() + change.after_ms * interval '1 millisecond'`,
      attempts: sql`change.attempts`,
      isRepeat: sql`change.is_repeat`,
      waitsForRecipient: sql`change.waits`,
      leasedUntil: null,
      stateSince: sql`${sql.placeholder("now")}::timestamptz`,
    })
    .from(
      sql`jsonb_to_recordset(${sql.placeholder("changes")}::text::jsonb)
        as change (id uuid, lease uuid, state text, reason text, after_ms float8, attempts int, is_repeat boolean,
          waits boolean)`,
    )
    .where(
      sql`${outbox.id} = change.id and ${outbox.lease} = change.lease
        and ${outbox.state} in ('ready', 'leased', 'sending', 'uncertain') and change.state <> 'needless'`,
    )
    .returning({ id: outbox.id }),
);

/**
 * Writes down what became of held rows. A row that was claimed anew or settled meanwhile is left alone; one whose lease
 * ran out takes the late answer, which is the truth about it.
 *
 * @returns the ids of those that were changed
 */
export async function changeHeld(
  tx: Db,
  changes: readonly { readonly row: Held; readonly change: Change }[],
  now: Temporal.Instant,
): Promise<ReadonlySet<DeliveryId>> {
  const listed = changes.map(({ row, change: to }) => ({
    id: row.id,
    lease: row.lease,
    state: to.state,
    reason: "reason" in to ? to.reason : null,
    after_ms: to.state === "ready" ? to.afterMs : null,
    attempts: to.state === "ready" ? to.attempts : row.attempts,
    is_repeat: to.state === "ready" ? to.isRepeat : row.isRepeat,
    waits: to.state === "ready" && to.waitsForRecipient,
  }));
  const changed = await change(tx, { changes: JSON.stringify(listed), now: now.toString() });
  const needless = changes.filter(({ change: to }) => to.state === "needless").map(({ row }) => row.id);
  if (needless.length > 0) await tx.delete(outbox).where(inArray(outbox.id, needless));
  return new Set(changed.map(({ id }) => id));
}

/** Only of those that are `sent` by this very claim: asked in the same breath as `changeHeld`, and after it. */
const post = buildOnce("delivery-post", (db) => {
  const given = sql`jsonb_to_recordset(${sql.placeholder("cards")}::text::jsonb)
    as card (id uuid, lease uuid, service_url text, conversation_id text, activity_id text, subjects text[])`;
  return db
    .insert(postedCards)
    .select(
      sql`select ${outbox.id}, card.service_url, card.conversation_id, card.activity_id, card.subjects, 0,
        ${sql.placeholder("now")}::timestamptz
        from ${given} join ${outbox} on ${outbox.id} = card.id and ${outbox.lease} = card.lease and ${outbox.state} = 'sent'`,
    )
    .onConflictDoUpdate({
      target: postedCards.id,
      set: { activityId: sql`excluded.activity_id`, postedAt: sql`excluded.posted_at` },
    });
});

/** Where cards stand now, and how they were drawn anew. */
export async function savePosted(
  tx: Db,
  sent: readonly { readonly row: Held; readonly posted: Posted }[],
  now: Temporal.Instant,
): Promise<void> {
  const cards = sent
    .filter(({ row }) => row.updates === null && row.subjects.length > 0)
    .map(({ row: { id, lease, subjects }, posted }) => ({
      id,
      lease,
      service_url: posted.serviceUrl,
      conversation_id: posted.conversationId,
      activity_id: posted.activityId,
      subjects,
    }));
  if (cards.length > 0) await post(tx, { cards: JSON.stringify(cards), now: now.toString() });
}

export async function countRedrawn(tx: Db, cards: readonly DeliveryId[]): Promise<void> {
  if (cards.length > 0)
    await tx
      .update(postedCards)
      .set({ version: sql`${postedCards.version} + 1` })
      .where(inArray(postedCards.id, [...cards]));
}

export async function dropPosted(tx: Db, ids: readonly DeliveryId[]): Promise<void> {
  if (ids.length > 0) await tx.delete(postedCards).where(inArray(postedCards.id, [...ids]));
}
