import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/postgres-js";
import { features, introductions, messages } from "../../../src/app.ts";
import type { Db } from "../../../src/core/db.ts";
import type { OutsideDeps } from "../../../src/core/feature.ts";
import { rememberClock } from "../../../src/platform/clock.ts";
import { createDelivery } from "../../../src/platform/delivery.ts";
import { createOutbox } from "../../../src/platform/outbox.ts";
import { openPool } from "../../../src/platform/postgres-pool.ts";
import { createRateLimits, teamsLimits } from "../../../src/platform/rate-limits.ts";
import { createScheduler } from "../../../src/platform/scheduler.ts";
import { forgetOldActivities } from "../../../src/platform/teams/turns.ts";
import { noon } from "../../support/post-office.ts";
import { round, secondsSince, withBench } from "./bench.ts";
import type { Bench, Shown, Size } from "./bench.ts";

/** A statement of a tick, and what PostgreSQL says of running it. */
interface Looked {
  readonly statement: string;
  readonly ms: number;
  readonly buffers: number;
  readonly scanned: readonly string[];
}

interface Plan {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Shared Hit Blocks": number;
  readonly "Shared Read Blocks": number;
  readonly Plans?: readonly Plan[];
}

/**
 * What a beat of the service costs when nothing is due, with many groups in the middle of their year and more and more
 * behind them: the jobs of all features, the end of the tick and a look of the delivery, each statement explained.
 */
export async function tick(size: Size): Promise<Shown> {
  const groups = size.isShort ? 2000 : 100_000;
  const finishedOf = size.isShort ? [0, 2000, 8000] : [0, 100_000, 400_000];
  return withBench(size.server, {}, async (bench) => {
    const filledFrom = performance.now();
    const filling = openPool(bench.database.url, { ...poolSettings, statementMs: 900_000, answerMs: 910_000 });
    const patient = drizzle({ client: filling.client, casing: "snake_case" });
    await fill(patient, groups);
    const facts = { groups, "filled in s": secondsSince(filledFrom) };
    const broken: string[] = [];
    const ticks: Record<string, unknown>[] = [];
    let finished = 0;
    for (const next of finishedOf) {
      await finish(patient, finished, next);
      finished = next;
      const looked = await lookAtTick(bench, broken);
      const scanned = [...new Set(looked.flatMap((each) => each.scanned))];
      if (scanned.length > 0)
        broken.push(`with ${finished} finished messages it reads the whole of ${scanned.join(", ")}`);
      const sum = (of: (each: Looked) => number): number => looked.reduce((all, each) => all + of(each), 0);
      ticks.push({
        "finished messages": finished,
        statements: looked.length,
        "ms of database time, planning included (goal: under 5)": round(sum(({ ms }) => ms)),
        buffers: sum(({ buffers }) => buffers),
        "whole tables read": scanned.length,
        dearest: looked
          .toSorted((a, b) => b.ms - a.ms)
          .slice(0, 3)
          .map(({ statement, ms, buffers }) => ({ ms: round(ms), buffers, statement: statement.slice(0, 90) })),
      });
    }
    await filling.close();
    const buffers = ticks.map((each) => Number(each["buffers"]));
    // An index that grew tenfold may be a page deeper.
    if (Math.max(...buffers) > Math.min(...buffers) + 2 * Number(ticks[0]?.["statements"]))
      broken.push(`more buffers the more is finished: ${buffers.join(", ")}`);
    return { what: "a tick with nothing due costs the same whatever lies behind", facts: { ...facts, ticks }, broken };
  });
}

/** Chunks of 2,000, one statement each. */
export async function list(size: Size): Promise<Shown> {
  const count = size.isShort ? 10_000 : 100_000;
  return withBench(size.server, {}, async (bench) => {
    const { office, database } = bench;
    const statements: string[] = [];
    const pool = openPool(database.url, poolSettings);
    const logger = { logQuery: (text: string) => void statements.push(text) };
    const db = drizzle({ client: pool.client, casing: "snake_case", logger });
    const messages = Array.from({ length: count }, (_, at) => office.message(office.person(), `m${at}`));
    const enqueue = () => db.transaction((tx) => office.queue.enqueue(tx, messages));
    const began = performance.now();
    const added = (await enqueue()).length;
    const took = secondsSince(began);
    const inserts = statements.length;
    const againBegan = performance.now();
    const addedAgain = (await enqueue()).length;
    const tookAgain = secondsSince(againBegan);
    await pool.close();
    const broken: string[] = [];
    if (inserts !== count / 2000) broken.push(`${inserts} statements`);
    if (added !== count || addedAgain !== 0) broken.push(`${added} were added, and ${addedAgain} of the same again`);
    return {
      what: "many notices are enqueued by a statement a chunk, in one transaction",
      facts: { notices: count, statements: inserts, seconds: took, "the same again, in seconds": tookAgain },
      broken,
    };
  });
}

