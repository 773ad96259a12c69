import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { contacts, memberships, openings, people } from "../../src/features/programme/schema.ts";
import { outbox } from "../../src/platform/schema.ts";
import { createHouse, refusals, type House } from "../support/house.ts";
import { personalAddress } from "../support/world.ts";

/** Whom the bot can write to, and what becomes of what it wants to say, with every part of the real service but Teams. */

let house: House;
beforeAll(async () => {
  house = await createHouse();
});
beforeEach(() => house.reset());
afterAll(() => house.close());

async function contactOf(person: { readonly id: typeof people.$inferSelect.id }) {
  const [row] = await house.world.db.select().from(contacts).where(eq(contacts.person, person.id));
  return row;
}

/** Real time passes: what waits longer is looked at again. */
async function anHourPasses(): Promise<void> {
  await house.world.db
    .update(outbox)
    .set({ retryAt: sql`clock_timestamp() - interval '1 second'` })
    .where(sql`${outbox.retryAt} is not null`);
}

/** In UTC: nine in the morning in Kuala Lumpur. */
const morning = (day: string): string => `${day}T01:00:00Z`;

describe("a mentor who blocked the bot for two weeks, while three reminders came", () => {
  test("and comes back gets what is still useful, once, on one card", async () => {
    const { aisyah } = house.world.people;
    await house.plan();
    house.refuse(personalAddress(aisyah), refusals.blocked);
    // The window opens, is half over, is about to close.
    for (const day of ["2026-09-14", "2026-09-23", "2026-09-29"]) {
      house.world.clock.moveTo(morning(day));
      await house.tick();
    }
    expect(house.saidTo(aisyah)).toEqual([]);
    expect(await contactOf(aisyah)).toMatchObject({ state: "blocked" });

    house.refuse(personalAddress(aisyah), null);
    house.world.clock.moveTo("2026-09-29T12:00:00Z");
    await house.type(aisyah, "hello");
    await house.tick();
    expect(house.saidTo(aisyah)).toEqual([]);
    house.world.clock.moveTo(morning("2026-09-30"));
    await house.tick();
    await anHourPasses();
    await house.tick();
    house.world.clock.moveTo(morning("2026-10-01"));
    await house.tick();
    expect(house.saidTo(aisyah)).toHaveLength(1);
    expect(house.saidTo(aisyah)[0]).toContain("Friday 2 October");
    const waiting = await house.world.db
      .select({ kind: outbox.kind })
      .from(outbox)
      .where(sql`${outbox.person} = ${aisyah.id} and ${outbox.state} = 'ready'`);
    expect(waiting).toEqual([]);
  });

  test("and comes back while the first of them is still of use gets it with the rest", async () => {
    const { farid, hana } = house.world.people;
    await house.plan();
    house.refuse(personalAddress(farid), refusals.blocked);
    // Two groups' windows are about to close: one card, which Teams turns down. Then a mentee would like a date.
    house.world.clock.moveTo(morning("2026-09-29"));
    await house.tick();
    await house.type(hana, "ask for a date");
    await house.tick();
    house.refuse(personalAddress(farid), null);
    house.world.clock.moveTo("2026-09-29T12:00:00Z");
    await house.type(farid, "hello");
    await house.tick();
    house.world.clock.moveTo(morning("2026-09-30"));
    await house.tick();
    await anHourPasses();
    await house.tick();
    house.world.clock.moveTo(morning("2026-10-01"));
    await house.tick();
    expect(house.saidTo(farid)).toHaveLength(1);
    expect(house.saidTo(farid)[0]).toContain("3 things for you");
  });

  test("and comes back after all of it is over gets nothing of it", async () => {
    const { aisyah } = house.world.people;
    await house.plan();
    house.refuse(personalAddress(aisyah), refusals.blocked);
    await house.tick();
    house.refuse(personalAddress(aisyah), null);
    house.world.clock.moveTo("2026-10-24T02:00:00Z");
    await house.type(aisyah, "hello");
    await house.tick();
    expect(house.saidTo(aisyah)).toEqual([]);
  });
});

