import { z } from "zod/v4";
import type { Directory, RosterMember } from "../../core/ports.ts";
import { readFailure } from "./calls.ts";
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

/**
 * Whom Teams names as members of chats and teams. A channel of a team has the team's roster.
 *
 * @param home the organisation whose e-mails are trusted; null, in local mode: the chat's own
 */
export function createDirectory(connector: OpenConnector, home: string | null): TeamsDirectory {
  return {
    members: async ({ serviceUrl, conversationId, tenantId, teamId }) => {
      const found: RosterMember[] = [];
      try {
        const { conversations } = await connector(serviceUrl);
        const roster = teamId ?? conversationId;
        let page = pageSchema.parse(await conversations.getConversationPagedMembers(roster));
        found.push(...(page.members ?? []).map((member) => asMember(member, tenantId, home ?? tenantId)));
        for (let pages = 1; pages < mostPages; pages++) {
          const continuationToken = page.continuationToken ?? "";
          if (continuationToken === "") break;
          const options = { pageSize, continuationToken };
          page = pageSchema.parse(await conversations.getConversationPagedMembers(roster, options));
          found.push(...(page.members ?? []).map((member) => asMember(member, tenantId, home ?? tenantId)));
        }
      } catch (error) {
        throw unavailable(error);
      }
      return found;
    },

    member: async ({ serviceUrl, conversationId, tenantId, teamId }, userId) => {
      try {
        const { conversations } = await connector(serviceUrl);
        return asMember(
          memberSchema.parse(await conversations.getConversationMember(teamId ?? conversationId, userId)),
          tenantId,
          home ?? tenantId,
        );
      } catch (error) {
        const failure = unavailable(error);
        if (failure.status === 404) return null;
        throw failure;
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

function unavailable(error: unknown): DirectoryUnavailable {
  const { status, code } = readFailure(error);
  return new DirectoryUnavailable(status, code);
}
