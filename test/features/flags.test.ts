import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createFlags } from "../../src/features/flags/bot.ts";
import { originsOf } from "../../src/features/flags/rules.ts";
import { flagHistory, flags as flagTable } from "../../src/features/flags/schema.ts";
import { raiseFlag, withdrawFlag, type NewFlag } from "../../src/features/flags/service.ts";
import { eraseQuestions } from "../../src/features/flags/store.ts";
import type { Membership } from "../../src/core/feature.ts";
import { as } from "../../src/core/ids.ts";
import { memberships } from "../../src/features/programme/schema.ts";
import { buttonsOf, createWorld, wordsOf, type World, type WorldPerson } from "../support/world.ts";

const flags = createFlags({});

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.reset());
afterAll(() => world.close());

const question = "Can our group meet after the exams instead?";

/** Opens the form, types, sends. */
async function ask(person: WorldPerson, text = question) {
  const form = await world.say(flags, person, "ask");
  return await send(person, form, text);
}

async function send(person: WorldPerson, form: Parameters<typeof buttonsOf>[0], text: string) {
  return await world.press(flags, person, "flags.send", { ...buttonsOf(form)["Send"], question: text });
}

async function drawFor(person: WorldPerson) {
  return await world.draw(flags, world.outbox.to(person.id)[0]);
}

async function flagOf(person: WorldPerson) {
  return String(buttonsOf(await drawFor(person))["I'll take it"]?.["flag"]);
}

