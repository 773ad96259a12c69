import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import { unionAll } from "drizzle-orm/pg-core";
import { buildOnce, type Db } from "../core/db.ts";
import type { DeliveryId, PersonId } from "../core/ids.ts";
import { as } from "../core/ids.ts";
import type { Clock, NewId, OutgoingMessage, Outbox, Priority, Recipient } from "../core/ports.ts";
import { outbox, postedCards } from "./schema.ts";

/** As stored: smaller goes first. */
const priorities = { answer: 0, urgent: 1, planned: 2, bulk: 3 } as const satisfies Record<Priority, number>;

export function priorityOf(stored: number): Priority {
  return stored === 0 ? "answer" : stored === 1 ? "urgent" : stored === 2 ? "planned" : "bulk";
}

/** Rows in one insert: about a megabyte. */
const chunk = 2000;

const shown = {
  id: outbox.id,
  kind: outbox.kind,
  ref: outbox.ref,
  person: outbox.person,
  chat: outbox.chat,
  subjects: outbox.subjects,
};

// A part of nearly everything that people do. One look: what goes out meanwhile is in one of the two, never in neither.
const findCards = buildOnce("outbox-cards", (db) =>
  unionAll(
    db
      .select(shown)
      .from(outbox)
      .where(
        and(
          sql`${outbox.subjects} && ${sql.placeholder("subjects")}::text[]`,
          sql`${outbox.state} in ('ready', 'leased', 'sending')`,
          isNull(outbox.updates),
        ),
      ),
    db
      .select(shown)
      .from(postedCards)
      .innerJoin(outbox, eq(outbox.id, postedCards.id))
      .where(sql`${postedCards.subjects} && ${sql.placeholder("subjects")}::text[]`),
  ),
);

export interface OutboxDeps {
  readonly newId: NewId;
  readonly clock: Clock;
  /** Rows were added in a transaction that is still open. */
  readonly onAdded?: () => void;
}

/** The only door to the outbox: every message is a row of the transaction that caused it. */
export function createOutbox({ newId, clock, onAdded }: OutboxDeps): Outbox {
  return {
    async enqueue(tx, messages) {
      const ids: DeliveryId[] = [];
      const now = clock.now();
      for (let from = 0; from < messages.length; from += chunk)
        ids.push(...(await insert(tx, messages.slice(from, from + chunk), newId, now)));
      if (ids.length > 0) onAdded?.();
      return ids;
    },

    /**
     * Asks for an update of every card that stands or may be on its way, one not drawn yet included: only the delivery,
     * which sees this after the commit, knows whether that one was drawn before or after the change.
     */
    async refresh(tx, subjects, now) {
      if (subjects.length === 0) return;
      const found = await findCards(tx, { subjects });
      const cards = [...new Map(found.map((card) => [card.id, card])).values()];
      for (let from = 0; from < cards.length; from += chunk)
        await tx.insert(outbox).values(
          cards.slice(from, from + chunk).map(({ id: updates, ...card }) => {
            const id = as<DeliveryId>(newId());
            const dedupeKey = `update:${updates}:${id}`;
            return { ...card, id, updates, dedupeKey, priority: priorities.planned, dueAt: now, stateSince: now };
          }),
        );
      if (cards.length > 0) onAdded?.();
    },

    async takeBack(tx, person, kinds, reason, now) {
      const taken = await tx
        .update(outbox)
        .set({ state: "cancelled", reason, stateSince: now })
        .where(
          and(
            eq(outbox.person, person),
            inArray(outbox.kind, [...kinds]),
            eq(outbox.state, "ready"),
            isNull(outbox.updates),
          ),
        )
        .returning({ ref: outbox.ref });
      return taken.map(({ ref }) => ref);
    },

    async forget(tx, person, now) {
      await tx
        .update(outbox)
        .set({ state: "cancelled", reason: "the person was erased", stateSince: now })
        .where(and(eq(outbox.person, person), sql`${outbox.state} in ('ready', 'leased')`));
      await forgetCards(tx, person);
    },

    forgetCards,
  };
}

async function forgetCards(tx: Db, person: PersonId): Promise<void> {
  const theirs = tx.select({ id: outbox.id }).from(outbox).where(eq(outbox.person, person));
  await tx.delete(postedCards).where(inArray(postedCards.id, theirs));
}

/** One document per chunk: four times as fast as a parameter for each value. */
async function insert(
  tx: Db,
  messages: readonly OutgoingMessage[],
  newId: NewId,
  now: Temporal.Instant,
): Promise<DeliveryId[]> {
  const rows = messages.map(({ kind, ref, to, dedupeKey, priority, subjects, dueAt, usefulUntil }) => ({
    id: newId(),
    kind,
    ref,
    ...to,
    dedupe_key: dedupeKey,
    priority: priorities[priority],
    subjects,
    due_at: dueAt,
    useful_until: usefulUntil,
    state_since: now,
  }));
  const names = sql`id, kind, ref, person, chat, dedupe_key, priority, subjects, due_at, useful_until, state_since`;
  const added = tx.$with("added", { id: outbox.id }).as(sql`
    insert into outbox (${names})
    select ${names} from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as message (
      id uuid, kind text, ref jsonb, person uuid, chat uuid, dedupe_key text, priority integer, subjects text[],
      due_at timestamptz, useful_until timestamptz, state_since timestamptz)
    on conflict (dedupe_key) do nothing
    returning id`);
  const ids = await tx.with(added).select({ id: added.id }).from(added);
  return ids.map(({ id }) => id);
}

/**
 * The recipient can be written to again: what waited for that goes out now, as far as it is still useful. Within the
 * transaction that learnt of it.
 */
export async function wake(tx: Db, to: Recipient): Promise<void> {
  const recipient = "person" in to ? to.person : to.chat;
  await tx
    .update(outbox)
    .set({ retryAt: null, waitsForRecipient: false })
    .where(
      and(
        sql`coalesce(${outbox.person}, ${outbox.chat}) = ${recipient}`,
        sql`${outbox.state} = 'ready' and ${outbox.retryAt} is not null`,
      ),
    );
}
