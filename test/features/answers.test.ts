import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { card, paragraph } from "../../src/core/card.ts";
import type { Reply } from "../../src/core/feature.ts";
import { as, type PersonId } from "../../src/core/ids.ts";
import type { Database } from "../../src/platform/database.ts";
import { createRateLimits, teamsLimits, type Limits, type RateLimits } from "../../src/platform/rate-limits.ts";
import { rateLimits } from "../../src/platform/schema.ts";
import { createTurnSlots } from "../../src/platform/turn-slots.ts";
import { openTestDatabase } from "../support/database.ts";
import {
  activitiesOf,
  startConnector,
  startService,
  teamsUser,
  testTenant,
  type Connector,
  type TestService,
} from "../support/teams.ts";

/** What is called in a turn, where somebody waits: answers and rosters, on the same limits as the outbox. */

const ben = teamsUser("Ben");
const person = as<PersonId>("00000000-0000-7000-8000-000000000002");

let database: Database;
let connector: Connector;
let service: TestService;
let make: ReturnType<typeof activitiesOf>;
let limits: RateLimits;
let givingUp: AbortController;
/** What each turn answers, one after the other. */
let replies: readonly Exclude<Reply, { kind: "nothing" }>[];
let unanswered: PersonId[];

beforeAll(async () => {
  database = await openTestDatabase();
  connector = await startConnector();
  make = activitiesOf(connector.serviceUrl);
});
afterAll(async () => {
  await connector.close();
  await database.close();
});
beforeEach(async () => {
  connector.calls.length = 0;
  connector.answer = () => null;
  replies = [{ kind: "text", text: "Hello!" }];
  unanswered = [];
  await database.db.delete(rateLimits);
  await start(teamsLimits);
});
afterEach(stop);

async function start(kept: Limits): Promise<void> {
  limits = createRateLimits(database.db, kept);
  givingUp = new AbortController();
  service = await startService({
    turns: () => (incoming) =>
      Promise.resolve(
        incoming.kind === "press" && incoming.via === "execute"
          ? { response: replies[0] ?? null, posts: [], person }
          : { response: null, posts: replies.map((reply) => ({ to: "here", reply })), person },
      ),
    slots: () => createTurnSlots(limits, service.log, givingUp.signal),
    onUnanswered: (who) => Promise.resolve(void unanswered.push(who)),
  });
}

async function stop(): Promise<void> {
  givingUp.abort();
  await service.teams.stop();
  await service.close();
}

async function restart(kept: Limits): Promise<void> {
  await stop();
  await start(kept);
}

/** On a busy machine nearly every slot is missed by 25 ms, and another one taken. */
const unhurried: Limits = { ...teamsLimits, latenessMs: 60_000 };

const type = () => service.post(make.typed(ben, "hello"));
const posts = () => connector.calls.filter(({ method }) => method === "POST");
const chatOfBen = { tenantId: testTenant, conversationId: `a:${ben.userId}` };

