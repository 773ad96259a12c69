import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { messages } from "../../src/app.ts";
import { NotAllowed } from "../../src/core/errors.ts";
import { as, type ChatId, type DeliveryId } from "../../src/core/ids.ts";
import type { Recipient } from "../../src/core/ports.ts";
import { addNotices, sayNotices } from "../../src/features/notices/service.ts";
import { erasePersonRow } from "../../src/features/privacy/store.ts";
import { auditLog, contacts, memberships, openings, programmes } from "../../src/features/programme/schema.ts";
import { roster } from "../../src/features/programme/service.ts";
import { createReach } from "../../src/features/reach/bot.ts";
import { reachCard } from "../../src/features/reach/cards.ts";
import { causes, reportReach, type Row } from "../../src/features/reach/rules.ts";
import { ledger } from "../../src/platform/ledger.ts";
import { outbox } from "../../src/platform/schema.ts";
import { createWorld, wordsOf, type World } from "../support/world.ts";

const reach = createReach(ledger, messages);

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.reset());
afterAll(() => world.close());

const show = async (): Promise<string> => wordsOf(await world.say(reach, world.people.maya, "unreachable"));

/** A message as the delivery left it. */
async function leave(to: Recipient, change: Partial<typeof outbox.$inferInsert> = {}) {
  const id = as<DeliveryId>(crypto.randomUUID());
  const lease = crypto.randomUUID();
  await world.db.insert(outbox).values({
    id,
    kind: "meetings.opens",
    ref: {},
    ...to,
    dedupeKey: id,
    priority: 2,
    dueAt: world.clock.now(),
    state: "uncertain",
    reason: "Teams gave no clear answer: it may have arrived",
    lease,
    stateSince: world.clock.now(),
    ...change,
  });
  return { delivery: id, version: lease };
}

async function rowOf(id: DeliveryId) {
  const [row] = await world.db.select().from(outbox).where(eq(outbox.id, id));
  return row;
}

describe("who cannot be reached", () => {
  test("is listed with the reason, since when, what to do, and how much waits for them", async () => {
    const { ben, hana, liam, chen } = world.people;
    await roster.unreachable(world.db, { person: ben.id }, "blocked", world.clock.now());
    await roster.unreachable(world.db, { person: hana.id }, "disabled", world.clock.now());
    await roster.unreachable(world.db, { person: chen.id }, "removed", world.clock.now());
    world.clock.moveTo("2026-09-21T01:00:00Z");
    const waits = { state: "ready", retryAt: world.clock.now(), waitsForRecipient: true, reason: null } as const;
    await leave({ person: ben.id }, waits);
    await leave({ person: ben.id }, waits);
    const notice = { programme: world.programme, role: "mentee", kind: "meetings.opens", ref: {}, topic: "x" } as const;
    const due = { dueAt: world.clock.now(), usefulUntil: world.clock.now().add({ hours: 48 }) };
    await addNotices(world.deps, [{ ...notice, ...due, person: ben.id, dedupeKey: "x" }], world.clock.now());
    await sayNotices(world.deps, new Map(), world.clock.now());

    const said = await show();
    expect(said).toContain("4 people cannot be reached");
    expect(said).toContain("9 of 13 people can be reached.");
    expect(said).toContain("Our chat is blocked (1)");
    expect(said).toContain(
      "Ben Okafor (mentee, Maple): since Monday 14 September, last heard Monday 14 September, 3 messages wait",
    );
    expect(said).toMatch(/Ask them to open it, unblock me there and write "hello"/);
    expect(said).toContain("Ask your IT team to allow Waymark");
    expect(said).toContain("Hana Sato (mentee, Cedar): since Monday 14 September");
    expect(said).toContain("Chen Wei");
    expect(said).toContain("Have not opened me yet (1)");
    expect(said).toContain("- Liam O'Brien (mentee, Birch)");
    expect(liam.name).toBe("Liam O'Brien");
  });

  test("and would not be written to by Teams is told apart from who has only not opened it", async () => {
    const { liam } = world.people;
    const opening = { tenantId: "t", botId: "b", serviceUrl: "s", userId: liam.userId, stateSince: world.clock.now() };
    await world.db.insert(openings).values({ person: liam.id, ...opening });
    expect(await show()).toContain("say hello at a good time");
    await roster.notOpened(world.db, liam.id, world.clock.now());
    expect(await show()).toContain("I may not write first (1)");
    expect(await show()).toContain("Liam O'Brien (mentee, Birch): since Monday 14 September");
  });

  test("is nobody when everybody can be", async () => {
    await world.db.delete(memberships).where(eq(memberships.person, world.people.liam.id));
    expect(await show()).toContain("Everybody can be reached");
  });

  test("is for coordinators, in their own chat, and only of their programmes", async () => {
    const [word] = reach.commands ?? [];
    expect(word).toMatchObject({ where: ["personal"], who: ["coordinator"] });
    await world.db
      .insert(programmes)
      .select(sql`select 'law', 'Law', time_zone, starts, ends, settings, imported_at from programmes`);
    await world.db
      .update(memberships)
      .set({ programme: as("law") })
      .where(eq(memberships.person, world.people.maya.id));
    expect(await show()).not.toContain("Liam");
  });

  test("of a large programme still fits into a message, and the rest is counted", () => {
    const rows: Row[] = Array.from({ length: 3000 }, (_, at) => ({
      person: String(at),
      name: `${"Wilhelmina ".repeat(6)}${at}`,
      role: "mentee",
      programme: world.programme,
      group: `Group of the third floor ${at}`,
      state: at % 2 === 0 ? null : "blocked",
      since: at % 2 === 0 ? null : world.clock.now(),
      lastSeen: null,
      opening: null,
      openingSince: null,
    }));
    const report = reportReach(rows, new Map());
    const card = reachCard(
      { programmes: [{ name: "P", report }], inDoubt: [], news: null },
      { timeZone: "Asia/Kuala_Lumpur" },
    );
    expect(JSON.stringify(card).length * 2).toBeLessThan(100_000);
    expect(wordsOf(card)).toContain("And 1440 more");
    expect(wordsOf(card)).toContain("And 1500 more");
  });

  test("has one line for each cause", () => {
    const states = ["blocked", "disabled", "removed", "gone"] as const;
    const found = [
      ...states.map((state) => ({ state, opening: null })),
      ...([null, "refused", "untried"] as const).map((opening) => ({ state: null, opening })),
    ].map((row, at) => ({
      person: String(at),
      name: String(at),
      role: "mentee" as const,
      programme: world.programme,
      group: "G",
      since: null,
      lastSeen: null,
      openingSince: null,
      ...row,
    }));
    expect([...reportReach(found, new Map()).unreachable.keys()].toSorted()).toEqual([...causes].toSorted());
  });
});

