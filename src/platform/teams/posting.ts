import { setTimeout as sleep } from "node:timers/promises";
import type { Address } from "../../core/feature.ts";
import type { PersonId } from "../../core/ids.ts";
import type { Log } from "../../core/ports.ts";
import { shorten } from "../delivery-decisions.ts";
import { classify, handlings, type SendFailure, type SendResult } from "../delivery-outcomes.ts";
import { errorFields } from "../error-fields.ts";
import type { TurnSlots } from "../turn-slots.ts";
import type { Teller, Thread } from "./sender.ts";
import type { PostedReply } from "./answers.ts";

export interface AnswerDeps {
  readonly teller: Pick<Teller, "send" | "say" | "answer">;
  /** `null` as long as the database is not there: then no limits are kept. */
  readonly slots: () => TurnSlots | null;
  /** An answer was not sent, or not for sure. Told through the outbox: what was said in a turn is kept nowhere. */
  readonly onUnanswered: (person: PersonId) => Promise<void>;
  readonly log: Log;
}

/** Where an activity came from, and who waits there. */
export interface Origin {
  readonly address: Address;
  readonly thread: Thread;
  /** `null`: nobody of ours. */
  readonly person: PersonId | null;
}

export interface Answers {
  /** Posts them in order. Returns when they are posted, or when Teams and the person have waited long enough. */
  readonly deliver: (origin: Origin, posts: readonly PostedReply[]) => Promise<void>;
  /** What waits for a slot gives up, what is under way ends. */
  readonly stop: () => Promise<void>;
}

/** People wait 3 s, Teams 15: what has no slot by then is sent while nobody waits for our response. */
const inTurnMs = 2500;

/** After a minute an answer comes too late to be understood as one: then only that it got lost is told. */
const patienceMs = 60_000;

/** The posts that answer a turn, from the same buckets as the outbox and before all that waits there. */
export function createAnswers({ teller, slots, onUnanswered, log }: AnswerDeps): Answers {
  const underWay = new Set<Promise<void>>();
  const stopping = new AbortController();

  /** A database that is away must not cost the answer: then nothing else is sent either. */
  async function hasSlot(address: Address, until: number): Promise<boolean> {
    try {
      return (await slots()?.take(address, until - performance.now())) ?? true;
    } catch (error) {
      log.warn("An answer is posted without a slot", errorFields(error));
      return true;
    }
  }

  function post({ address, thread }: Origin, { to, reply }: PostedReply): Promise<SendResult> {
    if (to === "here") return teller.answer(address, thread, reply);
    return reply.kind === "card" ? teller.send(to, { card: reply.card }) : teller.say(to, reply.text);
  }

  /** @returns whether it is there */
  async function send(origin: Origin, posted: PostedReply): Promise<boolean> {
    const address = posted.to === "here" ? origin.address : posted.to;
    const until = performance.now() + patienceMs;
    let { reply } = posted;
    for (let tries = 0; ; tries += 1) {
      if (!(await hasSlot(address, until))) {
        log.warn("An answer found no slot", { person: origin.person });
        return false;
      }
      const result = await post(origin, { ...posted, reply });
      if (result.ok) return true;
      const meaning = classify(result.failure);
      const { next } = handlings[meaning];
      if (next === "done") return true;
      log.warn("An answer did not reach Teams", { status: result.failure.status, code: result.failure.code, meaning });
      if (next === "shorten" && reply.kind === "card" && tries === 0) {
        reply = { kind: "card", card: shorten(reply.card) };
        continue;
      }
      const waitMs = await heed(address, result.failure, tries);
      if (waitMs === null || stopping.signal.aborted || performance.now() + waitMs > until) return false;
      await sleep(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  async function heed(address: Address, failure: SendFailure, tries: number): Promise<number | null> {
    return (await slots()?.heed(address, failure, tries)) ?? null;
  }

  async function sendAll(origin: Origin, posts: readonly PostedReply[]): Promise<void> {
    let isMissing = false;
    for (const posted of posts) if (!(await send(origin, posted))) isMissing = true;
    if (!isMissing || origin.person === null) return;
    try {
      await onUnanswered(origin.person);
    } catch (error) {
      log.error("Nobody could be told that an answer got lost", { person: origin.person, ...errorFields(error) });
    }
  }

  return {
    async deliver(origin, posts) {
      if (posts.length === 0) return;
      const work = sendAll(origin, posts).finally(() => underWay.delete(work));
      underWay.add(work);
      const enough = new AbortController();
      await Promise.race([work, sleep(inTurnMs, undefined, enough).catch(() => undefined)]);
      enough.abort();
    },

    async stop() {
      stopping.abort();
      await Promise.all(underWay);
    },
  };
}