describe("an answer", () => {
  test("takes its slot from the buckets of the outbox, before all that waits there", async () => {
    await restart({ ...unhurried, conversation: [{ everyMs: 100_000, burst: 5 }] });
    const bulk = Array.from({ length: 60 }, (_, at) =>
      limits.reserve({ tenantId: testTenant, conversationId: `a:${at}` }, "bulk"),
    );
    await Promise.all(bulk);
    // 60 are more than a second's worth; who looks 250 ms ahead holds no more than that, by the database's clock.
    const slot = await limits.reserve(chatOfBen, "answer");
    expect(slot.kind === "go" && slot.inMs < 300).toBe(true);
    await type();
    expect(posts()).toHaveLength(1);
    const five = await Promise.all([1, 2, 3, 4, 5].map(() => limits.reserve(chatOfBen, "answer")));
    expect(five.filter(({ kind }) => kind === "go")).toHaveLength(3);
  });

  test("to a button is in the response: it costs no slot", async () => {
    for (let taps = 0; taps < 8; taps += 1) await service.post(make.execute(ben, "test.save"));
    expect(posts()).toEqual([]);
    expect(await database.db.select().from(rateLimits)).toEqual([]);
  });

  test("for a chat that is full keeps nobody waiting, and is told of through the outbox when it stays so", async () => {
    await restart({ ...unhurried, conversation: [{ everyMs: 100_000, burst: 2 }] });
    await type();
    await type();
    expect((await type()).status).toBe(200);
    expect(posts()).toHaveLength(2);
    await stop();
    await start(teamsLimits);
    expect(posts()).toHaveLength(2);
    expect(unanswered).toEqual([person]);
  });

  test("that Teams puts off goes out when it says, once, and the outbox waits as well", async () => {
    connector.answer = () =>
      connector.calls.length === 1 ? { status: 429, body: {}, headers: { "Retry-After": "1" } } : null;
    const from = performance.now();
    await type();
    expect(posts()).toHaveLength(2);
    expect(performance.now() - from).toBeGreaterThan(950);
    await type();
    expect(posts()).toHaveLength(3);
    expect(unanswered).toEqual([]);

    connector.answer = () => ({ status: 429, body: {}, headers: { "Retry-After": "30" } });
    await type();
    const slot = await limits.reserve(chatOfBen, "urgent");
    expect(slot).toMatchObject({ kind: "wait", for: "conversation" });
    expect(slot.inMs).toBeGreaterThan(20_000);
  });

  test.each([
    ["an error after which it may have arrived", { status: 502, body: {} }],
    ["a reset", "reset" as const],
    ["a chat that is blocked", { status: 403, body: { error: { code: "ConversationBlockedByUser" } } }],
    ["a wrong registration", { status: 401, body: {} }],
  ])("that met %s is not repeated: the person is told through the outbox", async (_what, answer) => {
    connector.answer = () => answer;
    await type();
    expect(posts()).toHaveLength(1);
    expect(unanswered).toEqual([person]);
    expect(service.log.lines).toMatchObject([{ level: "warn", message: "An answer did not reach Teams" }]);
  });

  test("that is too big is said as one sentence", async () => {
    replies = [{ kind: "card", card: card("All meetings", [paragraph("x".repeat(500))], [], "You have 5 meetings.") }];
    connector.answer = ({ body }) => (JSON.stringify(body).includes("xxx") ? { status: 413, body: {} } : null);
    await type();
    expect(posts()).toHaveLength(2);
    expect(JSON.stringify(posts()[1]?.body)).toContain("You have 5 meetings.");
    expect(unanswered).toEqual([]);
  });

  test("that takes long is not announced by “typing”, which nobody counts", async () => {
    await restart({ ...teamsLimits, conversation: [{ everyMs: 1200, burst: 1 }] });
    await type();
    await type();
    expect(posts().map(({ body }) => body["type"])).toEqual(["message", "message"]);
  });

  test("of several parts keeps its order", async () => {
    replies = ["one", "two", "three"].map((text) => ({ kind: "text", text }));
    await type();
    expect(posts().map(({ body }) => body["text"])).toEqual(["one", "two", "three"]);
  });

  test("that nobody could be told of is in the log", async () => {
    await stop();
    service = await startService({
      turns: () => () =>
        Promise.resolve({ response: null, posts: [{ to: "here", reply: { kind: "text", text: "Hi" } }], person }),
      onUnanswered: () => Promise.reject(new Error("no database")),
    });
    connector.answer = () => ({ status: 502, body: {} });
    await type();
    expect(service.log.lines.at(-1)).toMatchObject({ level: "error", fields: { person } });
  });
});

describe("asking who sits in a chat", () => {
  const chat = { serviceUrl: "", conversationId: "19:maple@thread.v2", tenantId: testTenant, teamId: null };
  const ask = () => service.teams.directory.members({ ...chat, serviceUrl: connector.serviceUrl });

  test("has limits of its own there, and leaves those of sending alone", async () => {
    await restart({ ...teamsLimits, roster: [{ everyMs: 100_000, burst: 1 }] });
    await ask();
    await expect(ask()).rejects.toThrow("Teams did not answer");
    expect(connector.calls).toHaveLength(1);
    expect(await limits.reserve(chat, "planned")).toMatchObject({ kind: "go" });
  });

  test("draws on the tenant's limit, each page of it", async () => {
    await restart({ ...teamsLimits, tenant: { everyMs: 400, burst: 1 } });
    connector.answer = ({ path }) => ({
      status: 200,
      body: { members: [], ...(path.includes("continuationToken") ? {} : { continuationToken: "1" }) },
    });
    await ask();
    expect(connector.calls).toHaveLength(2);
    const slot = await limits.reserve({ tenantId: testTenant, conversationId: "a:somebody" }, "answer");
    expect(slot).toMatchObject({ kind: "go" });
    expect(slot.inMs).toBeGreaterThan(200);
  });

  test("that Teams puts off is not asked again before that", async () => {
    connector.answer = () => ({ status: 429, body: {}, headers: { "Retry-After": "60" } });
    await expect(ask()).rejects.toMatchObject({ status: 429 });
    connector.answer = () => null;
    await expect(ask()).rejects.toMatchObject({ reason: "NoSlot" });
    expect(connector.calls).toHaveLength(1);
    expect(await limits.reserve(chat, "planned")).toMatchObject({ kind: "go" });
  });
});