describe("somebody who never opened the bot", () => {
  /** Liam has not, and sits in his group's chat. */
  const addToBirch = async (): Promise<void> => {
    const { farid, kavya, liam } = house.world.people;
    await house.addToChat(farid, [farid, kavya, liam]);
  };

  test("but sits in the group's chat with it is said hello to in a chat of their own, once", async () => {
    const { liam } = house.world.people;
    await house.plan();
    await addToBirch();
    await house.tick();
    expect(house.opened).toEqual([liam.userId]);
    expect(house.saidTo(liam)).toEqual([expect.stringContaining("Hello, Liam O'Brien!")]);
    expect(house.saidTo(liam)[0]).toContain("You have not opened me yet");
    expect(await contactOf(liam)).toMatchObject({ state: "reachable", lastSeen: null });
    await house.tick();
    await house.type(liam, "help");
    house.world.clock.moveTo(morning("2026-09-15"));
    await house.tick();
    expect(house.opened).toEqual([liam.userId]);
    expect(house.saidTo(liam).filter((words) => words.includes("Hello, Liam"))).toHaveLength(1);
  });

  test("is not named in the group, whatever comes of it", async () => {
    house.refuseOpening(refusals.notInstalled);
    await addToBirch();
    await house.tick();
    const inGroup = house.said.filter(({ conversationId }) => conversationId.startsWith("19:"));
    expect(inGroup.length).toBeGreaterThan(0);
    for (const { words } of inGroup) expect(words).not.toContain("Liam");
  });

  test("is left in peace at night: the hello comes in the morning", async () => {
    const { liam } = house.world.people;
    house.world.clock.moveTo("2026-09-14T15:00:00Z");
    await addToBirch();
    await house.tick();
    expect(house.saidTo(liam)).toEqual([]);
    house.world.clock.moveTo(morning("2026-09-15"));
    await house.tick();
    expect(house.saidTo(liam)).toHaveLength(1);
  });

  test("but is answered in a chat of their own hears hello there before any task, and no task on that day", async () => {
    const { liam, kavya, ben } = house.world.people;
    const { db, groups, clock } = house.world;
    // Liam mentors, so that the window that opened is something to tell him; he adds the bot to a chat with an outsider.
    await db
      .update(memberships)
      .set({ role: "mentor" })
      .where(sql`${memberships.person} = ${liam.id} and ${memberships.group} = ${groups.birch}`);
    await db.update(people).set({ aadObjectId: liam.aadObjectId }).where(eq(people.id, liam.id));
    await house.plan();
    await house.tick();
    clock.moveTo("2026-09-14T15:00:00Z");
    await house.addToChat(liam, [liam, kavya, ben]);
    await house.tick();
    expect(house.opened).toEqual([liam.userId]);
    expect(house.saidTo(liam)).toHaveLength(1);
    expect(house.saidTo(liam)[0]).not.toContain("Hello");
    clock.moveTo(morning("2026-09-15"));
    await house.tick();
    await house.tick();
    expect(house.saidTo(liam)).toHaveLength(2);
    expect(house.saidTo(liam)[1]).toContain("Nothing to do today");
    clock.moveTo(morning("2026-09-16"));
    await house.tick();
    expect(house.saidTo(liam)).toHaveLength(3);
    expect(house.saidTo(liam)[2]).toContain("Induction");
  });

  test("whom Teams does not let the bot write to is tried once, until they install it", async () => {
    const { liam } = house.world.people;
    house.refuseOpening(refusals.notInstalled);
    await addToBirch();
    for (const day of ["2026-09-14", "2026-09-15", "2026-09-16"]) {
      house.world.clock.moveTo(morning(day));
      await house.tick();
      await anHourPasses();
      await house.tick();
    }
    expect(house.opened).toEqual([liam.userId]);
    expect(await contactOf(liam)).toBeUndefined();
    expect(await house.world.db.select().from(openings)).toMatchObject([{ person: liam.id, state: "refused" }]);

    house.refuseOpening(null);
    const welcome = await house.install(liam);
    expect(welcome.posts).toHaveLength(1);
    await house.tick();
    expect(house.saidTo(liam)).toEqual([]);
    expect(house.opened).toEqual([liam.userId]);
    expect(await house.world.db.select().from(openings)).toEqual([]);
  });

  test("is tried again when Teams was only busy", async () => {
    const { liam } = house.world.people;
    house.refuseOpening(refusals.unavailable);
    await addToBirch();
    await house.tick();
    house.refuseOpening(null);
    await anHourPasses();
    await house.tick();
    expect(house.opened).toEqual([liam.userId, liam.userId]);
    expect(house.saidTo(liam)).toHaveLength(1);
  });

  test("and is a stranger to the programme is left alone", async () => {
    const { liam, farid, kavya } = house.world.people;
    await house.world.db.update(memberships).set({ isActive: false }).where(eq(memberships.person, liam.id));
    await house.addToChat(farid, [farid, kavya, liam]);
    await house.tick();
    expect(house.opened).toEqual([]);
  });
});

describe("a chat that Teams does not know any more", () => {
  test("is opened anew, once, and what was meant for it arrives there", async () => {
    const { aisyah } = house.world.people;
    await house.plan();
    house.refuse(personalAddress(aisyah), refusals.noConversation);
    await house.tick();
    expect(house.opened).toEqual([aisyah.userId]);
    expect(house.saidTo(aisyah)).toHaveLength(1);
    expect(await contactOf(aisyah)).toMatchObject({ state: "reachable", conversationId: `a:opened:${aisyah.userId}` });
  });

  test("and the new one neither: that is not tried for ever", async () => {
    const { aisyah } = house.world.people;
    await house.plan();
    house.refuse(personalAddress(aisyah), refusals.noConversation);
    house.refuse({ conversationId: `a:opened:${aisyah.userId}` }, refusals.noConversation);
    for (let hour = 0; hour < 3; hour += 1) {
      await house.tick();
      await anHourPasses();
    }
    expect(house.opened).toEqual([aisyah.userId]);
    expect(await contactOf(aisyah)).toMatchObject({ state: "gone" });
    await house.type(aisyah, "hello");
    expect(await contactOf(aisyah)).toMatchObject({ state: "reachable" });
  });
});
