import { and, asc, eq, inArray, isNull, lte } from "drizzle-orm";
import type { Db } from "../../core/db.ts";
import type { Role, Speaker } from "../../core/feature.ts";
import type { PersonId, ProgrammeId } from "../../core/ids.ts";
import { contacts, groups, memberships, openings, people, programmes } from "../programme/schema.ts";
import type { Reachability } from "../programme/schema.ts";

/** True for the first who asks: first contact happens once per person. */
export async function claimWelcome(db: Db, person: PersonId, now: Temporal.Instant): Promise<boolean> {
  const claimed = await db
    .update(people)
    .set({ welcomedAt: now })
    .where(and(eq(people.id, person), isNull(people.welcomedAt)))
    .returning({ id: people.id });
  return claimed.length > 0;
}

/** Somebody who has not heard of the bot yet, in the roles that they have today. */
export type Newcomer = Pick<Speaker, "person" | "name" | "timeZone" | "memberships" | "isWelcomed">;

export async function findNewcomer(db: Db, person: PersonId): Promise<Newcomer | null> {
  const rows = await db
    .select({
      name: people.name,
      ownTimeZone: people.timeZone,
      welcomedAt: people.welcomedAt,
      role: memberships.role,
      programme: memberships.programme,
      programmeTimeZone: programmes.timeZone,
      group: memberships.group,
      isGroupActive: groups.isActive,
    })
    .from(people)
    .innerJoin(memberships, and(eq(memberships.person, people.id), eq(memberships.isActive, true)))
    .innerJoin(programmes, eq(programmes.id, memberships.programme))
    .leftJoin(groups, eq(groups.id, memberships.group))
    .where(eq(people.id, person))
    .orderBy(asc(memberships.programme));
  const roles = rows.filter(({ isGroupActive }) => isGroupActive !== false);
  const [first] = roles;
  if (first === undefined) return null;
  return {
    person,
    name: first.name,
    timeZone: first.ownTimeZone ?? first.programmeTimeZone,
    memberships: roles.map(({ programme, group, role }) => ({ programme, group, role })),
    isWelcomed: first.welcomedAt !== null,
  };
}

/** People whom the bot may say hello to by itself, locked until the end of the transaction. */
export async function claimGreetings(db: Db, now: Temporal.Instant, most: number): Promise<readonly PersonId[]> {
  const rows = await db
    .select({ person: openings.person })
    .from(openings)
    .where(lte(openings.greetAt, now))
    .orderBy(asc(openings.greetAt))
    .limit(most)
    .for("update", { skipLocked: true });
  return rows.map(({ person }) => person);
}

/** @param at null: it is on its way, or there is nobody to greet */
export async function greetLater(db: Db, person: PersonId, at: Temporal.Instant | null): Promise<void> {
  await db.update(openings).set({ greetAt: at }).where(eq(openings.person, person));
}

export interface Installation {
  readonly person: PersonId;
  readonly name: string;
  readonly role: Role;
  readonly programme: ProgrammeId;
  /** Null for coordinators. */
  readonly group: string | null;
  /** Null: they have never opened the bot. */
  readonly state: Reachability | null;
}

/** One row for each role that somebody has today in one of these programmes. */
export async function listInstallations(db: Db, programmes: readonly ProgrammeId[]): Promise<readonly Installation[]> {
  const rows = await db
    .select({
      person: people.id,
      name: people.name,
      role: memberships.role,
      programme: memberships.programme,
      group: groups.name,
      isGroupActive: groups.isActive,
      state: contacts.state,
    })
    .from(memberships)
    .innerJoin(people, eq(people.id, memberships.person))
    .leftJoin(groups, eq(groups.id, memberships.group))
    .leftJoin(contacts, eq(contacts.person, people.id))
    .where(and(inArray(memberships.programme, [...programmes]), eq(memberships.isActive, true)));
  return rows.filter(({ isGroupActive }) => isGroupActive !== false);
}
