import { inArray, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod/v4";
import { people } from "../../src/features/programme/schema.ts";
import { outbox } from "../../src/platform/schema.ts";
import { startConnector, type Accepted, type Connector } from "../support/connector.ts";
import { createFolders } from "../support/programme-folder.ts";
import { findAnnounced, londonFiles, previewOf, sampleFolder, type Announced } from "../support/quiet-year.ts";
import { createStorage, startProcess, waymark, type ServiceProcess, type Storage } from "../support/service-process.ts";
import { activitiesOf, personal, type TeamsUser } from "../support/teams.ts";

/**
 * A year in real processes on a real database, with the sample's people and a programme in London beside them, in which
 * nobody reacts and the process is killed at ten random moments. `SEED` repeats a year.
 */

const ledgerShape = z.array(
  z.object({
    to: z.string(),
    kind: z.string(),
    state: z.string(),
    at: z.string().transform((at) => Temporal.Instant.from(at)),
  }),
);

let storage: Storage;
let connector: Connector;
let service: ServiceProcess | undefined;
/** Called at each post of the service, before the connector takes it. */
let onPost: () => void = () => undefined;
const folders = createFolders();
const seed = Number(process.env["SEED"] ?? 20_261_122);

beforeAll(async () => {
  storage = await createStorage();
  // A post is under way for some time, as posts are.
  connector = await startConnector({
    latencyMs: 20,
    faultFor: () => {
      onPost();
      return null;
    },
  });
});

afterAll(async () => {
  service?.send("SIGKILL");
  await service?.ended;
  await connector.stop();
  await storage.remove();
  await folders.removeAll();
});

async function startAt(clock: Temporal.Instant): Promise<ServiceProcess> {
  service = await startProcess({ ...storage.env, CLOCK: clock.toString(), TICK_SECONDS: "1" });
  await service.ready();
  return service;
}

async function stop(running: ServiceProcess): Promise<void> {
  running.send("SIGTERM");
  expect(await running.ended).toEqual({ code: 0, signal: null });
}

/** Everybody of the imported programmes, as Teams knows them: by an e-mail that is found in its roster. */
async function everybody(): Promise<readonly TeamsUser[]> {
  const database = await storage.open();
  const rows = await database.db.select({ email: people.email, name: people.name }).from(people);
  await database.close();
  return rows.map(({ email, name }) => ({
    userId: `29:${email}`,
    aadObjectId: `aad-${email}`,
    email: email ?? "",
    name,
  }));
}

async function installFor(user: TeamsUser, { url }: ServiceProcess): Promise<void> {
  const chat = personal(user);
  connector.members(`a:${user.userId}`, [
    {
      id: user.userId,
      aadObjectId: user.aadObjectId,
      email: user.email,
      userPrincipalName: user.email,
      name: user.name,
    },
  ]);
  const answer = await fetch(`${url}/api/messages`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(activitiesOf(connector.url).installation(user, "add", chat)),
  });
  expect(answer.status).toBe(200);
}

/** After a kill: the thirty seconds are over for which nobody else may touch what the dead process held. */
async function letLeasesPass(): Promise<{ readonly inDoubt: readonly string[]; readonly held: number }> {
  const database = await storage.open();
  const held = await database.db
    .update(outbox)
    .set({ leasedUntil: sql`clock_timestamp() - interval '1 second'` })
    .where(inArray(outbox.state, ["leased", "sending"]))
    .returning({ state: outbox.state, person: outbox.person });
  const emails = new Map(
    (await database.db.select({ id: people.id, email: people.email }).from(people)).map(({ id, email }) => [
      id,
      email ?? "",
    ]),
  );
  await database.close();
  const inDoubt = held.flatMap(({ state, person }) =>
    state === "sending" && person !== null ? [emails.get(person) ?? ""] : [],
  );
  return { inDoubt, held: held.length };
}

