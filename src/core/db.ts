import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";

/**
 * A database or a transaction on it: the same SQL on PostgreSQL (postgres-js) and on the embedded one (PGlite).
 * `execute()` and update counts differ between the two: use `.returning()`. Inside a transaction use its handle only;
 * on the embedded database a query on the pool would wait for ever.
 */
export type Db = PgDatabase<PgQueryResultHKT>;
