import { createHmac } from "node:crypto";
import { generateKeyPair } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Incoming } from "../../src/platform/teams/incoming.ts";
import {
  activitiesOf,
  startConnector,
  startService,
  startTokenIssuer,
  teamsUser,
  testCredentials,
  type Connector,
  type TestService,
  type TokenChanges,
  type TokenIssuer,
} from "../support/teams.ts";

/** Before the service is made: what still comes here is really printed. */
const print = vi.spyOn(console, "error").mockImplementation(() => undefined);

const maya = teamsUser("Maya");
const heard: Incoming[] = [];
const turns = () => (incoming: Incoming) => {
  heard.push(incoming);
  return Promise.resolve({ response: { kind: "text" as const, text: "done" }, posts: [] });
};

let issuer: TokenIssuer;
let connector: Connector;
let service: TestService;

beforeAll(async () => {
  issuer = await startTokenIssuer();
  connector = await startConnector();
  service = await startService({ turns, issuer });
});

afterAll(async () => {
  await service.close();
  await issuer.close();
  await connector.close();
});

beforeEach(() => {
  heard.length = 0;
  service.log.lines.length = 0;
});

function press(serviceUrl = connector.serviceUrl) {
  return activitiesOf(serviceUrl).execute(maya, "logbook.save");
}

async function statusFor(changes: TokenChanges, activity = press()): Promise<number> {
  const { status, body } = await service.post(activity, await issuer.token(connector.serviceUrl, changes));
  if (status !== 200) expect(body).toBeNull();
  expect(heard.length).toBe(status === 200 ? 1 : 0);
  return status;
}

test("a token of Bot Framework is let in", async () => {
  expect(await statusFor({})).toBe(200);
});

test("a token that ended within the five minutes by which clocks may differ is let in", async () => {
  expect(await statusFor({ expiresIn: -60 })).toBe(200);
});

describe("tokens that are no good are 401, with nothing about why", () => {
  test.each<[string, TokenChanges]>([
    ["expired", { expiresIn: -3600 }],
    ["not valid yet", { claims: { nbf: Math.floor(Date.now() / 1000) + 3600 } }],
    ["of another issuer", { claims: { iss: "https://evil.example" } }],
    ["without an issuer", { without: ["iss"] }],
    ["for another bot", { claims: { aud: "33333333-3333-4333-8333-333333333333" } }],
    ["for nobody", { without: ["aud"] }],
    ["for another service address", { claims: { serviceurl: "https://smba.trafficmanager.net/amer/" } }],
    ["for no service address", { without: ["serviceurl"] }],
    ["with an unknown key's name", { keyId: "key-2" }],
    ["of another bot that calls itself", { claims: { ver: "2.0", azp: "another", tid: testCredentials.tenantId } }],
    ["of a tenant that is not ours", { claims: { tid: "99999999-9999-4999-8999-999999999999" } }],
    [
      "of Microsoft's emulator",
      { claims: { iss: "https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/", ver: "1.0" } },
    ],
  ])("%s", async (_, changes) => {
    expect(await statusFor(changes)).toBe(401);
  });

  test("signed with another key of the same name", async () => {
    const { privateKey } = await generateKeyPair("RS256");
    expect(await statusFor({ key: privateKey })).toBe(401);
  });

  test.each([
    ["without a signature", "none"],
    ["signed with the public key as a secret", "HS256"],
  ])("%s", async (_, alg) => {
    const token = await issuer.token(connector.serviceUrl);
    const header = Buffer.from(JSON.stringify({ alg, kid: "key-1", typ: "JWT" })).toString("base64url");
    const [, payload = ""] = token.split(".");
    const hmac = createHmac("sha256", issuer.publicKeyPem).update(`${header}.${payload}`).digest("base64url");
    const signature = alg === "none" ? "" : hmac;
    expect((await service.post(press(), `${header}.${payload}.${signature}`)).status).toBe(401);
    expect(heard).toEqual([]);
  });

  test("changed after it was signed", async () => {
    const [header = "", , signature = ""] = (await issuer.token(connector.serviceUrl)).split(".");
    const [, payload = ""] = (await issuer.token(connector.serviceUrl, { claims: { jti: "changed" } })).split(".");
    expect((await service.post(press(), `${header}.${payload}.${signature}`)).status).toBe(401);
    expect(heard).toEqual([]);
  });

  test.each(["", "x", "a.b.c", "..", "null", "x".repeat(8000)])("%.10j", async (token) => {
    expect((await service.post(press(), token)).status).toBe(401);
    expect(heard).toEqual([]);
  });

  test("none at all", async () => {
    expect((await service.post(press())).status).toBe(401);
    expect(heard).toEqual([]);
  });

  test("none at all for a skill, an emulator or the App Service channel", async () => {
    for (const channelId of ["emulator", "AseChannel"]) {
      const activity = { ...press(), channelId, recipient: { id: "28:x", role: "skill" } };
      expect((await service.post(activity)).status).toBe(401);
    }
    expect(heard).toEqual([]);
  });
});

