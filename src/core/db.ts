import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";

/**
 * A database or a transaction on it: the same SQL on PostgreSQL (postgres-js) and on the embedded one (PGlite).
 * `execute()` and update counts differ between the two: use `.returning()`. Inside a transaction use its handle only;
 * on the embedded database a query on the pool would wait for ever.
 */
export type Db = PgDatabase<PgQueryResultHKT>;

interface Prepared<Answer> {
  execute(values?: Record<string, unknown>): Promise<Answer>;
}

/**
 * A query for the hot path: its SQL is built once and then only run, under a name, so that PostgreSQL plans it once
 * too. Building a join of ten tables takes drizzle 0.5 ms, as long as all else in a turn.
 *
 * @param build with `sql.placeholder("name")` in the place of each value
 */
export function buildOnce<Answer>(
  name: string,
  build: (db: Db) => { prepare(name: string): Prepared<Answer> },
): (db: Db, values: Readonly<Record<string, unknown>>) => Promise<Answer> {
  // By driver: tests open databases of both kinds in one process.
  const built = new Map<unknown, Prepared<Answer>>();
  return (db, values) => {
    const { session } = db._;
    let query = built.get(session.constructor);
    if (query === undefined) built.set(session.constructor, (query = build(db).prepare(name)));
    // The same query on this transaction's connection; drizzle itself would build it anew.
    const client: unknown = Reflect.get(session, "client");
    return query.execute.call(Object.create(query, { client: { value: client } }), values);
  };
}
