import type { Activity } from "botbuilder";
import type { Card } from "../../core/card.ts";
import type { Address, Reply } from "../../core/feature.ts";
import type { OpenChat, Post, SendFailure, SendResult } from "../delivery-outcomes.ts";
import { readFailure } from "./calls.ts";
import type { ConnectorClient } from "./connectors.ts";

export type OpenConnector = (serviceUrl: string) => Promise<ConnectorClient>;

/** What is answered: in a channel the answer stands beneath it. */
export interface Thread {
  /** With the thread of a channel (`19:...;messageid=...`). */
  readonly conversationId: string;
  /** `null`: it has no id. */
  readonly activityId: string | null;
}

export interface Teller {
  /** A card to where somebody can be reached, or in the place of one that stands there. */
  readonly send: (address: Address, post: Post) => Promise<SendResult>;
  /** A sentence. */
  readonly say: (address: Address, text: string) => Promise<SendResult>;
  /** To where somebody has just said something. */
  readonly answer: (
    address: Address,
    thread: Thread,
    reply: Exclude<Reply, { kind: "nothing" }>,
  ) => Promise<SendResult>;
  readonly openChat: OpenChat;
}

type Conversations = ConnectorClient["conversations"];

/**
 * Calls to Teams, each tried once and ended after 5 s. None of them throws for what Teams or the network did. Only a host
 * that says it serves another cloud is left for that one's, as Teams asks: it took nothing.
 */
export function createSender(connector: OpenConnector): Teller {
  /** Tenants that turned out to be served by the other cloud. */
  const moved = new Set<string>();

  async function call<Result>(
    { serviceUrl, tenantId }: Address,
    work: (conversations: Conversations) => Promise<Result>,
  ): Promise<{ readonly ok: true; readonly result: Result } | { readonly ok: false; readonly failure: SendFailure }> {
    const other = URL.parse(serviceUrl)?.hostname === publicHost ? governmentUrl : null;
    const first = other !== null && moved.has(tenantId) ? other : serviceUrl;
    const tried = await attempt(first, work);
    if (tried.ok || other === null || first === other || tried.failure.code !== "InvalidBotApiHost") return tried;
    const again = await attempt(other, work);
    if (again.ok && moved.size < mostMoved) moved.add(tenantId);
    return again;
  }

  async function attempt<Result>(serviceUrl: string, work: (conversations: Conversations) => Promise<Result>) {
    try {
      const { conversations } = await connector(serviceUrl);
      return { ok: true, result: await work(conversations) } as const;
    } catch (error) {
      return { ok: false, failure: readFailure(error) } as const;
    }
  }

  async function deliver(
    address: Address,
    message: Partial<Activity>,
    to: { readonly replaces: string } | { readonly thread: Thread } | null = null,
  ): Promise<SendResult> {
    const activity: Partial<Activity> = { ...message, from: { id: address.botId, name: "" } };
    const sent = await call(address, (conversations) => {
      if (to === null) return conversations.sendToConversation(address.conversationId, activity);
      if ("replaces" in to) return conversations.updateActivity(address.conversationId, to.replaces, activity);
      const { conversationId, activityId } = to.thread;
      return activityId === null
        ? conversations.sendToConversation(conversationId, activity)
        : conversations.replyToActivity(conversationId, activityId, { ...activity, replyToId: activityId });
    });
    if (!sent.ok) return sent;
    // Teams may answer an update without a body: the card keeps its id.
    return { ok: true, activityId: nonEmpty(sent.result.id) ?? (to !== null && "replaces" in to ? to.replaces : null) };
  }

  return {
    send: (address, post) => deliver(address, asActivity(post.card), "replaces" in post ? post : null),
    say: (address, text) => deliver(address, asText(text)),
    answer: (address, thread, reply) =>
      deliver(address, reply.kind === "card" ? asActivity(reply.card) : asText(reply.text), { thread }),
    openChat: async (from, userId) => {
      const opened = await call(from, (conversations) =>
        conversations.createConversation({
          isGroup: false,
          bot: { id: from.botId, name: "" },
          members: [{ id: userId, name: "" }],
          tenantId: from.tenantId,
          channelData: { tenant: { id: from.tenantId } },
        }),
      );
      return opened.ok ? { ok: true, address: { ...from, conversationId: opened.result.id } } : opened;
    },
  };
}

/** Microsoft's global addresses, see the gate. Which cloud serves a tenant is only known from what Teams answers. */
const publicHost = "smba.trafficmanager.net";
const governmentUrl = "https://smba.infra.gcc.teams.microsoft.com/teams";

/** A service has a handful of tenants. */
const mostMoved = 1000;

function asText(text: string): Partial<Activity> {
  return { type: "message", text, textFormat: "plain" };
}

/**
 * A card alone: Teams splits text beside it into a second message, and then gives no id to update it by. The summary
 * is what notifications and screen readers say.
 */
export function asActivity(card: Card): Partial<Activity> {
  return {
    type: "message",
    summary: card.fallbackText,
    attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", content: card }],
  };
}

function nonEmpty(text: string | undefined): string | null {
  return text === undefined || text === "" ? null : text;
}
