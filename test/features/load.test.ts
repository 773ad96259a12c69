import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { as, type MeetingId } from "../../src/core/ids.ts";
import { createFlags } from "../../src/features/flags/bot.ts";
import { load } from "../../src/features/load/bot.ts";
import { programmeLoadCard, type MentorLine } from "../../src/features/load/cards.ts";
import { byNeed } from "../../src/features/load/rules.ts";
import { programmeChanged } from "../../src/features/meetings/service.ts";
import { meetings } from "../../src/features/meetings/schema.ts";
import { noticeCards } from "../../src/features/notices/schema.ts";
import { memberships, people } from "../../src/features/programme/schema.ts";
import { logMeeting } from "../support/log-meeting.ts";
import { buttonsOf, createWorld, wordsOf, type World } from "../support/world.ts";

/** What lies with a mentor, as they see it, and as coordinators do. */
const flags = createFlags({});

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(async () => {
  await world.reset();
  await world.inTransaction((deps) => programmeChanged(deps.db, deps.newId, world.programme, world.clock.now()));
});
afterAll(() => world.close());

async function meetingOf(group: keyof World["groups"], key = "induction"): Promise<MeetingId> {
  const rows = await world.db.select().from(meetings).where(eq(meetings.group, world.groups[group]));
  const found = rows.find((row) => row.key === key);
  if (found === undefined) throw new Error(`${group} has no ${key}`);
  return found.id;
}

async function plan(group: keyof World["groups"], at: string): Promise<void> {
  const planned = Temporal.Instant.from(at);
  await world.db
    .update(meetings)
    .set({ plannedAt: planned, plannedMinutes: 60, planMadeAt: world.clock.now(), planVersion: 1 })
    .where(eq(meetings.id, await meetingOf(group)));
}

describe("a mentor who types load", () => {
  test("sees for each group what is due, with one tap to plan it", async () => {
    const shown = await world.say(load, world.people.farid, "load");
    expect(wordsOf(shown)).toContain("2 things open for you");
    expect(wordsOf(shown)).toContain("Induction: open until Friday 2 October");
    expect(JSON.stringify(shown)).toContain(await meetingOf("birch"));
    expect(JSON.stringify(shown)).toContain(await meetingOf("cedar"));
    expect(JSON.stringify(shown)).not.toContain(await meetingOf("maple"));
    expect(buttonsOf(shown)["Plan it"]).toMatchObject({ verb: "planning.open" });
  });

  test("sees a plan that is ahead, and is asked to log one that is past", async () => {
    const { aisyah } = world.people;
    await plan("maple", "2026-09-17T04:00:00Z");
    const before = await world.say(load, aisyah, "load");
    expect(wordsOf(before)).toContain("planned: Thursday 17 September, 12:00");
    expect(buttonsOf(before)["See the plan or change it"]).toMatchObject({ id: await meetingOf("maple") });
    world.clock.moveTo("2026-09-17T05:00:00Z");
    const after = await world.say(load, aisyah, "load");
    expect(buttonsOf(after)["Log it"]).toMatchObject({ verb: "logbook.open", id: await meetingOf("maple") });
  });

  test("sees that nothing is open once the meeting is logged", async () => {
    await logMeeting(world, "aisyah", await meetingOf("maple"), "2026-09-14");
    expect(wordsOf(await world.say(load, world.people.aisyah, "load"))).toContain("Nothing is open for you");
  });

  test("sees the questions that they asked and who took them, not those of others", async () => {
    const { aisyah, ben, maya, noor } = world.people;
    const ask = async (person: typeof aisyah, question: string) => {
      const form = await world.say(flags, person, "ask");
      await world.press(flags, person, "flags.send", { ...buttonsOf(form)["Send"], question });
      return String(buttonsOf(form)["Send"]?.["flag"]);
    };
    await ask(ben, "Is my mentor all right?");
    const taken = await ask(aisyah, "May we meet online?");
    await world.press(flags, maya, "flags.take", { flag: taken });
    const closed = await ask(aisyah, "Where is the library?");
    await world.press(flags, noor, "flags.take", { flag: closed });
    await world.press(flags, noor, "flags.close", { flag: closed });
    const shown = wordsOf(await world.say(load, aisyah, "load"));
    expect(shown).toContain("Asked on Monday 14 September: Maya Fernandes has taken it.");
    expect(shown).not.toContain("nobody has taken it");
    expect(shown).not.toContain("Noor");
    await ask(aisyah, "And the gym?");
    expect(wordsOf(await world.say(load, aisyah, "load"))).toContain("nobody has taken it yet");
  });

  test("sees how much of this week's budget is spent: cards that did not go out, and last week's, do not count", async () => {
    const { aisyah } = world.people;
    const card = (at: string, droppedAt: Temporal.Instant | null = null) => ({
      id: world.deps.newId(),
      person: aisyah.id,
      at: Temporal.Instant.from(at),
      droppedAt,
    });
    await world.db.insert(noticeCards).values([
      // Sunday evening in UTC is Monday morning in Kuala Lumpur.
      card("2026-09-13T17:00:00Z"),
      card("2026-09-13T15:00:00Z"),
      card("2026-09-14T00:30:00Z", world.clock.now()),
    ]);
    expect(wordsOf(await world.say(load, aisyah, "load"))).toContain("1 of at most 3 this week");
  });

  test("sees their pause and can end it, and no pause that is over", async () => {
    const { aisyah } = world.people;
    const pauseUntil = (day: string) =>
      world.db
        .update(people)
        .set({ pausedUntil: Temporal.PlainDate.from(day) })
        .where(eq(people.id, aisyah.id));
    await pauseUntil("2026-09-21");
    const shown = await world.say(load, aisyah, "load");
    expect(wordsOf(shown)).toContain("You have a pause until Monday 21 September");
    expect(buttonsOf(shown)["End the pause now"]).toMatchObject({ verb: "notices.resume" });
    await pauseUntil("2026-09-14");
    expect(wordsOf(await world.say(load, aisyah, "load"))).not.toContain("You have a pause");
  });

  test("who is a mentee cannot type it", async () => {
    await expect(world.say(load, world.people.ben, "load")).rejects.toThrow("cannot say");
    expect(wordsOf(await world.press(load, world.people.ben, "load.mine"))).toContain("no group");
  });

  test("a card of it that was copied into a chat says nothing there", async () => {
    const chat = await world.addChat([world.people.aisyah, world.people.ben]);
    const place = { kind: "chat", chat, group: null } as const;
    const shown = wordsOf(await world.press(load, world.people.aisyah, "load.mine", {}, place));
    expect(shown).toContain("in our own chat");
    expect(shown).not.toContain("Induction");
  });
});

