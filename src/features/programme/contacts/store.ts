import { and, asc, eq, inArray, isNull, notExists, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import { buildOnce, type Db } from "../../../core/db.ts";
import type { Address, Identified, Membership, Sender } from "../../../core/feature.ts";
import type { PersonId } from "../../../core/ids.ts";
import { contacts, groups, memberships, openings, people, programmes } from "../schema.ts";
import type { Reachability } from "../schema.ts";

const selectSenders = buildOnce("programme-senders", (db) =>
  db
    .select({
      aadObjectId: people.aadObjectId,
      person: people.id,
      name: people.name,
      ownTimeZone: people.timeZone,
      isWelcomed: sql<boolean>`${people.welcomedAt} is not null`,
      programme: programmes.id,
      programmeTimeZone: programmes.timeZone,
      group: memberships.group,
      role: memberships.role,
      isGroupActive: groups.isActive,
      reachability: contacts.state,
      serviceUrl: contacts.serviceUrl,
      conversationId: contacts.conversationId,
      botId: contacts.botId,
      tenantId: contacts.tenantId,
      lastSeen: contacts.lastSeen,
    })
    .from(people)
    .leftJoin(memberships, and(eq(memberships.person, people.id), eq(memberships.isActive, true)))
    .leftJoin(programmes, eq(programmes.id, memberships.programme))
    .leftJoin(groups, eq(groups.id, memberships.group))
    .leftJoin(contacts, eq(contacts.person, people.id))
    // Behind a subquery: PostgreSQL plans anew for each list that it sees, which takes longer than the query.
    .where(sql`${people.aadObjectId} = any((select ${sql.placeholder("aadObjectIds")}::text[])::text[])`)
    .orderBy(asc(memberships.programme)),
);

type SenderRow = Awaited<ReturnType<typeof selectSenders>>[number];

/**
 * Everything about senders in one query, as it runs in every turn. Somebody whose roles have all ended is still found,
 * with no memberships: they may ask what is stored about them.
 *
 * @param aadObjectIds in lower case
 * @returns those who are known, by their Entra object id
 */
export async function findSenders(
  db: Db,
  aadObjectIds: readonly string[],
): Promise<ReadonlyMap<string | null, Identified>> {
  const rows = await selectSenders(db, { aadObjectIds });
  const found = new Map<string | null, Identified>();
  for (const [id, ofOne] of Map.groupBy(rows, (row) => row.aadObjectId)) {
    const [first] = ofOne;
    if (first !== undefined) found.set(id, asIdentified(first, ofOne));
  }
  return found;
}

function asIdentified(first: SenderRow, rows: readonly SenderRow[]): Identified {
  const roles: Membership[] = [];
  let timeZone = first.ownTimeZone;
  for (const { programme, group, role, isGroupActive, programmeTimeZone } of rows) {
    if (programme === null || role === null || isGroupActive === false) continue;
    roles.push({ programme, group, role });
    timeZone ??= programmeTimeZone;
  }
  const { person, name, isWelcomed, reachability, serviceUrl, conversationId, botId, tenantId, lastSeen } = first;
  const isReachable = reachability === "reachable" && serviceUrl !== null && conversationId !== null;
  return {
    speaker: { person, name, timeZone: timeZone ?? "UTC", memberships: roles, isWelcomed },
    knownAddress:
      isReachable && botId !== null && tenantId !== null ? { serviceUrl, conversationId, botId, tenantId } : null,
    lastSeen,
  };
}

/**
 * Binds the Entra object id to the one person who has one of these addresses (lower case). Nothing happens when that
 * person or that id is bound already, or when the addresses belong to two people.
 */
export async function bindSender(db: Db, aadObjectId: string, emails: readonly string[]): Promise<void> {
  const found = await db
    .select({ id: people.id })
    .from(people)
    .where(inArray(people.email, [...emails]));
  const [person] = found;
  if (person === undefined || found.length > 1) return;
  const other = alias(people, "other");
  await db
    .update(people)
    .set({ aadObjectId })
    .where(
      and(
        eq(people.id, person.id),
        isNull(people.aadObjectId),
        notExists(db.select({ id: other.id }).from(other).where(eq(other.aadObjectId, aadObjectId))),
      ),
    );
}

/** Returns how the person could be reached before; null: never. */
export async function saveContact(
  db: Db,
  person: PersonId,
  sender: Sender,
  address: Address,
  now: Temporal.Instant,
): Promise<Reachability | null> {
  const [before] = await db
    .select({ state: contacts.state, lastSeen: contacts.lastSeen })
    .from(contacts)
    .where(eq(contacts.person, person));
  // Whoever writes can be tried to be written to anew, should this chat be gone one day.
  if (before?.state !== "reachable" || before.lastSeen === null)
    await db.delete(openings).where(eq(openings.person, person));
  const fresh = { ...pick(address), userId: sender.userId, state: "reachable" as const, lastSeen: now };
  await db
    .insert(contacts)
    .values({ person, ...fresh, stateSince: now })
    .onConflictDoUpdate({
      target: contacts.person,
      set: before?.state === "reachable" ? fresh : { ...fresh, stateSince: now },
    });
  return before?.state ?? null;
}

export function pick({ serviceUrl, conversationId, botId, tenantId }: Address): Address {
  return { serviceUrl, conversationId, botId, tenantId };
}

export async function setReachability(db: Db, person: PersonId, state: Reachability, now: Temporal.Instant) {
  await db.update(contacts).set({ state, stateSince: now }).where(eq(contacts.person, person));
}

/** Null: they never installed the bot, or cannot be written to any more. */
export async function contactAddress(db: Db, person: PersonId): Promise<Address | null> {
  const [row] = await db
    .select({
      serviceUrl: contacts.serviceUrl,
      conversationId: contacts.conversationId,
      botId: contacts.botId,
      tenantId: contacts.tenantId,
    })
    .from(contacts)
    .where(and(eq(contacts.person, person), eq(contacts.state, "reachable")));
  return row ?? null;
}
