import { and, asc, desc, eq, inArray, isNull, sql, type SQL } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Db } from "../../../core/db.ts";
import type { GroupId, PartId, PersonId, ProgrammeId } from "../../../core/ids.ts";
import { groups, memberships, people, programmes } from "../../programme/schema.ts";
import { endedParts } from "../schema.ts";

/** Somebody's part as a mentor in one programme, in groups of their own. */
export interface MentorPart {
  readonly mentor: { readonly id: PersonId; readonly name: string };
  readonly programme: { readonly id: ProgrammeId; readonly name: string; readonly timeZone: string };
  readonly groups: readonly { readonly id: GroupId; readonly name: string }[];
}

/** In these programmes, one each. Empty: the person is a mentor in none of them. */
export async function findParts(
  db: Db,
  which: { readonly person: PersonId } | { readonly email: string },
  among: readonly ProgrammeId[],
): Promise<readonly MentorPart[]> {
  const isThem: SQL = "person" in which ? eq(people.id, which.person) : eq(people.email, which.email);
  const rows = await db
    .select({
      mentor: { id: people.id, name: people.name },
      programme: { id: programmes.id, name: programmes.name, timeZone: programmes.timeZone },
      group: { id: groups.id, name: groups.name },
    })
    .from(memberships)
    .innerJoin(people, eq(people.id, memberships.person))
    .innerJoin(programmes, eq(programmes.id, memberships.programme))
    .innerJoin(groups, and(eq(groups.id, memberships.group), eq(groups.isActive, true)))
    .where(and(isThem, isOwnMentorship, inArray(memberships.programme, [...among])))
    .orderBy(asc(programmes.id), asc(groups.name));
  return [...Map.groupBy(rows, (row) => row.programme.id).values()].flatMap((own) => {
    const [first] = own;
    return first === undefined ? [] : [{ ...first, groups: own.map(({ group }) => group) }];
  });
}

const isOwnMentorship = and(eq(memberships.role, "mentor"), eq(memberships.isActive, true), isNull(memberships.endsOn));

/** @param leftOn the first day without the role, in the programme's zone */
export async function endMentorship(
  db: Db,
  { mentor, programme }: MentorPart,
  leftOn: Temporal.PlainDate,
): Promise<void> {
  await db
    .update(memberships)
    .set({ isActive: false, leftOn })
    .where(and(eq(memberships.person, mentor.id), eq(memberships.programme, programme.id), isOwnMentorship));
}

export async function addEndedPart(db: Db, part: typeof endedParts.$inferInsert): Promise<void> {
  await db.insert(endedParts).values(part);
}

export interface EndedPart {
  readonly id: PartId;
  readonly programme: ProgrammeId;
  readonly mentor: { readonly id: PersonId; readonly name: string };
  readonly groups: readonly GroupId[];
  readonly groupNames: readonly string[];
  readonly endedBy: { readonly id: PersonId; readonly name: string };
  readonly endedAt: Temporal.Instant;
  readonly undoneAt: Temporal.Instant | null;
  /** The newest import of the programme. */
  readonly importedAt: Temporal.Instant;
}

const coordinator = alias(people, "coordinator");

async function selectEndedParts(db: Db, which: SQL | undefined): Promise<readonly EndedPart[]> {
  return db
    .select({
      id: endedParts.id,
      programme: endedParts.programme,
      mentor: { id: people.id, name: people.name },
      groups: endedParts.groups,
      groupNames: sql<
        string[]
      >`array(select ${groups.name} from ${groups} where ${groups.id} = any(${endedParts.groups})
        order by ${groups.name})`,
      endedBy: { id: coordinator.id, name: coordinator.name },
      endedAt: endedParts.endedAt,
      undoneAt: endedParts.undoneAt,
      importedAt: programmes.importedAt,
    })
    .from(endedParts)
    .innerJoin(programmes, eq(programmes.id, endedParts.programme))
    .innerJoin(people, eq(people.id, endedParts.mentor))
    .innerJoin(coordinator, eq(coordinator.id, endedParts.endedBy))
    .where(which)
    .orderBy(desc(endedParts.endedAt))
    .limit(1);
}

export async function findEndedPart(db: Db, id: PartId): Promise<EndedPart | null> {
  return (await selectEndedParts(db, eq(endedParts.id, id)))[0] ?? null;
}

/** The newest one that was not undone. */
export async function latestEndedPart(db: Db, mentor: PersonId, programme: ProgrammeId): Promise<EndedPart | null> {
  const which = and(eq(endedParts.mentor, mentor), eq(endedParts.programme, programme), isNull(endedParts.undoneAt));
  return (await selectEndedParts(db, which))[0] ?? null;
}

/** The part is theirs again, in the groups that it was in. False when somebody has undone it already. */
export async function undoEnd(db: Db, part: EndedPart, now: Temporal.Instant): Promise<boolean> {
  const undone = await db
    .update(endedParts)
    .set({ undoneAt: now })
    .where(and(eq(endedParts.id, part.id), isNull(endedParts.undoneAt)))
    .returning({ id: endedParts.id });
  if (undone.length === 0) return false;
  await db
    .update(memberships)
    .set({ isActive: true, leftOn: null, endsOn: null })
    .where(
      and(
        eq(memberships.person, part.mentor.id),
        eq(memberships.role, "mentor"),
        inArray(memberships.group, [...part.groups]),
      ),
    );
  return true;
}

/** Every part of theirs that ended, undone ones too: cards about them show the name. */
export async function endedPartsOf(db: Db, mentor: PersonId): Promise<readonly PartId[]> {
  const rows = await db.select({ id: endedParts.id }).from(endedParts).where(eq(endedParts.mentor, mentor));
  return rows.map(({ id }) => id);
}
