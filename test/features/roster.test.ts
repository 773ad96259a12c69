import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Address, Sender } from "../../src/core/feature.ts";
import { auditLog, groups, memberships, people, programmes } from "../../src/features/programme/schema.ts";
import { roster } from "../../src/features/programme/service.ts";
import {
  coordinatorsOf,
  findProgramme,
  groupsOfProgramme,
  listProgrammes,
  loadGroup,
} from "../../src/features/programme/store.ts";
import { createWorld, personalAddress, senderOf, stranger, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.reset());
afterAll(() => world.close());

const who = (name: keyof World["people"]) => world.people[name];
const identifyAs = async (sender: Sender) => (await roster.identify(world.db, [sender]))[0];
const identify = (name: keyof World["people"]) => identifyAs(senderOf(who(name)));

describe("who is speaking", () => {
  test("a mentor of two groups is found with both roles, their zone and where they were last heard", async () => {
    const found = await identify("farid");
    expect(found?.speaker).toMatchObject({
      person: who("farid").id,
      name: "Farid Yusof",
      timeZone: "Asia/Kuala_Lumpur",
    });
    expect(found?.speaker.memberships).toHaveLength(2);
    expect(found?.speaker.memberships).toContainEqual({
      programme: world.programme,
      group: world.groups.birch,
      role: "mentor",
    });
    expect(found?.knownAddress).toEqual(personalAddress(who("farid")));
    expect(found?.lastSeen?.equals(world.clock.now())).toBe(true);
  });

  test("a coordinator belongs to the programme, not to a group", async () => {
    const found = await identify("maya");
    expect(found?.speaker.memberships).toEqual([{ programme: world.programme, group: null, role: "coordinator" }]);
  });

  test("the case of an Entra object id does not matter", async () => {
    const sender = { ...senderOf(who("ben")), aadObjectId: who("ben").aadObjectId.toUpperCase() };
    expect((await identifyAs(sender))?.speaker.person).toBe(who("ben").id);
    expect((await roster.recognise(world.db, sender, [who("liam").email], world.clock.now()))?.speaker.person).toBe(
      who("ben").id,
    );
  });

  test("somebody's own zone comes before the programme's", async () => {
    expect((await identify("jin"))?.speaker.timeZone).toBe("Europe/London");
  });

  test("a stranger, and a sender without an Entra object id, is nobody", async () => {
    expect(await identifyAs(senderOf(stranger()))).toBeNull();
    expect(await identifyAs({ ...senderOf(who("ben")), aadObjectId: null })).toBeNull();
  });

  test("people who speak at the same moment are each told apart, whatever a stranger among them calls themselves", async () => {
    const senders = [
      senderOf(who("jin")),
      { ...senderOf(who("ben")), aadObjectId: "half \ud800 a character and \0" },
      senderOf(stranger()),
      senderOf(who("farid")),
      senderOf(who("jin")),
    ];
    const found = await roster.identify(world.db, senders);
    expect(found.map((each) => each?.speaker.name ?? null)).toEqual([
      "Jin Park",
      null,
      null,
      "Farid Yusof",
      "Jin Park",
    ]);
    expect(found[3]?.speaker.memberships).toHaveLength(2);
  });

  test("a former coordinator has no role", async () => {
    await world.db
      .update(memberships)
      .set({ isActive: false })
      .where(eq(memberships.person, who("maya").id));
    expect((await identify("maya"))?.speaker.memberships).toEqual([]);
    expect((await coordinatorsOf(world.db, world.programme)).map(({ name }) => name)).toEqual(["Noor Abdullah"]);
  });

  test("a group that is no longer active gives nobody a role", async () => {
    await world.db.update(groups).set({ isActive: false }).where(eq(groups.id, world.groups.birch));
    const found = await identify("farid");
    expect(found?.speaker.memberships.map(({ group }) => group)).toEqual([world.groups.cedar]);
  });
});

describe("first contact", () => {
  const recognise = (sender: Sender, ...emails: string[]) =>
    roster.recognise(world.db, sender, emails, world.clock.now());

  test("somebody is recognised by their e-mail, whatever its case and the space around it", async () => {
    const found = await recognise(senderOf(who("liam")), "  LIAM@students.EXAMPLE ");
    expect(found?.speaker.person).toBe(who("liam").id);
    expect(found?.knownAddress).toBeNull();
    expect((await identify("liam"))?.speaker.person).toBe(who("liam").id);
  });

  test("or by their user principal name, when the e-mail says nothing", async () => {
    const found = await recognise(senderOf(who("liam")), "", "liam@students.example");
    expect(found?.speaker.person).toBe(who("liam").id);
  });

  test("who shows the e-mail of somebody known by another Entra id is refused, and nothing is bound", async () => {
    expect(await recognise(senderOf(stranger()), who("ben").email)).toBeNull();
    expect((await identify("ben"))?.speaker.person).toBe(who("ben").id);
  });

  test("a person who is known already stays who they are, also with somebody else's e-mail", async () => {
    const found = await recognise(senderOf(who("ben")), "liam@students.example");
    expect(found?.speaker.person).toBe(who("ben").id);
    expect(await identify("liam")).toBeNull();
  });

  test("an e-mail and a principal name of two different people bind neither", async () => {
    await world.db
      .update(people)
      .set({ aadObjectId: null })
      .where(eq(people.id, who("kavya").id));
    expect(await recognise(senderOf(who("liam")), who("liam").email, who("kavya").email)).toBeNull();
  });

  test("nobody is recognised without an Entra id or an address", async () => {
    expect(await recognise({ ...senderOf(who("liam")), aadObjectId: null }, who("liam").email)).toBeNull();
    expect(await recognise(senderOf(who("liam")))).toBeNull();
  });
});

