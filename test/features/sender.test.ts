import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { card } from "../../src/core/card.ts";
import type { Address } from "../../src/core/feature.ts";
import { Adapter } from "../../src/platform/teams/adapter.ts";
import { createSender } from "../../src/platform/teams/sender.ts";
import { createTeams, type Teams } from "../../src/platform/teams/teams.ts";
import {
  startConnector,
  teamsUser,
  testBot,
  testCredentials,
  testCredentialsFactory,
  testLog,
  testTenant,
  type Connector,
  type ConnectorAnswer,
} from "../support/teams.ts";

let connector: Connector;
let teams: Teams;
let address: Address;

function teamsWith(credentialsFactory = testCredentialsFactory(), allowedTenants: readonly string[] = []): Teams {
  const openIdMetadataUrl = "http://127.0.0.1:9/openid";
  return createTeams({
    credentials: testCredentials,
    allowedTenants,
    openIdMetadataUrl,
    log: testLog(),
    credentialsFactory,
  });
}

beforeAll(async () => {
  connector = await startConnector();
  address = { serviceUrl: connector.serviceUrl, conversationId: "a:maya", botId: testBot, tenantId: testTenant };
  teams = teamsWith();
});

afterAll(() => connector.close());

beforeEach(() => {
  connector.calls.length = 0;
  connector.people.length = 0;
  connector.answer = () => null;
});

const due = card("Induction is due", [], [], "Induction is due: plan it.");

test("a card goes to a chat alone, with what notifications say of it", async () => {
  expect(await teams.send(address, { card: due })).toEqual({ ok: true, activityId: "posted-1" });
  expect(connector.calls).toMatchObject([
    {
      method: "POST",
      path: "/teams/v3/conversations/a%3Amaya/activities",
      authorization: "Bearer test",
      body: {
        type: "message",
        from: { id: testBot },
        summary: "Induction is due: plan it.",
        attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", content: due }],
      },
    },
  ]);
  expect(connector.calls[0]?.body).not.toHaveProperty("text");
});

test("a posted card is replaced where it stands, and keeps its name when Teams does not repeat it", async () => {
  connector.answer = () => ({ status: 200, body: {} });
  expect(await teams.send(address, { card: due, replaces: "1700" })).toEqual({ ok: true, activityId: "1700" });
  expect(connector.calls).toMatchObject([{ method: "PUT", path: "/teams/v3/conversations/a%3Amaya/activities/1700" }]);
});

test("Teams may take a card without naming it", async () => {
  connector.answer = () => ({ status: 202, body: {} });
  expect(await teams.send(address, { card: due })).toEqual({ ok: true, activityId: null });
});

test("somebody's own chat is made from the roster's id", async () => {
  const opened = await teams.openChat({ ...address, conversationId: "19:maple@thread.v2" }, "29:ben");
  expect(opened).toEqual({ ok: true, address: { ...address, conversationId: "a:new-1" } });
  expect(connector.calls).toMatchObject([
    { path: "/teams/v3/conversations", body: { isGroup: false, members: [{ id: "29:ben" }], tenantId: testTenant } },
  ]);
});

describe("a tenant that another cloud serves", () => {
  const publicUrl = "https://smba.trafficmanager.net/emea/";
  const there = { serviceUrl: publicUrl, conversationId: "a:maya", botId: testBot, tenantId: testTenant };
  const wrongHost = { status: 403, body: { error: { code: "InvalidBotApiHost" } } };

  /** Both clouds are the test's connector: who was asked is seen by the addresses that were opened. */
  async function sendTo(address: Address, answers: readonly ConnectorAnswer[], times = 1) {
    const opened: string[] = [];
    const adapter = new Adapter({
      appId: testCredentials.appId,
      factory: testCredentialsFactory(),
      openIdMetadataUrl: null,
      gate: { tenants: new Set(), serviceHosts: "both" },
      tokenTenants: null,
    });
    const sender = createSender((serviceUrl) => {
      opened.push(serviceUrl);
      return adapter.connector(connector.serviceUrl);
    });
    connector.answer = () => answers[connector.calls.length - 1] ?? null;
    const sent = [];
    for (let time = 0; time < times; time += 1) sent.push(await sender.send(address, { card: due }));
    return { sent, opened };
  }

  test("is asked there once, and from then on at once", async () => {
    const { sent, opened } = await sendTo(there, [wrongHost], 2);
    expect(sent).toMatchObject([{ ok: true }, { ok: true }]);
    const other = "https://smba.infra.gcc.teams.microsoft.com/teams";
    expect(opened).toEqual([publicUrl, other, other]);
  });

  test("nor that one either: it is told, and tried no further", async () => {
    const { sent, opened } = await sendTo(there, [wrongHost, wrongHost, wrongHost]);
    expect(sent).toMatchObject([{ ok: false, failure: { status: 403, code: "InvalidBotApiHost" } }]);
    expect(opened).toHaveLength(2);
  });

  test.each([
    ["another refusal", there, { status: 403, body: { error: { code: "ForbiddenOperationException" } } }],
    [
      "an error after which it may have arrived",
      there,
      { status: 502, body: { error: { code: "InvalidBotApiHost2" } } },
    ],
    [
      "a host that is no public one",
      { ...there, serviceUrl: "https://smba.infra.gov.teams.microsoft.us/x" },
      wrongHost,
    ],
  ])("is not asked there for %s", async (_what, address, answer) => {
    const { sent, opened } = await sendTo(address, [answer]);
    expect(sent).toMatchObject([{ ok: false }]);
    expect(opened).toHaveLength(1);
  });
});

