import { setTimeout as sleep } from "node:timers/promises";
import type { Priority } from "../core/ports.ts";
import type { Place, RateLimits } from "./rate-limits.ts";

/** `at`: when to dispatch, as `performance.now()`. */
export type Turn =
  | { readonly kind: "go"; readonly at: number }
  | { readonly kind: "wait"; readonly for: "tenant" | "conversation"; readonly inMs: number };

export interface Slots {
  /** Waits for a slot until shortly before it; gives up when there is none by `until` (`performance.now()`). */
  wait(place: Place, priority: Priority, until: number): Promise<Turn>;
  /** Waits for the very moment. False when it was missed, and another one, too. */
  keep(place: Place, turn: { readonly at: number }): Promise<boolean>;
}

/** Marking a row takes a commit: it begins this long before the slot, so that the post is on time. */
const leadMs = 15;

/** A marked row that waits longer is better given back: its lease counts. */
const keepMs = 8000;

/**
 * @param limits `null`: always, at once
 * @param pause ends early when the process stops
 */
export function createSlots(limits: RateLimits | null, pause: (ms: number) => Promise<void>): Slots {
  return {
    async wait(place, priority, until) {
      if (limits === null) return { kind: "go", at: performance.now() };
      for (;;) {
        const slot = await limits.reserve(place, priority);
        if (slot.kind === "go") {
          const at = slot.answeredAt + slot.inMs;
          await pause(at - leadMs - performance.now());
          return { kind: "go", at };
        }
        if (slot.for === "conversation" || performance.now() + slot.inMs > until) return slot;
        await pause(slot.inMs);
      }
    },

    async keep(place, turn) {
      if (limits === null) return true;
      const until = performance.now() + keepMs;
      for (let at = turn.at; at < until;) {
        if (at > performance.now()) await sleep(at - performance.now());
        if (performance.now() - at <= limits.latenessMs) return true;
        // Late ones would pile up behind each other and pass the limit together: it takes another slot.
        const slot = await limits.reserve(place, "answer");
        at = slot.answeredAt + slot.inMs;
        if (slot.kind === "wait") await sleep(Math.min(slot.inMs, keepMs));
      }
      return false;
    },
  };
}
