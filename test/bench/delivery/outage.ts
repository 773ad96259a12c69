import { setTimeout as sleep } from "node:timers/promises";
import { deliverThrough, type Through } from "../../support/deliver-through.ts";
import { createPostgresCluster } from "../../support/postgres-cluster.ts";
import { createTcpProxy } from "../../support/tcp-proxy.ts";
import { round } from "./bench.ts";
import type { Shown, Size } from "./bench.ts";

/** The database goes away while messages are sent, as `test/flows/storms.test.ts` has it, at full length. */
export async function outage({ isShort }: Size): Promise<Shown> {
  const cluster = await createPostgresCluster();
  const count = isShort ? 150 : 2000;
  const perSecond = 48;
  try {
    const runs: { readonly name: string; readonly mostMs: number; readonly through: Through }[] = [];
    const stopped = async (how: "fast" | "immediate"): Promise<void> => {
      const seconds = isShort ? 3 : 30;
      const through = await deliverThrough({ database: cluster.url }, { count, perSecond }, async () => {
        await cluster.stop(how);
        await sleep(seconds * 1000);
        await cluster.start();
      });
      runs.push({ name: `stopped (${how}) for ${seconds} s and started`, mostMs: 5000, through });
    };
    await stopped("fast");
    await stopped("immediate");
    // With the times that the service itself waits: 20 s for an answer, then a moment to connect anew.
    if (!isShort)
      runs.push({ name: "every connection half-open, without a word", mostMs: 25_000, through: await halfOpen() });
    return {
      what: "delivery outlives its database: sending resumes by itself, nothing is lost or sent twice",
      facts: {
        on: "a PostgreSQL of its own, made with initdb; one process",
        messages: `${count}, ${perSecond} a second`,
        runs: runs.map(({ name, mostMs, through }) => ({
          what: name,
          "sent before": through.before,
          "and until it was back": through.after,
          "first message after it was back, in s": round(through.resumedMs / 1000),
          "goal: at most, in s": mostMs / 1000,
          states: through.account.states,
        })),
      },
      broken: runs.flatMap(({ name, through: { account } }) => account.broken.map((one) => `${name}: ${one}`)),
    };
  } finally {
    await cluster.remove();
  }

  async function halfOpen(): Promise<Through> {
    const proxy = await createTcpProxy(new URL(cluster.url));
    const way = { database: cluster.url, way: proxy.url.href };
    const through = await deliverThrough(way, { count, perSecond }, () => {
      proxy.halfOpen();
      return Promise.resolve();
    });
    await proxy.shut();
    return through;
  }
}
