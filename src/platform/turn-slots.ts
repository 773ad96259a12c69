import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../core/ports.ts";
import { growingMs } from "./delivery-decisions.ts";
import { classify, handlings, type SendFailure } from "./delivery-outcomes.ts";
import { errorFields } from "./error-fields.ts";
import type { Place, RateLimits } from "./rate-limits.ts";
import { createSlots } from "./slots.ts";

/** The slots of calls that are made in a turn, where somebody waits: answers, rosters. From the same buckets as the outbox. */
export interface TurnSlots {
  /** Waits for the next slot until shortly before the call; false: there is none within so many milliseconds. */
  take(place: Place, withinMs: number): Promise<boolean>;
  /**
   * Teams turned a call down: holds back whatever else would go there, in all processes, if it asked for that.
   *
   * @param tries earlier ones in vain
   * @returns milliseconds after which the same call may be tried again; null: it is no use, or it may have arrived
   */
  heed(place: Place, failure: SendFailure, tries: number): Promise<number | null>;
}

/** @param signal ends every wait when the process stops */
export function createTurnSlots(limits: RateLimits, log: Log, signal: AbortSignal): TurnSlots {
  const pause = async (ms: number): Promise<void> => {
    if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => undefined);
  };
  const slots = createSlots(limits, pause);

  return {
    async take(place, withinMs) {
      const until = performance.now() + withinMs;
      while (!signal.aborted) {
        const turn = await slots.wait(place, "answer", until);
        if (turn.kind === "go") {
          await slots.keep(place, turn);
          return true;
        }
        if (performance.now() + turn.inMs > until) return false;
        await pause(turn.inMs);
      }
      return false;
    },

    async heed(place, failure, tries) {
      const { next } = handlings[classify(failure)];
      const waitMs = failure.retryAfterSeconds === null ? growingMs(tries, 0) : failure.retryAfterSeconds * 1000;
      try {
        if (next === "pause-conversation") await limits.pauseConversation(place, waitMs);
        if (next === "pause-tenant") await limits.pauseTenant(place.tenantId, waitMs);
      } catch (error) {
        // This call waits anyway; the others will be told so, too.
        log.warn("A pause that Teams asked for could not be kept", errorFields(error));
      }
      return next === "pause-conversation" || next === "retry" ? waitMs : null;
    },
  };
}
