import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Message, Roster } from "../core/feature.ts";
import type { Db } from "../core/db.ts";
import type { Clock, Links, Log, NewId } from "../core/ports.ts";
import { attempt, patienceMs, type AttemptDeps } from "./delivery-attempt.ts";
import { afterDoubt, afterError, giveBack, nothingElse, onItsWayReason } from "./delivery-decisions.ts";
import type { Consequence, Openings } from "./delivery-decisions.ts";
import type { Send } from "./delivery-outcomes.ts";
import { createLanes } from "./lanes.ts";
import { createSettlement } from "./delivery-settlement.ts";
import * as store from "./delivery-store.ts";
import type { Held } from "./delivery-store.ts";
import { errorCode, errorFields, isPassing } from "./error-fields.ts";
import type { RateLimits } from "./rate-limits.ts";
import { createSlots } from "./slots.ts";
import { together } from "./together.ts";

export interface DeliveryDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly messages: readonly Message[];
  readonly roster: Pick<Roster, "addressOf" | "unreachable">;
  readonly send: Send;
  /** Default: no chat is ever opened. */
  readonly openings?: Openings;
  readonly log: Log;
  readonly newId: NewId;
  readonly links: Links;
  /** `null`: none are kept, as with the Playground and in most tests. */
  readonly limits: RateLimits | null;
  /** Posts under way at a time; what is written before and after a post holds none. Teams takes up to half a second for one: 48 a second need 24. */
  readonly lanes?: number;
}

export interface Delivery {
  /**
   * Works off all that is due now, as fast as the limits allow, and waits for it. What Teams told to wait longer, or
   * what failed and is to be tried again later, is left.
   *
   * @returns how many rows left the list in the meantime
   */
  deliverDue(): Promise<number>;
  /** Looks once a second and at each `poke`. */
  start(): void;
  /** Something was just enqueued and committed. */
  poke(): void;
  /** Takes nothing new, finishes what is under way, gives the rest back: within 8 s. Then it cannot start again. */
  stop(): Promise<void>;
}

/** Rows that a killed process holds wait for its lease to run out: few of them. */
const claimSize = 8;
/** Rows in hand for each lane: while some are under way, the next are asked about and the last are recorded. */
const inHandPerLane = 2;
const lookMs = 1000;
/** Most posts end in 5 s, and what came of them is recorded right after. */
const stopMs = 8000;
const tidyMs = 3_600_000;

