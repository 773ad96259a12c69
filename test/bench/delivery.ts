import { spawn, type ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import { claimQuery } from "../../src/platform/delivery-store.ts";
import { outbox } from "../../src/platform/schema.ts";
import { createTeams } from "../../src/platform/teams/teams.ts";
import { faults, startConnector, teamsEnforced, type ConnectorOptions, type Fault } from "../support/connector.ts";
import { openPostgresTestDatabase } from "../support/database.ts";
import { createPostOffice, noon } from "../support/post-office.ts";

/**
 * Delivery on a real PostgreSQL: what is lost, sent twice or late when processes die and Teams fails, and how fast it is.
 *
 *     DATABASE_URL=postgres://... npm run bench -- delivery [PART ...] [--short]
 */

const worker = fileURLToPath(new URL("delivery-worker.ts", import.meta.url));

interface Bench {
  readonly office: ReturnType<typeof createPostOffice>;
  readonly connector: Awaited<ReturnType<typeof startConnector>>;
  readonly database: Awaited<ReturnType<typeof openPostgresTestDatabase>>;
  /** Starts a process and waits until it delivers. */
  readonly start: (limit?: number) => Promise<ChildProcess>;
}

async function withBench<T>(server: string, options: ConnectorOptions, work: (bench: Bench) => Promise<T>): Promise<T> {
  const database = await openPostgresTestDatabase(server);
  const connector = await startConnector(options);
  const running = new Set<ChildProcess>();
  const start = async (limit?: number): Promise<ChildProcess> => {
    const env = {
      ...process.env,
      BENCH_DATABASE: database.url,
      BENCH_CONNECTOR: connector.url,
      BENCH_LIMIT: limit === undefined ? "" : String(limit),
    };
    const child = spawn(process.execPath, [worker], { env, stdio: ["ignore", "pipe", "inherit"] });
    running.add(child);
    child.once("exit", () => running.delete(child));
    await new Promise((resolve) => child.stdout.once("data", resolve));
    return child;
  };
  try {
    return await work({ office: createPostOffice(database.db, connector.url), connector, database, start });
  } finally {
    await Promise.all([...running].map((child) => ended(child, "SIGTERM")));
    await connector.stop();
    await database.close();
  }
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const over = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await over;
}

/** Enqueues `count` reminders, each to somebody else. */
async function enqueue({ office }: Bench, count: number): Promise<void> {
  const messages = Array.from({ length: count }, (_, at) => office.message(office.person(), `m${at}`));
  for (let from = 0; from < count; from += 10_000) await office.enqueue(...messages.slice(from, from + 10_000));
}

async function statesOf({ database }: Bench): Promise<Record<string, number>> {
  const rows = await database.db
    .select({ state: outbox.state, count: sql<number>`count(*)::int` })
    .from(outbox)
    .groupBy(outbox.state);
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}

const isOver = (states: Record<string, number>): boolean =>
  !["ready", "leased", "sending"].some((state) => (states[state] ?? 0) > 0);

/** What the connector's own account says beside the ledger. */
async function account(bench: Bench, count: number) {
  const times = new Map<string, number>();
  for (const { card } of bench.connector.accepted) {
    const about = card?.fallbackText ?? "";
    times.set(about, (times.get(about) ?? 0) + 1);
  }
  const states = await statesOf(bench);
  const sent = (await bench.office.rows()).filter(({ state }) => state === "sent");
  const listed = Object.values(states).reduce((sum, each) => sum + each, 0);
  return {
    ...states,
    listed,
    of: count,
    delivered: times.size,
    "delivered twice": [...times.values()].filter((each) => each > 1).length,
    "called sent but not delivered": sent.filter(({ about }) => !times.has(`${about}: open`)).length,
  };
}

/** Three processes, of which each second one that had become ready is killed and replaced. */
async function killStorm(server: string, count: number, faultFor?: NonNullable<ConnectorOptions["faultFor"]>) {
  return withBench(server, { limits: null, ...(faultFor === undefined ? {} : { faultFor }) }, async (bench) => {
    await enqueue(bench, count);
    const began = performance.now();
    const children = await Promise.all([1, 2, 3].map(() => bench.start(2)));
    let kills = 0;
    let next = 0;
    const deadline = performance.now() + 900_000;
    while (!isOver(await statesOf(bench)) && performance.now() < deadline) {
      await sleep(1000);
      const victim = children[next]!;
      await ended(victim, "SIGKILL");
      kills += 1;
      children[next] = await bench.start(2);
      next = (next + 1) % children.length;
    }
    return { seconds: seconds(began), kills, ...(await account(bench, count)) };
  });
}

/** One in ten messages meets a fault of some kind, each kind in its turn. */
function everyTenth(): NonNullable<ConnectorOptions["faultFor"]> {
  const kinds: readonly Fault[] = [
    faults.throttled(1),
    faults.throttled(),
    faults.preconditionFailed,
    faults.serverError,
    faults.unavailable,
    faults.badGatewayAfterDelivery,
    faults.reset,
    faults.resetAfterDelivery,
    faults.truncated,
    faults.hang,
  ];
  let seen = 0;
  return () => {
    seen += 1;
    return seen % 10 === 0 ? (kinds[(seen / 10) % kinds.length] ?? null) : null;
  };
}

/** With a connector that enforces what Teams enforces. */
async function limitsKept(server: string, processes: number, count: number, share: number) {
  const limits = { ...teamsEnforced, perSecond: Math.floor(teamsEnforced.perSecond * share) };
  return withBench(server, { limits }, async (bench) => {
    await Promise.all(Array.from({ length: processes }, () => bench.start(share)));
    await enqueue(bench, count);
    const began = performance.now();
    while (!isOver(await statesOf(bench))) await sleep(100);
    const took = seconds(began);
    const ideal = (count - 1) / limits.perSecond;
    return {
      processes,
      seconds: took,
      ideal: round(ideal),
      ratio: round(took / ideal),
      "most in a second": bench.connector.most(1),
      allowed: limits.perSecond,
      "429": bench.connector.calls.filter(({ status }) => status === 429).length,
    };
  });
}

/** Messages a second at equal concurrency, without limits: ours, the bare SDK, and a loop that selects, sends and marks. */
async function rates(server: string, count: number, concurrency: number) {
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const teams = createTeams({ credentials: null, allowedTenants: [], openIdMetadataUrl: null, log });
  const { CloudAdapter, ConfigurationBotFrameworkAuthentication } = await import("botbuilder");
  return withBench(server, {}, async (bench) => {
    const { office, connector, database } = bench;
    const bare = async (): Promise<number> => {
      const adapter = new CloudAdapter(new ConfigurationBotFrameworkAuthentication({}));
      const people = Array.from({ length: count }, () => office.addressOf(office.person()));
      const began = performance.now();
      await inParallel(people, concurrency, async ({ conversationId }) => {
        const reference = {
          serviceUrl: connector.url,
          channelId: "msteams",
          conversation: { id: conversationId, isGroup: false, conversationType: "personal", name: "" },
          bot: { id: "28:bot", name: "" },
        };
        await adapter.continueConversationAsync("", reference, async (context) => {
          await context.sendActivity({ type: "message", text: "hello" });
        });
      });
      return count / seconds(began);
    };
    const ours = async (): Promise<number> => {
      await enqueue(bench, count);
      await database.db.execute(sql`analyze outbox`);
      const engine = office.engine({ send: teams.send, lanes: concurrency });
      const began = performance.now();
      await engine.deliverDue();
      return count / seconds(began);
    };
    // Each once to warm up; then in turn, so that both meet the same machine.
    await bare();
    await ours();
    const results: { bare: number; ours: number }[] = [];
    for (let round = 0; round < 3; round += 1) {
      await office.reset();
      results.push({ bare: await bare(), ours: await ours() });
    }
    const middle = (which: "bare" | "ours") => results.map((each) => each[which]).toSorted((a, b) => a - b)[1]!;
    connector.clear();
    await office.reset();
    await enqueue(bench, count);
    const naive = async (): Promise<void> => {
      for (;;) {
        const due = await database.db
          .select()
          .from(outbox)
          .where(sql`${outbox.state} = 'ready'`)
          .limit(50);
        if (due.length === 0) return;
        await inParallel(due, concurrency, async (row) => {
          await teams.send(office.addressOf({ person: row.person! }), { card: { ...plainCard, fallbackText: row.id } });
          await database.db
            .update(outbox)
            .set({ state: "sent" })
            .where(sql`${outbox.id} = ${row.id}`);
        });
      }
    };
    await Promise.all([naive(), naive(), naive()]);
    return {
      concurrency,
      "bare SDK a second": round(middle("bare")),
      "ours a second": round(middle("ours")),
      ratio: round(middle("ours") / middle("bare")),
      "sent too often by three loops that select, send and mark": connector.accepted.length - count,
    };
  });
}

const plainCard = { type: "AdaptiveCard", $schema: "", version: "1.5", fallbackText: "", body: [] } as const;

async function inParallel<T>(items: readonly T[], lanes: number, work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** What a long list and a long history cost. */
async function longList(server: string) {
  return withBench(server, {}, async (bench) => {
    const { office, database } = bench;
    const later = noon.add({ hours: 24 });
    const messages = Array.from({ length: 100_000 }, (_, at) =>
      office.message(office.person(), `m${at}`, { dueAt: later }),
    );
    const began = performance.now();
    await office.enqueue(...messages);
    const enqueued = seconds(began);
    const looks: { finished: number; ms: number; buffers: number; "reads the whole table": boolean }[] = [];
    for (const finished of [0, 100_000, 400_000]) {
      const have = looks.at(-1)?.finished ?? 0;
      if (finished > 0)
        await database.db.execute(sql`
          insert into outbox (id, kind, ref, person, dedupe_key, priority, due_at, state, state_since)
          select gen_random_uuid(), 'reminder', '{}', gen_random_uuid(), 'done' || n, 2, ${noon.toString()}::timestamptz, 'sent', ${noon.toString()}::timestamptz
          from generate_series(${have + 1}::int, ${finished}::int) as n`);
      await database.db.execute(sql`vacuum analyze outbox`);
      const query = claimQuery(database.db, { lease: crypto.randomUUID(), now: noon, atMost: 8 });
      const plan = JSON.stringify(await database.db.execute(sql`explain (analyze, buffers) ${query.getSQL()}`));
      const number = (pattern: RegExp): number => Number(pattern.exec(plan)?.[1] ?? "0");
      looks.push({
        finished,
        ms: number(/Execution Time: ([\d.]+)/),
        buffers: number(/shared hit=(\d+)/) + number(/shared hit=\d+ read=(\d+)/),
        "reads the whole table": plan.includes("Seq Scan on outbox"),
      });
    }
    return { "100,000 enqueued in s": enqueued, looks };
  });
}

/** A year's load in one go. */
async function memory(server: string, count: number) {
  return withBench(server, { latencyMs: 0 }, async (bench) => {
    const { office } = bench;
    const send = async () => ({ ok: true as const, activityId: "1" });
    const megabytes: number[] = [];
    for (let part = 0; part < 3; part += 1) {
      for (let done = 0; done < count / 3; done += 1000)
        await office.enqueue(
          ...Array.from({ length: 1000 }, (_, at) => office.message(office.person(), `${part} ${done} ${at}`)),
        );
      await office.engine({ send }).deliverDue();
      office.settled.length = 0;
      globalThis.gc?.();
      megabytes.push(round(process.memoryUsage.rss() / 2 ** 20));
    }
    return { messages: count, "MB after each third": megabytes };
  });
}

const seconds = (began: number): number => round((performance.now() - began) / 1000);
const round = (value: number): number => Math.round(value * 1000) / 1000;

const isShort = process.argv.includes("--short");
const few = (count: number): number => (isShort ? count / 20 : count);

const parts: Readonly<Record<string, (server: string) => Promise<unknown>>> = {
  kills: (server) => killStorm(server, few(10_000)),
  faults: (server) => killStorm(server, few(3000), everyTenth()),
  limits: async (server) => {
    const results: unknown[] = [];
    for (const processes of [1, 3, 5]) results.push(await limitsKept(server, processes, few(1000), 1));
    return results;
  },
  tenth: (server) => limitsKept(server, 3, few(1000), 0.1),
  rates: (server) => rates(server, few(2000), 20),
  list: longList,
  memory: (server) => memory(server, few(60_000)),
};

const server = process.env["DATABASE_URL"];
if (server === undefined || server === "") {
  console.error("Set DATABASE_URL to a PostgreSQL server: this benchmark starts several processes.");
  process.exit(2);
}
const asked = process.argv.slice(2).filter((name) => !name.startsWith("--"));
for (const name of asked.length > 0 ? asked : Object.keys(parts)) {
  const part = parts[name];
  if (part === undefined) {
    console.error(`No part is called ${name}. There are: ${Object.keys(parts).join(", ")}.`);
    process.exit(2);
  }
  console.log(name, JSON.stringify(await part(server), null, 2));
}