const calls: readonly [string, (teams: Teams) => Promise<unknown>][] = [
  [
    "answering",
    (to) => to.answer(address, { conversationId: "a:maya", activityId: "1" }, { kind: "text", text: "Hello" }),
  ],
  ["sending", (to) => to.send(address, { card: due })],
  ["replacing", (to) => to.send(address, { card: due, replaces: "1700" })],
  ["saying", (to) => to.say(address, "Hello")],
  ["opening a chat", (to) => to.openChat(address, "29:ben")],
  ["asking for a roster", (to) => to.directory.members({ ...address, teamId: null }).catch(() => null)],
  ["asking for one person", (to) => to.directory.member({ ...address, teamId: null }, "29:ben").catch(() => null)],
];

describe("every call to Teams is made once", () => {
  const failures: readonly [string, ConnectorAnswer][] = [
    ["500", { status: 500, body: {} }],
    ["502", { status: 502, body: {} }],
    ["503", { status: 503, body: {} }],
    ["504", { status: 504, body: {} }],
    ["429 with a time", { status: 429, body: {}, headers: { "Retry-After": "1" } }],
    ["429 without one", { status: 429, body: {} }],
    ["412", { status: 412, body: {} }],
    ["a reset connection", "reset"],
  ];

  test.each(failures)("on %s", async (_, answer) => {
    connector.answer = () => answer;
    for (const [what, call] of calls) {
      connector.calls.length = 0;
      await call(teams);
      expect([what, connector.calls.length]).toEqual([what, 1]);
    }
  });

  test("and ended after five seconds when Teams says nothing, or stops in the middle", async () => {
    const half = { status: 201, body: {}, headers: { "Content-Length": "1000" } };
    connector.answer = ({ path }) => (path.includes("half") ? half : "hang");
    const from = performance.now();
    const sent = await Promise.all([
      ...calls.map(([, call]) => call(teams)),
      teams.send({ ...address, conversationId: "half" }, { card: due }),
    ]);
    expect(performance.now() - from).toBeLessThan(6500);
    expect(connector.calls.length).toBe(calls.length + 1);
    const late = { ok: false, failure: { status: null, code: "AbortError" } };
    expect([sent[0], sent.at(-1)]).toMatchObject([late, late]);
  });
});

describe("what Teams says about a failure is kept for the outbox to judge", () => {
  test.each<[string, ConnectorAnswer, object]>([
    [
      "blocked",
      { status: 403, body: { error: { code: "ConversationBlockedByUser", message: "User blocked the conversation" } } },
      { status: 403, code: "ConversationBlockedByUser", message: "User blocked the conversation" },
    ],
    [
      "blocked, in the older form",
      { status: 403, body: { errorCode: 209, message: '{"subCode":"MessageWritesBlocked","details":"..."}' } },
      { status: 403, code: "MessageWritesBlocked" },
    ],
    [
      "blocked, nested in the newer form",
      { status: 403, body: { error: { code: "Forbidden", message: '{"subCode":"MessageWritesBlocked"}' } } },
      { status: 403, code: "MessageWritesBlocked" },
    ],
    [
      "slow down",
      { status: 429, body: { error: { code: "Throttled" } }, headers: { "Retry-After": "17" } },
      { status: 429, code: "Throttled", retryAfterSeconds: 17 },
    ],
    [
      "slow down until a date that is over",
      { status: 429, body: {}, headers: { "Retry-After": "Mon, 14 Sep 2020 01:00:00 GMT" } },
      { status: 429, retryAfterSeconds: 0 },
    ],
    ["no such conversation", { status: 404, body: { error: { code: "ConversationNotFound" } } }, { status: 404 }],
    ["a cut connection", "reset", { status: null, code: "ECONNRESET", retryAfterSeconds: null }],
  ])("%s", async (_, answer, failure) => {
    connector.answer = () => answer;
    expect(await teams.send(address, { card: due })).toMatchObject({ ok: false, failure });
  });

  test("nobody listens there", async () => {
    const nobody = { ...address, serviceUrl: "http://127.0.0.1:9/" };
    expect(await teams.send(nobody, { card: due })).toMatchObject({
      ok: false,
      failure: { status: null, code: "ECONNREFUSED" },
    });
  });

  test("without a token nothing is sent, and it is told from a message that may have arrived", async () => {
    const signRequest = () => Promise.reject(new Error("AADSTS7000215: Invalid client secret provided"));
    const locked = teamsWith(testCredentialsFactory(signRequest));
    const sent = await locked.send(address, { card: due });
    expect(sent).toMatchObject({ ok: false, failure: { status: null, code: "NoToken" } });
    expect(JSON.stringify(sent)).not.toContain("AADSTS");
    expect(connector.calls).toEqual([]);
  });
});

