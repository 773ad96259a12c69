import { and, asc, eq, isNull } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { eraseCommand } from "../../src/commands/erase.ts";
import { importCommand } from "../../src/commands/import.ts";
import type { Terminal } from "../../src/commands/command.ts";
import type { ChatId, PersonId } from "../../src/core/ids.ts";
import { createChats } from "../../src/features/chats/bot.ts";
import { load } from "../../src/features/load/bot.ts";
import { covers } from "../../src/features/load/schema.ts";
import { programmeChanged } from "../../src/features/meetings/service.ts";
import { meetingReminders, meetings } from "../../src/features/meetings/schema.ts";
import { notices } from "../../src/features/notices/schema.ts";
import { findChat } from "../../src/features/programme/chats/store.ts";
import { groups, memberships, people, programmes } from "../../src/features/programme/schema.ts";
import { createFolders } from "../support/programme-folder.ts";
import { buttonsOf, createWorld, stranger, type World, type WorldPerson } from "../support/world.ts";

/** What an administrator does to who is in the programme, as `waymark` does it, and what the bot then does by itself. */
let world: World;
const folders = createFolders();
const chats = createChats(() => Promise.resolve());
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.reset());
afterAll(async () => {
  await world.close();
  await folders.removeAll();
});

const terminal = (): Terminal => ({
  print: () => undefined,
  tell: () => undefined,
  showProgress: () => undefined,
  withDatabase: (work) => work({ db: world.db, newId: world.deps.newId, now: world.clock.now() }),
});

/**
 * Imports everybody as they are, but for somebody who moves to another group; null: who is left out. Who looks after a
 * group for a colleague is not listed there: nobody tells the file.
 *
 * @param corrected whose address is another one now
 */
async function importWith(
  moved: ReadonlyMap<PersonId, string | null>,
  corrected: ReadonlyMap<PersonId, string> = new Map(),
): Promise<void> {
  const rows = await world.db
    .select({ person: people.id, email: people.email, name: people.name, role: memberships.role, group: groups.name })
    .from(memberships)
    .innerJoin(people, eq(people.id, memberships.person))
    .leftJoin(groups, eq(groups.id, memberships.group))
    .where(isNull(memberships.endsOn))
    .orderBy(asc(memberships.id));
  const lines = rows.flatMap(({ person, email, name, role, group }) => {
    const to = moved.has(person) ? moved.get(person) : (group ?? "");
    return to === null || to === undefined
      ? []
      : [`${corrected.get(person) ?? email},${name},${role},${to},${corrected.has(person) ? email : ""}`];
  });
  const [programme] = await world.db.select({ settings: programmes.settings }).from(programmes);
  const folder = folders.with({
    "programme.yaml": JSON.stringify(programme?.settings),
    "people.csv": ["email,name,role,group,previous_email", ...lines, ""].join("\n"),
  });
  expect(await importCommand.run({ positionals: [folder], values: {} }, terminal())).toBe(0);
}

const erase = (person: WorldPerson) => eraseCommand.run({ positionals: [person.email], values: {} }, terminal());

async function addChat(members: readonly WorldPerson[], name: string): Promise<ChatId> {
  const chat = await world.addChat(members, "group", name);
  await world.happen(chats, { kind: "added-to-chat", chat }, null);
  return chat;
}

/** A minute later. */
async function tick(): Promise<void> {
  world.clock.forward({ minutes: 1 });
  for (const job of chats.jobs ?? []) await job.run(world.deps, world.clock.now());
}

const groupOf = async (chat: ChatId) => (await findChat(world.db, { id: chat }))?.group ?? null;

const maple = () => [world.people.aisyah, world.people.ben, world.people.chen, world.people.dalia];
const cedar = () => [world.people.farid, world.people.grace, world.people.hana, world.people.ivan, world.people.jin];

describe("somebody who is no longer in a group and still sits in its chat", () => {
  test("reads none of its plans from the next minute on, once an import has moved them", async () => {
    const chat = await addChat(maple(), "maple");
    expect(await groupOf(chat)).toBe(world.groups.maple);
    await importWith(new Map([[world.people.dalia.id, "Cedar"]]));
    await tick();
    expect(await groupOf(chat)).toBeNull();
  });

  test("nor once they were erased", async () => {
    const chat = await addChat(maple(), "maple");
    expect(await erase(world.people.dalia)).toBe(0);
    await tick();
    expect(await groupOf(chat)).toBeNull();
  });

  test("nor when they are a coordinator who left", async () => {
    const chat = await addChat([...maple(), world.people.noor], "maple");
    await importWith(new Map([[world.people.noor.id, null]]));
    await tick();
    expect(await groupOf(chat)).toBeNull();
  });

  test("and their chat is among the first to be looked at, when there are more than one tick can ask Teams about", async () => {
    for (let number = 1; number <= 21; number++) await addChat([stranger()], `somewhere-${number}`);
    const chat = await addChat(maple(), "maple");
    await importWith(new Map([[world.people.dalia.id, "Birch"]]));
    await tick();
    expect(await groupOf(chat)).toBeNull();
  });

  test("a chat whose people are all still in the group goes on as before, and nobody is told anything", async () => {
    const chat = await addChat(cedar(), "cedar");
    const before = world.outbox.messages.length;
    await importWith(new Map());
    await tick();
    expect(await groupOf(chat)).toBe(world.groups.cedar);
    expect(world.outbox.messages).toHaveLength(before);
  });
});

