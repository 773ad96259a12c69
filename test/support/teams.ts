import { createPublicKey } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from "jose";
import type { Deps, Page } from "../../src/core/feature.ts";
import type { PersonId } from "../../src/core/ids.ts";
import type { Log } from "../../src/core/ports.ts";
import { createServer as createHttpServer, type HttpServer } from "../../src/platform/http.ts";
import type { CredentialsFactory } from "../../src/platform/teams/adapter.ts";
import type { Credentials } from "../../src/platform/teams/credentials.ts";
import { createTeams, type Teams } from "../../src/platform/teams/teams.ts";
import type { Turns } from "../../src/platform/teams/turns.ts";
import type { TurnSlots } from "../../src/platform/turn-slots.ts";

/** Somebody as Teams knows them. */
export interface TeamsUser {
  readonly userId: string;
  readonly aadObjectId: string;
  readonly email: string;
  readonly name: string;
}

/** The same name is always the same person. */
export function teamsUser(name: string): TeamsUser {
  const key = name.toLowerCase().replaceAll(/[^a-z]+/g, "-");
  return { userId: `29:${key}`, aadObjectId: `aad-${key}`, email: `${key}@example.edu`, name };
}

export const testTenant = "11111111-1111-4111-8111-111111111111";
export const testBot = "28:22222222-2222-4222-8222-222222222222";

export const testCredentials: Credentials = {
  appId: "22222222-2222-4222-8222-222222222222",
  appType: "SingleTenant",
  tenantId: testTenant,
  password: "not a secret",
};

type SignRequest = Awaited<ReturnType<CredentialsFactory["createCredentials"]>>["signRequest"];

/** Proves who we are without a token service: calls carry `Bearer test`. */
export function testCredentialsFactory(signRequest: SignRequest = signAsTest): CredentialsFactory {
  return {
    isValidAppId: (id) => Promise.resolve(id === testCredentials.appId),
    isAuthenticationDisabled: () => Promise.resolve(false),
    createCredentials: () => Promise.resolve({ signRequest }),
  };
}

const signAsTest: SignRequest = (request) => {
  request.headers.set("Authorization", "Bearer test");
  return Promise.resolve(request);
};

/** What stands in for Bot Framework's keys: a key pair and the OpenID document that names it. */
export interface TokenIssuer {
  readonly metadataUrl: string;
  /** As the SDK writes it. */
  readonly publicKeyPem: string;
  /** A token as Bot Framework makes it for `serviceUrl`; anything of it can be changed to make it a bad one. */
  token(serviceUrl: string, changes?: TokenChanges): Promise<string>;
  close(): Promise<void>;
}

export interface TokenChanges {
  readonly claims?: JWTPayload;
  readonly without?: readonly string[];
  readonly keyId?: string;
  readonly key?: CryptoKey;
  /** Seconds from now. */
  readonly expiresIn?: number;
}

const keyId = "key-1";

export async function startTokenIssuer(): Promise<TokenIssuer> {
  const { privateKey, publicKey } = await generateKeyPair("RS256");
  const jwk = { ...(await exportJWK(publicKey)), kid: keyId, use: "sig", endorsements: ["msteams"] };
  const publicKeyPem = createPublicKey({ key: jwk, format: "jwk" }).export({ type: "pkcs1", format: "pem" });
  const { url, close } = await serve((request, _body, respond) => {
    if (request.url === "/keys") respond(200, { keys: [jwk] });
    else respond(200, { issuer: "https://api.botframework.com", jwks_uri: `${url}/keys` });
  });
  return {
    metadataUrl: `${url}/openid`,
    publicKeyPem,
    token: (serviceUrl, { claims, without = [], keyId: kid = keyId, key = privateKey, expiresIn = 3600 } = {}) => {
      const now = Math.floor(Date.now() / 1000);
      const payload: JWTPayload = {
        iss: "https://api.botframework.com",
        aud: testCredentials.appId,
        serviceurl: serviceUrl,
        nbf: now - 3600,
        exp: now + expiresIn,
        ...claims,
      };
      const kept = Object.fromEntries(Object.entries(payload).filter(([name]) => !without.includes(name)));
      return new SignJWT(kept).setProtectedHeader({ alg: "RS256", kid, typ: "JWT" }).sign(key);
    },
    close,
  };
}

