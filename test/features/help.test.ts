import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eq } from "drizzle-orm";
import type { Command, Turn } from "../../src/core/feature.ts";
import { isFor } from "../../src/core/words.ts";
import { createFlags } from "../../src/features/flags/bot.ts";
import { createHelp } from "../../src/features/help/bot.ts";
import { usableCommands } from "../../src/features/help/rules.ts";
import { answerWithWords } from "../../src/features/help/service.ts";
import { privacy } from "../../src/features/privacy/bot.ts";
import { memberships } from "../../src/features/programme/schema.ts";
import { welcoming } from "../../src/features/welcome/bot.ts";
import { buttonsOf, createWorld, wordsOf, type World } from "../support/world.ts";

const flags = createFlags({});

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const others = [flags, welcoming].flatMap((feature) => feature.commands ?? []);
const { feature: help, answer, strangerText } = createHelp(others);
const chat: Turn["place"] = { kind: "chat", chat: "c" as never, group: null };

describe("help", () => {
  test("shows everybody the words of their role, and no others", async () => {
    const mentee = wordsOf(await world.say(help, world.people.ben, "help"));
    expect(mentee).toContain("ask the coordinators a question");
    expect(mentee).not.toContain("not installed");
    const coordinator = wordsOf(await world.say(help, world.people.maya, "help"));
    expect(coordinator).toContain("not installed");
    expect(coordinator).not.toContain("ask the coordinators a question");
  });

  test("in a chat shows what can be said there", async () => {
    const words = wordsOf(await world.say(help, world.people.ben, "help", chat));
    expect(words).toContain("Everybody in this chat sees the answer.");
    expect(words).not.toContain("ask the coordinators");
  });

  test("every word that it shows is one that the person can really use", async () => {
    for (const person of Object.values(world.people).filter(({ name }) => !name.startsWith("Liam"))) {
      for (const place of [{ kind: "personal" } as const, chat]) {
        const reply = await world.say(help, person, "help", place);
        const shown = [...others, ...(help.commands ?? [])].filter(({ help: text }) => wordsOf(reply).includes(text));
        const { speaker } = await world.turnOf(person);
        for (const { where, who } of shown) {
          expect(where).toContain(place.kind);
          expect(isFor(who, speaker.memberships)).toBe(true);
        }
      }
    }
  });
});

describe("words that mean nothing", () => {
  test("a mentee is shown what there is, and how to reach a person", async () => {
    const reply = await answer(world.deps, await world.turnOf(world.people.ben));
    expect(wordsOf(reply)).toContain("I didn't get that");
    expect(buttonsOf(reply)).toHaveProperty("Ask a coordinator");
  });

  test("who has left the programme hears what a stranger hears, and that names nobody", async () => {
    const { ben, maya, noor } = world.people;
    await world.db.update(memberships).set({ isActive: false }).where(eq(memberships.person, ben.id));
    const reply = await answer(world.deps, await world.turnOf(ben));
    expect(reply).toEqual({ kind: "text", text: strangerText });
    for (const hidden of [maya.name, noor.name, "Medicine", "example"]) expect(strangerText).not.toContain(hidden);
  });

  test("who has left the programme is told of the one word that is left to them, in their own chat only", async () => {
    const { ben } = world.people;
    await world.db.update(memberships).set({ isActive: false }).where(eq(memberships.person, ben.id));
    const house = createHelp([...others, ...(privacy.commands ?? [])]);
    expect(wordsOf(await house.answer(world.deps, await world.turnOf(ben)))).toContain("Write “my data”");
    expect(await house.answer(world.deps, await world.turnOf(ben, chat))).toEqual({ kind: "text", text: strangerText });
  });

  test("where nothing can be typed, it says so", async () => {
    const onlyPersonal = { ...others[0], words: ["x"], where: ["personal"], who: ["mentee"] } as Command;
    expect(usableCommands([onlyPersonal], await world.speakerOf(world.people.chen), "chat")).toEqual([]);
    const turn = await world.turnOf(world.people.chen, chat);
    const reply = answerWithWords([onlyPersonal], turn, true);
    expect(wordsOf(reply)).toContain("in my own chat");
  });
});
