import { and, eq, gt, inArray, isNull, sql } from "drizzle-orm";
import type { Db } from "../../core/db.ts";
import type { ChatId, PersonId, ProgrammeId } from "../../core/ids.ts";
import { notices } from "../notices/schema.ts";
import { chats, contacts, groups, memberships, openings, people } from "../programme/schema.ts";
import type { Row } from "./rules.ts";

/** One row for each role that somebody has today in one of these programmes. */
export async function listReach(
  db: Db,
  programmes: readonly ProgrammeId[],
): Promise<readonly (Row & { readonly person: PersonId })[]> {
  const rows = await db
    .select({
      person: people.id,
      name: people.name,
      role: memberships.role,
      programme: memberships.programme,
      group: groups.name,
      isGroupActive: groups.isActive,
      state: contacts.state,
      since: contacts.stateSince,
      lastSeen: contacts.lastSeen,
      opening: openings.state,
      openingSince: openings.stateSince,
    })
    .from(memberships)
    .innerJoin(people, eq(people.id, memberships.person))
    .leftJoin(groups, eq(groups.id, memberships.group))
    .leftJoin(contacts, eq(contacts.person, people.id))
    .leftJoin(openings, eq(openings.person, people.id))
    .where(and(inArray(memberships.programme, [...programmes]), eq(memberships.isActive, true)));
  return rows.flatMap(({ isGroupActive, ...row }) => (isGroupActive === false ? [] : [row]));
}

/** Chats in which groups of these programmes speak, with the group's name. */
export async function listChats(
  db: Db,
  programmes: readonly ProgrammeId[],
): Promise<readonly { readonly chat: ChatId; readonly group: string }[]> {
  return await db
    .select({ chat: chats.id, group: groups.name })
    .from(chats)
    .innerJoin(groups, eq(groups.id, chats.group))
    .where(and(inArray(groups.programme, [...programmes]), isNull(chats.removedAt)));
}

/** Reminders that are held until these people can be reached, as far as they are still of use. */
export async function countHeld(
  db: Db,
  persons: readonly PersonId[],
  now: Temporal.Instant,
): Promise<ReadonlyMap<PersonId, number>> {
  if (persons.length === 0) return new Map();
  const rows = await db
    .select({ person: notices.person, count: sql<number>`count(*)::int` })
    .from(notices)
    .where(
      and(
        inArray(notices.person, [...persons]),
        eq(notices.state, "waiting"),
        eq(notices.reason, "unreachable"),
        gt(notices.usefulUntil, now),
      ),
    )
    .groupBy(notices.person);
  return new Map(rows.map(({ person, count }) => [person, count]));
}
