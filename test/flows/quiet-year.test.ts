import { randomUUIDv7 } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterEach, expect, test } from "vitest";
import { features, introductions, messages, rosterChanged } from "../../src/app.ts";
import type { OutsideDeps } from "../../src/core/feature.ts";
import type { Settings } from "../../src/features/programme/rules.ts";
import { contacts, people } from "../../src/features/programme/schema.ts";
import { importProgramme } from "../../src/features/setup/service.ts";
import type { Database } from "../../src/platform/database.ts";
import { createDelivery } from "../../src/platform/delivery.ts";
import { readProgrammeFolder } from "../../src/platform/folder.ts";
import { readLedger } from "../../src/platform/ledger.ts";
import { createOutbox } from "../../src/platform/outbox.ts";
import { openTestDatabase } from "../support/database.ts";
import { nextDue } from "../support/due.ts";
import { createFolders } from "../support/programme-folder.ts";
import {
  findAnnounced,
  londonFiles,
  previewOf,
  sampleFolder,
  settingsOf,
  type Announced,
} from "../support/quiet-year.ts";
import { testLog } from "../support/teams.ts";

/**
 * A whole year, with the real jobs, outbox and delivery, in which nobody reacts: in each programme everybody
 * gets what `waymark preview` announces, at that very moment, and nothing else.
 */

let database: Database | undefined;
const folders = createFolders();
afterEach(async () => {
  await database?.close();
  await folders.removeAll();
});

interface Said {
  readonly at: Temporal.Instant;
  readonly to: string;
  readonly words: string;
}

interface Lived {
  readonly said: readonly Said[];
  /** A line for each message. */
  readonly ledger: readonly string[];
  /** By e-mail: the zones of those who live in another one than the programme. */
  readonly zones: ReadonlyMap<string, string>;
}

async function liveThrough(folder: string): Promise<Lived> {
  database = await openTestDatabase();
  const { db } = database;
  let now = Temporal.Instant.from("2026-09-08T03:00:00Z");
  const imported = await importProgramme(
    { db, newId: randomUUIDv7, onChanged: (tx, programme) => rosterChanged(tx, randomUUIDv7, programme, now) },
    await readProgrammeFolder(folder),
    now,
    false,
  );
  expect(imported.kind).toBe("imported");
  const address = sql`'tenant', '29:' || ${people.email}, '28:bot', 'http://127.0.0.1', ${people.email}`;
  const at = sql`${now.toString()}::timestamptz`;
  await db.insert(contacts).select(sql`select ${people.id}, ${address}, 'reachable', ${at}, ${at} from ${people}`);
  await db.update(people).set({ welcomedAt: now });

  const clock = { now: () => now };
  const log = testLog();
  const deps: OutsideDeps = {
    db,
    clock,
    log,
    newId: randomUUIDv7,
    outbox: createOutbox({ newId: randomUUIDv7, clock }),
    directory: { members: () => Promise.resolve([]) },
    links: { sign: (page) => page },
  };
  const said: Said[] = [];
  const delivery = createDelivery({
    ...deps,
    messages,
    roster: introductions.roster,
    send: ({ conversationId }, { card }) => {
      said.push({ at: now, to: conversationId, words: card.fallbackText });
      return Promise.resolve({ ok: true, activityId: String(said.length) });
    },
    limits: null,
  });
  const jobs = features.flatMap((feature) => feature.jobs ?? []);
  const over = Temporal.Instant.from("2027-06-14T00:00:00Z");
  // Each half hour at which something is due (some people live half an hour apart); at all others there is nothing to find.
  for (let due = await nextDue(db); due !== null && Temporal.Instant.compare(due, over) < 0; due = await nextDue(db)) {
    const halfHour = due.round({ smallestUnit: "minute", roundingIncrement: 30, roundingMode: "ceil" });
    now = Temporal.Instant.compare(halfHour, now) > 0 ? halfHour : now.add({ minutes: 30 });
    for (const job of jobs) await job.run(deps, now);
    await delivery.deliverDue();
  }
  expect(log.lines).toEqual([]);
  const everybody = await db.select({ id: people.id, email: people.email, timeZone: people.timeZone }).from(people);
  const emails = new Map(everybody.map(({ id, email }) => [id, email ?? ""]));
  const ledger = (await readLedger(db, { state: null, person: null })).map(
    (row) =>
      `${row.at.toString()} ${row.person === null ? "a chat" : (emails.get(row.person) ?? "")} ${row.kind} ${row.state}`,
  );
  const zones = new Map(
    everybody.flatMap(({ email, timeZone }) => (timeZone === null ? [] : [[email ?? "", timeZone] as const])),
  );
  return { said, ledger, zones };
}

/** What must hold of what mentors and mentees hear, in plain words and apart from the code that sees to it. */
function brokenPromises(
  said: readonly Said[],
  settings: Settings,
  zoneOf: (email: string) => string,
  isMentor: (email: string) => boolean,
): string[] {
  const broken: string[] = [];
  const perWeek = new Map<string, number>();
  const perDay = new Map<string, number>();
  const addTo = (counts: Map<string, number>, key: string, most: number): void => {
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    if (count > most) broken.push(`${key}: card number ${count}`);
  };
  for (const { at, to } of said) {
    const local = at.toZonedDateTimeISO(zoneOf(to));
    const day = local.toPlainDate().toString();
    const time = local.toPlainTime().toString({ smallestUnit: "minute" });
    if (time < "08:00" || time >= "20:00") broken.push(`${to} at ${time}`);
    if (local.dayOfWeek > 5) broken.push(`${to} on a weekend, ${day}`);
    for (const { from, to: until, who } of settings.blackouts) {
      if (who !== (isMentor(to) ? "mentees" : "mentors") && from.toString() <= day && day <= until.toString())
        broken.push(`${to} in a blackout, ${day}`);
    }
    addTo(perDay, `${to} on ${day}`, 1);
    addTo(perWeek, `${to} in week ${local.weekOfYear ?? 0} of ${local.yearOfWeek ?? 0}`, isMentor(to) ? 3 : 2);
  }
  return broken;
}

function asLines(cards: readonly Announced[], said: readonly Said[]): string[] {
  return said
    .map(({ at, to, words }) => `${at.toString()} ${to} ${findAnnounced(cards, to, words)?.about ?? words}`)
    .toSorted();
}

// Some 600 looks, each a dozen queries: 10 s on a quiet machine.
test.each([
  // 720 to 36 mentors; to each of 108 mentees one after each of five windows.
  ["the sample programme, with 36 mentors", () => sampleFolder, 720 + 540],
  ["a programme in London, through both changes of its clocks", () => folders.with(londonFiles), 16 + 4],
])("a year of %s brings exactly what preview announces", { timeout: 240_000 }, async (_what, folderOf, count) => {
  const folder = folderOf();
  const settings = settingsOf(folder);
  const announced = await previewOf(folder);
  expect(announced).toHaveLength(count);
  const { said, ledger, zones } = await liveThrough(folder);
  expect(asLines(announced, said)).toEqual(
    announced.map(({ at, to, about }) => `${at.toString()} ${to} ${about}`).toSorted(),
  );
  expect(ledger.toSorted()).toEqual(
    announced.map(({ at, to, kind }) => `${at.toString()} ${to} ${kind} sent`).toSorted(),
  );
  const mentors = new Set(announced.flatMap(({ to, kind }) => (kind.startsWith("meetings.") ? [to] : [])));
  expect(
    brokenPromises(
      said,
      settings,
      (email) => zones.get(email) ?? settings.timezone,
      (email) => mentors.has(email),
    ),
  ).toEqual([]);
});
