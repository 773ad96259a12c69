import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import postgres from "postgres";
import { openEmbedded, openPostgres, type Database } from "../../src/platform/database.ts";

/** The file that the suite's set-up leaves: a migrated, empty, embedded database. */
export const snapshotVariable = "WAYMARK_TEST_SNAPSHOT";

/**
 * A fresh, migrated database: on the PostgreSQL server of `DATABASE_URL` a new one of its own, dropped at `close`;
 * without it an embedded one in memory.
 */
export async function openTestDatabase(): Promise<Database> {
  const server = process.env["DATABASE_URL"];
  return server === undefined || server === "" ? openEmbeddedTestDatabase() : openPostgresTestDatabase(server);
}

export async function openEmbeddedTestDatabase(): Promise<Database> {
  const file = process.env[snapshotVariable];
  if (file !== undefined) return openEmbedded(null, new Blob([readFileSync(file)]));
  const database = await openEmbedded(null);
  await database.migrate();
  return database;
}

/** @returns the database and its address, for other processes that share it */
export async function openPostgresTestDatabase(server: string): Promise<Database & { readonly url: string }> {
  const database = await openEmptyPostgres(server);
  await database.migrate();
  return database;
}

/** Like `openTestDatabase`, with no tables yet: for tests of upgrades. */
export async function openEmptyTestDatabase(): Promise<Database> {
  const server = process.env["DATABASE_URL"];
  return server === undefined || server === "" ? openEmbedded(null) : openEmptyPostgres(server);
}

async function openEmptyPostgres(server: string): Promise<Database & { readonly url: string }> {
  const name = `waymark_test_${randomBytes(6).toString("hex")}`;
  await onServer(server, (sql) => sql.unsafe(`create database ${name}`));
  const url = new URL(server);
  url.pathname = `/${name}`;
  const database = openPostgres(url.href);
  return {
    ...database,
    url: url.href,
    close: async () => {
      await database.close();
      await onServer(server, (sql) => sql.unsafe(`drop database ${name} with (force)`));
    },
  };
}

async function onServer(server: string, work: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(server, { max: 1, onnotice: () => undefined });
  try {
    await work(sql);
  } finally {
    await sql.end();
  }
}
