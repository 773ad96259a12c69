import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
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