/** From 0 to 1, the same row of numbers for the same seed (mulberry32). */
function createRandom(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** In UTC: wherever these people live, their nine o'clock is on the same day there. */
const dayOf = (at: Temporal.Instant): string => at.toString().slice(0, 10);
const recipientOf = ({ conversationId }: Accepted): string => conversationId.replace(/^a:29:/, "");

test(
  "a year in which nobody reacts and ten processes are killed brings exactly the cards that preview announces",
  // 90 s on a quiet machine: more than thirty starts.
  { timeout: 900_000 },
  async () => {
    const announced: Announced[] = [];
    const firstDay = Temporal.Instant.from("2026-09-08T03:00:00Z");
    for (const folder of [sampleFolder, folders.with(londonFiles)]) {
      const imported = await waymark({ ...storage.env, CLOCK: firstDay.toString() }, "import", folder);
      expect(imported, imported.told).toMatchObject({ code: 0 });
      announced.push(...(await previewOf(folder)));
    }
    const users = await everybody();
    const first = await startAt(firstDay);
    for (const user of users) await installFor(user, first);
    await stop(first);
    // Everybody was greeted, and that was all.
    expect(connector.accepted).toHaveLength(users.length);
    connector.clear();

    const random = createRandom(seed);
    const days = [...Map.groupBy(announced, (card) => dayOf(card.at))].toSorted(([a], [b]) => (a < b ? -1 : 1));
    const killsOn = Map.groupBy(
      Array.from({ length: 10 }, () => days[Math.floor(random() * days.length)]?.[0] ?? ""),
      (day) => day,
    );
    const arrived: string[] = [];
    const killed: { day: string; after: number; held: number; inDoubt: number }[] = [];

    for (const [day, cards] of days) {
      // The day's last moment: what was due since the first one is still of use, and nobody's evening has begun.
      let clock = cards.map(({ at }) => at).reduce((a, b) => (Temporal.Instant.compare(a, b) > 0 ? a : b));
      const before = connector.accepted.length;
      const inDoubt = new Set<string>();
      const came = () => connector.accepted.slice(before);
      const missing = (): string[] => {
        const got = new Set(came().map(recipientOf));
        return cards.map(({ to }) => to).filter((to) => !got.has(to) && !inDoubt.has(to));
      };
      let wasHeld = false;
      for (let kills = killsOn.get(day)?.length ?? 0; kills > 0; kills -= 1) {
        const left = missing().length;
        if (left === 0) break;
        // While the service is posting: at its n-th post, or up to two posts' time later.
        const after = 1 + Math.floor(random() * Math.min(left, 30));
        const delayMs = random() * 40;
        let posts = 0;
        const struck = Promise.withResolvers<null>();
        onPost = () => {
          posts += 1;
          if (posts === after) setTimeout(() => struck.resolve(null), delayMs);
        };
        const victim = await startAt(clock);
        await struck.promise;
        victim.send("SIGKILL");
        expect(await victim.ended).toEqual({ code: null, signal: "SIGKILL" });
        onPost = () => undefined;
        const crash = await letLeasesPass();
        for (const to of crash.inDoubt) inDoubt.add(to);
        wasHeld = crash.held > 0;
        killed.push({ day, after, held: crash.held, inDoubt: crash.inDoubt.length });
        // Its clock had gone on a little: the next one must not start before that.
        clock = clock.add({ minutes: 1 });
      }
      const running = await startAt(clock);
      // What a dead process held is settled by the next one, which says so.
      const isSettled = () => !wasHeld || running.printed().includes("Deliveries lost their process");
      await vi
        .waitUntil(() => missing().length === 0 && isSettled(), { timeout: 60_000, interval: 25 })
        .catch(() => {
          throw new Error(`On ${day} these got nothing: ${missing().join(", ")}`);
        });
      await stop(running);
      for (const message of came()) {
        const words = message.card?.fallbackText ?? "";
        const to = recipientOf(message);
        arrived.push(`${day} ${to} ${findAnnounced(cards, to, words)?.about ?? words}`);
      }
    }
    // A day later, whatever was left behind would go out.
    const end = await startAt(Temporal.Instant.from("2027-06-11T03:00:00Z"));
    await vi.waitUntil(async () => (await end.health())?.status === 200);
    await stop(end);

    const { said } = await waymark({ ...storage.env, CLOCK: "2027-06-11T04:00:00Z" }, "deliveries", "--json");
    const ledger = ledgerShape.parse(JSON.parse(said));
    console.log(
      `Seed ${seed}: killed ${JSON.stringify(killed)}; uncertain: ${ledger.filter(({ state }) => state === "uncertain").length}`,
    );

    // The ledger has a row for each announced card and no other, sent or in doubt.
    expect(ledger.map(({ to, kind, at }) => `${dayOf(at)} ${to} ${kind}`).toSorted()).toEqual(
      announced.map(({ to, kind, at }) => `${dayOf(at)} ${to} ${kind}`).toSorted(),
    );
    expect(ledger.filter(({ state }) => state !== "sent" && state !== "uncertain")).toEqual([]);

    // What arrived was announced, and came once; what did not arrive is known to be in doubt.
    const wanted = announced.map(({ at, to, about }) => `${dayOf(at)} ${to} ${about}`);
    expect(connector.accepted).toHaveLength(arrived.length);
    expect(arrived.filter((line, at) => arrived.indexOf(line) !== at)).toEqual([]);
    expect(arrived.filter((line) => !wanted.includes(line))).toEqual([]);
    const inDoubt = ledger.filter(({ state }) => state === "uncertain").map(({ at, to }) => `${dayOf(at)} ${to} `);
    const lost = wanted.filter((line) => !arrived.includes(line));
    expect(lost.filter((line) => !inDoubt.some((start) => line.startsWith(start)))).toEqual([]);

    // The kills hit what they were meant to hit.
    expect(killed).toHaveLength(10);
    expect(killed.some(({ held }) => held > 0)).toBe(true);
  },
);