describe("asking", () => {
  test("a mentee sees who can read it before sending, and is asked to leave others' troubles out", async () => {
    const form = wordsOf(await world.say(flags, world.people.ben, "ask"));
    expect(form).toContain("every coordinator of Peer mentoring, Medicine 2026/27, with your name and group");
    expect(form).toContain("don't name or describe another person's troubles");
  });

  test("every coordinator gets the question, at once, with who asks and from which group", async () => {
    const { ben, maya, noor } = world.people;
    const answer = await ask(ben);
    expect(wordsOf(answer)).toContain("2 coordinators of Peer mentoring, Medicine 2026/27 will get it");
    expect(world.outbox.messages).toMatchObject([
      { kind: "flags.question", to: { person: maya.id }, priority: "planned", dueAt: world.clock.now() },
      { kind: "flags.question", to: { person: noor.id }, priority: "planned" },
    ]);
    const shown = wordsOf(await drawFor(noor));
    expect(shown).toContain(question);
    expect(shown).toContain("Ben Okafor, mentee in Maple");
    expect(shown).toContain("Monday 14 September, 09:00 (Kuala Lumpur time)");
  });

  test("what was typed after the word is in the form already", async () => {
    expect(wordsOf(await world.say(flags, world.people.ben, "ask may we meet online?"))).toContain(
      "may we meet online?",
    );
  });

  test("sending the same form twice makes one question", async () => {
    const form = await world.say(flags, world.people.ben, "ask");
    await send(world.people.ben, form, question);
    expect(wordsOf(await send(world.people.ben, form, question))).toContain("on its way");
    expect(await world.db.select().from(flagTable)).toHaveLength(1);
    expect(world.outbox.messages).toHaveLength(2);
  });

  test("other words in a form that was sent already are kept, for a second question", async () => {
    const form = await world.say(flags, world.people.ben, "ask");
    await send(world.people.ben, form, question);
    const again = await send(world.people.ben, form, "And who books the room?");
    expect(wordsOf(again)).toContain("Would you like to ask this one too?");
    expect(wordsOf(again)).toContain("And who books the room?");
    await send(world.people.ben, again, "And who books the room?");
    expect((await world.db.select().from(flagTable)).map((row) => row.question)).toEqual([
      question,
      "And who books the room?",
    ]);
  });

  test.each([
    ["nothing", "", "there is nothing to send yet"],
    ["only space", " \n\t ", "there is nothing to send yet"],
    ["1,001 characters", "x".repeat(1001), "longer than 1000 characters"],
    ["50,000 characters", "x".repeat(50_000), "longer than 1000 characters"],
  ])("%s: the form again, with a sentence beside the field and what was typed", async (_what, typed, sentence) => {
    const answer = await ask(world.people.ben, typed);
    expect(wordsOf(answer)).toContain(sentence);
    expect(wordsOf(answer)).toContain(typed.trim().slice(0, 40_000));
    // Teams takes messages of 100 KB, two bytes a character.
    expect(JSON.stringify(answer).length * 2).toBeLessThan(100 * 1024);
    expect(await world.db.select().from(flagTable)).toEqual([]);
    expect(wordsOf(await send(world.people.ben, answer, question))).toContain("on its way");
  });

  test("1,000 characters are taken, also of those that need four bytes", async () => {
    const typed = "🙂".repeat(1000);
    expect(wordsOf(await ask(world.people.ben, typed))).toContain("on its way");
  });

  test("characters that a database cannot hold are left out", async () => {
    await ask(world.people.ben, "a\u0000b\r\nc");
    expect((await world.db.select().from(flagTable))[0]?.question).toBe("ab\nc");
  });

  test("a link hidden behind words is shown with its address", async () => {
    await ask(world.people.ben, "[my notes](https://evil.example)\n\n[here]\n\n[here]: https://evil.example");
    const words = wordsOf(await drawFor(world.people.maya));
    expect(words).toContain("https://evil.example");
    expect(words).not.toMatch(/\]\(|\]:/);
  });

  test("from a group's card the question carries the group, if it is the asker's own", async () => {
    const { farid, maya } = world.people;
    const about = async (id: string) => {
      const form = await world.press(flags, farid, "flags.ask", { id });
      await send(farid, form, question);
    };
    await about(world.groups.birch);
    expect(wordsOf(await drawFor(maya))).toContain("Farid Yusof, mentor in Birch");
    await about(world.groups.maple);
    expect((await world.db.select().from(flagTable)).map(({ group }) => group)).toEqual([world.groups.birch, null]);
  });

  test("in a group chat nobody can ask: the form is for the personal chat", async () => {
    const chat = await world.addChat([world.people.ben]);
    const place = { kind: "chat", chat, group: null } as const;
    expect(wordsOf(await world.press(flags, world.people.ben, "flags.ask", {}, place))).toContain("in our own chat");
  });

  test("somebody who is a coordinator only cannot ask themselves", async () => {
    await expect(world.say(flags, world.people.maya, "ask")).rejects.toThrow("cannot say");
    await expect(world.press(flags, world.people.maya, "flags.ask")).rejects.toMatchObject({ name: "NotAllowed" });
  });

  test("nobody can add words to, or learn of, another person's question by its id", async () => {
    await ask(world.people.ben);
    const flag = await flagOf(world.people.maya);
    const forged = world.press(flags, world.people.chen, "flags.send", { flag, question: "mine" });
    await expect(forged).rejects.toMatchObject({ name: "NotAllowed", tried: { what: "flags.send", subject: flag } });
  });

  test.each([null, "x", {}, { flag: "not an id", question }, { flag: ["a"] }])(
    "a form of %j is refused",
    async (data) => {
      await expect(world.press(flags, world.people.ben, "flags.send", data)).rejects.toMatchObject({
        name: "NotAllowed",
      });
    },
  );

  test("a programme whose coordinators have all left says so", async () => {
    await world.db.update(memberships).set({ isActive: false }).where(eq(memberships.role, "coordinator"));
    expect(wordsOf(await ask(world.people.ben))).toContain("no coordinator in my list");
    expect(world.outbox.messages).toEqual([]);
  });
});

