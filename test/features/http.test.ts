import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Deps, Page } from "../../src/core/feature.ts";
import { createServer, type HttpServer, type ServerOptions } from "../../src/platform/http.ts";
import { createLinks } from "../../src/platform/links.ts";
import { testLog, type TestLog } from "../support/teams.ts";

const realTime = { now: () => Temporal.Now.instant() };
const links = createLinks("secret", "https://waymark.example/", realTime);
const inAnHour = Temporal.Now.instant().add({ hours: 1 });

const meeting = {
  uid: "meeting-1@waymark",
  sequence: 2,
  title: "Mid-semester; tea, cake\nBEGIN:VEVENT",
  startsAt: Temporal.Instant.from("2026-09-17T07:00:00Z"),
  minutes: 90,
  timeZone: "Asia/Kuala_Lumpur",
  place: "Library, room 2",
  isCancelled: false,
};

const calendar: Page = {
  path: "calendar",
  handle: (_deps, subject) => Promise.resolve(subject === "meeting-1" ? meeting : null),
};

let server: HttpServer;
let url: string;
let log: TestLog;
let received: Readonly<Record<string, unknown>>[];

async function start(changes: Partial<ServerOptions> = {}): Promise<void> {
  server = createServer({
    receive: (_authorization, body) => {
      received.push(body);
      return Promise.resolve({ status: 200, body: null });
    },
    findTrouble: () => Promise.resolve(null),
    pages: [calendar],
    // The page of this test needs nothing of it.
    deps: () => ({}) as Deps,
    readLink: links.read,
    log,
    ...changes,
  });
  url = `http://127.0.0.1:${await server.listen(0, "127.0.0.1")}`;
}

beforeEach(async () => {
  received = [];
  log = testLog();
  await start();
});

afterEach(() => server.close());

const json = { "Content-Type": "application/json" };

function post(body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = json): Promise<Response> {
  return fetch(`${url}/api/messages`, { method: "POST", headers, body });
}

