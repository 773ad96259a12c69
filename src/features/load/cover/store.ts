import { and, asc, eq, isNotNull, isNull, ne, or, sql, type SQL } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Db } from "../../../core/db.ts";
import type { CoverId, GroupId, PersonId, ProgrammeId } from "../../../core/ids.ts";
import { groups, memberships, people, programmes } from "../../programme/schema.ts";
import type { CoverEnd } from "../rules.ts";
import { covers } from "../schema.ts";

export interface Cover {
  readonly id: CoverId;
  readonly programme: ProgrammeId;
  /** The programme's. */
  readonly timeZone: string;
  readonly group: { readonly id: GroupId; readonly name: string };
  readonly mentor: { readonly id: PersonId; readonly name: string };
  /** The first day on which the group is with its mentor again. */
  readonly until: Temporal.PlainDate;
  readonly state: "open" | "taken" | "over";
  readonly coveredBy: { readonly id: PersonId; readonly name: string } | null;
  readonly howEnded: CoverEnd | null;
}

const colleague = alias(people, "colleague");

async function selectCovers(db: Db, which: SQL | undefined): Promise<readonly Cover[]> {
  return db
    .select({
      id: covers.id,
      programme: groups.programme,
      timeZone: programmes.timeZone,
      group: { id: groups.id, name: groups.name },
      mentor: { id: people.id, name: people.name },
      until: covers.until,
      state: covers.state,
      coveredBy: { id: colleague.id, name: colleague.name },
      howEnded: covers.howEnded,
    })
    .from(covers)
    .innerJoin(groups, eq(groups.id, covers.group))
    .innerJoin(programmes, eq(programmes.id, groups.programme))
    .innerJoin(people, eq(people.id, covers.mentor))
    .leftJoin(colleague, eq(colleague.id, covers.coveredBy))
    .where(which)
    .orderBy(asc(covers.askedAt), asc(covers.id));
}

export async function findCover(db: Db, id: CoverId): Promise<Cover | null> {
  return (await selectCovers(db, eq(covers.id, id)))[0] ?? null;
}

/** Asked or taken, by this mentor or of another. */
export async function runningAround(db: Db, person: PersonId): Promise<readonly Cover[]> {
  return selectCovers(db, and(ne(covers.state, "over"), or(eq(covers.mentor, person), eq(covers.coveredBy, person))));
}

export async function runningOf(db: Db, programme: ProgrammeId): Promise<readonly Cover[]> {
  return selectCovers(db, and(ne(covers.state, "over"), eq(groups.programme, programme)));
}

/** Whose day has come, in the zone of their programme. Asked at every tick: the index finds that there are none. */
export async function dueCovers(db: Db, now: Temporal.Instant): Promise<readonly Cover[]> {
  return selectCovers(
    db,
    and(
      // In the index's own words, and with a day that is known before the programme is: no zone is further ahead.
      sql`${covers.state} <> 'over'`,
      sql`${covers.until} <= (${now.toString()}::timestamptz at time zone 'UTC')::date + 1`,
      sql`${covers.until} <= (${now.toString()}::timestamptz at time zone ${programmes.timeZone})::date`,
    ),
  );
}

/** Every one that somebody asked for or took, ended ones too: their cards show names. */
export async function coversAround(db: Db, person: PersonId): Promise<{ asked: CoverId[]; taken: CoverId[] }> {
  const rows = await db
    .select({ id: covers.id, mentor: covers.mentor })
    .from(covers)
    .where(or(eq(covers.mentor, person), eq(covers.coveredBy, person)));
  return {
    asked: rows.filter(({ mentor }) => mentor === person).map(({ id }) => id),
    taken: rows.filter(({ mentor }) => mentor !== person).map(({ id }) => id),
  };
}

/** False when it is there already, or when another of the same mentor and group still runs. */
export async function addCover(
  db: Db,
  cover: Pick<typeof covers.$inferInsert, "id" | "group" | "mentor" | "until" | "askedAt">,
): Promise<boolean> {
  const added = await db.insert(covers).values(cover).onConflictDoNothing().returning({ id: covers.id });
  return added.length > 0;
}

