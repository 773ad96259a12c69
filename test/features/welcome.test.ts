import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { contacts, memberships, people } from "../../src/features/programme/schema.ts";
import { roster } from "../../src/features/programme/service.ts";
import { welcoming } from "../../src/features/welcome/bot.ts";
import { reportInstallations } from "../../src/features/welcome/rules.ts";
import { createWorld, senderOf, wordsOf, type Name, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.reset());
afterAll(() => world.close());

/** Installs the bot for the first time. */
async function meet(name: Name) {
  const person = world.people[name];
  await world.db.update(people).set({ welcomedAt: null }).where(eq(people.id, person.id));
  await roster.recognise(world.db, senderOf(person), [person.email], world.clock.now());
  return wordsOf(await world.happen(welcoming, { kind: "reachable" }, person));
}

describe("first contact", () => {
  test("a mentee learns who the mentor and the others are, who sees what, how to stop it; no task", async () => {
    const words = await meet("ben");
    expect(words).toContain("You are in the group Maple. Your mentor is Aisyah Rahman.");
    expect(words).toContain("With you are Chen Wei and Dalia Haddad.");
    expect(words).toContain("Nothing to do today.");
    expect(words).toContain("Whether you can come to a date: your mentor alone.");
    expect(words).toContain('type "pause"');
    expect(words).not.toContain("Your reflections");
  });

  test("a mentor learns who the mentees are, and who else mentors them", async () => {
    const words = await meet("grace");
    expect(words).toContain("You are a mentor of the group Cedar.");
    expect(words).toContain("Your mentees are Hana Sato, Ivan Petrov and Jin Park. You share it with Farid Yusof.");
    expect(words).toContain("Your reflections: you and the coordinators.");
    expect(words).toContain("your group's 5 meetings in the year");
  });

  test("a mentor of two groups hears of both, once", async () => {
    const words = await meet("farid");
    expect(words).toContain("mentor of the group Cedar");
    expect(words).toContain("mentor of the group Birch. Your mentees are Kavya Nair and Liam O'Brien.");
  });

  test("a coordinator hears what comes to them, and nothing of pauses", async () => {
    const words = await meet("maya");
    expect(words).toContain("You are a coordinator of Peer mentoring, Medicine 2026/27.");
    expect(words).toContain("which groups fall behind");
    expect(words).not.toContain('"pause"');
  });

  test("somebody recognised a moment ago is welcomed; a second time, or at a reinstallation, nothing is said", async () => {
    expect(await meet("liam")).toContain("You are in the group Birch.");
    const liam = world.people.liam;
    expect(await world.happen(welcoming, { kind: "reachable" }, liam)).toEqual({ kind: "nothing" });
  });

  test("when two events tell of the same installation, one hello is said", async () => {
    const speaker = { ...(await world.speakerOf(world.people.ben)), isWelcomed: false };
    await world.db.update(people).set({ welcomedAt: null }).where(eq(people.id, speaker.person));
    const listener = welcoming.listeners?.find((each) => "handle" in each);
    const hello = () => listener?.handle(world.deps, { kind: "reachable" }, { speaker, now: world.clock.now() });
    expect([(await hello())?.kind, (await hello())?.kind]).toEqual(["card", "nothing"]);
  });

  test("who has left the programme is not welcomed, and will be if they come back", async () => {
    const { ben } = world.people;
    await world.db.update(memberships).set({ isActive: false }).where(eq(memberships.person, ben.id));
    expect(await meet("ben")).toBe("");
    await world.db.update(memberships).set({ isActive: true }).where(eq(memberships.person, ben.id));
    expect(await meet("ben")).toContain("Hello, Ben Okafor!");
  });

  test("a stranger is not welcomed", async () => {
    expect(await world.happen(welcoming, { kind: "reachable" }, null)).toEqual({ kind: "nothing" });
  });
});

describe("who has not installed it yet", () => {
  test("a coordinator sees counts and names, group by group", async () => {
    const { ben, farid, noor } = world.people;
    await world.db.update(contacts).set({ state: "blocked" }).where(eq(contacts.person, ben.id));
    await world.db.delete(contacts).where(eq(contacts.person, farid.id));
    await world.db.delete(contacts).where(eq(contacts.person, noor.id));
    const words = wordsOf(await world.say(welcoming, world.people.maya, "not installed"));
    expect(words).toContain("9 of 13 people have installed it, 4 not yet.");
    expect(words).toContain(
      [
        "- Coordinators (1 of 2): Noor Abdullah",
        "- Birch (2 of 3): Farid Yusof (mentor), Liam O'Brien",
        "- Cedar (1 of 5): Farid Yusof (mentor)",
        "- Maple (1 of 4): Ben Okafor (removed or blocked it)",
      ].join("\n"),
    );
  });

  test("nobody else can ask", async () => {
    for (const person of [world.people.aisyah, world.people.ben]) {
      await expect(world.say(welcoming, person, "not installed")).rejects.toThrow("cannot say");
    }
  });

  test("groups are counted by their numbers, and nobody is listed when all are there", () => {
    const row = (group: string, state: string | null) =>
      ({ person: group, name: group, role: "mentee", group, state }) as const;
    const report = reportInstallations([row("Group 10", null), row("Group 9", null), row("Group 1", "reachable")]);
    expect(report.groups.map(({ name }) => name)).toEqual(["Group 9", "Group 10"]);
    expect(reportInstallations([row("Group 1", "reachable")])).toEqual({ people: 1, missing: 0, groups: [] });
  });
});
