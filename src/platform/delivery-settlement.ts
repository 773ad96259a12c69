import { setTimeout as sleep } from "node:timers/promises";
import type { Message, Outcome, Roster } from "../core/feature.ts";
import type { Db } from "../core/db.ts";
import type { Clock, Log } from "../core/ports.ts";
import type { Consequence } from "./delivery-decisions.ts";
import { changeHeld, dropPosted, savePosted, type Change, type Held } from "./delivery-store.ts";
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
    await deps.db.transaction((tx) => applyAll(deps, tx, batch));
    return batch.map(() => true);
  });

  return {
    apply: (tx, batch) => applyAll(deps, tx, batch),

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

async function applyAll(deps: SettlementDeps, tx: Db, batch: readonly Settled[]): Promise<void> {
  const { clock, roster } = deps;
  const now = clock.now();
  const changed = await changeHeld(tx, batch, now);
  const settled = batch.filter(({ row }) => changed.has(row.id));
  await savePosted(tx, settled.flatMap(asPosted), now);
  await dropPosted(
    tx,
    settled.flatMap(({ row, isCardGone }) => (isCardGone && row.updates !== null ? [row.updates] : [])),
  );
  for (const { row, unreachable } of settled)
    if (unreachable !== null) await roster.unreachable(tx, row.to, unreachable, now);
  await tellFeatures(deps, tx, settled, now);
}

/** In savepoints: what became of a message stands, whatever its feature makes of that. */
async function tellFeatures(
  { log, messageOf }: SettlementDeps,
  tx: Db,
  settled: readonly Settled[],
  now: Temporal.Instant,
): Promise<void> {
  const news = settled.flatMap(({ row, change }) => {
    const outcome = outcomeOf(change);
    const tell = messageOf(row.kind)?.settled;
    if (outcome === null || tell === undefined || row.updates !== null) return [];
    return [{ kind: row.kind, tell: (inner: Db) => tell(inner, row.ref, outcome, now) }];
  });
  if (news.length > 1) {
    // All in one, as a savepoint for each costs more than all else that is written here.
    const areAllTold = await tx
      .transaction(async (inner) => {
        for (const { tell } of news) await tell(inner);
        return true;
      })
      .catch(() => false);
    if (areAllTold) return;
  }
  for (const { kind, tell } of news) {
    try {
      await tx.transaction(tell);
    } catch (error) {
      log.error("A feature failed on the outcome of a message", { kind, ...errorFields(error) });
    }
  }
}

function asPosted({ row, change }: Settled) {
  return change.state === "sent" && change.posted !== null ? [{ row, posted: change.posted }] : [];
}

function outcomeOf(change: Change): Outcome | null {
  return change.state === "ready" || change.state === "needless" ? null : change.state;
}
