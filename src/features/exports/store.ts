import { and, asc, eq, isNotNull, isNull, sql } from "drizzle-orm";
import type { Db } from "../../core/db.ts";
import type { GroupId, PersonId, ProgrammeId } from "../../core/ids.ts";
import { contacts, groups, memberships, people } from "../programme/schema.ts";

/**
 * Every role that somebody has or had in a programme, the active ones first. Who was erased is not among them, nor who
 * looks after a group for a while: imported again, they would be its mentors for good.
 */
export async function listRoles(db: Db, programme: ProgrammeId) {
  return await db
    .select({
      // Erased people, the only ones without, are left out below.
      email: sql<string>`${people.email}`,
      name: people.name,
      role: memberships.role,
      group: groups.name,
      aadObjectId: people.aadObjectId,
      timeZone: people.timeZone,
      joinedOn: memberships.joinedOn,
      isActive: memberships.isActive,
      reachability: contacts.state,
      lastSeen: contacts.lastSeen,
    })
    .from(memberships)
    .innerJoin(people, eq(people.id, memberships.person))
    .leftJoin(groups, eq(groups.id, memberships.group))
    .leftJoin(contacts, eq(contacts.person, people.id))
    .where(and(eq(memberships.programme, programme), isNotNull(people.email), isNull(memberships.endsOn)))
    .orderBy(
      sql`${memberships.isActive} desc`,
      sql`${groups.name} nulls first`,
      sql`array_position(array['coordinator', 'mentor', 'mentee'], ${memberships.role})`,
      asc(people.email),
    );
}

/** Somebody who is a mentee of a group, or was. */
export interface ExportedMentee {
  readonly person: PersonId;
  readonly email: string;
  readonly group: GroupId;
  readonly joinedOn: Temporal.PlainDate;
  readonly isActive: boolean;
}

/** By e-mail. Who was erased is not among them. */
export async function listMentees(db: Db, programme: ProgrammeId): Promise<readonly ExportedMentee[]> {
  return await db
    .select({
      person: people.id,
      // Erased people, the only ones without, are left out below.
      email: sql<string>`${people.email}`,
      group: groups.id,
      joinedOn: memberships.joinedOn,
      isActive: memberships.isActive,
    })
    .from(memberships)
    .innerJoin(people, eq(people.id, memberships.person))
    .innerJoin(groups, eq(groups.id, memberships.group))
    .where(and(eq(memberships.programme, programme), eq(memberships.role, "mentee"), isNotNull(people.email)))
    .orderBy(asc(people.email));
}
