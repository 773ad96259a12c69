import { z } from "zod/v4";
import type { Directory, RosterMember } from "../../core/ports.ts";
import type { SendFailure } from "../delivery-outcomes.ts";
import type { TurnSlots } from "../turn-slots.ts";
import { readFailure } from "./calls.ts";
import type { ConnectorClient } from "./connectors.ts";
import type { OpenConnector } from "./sender.ts";

/** Teams did not say who sits in a chat; `message` names no person. */
export class DirectoryUnavailable extends Error {
  override readonly name = "DirectoryUnavailable";
  readonly status: number | null;
  readonly reason: string | null;

  constructor(status: number | null, reason: string | null) {
    super("Teams did not answer who is in the chat");
    this.status = status;
    this.reason = reason;
  }
}

/** A chat as far as its roster is concerned. */
interface Chat {
  readonly serviceUrl: string;
  readonly conversationId: string;
  readonly tenantId: string;
  readonly teamId: string | null;
}

export interface TeamsDirectory extends Directory {
  /** One person of a chat; `null` when they are not in it. Throws `DirectoryUnavailable`. */
  readonly member: (chat: Chat, userId: string) => Promise<RosterMember | null>;
}

const memberSchema = z.object({
  id: z.string(),
  aadObjectId: z.string().nullish(),
  objectId: z.string().nullish(),
  tenantId: z.string().nullish(),
  email: z.string().nullish(),
  userPrincipalName: z.string().nullish(),
});
const pageSchema = z.object({ members: z.array(memberSchema).nullish(), continuationToken: z.string().nullish() });

/** The most that Teams gives at once; the first page has 200, which most chats fit into. */
const pageSize = 500;
/** 10,000 people, the most that a team can have, and then some: a service that never ends its list is left. */
const mostPages = 30;

/** Somebody waits for what follows from it. Without a slot by then it counts as not answered. */
const patienceMs = 2000;

/**
 * Whom Teams names as members of chats and teams. A channel of a team has the team's roster. Each page is a call of its own
 * and draws on the roster's bucket of that chat or team, and on the tenant's.
 *
 * @param home the organisation whose e-mails are trusted; null, in local mode: the chat's own
 */
export function createDirectory(
  connector: OpenConnector,
  home: string | null,
  slots: () => TurnSlots | null,
): TeamsDirectory {
  async function ask<Answer>(
    { serviceUrl, tenantId, conversationId, teamId }: Chat,
    call: (conversations: ConnectorClient["conversations"], roster: string) => Promise<Answer>,
  ): Promise<Answer> {
    const roster = teamId ?? conversationId;
    const place = { tenantId, conversationId: roster, call: "roster" } as const;
    if ((await slots()?.take(place, patienceMs)) === false) throw new DirectoryUnavailable(null, "NoSlot");
    try {
      const { conversations } = await connector(serviceUrl);
      return await call(conversations, roster);
    } catch (error) {
      const failure = readFailure(error);
      await slots()?.heed(place, failure, 0);
      throw unavailable(failure);
    }
  }

  return {
    members: async (chat) => {
      const found: RosterMember[] = [];
      let page = pageSchema.parse(await ask(chat, (to, roster) => to.getConversationPagedMembers(roster)));
      for (let pages = 1; ; pages++) {
        found.push(...(page.members ?? []).map((member) => asMember(member, chat.tenantId, home ?? chat.tenantId)));
        const continuationToken = page.continuationToken ?? "";
        if (continuationToken === "" || pages >= mostPages) return found;
        const options = { pageSize, continuationToken };
        page = pageSchema.parse(await ask(chat, (to, roster) => to.getConversationPagedMembers(roster, options)));
      }
    },

    member: async (chat, userId) => {
      try {
        const member = await ask(chat, (to, roster) => to.getConversationMember(roster, userId));
        return asMember(memberSchema.parse(member), chat.tenantId, home ?? chat.tenantId);
      } catch (error) {
        if (error instanceof DirectoryUnavailable && error.status === 404) return null;
        throw error;
      }
    },
  };
}

/**
 * Whoever runs an organisation writes in its roster what they like, also the address of somebody here who has not
 * installed the bot yet. Such a one is known by the Entra id that `people.csv` gives, or not at all.
 *
 * @param tenantId the chat's
 */
function asMember(member: z.output<typeof memberSchema>, tenantId: string, home: string): RosterMember {
  const isForeign = [tenantId, member.tenantId ?? tenantId].some((id) => id.toLowerCase() !== home.toLowerCase());
  return {
    userId: member.id,
    aadObjectId: member.aadObjectId ?? member.objectId ?? null,
    email: isForeign ? null : (member.email ?? null),
    userPrincipalName: isForeign ? null : (member.userPrincipalName ?? null),
  };
}

function unavailable({ status, code }: SendFailure): DirectoryUnavailable {
  return new DirectoryUnavailable(status, code);
}
