import { afterEach, expect, test } from "vitest";
import { faults, startConnector, teamsEnforced, type Connector, type ConnectorOptions } from "../support/connector.ts";

/** The simulator of the Bot Connector, by whose account everything else is judged. */

let connector: Connector;
afterEach(() => connector.stop());

async function start(options: ConnectorOptions = {}): Promise<void> {
  connector = await startConnector({ latencyMs: 0, ...options });
}

async function call(method: string, path: string, body?: unknown): Promise<{ status: number; headers: Headers }> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const { status, headers } = await fetch(`${connector.url}/v3/${path}`, { method, ...sent });
  return { status, headers };
}
const post = (chat: string) => call("POST", `conversations/${chat}/activities`, { text: "hello" });

test("counts a message that was delivered and not answered for, and none that was refused", async () => {
  await start();
  const delivered = [faults.badGatewayAfterDelivery, faults.resetAfterDelivery, faults.truncated];
  const refused = [faults.serverError, faults.reset, faults.throttled(2), faults.tooBig, faults.blockedByUser];
  for (const fault of [...delivered, ...refused]) {
    connector.fail(fault);
    await post("a").catch(() => null);
  }
  expect(connector.accepted).toHaveLength(delivered.length);
  expect((await post("a")).status).toBe(201);
});

test("takes as many posts into one conversation as Teams does, and says how long to wait", async () => {
  await start({ limits: teamsEnforced });
  const answers = [];
  for (let count = 0; count < 8; count += 1) answers.push(await post("a"));
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201, 201, 201, 429]);
  expect(answers[7]?.headers.get("retry-after")).toBe("1");
  expect(connector.accepted).toHaveLength(7);
  expect((await post("b")).status).toBe(201);
});

test("takes 50 calls a second of all kinds together", async () => {
  await start({ limits: teamsEnforced });
  connector.members("a", [{ id: "29:amir" }]);
  const calls = Array.from({ length: 60 }, (_, at) => {
    if (at % 3 === 0) return call("GET", `conversations/chat-${at}/members`);
    if (at % 3 === 1) return call("POST", "conversations", { members: [{ id: `29:${at}` }] });
    return post(`chat-${at}`);
  });
  const statuses = (await Promise.all(calls)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 429)).toHaveLength(10);
});

test("gives one person one chat, and keeps account of it", async () => {
  await start();
  for (let times = 0; times < 2; times += 1)
    expect((await call("POST", "conversations", { members: [{ id: "29:amir" }] })).status).toBe(201);
  expect(connector.opened.map(({ conversationId }) => conversationId)).toEqual(["a:29:amir", "a:29:amir"]);
  connector.fail(faults.notInstalled);
  expect((await call("POST", "conversations", { members: [{ id: "29:ben" }] })).status).toBe(403);
  expect(connector.opened).toHaveLength(2);
});