describe("a message that may not have arrived", () => {
  test("is listed with what it is, for whom and why, and is sent again by one tap, once", async () => {
    const { ben, maya } = world.people;
    const data = await leave({ person: ben.id });
    const said = await show();
    expect(said).toContain("A reminder to Ben Okafor, Monday 14 September, 09:00 (Kuala Lumpur time)");
    expect(said).toContain("Teams gave no clear answer: it may have arrived.");
    const first = await world.press(reach, maya, "reach.send-again", data);
    expect(wordsOf(first)).toContain("It is on its way again");
    expect(wordsOf(first)).not.toContain("A reminder to Ben");
    expect(await rowOf(data.delivery)).toMatchObject({ state: "ready", isRepeat: true, retryAt: null });
    const second = await world.press(reach, maya, "reach.send-again", data);
    expect(wordsOf(second)).toContain("nothing was sent twice");
    expect(await world.db.select().from(auditLog)).toMatchObject([
      { what: "reach.send-again", subject: data.delivery, person: maya.id },
    ]);
  });

  test("and failed anew is another outcome: the old button does nothing", async () => {
    const { ben, maya } = world.people;
    const data = await leave({ person: ben.id });
    await world.db.update(outbox).set({ lease: crypto.randomUUID() }).where(eq(outbox.id, data.delivery));
    expect(wordsOf(await world.press(reach, maya, "reach.send-again", data))).toContain("nothing was sent twice");
    expect(await rowOf(data.delivery)).toMatchObject({ state: "uncertain" });
  });

  test("in a group's chat is one of the programme's, too", async () => {
    const { aisyah, ben, maya } = world.people;
    const chat = await world.addChat([aisyah, ben]);
    const data = await leave({ chat }, { state: "failed", reason: "Teams refused it: tell whoever runs the bot" });
    expect(await show()).not.toContain("the chat of Maple");
    await expect(world.press(reach, maya, "reach.send-again", data)).rejects.toThrow(NotAllowed);
    await world.db.execute(sql`update chats set "group" = ${world.groups.maple} where id = ${chat}`);
    expect(await show()).toContain("A reminder to the chat of Maple");
    expect(wordsOf(await world.press(reach, maya, "reach.send-again", data))).toContain("on its way again");
    // It surely did not arrive.
    expect(await rowOf(data.delivery)).toMatchObject({ state: "ready", isRepeat: false });
  });

  test("is not offered when it is of no use any more, updates a card, or is long ago", async () => {
    const { ben } = world.people;
    await leave({ person: ben.id }, { usefulUntil: world.clock.now() });
    await leave({ person: ben.id }, { updates: as<DeliveryId>(crypto.randomUUID()) });
    await leave({ person: ben.id }, { stateSince: world.clock.now().subtract({ hours: 24 * 15 }) });
    expect(await show()).not.toContain("Messages that may not have arrived");
  });

  test("is nobody's business but that of the programme's coordinators", async () => {
    const { ben, aisyah, maya } = world.people;
    const data = await leave({ person: ben.id });
    for (const person of [ben, aisyah]) {
      await expect(world.press(reach, person, "reach.send-again", data)).rejects.toThrow(NotAllowed);
    }
    const chat = { kind: "chat", chat: as<ChatId>("c"), group: null } as const;
    await expect(world.press(reach, maya, "reach.send-again", data, chat)).rejects.toThrow(NotAllowed);
    for (const forged of [{}, { ...data, delivery: "x" }, { ...data, delivery: crypto.randomUUID() }]) {
      await expect(world.press(reach, maya, "reach.send-again", forged)).rejects.toThrow(NotAllowed);
    }
    await world.db.delete(memberships).where(eq(memberships.person, ben.id));
    await expect(world.press(reach, maya, "reach.send-again", data)).rejects.toThrow(NotAllowed);
    expect(await rowOf(data.delivery)).toMatchObject({ state: "uncertain" });
  });
});

test("somebody who was erased leaves nothing by which their chat could be opened", async () => {
  const { liam } = world.people;
  const opening = { tenantId: "t", botId: "b", serviceUrl: "s", userId: liam.userId, stateSince: world.clock.now() };
  await world.db.insert(openings).values({ person: liam.id, ...opening });
  await erasePersonRow(world.db, liam.id, world.clock.now());
  expect(await world.db.select().from(openings)).toEqual([]);
  expect(await world.db.select().from(contacts).where(eq(contacts.person, liam.id))).toEqual([]);
});