/** A call that the bot made to Teams. */
export interface ConnectorCall {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

/** `reset` cuts the connection, `hang` never answers. */
export type ConnectorAnswer =
  | { readonly status: number; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> }
  | "reset"
  | "hang";

/** What stands in for Teams' service: it keeps what it was asked and knows who is in every chat. */
export interface Connector {
  readonly serviceUrl: string;
  readonly calls: ConnectorCall[];
  /** In every chat. */
  readonly people: TeamsUser[];
  /** Replaces the usual answer; `null`: as usual. */
  answer: (call: ConnectorCall) => ConnectorAnswer | null;
  close(): Promise<void>;
}

export async function startConnector(): Promise<Connector> {
  const calls: ConnectorCall[] = [];
  const people: TeamsUser[] = [];
  const { url, close } = await serve((request, text, respond) => {
    const call: ConnectorCall = {
      method: request.method ?? "",
      path: request.url ?? "",
      authorization: request.headers.authorization ?? null,
      body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
    calls.push(call);
    const answer = connector.answer(call) ?? usualAnswer(call, people, calls.length);
    if (answer === "reset") request.socket.destroy();
    else if (answer !== "hang") respond(answer.status, answer.body, answer.headers);
  });
  const connector: Connector = { serviceUrl: `${url}/teams/`, calls, people, answer: () => null, close };
  return connector;
}

function usualAnswer({ method, path }: ConnectorCall, people: readonly TeamsUser[], count: number): ConnectorAnswer {
  const one = /\/members\/([^/?]+)$/.exec(path)?.[1];
  if (method === "GET" && one !== undefined) {
    const person = people.find(({ userId }) => userId === decodeURIComponent(one));
    if (person === undefined) return { status: 404, body: { error: { code: "MemberNotFoundInConversation" } } };
    return { status: 200, body: asMember(person) };
  }
  if (path.includes("/pagedmembers")) return { status: 200, body: { members: people.map(asMember) } };
  if (path.endsWith("/v3/conversations")) return { status: 201, body: { id: `a:new-${count}` } };
  return { status: 201, body: { id: `posted-${count}` } };
}

function asMember({ userId, aadObjectId, email, name }: TeamsUser): object {
  return { id: userId, aadObjectId, email, userPrincipalName: email, name, tenantId: testTenant };
}

type Json = Readonly<Record<string, unknown>>;

/** Builds activities as Teams sends them. */
export function activitiesOf(serviceUrl: string, tenantId = testTenant) {
  let count = 0;
  const base = (from: TeamsUser | null, chat: TestChat, more: Json): Json => {
    count += 1;
    return {
      id: `activity-${count}`,
      channelId: "msteams",
      serviceUrl,
      timestamp: "2026-09-14T01:00:00.000Z",
      ...(from === null ? {} : { from: { id: from.userId, name: from.name, aadObjectId: from.aadObjectId } }),
      recipient: { id: testBot, name: "Waymark" },
      conversation: { ...chat.conversation, tenantId },
      locale: "en-GB",
      ...more,
      channelData: { tenant: { id: tenantId }, ...chat.channelData, ...(more["channelData"] as Json | undefined) },
    };
  };
  const mention = { type: "mention", mentioned: { id: testBot, name: "Waymark" }, text: "<at>Waymark</at>" };
  return {
    typed: (from: TeamsUser, text: string, chat = personal(from)): Json =>
      chat.isPersonal
        ? base(from, chat, { type: "message", text, textFormat: "plain" })
        : base(from, chat, { type: "message", text: `<at>Waymark</at> ${text}`, entities: [mention] }),
    execute: (from: TeamsUser, verb: string, data: Json = {}, chat = personal(from)): Json =>
      base(from, chat, {
        type: "invoke",
        name: "adaptiveCard/action",
        value: { action: { type: "Action.Execute", verb, data: { ...data, verb } }, trigger: "manual" },
      }),
    submit: (from: TeamsUser, verb: string, data: Json = {}, chat = personal(from)): Json =>
      base(from, chat, { type: "message", value: { ...data, verb }, replyToId: "1" }),
    installation: (from: TeamsUser | null, action: string, chat: TestChat): Json =>
      base(from, chat, { type: "installationUpdate", action }),
    update: (from: TeamsUser | null, chat: TestChat, more: Json): Json =>
      base(from, chat, { type: "conversationUpdate", ...more }),
  };
}

export interface TestChat {
  readonly isPersonal: boolean;
  readonly conversation: Json;
  readonly channelData: Json;
}

export function personal(user: TeamsUser): TestChat {
  const conversation = { id: `a:${user.userId}`, conversationType: "personal" };
  return { isPersonal: true, conversation, channelData: {} };
}

export function groupChat(name: string): TestChat {
  const conversation = { id: `19:${name}@thread.v2`, conversationType: "groupChat", isGroup: true };
  return { isPersonal: false, conversation, channelData: {} };
}

export function channel(team: string, name: string, thread?: string): TestChat {
  const id = `19:${name}@thread.tacv2${thread === undefined ? "" : `;messageid=${thread}`}`;
  return {
    isPersonal: false,
    conversation: { id, conversationType: "channel", isGroup: true },
    channelData: { team: { id: `19:${team}@thread.tacv2` }, channel: { id: `19:${name}@thread.tacv2`, name } },
  };
}

/** What was logged, to be looked at. */
export interface TestLog extends Log {
  readonly lines: { readonly level: "info" | "warn" | "error"; readonly message: string; readonly fields: Json }[];
}

export function testLog(): TestLog {
  const lines: TestLog["lines"] = [];
  const write =
    (level: "info" | "warn" | "error") =>
    (message: string, fields: Json = {}) => {
      lines.push({ level, message, fields });
    };
  return { lines, info: write("info"), warn: write("warn"), error: write("error") };
}

export interface TestService {
  readonly url: string;
  readonly teams: Teams;
  readonly log: TestLog;
  readonly http: HttpServer;
  /** @param token none: without an `Authorization` header */
  post(activity: Json, token?: string): Promise<TestAnswer>;
  close(): Promise<void>;
}

export interface TestAnswer {
  readonly status: number;
  /** `null` when empty. */
  readonly body: Json | null;
}

/** A service on a free port with these turns behind it, whole from HTTP on. Without an issuer it runs in local mode. */
export async function startService(options: {
  readonly turns: (teams: Teams, log: TestLog) => Turns;
  readonly issuer?: TokenIssuer | { readonly metadataUrl: string | null };
  readonly allowedTenants?: readonly string[];
  readonly credentialsFactory?: CredentialsFactory;
  readonly pages?: readonly Page[];
  readonly deps?: () => Deps | null;
  readonly readLink?: (page: string, token: string) => string | null;
  readonly findTrouble?: () => Promise<string | null>;
  readonly patienceMs?: number;
  readonly slots?: () => TurnSlots | null;
  readonly onUnanswered?: (person: PersonId) => Promise<void>;
}): Promise<TestService> {
  const log = testLog();
  const { issuer } = options;
  const teams = createTeams({
    credentials: issuer === undefined ? null : testCredentials,
    allowedTenants: options.allowedTenants ?? [],
    openIdMetadataUrl: issuer?.metadataUrl ?? null,
    log,
    ...(options.slots === undefined ? {} : { slots: options.slots }),
    ...(options.onUnanswered === undefined ? {} : { onUnanswered: options.onUnanswered }),
    ...(issuer === undefined ? {} : { credentialsFactory: options.credentialsFactory ?? testCredentialsFactory() }),
  });
  const http = createHttpServer({
    receive: teams.listen(options.turns(teams, log)),
    findTrouble: options.findTrouble ?? (() => Promise.resolve(null)),
    pages: options.pages ?? [],
    deps: options.deps ?? (() => null),
    readLink: options.readLink ?? (() => null),
    log,
    ...(options.patienceMs === undefined ? {} : { patienceMs: options.patienceMs }),
  });
  const url = `http://127.0.0.1:${await http.listen(0, "127.0.0.1")}`;
  return {
    url,
    teams,
    log,
    http,
    post: async (activity, token) => {
      const response = await fetch(`${url}/api/messages`, {
        method: "POST",
        headers: {
          "Content-Type": "application/json; charset=utf-8",
          ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify(activity),
      });
      const text = await response.text();
      return { status: response.status, body: text === "" ? null : (JSON.parse(text) as Json) };
    },
    close: () => http.close(),
  };
}

type Respond = (status: number, body: unknown, headers?: Readonly<Record<string, string>>) => void;

/** A small HTTP server on a free port that hands over whole bodies. */
async function serve(
  handle: (request: IncomingMessage, body: string, respond: Respond) => void,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const server: Server = createServer((request: IncomingMessage, response: ServerResponse) => {
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => (text += chunk));
    request.on("end", () =>
      handle(request, text, (status, body, headers = {}) => {
        response.writeHead(status, { "Content-Type": "application/json", ...headers });
        response.end(JSON.stringify(body));
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
