import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { as } from "../../src/core/ids.ts";
import type { ChatId, GroupId, PersonId, ProgrammeId } from "../../src/core/ids.ts";
import { createChats } from "../../src/features/chats/bot.ts";
import { neutralSentence } from "../../src/features/chats/cards.ts";
import { findGroup, fits, matchSeat, type Candidate, type KnownSeat } from "../../src/features/chats/rules.ts";
import { memberships } from "../../src/features/programme/schema.ts";
import { roster } from "../../src/features/programme/service.ts";
import { findChat, loadGroup } from "../../src/features/programme/store.ts";
import { buttonsOf, createWorld, stranger, wordsOf, type World, type WorldPerson } from "../support/world.ts";

let world: World;
let moved: GroupId[] = [];
const chats = createChats((_deps, group) => {
  moved.push(group);
  return Promise.resolve();
});
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => {
  moved = [];
  return world.reset();
});
afterAll(() => world.close());

const maple = () => [world.people.aisyah, world.people.ben, world.people.chen, world.people.dalia];
const cedar = () => [world.people.farid, world.people.grace, world.people.hana, world.people.ivan, world.people.jin];
const birch = () => [world.people.farid, world.people.kavya, world.people.liam];

/** The bot is added to a chat of these people. */
async function add(members: readonly WorldPerson[], by: WorldPerson | null = null, name = "chat") {
  const chat = await world.addChat(members, "group", name);
  return { chat, reply: await world.happen(chats, { kind: "added-to-chat", chat }, by) };
}

async function change(chat: ChatId, members: readonly WorldPerson[]) {
  await world.reseat(chat, members);
  return await world.happen(chats, { kind: "chat-changed", chat }, null);
}

const groupOf = async (chat: ChatId) => (await findChat(world.db, { id: chat }))?.group;

/** The words of the newest card to somebody; empty when there is none or it is no longer wanted. */
async function toldTo(person: WorldPerson) {
  const message = world.outbox.to(person.id).at(-1);
  return message === undefined ? "" : wordsOf(await world.draw(chats, message));
}

