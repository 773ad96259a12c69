import { and, asc, eq, isNotNull, ne } from "drizzle-orm";
import type { Db } from "../../core/db.ts";
import type { PersonId } from "../../core/ids.ts";
import { flags } from "../flags/schema.ts";
import { people } from "../programme/schema.ts";

/** A question that somebody asked and that is not closed yet: when, and who took it. Never its words. */
export interface OpenQuestion {
  readonly askedAt: Temporal.Instant;
  readonly takenBy: string | null;
}

/** The oldest first. */
export async function openQuestionsOf(db: Db, asker: PersonId): Promise<readonly OpenQuestion[]> {
  return db
    .select({ askedAt: flags.askedAt, takenBy: people.name })
    .from(flags)
    .leftJoin(people, eq(people.id, flags.takenBy))
    .where(and(eq(flags.asker, asker), ne(flags.state, "closed"), isNotNull(flags.question)))
    .orderBy(asc(flags.askedAt), asc(flags.id));
}