/** Until the end of the transaction nobody else takes on anything for this person, or their part from them. */
export async function lockPerson(db: Db, person: PersonId): Promise<void> {
  await db.select({ id: people.id }).from(people).where(eq(people.id, person)).for("no key update");
}

/** The first one wins: false for everybody after them. */
export async function takeCover(db: Db, id: CoverId, person: PersonId, now: Temporal.Instant): Promise<boolean> {
  const taken = await db
    .update(covers)
    .set({ state: "taken", coveredBy: person, takenAt: now })
    .where(and(eq(covers.id, id), eq(covers.state, "open")))
    .returning({ id: covers.id });
  return taken.length > 0;
}

/** False when it was over already. */
export async function closeCover(db: Db, id: CoverId, howEnded: CoverEnd, now: Temporal.Instant): Promise<boolean> {
  const closed = await db
    .update(covers)
    .set({ state: "over", endedAt: now, howEnded })
    .where(and(eq(covers.id, id), ne(covers.state, "over")))
    .returning({ id: covers.id });
  return closed.length > 0;
}

function isMentorOf(group: GroupId, person: PersonId): SQL | undefined {
  return and(eq(memberships.group, group), eq(memberships.person, person), eq(memberships.role, "mentor"));
}

/**
 * The colleague becomes a mentor of the group until that day. Nothing changes for one who is its mentor anyhow; of one who
 * was, the former days are kept beside the cover.
 *
 * @param today in the programme's zone
 */
export async function beginMembership(
  db: Db,
  { id: cover, group, programme, until }: Cover,
  person: PersonId,
  today: Temporal.PlainDate,
  newId: string,
): Promise<void> {
  const [former] = await db.select().from(memberships).where(isMentorOf(group.id, person)).for("update");
  if (former?.isActive === true) return;
  if (former === undefined) {
    const fresh = { id: newId, person, programme, group: group.id, role: "mentor" as const, joinedOn: today };
    await db.insert(memberships).values({ ...fresh, endsOn: until });
    return;
  }
  // An earlier cover of theirs left nothing to put back.
  if (former.endsOn === null) {
    const { joinedOn: formerJoinedOn, leftOn: formerLeftOn } = former;
    await db.update(covers).set({ formerJoinedOn, formerLeftOn }).where(eq(covers.id, cover));
  }
  await db
    .update(memberships)
    .set({ isActive: true, joinedOn: today, leftOn: null, endsOn: until })
    .where(eq(memberships.id, former.id));
}

/** @param today the first day without the role, in the programme's zone */
export async function endMembership(
  db: Db,
  { id, group }: Pick<Cover, "id" | "group">,
  person: PersonId,
  today: Temporal.PlainDate,
): Promise<void> {
  const [cover] = await db
    .select({ joinedOn: covers.formerJoinedOn, leftOn: covers.formerLeftOn })
    .from(covers)
    .where(eq(covers.id, id));
  const joinedOn = cover?.joinedOn ?? null;
  await db
    .update(memberships)
    .set({
      isActive: false,
      ...(joinedOn === null ? { leftOn: today } : { joinedOn, leftOn: cover?.leftOn ?? null, endsOn: null }),
    })
    .where(and(isMentorOf(group.id, person), isNotNull(memberships.endsOn), eq(memberships.isActive, true)));
}

/** The group asks nothing of its mentor before that day; null: it does again. */
export async function setAway(
  db: Db,
  group: GroupId,
  mentor: PersonId,
  until: Temporal.PlainDate | null,
): Promise<void> {
  await db.update(memberships).set({ awayUntil: until }).where(isMentorOf(group, mentor));
}

/** The groups that are somebody's own as a mentor, by name. */
export async function ownGroups(
  db: Db,
  person: PersonId,
): Promise<readonly { readonly id: GroupId; readonly name: string; readonly programme: ProgrammeId }[]> {
  return db
    .select({ id: groups.id, name: groups.name, programme: groups.programme })
    .from(memberships)
    .innerJoin(groups, and(eq(groups.id, memberships.group), eq(groups.isActive, true)))
    .where(
      and(
        eq(memberships.person, person),
        eq(memberships.role, "mentor"),
        eq(memberships.isActive, true),
        isNull(memberships.endsOn),
      ),
    )
    .orderBy(asc(groups.name), asc(groups.id));
}
