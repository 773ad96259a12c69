import { sql } from "drizzle-orm";
import {
  boolean,
  check,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { instant } from "../core/columns.ts";
import type { ChatId, DeliveryId, PersonId } from "../core/ids.ts";

/** `ready -> leased -> sending -> sent | ready (retry_at) | uncertain | failed | cancelled` */
export type DeliveryState = "ready" | "leased" | "sending" | "sent" | "uncertain" | "failed" | "cancelled";

/**
 * Every message, from the transaction that caused it to what became of it. It holds ids, never words: a card is drawn
 * when it is sent. `due_at` and `useful_until` are the programme's clock; `retry_at` and leases the database's.
 */
export const outbox = pgTable(
  "outbox",
  {
    id: uuid().$type<DeliveryId>().primaryKey(),
    kind: text().notNull(),
    ref: jsonb().$type<Readonly<Record<string, string>>>().notNull(),
    person: uuid().$type<PersonId>(),
    chat: uuid().$type<ChatId>(),
    /** Set on an update of a card that is already posted. */
    updates: uuid().$type<DeliveryId>(),
    dedupeKey: text().notNull(),
    /** 0 answers, 1 urgent, 2 planned, 3 bulk. */
    priority: integer().notNull(),
    subjects: text()
      .array()
      .notNull()
      .default(sql`'{}'`),
    dueAt: instant().notNull(),
    usefulUntil: instant(),
    state: text().$type<DeliveryState>().notNull().default("ready"),
    reason: text(),
    /** Tries that Teams turned down or left unanswered. */
    attempts: integer().notNull().default(0),
    /** An earlier try may have arrived: the card says so. */
    isRepeat: boolean().notNull().default(false),
    retryAt: instant(),
    /** It waits for somebody to install the bot or to write: no delay of ours, and no reason to worry about the engine. */
    waitsForRecipient: boolean().notNull().default(false),
    /** Of one claim. It stays when the lease runs out, so that a late answer still finds its row. */
    lease: uuid(),
    leasedUntil: instant(),
    /** By the programme's clock: when its present state began. */
    stateSince: instant().notNull(),
  },
  (t) => [
    unique("outbox_once").on(t.dedupeKey),
    check(
      "outbox_state",
      sql`${t.state} in ('ready', 'leased', 'sending', 'sent', 'uncertain', 'failed', 'cancelled')`,
    ),
    check("outbox_one_recipient", sql`num_nonnulls(${t.person}, ${t.chat}) = 1`),
    // What is due is found by these three alone, one entry per row taken, however long the list and the history are.
    index("outbox_due")
      .on(t.priority, t.dueAt)
      .where(sql`${t.state} = 'ready' and ${t.retryAt} is null`),
    index("outbox_retry")
      .on(t.priority, t.retryAt)
      .where(sql`${t.state} = 'ready' and ${t.retryAt} is not null`),
    index("outbox_expiring")
      .on(t.usefulUntil)
      .where(sql`${t.state} = 'ready' and ${t.usefulUntil} is not null`),
    index("outbox_held")
      .on(t.leasedUntil)
      .where(sql`${t.state} in ('leased', 'sending')`),
    index("outbox_waiting_for_recipient")
      .on(sql`coalesce(${t.person}, ${t.chat})`)
      .where(sql`${t.state} = 'ready' and ${t.retryAt} is not null`),
    index("outbox_by_subject")
      .using("gin", t.subjects)
      // Without this, what bulk inserts leave in the pending list is read through at every look.
      .with({ fastupdate: false })
      .where(sql`${t.state} in ('ready', 'leased', 'sending')`),
    index("outbox_updates")
      .on(t.updates, t.id)
      .where(sql`${t.state} = 'ready' and ${t.updates} is not null`),
    // Two new forms of one card must not overtake each other.
    uniqueIndex("outbox_one_update_at_a_time")
      .on(t.updates)
      .where(sql`${t.state} in ('leased', 'sending') and ${t.updates} is not null`),
    index("outbox_by_person").on(t.person, t.stateSince),
    // How long the list is and what is late: read at every health check, so neither may depend on the history.
    index("outbox_tried_again")
      .on(t.dueAt)
      .where(sql`${t.state} = 'ready' and ${t.retryAt} is not null and not ${t.waitsForRecipient}`),
    index("outbox_in_doubt")
      .on(t.stateSince)
      .where(sql`${t.state} in ('uncertain', 'failed')`),
  ],
);

/** A card that stands in a chat and can be updated in place. `id` is the outbox row that posted it. */
export const postedCards = pgTable(
  "posted_cards",
  {
    id: uuid()
      .$type<DeliveryId>()
      .primaryKey()
      .references(() => outbox.id, { onDelete: "cascade" }),
    serviceUrl: text().notNull(),
    conversationId: text().notNull(),
    activityId: text().notNull(),
    subjects: text().array().notNull(),
    /** How often it was drawn anew. */
    version: integer().notNull().default(0),
    postedAt: instant().notNull(),
  },
  (t) => [index("posted_cards_by_subject").using("gin", t.subjects).with({ fastupdate: false })],
);

/**
 * What Teams lets us do in one conversation or tenant, shared by all processes. Milliseconds of the database's clock since
 * 1970, with fractions: slots are 21 ms apart.
 */
export const rateLimits = pgTable(
  "rate_limits",
  {
    key: text().primaryKey(),
    tenantId: text().notNull(),
    /** When all that was taken is paid back, at the pace of this limit. */
    paidUntil: doublePrecision().notNull().default(0),
    /** Teams asked for a pause. */
    heldUntil: doublePrecision().notNull().default(0),
    /** Those who were turned away come back one after the other up to here. */
    queuedUntil: doublePrecision().notNull().default(0),
    throttledAt: doublePrecision(),
  },
  (t) => [
    index("rate_limits_throttled")
      .on(t.tenantId, t.throttledAt)
      .where(sql`${t.throttledAt} is not null`),
  ],
);

/** Activities of Teams that were already answered: it repeats what took too long. */
export const seenActivities = pgTable(
  "seen_activities",
  { conversationId: text().notNull(), activityId: text().notNull(), at: instant().notNull() },
  (t) => [primaryKey({ columns: [t.conversationId, t.activityId] }), index("seen_activities_by_time").on(t.at)],
);

/** The latest moment of the programme's clock that this database has seen: it never runs backwards. One row. */
export const clockSeen = pgTable(
  "clock_seen",
  { id: integer().primaryKey().default(1), at: instant().notNull() },
  (t) => [check("clock_seen_one_row", sql`${t.id} = 1`)],
);