describe("taking", () => {
  beforeEach(() => ask(world.people.ben));

  test("the first one wins, the others and the asker see who it was", async () => {
    const { ben, maya, noor } = world.people;
    const flag = await flagOf(maya);
    const won = await world.press(flags, noor, "flags.take", { flag });
    const lost = await world.press(flags, maya, "flags.take", { flag });
    expect(wordsOf(won)).toContain("You took it.");
    expect(wordsOf(lost)).toContain("Noor Abdullah took it. Nothing to do for you.");
    expect(buttonsOf(lost)).toEqual({});
    expect(world.outbox.refreshed).toEqual([`flag:${flag}`]);
    const [told, ...more] = world.outbox.to(ben.id);
    expect(more).toEqual([]);
    expect(told).toMatchObject({ kind: "flags.taken", priority: "answer" });
    expect(wordsOf(await world.draw(flags, told))).toContain("Noor Abdullah has taken your question");
  });

  test("who took it closes it; the asker's card says so, and how to ask again", async () => {
    const { ben, maya } = world.people;
    const flag = await flagOf(maya);
    const taken = await world.press(flags, maya, "flags.take", { flag });
    const done = await world.press(flags, maya, "flags.close", buttonsOf(taken)["Done"]);
    expect(wordsOf(done)).toContain("Done. Thank you!");
    expect(world.outbox.refreshed).toEqual([`flag:${flag}`, `flag:${flag}`]);
    expect(wordsOf(await world.draw(flags, world.outbox.to(ben.id)[0]))).toContain("marked it as done");
    const history = await world.db.select().from(flagHistory).orderBy(flagHistory.id);
    expect(history.map(({ state, person }) => [state, person])).toEqual([
      ["open", ben.id],
      ["taken", maya.id],
      ["closed", maya.id],
    ]);
  });

  test("pressing a button twice changes nothing the second time", async () => {
    const { ben, maya } = world.people;
    const flag = await flagOf(maya);
    for (const verb of ["flags.take", "flags.take", "flags.close", "flags.close", "flags.take"]) {
      await world.press(flags, maya, verb, { flag });
    }
    expect(await world.db.select().from(flagHistory)).toHaveLength(3);
    expect(world.outbox.to(ben.id)).toHaveLength(1);
  });

  test("a question nobody took cannot be closed", async () => {
    const { maya } = world.people;
    const flag = await flagOf(maya);
    expect(wordsOf(await world.press(flags, maya, "flags.close", { flag }))).toContain("Nobody has taken it yet.");
  });

  test("a question that was taken before a coordinator's card went out is not sent to them", async () => {
    const { maya, noor } = world.people;
    await world.press(flags, maya, "flags.take", { flag: await flagOf(maya) });
    expect(await drawFor(noor)).toBeNull();
  });

  test("only who took it closes it, as long as they are a coordinator", async () => {
    const { maya, noor } = world.people;
    const flag = await flagOf(maya);
    await world.press(flags, noor, "flags.take", { flag });
    await world.press(flags, maya, "flags.close", { flag });
    expect((await world.db.select().from(flagTable))[0]?.state).toBe("taken");
    await world.press(flags, noor, "flags.close", { flag });
    expect((await world.db.select().from(flagTable))[0]?.state).toBe("closed");
  });

  test("when its taker leaves, another coordinator can close it", async () => {
    const { maya, noor } = world.people;
    const flag = await flagOf(maya);
    await world.press(flags, noor, "flags.take", { flag });
    await world.db.update(memberships).set({ isActive: false }).where(eq(memberships.person, noor.id));
    expect(buttonsOf(await world.press(flags, maya, "flags.take", { flag }))).toHaveProperty("Done");
  });

  test.each(["ben", "aisyah", "chen"] as const)("%s cannot take or close it", async (name) => {
    const flag = await flagOf(world.people.maya);
    for (const verb of ["flags.take", "flags.close"]) {
      const refused = world.press(flags, world.people[name], verb, { flag });
      await expect(refused).rejects.toMatchObject({ name: "NotAllowed", tried: { what: verb, subject: flag } });
    }
    expect((await world.db.select().from(flagTable))[0]?.state).toBe("open");
  });

  test("a former coordinator can neither take it nor read it on the card that they were sent", async () => {
    const { maya } = world.people;
    const flag = await flagOf(maya);
    const [sent] = world.outbox.to(maya.id);
    await world.db.update(memberships).set({ isActive: false }).where(eq(memberships.person, maya.id));
    await expect(world.press(flags, maya, "flags.take", { flag })).rejects.toMatchObject({ name: "NotAllowed" });
    expect(await drawFor(maya)).toBeNull();
    const kind = flags.messages?.find((message) => message.kind === "flags.question");
    const redrawn = await kind?.render(world.deps, sent?.ref ?? {}, { person: maya.id }, world.clock.now());
    expect(wordsOf(redrawn ?? null)).not.toContain(question);
  });

  test("an unknown question and a forged one are answered alike", async () => {
    for (const data of [{ flag: "00000000-0000-7000-8000-00000000dead" }, { flag: "1 or 1=1" }, null]) {
      const refused = world.press(flags, world.people.maya, "flags.take", data);
      await expect(refused).rejects.toMatchObject({ name: "NotAllowed" });
    }
  });

  test("the words of an erased person are not sent any more", async () => {
    await eraseQuestions(world.db, world.people.ben.id);
    expect(await drawFor(world.people.maya)).toBeNull();
  });
});

