import { randomBytes, randomUUIDv7 } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { features, introductions, messages, openings, unanswered } from "./app.ts";
import type { Config, Credentials } from "./config.ts";
import type { OutsideDeps } from "./core/feature.ts";
import type { Log } from "./core/ports.ts";
import { checkClock, createClock, rememberClock } from "./platform/clock.ts";
import { claimDataFolder, type DataFolder } from "./platform/data-folder.ts";
import { openEmbedded, openPostgres, type Database } from "./platform/database.ts";
import { createDelivery } from "./platform/delivery.ts";
import { errorFields } from "./platform/error-fields.ts";
import { createServer } from "./platform/http.ts";
import { createLinks } from "./platform/links.ts";
import { createOutbox } from "./platform/outbox.ts";
import { createLateWatch, readQueue, type Queue } from "./platform/queue.ts";
import { createRateLimits, teamsLimits } from "./platform/rate-limits.ts";
import { createScheduler } from "./platform/scheduler.ts";
import type { CredentialsFactory } from "./platform/teams/adapter.ts";
import { createTeams } from "./platform/teams/teams.ts";
import { createTurns, forgetOldActivities } from "./platform/teams/turns.ts";
import { createTurnSlots, type TurnSlots } from "./platform/turn-slots.ts";

export interface Service {
  /** The port that it listens on: at once, before the database is there. */
  readonly port: number;
  /** The database is there and work goes on. Rejects when that can never be, such as a clock that runs backwards. */
  readonly ready: Promise<void>;
  /** What use cases are given; null as long as the database is not there. For the demo, tests and benches. */
  deps(): OutsideDeps | null;
  /** Takes nothing new, finishes what is under way, gives the rest back: under 10 s. */
  stop(): Promise<void>;
}

export interface ServiceOptions {
  readonly log: Log;
  /** In place of Microsoft's token service, which tests and benches cannot reach. */
  readonly credentialsFactory?: CredentialsFactory;
}

