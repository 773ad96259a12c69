import { eq, sql } from "drizzle-orm";
import type { Db } from "../core/db.ts";
import type { Clock } from "../core/ports.ts";
import { isBefore } from "../core/time.ts";
import { clockSeen } from "./schema.ts";

/** Real time, or with `start` a clock that showed `start` when it was made and ticks normally. */
export function createClock(start: Temporal.Instant | null): Clock {
  if (start === null) return { now: () => Temporal.Now.instant() };
  const ahead = Temporal.Now.instant().until(start);
  return { now: () => Temporal.Now.instant().add(ahead) };
}

/** The programme's clock would run backwards: what was already said would be due again. */
export class ClockError extends Error {
  override readonly name = "ClockError";
}

/**
 * Refuses a clock that shows an earlier time than this database has seen. Real clocks of several machines differ a
 * little, so a minute is forgiven.
 */
export async function checkClock(db: Db, now: Temporal.Instant): Promise<void> {
  const seen = await latestSeen(db);
  if (seen === null || !isBefore(now.add({ minutes: 1 }), seen)) return;
  throw new ClockError(
    `The programme's clock would start at ${now.toString({ smallestUnit: "second" })}, but this database has already seen ${seen.toString({ smallestUnit: "second" })}. Set CLOCK to that time or a later one, or use another DATA_DIR or DATABASE_URL.`,
  );
}

/** The latest moment that this database has seen. */
export async function latestSeen(db: Db): Promise<Temporal.Instant | null> {
  const [seen] = await db.select().from(clockSeen).where(eq(clockSeen.id, 1));
  return seen?.at ?? null;
}

/** Keeps the latest moment that was seen, whichever process saw it. */
export async function rememberClock(db: Db, now: Temporal.Instant): Promise<void> {
  await db
    .insert(clockSeen)
    .values({ id: 1, at: now })
    .onConflictDoUpdate({
      target: clockSeen.id,
      set: { at: sql`greatest(${clockSeen.at}, excluded.at)` },
    });
}
