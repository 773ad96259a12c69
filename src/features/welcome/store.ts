import { and, eq, inArray, isNull } from "drizzle-orm";
import type { Db } from "../../core/db.ts";
import type { Role } from "../../core/feature.ts";
import type { PersonId, ProgrammeId } from "../../core/ids.ts";
import { contacts, groups, memberships, people } from "../programme/schema.ts";
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
