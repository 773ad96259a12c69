import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { sql, type SQL } from "drizzle-orm";
import type { Db } from "../../../src/core/db.ts";
import { outbox } from "../../../src/platform/schema.ts";
import { startConnector, type Connector, type ConnectorOptions } from "../../support/connector.ts";
import { openPostgresTestDatabase } from "../../support/database.ts";
import { compareDeliveries, isSettled, type DeliveryAccount } from "../../support/delivery-account.ts";
import {
  startDeliveryProcess,
  type DeliveryProcess,
  type DeliveryProcessSettings,
} from "../../support/delivery-process.ts";
import { createPostOffice } from "../../support/post-office.ts";

/** What a part shows. `broken`: promises that were not kept, as opposed to times that were not reached. */
export interface Shown {
  readonly what: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly broken: readonly string[];
}

export interface Size {
  readonly server: string;
  /** Some seconds, to see that it works rather than how fast it is. */
  readonly isShort: boolean;
}

export interface Bench {
  readonly office: ReturnType<typeof createPostOffice>;
  readonly connector: Connector;
  readonly database: Awaited<ReturnType<typeof openPostgresTestDatabase>>;
  /** A process that shares the database and delivers. It is ended with the bench. */
  readonly start: (settings?: Pick<DeliveryProcessSettings, "share" | "isSpare">) => Promise<DeliveryProcess>;
}

/** A database and a connector of its own, gone afterwards. */
export async function withBench<Result>(
  server: string,
  options: ConnectorOptions,
  work: (bench: Bench) => Promise<Result>,
): Promise<Result> {
  const database = await openPostgresTestDatabase(server);
  const connector = await startConnector(options);
  const running: DeliveryProcess[] = [];
  try {
    return await work({
      office: createPostOffice(database.db, connector.url),
      connector,
      database,
      start: async (settings = {}) => {
        const started = await startDeliveryProcess({ database: database.url, connector: connector.url, ...settings });
        running.push(started);
        return started;
      },
    });
  } finally {
    await Promise.all(running.map((one) => one.end("SIGTERM")));
    await connector.stop();
    await database.close();
  }
}

/** Chunks of messages, each to somebody else unless told otherwise. @returns what each is about */
export async function enqueueMany(
  { office }: Pick<Bench, "office">,
  count: number,
  make: (at: number) => ReturnType<Bench["office"]["message"]> = (at) => office.message(office.person(), `m${at}`),
): Promise<readonly string[]> {
  const messages = Array.from({ length: count }, (_, at) => make(at));
  for (let from = 0; from < count; from += 10_000) await office.enqueue(...messages.slice(from, from + 10_000));
  return messages.map(({ ref }) => ref["about"] ?? "");
}

export async function statesOf({ database }: Pick<Bench, "database">): Promise<Readonly<Record<string, number>>> {
  const rows = await database.db
    .select({ state: outbox.state, count: sql<number>`count(*)::int` })
    .from(outbox)
    .groupBy(outbox.state);
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}

/** @returns false when something is still under way after so long */
export async function untilSettled(bench: Pick<Bench, "database">, patienceMs: number): Promise<boolean> {
  const until = performance.now() + patienceMs;
  while (performance.now() < until) {
    if (isSettled(await statesOf(bench))) return true;
    await sleep(100);
  }
  return false;
}

/** The list beside the connector's own account, message by message. */
export async function compare(bench: Bench, enqueued: readonly string[]): Promise<DeliveryAccount> {
  const rows = await bench.database.db.select({ ref: outbox.ref, kind: outbox.kind, state: outbox.state }).from(outbox);
  return compareDeliveries(
    rows.map(({ ref, ...row }) => ({ about: ref["about"] ?? "", ...row })),
    bench.connector.accepted,
    enqueued,
  );
}

/** Of a query of PostgreSQL's own, such as `explain`. */
export async function rowsOf(db: Db, query: SQL): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return [...((await db.execute(query)) as Iterable<Readonly<Record<string, unknown>>>)];
}

/** What all figures depend on. */
export async function circumstances(server: string): Promise<Readonly<Record<string, unknown>>> {
  return withBench(server, {}, async ({ database }) => {
    const names = ["server_version", "fsync", "synchronous_commit", "shared_buffers", "max_connections"];
    const settings = sql.join(
      names.map((name) => sql`current_setting(${name}) as ${sql.identifier(name)}`),
      sql`, `,
    );
    const [postgres] = await rowsOf(database.db, sql`select ${settings}`);
    const versionOf = (name: string): string => {
      const file = new URL(`../../../node_modules/${name}/package.json`, import.meta.url);
      return String((JSON.parse(readFileSync(file, "utf8")) as { version: unknown }).version);
    };
    return {
      node: process.version,
      cores: cpus().length,
      postgres,
      packages: Object.fromEntries(["botbuilder", "drizzle-orm", "postgres"].map((name) => [name, versionOf(name)])),
      connector: "the simulator, on this machine, 30 ms of latency unless a part says otherwise",
    };
  });
}

export const round = (value: number): number => Math.round(value * 1000) / 1000;
export const secondsSince = (began: number): number => round((performance.now() - began) / 1000);
