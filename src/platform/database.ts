import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { pg_trgm } from "@electric-sql/pglite/contrib/pg_trgm";
import { sql } from "drizzle-orm";
import { drizzle as drizzlePglite } from "drizzle-orm/pglite";
import { migrate as migratePglite } from "drizzle-orm/pglite/migrator";
import { drizzle as drizzlePostgres } from "drizzle-orm/postgres-js";
import { migrate as migratePostgres } from "drizzle-orm/postgres-js/migrator";
import type { Db } from "../core/db.ts";
import { openPool } from "./postgres-pool.ts";

export interface Database {
  readonly db: Db;
  /**
   * Brings the tables to the newest form. Safe when several processes start at once.
   *
   * @param folder other than the project's own, to make a database of an earlier form
   */
  migrate(folder?: string): Promise<void>;
  /** Throws when the database cannot answer now. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Where the project's migrations lie, oldest first. */
export const migrationsFolder = fileURLToPath(new URL("../../migrations", import.meta.url));

/** Any number will do, as long as every Waymark process asks for the same. */
const migrationLock = 7_291_133;

export interface PostgresOptions {
  readonly connections?: number;
  /** The server ends a statement after so long ... */
  readonly statementMs?: number;
  /** ... and a connection that gave no answer for so long is given up: delivery stands still for no longer than this. */
  readonly answerMs?: number;
}

/**
 * A PostgreSQL server that any number of processes share. Nothing is opened before the first query, so a server that is
 * down does not keep the service from starting.
 */
export function openPostgres(url: string, options: PostgresOptions = {}): Database {
  const pool = openPool(url, {
    // Two cores serve about as many transactions at a time; more connections only queue inside PostgreSQL.
    connections: options.connections ?? 8,
    applicationName: "waymark",
    // Ours take milliseconds, an import of thousands of people some seconds.
    statementMs: options.statementMs ?? 15_000,
    answerMs: options.answerMs ?? 20_000,
  });
  const db = drizzlePostgres({ client: pool.client, casing: "snake_case" });
  return {
    db,
    // On one connection of its own, so that the lock and the migrations share a session.
    migrate: async (folder = migrationsFolder) => {
      // Longer than any migration takes that another process is at.
      const single = openPool(url, {
        connections: 1,
        applicationName: "waymark-migrate",
        statementMs: 300_000,
        answerMs: 310_000,
      });
      try {
        const alone = drizzlePostgres({ client: single.client, casing: "snake_case" });
        await alone.execute(sql`select pg_advisory_lock(${migrationLock})`);
        await migratePostgres(alone, { migrationsFolder: folder });
      } finally {
        await single.close();
      }
    },
    ping: async () => {
      await db.execute(sql`select 1`);
    },
    close: () => pool.close(),
  };
}

/**
 * PostgreSQL inside this process. One process only, and what was written in the last moments before a power cut may be
 * lost: good for trying out and for tests.
 *
 * @param path a folder, or `null` for memory
 * @param snapshot a dumped data folder to begin with: 0.6 s instead of 3 s
 */
export async function openEmbedded(
  path: string | null,
  snapshot?: Blob,
): Promise<Database & { dump(): Promise<Blob> }> {
  const client = await PGlite.create({
    ...(path === null ? {} : { dataDir: path }),
    ...(snapshot === undefined ? {} : { loadDataDir: snapshot }),
    extensions: { pg_trgm },
    // Drivers must agree on one textual form of instants; features never see it.
    parsers: { 1184: (value) => value, 1082: (value) => value },
  });
  await client.exec("set timezone to 'UTC'");
  const db = drizzlePglite(client, { casing: "snake_case" });
  return {
    db,
    migrate: (folder = migrationsFolder) => migratePglite(db, { migrationsFolder: folder }),
    ping: async () => {
      await client.query("select 1");
    },
    close: async () => {
      await client.exec("checkpoint");
      await client.close();
    },
    dump: () => client.dumpDataDir("none"),
  };
}
