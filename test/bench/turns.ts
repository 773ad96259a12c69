import { spawn, type ChildProcess } from "node:child_process";
import { randomUUIDv7 } from "node:crypto";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { asc, eq, sql } from "drizzle-orm";
import { z } from "zod/v4";
import type { Db } from "../../src/core/db.ts";
import { attendance, meetings } from "../../src/features/meetings/schema.ts";
import { programmeChanged } from "../../src/features/meetings/service.ts";
import { logbookEntries, logbookVersions } from "../../src/features/logbook/schema.ts";
import { contacts, memberships, people } from "../../src/features/programme/schema.ts";
import { importProgramme } from "../../src/features/setup/service.ts";
import { readProgrammeFolder } from "../../src/platform/folder.ts";
import { startConnector } from "../support/connector.ts";
import { openPostgresTestDatabase } from "../support/database.ts";
import { createFolders } from "../support/programme-folder.ts";
import { activitiesOf, startTokenIssuer, teamsUser, testBot, testTenant, type TeamsUser } from "../support/teams.ts";

/**
 * Turns a second, and how long one takes: a mentor submits the card "Log it", Waymark checks the token, saves the meeting in one
 * transaction on PostgreSQL and answers with the saved card. Beside it, in turn, a bare botbuilder bot that checks the
 * same token and echoes a message through a connector on this machine that answers at once.
 *
 *     DATABASE_URL=postgres://... npm run bench -- turns [--short]
 *     node --cpu-prof test/bench/run.ts turns     (a profile of each process)
 */

const isShort = process.argv.includes("--short");
const concurrency = 10;
const rounds = isShort ? 3 : 5;
const perRound = isShort ? 250 : 1000;
/** Until V8 has compiled what is hot and every connection stands. */
const warmUp = isShort ? 250 : 1000;
/** Teams goes on using a token for up to an hour, on several machines of its own. */
const tokensInUse = 20;
const steadyRate = 50;
const steadySeconds = isShort ? 3 : 20;
const turns = warmUp + rounds * perRound + steadyRate * steadySeconds;

/** Before the first window opens: nothing is due while we measure, and what is saved was held the day before. */
const clock = Temporal.Instant.from("2026-09-08T02:00:00Z");
const heldOn = "2026-09-07";
const windows = [
  "{ key: induction, title: Induction, opens: 2026-09-14, closes: 2026-10-02 }",
  "{ key: mid-semester-1, title: Mid-semester 1, opens: 2026-10-26, closes: 2026-11-13 }",
  "{ key: exams-1, title: Exams 1, opens: 2026-11-30, closes: 2026-12-18 }",
  "{ key: mid-semester-2, title: Mid-semester 2, opens: 2027-03-01, closes: 2027-03-19 }",
  "{ key: exams-2, title: Exams 2, opens: 2027-05-03, closes: 2027-05-21 }",
];
const menteesOfEach = 3;

const server = process.env["DATABASE_URL"] || "postgres://postgres@127.0.0.1:5432/postgres";
const worker = fileURLToPath(new URL("turns-worker.ts", import.meta.url));

interface Save {
  readonly mentor: TeamsUser;
  readonly meeting: string;
  readonly mentees: readonly string[];
}

function mentorOf(group: number): TeamsUser {
  const aadObjectId = `00000000-0000-4000-8000-${String(group).padStart(12, "0")}`;
  return { userId: `29:${aadObjectId}`, aadObjectId, email: `mentor${group}@example.edu`, name: `Mentor ${group}` };
}

