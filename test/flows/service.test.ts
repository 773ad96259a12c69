import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { sql } from "drizzle-orm";
import { afterEach, describe, expect, test, vi } from "vitest";
import { outbox } from "../../src/platform/schema.ts";
import { faults, startConnector } from "../support/connector.ts";
import {
  createFolder,
  createStorage,
  freePort,
  startProcess,
  type ServiceProcess,
  type Storage,
} from "../support/service-process.ts";
import { createTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";

/** The process as a whole: how it starts, what it says when it cannot, and how it ends. */

const running: ServiceProcess[] = [];
const storages: Storage[] = [];
const servers: Server[] = [];
const proxies: TcpProxy[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) {
    one.send("SIGKILL");
    await one.ended;
  }
  for (const server of servers.splice(0)) server.close();
  for (const proxy of proxies.splice(0)) await proxy.shut();
  for (const storage of storages.splice(0)) await storage.remove();
});

async function start(env: Readonly<Record<string, string>>): Promise<ServiceProcess> {
  const service = await startProcess(env);
  running.push(service);
  return service;
}

function keep(storage: Storage): Storage {
  storages.push(storage);
  return storage;
}

/** A start takes 2 s on a quiet machine and has taken 30 on one with twenty other jobs. */
const patience = { timeout: 120_000, interval: 25 };
const slow = { timeout: 300_000 };

const server = process.env["DATABASE_URL"] ?? "";

describe("a database that is down", () => {
  test("does not keep the service from listening; health names the address, never the password", slow, async () => {
    const port = await freePort();
    const service = await start({ DATABASE_URL: `postgres://waymark:not-a-secret@127.0.0.1:${port}/programme` });
    await vi.waitUntil(async () => (await service.health())?.reason?.includes("ECONNREFUSED"), patience);
    expect(await service.health()).toEqual({
      status: 503,
      reason: `The database at 127.0.0.1:${port}/programme cannot be reached (ECONNREFUSED). Waymark tries again every second.`,
    });
    expect((await fetch(`${service.url}/health/live`)).status).toBe(200);
    expect(service.printed()).not.toContain("not-a-secret");
    service.send("SIGTERM");
    expect(await service.ended).toEqual({ code: 0, signal: null });
  });

  test.skipIf(server === "")("is used as soon as it is up, and again after it was away", slow, async () => {
    const storage = keep(await createStorage());
    const proxy = await createTcpProxy(new URL(storage.env["DATABASE_URL"] ?? ""));
    proxies.push(proxy);
    await proxy.shut();
    const service = await start({ DATABASE_URL: proxy.url.href });
    await vi.waitUntil(async () => (await service.health())?.status === 503, patience);

    await proxy.open();
    await service.ready();
    // Several times: it may be in the middle of anything when its connections go.
    for (let round = 0; round < 5; round += 1) {
      await proxy.shut();
      await vi.waitUntil(async () => (await service.health())?.status === 503, patience);
      expect((await service.health())?.reason).toContain(`${proxy.url.host}${proxy.url.pathname}`);
      await proxy.open();
      const began = performance.now();
      await service.ready();
      expect(performance.now() - began).toBeLessThan(5000);
    }

    await proxy.shut();
    service.send("SIGTERM");
    expect(await service.ended).toEqual({ code: 0, signal: null });
  });
});

describe("a start that cannot work ends with 2 and says why", () => {
  test("on a folder that another process uses", slow, async () => {
    const { env } = keep(createFolder());
    const first = await start(env);
    await first.ready();
    const second = await start(env);
    expect(await second.ended).toEqual({ code: 2, signal: null });
    expect(second.printed()).toContain(
      `Another Waymark process is using the embedded database in ${env["DATA_DIR"] ?? ""}. Stop that one first`,
    );
    expect((await first.health())?.status).toBe(200);

    // A process that is killed leaves nothing behind that would keep the next one out.
    first.send("SIGKILL");
    expect(await first.ended).toEqual({ code: null, signal: "SIGKILL" });
    const third = await start(env);
    await third.ready();
  });

  test("with settings that are wrong, all of them at once", slow, async () => {
    const service = await start({
      PORT: "99999",
      DATABASE_URL: "mysql://root:hunter2@db/waymark",
      MICROSOFT_APP_ID: "22222222-2222-4222-8222-222222222222",
      CLOCK: "tomorrow",
      TICK_SECONDS: "7",
    });
    expect(await service.ended).toEqual({ code: 2, signal: null });
    const [intro, ...problems] = service.printed().trim().split("\n");
    expect(intro).toBe("Waymark cannot start with these settings:");
    expect(problems.map((line) => /^- (\w+)/.exec(line)?.[1]).toSorted()).toEqual([
      "CLOCK",
      "DATABASE_URL",
      "MICROSOFT_APP_ID",
      "PORT",
      "TICK_SECONDS",
    ]);
    expect(service.printed()).not.toContain("hunter2");
  });

  test("on a port that is taken", slow, async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    servers.push(taken);
    await once(taken, "listening");
    const address = taken.address();
    const port = String(typeof address === "object" ? address?.port : "");
    const service = await start({ PORT: port, ...keep(createFolder()).env });
    expect(await service.ended).toEqual({ code: 2, signal: null });
    expect(service.printed()).toContain(`Port ${port} on 127.0.0.1 is in use.`);
  });

  test("with a clock earlier than the database has seen", slow, async () => {
    const { env } = keep(await createStorage());
    const first = await start({ ...env, CLOCK: "2026-10-26T01:00:00Z", TICK_SECONDS: "1" });
    await first.ready();
    // What was seen is written at the end of the first tick, which is at once.
    first.send("SIGTERM");
    expect(await first.ended).toEqual({ code: 0, signal: null });

    const second = await start({ ...env, CLOCK: "2026-09-14T01:00:00Z" });
    expect(await second.ended).toEqual({ code: 2, signal: null });
    expect(second.printed()).toMatch(
      /clock would start at 2026-09-14T01:00:\d\dZ, but this database has already seen 2026-10-26T01:\d\d:\d\dZ\. Set CLOCK to that time or a later one/,
    );
  });
});

