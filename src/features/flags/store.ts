import { and, asc, eq, or } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Db } from "../../core/db.ts";
import type { Role } from "../../core/feature.ts";
import type { FlagId, GroupId, PersonId, ProgrammeId } from "../../core/ids.ts";
import { groups, memberships, people, programmes } from "../programme/schema.ts";
import { flagHistory, flags } from "./schema.ts";
import type { FlagState } from "./schema.ts";

export interface Flag {
  readonly id: FlagId;
  readonly programme: ProgrammeId;
  readonly programmeName: string;
  readonly groupName: string | null;
  readonly asker: { readonly id: PersonId; readonly name: string; readonly email: string | null };
  /** What the asker is in that group today. */
  readonly askerRole: Role | null;
  /** Null when the asker was erased. */
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
      groupName: groups.name,
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

/** How many questions somebody asked, and how many they took. */
export async function countFlags(db: Db, person: PersonId): Promise<{ asked: number; taken: number }> {
  const rows = await db
    .select({ asker: flags.asker, takenBy: flags.takenBy })
    .from(flags)
    .where(or(eq(flags.asker, person), eq(flags.takenBy, person)))
    .orderBy(asc(flags.id));
  return {
    asked: rows.filter(({ asker }) => asker === person).length,
    taken: rows.filter(({ takenBy }) => takenBy === person).length,
  };
}

/** Takes the words of an erased person away. Returns how many questions lost theirs. */
export async function eraseQuestions(db: Db, asker: PersonId): Promise<readonly FlagId[]> {
  const erased = await db
    .update(flags)
    .set({ question: null })
    .where(eq(flags.asker, asker))
    .returning({ id: flags.id });
  return erased.map(({ id }) => id);
}
