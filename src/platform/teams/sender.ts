import type { Activity } from "botbuilder";
import type { Card } from "../../core/card.ts";
import type { Address } from "../../core/feature.ts";
import type { Post, SendFailure, SendResult } from "../delivery-outcomes.ts";
import { readFailure } from "./calls.ts";
import type { ConnectorClient } from "./connectors.ts";

export type OpenConnector = (serviceUrl: string) => Promise<ConnectorClient>;

export type Opened =
  { readonly ok: true; readonly address: Address } | { readonly ok: false; readonly failure: SendFailure };

export interface Teller {
  /** A card to where somebody can be reached, or in the place of one that stands there. */
  readonly send: (address: Address, post: Post) => Promise<SendResult>;
  /** A sentence. */
  readonly say: (address: Address, text: string) => Promise<SendResult>;
  /**
   * A person's own chat with the bot, which Teams makes if there is none: the same one each time.
   *
   * @param from any address of the same tenant: its `conversationId` is not used
   * @param userId `29:...` from a roster
   */
  readonly openChat: (from: Address, userId: string) => Promise<Opened>;
}

/** Calls to Teams, each tried once and ended after 5 s. None of them throws for what Teams or the network did. */
export function createSender(connector: OpenConnector): Teller {
  const deliver = async (
    address: Address,
    message: Partial<Activity>,
    replaces: string | null,
  ): Promise<SendResult> => {
    try {
      const { conversations } = await connector(address.serviceUrl);
      const { conversationId, botId } = address;
      const activity: Partial<Activity> = { ...message, from: { id: botId, name: "" } };
      const posted =
        replaces === null
          ? await conversations.sendToConversation(conversationId, activity)
          : await conversations.updateActivity(conversationId, replaces, activity);
      // Teams may answer an update without a body: the card keeps its id.
      return { ok: true, activityId: nonEmpty(posted.id) ?? replaces };
    } catch (error) {
      return { ok: false, failure: readFailure(error) };
    }
  };
  return {
    send: (address, post) => deliver(address, asActivity(post.card), "replaces" in post ? post.replaces : null),
    say: (address, text) => deliver(address, { type: "message", text, textFormat: "plain" }, null),
    openChat: async (from, userId) => {
      try {
        const { conversations } = await connector(from.serviceUrl);
        const opened = await conversations.createConversation({
          isGroup: false,
          bot: { id: from.botId, name: "" },
          members: [{ id: userId, name: "" }],
          tenantId: from.tenantId,
          channelData: { tenant: { id: from.tenantId } },
        });
        return { ok: true, address: { ...from, conversationId: opened.id } };
      } catch (error) {
        return { ok: false, failure: readFailure(error) };
      }
    },
  };
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