const poolSettings = { connections: 2, applicationName: "bench", statementMs: 60_000, answerMs: 70_000 };

const settings = {
  id: "bench",
  name: "Bench",
  timezone: "Asia/Kuala_Lumpur",
  year: { starts: "2026-09-07", ends: "2027-06-11" },
  meetings: [{ key: "key-0", title: "A meeting", opens: "2026-09-14", closes: "2026-10-02" }],
};

/** A programme in which every group has a mentor, a mentee, a chat, five meetings, and something to hear of later. */
async function fill(db: Db, groups: number): Promise<void> {
  const now = sql`${noon.toString()}::timestamptz`;
  const later = sql`${noon.add({ hours: 24 }).toString()}::timestamptz`;
  const id = (kind: number, of: string) => sql.raw(`md5('${kind} ' || ${of})::uuid`);
  const each = sql`generate_series(1, ${groups}::int) as n`;
  await db.execute(sql`insert into programmes (id, name, time_zone, starts, ends, settings, imported_at)
    values ('bench', 'Bench', 'Asia/Kuala_Lumpur', '2026-09-07', '2027-06-11', ${JSON.stringify(settings)}::text::jsonb, ${now})`);
  await db.execute(
    sql`insert into groups (id, programme, name) select ${id(1, "n")}, 'bench', 'Group ' || n from ${each}`,
  );
  for (const [kind, role] of [
    [2, "mentor"],
    [3, "mentee"],
  ] as const) {
    await db.execute(sql`insert into people (id, email, name, created_at, welcomed_at)
      select ${id(kind, "n")}, ${role} || n || '@example.edu', ${role} || n, ${now}, ${now} from ${each}`);
    await db.execute(sql`insert into memberships (id, person, programme, "group", role, joined_on)
      select gen_random_uuid(), ${id(kind, "n")}, 'bench', ${id(1, "n")}, ${role}, '2026-09-07' from ${each}`);
    await db.execute(sql`insert into contacts
      (person, tenant_id, user_id, bot_id, service_url, conversation_id, state, state_since, last_seen)
      select ${id(kind, "n")}, 't', '29:' || n, '28:b', 'http://127.0.0.1', 'a:' || n, 'reachable', ${now}, ${now} from ${each}`);
  }
  await db.execute(sql`insert into chats (id, conversation_id, tenant_id, bot_id, service_url, kind, "group", welcomed_at)
    select ${id(4, "n")}, '19:' || n, 't', '28:b', 'http://127.0.0.1', 'group', ${id(1, "n")}, ${now} from ${each}`);
  await db.execute(sql`insert into chat_checks (chat, verdict, "group", version, added_at, next_check_at)
    select ${id(4, "n")}, 'linked', ${id(1, "n")}, 1, ${now}, ${later} from ${each}`);
  await db.execute(sql`update chats set is_seen_to = true`);
  await db.execute(sql`insert into openings (person, tenant_id, user_id, bot_id, service_url, state, state_since)
    select ${id(3, "n")}, 't', '29:' || n, '28:b', 'http://127.0.0.1', 'opened', ${now} from ${each}`);
  await db.execute(sql`insert into outreach_looks (person, "group", next_at)
    select ${id(3, "n")}, ${id(1, "n")}, ${later} from ${each}`);
  await db.execute(sql`insert into covers (id, "group", mentor, until, asked_at)
    select gen_random_uuid(), ${id(1, "n")}, ${id(2, "n")}, '2026-12-01', ${now} from ${each}`);
  for (let meeting = 0; meeting < 5; meeting += 1) {
    await db.execute(sql`insert into meetings (id, "group", key, title, opens, closes)
      select ${id(10 + meeting, "n")}, ${id(1, "n")}, ${`key-${meeting}`}, 'A meeting', '2026-09-14', '2026-10-02' from ${each}`);
    await db.execute(sql`insert into meeting_reminders (meeting, person, next_kind, next_at)
      select ${id(10 + meeting, "n")}, ${id(2, "n")}, 'opens', ${later} from ${each}`);
    await db.execute(sql`insert into attendance (meeting, person, status, asked_at)
      select ${id(10 + meeting, "n")}, ${id(3, "n")}, 'held', ${now} from ${each}`);
  }
  await db.execute(sql`insert into notices
    (id, person, programme, role, kind, ref, topic, dedupe_key, due_at, useful_until, made_at)
    select gen_random_uuid(), ${id(2, "n")}, 'bench', 'mentor', 'k', '{}', 't' || n, 'later' || n, ${later}, ${later}, ${now}
    from ${each}`);
  await db.execute(sql`insert into outbox
    (id, kind, ref, person, dedupe_key, priority, subjects, due_at, useful_until, state_since)
    select gen_random_uuid(), 'reminder', '{}', ${id(2, "n")}, 'later' || n, 2, array['meeting:' || n], ${later}, ${later}, ${now}
    from ${each}`);
  await db.execute(sql`insert into seen_activities (conversation_id, activity_id, at)
    select 'a:' || n, n::text, ${now} from ${each}`);
}