describe("added to a group chat", () => {
  test("of one group: its dates go there, and the group is welcomed once, told what is posted and what never is", async () => {
    const { chat, reply } = await add(maple(), world.people.aisyah);
    expect(reply).toEqual({ kind: "nothing" });
    expect((await loadGroup(world.db, world.groups.maple))?.chat).toBe(chat);
    const [welcome, ...more] = world.outbox.messages;
    expect(more).toEqual([]);
    expect(welcome).toMatchObject({ kind: "chats.welcome", to: { chat } });
    const words = wordsOf(await world.draw(chats, welcome));
    expect(words).toContain("Hello, Maple!");
    expect(words).toContain("What I never post here:");
    await world.happen(chats, { kind: "added-to-chat", chat }, world.people.aisyah);
    expect(world.outbox.messages).toHaveLength(1);
  });

  test("a coordinator may sit there, and half of the mentees are enough", async () => {
    const { aisyah, ben, chen, maya } = world.people;
    const { chat } = await add([aisyah, ben, chen, maya]);
    expect(await groupOf(chat)).toBe(world.groups.maple);
  });

  test("somebody who never opened the bot is recognised by their e-mail", async () => {
    const { chat } = await add(birch());
    expect(await groupOf(chat)).toBe(world.groups.birch);
  });

  test("a mentor with one of three mentees is asked first", async () => {
    const { aisyah, ben } = world.people;
    const { chat, reply } = await add([aisyah, ben], aisyah);
    expect(reply).toEqual({ kind: "text", text: neutralSentence });
    expect(await groupOf(chat)).toBeNull();
    expect(await toldTo(aisyah)).toContain("Shall I post the dates of Maple there?");
    expect(await toldTo(aisyah)).toContain("a group chat that I was added to on Monday 14 September, 09:00");
  });

  test("of people whom the programme does not know: one neutral sentence, and nobody is told", async () => {
    const { reply } = await add([stranger()]);
    expect(reply).toEqual({ kind: "text", text: neutralSentence });
    expect(world.outbox.messages).toEqual([]);
  });

  test("of mentees without their mentor: the same, and the mentor does not learn of it", async () => {
    const { ben, chen, dalia } = world.people;
    const { reply } = await add([ben, chen, dalia], ben);
    expect(reply).toEqual({ kind: "text", text: neutralSentence });
    expect(world.outbox.messages).toEqual([]);
  });

  test("the sentence is said once, though Teams tells of it twice", async () => {
    const { chat } = await add([stranger()]);
    expect(await world.happen(chats, { kind: "added-to-chat", chat }, null)).toEqual({ kind: "nothing" });
  });

  test("with an outsider: the mentor is told why not, in private, and how to start a chat of the group", async () => {
    const { aisyah } = world.people;
    const { chat, reply } = await add([...maple(), stranger()], aisyah);
    expect(reply).toEqual({ kind: "text", text: neutralSentence });
    expect(await groupOf(chat)).toBeNull();
    expect(world.outbox.messages).toHaveLength(1);
    const words = await toldTo(aisyah);
    expect(words).toContain("1 person is not in the group Maple");
    expect(words).toContain("New chat with Maple");
    const card = JSON.stringify(await world.draw(chats, world.outbox.messages[0]));
    expect(card).toContain("users=ben%40students.example,chen%40students.example,dalia%40students.example");
    expect(card).not.toContain("Sam");
  });

  test("with a mentee of another group, or somebody who left the programme: they are outsiders too", async () => {
    const { hana, aisyah } = world.people;
    await add([...maple(), hana], aisyah, "one");
    expect(await toldTo(aisyah)).toContain("1 person is not in the group Maple");
    await world.db.update(memberships).set({ isActive: false }).where(eq(memberships.person, world.people.dalia.id));
    const { chat } = await add(maple(), aisyah, "two");
    expect(await groupOf(chat)).toBeNull();
  });

  test("of all mentors: who added the bot is told, the others are left in peace", async () => {
    const { aisyah, farid, grace, maya } = world.people;
    await add([aisyah, farid, grace, maya], maya, "one");
    expect(world.outbox.messages).toEqual([]);
    await add([aisyah, farid, grace, maya], aisyah, "two");
    expect(world.outbox.messages.map(({ to }) => to)).toEqual([{ person: aisyah.id }]);
  });

  test("at night the mentor who did not add it hears in the morning", async () => {
    world.clock.moveTo("2026-09-14T15:00:00Z");
    await add([...maple(), stranger()], world.people.ben);
    expect(world.outbox.messages[0]?.dueAt.toString()).toBe("2026-09-15T01:00:00Z");
  });

  test("when Teams does not say who sits there, nothing is posted until it does", async () => {
    world.directory.fail();
    const { chat } = await add(maple());
    expect(await groupOf(chat)).toBeNull();
    expect(world.outbox.messages).toEqual([]);
    world.directory.fail(false);
    world.clock.forward({ minutes: 31 });
    await runJob();
    expect(await groupOf(chat)).toBe(world.groups.maple);
    expect(world.outbox.of("chats.welcome")).toHaveLength(1);
  });

  test("a channel counts by its team's people", async () => {
    const chat = await world.addChat(maple(), "channel");
    await world.happen(chats, { kind: "added-to-chat", chat }, null);
    expect(await groupOf(chat)).toBe(world.groups.maple);
  });
});

async function runJob() {
  for (const job of chats.jobs ?? []) await job.run(world.deps, world.clock.now());
}