/** The engine: claims, asks, draws, posts and records, side by side with as many others as share the database. */
export function createDelivery(deps: DeliveryDeps): Delivery {
  const { db, clock, log, limits } = deps;
  const lanes = deps.lanes ?? 32;
  const kinds = new Map(deps.messages.map((message) => [message.kind, message]));
  const messageOf = (kind: string): Message | undefined => kinds.get(kind);
  const settlement = createSettlement({ ...deps, messageOf });
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);
  const slots = createSlots(limits, pause);
  const underWay = new Set<Promise<void>>();
  let withoutSlot = 0;
  let settled = 0;
  let recoveredAt = -Infinity;
  let tidiedAt = performance.now();
  let changed = Promise.withResolvers<null>();
  let loop: Promise<void> | null = null;

  /** Ends early when we stop. */
  async function pause(ms: number): Promise<void> {
    if (ms > 0) await sleep(ms, undefined, { signal: stopping.signal }).catch(() => undefined);
  }

  function signal(): void {
    changed.resolve(null);
    changed = Promise.withResolvers();
  }

  const markSending = together(async (rows: readonly Held[]) => {
    const marked = await store.markSending(db, rows, clock.now());
    return rows.map(({ id }) => marked.has(id));
  });

  const isStopping = (): boolean => stopping.signal.aborted;
  const attemptDeps: AttemptDeps = {
    ...deps,
    messageOf,
    slots,
    lanes: createLanes(lanes),
    markSending,
    isStopping,
    pause,
  };

  async function recoverExpired(): Promise<void> {
    if (performance.now() - recoveredAt < lookMs) return;
    recoveredAt = performance.now();
    await db.transaction(async (tx) => {
      const expired = await store.lockExpired(tx);
      if (expired.length === 0) return;
      log.warn("Deliveries lost their process", { count: expired.length });
      const changes = expired.map(({ state, ...row }) => ({
        row,
        ...nothingElse,
        change: state === "leased" ? giveBack(row) : afterDoubt(row, messageOf(row.kind)),
      }));
      await settlement.apply(tx, changes);
    });
  }

  async function claim(atMost: number): Promise<readonly Held[]> {
    try {
      const held = await store.claim(db, { lease: deps.newId(), now: clock.now(), atMost });
      await store.absorbUpdates(db, held);
      return held;
    } catch (error) {
      // Another process took an update of the same card in the same moment.
      if (errorCode(error) === "23505") return [];
      throw error;
    }
  }

  async function deliver(row: Held): Promise<void> {
    withoutSlot += 1;
    let hasSlot = false;
    const onSlot = (): void => {
      if (hasSlot) return;
      hasSlot = true;
      withoutSlot -= 1;
      signal();
    };
    try {
      const consequence = await attempt(attemptDeps, row, onSlot).catch((error: unknown): Consequence => {
        log.error("A message could not be prepared", { delivery: row.id, kind: row.kind, ...errorFields(error) });
        return { ...nothingElse, change: isPassing(error) ? giveBack(row, lookMs) : afterError(row, Math.random()) };
      });
      if (consequence === null) return;
      await settlement.record({ row, ...consequence });
      if (consequence.change.state !== "ready") settled += 1;
    } finally {
      onSlot();
    }
  }

  /** Until nothing more is to be had; with `toTheEnd`, also what only waits for its turn. */
  async function work(toTheEnd: boolean): Promise<void> {
    while (!isStopping()) {
      const next = changed.promise;
      await recoverExpired();
      // With limits, more rows would only wait for slots here, away from other processes.
      const isFree = withoutSlot < (limits === null ? claimSize : 1);
      const room = isFree ? Math.min(claimSize, lanes * inHandPerLane - underWay.size) : 0;
      const held = room > 0 ? await claim(room) : [];
      for (const row of held) {
        const delivery = deliver(row).finally(() => {
          underWay.delete(delivery);
          signal();
        });
        underWay.add(delivery);
      }
      if (held.length > 0) continue;
      if (underWay.size > 0) {
        await Promise.race([next, pause(lookMs)]);
        continue;
      }
      const turnInMs = toTheEnd ? await store.nextTurn(db, [store.limitedReason, onItsWayReason]) : null;
      if (turnInMs === null || turnInMs > patienceMs) return;
      await pause(Math.max(1, turnInMs));
    }
  }

  async function run(): Promise<void> {
    while (!isStopping()) {
      const next = changed.promise;
      try {
        await work(false);
        if (performance.now() - tidiedAt > tidyMs) {
          tidiedAt = performance.now();
          await limits?.forgetIdle();
        }
        const retryInMs = (await store.nextRetry(db)) ?? lookMs;
        await Promise.race([next, pause(Math.min(lookMs, Math.max(1, retryInMs)))]);
      } catch (error) {
        log.warn("The outbox could not be read", errorFields(error));
        await pause(lookMs);
      }
    }
  }

  return {
    async deliverDue() {
      const before = settled;
      recoveredAt = -Infinity;
      await work(true);
      return settled - before;
    },
    start() {
      loop ??= run();
    },
    poke: signal,
    async stop() {
      stopping.abort();
      signal();
      // The loop first: it may be in the middle of taking rows, which are then given back.
      const finished = Promise.resolve(loop).then(() => Promise.all(underWay));
      await Promise.race([finished, sleep(stopMs, undefined, { ref: false })]);
    },
  };
}