/** Everything wired together. */
export async function startService(config: Config, options: ServiceOptions): Promise<Service> {
  const { log } = options;
  const clock = createClock(config.clock);
  const newId = randomUUIDv7;
  const folder = config.database.kind === "embedded" ? claimDataFolder(config.database.folder) : null;
  const links = createLinks(linkSecretOf(config), config.publicUrl, clock);
  let added = 0;
  const outbox = createOutbox({ newId, clock, onAdded: () => (added += 1) });
  const teams = createTeams({
    credentials: asTeamsCredentials(config.credentials),
    allowedTenants: config.allowedTenants ?? [],
    openIdMetadataUrl: config.openIdMetadataUrl,
    log,
    slots: () => work?.slots ?? null,
    onUnanswered: async (person) => {
      if (work === null) throw new Error("An answer got lost before the database was there.");
      await outbox.enqueue(work.database.db, [unanswered(person, clock.now())]);
      work.delivery.poke();
    },
    ...(options.credentialsFactory === undefined ? {} : { credentialsFactory: options.credentialsFactory }),
  });
  let work: Work | null = null;
  let trouble = "The database is being opened.";
  let queue: Queue | null = null;
  const stopping = new AbortController();
  const givingUp = new AbortController();
  const deps = (): OutsideDeps | null => work?.deps ?? null;
  const turns = createTurns({ ...introductions, deps, member: (chat, userId) => teams.directory.member(chat, userId) });
  let isPoked = false;
  /** Looking takes as long as half a turn, so that a busy service looks for many turns at once. */
  function pokeSoon(): void {
    if (isPoked) return;
    isPoked = true;
    setTimeout(() => {
      isPoked = false;
      work?.delivery.poke();
    }, pokeMs).unref();
  }
  const server = createServer({
    receive: teams.listen(async (incoming) => {
      const before = added;
      const outgoing = await turns(incoming);
      // This turn, or one beside it: most add nothing.
      if (added > before) pokeSoon();
      return outgoing;
    }),
    findTrouble: async () => {
      if (work === null) return trouble;
      const { db } = work.database;
      return await databaseTrouble(config, async () => (queue = await readQueue(db, clock.now())));
    },
    describe: () => Promise.resolve({ queue }),
    pages: features.flatMap((feature) => feature.pages ?? []),
    deps,
    readLink: (page, token) => links.read(page, token),
    log,
  });

  async function open(): Promise<void> {
    const database = await openDatabase(config, folder);
    await migrateUntilDone(database);
    if (stopping.signal.aborted) {
      await database.close();
      return;
    }
    await checkClock(database.db, clock.now());
    work = startWork(database);
    log.info("ready", { database: config.database.kind });
  }

  /** A server that is down now may be back in a moment: it is tried again until it answers. */
  async function migrateUntilDone(database: Database): Promise<void> {
    for (let tries = 0; !stopping.signal.aborted; tries += 1) {
      try {
        await database.migrate();
        return;
      } catch (error) {
        if (config.database.kind === "embedded") throw error;
        trouble = unreachable(config, error);
        // Once at first, then once a minute.
        if (tries % 60 === 0) log.warn("The database cannot be reached", errorFields(error));
        await sleep(1000, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  }

  function startWork(database: Database): Work {
    const shared: OutsideDeps = { db: database.db, clock, outbox, directory: teams.directory, links, log, newId };
    const limits = createRateLimits(database.db, teamsLimits);
    const slots = createTurnSlots(limits, log, givingUp.signal);
    const { send, openChat } = teams;
    const delivery = createDelivery({
      ...shared,
      messages,
      roster: introductions.roster,
      openings: { ...openings, openChat },
      send,
      limits,
    });
    const watch = createLateWatch(database.db, log);
    const jobs = features.flatMap((feature) => feature.jobs ?? []);
    const scheduler = createScheduler(shared, jobs, config.tickSeconds, async (now) => {
      delivery.poke();
      await rememberClock(database.db, now);
      await forgetOldActivities(database.db, now);
      await watch(now);
    });
    delivery.start();
    scheduler.start();
    return { database, deps: shared, delivery, scheduler, slots };
  }

  const port = await server.listen(config.port, config.host);
  const ready = open();
  return {
    port,
    ready,
    deps,
    stop: async () => {
      stopping.abort();
      // Side by side: each may take most of the time there is, and one that hangs must not keep the others.
      const ended = Promise.all([
        ready.catch(() => undefined).then(() => Promise.all([work?.scheduler.stop(), work?.delivery.stop()])),
        // Turns that are under way are still answered; what waits for Teams after that is not waited for.
        server.close().then(() => {
          givingUp.abort();
          return teams.stop();
        }),
      ]);
      await atMost(ended, stopMs);
      await atMost(work?.database.close(), closeMs);
      folder?.release();
    },
  };
}

interface Work {
  readonly database: Database;
  readonly deps: OutsideDeps;
  readonly delivery: ReturnType<typeof createDelivery>;
  readonly scheduler: ReturnType<typeof createScheduler>;
  readonly slots: TurnSlots;
}

async function openDatabase(config: Config, folder: DataFolder | null): Promise<Database> {
  if (config.database.kind === "server") return openPostgres(config.database.url);
  return openEmbedded(folder?.databasePath ?? null);
}

function asTeamsCredentials(credentials: Credentials | null): Parameters<typeof createTeams>[0]["credentials"] {
  if (credentials === null) return null;
  const { appId, tenantId, type } = credentials;
  return { appId, tenantId, appType: type, password: type === "SingleTenant" ? credentials.password : null };
}

/** In local mode a secret of its own for each data folder, so that links outlive a restart. */
function linkSecretOf(config: Config): string {
  if (config.linkSecret !== null) return config.linkSecret;
  if (config.database.kind === "server") return randomBytes(32).toString("hex");
  mkdirSync(config.database.folder, { recursive: true, mode: 0o700 });
  const file = join(config.database.folder, "link-secret");
  try {
    writeFileSync(file, randomBytes(32).toString("hex"), { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || error.code !== "EEXIST") throw error;
  }
  return readFileSync(file, "utf8");
}

/** Milliseconds: nobody sees that a card came so much later, and a busy service looks twenty times a second at most. */
const pokeMs = 50;

/** Milliseconds, of the ten that container platforms give before they kill. */
const stopMs = 8500;
const closeMs = 1000;

async function atMost(work: Promise<unknown> | undefined, ms: number): Promise<void> {
  await Promise.race([work, sleep(ms, undefined, { ref: false })]);
}

/** Milliseconds: a health check is asked every few seconds and must not pile up. */
const pingPatience = 2000;

async function databaseTrouble(config: Config, ask: () => Promise<unknown>): Promise<string | null> {
  const late = new AbortController();
  try {
    await Promise.race([
      ask(),
      sleep(pingPatience, undefined, { signal: late.signal }).then(() => {
        throw new Error("no answer");
      }),
    ]);
    return null;
  } catch (error) {
    return unreachable(config, error);
  } finally {
    late.abort();
  }
}

/** Which address was tried and what came of it; never the password in it. */
function unreachable(config: Config, error: unknown): string {
  const { code } = errorFields(error);
  const why = code === undefined ? "it did not answer" : code;
  if (config.database.kind === "embedded")
    return `The embedded database in ${config.database.folder} does not answer (${why}).`;
  const { host, pathname } = new URL(config.database.url);
  return `The database at ${host}${pathname} cannot be reached (${why}). Waymark tries again every second.`;
}