describe("a mentor of two groups", () => {
  /** Farid alone with a coordinator: it may be Cedar's or Birch's. */
  async function askFarid() {
    const { farid, maya } = world.people;
    const { chat } = await add([farid, maya], farid);
    return chat;
  }

  test("chooses, and the group is welcomed there", async () => {
    const { farid } = world.people;
    const chat = await askFarid();
    const card = await world.draw(chats, world.outbox.to(farid.id)[0]);
    expect(wordsOf(card)).toContain("Which group is it?");
    const data = { ...buttonsOf(card)["Yes, post there"], group: world.groups.cedar };
    const answer = await world.press(chats, farid, "chats.link", data);
    expect(wordsOf(answer)).toContain("Cedar has a chat");
    expect(wordsOf(answer)).toContain("Grace Lim, Hana Sato, Ivan Petrov, Jin Park");
    expect(await groupOf(chat)).toBe(world.groups.cedar);
    expect(world.outbox.of("chats.welcome")).toMatchObject([{ ref: { group: world.groups.cedar } }]);
    await world.press(chats, farid, "chats.link", data);
    expect(world.outbox.of("chats.welcome")).toHaveLength(1);
  });

  test("may say no; then the chat is left alone until the bot is added again", async () => {
    const { farid, maya } = world.people;
    const chat = await askFarid();
    const question = world.outbox.to(farid.id)[0];
    await world.press(chats, farid, "chats.decline", { chat });
    expect(await world.draw(chats, question)).toBeNull();
    await change(chat, cedar());
    expect(await groupOf(chat)).toBeNull();
    await removeBot(chat);
    world.clock.forward({ minutes: 5 });
    await add([farid, maya], farid);
    expect(world.outbox.to(farid.id)).toHaveLength(2);
  });

  test("is not asked again while nothing has changed", async () => {
    const { farid, maya } = world.people;
    const chat = await askFarid();
    await change(chat, [farid, maya]);
    world.clock.forward({ hours: 25 });
    await runJob();
    expect(world.outbox.to(farid.id)).toHaveLength(1);
  });

  test("when somebody came before the answer, it is refused with the reason", async () => {
    const { farid, maya } = world.people;
    const chat = await askFarid();
    await world.reseat(chat, [farid, maya, stranger()]);
    const answer = await world.press(chats, farid, "chats.link", { chat, group: world.groups.cedar });
    expect(wordsOf(answer)).toContain("1 person is not in the group Cedar");
    expect(await groupOf(chat)).toBeNull();
  });
});

describe("who may answer", () => {
  test("nobody links a chat that they do not sit in, or a group that is not theirs", async () => {
    const { aisyah, ben, farid, grace, maya } = world.people;
    const { chat } = await add([farid, maya], farid);
    for (const [person, group] of [
      [grace, world.groups.cedar],
      [aisyah, world.groups.maple],
      [farid, world.groups.maple],
      [ben, world.groups.maple],
      [maya, world.groups.cedar],
    ] as const) {
      const refused = world.press(chats, person, "chats.link", { chat, group });
      await expect(refused).rejects.toMatchObject({ name: "NotAllowed", tried: { what: "chats.link", subject: chat } });
    }
    expect(await groupOf(chat)).toBeNull();
  });

  test("only the mentor who was asked says no", async () => {
    const { aisyah, farid, maya } = world.people;
    const { chat } = await add([farid, maya], farid);
    const refused = world.press(chats, aisyah, "chats.decline", { chat });
    await expect(refused).rejects.toMatchObject({ name: "NotAllowed" });
  });

  test.each([null, {}, { chat: "x", group: "y" }, { chat: "00000000-0000-7000-8000-00000000dead" }])(
    "an answer of %j is refused",
    async (data) => {
      for (const verb of ["chats.link", "chats.decline"]) {
        const refused = world.press(chats, world.people.farid, verb, data);
        await expect(refused).rejects.toMatchObject({ name: "NotAllowed" });
      }
    },
  );
});