describe("a coordinator who types load", () => {
  test("sees counts for each mentor, the most overdue first, and never what somebody wrote", async () => {
    const { maya } = world.people;
    await logMeeting(world, "aisyah", await meetingOf("maple"), "2026-09-14");
    world.clock.moveTo("2026-09-28T01:00:00Z");
    const shown = wordsOf(await world.say(load, maya, "load"));
    expect(shown).toContain("Farid Yusof (Birch, Cedar)\n2 open, 2 overdue");
    expect(shown).toContain("Grace Lim (Cedar)\n1 open, 1 overdue");
    expect(shown).toContain("Aisyah Rahman (Maple)\n0 open");
    expect(shown.indexOf("Farid")).toBeLessThan(shown.indexOf("Grace"));
    expect(shown.indexOf("Grace")).toBeLessThan(shown.indexOf("Aisyah"));
    expect(shown).not.toContain("We met.");
  });

  test("sees a group that has no mentor", async () => {
    await world.db.update(memberships).set({ isActive: false }).where(eq(memberships.person, world.people.aisyah.id));
    expect(wordsOf(await world.say(load, world.people.maya, "load"))).toContain("Without a mentor: Maple.");
  });

  test("who is a mentor too says which load they mean", async () => {
    const { farid } = world.people;
    await world.db.insert(memberships).values({
      id: world.deps.newId(),
      person: farid.id,
      programme: world.programme,
      role: "coordinator",
      joinedOn: Temporal.PlainDate.from("2026-09-07"),
    });
    const shown = await world.say(load, farid, "load");
    expect(Object.keys(buttonsOf(shown))).toEqual(["Peer mentoring, Medicine 2026/27", "My own"]);
  });

  test("a mentor, a mentee and a forger are refused what coordinators see", async () => {
    const { aisyah, ben } = world.people;
    for (const person of [aisyah, ben]) {
      await expect(world.press(load, person, "load.show", { programme: world.programme })).rejects.toMatchObject({
        name: "NotAllowed",
      });
    }
    await expect(world.press(load, world.people.maya, "load.show", { programme: "law-2026" })).rejects.toMatchObject({
      name: "NotAllowed",
    });
  });
});

describe("the order and the pages of the mentors' load", () => {
  const line = (name: string, more: Partial<MentorLine> = {}): MentorLine => ({
    person: as("00000000-0000-7000-8000-00000000ffff"),
    name,
    groups: ["Maple"],
    open: 1,
    overdue: 0,
    isWaitingForHelp: false,
    isCovering: false,
    pausedUntil: null,
    covers: [],
    ...more,
  });

  test("most overdue, then who asked for help and has none, then who carries two, then the most open", () => {
    const lines = [
      line("Zoe"),
      line("Ana", { open: 3 }),
      line("Ben", { isCovering: true }),
      line("Cai", { isWaitingForHelp: true }),
      line("Dov", { overdue: 1 }),
      line("Ada"),
    ];
    expect(lines.toSorted(byNeed).map(({ name }) => name)).toEqual(["Dov", "Cai", "Ben", "Ana", "Ada", "Zoe"]);
  });

  test("of 45 mentors each is on one of three pages, and what is left is counted", () => {
    const names = Array.from({ length: 45 }, (_, number) => `Mentor ${String(number + 1).padStart(2, "0")}`);
    const programme = { id: world.programme, name: "Medicine" };
    const data = { programme, mentors: names.map((name) => line(name)), groupsWithoutMentor: [] };
    const seen: string[] = [];
    let from = 0;
    const titles: string[] = [];
    for (let page = 0; page < 3; page++) {
      const card = programmeLoadCard(data, from);
      seen.push(...names.filter((name) => wordsOf(card).includes(`${name} (`)));
      const [more] = Object.entries(buttonsOf(card)).filter(([title]) => title.startsWith("Show "));
      titles.push(more?.[0] ?? "the last");
      from = Number(more?.[1]["from"] ?? 0);
    }
    expect(seen).toEqual(names);
    expect(titles).toEqual(["Show 25 more", "Show 5 more", "the last"]);
  });
});