describe("while Grace of Cedar looks after Maple for Aisyah", () => {
  beforeEach(async () => {
    const { aisyah, grace } = world.people;
    await world.inTransaction((deps) => programmeChanged(deps.db, deps.newId, world.programme, world.clock.now()));
    const form = await world.say(load, aisyah, "cover me until 2026-09-25");
    const sent = buttonsOf(form)["Ask my colleagues"];
    await world.press(load, aisyah, "load.ask-cover", { ...sent, until: "2026-09-25" });
    await world.press(load, grace, "load.take-cover", { cover: sent?.["cover"] });
    world.clock.forward({ minutes: 1 });
  });

  const running = async () => (await world.db.select().from(covers)).map(({ state }) => state);

  /** Who would be reminded of Maple's first meeting. */
  async function reminded(): Promise<readonly string[]> {
    const rows = await world.db
      .select({ name: people.name, nextAt: meetingReminders.nextAt })
      .from(meetingReminders)
      .innerJoin(meetings, eq(meetings.id, meetingReminders.meeting))
      .innerJoin(people, eq(people.id, meetingReminders.person))
      .where(and(eq(meetings.group, world.groups.maple), eq(meetings.key, "induction")))
      .orderBy(asc(people.name));
    return rows.filter(({ nextAt }) => nextAt !== null).map(({ name }) => name);
  }

  const placesOf = async (person: WorldPerson) =>
    (await world.db.select().from(memberships).where(eq(memberships.person, person.id)))
      .filter(({ isActive }) => isActive)
      .map(({ group, endsOn }) => [group, endsOn?.toString() ?? "for good"]);

  test("an import that changes nothing leaves it as it is, though the file does not tell of it", async () => {
    expect(await reminded()).toEqual(["Grace Lim"]);
    await importWith(new Map());
    expect(await running()).toEqual(["taken"]);
    expect(await reminded()).toEqual(["Grace Lim"]);
    expect(await placesOf(world.people.grace)).toEqual([
      [world.groups.cedar, "for good"],
      [world.groups.maple, "2026-09-25"],
    ]);
  });

  test("so does one that corrects both addresses, and one that renames the group", async () => {
    const { aisyah, grace } = world.people;
    await importWith(
      new Map(),
      new Map([
        [aisyah.id, "a.rahman@students.example"],
        [grace.id, "g.lim@students.example"],
      ]),
    );
    expect(await running()).toEqual(["taken"]);
    await importWith(new Map(maple().map(({ id }) => [id, "Acer"])));
    expect(await world.db.select().from(groups).where(eq(groups.id, world.groups.maple))).toMatchObject([
      { name: "Acer", isActive: true },
    ]);
    expect(await running()).toEqual(["taken"]);
    expect(await reminded()).toEqual(["Grace Lim"]);
  });

  test("an import without Grace ends it: Maple is with Aisyah, who hears of it", async () => {
    await importWith(new Map([[world.people.grace.id, null]]));
    expect(await running()).toEqual(["over"]);
    expect(await placesOf(world.people.grace)).toEqual([]);
    expect(await reminded()).toEqual(["Aisyah Rahman"]);
    const told = await world.db.select().from(notices).where(eq(notices.kind, "load.cover-over"));
    expect(told.map(({ person }) => person)).toEqual([world.people.aisyah.id]);
  });

  test("an import that makes Grace the mentor of Maple for good does so, and it is no cover any more", async () => {
    await importWith(
      new Map([
        [world.people.grace.id, "Maple"],
        [world.people.aisyah.id, "Birch"],
      ]),
    );
    expect(await running()).toEqual(["over"]);
    expect(await placesOf(world.people.grace)).toEqual([[world.groups.maple, "for good"]]);
    expect(await reminded()).toEqual(["Grace Lim"]);
  });

  test("an erasure of either ends it", async () => {
    expect(await erase(world.people.grace)).toBe(0);
    expect(await running()).toEqual(["over"]);
    expect(await reminded()).toEqual(["Aisyah Rahman"]);
  });

  test("and so does one of Aisyah, whose group Grace then has no part in", async () => {
    expect(await erase(world.people.aisyah)).toBe(0);
    expect(await running()).toEqual(["over"]);
    expect(await placesOf(world.people.grace)).toEqual([[world.groups.cedar, "for good"]]);
    expect(await reminded()).toEqual([]);
  });

  test("a mentor whose part was ended is one again when the next import still lists them: the file's word counts", async () => {
    const { aisyah, maya } = world.people;
    await world.press(load, maya, "load.end", { mentor: aisyah.id, programme: world.programme });
    expect(await placesOf(aisyah)).toEqual([]);
    await importWith(new Map());
    expect(await placesOf(aisyah)).toEqual([[world.groups.maple, "for good"]]);
    expect(await reminded()).toEqual(["Aisyah Rahman"]);
  });
});