describe("people come and go", () => {
  test("an outsider stops the posts, and the mentor learns why; when they leave, it goes on", async () => {
    const { aisyah } = world.people;
    const { chat } = await add(maple(), aisyah);
    expect(await change(chat, [...maple(), stranger()])).toEqual({ kind: "nothing" });
    expect(await groupOf(chat)).toBeNull();
    expect(moved).toEqual([world.groups.maple, world.groups.maple]);
    const told = world.outbox.to(aisyah.id)[0];
    expect(wordsOf(await world.draw(chats, told))).toContain("I've stopped posting in Maple's chat");
    await change(chat, [...maple(), stranger(), stranger("Another One")]);
    expect(world.outbox.to(aisyah.id)).toHaveLength(1);
    await change(chat, maple());
    expect(await groupOf(chat)).toBe(world.groups.maple);
    expect(world.outbox.of("chats.welcome")).toHaveLength(1);
    expect(world.outbox.refreshed).toContain(`chat:${chat}`);
    const kind = chats.messages?.find((message) => message.kind === "chats.wrong");
    const redrawn = await kind?.render(world.deps, told?.ref ?? {}, { person: aisyah.id }, world.clock.now());
    expect(wordsOf(redrawn ?? null)).toContain("The dates of Maple go to that chat.");
  });

  test("a coordinator may come, and a mentee may go", async () => {
    const { aisyah, ben, chen, noor } = world.people;
    const { chat } = await add(maple());
    await change(chat, [aisyah, ben, chen, noor]);
    expect(await groupOf(chat)).toBe(world.groups.maple);
  });

  test("without a mentor the posts stop", async () => {
    const { aisyah, ben, chen, dalia } = world.people;
    const { chat } = await add(maple());
    await change(chat, [ben, chen, dalia]);
    expect(await groupOf(chat)).toBeNull();
    expect(await toldTo(aisyah)).toContain("none of the mentors of Maple is there");
  });

  test("when Teams does not say who came, the posts stop until it does, and the mentor is not troubled", async () => {
    const { chat } = await add(maple());
    world.directory.fail();
    await world.happen(chats, { kind: "chat-changed", chat }, null);
    expect(await groupOf(chat)).toBeNull();
    world.directory.fail(false);
    world.clock.forward({ minutes: 31 });
    await runJob();
    expect(await groupOf(chat)).toBe(world.groups.maple);
    expect(world.outbox.messages).toHaveLength(1);
  });

  test("of two events in one moment the later may be decided first: two minutes on it is put right", async () => {
    const { chat } = await add(maple());
    await world.reseat(chat, [...maple(), stranger()]);
    world.clock.forward({ minutes: 1 });
    await runJob();
    expect(await groupOf(chat)).toBe(world.groups.maple);
    world.clock.forward({ minutes: 1 });
    await runJob();
    expect(await groupOf(chat)).toBeNull();
  });

  test("an import that moves somebody out of the group is noticed within a day", async () => {
    const { chat } = await add(maple());
    world.clock.forward({ minutes: 2 });
    await runJob();
    await world.db.update(memberships).set({ isActive: false }).where(eq(memberships.person, world.people.dalia.id));
    world.clock.forward({ hours: 23 });
    await runJob();
    expect(await groupOf(chat)).toBe(world.groups.maple);
    world.clock.forward({ hours: 2 });
    await runJob();
    expect(await groupOf(chat)).toBeNull();
  });

  test("an outsider who comes during the daily look is not overlooked", async () => {
    const { chat } = await add(maple());
    world.clock.forward({ hours: 25 });
    const members: World["deps"]["directory"]["members"] = async (where) => {
      const seen = await world.directory.members(where);
      await change(chat, [...maple(), stranger()]);
      return seen;
    };
    await chats.jobs?.[0]?.run({ ...world.deps, directory: { members } }, world.clock.now());
    expect(await groupOf(chat)).toBeNull();
  });

  test("a day on which Teams does not answer changes nothing", async () => {
    const { chat } = await add(maple());
    world.clock.forward({ hours: 25 });
    world.directory.fail();
    await runJob();
    expect(await groupOf(chat)).toBe(world.groups.maple);
  });

  test("a chat that nobody knew becomes the group's when the mentor joins", async () => {
    const { ben, chen } = world.people;
    const { chat } = await add([ben, chen]);
    await change(chat, maple());
    expect(await groupOf(chat)).toBe(world.groups.maple);
  });

  test("a renamed chat stays the group's", async () => {
    const { chat } = await add(maple());
    await world.happen(chats, { kind: "chat-changed", chat }, world.people.ben);
    expect(await groupOf(chat)).toBe(world.groups.maple);
    expect(world.outbox.messages).toHaveLength(1);
  });
});

/** As the platform does when the bot is taken out. */
async function removeBot(chat: ChatId) {
  await world.happen(chats, { kind: "removed-from-chat", chat }, null);
  await roster.unreachable(world.db, { chat }, "removed", world.clock.now());
}

describe("taken out, and added again", () => {
  test("the group has no chat any more, and gets it back without a second welcome", async () => {
    const { chat } = await add(maple());
    await removeBot(chat);
    expect((await loadGroup(world.db, world.groups.maple))?.chat).toBeNull();
    expect(moved).toEqual([world.groups.maple, world.groups.maple]);
    world.clock.forward({ hours: 25 });
    await runJob();
    expect((await loadGroup(world.db, world.groups.maple))?.chat).toBeNull();
    expect((await add(maple())).chat).toBe(chat);
    expect(await groupOf(chat)).toBe(world.groups.maple);
    expect(world.outbox.of("chats.welcome")).toHaveLength(1);
  });
});

