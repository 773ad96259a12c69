import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Card } from "../../src/core/card.ts";
import { createSlidingWindows, type Window } from "./sliding-windows.ts";

/** A message that the connector took: it stands in the conversation, whatever the sender was told. */
export interface Accepted {
  readonly conversationId: string;
  readonly activityId: string;
  readonly activity: Readonly<Record<string, unknown>>;
  /** The card it carries; `null`: text only. */
  readonly card: Card | null;
  /** When it came: milliseconds since 1970, with fractions. */
  readonly at: number;
}

/** A call that came in, whatever became of it. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly conversationId: string | null;
  readonly at: number;
  readonly status: number | null;
}

/** A chat of one person with the bot. */
export interface Opened {
  readonly conversationId: string;
  readonly userId: string;
  readonly at: number;
}

export interface Member {
  /** `29:...` */
  readonly id: string;
  readonly name?: string;
  readonly aadObjectId?: string;
  readonly email?: string;
  readonly userPrincipalName?: string;
}

/** What goes wrong. `delivered`: the message stands in the conversation all the same. */
export type Fault =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly code?: string;
      readonly message?: string;
      readonly retryAfter?: string;
      readonly delivered?: boolean;
    }
  /** The connection is cut instead of an answer. */
  | { readonly kind: "reset"; readonly delivered?: boolean }
  /** The answer stops in the middle: it was delivered. */
  | { readonly kind: "truncated" }
  /** No answer for so long: the default is for ever. */
  | { readonly kind: "hang"; readonly ms?: number; readonly delivered?: boolean };

/** The faults that Teams is known for. */
export const faults = {
  throttled: (retryAfterSeconds?: number): Fault => ({
    kind: "answer",
    status: 429,
    code: "Throttled",
    message: "Too many requests",
    ...(retryAfterSeconds === undefined ? {} : { retryAfter: String(retryAfterSeconds) }),
  }),
  blockedByUser: answer(403, "ConversationBlockedByUser", "User blocked the conversation with the bot"),
  disabledByAdmin: answer(403, "BotDisabledByAdmin", "The tenant admin disabled this bot"),
  /** As seen: no code of its own, but JSON in a string. */
  writesBlocked: {
    kind: "answer",
    status: 403,
    message: JSON.stringify({
      subCode: "MessageWritesBlocked",
      details: "Thread is blocked for writes",
      errorCode: 209,
    }),
  },
  notInRoster: answer(403, "BotNotInConversationRoster", "The bot is not part of the conversation roster."),
  notInstalled: answer(403, "ForbiddenOperationException", "The bot is not installed in user's personal scope"),
  wrongHost: answer(403, "InvalidBotApiHost", "Invalid bot api host"),
  notPermitted: answer(403, "NotEnoughPermissions", "The bot has not the permissions for this"),
  noConversation: answer(404, "ConversationNotFound", "Conversation not found."),
  noActivity: answer(404, "ActivityNotFoundInConversation", "Activity not found."),
  badArgument: answer(400, "BadArgument", "Unknown attachment type"),
  notRegistered: answer(401, "BotNotRegistered", "Bot is not registered"),
  preconditionFailed: answer(412, "PreconditionFailed", "Precondition failed, please try again."),
  tooBig: answer(413, "MessageSizeTooBig", "Message size too large."),
  serverError: answer(500, "ServiceError", "Something went wrong"),
  unavailable: answer(503, "ServiceUnavailable", "Try again later"),
  badGateway: answer(502, "BadGateway", "Bad gateway"),
  gatewayTimeout: answer(504, "GatewayTimeout", "Gateway timeout"),
  badGatewayAfterDelivery: { kind: "answer", status: 502, code: "BadGateway", delivered: true },
  reset: { kind: "reset" },
  resetAfterDelivery: { kind: "reset", delivered: true },
  truncated: { kind: "truncated" },
  hang: { kind: "hang" },
  hangAfterDelivery: { kind: "hang", delivered: true },
} as const;

function answer(status: number, code: string, message: string): Fault {
  return { kind: "answer", status, code, message };
}

/** At most so many in each of these windows, by the connector's clock. */
export interface Enforced {
  /** All calls together. */
  readonly perSecond: number;
  /** Posts and updates in one conversation. */
  readonly conversation: readonly Window[];
  /** Questions about the people of one. */
  readonly roster?: readonly Window[];
}

/** As documented for Teams. */
export const teamsEnforced: Enforced = {
  perSecond: 50,
  conversation: [
    [7, 1],
    [8, 2],
    [60, 30],
    [1800, 3600],
  ],
  roster: [
    [14, 1],
    [16, 2],
    [120, 30],
    [3600, 3600],
  ],
};

