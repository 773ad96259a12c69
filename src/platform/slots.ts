import { setTimeout as sleep } from "node:timers/promises";
import type { Priority } from "../core/ports.ts";
import type { Place, RateLimits } from "./rate-limits.ts";

/** When to dispatch, and when that was announced: `performance.now()`. */
interface Granted {
  readonly kind: "go";
  readonly at: number;
  readonly announcedAt: number;
}

export type Turn = Granted | { readonly kind: "wait"; readonly for: "tenant" | "conversation"; readonly inMs: number };

export interface Slots {
  /** Waits for a slot until shortly before it; gives up when there is none by `until` (`performance.now()`). */
  wait(place: Place, priority: Priority, until: number): Promise<Turn>;
  /** Waits for the very moment. Whoever missed it takes another slot. */
  keep(place: Place, turn: Granted): Promise<void>;
}

/** Between announcement and slot the row is marked, which takes a commit. */
const lead = { leastMs: 10, mostMs: 200 };

/**
 * How long before its slot a row is marked: as long as that takes lately, and what it varies by. Not its worst: a row that
 * is marked too early is in doubt for all that time if its process dies, one that is marked too late takes another slot.
 */
export function createLead(): { readonly ms: () => number; readonly learn: (tookMs: number) => void } {
  let mean: number = lead.leastMs;
  let deviation = 0;
  return {
    ms: () => Math.min(lead.mostMs, Math.max(lead.leastMs, mean + deviation)),
    learn(tookMs) {
      deviation += (Math.abs(tookMs - mean) - deviation) / 8;
      mean += (tookMs - mean) / 8;
    },
  };
}

/** On a machine that is always late, more slots would be missed as well: then Teams' own limit must do. */
const slotsToMiss = 3;

/** Three of these and a post that hangs end well before the lease of a row that is being sent does. */
const keepMs = 2000;

/**
 * @param limits `null`: always, at once
 * @param pause ends early when the process stops
 */
export function createSlots(limits: RateLimits | null, pause: (ms: number) => Promise<void>): Slots {
  const markLead = createLead();

  return {
    async wait(place, priority, until) {
      if (limits === null) return { kind: "go", at: performance.now(), announcedAt: performance.now() };
      for (;;) {
        const slot = await limits.reserve(place, priority);
        if (slot.kind === "go") {
          const at = slot.answeredAt + slot.inMs;
          await pause(at - markLead.ms() - performance.now());
          return { kind: "go", at, announcedAt: performance.now() };
        }
        if (slot.for === "conversation" || performance.now() + slot.inMs > until) return slot;
        await pause(slot.inMs);
      }
    },

    async keep(place, turn) {
      if (limits === null) return;
      markLead.learn(performance.now() - turn.announcedAt);
      let { at } = turn;
      for (let missed = 0; missed < slotsToMiss; missed += 1) {
        await sleep(Math.max(0, at - performance.now()));
        if (performance.now() - at <= limits.latenessMs) return;
        // Late ones would pile up behind each other and pass the limit together.
        const slot = await limits.reserve(place, "answer");
        // The row is marked as being sent, so it cannot wait for long: a full conversation has room for one that is late.
        if (slot.kind === "wait" || slot.inMs > keepMs) return;
        at = slot.answeredAt + slot.inMs;
      }
    },
  };
}