describe("who sits in a chat", () => {
  const ben = teamsUser("Ben");
  const member = { userId: ben.userId, aadObjectId: ben.aadObjectId, email: ben.email, userPrincipalName: ben.email };

  test("is asked page by page, of the team for a channel", async () => {
    connector.answer = ({ path }) => {
      const page = Number(new URL(path, "http://x").searchParams.get("continuationToken") ?? "0");
      const more = page < 2 ? { continuationToken: String(page + 1) } : {};
      return { status: 200, body: { members: [{ id: `29:${page}`, objectId: `aad-${page}` }], ...more } };
    };
    const people = await teams.directory.members({ ...address, teamId: "19:team@thread.tacv2" });
    expect(people.map(({ userId, aadObjectId }) => [userId, aadObjectId])).toEqual([
      ["29:0", "aad-0"],
      ["29:1", "aad-1"],
      ["29:2", "aad-2"],
    ]);
    expect(connector.calls[0]?.path).toContain(encodeURIComponent("19:team@thread.tacv2"));
  });

  test("a roster without end is left", async () => {
    connector.answer = () => ({ status: 200, body: { members: [{ id: "29:x" }], continuationToken: "again" } });
    expect((await teams.directory.members({ ...address, teamId: null })).length).toBeLessThanOrEqual(30);
  });

  test("one person is found or is not there", async () => {
    connector.people.push(ben);
    const chat = { ...address, teamId: null };
    expect(await teams.directory.member(chat, ben.userId)).toEqual(member);
    expect(await teams.directory.member(chat, "29:nobody")).toBeNull();
  });

  test("somebody of another organisation has no e-mail, as that one writes there what it likes", async () => {
    connector.answer = ({ path }) => {
      const found = [
        { id: "29:here", tenantId: testTenant.toUpperCase(), email: "maya@uni.example", userPrincipalName: "maya" },
        { id: "29:there", tenantId: "another", email: "maya@uni.example", userPrincipalName: "maya@uni.example" },
      ];
      return { status: 200, body: path.includes("paged") ? { members: found } : found[1] };
    };
    const chat = { ...address, teamId: null };
    const blank = { userId: "29:there", aadObjectId: null, email: null, userPrincipalName: null };
    expect(await teams.directory.members(chat)).toMatchObject([{ email: "maya@uni.example" }, blank]);
    expect(await teams.directory.member(chat, "29:there")).toEqual(blank);
  });

  test("of a second organisation that may use the bot, too: its administrators claim nobody here by an address", async () => {
    const other = "99999999-9999-4999-8999-999999999999";
    connector.answer = ({ path }) => {
      const found = { id: "29:there", aadObjectId: "aad-there", email: "maya@uni.example", userPrincipalName: "maya" };
      return { status: 200, body: path.includes("paged") ? { members: [found] } : found };
    };
    const known = { userId: "29:there", aadObjectId: "aad-there", email: null, userPrincipalName: null };
    const chat = { ...address, tenantId: other, teamId: null };
    for (const both of [teamsWith(undefined, [testTenant, other]), teamsWith(undefined, [other, testTenant])]) {
      expect(await both.directory.members(chat)).toEqual([known]);
      expect(await both.directory.member(chat, "29:there")).toEqual(known);
      expect(await both.directory.member({ ...address, teamId: null }, "29:there")).toMatchObject({
        email: "maya@uni.example",
      });
    }
  });

  test("when Teams does not answer, that is not the same as nobody", async () => {
    connector.answer = () => ({ status: 503, body: {} });
    const chat = { ...address, teamId: null };
    await expect(teams.directory.member(chat, ben.userId)).rejects.toThrow("Teams did not answer");
    await expect(teams.directory.members(chat)).rejects.toThrow("Teams did not answer");
  });
});
