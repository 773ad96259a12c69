import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openPostgres } from "../../src/platform/database.ts";
import { outbox } from "../../src/platform/schema.ts";
import { startConnector } from "../support/connector.ts";
import { deliverThrough, type Through } from "../support/deliver-through.ts";
import { compareDeliveries } from "../support/delivery-account.ts";
import { startDeliveryProcess } from "../support/delivery-process.ts";
import { createPostgresCluster, findPostgresPrograms, type PostgresCluster } from "../support/postgres-cluster.ts";
import { createPostOffice } from "../support/post-office.ts";
import { createFolder } from "../support/service-process.ts";
import { createTcpProxy } from "../support/tcp-proxy.ts";

/** The database goes away in the middle of delivery. The benchmark `delivery` has the same at full length. */

const hasServer = (process.env["DATABASE_URL"] ?? "") !== "" && findPostgresPrograms() !== null;

/** Everything went through once, or is known to be in doubt. */
function expectNothingLost({ account, before, after }: Through, count: number): void {
  expect(account.broken).toEqual([]);
  expect(account.listed).toBe(count);
  const { sent = 0, uncertain = 0 } = account.states;
  expect(sent + uncertain).toBe(count);
  // It happened in the middle.
  expect(before).toBeGreaterThan(0);
  expect(after).toBeLessThan(count);
}

describe.skipIf(!hasServer)("a PostgreSQL server that goes away", { timeout: 120_000 }, () => {
  let cluster: PostgresCluster;
  beforeAll(async () => {
    cluster = await createPostgresCluster();
  });
  afterAll(async () => {
    await cluster.remove();
  });

  test.each(["fast", "immediate"] as const)(
    "stopped (%s) and started: sending resumes by itself within 5 s, nothing is lost or sent twice",
    async (how) => {
      const count = 150;
      const through = await deliverThrough({ database: cluster.url }, { count, perSecond: 50 }, async () => {
        await cluster.stop(how);
        await sleep(how === "fast" ? 4000 : 1000);
        await cluster.start();
      });
      expectNothingLost(through, count);
      expect(through.resumedMs).toBeLessThan(5000);
      // What was posted while it was away could still be recorded.
      expect(through.account.states["uncertain"] ?? 0).toBe(0);
    },
  );

  test("ends sessions again and again: nothing is lost or sent twice, and sending goes on", async () => {
    const count = 300;
    const outside = openPostgres(cluster.url);
    let ended = 0;
    const through = await deliverThrough({ database: cluster.url }, { count, perSecond: 100 }, async () => {
      for (let round = 0; round < 20; round += 1) {
        await sleep(75);
        const rows = (await outside.db.execute(
          sql`select pg_terminate_backend(pid) from pg_stat_activity
            where application_name = 'waymark' and datname = 'postgres' and pid <> pg_backend_pid()
            and random() < 0.5`,
        )) as Iterable<unknown>;
        ended += [...rows].length;
      }
    });
    await outside.close();
    expect(ended).toBeGreaterThan(10);
    expectNothingLost(through, count);
  });

  test.each(["cut", "stall", "halfOpen"] as const)(
    "behind a network that goes wrong (%s): delivery stands still no longer than it waits for an answer",
    async (how) => {
      const proxy = await createTcpProxy(new URL(cluster.url));
      const count = 150;
      const way = { database: cluster.url, way: proxy.url.href, statementMs: 1500, answerMs: 2000 };
      const through = await deliverThrough(way, { count, perSecond: 50 }, async () => {
        if (how === "cut") proxy.cut("reset");
        else proxy[how]();
        // New connections of a stalled network stall as well.
        if (how !== "stall") return;
        await sleep(3000);
        proxy.flow();
      });
      await proxy.shut();
      expectNothingLost(through, count);
      expect(through.resumedMs).toBeLessThan(5000);
    },
  );
});

describe("an embedded database", { timeout: 120_000 }, () => {
  test("whose process is killed while it sends: the next one goes on, nothing is lost or sent twice", async () => {
    const count = 120;
    const storage = createFolder();
    const connector = await startConnector();
    const database = storage.env["DATA_DIR"] ?? "";
    const inside = async <Result>(work: (office: ReturnType<typeof createPostOffice>) => Promise<Result>) => {
      const opened = await storage.open();
      await opened.migrate();
      try {
        return { result: await work(createPostOffice(opened.db, connector.url)), db: opened.db };
      } finally {
        await opened.close();
      }
    };
    const { result: enqueued } = await inside(async (office) => {
      const messages = Array.from({ length: count }, (_, at) => office.message(office.person(), `m${at}`));
      await office.enqueue(...messages);
      return messages.map(({ ref }) => ref["about"] ?? "");
    });
    for (const killAt of [20, 60]) {
      const victim = await startDeliveryProcess({ database, connector: connector.url, share: 1 });
      await vi.waitUntil(() => connector.accepted.length >= killAt, { interval: 2, timeout: 30_000 });
      expect(await victim.end("SIGKILL")).toMatchObject({ signal: "SIGKILL" });
      const before = connector.accepted.length;
      expect(before).toBeLessThan(count);
      // The 30 s are over in which nobody else may touch what it held.
      await inside((office) => office.letTimePass());
    }
    const before = connector.accepted.length;
    const last = await startDeliveryProcess({ database, connector: connector.url });
    const began = performance.now();
    await vi.waitUntil(() => connector.accepted.length > before, { interval: 5, timeout: 30_000 });
    expect(performance.now() - began).toBeLessThan(5000);
    // Alone with the folder until it ends, so the account is taken afterwards.
    let quietSince = performance.now();
    let known = connector.accepted.length;
    await vi.waitUntil(
      () => {
        if (connector.accepted.length !== known) quietSince = performance.now();
        known = connector.accepted.length;
        return performance.now() - quietSince > 1500;
      },
      { interval: 50, timeout: 60_000 },
    );
    expect(await last.end("SIGTERM")).toEqual({ code: 0, signal: null });
    const opened = await storage.open();
    const rows = await opened.db.select({ ref: outbox.ref, kind: outbox.kind, state: outbox.state }).from(outbox);
    await opened.close();
    const account = compareDeliveries(
      rows.map(({ ref, ...row }) => ({ about: ref["about"] ?? "", ...row })),
      connector.accepted,
      enqueued,
    );
    await connector.stop();
    await storage.remove();
    expect(account.broken).toEqual([]);
    const { sent = 0, uncertain = 0 } = account.states;
    expect(sent + uncertain).toBe(count);
    expect(sent).toBeGreaterThan(count / 2);
  });
});