describe("a chat that sending finds gone", () => {
  test("is nobody's at the next tick: what waits for the group goes another way", async () => {
    const { chat } = await add(maple());
    await roster.unreachable(world.db, { chat }, "gone", world.clock.now());
    moved = [];
    await runJob();
    await runJob();
    expect(moved).toEqual([world.groups.maple]);
    expect((await loadGroup(world.db, world.groups.maple))?.chat).toBeNull();
  });
});

describe("a group with two chats", () => {
  test("the mentor is asked, and the newer one takes over; the older one is not asked about again", async () => {
    const { aisyah } = world.people;
    const { chat: older } = await add(maple(), aisyah, "older");
    const { chat: newer } = await add(maple(), aisyah, "newer");
    expect(await groupOf(older)).toBe(world.groups.maple);
    expect(await groupOf(newer)).toBeNull();
    const question = await world.draw(chats, world.outbox.to(aisyah.id)[0]);
    expect(wordsOf(question)).toContain(
      "Maple: the dates go to another chat now. They would come to this one instead.",
    );
    await world.press(chats, aisyah, "chats.link", buttonsOf(question)["Yes, post there"]);
    expect(await groupOf(older)).toBeNull();
    expect((await loadGroup(world.db, world.groups.maple))?.chat).toBe(newer);
    world.clock.forward({ hours: 25 });
    await runJob();
    await change(older, maple());
    expect(await groupOf(older)).toBeNull();
    expect(world.outbox.to(aisyah.id)).toHaveLength(1);
  });
});

describe("the rules", () => {
  const candidate = (id: string, mentors: string[], mentees: string[]): Candidate => ({
    id: as<GroupId>(id),
    programme: as<ProgrammeId>("p"),
    mentors: mentors.map((each) => as<PersonId>(each)),
    mentees: mentees.map((each) => as<PersonId>(each)),
  });
  const groups = [candidate("g1", ["m1"], ["a", "b"]), candidate("g2", ["m1", "m2"], ["a", "c"])];
  const seat = (person: string): KnownSeat => ({
    person: as<PersonId>(person),
    memberships: [
      ...groups
        .filter(({ mentors, mentees }) => [...mentors, ...mentees].includes(as(person)))
        .map(({ id, programme }) => ({ group: id, programme, role: "mentee" as const })),
      ...(person === "k" ? [{ group: null, programme: as<ProgrammeId>("p"), role: "coordinator" as const }] : []),
      ...(person === "other" ? [{ group: null, programme: as<ProgrammeId>("q"), role: "coordinator" as const }] : []),
    ],
  });
  const seats = (names: string, strangers = 0) => ({
    known: names.split(" ").map((name) => seat(name)),
    strangers,
  });

  test.each([
    ["m1 a b", 0, "found"],
    ["m1 a b k", 0, "found"],
    ["m2 a c", 0, "found"],
    ["m1 a", 0, "unsure"],
    ["m1", 0, "unsure"],
    ["m1 k", 0, "unsure"],
    ["m1 a b c", 0, "unknown"],
    ["m2 a c b", 0, "wrong"],
    ["m2 a c", 1, "wrong"],
    ["m2 a c other", 0, "wrong"],
    ["a b", 0, "unknown"],
    ["k", 0, "unknown"],
    ["k", 3, "unknown"],
  ])("%s and %i strangers: %s", (names, strangers, expected) => {
    expect(findGroup(seats(names, strangers), groups, null, []).kind).toBe(expected);
  });

  test("a coordinator of another programme is an outsider", () => {
    const [first] = groups;
    expect(first !== undefined && fits(seats("m1 a b other"), first)).toBe(false);
  });

  test("an e-mail does not make somebody a person who is known under another Entra id", () => {
    const known = { aadObjectId: "id-1", email: "ana@x.example" };
    const sat = { aadObjectId: "id-2", email: "Ana@x.example", userPrincipalName: null };
    expect(matchSeat(sat, [known])).toBeNull();
    expect(matchSeat(sat, [{ ...known, aadObjectId: null }])).not.toBeNull();
    expect(matchSeat({ ...sat, aadObjectId: "ID-1" }, [known])).toBe(known);
  });
});