/** A programme with a meeting for each turn, through the real import; every mentor has installed the bot. */
async function fill(db: Db, serviceUrl: string): Promise<readonly Save[]> {
  const groups = Math.ceil(turns / windows.length);
  const folders = createFolders();
  const rows = Array.from({ length: groups }, (_, group) => [
    `${mentorOf(group).email},${mentorOf(group).name},mentor,Group ${group},${mentorOf(group).aadObjectId}`,
    ...Array.from(
      { length: menteesOfEach },
      (_, at) => `mentee${group}-${at}@example.edu,Mentee ${at} of ${group},mentee,Group ${group},`,
    ),
  ]).flat();
  const folder = folders.with({
    "programme.yaml": [
      "id: bench",
      "name: A large programme",
      "timezone: Asia/Kuala_Lumpur",
      "year: { starts: 2026-09-07, ends: 2027-06-11 }",
      "meetings:",
      ...windows.map((window) => `  - ${window}`),
    ].join("\n"),
    "people.csv": ["email,name,role,group,aad_object_id", "cora@example.edu,Cora Ng,coordinator,,", ...rows].join("\n"),
  });
  const imported = await importProgramme(
    { db, newId: randomUUIDv7, onChanged: (tx, programme) => programmeChanged(tx, randomUUIDv7, programme, clock) },
    await readProgrammeFolder(folder),
    clock,
    false,
  );
  await folders.removeAll();
  if (imported.kind === "refused")
    throw new Error(`The programme was refused: ${JSON.stringify(imported.problems[0])}`);
  await db.insert(contacts).select(
    sql`select ${people.id}, ${testTenant}, '29:' || ${people.aadObjectId}, ${testBot}, ${serviceUrl},
      'a:29:' || ${people.aadObjectId}, 'reachable', ${clock.toString()}::timestamptz, ${clock.toString()}::timestamptz
      from ${people} where ${people.aadObjectId} is not null`,
  );
  const found = await db
    .select({ meeting: meetings.id, person: people.id, email: people.email, role: memberships.role })
    .from(meetings)
    .innerJoin(memberships, eq(memberships.group, meetings.group))
    .innerJoin(people, eq(people.id, memberships.person))
    // One meeting after the other of the same group would find its rows in the cache.
    .orderBy(asc(meetings.key), asc(meetings.id));
  const numberOf = (email: string | null): number => Number(/^mentor(\d+)@/.exec(email ?? "")?.[1]);
  return [...Map.groupBy(found, (row) => row.meeting)].map(([meeting, members]) => ({
    meeting,
    mentor: mentorOf(numberOf(members.find(({ role }) => role === "mentor")?.email ?? null)),
    mentees: members.filter(({ role }) => role === "mentee").map(({ person }) => person),
  }));
}

/** A server of its own process, and how a turn is put to it. */
interface Contestant {
  readonly name: string;
  readonly child: ChildProcess;
  /** The body of the next turn; no two are the same. */
  readonly next: () => string;
  /** Whether an answer is the one that a person would want. */
  readonly isGood: (status: number, body: string) => boolean;
  readonly port: number;
  sent: number;
}

async function start(
  name: "waymark" | "echo",
  env: Readonly<Record<string, string>>,
  how: Pick<Contestant, "next" | "isGood">,
): Promise<Contestant> {
  const child = spawn(process.execPath, [...process.execArgv, worker], {
    env: { ...process.env, ...env, BENCH_SERVER: name },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const { stdout } = child;
  if (stdout === null) throw new Error("Its port is told by its output");
  const [line]: unknown[] = await Promise.race([
    once(stdout, "data"),
    once(child, "exit").then(() => Promise.reject(new Error(`The server ${name} did not start`))),
  ]);
  return { name, child, ...how, port: Number(String(line)), sent: 0 };
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** @returns milliseconds from `since` to the whole answer */
function turn(contestant: Contestant, tokens: readonly string[], since: number): Promise<number> {
  const token = tokens[contestant.sent % tokens.length];
  contestant.sent += 1;
  const body = contestant.next();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const headers = {
    "Content-Type": "application/json; charset=utf-8",
    "Content-Length": Buffer.byteLength(body),
    Authorization: `Bearer ${token}`,
  };
  const asked = request(
    { agent, host: "127.0.0.1", port: contestant.port, path: "/api/messages", method: "POST", headers },
    (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => (text += chunk));
      answer.once("end", () => {
        const { statusCode = 0 } = answer;
        if (contestant.isGood(statusCode, text)) resolve(performance.now() - since);
        else reject(new Error(`${contestant.name} answered ${statusCode}: ${text.slice(0, 500)}`));
      });
    },
  );
  asked.once("error", reject);
  asked.end(body);
  return promise;
}

/** Milliseconds of processor time that the server has used so far: what else goes on on this machine changes it little. */
async function cpuMs({ child }: Contestant): Promise<number> {
  const answered = once(child, "message");
  child.send("cpu");
  const [usage]: unknown[] = await answered;
  const { user, system } = z.object({ user: z.number(), system: z.number() }).parse(usage);
  return (user + system) / 1000;
}

interface Round {
  readonly perSecond: number;
  readonly cpuMs: number;
  readonly ms: readonly number[];
}

/** Ten people at a time, each of whom goes on when they have their answer. */
async function race(contestant: Contestant, tokens: readonly string[], count: number): Promise<Round> {
  const ms: number[] = [];
  let left = count;
  const cpuBefore = await cpuMs(contestant);
  const began = performance.now();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (left > 0) {
        left -= 1;
        ms.push(await turn(contestant, tokens, performance.now()));
      }
    }),
  );
  const perSecond = (count * 1000) / (performance.now() - began);
  return { perSecond, cpuMs: ((await cpuMs(contestant)) - cpuBefore) / count, ms };
}

