import { sql } from "drizzle-orm";
import type { Db } from "../core/db.ts";
import type { Priority } from "../core/ports.ts";
import { databaseNow, hold, lockBuckets, saveBuckets, type Bucket } from "./rate-limit-store.ts";
import { rateLimits } from "./schema.ts";
import { together } from "./together.ts";

/** So many at once, then one every `everyMs` (GCRA): at most `burst + T / everyMs` in any time T. */
export interface Pace {
  readonly everyMs: number;
  readonly burst: number;
}

type Paces = readonly [Pace, ...Pace[]];

export interface Limits {
  readonly tenant: Pace;
  readonly conversation: Paces;
  /** Asking who sits in a conversation. Default: as sending there. */
  readonly roster?: Paces;
  /** A dispatch that would be later than this after its slot needs another slot, or late ones pile up beyond the limit. */
  readonly latenessMs: number;
}

/**
 * Below what Teams allows, so that the jitter of the network and whatever else the tenant's apps do fit in. A tenant: 48 a
 * second of 50; 51 slots then span 1,042 ms, so a dispatch may be 25 ms late. A conversation allows 7 in 1 s, 8 in 2 s, 60 in
 * 30 s and 1,800 an hour: 5 at once and one a second are at most 6, 7 and 35; 80 and one every 2.1 s are 1,795 in an hour.
 * Of rosters it allows twice as many: 10 at once and two a second are at most 12 in 1 s, 14 in 2 s and 70 in 30 s; 160 and
 * one every 1.05 s are 3,589 in an hour.
 */
export const teamsLimits: Limits = {
  tenant: { everyMs: 1000 / 48, burst: 1 },
  conversation: [
    { everyMs: 1000, burst: 5 },
    { everyMs: 2100, burst: 80 },
  ],
  roster: [
    { everyMs: 500, burst: 10 },
    { everyMs: 1050, burst: 160 },
  ],
  latenessMs: 25,
};

export interface Place {
  readonly tenantId: string;
  readonly conversationId: string;
  /** Each has its own limits there; all draw on the tenant's. Default: `send`. */
  readonly call?: "send" | "roster";
}

/** Teams counts what an app opens as it counts what is sent to a conversation; new ones have none yet, so they share this. */
export function placeOfOpening({ tenantId }: { readonly tenantId: string }): Place {
  return { tenantId, conversationId: "(new)" };
}

export interface Wish extends Place {
  /** How far ahead a slot of the tenant may be taken. */
  readonly aheadMs: number;
}

/**
 * `go`: dispatch it in `inMs`. `wait`: nothing was taken, ask again in `inMs`; for the `tenant` all that it sends waits
 * alike, for the `conversation` others may go first.
 */
export type Slot =
  | { readonly kind: "go"; readonly inMs: number }
  | { readonly kind: "wait"; readonly for: "tenant" | "conversation"; readonly inMs: number };

/** Answers and urgent ones take the next slot; the rest look 250 ms ahead, so that no queue of theirs stands in front. */
const aheadMs = { answer: 5000, urgent: 5000, planned: 250, bulk: 250 } satisfies Record<Priority, number>;

/** Teams does not say whether a 429 means the conversation or the tenant: so many conversations within 10 s are the tenant. */
const throttledConversationsOfTenant = 3;

interface Limit extends Pace {
  readonly key: string;
}

interface LimitsOfPlace {
  readonly tenant: Limit;
  /** The first one also keeps the queue of those who were turned away. */
  readonly conversation: readonly [Limit, ...Limit[]];
}

function limitsOf(place: Place, { tenant, conversation, roster = conversation }: Limits): LimitsOfPlace {
  const [first, ...rest] = place.call === "roster" ? roster : conversation;
  return {
    tenant: { key: tenantKey(place.tenantId), ...tenant },
    conversation: [
      { key: conversationKey(place, 0), ...first },
      ...rest.map((pace, at) => ({ key: conversationKey(place, at + 1), ...pace })),
    ],
  };
}

const tenantKey = (tenantId: string): string => `tenant ${tenantId}`;
const conversationKey = ({ call = "send", tenantId, conversationId }: Place, at: number): string =>
  `${call === "send" ? "conversation" : call} ${tenantId} ${conversationId} ${at}`;

/**
 * Who may go when. A slot is taken from the tenant and the conversation together or from neither.
 *
 * @param now milliseconds of the database's clock since 1970, as in the buckets
 * @returns a slot for each wish, in order, and the buckets as they are afterwards
 */