describe("where people can be reached", () => {
  const remember = (name: keyof World["people"], address: Address = personalAddress(who(name))) =>
    roster.remember(world.db, who(name).id, senderOf(who(name)), address, world.clock.now());
  const addressOf = (name: keyof World["people"]) => roster.addressOf(world.db, { person: who(name).id });

  test("the first message makes somebody reachable, the second is no news", async () => {
    expect(await addressOf("liam")).toBeNull();
    expect(await remember("liam")).toBe(true);
    expect(await remember("liam")).toBe(false);
    expect(await addressOf("liam")).toEqual(personalAddress(who("liam")));
  });

  test("a new service address is kept", async () => {
    const moved = { ...personalAddress(who("ben")), serviceUrl: "https://elsewhere.example/" };
    expect(await remember("ben", moved)).toBe(false);
    expect(await addressOf("ben")).toEqual(moved);
  });

  test("who blocked the bot has no address until they write again", async () => {
    await roster.unreachable(world.db, { person: who("ben").id }, "blocked", world.clock.now());
    expect(await addressOf("ben")).toBeNull();
    expect((await identify("ben"))?.knownAddress).toBeNull();
    expect(await remember("ben")).toBe(true);
    expect(await addressOf("ben")).not.toBeNull();
  });
});

describe("chats", () => {
  const address = (serviceUrl = "https://teams.example/") => ({
    ...personalAddress(who("aisyah")),
    serviceUrl,
    conversationId: "19:maple@thread.v2",
  });
  const facts = { kind: "group", name: "Maple", teamId: null } as const;
  const chatAt = (serviceUrl?: string) => roster.chatAt(world.db, address(serviceUrl), facts, world.clock.now());

  test("a chat keeps its id when it is renamed or moves to another service address", async () => {
    const first = await chatAt();
    expect(first).toMatchObject({ kind: "chat", group: null });
    const renamed = await roster.chatAt(world.db, address(), { ...facts, name: "Oak" }, world.clock.now());
    expect(renamed.chat).toBe(first.chat);
    expect((await chatAt("https://elsewhere.example/")).chat).toBe(first.chat);
    expect(await roster.addressOf(world.db, first)).toEqual(address("https://elsewhere.example/"));
  });

  test("the bot that was taken out has no address there, and comes back to the same chat", async () => {
    const first = await chatAt();
    await roster.unreachable(world.db, first, "gone", world.clock.now());
    expect(await roster.addressOf(world.db, first)).toBeNull();
    expect((await chatAt()).chat).toBe(first.chat);
    expect(await roster.addressOf(world.db, first)).toEqual(address());
  });
});

describe("groups and programmes", () => {
  test("a group tells its mentors and mentees by name, who can be reached, and nobody who left", async () => {
    const left = eq(memberships.person, who("kavya").id);
    await world.db.update(memberships).set({ isActive: false }).where(left);
    const birch = await loadGroup(world.db, world.groups.birch);
    expect(birch).toMatchObject({ name: "Birch", programme: world.programme, chat: null });
    expect(birch?.mentors.map(({ name }) => name)).toEqual(["Farid Yusof"]);
    expect(birch?.mentees).toMatchObject([{ name: "Liam O'Brien", isReachable: false, role: "mentee" }]);
    expect(birch?.mentees[0]?.joinedOn.toString()).toBe("2026-09-07");
  });

  test("a programme's groups come in the order of their names", async () => {
    const all = await groupsOfProgramme(world.db, world.programme);
    expect(all.map(({ name }) => name)).toEqual(["Birch", "Cedar", "Maple"]);
    expect(all[1]?.mentees.map(({ timeZone }) => timeZone)).toEqual([
      "Asia/Kuala_Lumpur",
      "Asia/Kuala_Lumpur",
      "Europe/London",
    ]);
  });

  test("a group that is not active or does not exist is not found", async () => {
    await world.db.update(groups).set({ isActive: false }).where(eq(groups.id, world.groups.maple));
    expect(await loadGroup(world.db, world.groups.maple)).toBeNull();
  });

  test("settings come parsed, and anew after another import", async () => {
    const [programme] = await listProgrammes(world.db);
    expect(programme?.settings.meetings[0]?.opens.toString()).toBe("2026-09-14");
    const stored = sql`jsonb_set(${programmes.settings}, '{reminders}', '{"at": "10:15"}')`;
    await world.db.update(programmes).set({ settings: stored }).where(eq(programmes.id, world.programme));
    const changed = await findProgramme(world.db, world.programme);
    expect(changed?.settings.reminders.at.toString()).toBe("10:15:00");
  });
});

test("an audit row keeps what was tried, by ids", async () => {
  const row = { what: "flags.take", subject: "f1", person: who("ben").id, at: world.clock.now() };
  await roster.audit(world.db, row);
  expect(await world.db.select().from(auditLog)).toMatchObject([{ what: "flags.take", subject: "f1" }]);
});