describe("a token that was let in once", () => {
  test("is let in again, and each time its activity is looked at anew", async () => {
    const token = await issuer.token(connector.serviceUrl);
    expect((await service.post(press(), token)).status).toBe(200);
    expect((await service.post(press(), token)).status).toBe(200);
    const stranger = activitiesOf(connector.serviceUrl, "99999999-9999-4999-8999-999999999999").typed(maya, "help");
    expect((await service.post(stranger, token)).status).toBe(403);
    expect(heard.length).toBe(2);
  });

  test("opens no other service address, no other channel, and no other token", async () => {
    const token = await issuer.token(connector.serviceUrl);
    expect((await service.post(press(), token)).status).toBe(200);
    expect((await service.post(press("https://smba.trafficmanager.net/amer/"), token)).status).toBe(401);
    expect((await service.post({ ...press(), channelId: "webchat" }, token)).status).toBe(401);
    expect((await service.post(press(), `${token}x`)).status).toBe(401);
    expect(heard.length).toBe(1);
  });
});

describe("a good token is not enough", () => {
  test("an unknown tenant gets no answer at all, and a warning is logged", async () => {
    const activity = activitiesOf(connector.serviceUrl, "99999999-9999-4999-8999-999999999999").typed(maya, "help");
    expect(await service.post(activity, await issuer.token(connector.serviceUrl))).toEqual({ status: 403, body: null });
    expect(heard).toEqual([]);
    expect(connector.calls).toEqual([]);
    expect(service.log.lines).toMatchObject([
      { level: "warn", fields: { why: "unknown-tenant", tenant: "99999999-9999-4999-8999-999999999999" } },
    ]);
  });

  test("a token of ours names the app's own tenant when no other is allowed", async () => {
    expect(await statusFor({ claims: { tid: testCredentials.tenantId } })).toBe(200);
  });

  test("a body without a service address, for which the SDK would skip the check", async () => {
    const { serviceUrl: _, ...rest } = press();
    expect(await statusFor({}, rest)).toBe(400);
  });

  test("a service address that is none of Teams', though the token names it too", async () => {
    const elsewhere = "https://evil.example/";
    const { status } = await service.post(press(elsewhere), await issuer.token(elsewhere));
    expect(status).toBe(403);
    expect(heard).toEqual([]);
  });

  test("another channel", async () => {
    const activity = { ...press(), channelId: "webchat" };
    // The key is endorsed for Teams only, which the SDK checks before our gate does.
    expect(await statusFor({}, activity)).toBe(401);
  });
});

test("a flood of bad tokens is told in a line a second, without keys or stacks on the console", async () => {
  const { privateKey } = await generateKeyPair("RS256");
  const token = await issuer.token(connector.serviceUrl, { key: privateKey });
  const expired = await issuer.token(connector.serviceUrl, { expiresIn: -3600 });
  for (let count = 0; count < 10; count++) {
    await service.post(press(), token);
    await service.post(press(), expired);
  }
  expect(service.log.lines.length).toBeLessThanOrEqual(3);
  expect(print).not.toHaveBeenCalled();
});

test("when Microsoft's keys cannot be reached the answer is 503, and the process goes on", async () => {
  const dead = await startTokenIssuer();
  const metadataUrl = dead.metadataUrl;
  const token = await dead.token(connector.serviceUrl);
  await dead.close();
  const lonely = await startService({ turns, issuer: { metadataUrl } });
  expect(await lonely.post(press(), token)).toEqual({ status: 503, body: null });
  expect(await lonely.post(press(), token)).toEqual({ status: 503, body: null });
  expect((await fetch(`${lonely.url}/health/live`)).status).toBe(200);
  expect(heard).toEqual([]);
  await lonely.close();
});

test("with Microsoft's own keys, addresses on this machine stay out", async () => {
  const dead = await startService({ turns, issuer: { metadataUrl: null }, credentialsFactory: openDoor });
  const { status } = await dead.post(press(), await issuer.token(connector.serviceUrl));
  expect([401, 403, 503]).toContain(status);
  expect(heard).toEqual([]);
  await dead.close();
});

test("without credentials nobody is asked for a token, and only this machine may be answered", async () => {
  const local = await startService({ turns });
  expect((await local.post(press())).status).toBe(200);
  expect((await local.post(press("https://smba.trafficmanager.net/amer/"))).status).toBe(403);
  expect(heard.length).toBe(1);
  await local.close();
});

/** Credentials with which the SDK asks nobody: what is left is the gate. */
const openDoor = {
  isValidAppId: () => Promise.resolve(true),
  isAuthenticationDisabled: () => Promise.resolve(true),
  createCredentials: () => Promise.resolve({ signRequest: (request: never) => Promise.resolve(request) }),
};
