import { sql } from "drizzle-orm";
import { buildOnce, type Db } from "../core/db.ts";
import { rateLimits } from "./schema.ts";

/** One limit as its row has it: milliseconds of the database's clock since 1970. */
export interface Bucket {
  readonly key: string;
  readonly tenantId: string;
  readonly paidUntil: number;
  readonly heldUntil: number;
  readonly queuedUntil: number;
}

/** Milliseconds since 1970. */
export const databaseNow = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::float8`;

// Everybody waits for the tenant's row while one process decides: these are prepared, which is a round trip less for each.
const lock = buildOnce("limits-lock", (db) =>
  db
    .insert(rateLimits)
    .select(
      sql`select key, tenant, 0, 0, 0, null
        from jsonb_to_recordset(${sql.placeholder("keys")}::text::jsonb) as wanted (key text, tenant text) order by key`,
    )
    .onConflictDoUpdate({ target: rateLimits.key, set: { key: sql`excluded.key` } })
    .returning({
      key: rateLimits.key,
      tenantId: rateLimits.tenantId,
      paidUntil: rateLimits.paidUntil,
      heldUntil: rateLimits.heldUntil,
      queuedUntil: rateLimits.queuedUntil,
      now: databaseNow,
    }),
);

/** Creates what is missing and locks all, in one order for everybody. `now` is read once the lock is held. */
export async function lockBuckets(
  tx: Db,
  tenantOf: ReadonlyMap<string, string>,
): Promise<readonly (Bucket & { readonly now: number })[]> {
  const keys = [...tenantOf].map(([key, tenant]) => ({ key, tenant }));
  return await lock(tx, { keys: JSON.stringify(keys) });
}

const save = buildOnce("limits-save", (db) =>
  db
    .update(rateLimits)
    .set({ paidUntil: sql`bucket.paid`, queuedUntil: sql`bucket.queued` })
    .from(
      sql`jsonb_to_recordset(${sql.placeholder("buckets")}::text::jsonb)
        as bucket (key text, paid double precision, queued double precision)`,
    )
    .where(sql`${rateLimits.key} = bucket.key`),
);

export async function saveBuckets(tx: Db, buckets: readonly Bucket[]): Promise<void> {
  const changed = buckets.map(({ key, paidUntil, queuedUntil }) => ({ key, paid: paidUntil, queued: queuedUntil }));
  await save(tx, { buckets: JSON.stringify(changed) });
}

export async function hold(db: Db, key: string, tenantId: string, ms: number): Promise<void> {
  await db
    .insert(rateLimits)
    .values({ key, tenantId, heldUntil: sql`${databaseNow} + ${ms}::float8` })
    .onConflictDoUpdate({
      target: rateLimits.key,
      set: { heldUntil: sql`greatest(${rateLimits.heldUntil}, excluded.held_until)` },
    });
}