describe("which programme a question goes to", () => {
  const mentor = (programme: string, group: string): Membership => ({
    programme: as(programme),
    group: as(group),
    role: "mentor",
  });

  test.each([
    ["one group", [mentor("a", "g1")], null, null, [{ programme: "a", group: "g1" }]],
    [
      "two groups of one programme",
      [mentor("a", "g1"), mentor("a", "g2")],
      null,
      null,
      [{ programme: "a", group: null }],
    ],
    ["the group of the card", [mentor("a", "g1"), mentor("b", "g2")], "g2", null, [{ programme: "b", group: "g2" }]],
    ["somebody else's group", [mentor("a", "g1")], "g9", null, [{ programme: "a", group: "g1" }]],
    [
      "two programmes",
      [mentor("a", "g1"), mentor("b", "g2")],
      null,
      null,
      [
        { programme: "a", group: "g1" },
        { programme: "b", group: "g2" },
      ],
    ],
    [
      "two programmes, one chosen",
      [mentor("a", "g1"), mentor("b", "g2")],
      null,
      "b",
      [{ programme: "b", group: "g2" }],
    ],
    ["a programme that is not theirs", [mentor("a", "g1")], null, "b", [{ programme: "a", group: "g1" }]],
    ["no role", [], null, null, []],
  ])("%s", (_what, own, about, chosen, expected) => {
    expect(originsOf(own, about, chosen)).toEqual(expected);
  });
});