export function decideSlots(
  wishes: readonly Wish[],
  limits: Limits,
  buckets: ReadonlyMap<string, Bucket>,
  now: number,
): { readonly slots: readonly Slot[]; readonly buckets: ReadonlyMap<string, Bucket> } {
  const after = new Map(buckets);
  const slots = wishes.map((wish): Slot => {
    const { tenant, conversation } = limitsOf(wish, limits);
    const bucketOf = ({ key }: Limit): Bucket => after.get(key) ?? emptyBucket(key, wish.tenantId);
    const slot = earliest(bucketOf(tenant), tenant, now);
    if (slot - now > wish.aheadMs) return { kind: "wait", for: "tenant", inMs: slot - now - wish.aheadMs };
    const free = Math.max(...conversation.map((limit) => earliest(bucketOf(limit), limit, now)));
    if (free > slot) {
      // Each comes back in a turn of its own: all at once would only be turned away again.
      const [first] = conversation;
      const turn = Math.max(free, bucketOf(first).queuedUntil);
      after.set(first.key, { ...bucketOf(first), queuedUntil: turn + first.everyMs });
      return { kind: "wait", for: "conversation", inMs: turn - now };
    }
    for (const limit of [tenant, ...conversation])
      after.set(limit.key, {
        ...bucketOf(limit),
        paidUntil: Math.max(bucketOf(limit).paidUntil, slot) + limit.everyMs,
      });
    return { kind: "go", inMs: slot - now };
  });
  return { slots, buckets: after };
}

function earliest(bucket: Bucket, pace: Pace, now: number): number {
  return Math.max(now, bucket.heldUntil, bucket.paidUntil - (pace.burst - 1) * pace.everyMs);
}

function emptyBucket(key: string, tenantId: string): Bucket {
  return { key, tenantId, paidUntil: 0, heldUntil: 0, queuedUntil: 0 };
}

export interface RateLimits {
  readonly latenessMs: number;
  /** @returns a slot; its time counts from `answeredAt` (`performance.now()`) */
  reserve(place: Place, priority: Priority): Promise<Slot & { readonly answeredAt: number }>;
  /** Teams said 429: nothing more goes there for so long; the tenant pauses too when several conversations hear it. */
  pauseConversation(place: Place, ms: number): Promise<void>;
  pauseTenant(tenantId: string, ms: number): Promise<void>;
  /** Removes rows that limit nothing any more: a year has many conversations. */
  forgetIdle(): Promise<void>;
}

/** The limits of all processes that share the database: a row for each tenant and conversation. */
export function createRateLimits(db: Db, limits: Limits): RateLimits {
  const reserve = together(async (wishes: readonly Wish[]) =>
    db.transaction(async (tx) => {
      // A slot that a crash of the server forgets costs nothing; waiting for its disk would hold everybody's row.
      const unsynced = tx.execute(sql`set local synchronous_commit = off`);
      const keys = new Map(
        wishes.flatMap((wish) => {
          const { tenant, conversation } = limitsOf(wish, limits);
          return [tenant, ...conversation].map(({ key }) => [key, wish.tenantId] as const);
        }),
      );
      // In one breath.
      const [known] = await Promise.all([lockBuckets(tx, keys), unsynced]);
      const answeredAt = performance.now();
      const now = Math.max(...known.map((row) => row.now));
      const decided = decideSlots(wishes, limits, new Map(known.map((row) => [row.key, row])), now);
      await saveBuckets(tx, [...decided.buckets.values()]);
      return decided.slots.map((slot) => ({ ...slot, answeredAt }));
    }),
  );

  return {
    latenessMs: limits.latenessMs,

    reserve: ({ tenantId, conversationId, call = "send" }, priority) =>
      reserve({ tenantId, conversationId, call, aheadMs: aheadMs[priority] }),

    pauseConversation: async (place, ms) => {
      await db.transaction(async (tx) => {
        const key = conversationKey(place, 0);
        // One after the other: of several that hear of it in one moment, the last sees all of them.
        const both = [key, tenantKey(place.tenantId)].map((each) => [each, place.tenantId] as const);
        await lockBuckets(tx, new Map(both));
        await hold(tx, key, place.tenantId, ms);
        await tx
          .update(rateLimits)
          .set({ throttledAt: databaseNow })
          .where(sql`${rateLimits.key} = ${key}`);
        const throttled = await tx
          .select({ key: rateLimits.key })
          .from(rateLimits)
          .where(sql`${rateLimits.tenantId} = ${place.tenantId} and ${rateLimits.throttledAt} > ${databaseNow} - 10000`)
          .limit(throttledConversationsOfTenant);
        if (throttled.length >= throttledConversationsOfTenant)
          await hold(tx, tenantKey(place.tenantId), place.tenantId, ms);
      });
    },

    pauseTenant: (tenantId, ms) => hold(db, tenantKey(tenantId), tenantId, ms),

    forgetIdle: async () => {
      await db
        .delete(rateLimits)
        .where(
          sql`greatest(${rateLimits.paidUntil}, ${rateLimits.heldUntil}, ${rateLimits.queuedUntil}) < ${databaseNow} - 3600000`,
        );
    },
  };
}