test("SIGTERM ends the service in under 10 s with exit code 0, and frees its folder", slow, async () => {
  const { env } = keep(await createStorage());
  const service = await start({ ...env, TICK_SECONDS: "1" });
  await service.ready();
  const began = performance.now();
  service.send("SIGTERM");
  expect(await service.ended).toEqual({ code: 0, signal: null });
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(await service.health()).toBe(null);
  // What it wrote is its log, a JSON object a line, and nothing that a library prints by itself.
  const lines = service.printed().trim().split("\n");
  expect(lines.filter((line) => !line.startsWith("{"))).toEqual([]);

  const next = await start(env);
  await next.ready();
});

describe("messages that are under way", () => {
  /** Six people whose messages are due, at a Teams that takes connections and never answers. */
  async function leaveMessages(storage: Storage, serviceUrl: string): Promise<void> {
    const database = await storage.open();
    await database.migrate();
    const at = sql`now()`;
    for (let one = 1; one <= 6; one += 1) {
      const person = sql`${`00000000-0000-7000-8000-00000000000${one}`}::uuid`;
      await database.db.execute(sql`insert into people (id, email, name, created_at)
        values (${person}, ${`p${one}@example.edu`}, 'P', ${at})`);
      await database.db.execute(sql`insert into contacts values
        (${person}, 't', '29:p', '28:bot', ${serviceUrl}, ${`a:${one}`}, 'reachable', ${at}, ${at})`);
      await database.db
        .execute(sql`insert into outbox (id, kind, ref, person, dedupe_key, priority, due_at, state_since)
        select gen_random_uuid(), 'help.unanswered', '{}', ${person}, ${one} || '-' || n, 2, ${at}, ${at}
        from generate_series(1, 12) as n`);
    }
    await database.close();
  }

  test("end or are given back within 10 s of SIGTERM, though Teams hangs; health told of them", slow, async () => {
    const storage = keep(await createStorage());
    const teams = await startConnector();
    try {
      teams.fail(faults.hang, { times: 1000 });
      await leaveMessages(storage, teams.url);
      const service = await start(storage.env);
      await service.ready();
      await vi.waitUntil(async () => teams.calls.length > 0 && (await hanging(service.url)), patience);
      const began = performance.now();
      service.send("SIGTERM");
      expect(await service.ended).toEqual({ code: 0, signal: null });
      expect(performance.now() - began).toBeLessThan(10_000);
    } finally {
      await teams.stop();
    }
    const database = await storage.open();
    const rows = await database.db.select({ state: outbox.state }).from(outbox);
    await database.close();
    const counts = Object.fromEntries(
      [...Map.groupBy(rows, ({ state }) => state)].map(([state, all]) => [state, all.length]),
    );
    // What Teams had may have arrived; nothing is left in the hands of a process that is not there any more.
    expect(Object.keys(counts).toSorted()).toEqual(["ready", "uncertain"]);
    expect((counts["ready"] ?? 0) + (counts["uncertain"] ?? 0)).toBe(72);
  });

  /** Some are being sent, as far as health tells. */
  async function hanging(url: string): Promise<boolean> {
    const answer: unknown = await (await fetch(`${url}/health`)).json();
    expect(answer).toMatchObject({ status: "ok", queue: { late: 0 } });
    return /"underWay":[1-9]/.test(JSON.stringify(answer));
  }
});
