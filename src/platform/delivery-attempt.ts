import type { Address } from "../core/feature.ts";
import type { Clock, Log } from "../core/ports.ts";
import { consequenceOf, giveBack, judge, nothingElse } from "./delivery-decisions.ts";
import type { Consequence, DecisionDeps } from "./delivery-decisions.ts";
import { classify, type Post, type Send, type SendResult } from "./delivery-outcomes.ts";
import { limitedReason, postedAt, type Held } from "./delivery-store.ts";
import { errorFields } from "./error-fields.ts";
import type { Lanes } from "./lanes.ts";
import { priorityOf } from "./outbox.ts";
import type { RateLimits } from "./rate-limits.ts";
import type { Slots } from "./slots.ts";

export interface AttemptDeps extends DecisionDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly send: Send;
  readonly limits: RateLimits | null;
  readonly slots: Slots;
  /** One for each post that is under way. */
  readonly lanes: Lanes;
  /** False: the row is not ours any more. */
  readonly markSending: (row: Held) => Promise<boolean>;
  readonly isStopping: () => boolean;
  readonly pause: (ms: number) => Promise<void>;
}

/** So long a row waits for its slot in this process; then others may have it. */
export const patienceMs = 10_000;

/** What was asked and drawn longer ago is asked and drawn again before it is sent. */
const freshMs = 2000;

/**
 * From a held row to what becomes of it: still wanted? where to? how does it look? a slot, a mark, one post.
 *
 * @param onSlot called when it waits for nobody any more
 * @returns `null` when the row is not ours any more: nothing was posted
 */
export async function attempt(deps: AttemptDeps, row: Held, onSlot: () => void): Promise<Consequence | null> {
  const { clock, slots, pause } = deps;
  const until = performance.now() + patienceMs;
  for (;;) {
    const judgedAt = performance.now();
    const judged = await judge(deps, row, clock.now());
    if (judged.kind === "settle") return { ...nothingElse, change: judged.change };
    const { address, post } = judged;
    const turn = await slots.wait(address, priorityOf(row.priority), Math.min(until, judgedAt + freshMs));
    if (deps.isStopping()) return { ...nothingElse, change: giveBack(row) };
    if (turn.kind === "wait") {
      if (turn.for === "conversation" || performance.now() + turn.inMs > until)
        return { ...nothingElse, change: giveBack(row, turn.inMs, limitedReason) };
      await pause(turn.inMs);
      continue;
    }
    const turnAt = performance.now();
    const leave = await deps.lanes.enter();
    try {
      if (deps.isStopping()) return { ...nothingElse, change: giveBack(row) };
      // Posts that hang hold their lanes for seconds.
      if (performance.now() - turnAt > freshMs) continue;
      if (!(await deps.markSending(row))) return null;
      onSlot();
      await slots.keep(address, turn);
      return await postTo(deps, row, address, post);
    } finally {
      leave();
    }
  }
}

async function postTo(deps: AttemptDeps, row: Held, address: Address, post: Post): Promise<Consequence> {
  const result = await trySending(deps, address, post);
  if (result.ok)
    return { ...nothingElse, change: { state: "sent", posted: postedAt(address, result.activityId), reason: null } };
  const { status, code } = result.failure;
  const meaning = classify(result.failure);
  deps.log.warn("Teams did not take a message", { delivery: row.id, kind: row.kind, meaning, status, code });
  const consequence = consequenceOf(row, deps.messageOf(row.kind), result.failure, Math.random());
  await holdBack(deps, address, consequence);
  return consequence;
}

async function trySending({ send, log }: AttemptDeps, address: Address, post: Post): Promise<SendResult> {
  try {
    return await send(address, post);
  } catch (error) {
    log.error("The sender threw", errorFields(error));
    return { ok: false, failure: { status: null, code: "SenderThrew", message: "", retryAfterSeconds: null } };
  }
}

async function holdBack({ limits, log }: AttemptDeps, address: Address, { pause }: Consequence): Promise<void> {
  if (pause === null || limits === null) return;
  try {
    if (pause.what === "conversation") await limits.pauseConversation(address, pause.ms);
    else await limits.pauseTenant(address.tenantId, pause.ms);
  } catch (error) {
    // The row itself waits anyway; the others will be told so, too.
    log.warn("A pause that Teams asked for could not be kept", errorFields(error));
  }
}
