import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { outbox } from "../../../src/platform/schema.ts";
import { noon } from "../../support/post-office.ts";
import { faults, type ConnectorOptions, type Fault } from "../../support/connector.ts";
import { isSettled } from "../../support/delivery-account.ts";
import type { DeliveryProcess } from "../../support/delivery-process.ts";
import { compare, enqueueMany, round, secondsSince, withBench } from "./bench.ts";
import type { Bench, Shown, Size } from "./bench.ts";

const processes = 3;
/** Of Teams' limit for a tenant: at its own 48 a second, 10,000 messages take 208 s at best. */
const share = 2;
/** Each tenth message may be repeated when it is in doubt; the others must not. */
const worryEvery = 10;

/**
 * Three at work; each second one of them is killed, the one that is at it the longest. Its place is taken at once by a
 * spare one that was started before, so that three are at work whatever a start takes.
 *
 * @param ahead spare ones before the storm: more than two cores can start while it blows
 */
async function killStorm(bench: Bench, ahead: number, patienceMs: number) {
  const alive = new Set<DeliveryProcess>();
  const spares: DeliveryProcess[] = [];
  let isOver = false;
  const stillOn = (): boolean => !isOver;
  const getReady = async (): Promise<void> => {
    while (!isOver) {
      if (spares.length >= ahead) await sleep(50);
      else spares.push(await bench.start({ share, isSpare: true }));
    }
  };
  while (spares.length < ahead) spares.push(await bench.start({ share, isSpare: true }));
  for (let count = 0; count < processes; count += 1) alive.add(await bench.start({ share }));
  const kills = { all: 0, "of one that had sent something": 0 };
  const preparing = getReady();
  const killing = (async () => {
    for (let at = performance.now() + 1000; ; at = Math.max(at + 1000, performance.now())) {
      while (performance.now() < at || (spares.length === 0 && stillOn())) await sleep(10);
      const [victim] = alive;
      const spare = spares.shift();
      if (!stillOn() || victim === undefined || spare === undefined) return;
      kills.all += 1;
      if (victim.isAtWork) kills["of one that had sent something"] += 1;
      await victim.end("SIGKILL");
      alive.delete(victim);
      spare.begin();
      alive.add(spare);
    }
  })();
  const began = performance.now();
  const until = began + patienceMs;
  let isDone = false;
  while (!isDone && performance.now() < until) {
    await sleep(500);
    isDone = await isAllButWaiting(bench);
  }
  const took = secondsSince(began);
  isOver = true;
  await Promise.all([killing, preparing]);
  return { kills, isDone, took };
}

/** What waits for somebody who cannot be written to stays until they can be, or until its use is over. */
async function isAllButWaiting({ database }: Bench): Promise<boolean> {
  const [open] = await database.db
    .select({ id: outbox.id })
    .from(outbox)
    .where(
      sql`${outbox.state} in ('leased', 'sending') or (${outbox.state} = 'ready' and
      coalesce(${outbox.reason}, '') !~ 'blocked|disabled|not installed|does not exist|cannot be written')`,
    )
    .limit(1);
  return open === undefined;
}

async function storm(size: Size, what: string, faultFor: ConnectorOptions["faultFor"]): Promise<Shown> {
  const count = size.isShort ? 500 : 10_000;
  return withBench(size.server, faultFor === undefined ? {} : { faultFor }, async (bench) => {
    const { office } = bench;
    const usefulUntil = noon.add({ hours: 1 });
    const enqueued = await enqueueMany(bench, count, (at) =>
      office.message(office.person(), `m${at}`, { usefulUntil, kind: at % worryEvery === 0 ? "worry" : "reminder" }),
    );
    const { kills, isDone, took } = await killStorm(bench, size.isShort ? 4 : 60, size.isShort ? 240_000 : 1_200_000);
    // The use of what waits for unreachable people is over: it is cancelled, by a process that lives.
    office.clock.moveTo(usefulUntil);
    await office.engine().deliverDue();
    const account = await compare(bench, enqueued);
    const { states, listed, delivered, repeated } = account;
    const broken = [...account.broken];
    if (!isDone) broken.push("it did not come to an end");
    if (!isSettled(states)) broken.push(`something is still under way: ${JSON.stringify(states)}`);
    const uncertain = states["uncertain"] ?? 0;
    if (kills["of one that had sent something"] === 0) broken.push("no kill met a process at work");
    return {
      what,
      facts: {
        messages: `${count} to as many people, each tenth of a kind that may be repeated`,
        processes: `${processes}, the oldest of them killed each second (SIGKILL) and replaced by one that stands by`,
        limit: `${share} times Teams' own for a tenant: ${share * 48} a second`,
        seconds: took,
        kills,
        states,
        "sum of the states": listed,
        "different messages that stand, by the connector's account": delivered,
        "repeated, of the kind that may be": repeated,
        "kills a second": round(kills.all / took),
        ...(faultFor === undefined
          ? { "uncertain in percent (goal: at most 2)": round((100 * uncertain) / count) }
          : {}),
      },
      broken,
    };
  });
}

export const kills = (size: Size): Promise<Shown> =>
  storm(size, "nothing is lost or sent twice when processes are killed", undefined);

/** All that Teams and the network may answer, but for a wrong registration, which stops everybody until it is mended. */
const kinds: readonly Fault[] = [
  faults.throttled(1),
  faults.throttled(),
  faults.preconditionFailed,
  faults.serverError,
  faults.unavailable,
  faults.badGatewayAfterDelivery,
  faults.gatewayTimeout,
  faults.reset,
  faults.resetAfterDelivery,
  faults.truncated,
  faults.hang,
  faults.hangAfterDelivery,
  faults.tooBig,
  faults.badArgument,
  faults.blockedByUser,
  faults.disabledByAdmin,
  faults.writesBlocked,
  faults.notInRoster,
  faults.notInstalled,
  faults.noConversation,
];

/** One post in ten meets a fault, each kind in its turn. */
function everyTenth(): { readonly faultFor: NonNullable<ConnectorOptions["faultFor"]>; readonly met: () => number } {
  let posts = 0;
  let met = 0;
  return {
    faultFor: () => {
      posts += 1;
      if (posts % 10 !== 0) return null;
      met += 1;
      return kinds[met % kinds.length] ?? null;
    },
    met: () => met,
  };
}

export async function faultsAndKills(size: Size): Promise<Shown> {
  const tenth = everyTenth();
  const shown = await storm(
    size,
    "the same, while one post in ten meets a fault of Teams or the network",
    tenth.faultFor,
  );
  return { ...shown, facts: { ...shown.facts, "kinds of faults": kinds.length, "faults met": tenth.met() } };
}
