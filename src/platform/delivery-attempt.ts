import type { Address } from "../core/feature.ts";
import type { Clock, Log } from "../core/ports.ts";
import { afterNotOpened, consequenceOf, giveBack, judge, nothingElse, shorten } from "./delivery-decisions.ts";
import type { Consequence, DecisionDeps, Judgement } from "./delivery-decisions.ts";
import { classify, handlings, type Post, type Send, type SendResult } from "./delivery-outcomes.ts";
import { limitedReason, postedAt, type Held } from "./delivery-store.ts";
import { errorFields } from "./error-fields.ts";
import type { Lanes } from "./lanes.ts";
import { priorityOf, wake } from "./outbox.ts";
import { placeOfOpening, type Place, type RateLimits } from "./rate-limits.ts";
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
    if (judged.kind === "open") {
      const consequence = await open(deps, row, judged, until);
      if (consequence !== null) return consequence;
      continue;
    }
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

/** @returns `null`: they have a chat now */
async function open(
  deps: AttemptDeps,
  row: Held,
  { person, opening, openings }: Extract<Judgement, { kind: "open" }>,
  until: number,
): Promise<Consequence | null> {
  const { db, clock, log, slots } = deps;
  const place = placeOfOpening(opening.from);
  const turn = await slots.wait(place, priorityOf(row.priority), until);
  if (deps.isStopping()) return { ...nothingElse, change: giveBack(row) };
  if (turn.kind === "wait") return { ...nothingElse, change: giveBack(row, turn.inMs, limitedReason) };
  await slots.keep(place, turn);
  const result = await openings.openChat(opening.from, opening.userId);
  if (result.ok) {
    const { address } = result;
    await db.transaction(async (tx) => {
      await openings.opened(tx, person, { userId: opening.userId, address }, clock.now());
      await wake(tx, { person });
    });
    return null;
  }
  const { status, code } = result.failure;
  log.warn("A chat could not be opened", { person, meaning: classify(result.failure), status, code });
  const { isRefused, ...consequence } = afterNotOpened(row, result.failure, Math.random());
  if (isRefused) await openings.notOpened(db, person, clock.now());
  await holdBack(deps, place, consequence);
  return consequence;
}

async function postTo(deps: AttemptDeps, row: Held, address: Address, post: Post): Promise<Consequence> {
  let result = await trySending(deps, address, post);
  let reason: string | null = null;
  if (!result.ok && handlings[classify(result.failure)].next === "shorten") {
    deps.log.error("A card is too big for Teams", { delivery: row.id, kind: row.kind });
    const turn = await deps.slots.wait(address, "answer", performance.now() + shortenMs);
    if (turn.kind === "go") await deps.slots.keep(address, turn);
    result = await trySending(deps, address, { ...post, card: shorten(post.card) });
    reason = shortenedReason;
  }
  if (result.ok)
    return { ...nothingElse, change: { state: "sent", posted: postedAt(address, result.activityId), reason } };
  const { status, code } = result.failure;
  const meaning = classify(result.failure);
  deps.log.warn("Teams did not take a message", { delivery: row.id, kind: row.kind, meaning, status, code });
  const consequence = consequenceOf(row, deps.messageOf(row.kind), result.failure, Math.random());
  await holdBack(deps, address, consequence);
  return consequence;
}

/** The row is marked as being sent: it cannot wait for long. Without a slot by then it goes beyond our count, by one. */
const shortenMs = 2000;

const shortenedReason = "sent as one sentence: the card was too big for Teams";

async function trySending({ send, log }: AttemptDeps, address: Address, post: Post): Promise<SendResult> {
  try {
    return await send(address, post);
  } catch (error) {
    log.error("The sender threw", errorFields(error));
    return { ok: false, failure: { status: null, code: "SenderThrew", message: "", retryAfterSeconds: null } };
  }
}

async function holdBack({ limits, log }: AttemptDeps, place: Place, { pause }: Consequence): Promise<void> {
  if (pause === null || limits === null) return;
  try {
    if (pause.what === "conversation") await limits.pauseConversation(place, pause.ms);
    else await limits.pauseTenant(place.tenantId, pause.ms);
  } catch (error) {
    // The row itself waits anyway; the others will be told so, too.
    log.warn("A pause that Teams asked for could not be kept", errorFields(error));
  }
}
