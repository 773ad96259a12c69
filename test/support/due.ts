import { eq, min } from "drizzle-orm";
import type { Db } from "../../src/core/db.ts";
import { meetingReminders } from "../../src/features/meetings/schema.ts";
import { notices } from "../../src/features/notices/schema.ts";
import { outreachLooks } from "../../src/features/outreach/schema.ts";

/**
 * The first moment at which the jobs of meetings, outreach and notices find something to do; null: never, as things stand. Tests that
 * live through months skip the looks before it: such a look is two queries that find nothing.
 *
 * @param withOutreach false when its job does not run
 */
export async function nextDue(db: Db, withOutreach = true): Promise<Temporal.Instant | null> {
  const [reminder] = await db.select({ at: min(meetingReminders.nextAt) }).from(meetingReminders);
  const [notice] = await db
    .select({ at: min(notices.dueAt) })
    .from(notices)
    .where(eq(notices.state, "waiting"));
  const [look] = await db.select({ at: min(outreachLooks.nextAt) }).from(outreachLooks);
  return [reminder?.at ?? null, notice?.at ?? null, (withOutreach ? look?.at : null) ?? null].reduce((first, at) =>
    first === null || (at !== null && Temporal.Instant.compare(at, first) < 0) ? at : first,
  );
}