export interface ConnectorOptions {
  /** Before each answer. */
  readonly latencyMs?: number;
  /** Beyond it, 429 is answered and nothing delivered. Default: no limit. */
  readonly limits?: Enforced | null;
  /** `Retry-After` of those 429. Default 1; `null`: without. */
  readonly retryAfterSeconds?: number | null;
  /** Sees each message before it is taken: a fault for some of them. */
  readonly faultFor?: (conversationId: string, activity: Readonly<Record<string, unknown>>) => Fault | null;
  readonly port?: number;
}

interface PlannedFault {
  readonly fault: Fault;
  readonly conversationId: string | undefined;
  readonly method: string;
  left: number;
}

export type Connector = Awaited<ReturnType<typeof startConnector>>;

/**
 * A Bot Connector on a port of its own that keeps account of what it took: what really stands in the conversations, as
 * opposed to what a sender believes.
 *
 *     const connector = await startConnector();
 *     connector.fail(faults.throttled(2), { conversationId: "a:ben" });   // the next post there
 *     connector.fail(faults.serverError, { times: 3 });                   // the next three posts anywhere
 *     connector.accepted;                                                 // oldest first
 */
export async function startConnector(options: ConnectorOptions = {}) {
  const latencyMs = options.latencyMs ?? 30;
  const accepted: Accepted[] = [];
  const updates: Accepted[] = [];
  const calls: Call[] = [];
  const planned: PlannedFault[] = [];
  const rosters = new Map<string, readonly Member[]>();
  const windows = createSlidingWindows();
  const opened: Opened[] = [];
  const hanging = new Set<ServerResponse>();
  let made = 0;

  /** Counts the call when it is within the limits. */
  function isWithinLimits({ method, conversationId, at }: Omit<Call, "status">): boolean {
    const { limits } = options;
    if (limits === undefined || limits === null) return true;
    const own = method === "GET" ? limits.roster : limits.conversation;
    return windows.pass(
      [
        ["all", [[limits.perSecond, 1]]],
        ...(conversationId === null || own === undefined
          ? []
          : [[`${method === "GET" ? "roster" : "posts"} ${conversationId}`, own] as const]),
      ],
      at,
    );
  }

  function takeFault(method: string, conversationId: string): Fault | null {
    const at = planned.findIndex(
      (each) => each.method === method && (each.conversationId ?? conversationId) === conversationId,
    );
    const found = planned[at];
    if (found === undefined) return null;
    found.left -= 1;
    if (found.left <= 0) planned.splice(at, 1);
    return found.fault;
  }

  async function take(
    request: IncomingMessage,
    response: ServerResponse,
    call: Omit<Call, "status">,
    replaces: string | null,
  ): Promise<number | null> {
    const conversationId = call.conversationId ?? "";
    const activity = await readJson(request);
    const fault = takeFault(call.method, conversationId) ?? options.faultFor?.(conversationId, activity) ?? null;
    const isStanding = replaces === null || accepted.some(({ activityId }) => activityId === replaces);
    const isTaken = fault === null || fault.kind === "truncated" || fault.delivered === true;
    made += 1;
    const activityId = replaces ?? `1:${made}`;
    if (isTaken && isStanding)
      (replaces === null ? accepted : updates).push({
        conversationId,
        activityId,
        activity,
        card: cardOf(activity),
        at: call.at,
      });
    await sleep(latencyMs);
    if (fault !== null) return give(response, fault);
    if (!isStanding) return give(response, faults.noActivity);
    return reply(response, replaces === null ? 201 : 200, { id: activityId });
  }

  function give(response: ServerResponse, fault: Fault): number | null {
    switch (fault.kind) {
      case "answer": {
        if (fault.retryAfter !== undefined) response.setHeader("Retry-After", fault.retryAfter);
        const error = { ...(fault.code === undefined ? {} : { code: fault.code }), message: fault.message ?? "" };
        return reply(response, fault.status, { error });
      }
      case "reset":
        response.socket?.resetAndDestroy();
        return null;
      case "truncated":
        response.writeHead(201, { "Content-Type": "application/json", "Content-Length": 100 });
        response.write('{"id":"');
        setTimeout(() => response.socket?.destroy(), 5);
        return 201;
      case "hang":
        hanging.add(response);
        if (fault.ms !== undefined) setTimeout(() => reply(response, 201, { id: `1:late${made}` }), fault.ms);
        return null;
    }
  }

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://connector");
    const parts = url.pathname
      .split("/")
      .filter((part) => part !== "")
      .map(decodeURIComponent);
    const method = request.method ?? "";
    const [, scope, conversationId = null, what, which] = parts;
    const call = { method, path: url.pathname, conversationId, at: performance.timeOrigin + performance.now() };
    const status = await answerTo();
    calls.push({ ...call, status });

    async function answerTo(): Promise<number | null> {
      if (parts[0] !== "v3") return reply(response, 404, {});
      if (!isWithinLimits(call)) {
        const seconds = options.retryAfterSeconds === undefined ? 1 : options.retryAfterSeconds;
        await readJson(request);
        await sleep(latencyMs);
        return give(response, faults.throttled(seconds ?? undefined));
      }
      if (scope === "conversations" && conversationId === null && method === "POST") {
        const { members: asked } = await readJson(request);
        await sleep(latencyMs);
        const fault = takeFault("POST", "");
        if (fault !== null) return give(response, fault);
        const [first] = Array.isArray(asked) ? asked : [];
        const userId = String(first?.id);
        const id = `a:${userId}`;
        opened.push({ conversationId: id, userId, at: call.at });
        return reply(response, 201, { id, serviceUrl: `${address}/` });
      }
      if (conversationId === null) return reply(response, 404, {});
      if (scope === "conversations" && what === "activities") {
        if (method === "POST") return take(request, response, call, null);
        if (method === "PUT" && which !== undefined) return take(request, response, call, which);
      }
      const fault = takeFault(method, conversationId);
      await sleep(latencyMs);
      if (fault !== null) return give(response, fault);
      if (scope === "teams" && method === "GET")
        return reply(response, 200, what === "conversations" ? { conversations: [] } : { id: conversationId });
      const roster = rosters.get(conversationId);
      if (method !== "GET" || roster === undefined) return give(response, faults.noConversation);
      if (what === "members" && which === undefined) return reply(response, 200, roster);
      if (what === "members") {
        const member = roster.find(({ id, aadObjectId }) => id === which || aadObjectId === which);
        return member === undefined ? reply(response, 404, {}) : reply(response, 200, member);
      }
      if (what !== "pagedmembers") return reply(response, 404, {});
      // Teams makes pages of 50 to 500.
      const size = Math.min(500, Math.max(50, Number(url.searchParams.get("pageSize") ?? 200)));
      const from = Number(url.searchParams.get("continuationToken") ?? 0);
      const isLast = from + size >= roster.length;
      return reply(response, 200, {
        members: roster.slice(from, from + size),
        ...(isLast ? {} : { continuationToken: String(from + size) }),
      });
    }
  }

  const server = createServer((request, response) => {
    route(request, response).catch(() => response.destroy());
  });
  // The sender keeps its connections; a test that stops the connector wants them gone.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const bound = server.address();
  const address = `http://127.0.0.1:${typeof bound === "object" && bound !== null ? bound.port : 0}`;

  return {
    /** The `serviceUrl` of activities, without a slash at the end. */
    url: address,
    /** New messages that stand in a conversation. */
    accepted: accepted as readonly Accepted[],
    /** New forms of messages that stand. */
    updates: updates as readonly Accepted[],
    calls: calls as readonly Call[],
    /** Chats with one person that were asked for and given: the same one each time. */
    opened: opened as readonly Opened[],

    /** The next posts, `times` of them (default 1), in that conversation or anywhere, fail so. `method`: `PUT` for updates. */
    fail(fault: Fault, where: { conversationId?: string; times?: number; method?: "POST" | "PUT" | "GET" } = {}): void {
      const { conversationId, times = 1, method = "POST" } = where;
      planned.push({ fault, conversationId, method, left: times });
    },

    /** Who sits in a conversation (or team): its roster. */
    members(conversationId: string, roster: readonly Member[]): void {
      rosters.set(conversationId, roster);
    },

    /** Most messages taken within any window of so many seconds, in one conversation or in all. */
    most(seconds: number, conversationId?: string): number {
      const times = [...accepted, ...updates]
        .filter((each) => conversationId === undefined || each.conversationId === conversationId)
        .map(({ at }) => at)
        .toSorted((a, b) => a - b);
      let first = 0;
      return times.reduce((most, time, last) => {
        while (time - (times[first] ?? time) >= seconds * 1000) first += 1;
        return Math.max(most, last - first + 1);
      }, 0);
    },

    /** Forgets what it took and what was planned; rosters stay. */
    clear(): void {
      for (const list of [accepted, updates, calls, opened, planned]) list.length = 0;
      windows.forget();
    },

    async stop(): Promise<void> {
      for (const response of hanging) response.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function reply(response: ServerResponse, status: number, body: unknown): number {
  if (!response.destroyed) {
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify(body));
  }
  return status;
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += String(chunk);
  return text === "" ? {} : JSON.parse(text);
}

function cardOf(activity: Readonly<Record<string, unknown>>): Card | null {
  const attachments = Array.isArray(activity["attachments"]) ? activity["attachments"] : [];
  const [card] = attachments.filter(({ contentType }) => contentType === "application/vnd.microsoft.card.adaptive");
  return card?.content ?? null;
}