/** Sends raw bytes and collects what comes back until the server hangs up. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.setEncoding("utf8");
    socket.on("data", (chunk) => (answer += String(chunk)));
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}

async function isAlive(): Promise<boolean> {
  return (await fetch(`${url}/health/live`)).status === 200;
}

describe("what may come in", () => {
  test("a JSON object", async () => {
    const response = await post('{"a":"é"}', { "Content-Type": 'application/json; charset="UTF-8"' });
    expect([response.status, await response.text()]).toEqual([200, ""]);
    expect(received).toEqual([{ a: "é" }]);
  });

  test("one of exactly 256 KB", async () => {
    expect((await post(`{"a":"${"x".repeat(256 * 1024 - 8)}"}`)).status).toBe(200);
  });

  test.each([
    ["cut off", '{"a":'],
    ["empty", ""],
    ["a list", "[]"],
    ["null", "null"],
    ["a text", '"a"'],
    ["nested without end", "[".repeat(100_000)],
    ["no UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ])("what is %s is 400", async (_, body) => {
    expect((await post(body)).status).toBe(400);
    expect(received).toEqual([]);
    expect(await isAlive()).toBe(true);
  });

  test.each([
    ["compressed", gzipSync("{}"), { ...json, "Content-Encoding": "gzip" }],
    ["said to be compressed, and is not", "{}", { ...json, "Content-Encoding": "gzip" }],
    ["compressed twice", "{}", { ...json, "Content-Encoding": "gzip, gzip" }],
    ["a form", "a=1", { "Content-Type": "application/x-www-form-urlencoded" }],
    ["a file", '--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nf\r\n--x--\r\n', multipart()],
    ["a table", "a,b", { "Content-Type": "text/csv" }],
    ["of no type", "{}", { "Content-Type": "" }],
    ["of a type that only begins like JSON", "{}", { "Content-Type": "application/jsonp" }],
    ["in another alphabet", "{}", { "Content-Type": "application/json; charset=utf-16" }],
  ])("what is %s is 415", async (_, body, headers) => {
    const bytes = typeof body === "string" ? body : new Uint8Array(body);
    expect((await post(bytes, headers)).status).toBe(415);
    expect(received).toEqual([]);
    expect(await isAlive()).toBe(true);
  });

  test("a bomb of 200 KB that would be 200 MB is not unpacked", async () => {
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(200 * 1024 * 1024, 0x20)));
    const before = process.memoryUsage().rss;
    expect((await post(bomb, { ...json, "Content-Encoding": "gzip" })).status).toBe(415);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  });

  test.each([256 * 1024 + 1, 3 * 1024 * 1024])("%i bytes are 413", async (bytes) => {
    expect((await post(`{"a":"${"x".repeat(bytes - 8)}"}`)).status).toBe(413);
    expect(received).toEqual([]);
  });

  test("too much is 413 also when nobody said how much it is", async () => {
    const chunk = `1000\r\n${"x".repeat(4096)}\r\n`;
    const head =
      "POST /api/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    expect(await raw(`${head}${chunk.repeat(65)}0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 413 /);
  });

  test("what never ends is cut off", async () => {
    const status = await new Promise((resolve) => {
      const endless = httpRequest(`${url}/api/messages`, { method: "POST", headers: json });
      endless.on("response", (response) => resolve(response.statusCode));
      endless.on("error", () => resolve("cut"));
      const more = () => {
        while (!endless.destroyed && endless.write("x".repeat(65_536)));
      };
      endless.on("drain", more);
      more();
    });
    expect([413, "cut"]).toContain(status);
    expect(received).toEqual([]);
    expect(await isAlive()).toBe(true);
  });

  test("who takes too long to send is told so", async () => {
    await server.close();
    await start({ patienceMs: 200 });
    const head =
      "POST /api/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    expect(await raw(head)).toMatch(/^HTTP\/1\.1 408 /);
    expect(await raw("POST /api/messages HTTP/1.1\r\nHost: x\r\n")).toMatch(/^HTTP\/1\.1 408 /);
    expect(received).toEqual([]);
  });

  test("who goes away in the middle leaves nothing behind", async () => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.write(
      "POST /api/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
    );
    await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
    expect(await isAlive()).toBe(true);
    expect(received).toEqual([]);
  });

  test("more at once than can be worked on is 503, at once", async () => {
    await server.close();
    const waiting: (() => void)[] = [];
    let full: (() => void) | undefined;
    const isFull = new Promise<void>((resolve) => (full = resolve));
    await start({
      receive: () =>
        new Promise((resolve) => {
          waiting.push(() => resolve({ status: 200, body: null }));
          if (waiting.length === 256) full?.();
        }),
    });
    const first = Array.from({ length: 256 }, () => post("{}"));
    await isFull;
    expect((await post("{}")).status).toBe(503);
    expect(await isAlive()).toBe(true);
    for (const go of waiting) go();
    expect(new Set((await Promise.all(first)).map(({ status }) => status))).toEqual(new Set([200]));
  });
});

describe("what goes out", () => {
  test.each([
    ["an unknown path", "GET", "/secret-path?token=1", 404],
    ["a known path with another method", "GET", "/api/messages", 405],
    ["another method on a page", "POST", "/health", 405],
    ["a path that is none", "GET", "/%00%ff", 404],
  ])("nothing is repeated in the answer to %s", async (_, method, path, status) => {
    const response = await fetch(`${url}${path}`, { method });
    const text = await response.text();
    expect([response.status === status || response.status === 400, text]).toEqual([
      true,
      expect.not.stringMatching(/secret|token|messages|stack|Error/),
    ]);
  });

  test("what was thrown is neither told nor logged", async () => {
    await server.close();
    await start({ receive: () => Promise.reject(new Error("Ben wrote: I am not well")) });
    const response = await post("{}");
    expect(response.status).toBe(500);
    expect(await response.text()).not.toMatch(/Ben|well/);
    expect(JSON.stringify(log.lines)).toMatch(/A request failed/);
    expect(JSON.stringify(log.lines)).not.toMatch(/Ben|well/);
  });

  test("nothing may be framed, sniffed or kept, and no maker is named", async () => {
    const { headers } = await fetch(`${url}/health/live`);
    expect(headers.get("content-security-policy")).toMatch(/frame-ancestors 'none'/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("cache-control")).toBe("no-store");
    expect([headers.get("server"), headers.get("x-powered-by")]).toEqual([null, null]);
  });
});

describe("health", () => {
  test("the service says that it can work", async () => {
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  test("and how long its list is", async () => {
    await server.close();
    await start({ describe: () => Promise.resolve({ queue: { late: 3 } }) });
    expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: "ok", queue: { late: 3 } });
  });

  test("or why not, and lives", async () => {
    await server.close();
    await start({ findTrouble: () => Promise.resolve("no database at localhost:5432") });
    const response = await fetch(`${url}/health`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: "unavailable", reason: "no database at localhost:5432" });
    expect(await isAlive()).toBe(true);
  });
});

describe("signed links", () => {
  function open(link: string): Promise<Response> {
    return fetch(link.replace("https://waymark.example", url));
  }

  test("made in a programme whose clock shows another year opens for as long as it says", async () => {
    const lastYear = { now: () => Temporal.Now.instant().subtract({ hours: 24 * 365 }) };
    const token = createLinks("secret", "https://waymark.example/", lastYear).sign(
      "calendar",
      "meeting-1",
      lastYear.now().add({ hours: 1 }),
    );
    expect((await open(token)).status).toBe(200);
  });

  test("lead to the meeting's calendar file", async () => {
    const response = await open(links.sign("calendar", "meeting-1", inAnHour));
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toMatch(/^text\/calendar; charset=utf-8/);
    expect(response.headers.get("content-disposition")).toBe('attachment; filename="calendar.ics"');
    const file = await response.text();
    expect(file.split("\r\n")).toEqual(
      expect.arrayContaining([
        "BEGIN:VCALENDAR",
        "UID:meeting-1@waymark",
        "SEQUENCE:2",
        "DTSTART:20260917T070000Z",
        "DTEND:20260917T083000Z",
        "LOCATION:Library\\, room 2",
        "STATUS:CONFIRMED",
      ]),
    );
    expect(file.match(/^BEGIN:VEVENT/gm)).toHaveLength(1);
  });

  test("say of a cancelled meeting that it is cancelled", async () => {
    await server.close();
    const page = { ...calendar, handle: () => Promise.resolve({ ...meeting, isCancelled: true }) };
    await start({ pages: [page] });
    expect(await (await open(links.sign("calendar", "meeting-1", inAnHour))).text()).toMatch(/^STATUS:CANCELLED/m);
  });

  const good = links.sign("calendar", "meeting-1", inAnHour);
  const [, payload = "", seal = ""] = /calendar\/(.+)\.(.+)$/.exec(good) ?? [];
  const later = Buffer.from("9999999999:meeting-1").toString("base64url");

  test.each([
    ["expired", links.sign("calendar", "meeting-1", Temporal.Now.instant().subtract({ seconds: 1 }))],
    ["of another page", links.sign("export", "meeting-1", inAnHour).replace("/export/", "/calendar/")],
    [
      "of another service",
      createLinks("other", "https://waymark.example", realTime).sign("calendar", "meeting-1", inAnHour),
    ],
    ["with its end moved", `https://waymark.example/calendar/${later}.${seal}`],
    ["with half a seal", `https://waymark.example/calendar/${payload}.${seal.slice(0, 20)}`],
    ["without a seal", `https://waymark.example/calendar/${payload}`],
    ["with a part too many", `${good}.${seal}`],
    ["made up", "https://waymark.example/calendar/x.y"],
    ["too long", `https://waymark.example/calendar/${"x".repeat(600)}`],
    ["to what is gone", links.sign("calendar", "meeting-9", inAnHour)],
  ])("%s are one plain sentence", async (_, link) => {
    const response = await open(link);
    expect(response.status).toBe(404);
    expect(await response.text()).not.toMatch(/BEGIN|meeting-/);
  });

  test("wait while the database is not there", async () => {
    await server.close();
    await start({ deps: () => null });
    expect((await open(good)).status).toBe(503);
  });

  test("keep a subject with any letters", () => {
    const subject = "é:1.2/3\n";
    const token = links.sign("calendar", subject, inAnHour).split("/").at(-1) ?? "";
    expect(links.read("calendar", token)).toBe(subject);
  });
});

describe("the end", () => {
  test("what is under way is finished, what comes later is not taken, and it is quick", async () => {
    await server.close();
    let finish: (() => void) | undefined;
    let begun: (() => void) | undefined;
    const hasBegun = new Promise<void>((resolve) => (begun = resolve));
    await start({
      receive: () =>
        new Promise((resolve) => {
          finish = () => resolve({ status: 200, body: { ok: true } });
          begun?.();
        }),
    });
    // A kept-alive connection without a request must not hold the end up.
    await isAlive();
    const answer = post("{}");
    await hasBegun;
    const from = performance.now();
    const closed = server.close();
    await expect(fetch(`${url}/health/live`)).rejects.toThrow();
    finish?.();
    expect(await (await answer).json()).toEqual({ ok: true });
    await closed;
    expect(performance.now() - from).toBeLessThan(2000);
  });
});

function multipart(): Record<string, string> {
  return { "Content-Type": "multipart/form-data; boundary=x" };
}