/** So many a second whatever the answers take, each measured from when it should have begun. */
async function steady(contestant: Contestant, tokens: readonly string[]): Promise<readonly number[]> {
  const began = performance.now();
  const under: Promise<number>[] = [];
  for (let at = 0; at < steadyRate * steadySeconds; at += 1) {
    const due = began + (at * 1000) / steadyRate;
    await sleep(Math.max(0, due - performance.now()));
    under.push(turn(contestant, tokens, due));
  }
  return await Promise.all(under);
}

const percentile = (ms: readonly number[], part: number): number =>
  ms.toSorted((a, b) => a - b)[Math.min(ms.length - 1, Math.floor(ms.length * part))] ?? Number.NaN;

const spread = (ms: readonly number[]) => ({
  "p50 ms": round(percentile(ms, 0.5)),
  "p99 ms": round(percentile(ms, 0.99)),
});

const round = (value: number): number => Math.round(value * 100) / 100;

function sum(results: readonly Round[]) {
  const rates = results.map(({ perSecond }) => perSecond).toSorted((a, b) => a - b);
  return {
    "turns a second": round(rates[Math.floor(rates.length / 2)] ?? Number.NaN),
    "slowest and fastest round": [round(rates[0] ?? Number.NaN), round(rates.at(-1) ?? Number.NaN)],
    ...spread(results.flatMap(({ ms }) => ms)),
    "ms of processor time a turn": round(results.reduce((all, each) => all + each.cpuMs, 0) / results.length),
  };
}

async function countRows(db: Db) {
  const count = sql<number>`count(*)::int`;
  const [[entries], [versions], [marks], [held]] = await Promise.all([
    db.select({ count }).from(logbookEntries),
    db.select({ count }).from(logbookVersions),
    db.select({ count }).from(attendance),
    db.select({ count: sql<number>`count(${meetings.heldOn})::int` }).from(meetings),
  ]);
  return {
    entries: entries?.count,
    versions: versions?.count,
    "attendance marks": marks?.count,
    "held meetings": held?.count,
  };
}

async function settings(db: Db): Promise<Record<string, string>> {
  const names = ["server_version", "fsync", "synchronous_commit"];
  const [row] = await db
    .select({
      values: sql<string>`concat_ws('|', ${sql.join(
        names.map((name) => sql`current_setting(${name})`),
        sql`, `,
      )})`,
    })
    .from(sql`(select 1) as one`);
  const values = row?.values.split("|") ?? [];
  return Object.fromEntries(names.map((name, at) => [name, values[at] ?? ""]));
}

