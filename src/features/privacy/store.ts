import { and, eq, sql } from "drizzle-orm";
import type { Db } from "../../core/db.ts";
import type { Role } from "../../core/feature.ts";
import type { PersonId, ProgrammeId } from "../../core/ids.ts";
import { noticeCards, notices } from "../notices/schema.ts";
import { auditLog, contacts, groups, memberships, openings, people, programmes } from "../programme/schema.ts";

export interface StoredPerson {
  readonly id: PersonId;
  readonly name: string;
  readonly email: string | null;
  readonly timeZone: string | null;
  readonly hasEntraId: boolean;
  /** Teams' id of them, from a chat's roster: they have not opened the bot themselves. */
  readonly hasRosterId: boolean;
  readonly pausedUntil: Temporal.PlainDate | null;
  readonly lastSeen: Temporal.Instant | null;
  readonly hasAddress: boolean;
  readonly roles: readonly {
    readonly role: Role;
    readonly programme: ProgrammeId;
    readonly programmeName: string;
    readonly timeZone: string;
    readonly group: string | null;
    readonly joinedOn: Temporal.PlainDate;
    readonly isActive: boolean;
  }[];
}

export async function findStoredPerson(
  db: Db,
  which: { readonly id: PersonId } | { readonly email: string },
): Promise<StoredPerson | null> {
  const [person] = await db
    .select({
      id: people.id,
      name: people.name,
      email: people.email,
      timeZone: people.timeZone,
      aadObjectId: people.aadObjectId,
      pausedUntil: people.pausedUntil,
      lastSeen: contacts.lastSeen,
      hasAddress: sql<boolean>`${contacts.person} is not null`,
      hasRosterId: sql<boolean>`exists (select from ${openings} where ${openings.person} = ${people.id})`,
    })
    .from(people)
    .leftJoin(contacts, eq(contacts.person, people.id))
    .where("id" in which ? eq(people.id, which.id) : eq(people.email, which.email));
  if (person === undefined) return null;
  const roles = await db
    .select({
      role: memberships.role,
      programme: memberships.programme,
      programmeName: programmes.name,
      timeZone: programmes.timeZone,
      group: groups.name,
      joinedOn: memberships.joinedOn,
      isActive: memberships.isActive,
    })
    .from(memberships)
    .innerJoin(programmes, eq(programmes.id, memberships.programme))
    .leftJoin(groups, eq(groups.id, memberships.group))
    .where(eq(memberships.person, person.id))
    .orderBy(memberships.programme, groups.name, memberships.role);
  const { aadObjectId, ...rest } = person;
  return { ...rest, hasEntraId: aadObjectId !== null, roles };
}

/** Cards said unasked, and attempts at something that was not theirs. */
export async function countTraces(db: Db, person: PersonId): Promise<{ reminders: number; refused: number }> {
  const [reminders, refused] = await Promise.all([
    db.$count(noticeCards, eq(noticeCards.person, person)),
    db.$count(auditLog, eq(auditLog.person, person)),
  ]);
  return { reminders, refused };
}

/** Takes away who the person is. What refers to them keeps counting somebody without a name. */
export async function erasePersonRow(db: Db, person: PersonId, now: Temporal.Instant): Promise<void> {
  await db.delete(contacts).where(eq(contacts.person, person));
  await db.delete(openings).where(eq(openings.person, person));
  await db
    .update(people)
    .set({
      name: "Somebody who was removed",
      email: null,
      aadObjectId: null,
      timeZone: null,
      pausedUntil: null,
      erasedAt: now,
    })
    .where(eq(people.id, person));
  await db
    .update(notices)
    .set({ state: "cancelled", reason: "the person was erased" })
    .where(and(eq(notices.person, person), eq(notices.state, "waiting")));
}

/** @param leftOn the first day without the roles, in the programme's zone */
export async function endRoles(
  db: Db,
  person: PersonId,
  programme: ProgrammeId,
  leftOn: Temporal.PlainDate,
): Promise<void> {
  await db
    .update(memberships)
    .set({ isActive: false, leftOn })
    .where(and(eq(memberships.person, person), eq(memberships.programme, programme), eq(memberships.isActive, true)));
}