describe("asking for a person without words", () => {
  const raise = (change: Partial<NewFlag> = {}) =>
    world.inTransaction((deps) =>
      raiseFlag(
        deps,
        {
          programme: world.programme,
          group: world.groups.maple,
          asker: world.people.ben.id,
          kind: "contact",
          audience: "coordinators",
          meeting: null,
          dedupeKey: "test:1",
          ...change,
        },
        world.clock.now(),
      ),
    );
  const heard = () => world.outbox.messages.map(({ to }) => ("person" in to ? to.person : to.chat)).sort();

  test.each([
    ["contact", "Ben Okafor would like somebody to get in touch.", "need not give one"],
    ["not-held", "Ben Okafor says that a meeting did not take place.", "The mentor must not learn who said it"],
    ["another-mentor", "Ben Okafor would like another mentor.", "nobody's fault"],
    ["leave", "Ben Okafor would like to leave the programme.", "The mentor never learns why"],
  ] as const)(
    "%s: each coordinator gets a card that says what it is and what to do first",
    async (kind, title, what) => {
      await raise({ kind });
      const { maya, noor } = world.people;
      expect(heard()).toEqual([maya.id, noor.id].sort());
      const card = await drawFor(noor);
      expect(wordsOf(card)).toContain(title);
      expect(wordsOf(card)).toContain(what);
      expect(Object.keys(buttonsOf(card))).toEqual(["I'll take it"]);
    },
  );

  test("raised twice it is one flag, and nobody is told twice", async () => {
    expect(await raise()).toBe(await raise());
    expect(await world.db.select().from(flagTable)).toHaveLength(1);
    expect(world.outbox.messages).toHaveLength(2);
  });

  test("the group's mentors get it when the mentee chose them, and no coordinator can act on it", async () => {
    const { aisyah, maya, ben } = world.people;
    const flag = await raise({ audience: "mentors" });
    expect(heard()).toEqual([aisyah.id]);
    await expect(world.press(flags, maya, "flags.take", { flag })).rejects.toMatchObject({ name: "NotAllowed" });
    expect(wordsOf(await world.press(flags, aisyah, "flags.take", { flag }))).toContain("You took it.");
    const [told] = world.outbox.to(ben.id);
    expect(wordsOf(await world.draw(flags, told))).toContain("Aisyah Rahman will get in touch with you");
  });

  test("a mentor who left the group since can neither take it nor read it", async () => {
    const { aisyah } = world.people;
    const flag = await raise({ audience: "mentors" });
    await world.db.update(memberships).set({ isActive: false }).where(eq(memberships.person, aisyah.id));
    await expect(world.press(flags, aisyah, "flags.take", { flag })).rejects.toMatchObject({ name: "NotAllowed" });
    expect(await drawFor(aisyah)).toBeNull();
  });

  test("a colleague who looks after the group for a while is not among them", async () => {
    await world.db
      .update(memberships)
      .set({ endsOn: Temporal.PlainDate.from("2026-10-05") })
      .where(and(eq(memberships.group, world.groups.cedar), eq(memberships.person, world.people.grace.id)));
    await raise({ audience: "mentors", group: world.groups.cedar });
    expect(world.outbox.of("flags.contact").map(({ to }) => to)).toEqual([{ person: world.people.farid.id }]);
  });

  test("a coordinator who mentors that very group gets nothing of what goes to the coordinators", async () => {
    const { aisyah, maya, noor } = world.people;
    await world.db.insert(memberships).values({
      id: world.deps.newId(),
      person: aisyah.id,
      programme: world.programme,
      group: null,
      role: "coordinator",
      joinedOn: Temporal.PlainDate.from("2026-09-07"),
    });
    const flag = await raise({ kind: "not-held" });
    expect(heard()).toEqual([maya.id, noor.id].sort());
    await expect(world.press(flags, aisyah, "flags.take", { flag })).rejects.toMatchObject({ name: "NotAllowed" });
  });

  test("what was taken back asks nothing of anybody; raised anew it is told anew, and the history keeps each step", async () => {
    const { ben, maya, noor } = world.people;
    const flag = await raise();
    await world.press(flags, maya, "flags.take", { flag });
    await world.inTransaction((deps) => withdrawFlag(deps, "test:1", world.clock.now()));
    const shown = await world.press(flags, maya, "flags.take", { flag });
    expect(wordsOf(shown)).toContain("Ben Okafor has taken it back");
    expect(buttonsOf(shown)).toEqual({});
    expect(await drawFor(noor)).toBeNull();
    await raise();
    expect(world.outbox.to(noor.id)).toHaveLength(2);
    expect(buttonsOf(await drawFor(noor))).toHaveProperty("I'll take it");
    const history = await world.db.select().from(flagHistory).orderBy(flagHistory.id);
    expect(history.map(({ state, person }) => [state, person])).toEqual([
      ["open", ben.id],
      ["taken", maya.id],
      ["withdrawn", ben.id],
      ["open", ben.id],
    ]);
  });
});