const database = await openPostgresTestDatabase(server);
const issuer = await startTokenIssuer();
const connector = await startConnector({ latencyMs: 0 });
const running: Contestant[] = [];
try {
  const saves = await fill(database.db, connector.url);
  // Only what is full: of a table known to be empty PostgreSQL plans to read the whole, for as long as a connection keeps the plan.
  await database.db.execute(sql`vacuum analyze people, groups, memberships, contacts, meetings, meeting_reminders`);
  const activities = activitiesOf(connector.url);
  const tokens = await Promise.all(
    Array.from({ length: tokensInUse }, (_, at) => issuer.token(connector.url, { claims: { jti: `token ${at}` } })),
  );
  const echoing = teamsUser("Somebody");
  let saved = 0;
  const waymark = await start(
    "waymark",
    { BENCH_DATABASE: database.url, BENCH_KEYS: issuer.metadataUrl, BENCH_CLOCK: clock.toString() },
    {
      next: () => {
        const save = saves[saved];
        saved += 1;
        if (save === undefined) throw new Error("More turns than meetings");
        // As Teams sends a form: every field is a string.
        const form = {
          id: save.meeting,
          version: 0,
          heldOn,
          minutes: "45",
          form: "online",
          attended: save.mentees.slice(0, 2).join(","),
          topics: "academic_life,exams",
          summary: "We talked about the first weeks and made a plan for the exams.",
          reflection: "They ask more than last time.",
        };
        return JSON.stringify(activities.execute(save.mentor, "logbook.save", form));
      },
      isGood: (status, body) => status === 200 && body.includes("Thank you!") && body.includes("is in the logbook"),
    },
  );
  running.push(waymark);
  const echo = await start(
    "echo",
    { BENCH_KEYS: issuer.metadataUrl },
    { next: () => JSON.stringify(activities.typed(echoing, "hello there")), isGood: (status) => status === 200 },
  );
  running.push(echo);

  await race(waymark, tokens, warmUp);
  await race(echo, tokens, warmUp);
  const ours: Round[] = [];
  const theirs: Round[] = [];
  for (let at = 0; at < rounds; at += 1) {
    ours.push(await race(waymark, tokens, perRound));
    theirs.push(await race(echo, tokens, perRound));
  }
  const oursSteady = await steady(waymark, tokens);
  const theirsSteady = await steady(echo, tokens);

  const rows = await countRows(database.db);
  const expected = {
    entries: saved,
    versions: saved,
    "attendance marks": saved * menteesOfEach,
    "held meetings": saved,
  };
  if (JSON.stringify(rows) !== JSON.stringify(expected)) {
    throw new Error(`${saved} saves were answered, but the database has ${JSON.stringify(rows)}`);
  }
  if (connector.accepted.length !== echo.sent) {
    throw new Error(`${echo.sent} echoes were answered, but the connector has ${connector.accepted.length}`);
  }
  const [a, b] = [sum(ours), sum(theirs)];
  const report = {
    what: {
      "logging a meeting":
        "token (verified once in five minutes, then known), gate, one transaction of its own on PostgreSQL, answered by the saved card; every save is the meeting's first",
      echo: "a bare botbuilder CloudAdapter: the same token (verified each time), a message posted to a connector on this machine that answers at once",
      tokens: `${tokensInUse} in turn`,
      both: "one process each behind restify and our JSON reader; asked in turn from this process",
      "at a time": concurrency,
      rounds: `${rounds} of ${perRound} turns each, after ${warmUp} to warm up`,
      postgres: await settings(database.db),
    },
    "logging a meeting": a,
    echo: b,
    "ratio (goal: 0.8 or more)": round(a["turns a second"] / b["turns a second"]),
    [`at ${steadyRate} a second for ${steadySeconds} s (goal: p99 under 100 ms)`]: {
      "logging a meeting": spread(oursSteady),
      echo: spread(theirsSteady),
    },
    "found in the database": rows,
  };
  console.log(JSON.stringify(report, null, 2));
} finally {
  await Promise.all(
    running.map(async ({ child }) => {
      const over = once(child, "exit");
      child.kill("SIGTERM");
      await over;
    }),
  );
  agent.destroy();
  await connector.stop();
  await issuer.close();
  await database.close();
}
