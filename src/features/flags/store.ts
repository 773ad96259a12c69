import { and, asc, eq, inArray, or, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Db } from "../../core/db.ts";
import type { Role } from "../../core/feature.ts";
import type { FlagId, GroupId, MeetingId, PersonId, ProgrammeId } from "../../core/ids.ts";
import { groups, memberships, people, programmes } from "../programme/schema.ts";
import type { Audience, FlagKind, FlagState } from "./rules.ts";
import { flagHistory, flags } from "./schema.ts";

export interface Flag {
  readonly id: FlagId;
  readonly programme: ProgrammeId;
  readonly programmeName: string;
  readonly group: GroupId | null;
  readonly groupName: string | null;
  readonly kind: FlagKind;
  readonly audience: Audience;
  readonly meeting: MeetingId | null;
  readonly raised: number;
  readonly asker: { readonly id: PersonId; readonly name: string; readonly email: string | null };
  /** What the asker is in that group today. */
  readonly askerRole: Role | null;
  /** The words of a question; null when the asker was erased, and for every other kind. */
  readonly question: string | null;
  readonly state: FlagState;
  readonly takenBy: { readonly id: PersonId; readonly name: string } | null;
  readonly askedAt: Temporal.Instant;
}

export async function findFlag(db: Db, id: FlagId): Promise<Flag | null> {
  const taker = alias(people, "taker");
  const [row] = await db
    .select({
      id: flags.id,
      programme: flags.programme,
      programmeName: programmes.name,
      group: flags.group,
      groupName: groups.name,
      kind: flags.kind,
      audience: flags.audience,
      meeting: flags.meeting,
      raised: flags.raised,
      asker: { id: people.id, name: people.name, email: people.email },
      askerRole: memberships.role,
      question: flags.question,
      state: flags.state,
      takenBy: { id: taker.id, name: taker.name },
      askedAt: flags.askedAt,
    })
    .from(flags)
    .innerJoin(programmes, eq(programmes.id, flags.programme))
    .innerJoin(people, eq(people.id, flags.asker))
    .leftJoin(groups, eq(groups.id, flags.group))
    .leftJoin(taker, eq(taker.id, flags.takenBy))
    .leftJoin(
      memberships,
      and(eq(memberships.person, flags.asker), eq(memberships.group, flags.group), eq(memberships.isActive, true)),
    )
    .where(eq(flags.id, id))
    .limit(1);
  return row ?? null;
}

/** False when a question with this id is there already. */
export async function addFlag(
  db: Db,
  flag: {
    readonly id: FlagId;
    readonly programme: ProgrammeId;
    readonly group: GroupId | null;
    readonly asker: PersonId;
    readonly question: string;
    readonly askedAt: Temporal.Instant;
  },
): Promise<boolean> {
  const added = await db.insert(flags).values(flag).onConflictDoNothing().returning({ id: flags.id });
  if (added.length > 0) await addHistory(db, flag.id, "open", flag.asker, flag.askedAt);
  return added.length > 0;
}

/**
 * Once for each key. One that was taken back is open again.
 *
 * @returns whether it is newly raised
 */
export async function addRaised(
  db: Db,
  flag: Pick<typeof flags.$inferInsert, "programme" | "group" | "asker" | "kind" | "audience" | "meeting"> & {
    readonly id: FlagId;
    readonly dedupeKey: string;
  },
  now: Temporal.Instant,
): Promise<{ readonly id: FlagId; readonly isNew: boolean }> {
  const [raised] = await db
    .insert(flags)
    .values({ ...flag, askedAt: now })
    .onConflictDoUpdate({
      target: flags.dedupeKey,
      set: { state: "open", askedAt: now, raised: sql`${flags.raised} + 1` },
      setWhere: eq(flags.state, "withdrawn"),
    })
    .returning({ id: flags.id });
  if (raised !== undefined) {
    await addHistory(db, raised.id, "open", flag.asker, now);
    return { id: raised.id, isNew: true };
  }
  const [known] = await db.select({ id: flags.id }).from(flags).where(eq(flags.dedupeKey, flag.dedupeKey));
  if (known === undefined) throw new Error("a flag that was raised is not there");
  return { id: known.id, isNew: false };
}

/** Who asked takes it back, whatever has become of it. Null when there is nothing to take back. */
export async function withdrawRaised(db: Db, dedupeKey: string, now: Temporal.Instant): Promise<FlagId | null> {
  const [withdrawn] = await db
    .update(flags)
    .set({ state: "withdrawn", takenBy: null })
    .where(and(eq(flags.dedupeKey, dedupeKey), inArray(flags.state, ["open", "taken", "closed"])))
    .returning({ id: flags.id, asker: flags.asker });
  if (withdrawn === undefined) return null;
  await addHistory(db, withdrawn.id, "withdrawn", withdrawn.asker, now);
  return withdrawn.id;
}

/** Closed too early: whoever took it has it again. */
export async function reopenFlag(db: Db, id: FlagId, person: PersonId, now: Temporal.Instant): Promise<void> {
  const reopened = await db
    .update(flags)
    .set({ state: "taken" })
    .where(and(eq(flags.id, id), eq(flags.state, "closed")))
    .returning({ id: flags.id });
  if (reopened.length > 0) await addHistory(db, id, "taken", person, now);
}

/** The first one wins: false for everybody after them. */
export async function takeFlag(db: Db, id: FlagId, person: PersonId, now: Temporal.Instant): Promise<boolean> {
  const taken = await db
    .update(flags)
    .set({ state: "taken", takenBy: person })
    .where(and(eq(flags.id, id), eq(flags.state, "open")))
    .returning({ id: flags.id });
  if (taken.length > 0) await addHistory(db, id, "taken", person, now);
  return taken.length > 0;
}

/** False when it was not taken, or is closed already. */
export async function closeFlag(db: Db, id: FlagId, person: PersonId, now: Temporal.Instant): Promise<boolean> {
  const closed = await db
    .update(flags)
    .set({ state: "closed" })
    .where(and(eq(flags.id, id), eq(flags.state, "taken")))
    .returning({ id: flags.id });
  if (closed.length > 0) await addHistory(db, id, "closed", person, now);
  return closed.length > 0;
}

async function addHistory(db: Db, flag: FlagId, state: FlagState, person: PersonId, at: Temporal.Instant) {
  await db.insert(flagHistory).values({ flag, state, person, at });
}

/** How many questions somebody asked, how often they asked for a person in other ways, and how many they took. */
export async function countFlags(
  db: Db,
  person: PersonId,
): Promise<{ readonly asked: number; readonly wished: number; readonly taken: number }> {
  const rows = await db
    .select({ asker: flags.asker, takenBy: flags.takenBy, kind: flags.kind })
    .from(flags)
    .where(or(eq(flags.asker, person), eq(flags.takenBy, person)))
    .orderBy(asc(flags.id));
  const own = rows.filter(({ asker }) => asker === person);
  const asked = own.filter(({ kind }) => kind === "question").length;
  return { asked, wished: own.length - asked, taken: rows.filter(({ takenBy }) => takenBy === person).length };
}

/** Takes the words of an erased person away. Returns all that they asked for. */
export async function eraseQuestions(
  db: Db,
  asker: PersonId,
): Promise<readonly { readonly id: FlagId; readonly kind: FlagKind }[]> {
  return await db
    .update(flags)
    .set({ question: null })
    .where(eq(flags.asker, asker))
    .returning({ id: flags.id, kind: flags.kind });
}