/** So many messages lie behind: in the outbox, on cards of notices, and as cards that stand. */
async function finish(db: Db, from: number, to: number): Promise<void> {
  const now = sql`${noon.toString()}::timestamptz`;
  const each = sql`generate_series(${from + 1}::int, ${to}::int) as n`;
  const person = sql.raw("md5('2 ' || (1 + n % 2000))::uuid");
  const card = sql.raw("md5('card ' || n)::uuid");
  if (to > from) {
    await db.execute(sql`insert into notice_cards (id, person, at) select ${card}, ${person}, ${now} from ${each}`);
    await db.execute(sql`insert into notices
      (id, person, programme, role, kind, ref, topic, dedupe_key, due_at, useful_until, made_at, state, card)
      select gen_random_uuid(), ${person}, 'bench', 'mentor', 'k', '{}', 't' || n, 'done' || n, ${now}, ${now}, ${now}, 'on_card', ${card}
      from ${each}`);
    await db.execute(sql`insert into outbox
      (id, kind, ref, person, dedupe_key, priority, subjects, due_at, useful_until, state, state_since)
      select ${card}, 'reminder', '{}', ${person}, 'done' || n, 2, array['meeting:' || n], ${now}, ${now}, 'sent', ${now} from ${each}`);
    await db.execute(sql`insert into posted_cards (id, service_url, conversation_id, activity_id, subjects, posted_at)
      select ${card}, 'http://127.0.0.1', 'a:' || n, n::text, array['meeting:' || n], ${now} from ${each}`);
  }
  await db.execute(sql`vacuum analyze`);
}

async function lookAtTick({ database }: Bench, broken: string[]): Promise<readonly Looked[]> {
  const pool = openPool(database.url, poolSettings);
  const seen = new Map<string, unknown[]>();
  const logger = { logQuery: (text: string, values: unknown[]) => void seen.set(text, values) };
  const db = drizzle({ client: pool.client, casing: "snake_case", logger });
  const clock = { now: () => noon };
  const newId = () => crypto.randomUUID();
  const complain = (message: string): void => void broken.push(message);
  const unused = (): never => {
    throw new Error("Nothing is due, so nobody is asked");
  };
  const deps: OutsideDeps = {
    db,
    clock,
    newId,
    outbox: createOutbox({ newId, clock }),
    directory: { member: unused, members: unused } as unknown as OutsideDeps["directory"],
    links: { sign: unused },
    log: { info: () => undefined, warn: complain, error: complain },
  };
  const delivery = createDelivery({
    ...deps,
    messages,
    roster: introductions.roster,
    send: unused,
    limits: createRateLimits(db, teamsLimits),
  });
  const jobs = features.flatMap((feature) => feature.jobs ?? []);
  const scheduler = createScheduler(deps, jobs, 60, async (now) => {
    await rememberClock(db, now);
    await forgetOldActivities(db, now);
  });
  await scheduler.tick();
  await scheduler.stop();
  delivery.start();
  // A look takes some milliseconds, the next comes a second later.
  await sleep(1500);
  await delivery.stop();

  const looked: Looked[] = [];
  for (const [statement, values] of seen) {
    const runs: Looked[] = [];
    for (let run = 0; run < 6; run += 1) runs.push(await explain(pool, statement, values));
    // Without the first, which finds nothing in the cache; the one in the middle of the others.
    const middle = runs.slice(1).toSorted((a, b) => a.ms - b.ms)[2];
    if (middle !== undefined) looked.push(middle);
  }
  await pool.close();
  return looked;
}

async function explain(pool: ReturnType<typeof openPool>, statement: string, values: unknown[]): Promise<Looked> {
  const rows = await pool.client.unsafe(`explain (analyze, buffers, format json) ${statement}`, values as never[]);
  const [said] = (rows[0] as unknown as { "QUERY PLAN": readonly Explained[] })["QUERY PLAN"];
  if (said === undefined) throw new Error("No plan");
  return {
    statement,
    ms: said["Planning Time"] + said["Execution Time"],
    buffers: said.Plan["Shared Hit Blocks"] + said.Plan["Shared Read Blocks"],
    scanned: scansIn(said.Plan),
  };
}

interface Explained {
  readonly Plan: Plan;
  readonly "Planning Time": number;
  readonly "Execution Time": number;
}

function scansIn(plan: Plan): readonly string[] {
  // A service has a handful of programmes: one page, whatever lies behind.
  const isScan = plan["Node Type"] === "Seq Scan" && plan["Relation Name"] !== "programmes";
  const here = isScan ? [plan["Relation Name"] ?? "?"] : [];
  return [...here, ...(plan.Plans ?? []).flatMap(scansIn)];
}
