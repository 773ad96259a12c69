import { and, eq, isNull, sql } from "drizzle-orm";
import type { Db } from "../../../core/db.ts";
import type { Address, ChatFacts } from "../../../core/feature.ts";
import type { ChatId, GroupId } from "../../../core/ids.ts";
import { pick } from "../contacts/store.ts";
import { chats, groups } from "../schema.ts";

export interface Chat extends Address, Pick<ChatFacts, "kind" | "teamId"> {
  readonly id: ChatId;
  /** The group that speaks here: none when it is no longer active or the bot was taken out. */
  readonly group: GroupId | null;
  readonly isRemoved: boolean;
}

const chatColumns = {
  id: chats.id,
  kind: chats.kind,
  teamId: chats.teamId,
  serviceUrl: chats.serviceUrl,
  conversationId: chats.conversationId,
  botId: chats.botId,
  tenantId: chats.tenantId,
  group: groups.id,
  isRemoved: sql<boolean>`${chats.removedAt} is not null`,
};

export async function findChat(db: Db, which: { conversationId: string } | { id: ChatId }): Promise<Chat | null> {
  const [row] = await db
    .select(chatColumns)
    .from(chats)
    .leftJoin(groups, and(eq(groups.id, chats.group), eq(groups.isActive, true), isNull(chats.removedAt)))
    .where("id" in which ? eq(chats.id, which.id) : eq(chats.conversationId, which.conversationId));
  return row ?? null;
}

/** Adds the chat or brings it up to date. One that the bot was taken out of comes back, without a group. */
export async function saveChat(db: Db, address: Address, facts: ChatFacts): Promise<void> {
  const fresh = { ...pick(address), kind: facts.kind, teamId: facts.teamId };
  await db
    .insert(chats)
    .values({ id: sql`gen_random_uuid()`, ...fresh })
    .onConflictDoUpdate({ target: chats.conversationId, set: { ...fresh, removedAt: null, isSeenTo: false } });
}

/** The bot was taken out. The group's posts go elsewhere from then on, also when the bot comes back. */
export async function removeChat(db: Db, chat: ChatId, now: Temporal.Instant): Promise<void> {
  await db
    .update(chats)
    .set({ removedAt: now, group: null })
    .where(and(eq(chats.id, chat), isNull(chats.removedAt)));
}
