import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/postgres-js";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { openPool, type PoolSettings } from "../../src/platform/postgres-pool.ts";
import { openPostgresTestDatabase } from "../support/database.ts";
import { createTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";

/** Connections that are lost in the middle of something. What escapes a caller here fails the whole run of vitest. */

const server = process.env["DATABASE_URL"] ?? "";

let database: Awaited<ReturnType<typeof openPostgresTestDatabase>>;
let proxy: TcpProxy;
const opened: ReturnType<typeof openPool>[] = [];

describe.skipIf(server === "")("a connection that is lost", { timeout: 60_000 }, () => {
  beforeAll(async () => {
    database = await openPostgresTestDatabase(server);
    await database.db.execute(sql`create table notes (words text not null)`);
    await database.db.execute(sql`create table purses (owner text primary key, coins integer not null)`);
    proxy = await createTcpProxy(new URL(database.url));
  });

  beforeEach(async () => {
    await database.db.execute(sql`delete from notes`);
    return async () => {
      proxy.flow();
      await Promise.all(opened.splice(0).map((pool) => pool.close()));
    };
  });

  afterAll(async () => {
    await proxy.shut();
    await database.close();
  });

  /** By way of the proxy. */
  function open(changes: Partial<PoolSettings> = {}) {
    const pool = openPool(proxy.url.href, {
      connections: 1,
      applicationName: "pool-test",
      statementMs: 10_000,
      answerMs: 15_000,
      ...changes,
    });
    opened.push(pool);
    return drizzle({ client: pool.client });
  }
  type Handle = ReturnType<typeof open>;

  test("lists of what tables hold go there and come back, without asking the server what they are", async () => {
    const handle = open();
    const texts = ["a, b", 'say "hi"', "back\\slash", "", "{}", "null"];
    const [row] =
      await handle.execute(sql`select ${sql.param(texts)}::text[] as texts, ${sql.param([1, -2])}::int[] as numbers,
      ${sql.param([])}::uuid[] as nobody, ${sql.param([0.5])}::float8[] as parts`);
    expect(row).toEqual({ texts, numbers: [1, -2], nobody: [], parts: [0.5] });
  });

  const pidOf = async (handle: Pick<Handle, "execute">): Promise<unknown> =>
    (await handle.execute(sql`select pg_backend_pid() as pid`))[0]?.["pid"];
  const terminate = (pid: unknown) => database.db.execute(sql`select pg_terminate_backend(${pid}::int)`);
  const write = (handle: Pick<Handle, "execute">, words: string) =>
    handle.execute(sql`insert into notes values (${words})`);
  const notes = async (): Promise<unknown[]> => {
    const rows = (await database.db.execute(sql`select words from notes order by words`)) as { words: string }[];
    return [...rows].map(({ words }) => words);
  };

  /** What nobody hears of ends the process: it must not come to that, and the next question must be answered at once. */
  async function expectNoTrace(db: Handle): Promise<void> {
    const began = performance.now();
    for (let round = 0; round < 3; round += 1) expect(await pidOf(db)).toEqual(expect.any(Number));
    expect(performance.now() - began).toBeLessThan(2000);
  }

  const losses: readonly (readonly [string, (pid: unknown) => unknown])[] = [
    ["the server ended it", terminate],
    ["the network reset it", () => proxy.cut("reset")],
    ["the network closed it", () => proxy.cut("end")],
  ];

  test.each(losses)("leaves no trace on later ones: %s", async (_how, lose) => {
    const db = open();
    for (const work of ["statement", "transaction", "statements side by side", "savepoint"] as const) {
      let pid: unknown = null;
      const asked = db.transaction(async (tx) => {
        pid = await pidOf(tx);
        const slow = () => tx.execute(sql`select pg_sleep(5)`);
        if (work === "savepoint") await tx.transaction((inner) => inner.execute(sql`select pg_sleep(5)`));
        else if (work === "statements side by side") await Promise.all([slow(), write(tx, "a"), slow()]);
        else await slow();
      });
      const refused = expect(asked, work).rejects.toThrow();
      await vi.waitUntil(() => pid !== null, { interval: 5 });
      await sleep(30);
      await lose(pid);
      await refused;
      await expectNoTrace(db);
    }
    expect(await notes()).toEqual([]);
  });

  test.each(losses)("ends its transaction for good, though its work goes on: %s", async (_how, lose) => {
    const db = open({ connections: 2 });
    // Somebody else at work keeps the driver's client from being ended with what it lost.
    const isOver = Promise.withResolvers<null>();
    const other = db
      .transaction(async (tx) => {
        await pidOf(tx);
        await isOver.promise;
      })
      .catch(() => undefined);
    const isNextAtWork = Promise.withResolvers<null>();
    let pid: unknown = null;
    let late: unknown = null;
    const first = db.transaction(async (tx) => {
      await write(tx, "before");
      pid = await pidOf(tx);
      await isNextAtWork.promise;
      late = await write(tx, "after").catch((error: unknown) => error);
    });
    const refused = expect(first).rejects.toThrow();
    await vi.waitUntil(() => pid !== null, { interval: 5 });
    await lose(pid);
    await refused;
    await expect(
      db.transaction(async (tx) => {
        await write(tx, "next");
        isNextAtWork.resolve(null);
        await vi.waitUntil(() => late !== null, { interval: 5 });
        throw new Error("changed its mind");
      }),
    ).rejects.toThrow("changed its mind");
    isOver.resolve(null);
    await other;
    expect(late).toBeInstanceOf(Error);
    // Neither the dead transaction's words nor those that the other one took back.
    expect(await notes()).toEqual([]);
    await expectNoTrace(db);
  });

  test("is noticed by its silence, and the next question goes another way", async () => {
    const db = open({ statementMs: 500, answerMs: 1000 });
    for (const work of ["statement", "begin", "within", "commit"] as const) {
      await pidOf(db);
      const stop = (): void => proxy.halfOpen();
      if (work === "statement" || work === "begin") stop();
      const began = performance.now();
      const asked =
        work === "statement"
          ? pidOf(db)
          : db.transaction(async (tx) => {
              await write(tx, work);
              if (work !== "begin") stop();
              if (work === "within") await write(tx, work);
            });
      await expect(asked, work).rejects.toThrow();
      expect(performance.now() - began).toBeGreaterThan(900);
      expect(performance.now() - began).toBeLessThan(2500);
      await expectNoTrace(db);
    }
    expect(await notes()).toEqual([]);
  });

  test("does not keep the pool from closing", async () => {
    const db = open({ answerMs: 60_000 });
    const asked = db.execute(sql`select pg_sleep(1)`).catch(() => undefined);
    await vi.waitUntil(() => proxy.count() > 0, { interval: 5 });
    await sleep(50);
    proxy.stall();
    const began = performance.now();
    await Promise.all(opened.splice(0).map((pool) => pool.close()));
    expect(performance.now() - began).toBeLessThan(6000);
    await asked;
    proxy.flow();
    await vi.waitUntil(() => proxy.count() === 0, { interval: 5, timeout: 5000 });
  });

  test("a slow statement is the server's to end, and a wrong value the caller's to mend: neither costs a connection", async () => {
    const db = open({ statementMs: 300, answerMs: 5000 });
    const pid = await pidOf(db);
    await expect(db.execute(sql`select pg_sleep(2)`)).rejects.toMatchObject({ cause: { code: "57014" } });
    await expect(db.transaction((tx) => write(tx, Object.create(null) as string))).rejects.toThrow();
    await expect(
      db.transaction(async (tx) => {
        await write(tx, "taken back");
        throw Object.assign(new Error("as the network fails elsewhere"), { code: "ECONNRESET" });
      }),
    ).rejects.toThrow("as the network fails elsewhere");
    await db.transaction(async (tx) => {
      await write(tx, "kept");
      await tx.transaction((inner) => write(inner, "gone").then(() => inner.rollback())).catch(() => undefined);
    });
    expect(await notes()).toEqual(["kept"]);
    expect(await pidOf(db)).toBe(pid);
  });

  test("reads and writes lists as they are, without asking the server how", async () => {
    const db = open();
    for (const words of [[], ["plain"], ['with "quotes"', "back\\slash", "a,b", "{c}", "", " two\nlines "]]) {
      const [row] = await db.execute(sql`select ${sql.param(words)}::text[] as words`);
      expect(row).toEqual({ words });
    }
    const id = crypto.randomUUID();
    expect((await db.execute(sql`select ${sql.param([id])}::uuid[] as ids`))[0]).toEqual({ ids: [id] });
  });

  test("again and again, at any moment, loses nothing that was promised and changes nothing by half", async () => {
    await database.db.execute(sql`insert into purses values ('amir', 1000), ('ben', 1000)`);
    const db = open({ connections: 4, statementMs: 500, answerMs: 1000 });
    let promised = 0;
    let unknown = 0;
    let isOver = false;
    const give = async (): Promise<void> => {
      while (!isOver) {
        try {
          await db.transaction(async (tx) => {
            await tx.execute(sql`update purses set coins = coins - 1 where owner = 'amir'`);
            await Promise.all([
              tx.execute(sql`update purses set coins = coins + 1 where owner = 'ben'`),
              write(tx, "given"),
            ]);
          });
          promised += 1;
        } catch {
          unknown += 1;
        }
      }
    };
    const givers = [give(), give(), give(), give(), give(), give()];
    for (let round = 0; round < 60; round += 1) {
      await sleep(10 + ((round * 37) % 50));
      if (round % 20 === 19) proxy.halfOpen();
      else proxy.cut(round % 2 === 0 ? "reset" : "end");
    }
    isOver = true;
    await Promise.all(givers);
    const rows = (await database.db.execute(
      sql`select sum(coins)::int as total, (select count(*)::int from notes) as given,
        max(coins) filter (where owner = 'ben') - 1000 as got from purses`,
    )) as { total: number; given: number; got: number }[];
    const [row] = rows;
    expect(row?.total).toBe(2000);
    expect(row?.got).toBe(row?.given);
    expect(row?.given).toBeGreaterThanOrEqual(promised);
    expect(row?.given).toBeLessThanOrEqual(promised + unknown);
    // It was in the middle of something each time, and went on after each.
    expect(promised).toBeGreaterThan(5);
    expect(unknown).toBeGreaterThan(5);
  });
});
