import { setTimeout as sleep } from "node:timers/promises";
import type { Message, Outcome, Roster } from "../core/feature.ts";
import type { Db } from "../core/db.ts";
import type { Clock, Log } from "../core/ports.ts";
import type { Consequence } from "./delivery-decisions.ts";
import { changeHeld, countRedrawn, dropPosted, savePosted } from "./delivery-record.ts";
import type { Change, Held } from "./delivery-store.ts";
import { errorFields } from "./error-fields.ts";
import { together } from "./together.ts";

export interface Settled extends Consequence {
  readonly row: Held;
}

export interface SettlementDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Log;
  readonly roster: Pick<Roster, "unreachable">;
  readonly messageOf: (kind: string) => Message | undefined;
}

export interface Settlement {
  /** Offers it again while the database is away: Teams' answer is not to be had twice. */
  record(settled: Settled): Promise<void>;
  /** The row, its posted card, the recipient and the feature learn of it together. */
  apply(tx: Db, batch: readonly Settled[]): Promise<void>;
}

/** After that the lease has run out long since, and the row tells what is known. */
const offeredMs = 60_000;

/** Writes down what became of messages, many at a time when many end together. */
export function createSettlement(deps: SettlementDeps): Settlement {
  const settle = together(async (batch: readonly Settled[]) => {
    const write = (isCareful: boolean) => deps.db.transaction((tx) => applyAll(deps, tx, batch, isCareful));
    await write(false).catch((error: unknown) => {
      if (!(error instanceof FeatureFailed)) throw error;
      return write(true);
    });
    return batch.map(() => true);
  });

  return {
    apply: (tx, batch) => applyAll(deps, tx, batch, true),

    async record(settled) {
      const until = performance.now() + offeredMs;
      for (let waitMs = 250; ; waitMs = Math.min(2000, waitMs * 2)) {
        try {
          await settle(settled);
          return;
        } catch (error) {
          const { row } = settled;
          deps.log.warn("The outcome of a message could not be recorded", { delivery: row.id, ...errorFields(error) });
          if (performance.now() + waitMs > until) return;
          await sleep(waitMs);
        }
      }
    },
  };
}

/** @param isCareful a feature failed on this batch before: what became of the messages stands all the same */
async function applyAll(deps: SettlementDeps, tx: Db, batch: readonly Settled[], isCareful: boolean): Promise<void> {
  const { clock, roster } = deps;
  const now = clock.now();
  // Sent in one breath: the second finds what the first has changed.
  const [changed] = await Promise.all([changeHeld(tx, batch, now), savePosted(tx, batch.flatMap(asPosted), now)]);
  const settled = batch.filter(({ row }) => changed.has(row.id));
  const updates = (which: (one: Settled) => boolean) =>
    settled.flatMap((one) => (one.row.updates !== null && which(one) ? [one.row.updates] : []));
  await countRedrawn(
    tx,
    updates((one) => asPosted(one).length > 0),
  );
  await dropPosted(
    tx,
    updates(({ isCardGone }) => isCardGone),
  );
  for (const { row, unreachable } of settled)
    if (unreachable !== null) await roster.unreachable(tx, row.to, unreachable, now);
  for (const { row, change } of settled) {
    const outcome = outcomeOf(change);
    const tell = deps.messageOf(row.kind)?.settled;
    if (outcome === null || tell === undefined || row.updates !== null) continue;
    if (!isCareful) await tell(tx, row.ref, outcome, now).catch(wrap);
    else await tellCarefully(deps, tx, row.kind, (inner) => tell(inner, row.ref, outcome, now));
  }
}

/** In a savepoint, which costs more than all else that is written here. */
async function tellCarefully(
  { log }: SettlementDeps,
  tx: Db,
  kind: string,
  tell: (inner: Db) => Promise<void>,
): Promise<void> {
  try {
    await tx.transaction(tell);
  } catch (error) {
    log.error("A feature failed on the outcome of a message", { kind, ...errorFields(error) });
  }
}

class FeatureFailed extends Error {
  override readonly name = "FeatureFailed";
}

function wrap(cause: unknown): never {
  throw new FeatureFailed("A feature failed on the outcome of a message", { cause });
}

function asPosted({ row, change }: Settled) {
  return change.state === "sent" && change.posted !== null ? [{ row, posted: change.posted }] : [];
}

function outcomeOf(change: Change): Outcome | null {
  return change.state === "ready" || change.state === "needless" ? null : change.state;
}
