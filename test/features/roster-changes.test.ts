import { asc, eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { eraseCommand } from "../../src/commands/erase.ts";
import { importCommand } from "../../src/commands/import.ts";
import type { Terminal } from "../../src/commands/command.ts";
import type { ChatId, PersonId } from "../../src/core/ids.ts";
import { createChats } from "../../src/features/chats/bot.ts";
import { findChat } from "../../src/features/programme/chats/store.ts";
import { groups, memberships, people, programmes } from "../../src/features/programme/schema.ts";
import { createFolders } from "../support/programme-folder.ts";
import { createWorld, stranger, type World, type WorldPerson } from "../support/world.ts";

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

/** Imports everybody as they are, but for somebody who moves to another group; null: who is left out. */
async function importWith(moved: ReadonlyMap<PersonId, string | null>): Promise<void> {
  const rows = await world.db
    .select({ person: people.id, email: people.email, name: people.name, role: memberships.role, group: groups.name })
    .from(memberships)
    .innerJoin(people, eq(people.id, memberships.person))
    .leftJoin(groups, eq(groups.id, memberships.group))
    .orderBy(asc(memberships.id));
  const lines = rows.flatMap(({ person, email, name, role, group }) => {
    const to = moved.has(person) ? moved.get(person) : (group ?? "");
    return to === null || to === undefined ? [] : [`${email},${name},${role},${to}`];
  });
  const [programme] = await world.db.select({ settings: programmes.settings }).from(programmes);
  const folder = folders.with({
    "programme.yaml": JSON.stringify(programme?.settings),
    "people.csv": ["email,name,role,group", ...lines, ""].join("\n"),
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
