import { asc, eq } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { MeetingId } from "../../src/core/ids.ts";
import { exportFiles } from "../../src/features/exports/service.ts";
import { createFlags } from "../../src/features/flags/bot.ts";
import { flagHistory, flags as flagTable } from "../../src/features/flags/schema.ts";
import { logbook } from "../../src/features/logbook/bot.ts";
import { meetingNotices, meetings } from "../../src/features/meetings/bot.ts";
import { programmeChanged } from "../../src/features/meetings/service.ts";
import { attendance } from "../../src/features/meetings/schema.ts";
import { meetingsOfGroups } from "../../src/features/meetings/store.ts";
import { createNotices } from "../../src/features/notices/bot.ts";
import { notices as noticeTable } from "../../src/features/notices/schema.ts";
import { privacy } from "../../src/features/privacy/bot.ts";
import { chats, groups, memberships } from "../../src/features/programme/schema.ts";
import { findProgramme } from "../../src/features/programme/store.ts";
import { progress } from "../../src/features/progress/bot.ts";
import { sides, sidesNotices } from "../../src/features/sides/bot.ts";
import { agreementOf, answers, cellBySide, type Answer, type Side } from "../../src/features/sides/rules.ts";
import { attendanceReplies, replyHistory } from "../../src/features/sides/schema.ts";
import { notHeldFlags } from "../../src/features/sides/service.ts";
import { logMeeting } from "../support/log-meeting.ts";
import { buttonsOf, createWorld, wordsOf, type Name, type World } from "../support/world.ts";

const flags = createFlags(notHeldFlags);
const notices = createNotices([...meetingNotices, ...sidesNotices]);
const mapleMentees = ["ben", "chen", "dalia"] as const;

let world: World;
/** Maple's first meeting, logged by Aisyah on Tuesday 15 September at ten. */
let induction: MeetingId;

beforeAll(async () => {
  world = await createWorld();
});
beforeEach(async () => {
  await world.reset();
  await world.inTransaction((deps) => programmeChanged(deps.db, deps.newId, world.programme, world.clock.now()));
  const [first] = await meetingsOfGroups(world.db, [world.groups.maple]);
  if (first === undefined) throw new Error("no meeting");
  induction = first.id;
  world.clock.moveTo("2026-09-15T02:00:00Z");
  world.outbox.clear();
});
afterAll(() => world.close());

/** Everybody of Maple was there, says Aisyah. */
async function logInduction() {
  await logMeeting(world, "aisyah", induction, "2026-09-15");
}

/** Logs with only these there; again on top of what is saved with `version`. */
async function logWith(came: readonly Name[], version = 0, more: Record<string, unknown> = {}) {
  const attended = came.map((name) => world.people[name].id).join(",");
  const form = { id: induction, version, heldOn: "2026-09-15", minutes: "45", form: "online", attended };
  return await world.press(logbook, world.people.aisyah, "logbook.save", {
    ...form,
    topics: "other",
    summary: "We met.",
    ...more,
  });
}

/** A tick: features' jobs, then notices. */
async function tick() {
  for (const job of [...(sides.jobs ?? []), ...(notices.jobs ?? [])]) await job.run(world.deps, world.clock.now());
}

const questionsTo = (name: Name) =>
  world.outbox.to(world.people[name].id).filter(({ kind }) => kind === "sides.was-there");

async function drawQuestion(name: Name) {
  const question = questionsTo(name).at(-1);
  if (question === undefined) throw new Error(`${name} was not asked`);
  return await world.draw(notices, question);
}

/** Drawn anew in place, whether or not it would still be sent. */
async function redraw(feature: typeof notices, message: (typeof world.outbox.messages)[number]) {
  const kind = feature.messages?.find((each) => each.kind === message.kind);
  return await kind?.render(world.deps, message.ref, message.to, world.clock.now());
}

const answer = (name: Name, said: Answer, id = induction) =>
  world.press(sides, world.people[name], "sides.answer", { id, answer: said });

async function exported(file: string): Promise<readonly (readonly string[])[]> {
  const programme = await findProgramme(world.db, world.programme);
  const found = exportFiles.find(({ name }) => name === file);
  if (programme === null || found === undefined) throw new Error("nothing to export");
  return await found.rows(world.db, programme, world.clock.now());
}

const cellInExport = async (name: Name) =>
  (await exported("attendance.csv")).find(
    ([email, , key]) => email === world.people[name].email && key === "induction",
  )?.[3];
const sidesInExport = async () =>
  (await exported("meetings.csv")).find(([group, key]) => group === "Maple" && key === "induction")?.[3];

describe("being asked", () => {
  test("each mentee whom the log lists is asked in their own chat, with one tap, and told who reads it", async () => {
    await logInduction();
    await tick();
    for (const name of mapleMentees) {
      const card = await drawQuestion(name);
      expect(Object.keys(buttonsOf(card))).toEqual(["Yes, I was there", "I could not come", "This did not happen"]);
      expect(wordsOf(card)).toContain("Aisyah Rahman wrote Induction in the logbook, on Tuesday 15 September.");
      expect(wordsOf(card)).toContain("Your mentors are never told");
    }
  });

  test("a second tick, another process and a log that is saved again ask nobody twice", async () => {
    await logInduction();
    await Promise.all([tick(), tick()]);
    await logWith(["ben", "chen", "dalia"], 1, { minutes: "50" });
    await tick();
    expect(mapleMentees.map((name) => questionsTo(name).length)).toEqual([1, 1, 1]);
  });

  test("who is not listed is not asked; who is put on the list later is", async () => {
    await logWith(["ben", "chen"]);
    await tick();
    expect(questionsTo("dalia")).toEqual([]);
    await logWith(["ben", "chen", "dalia"], 1);
    await tick();
    expect(questionsTo("dalia")).toHaveLength(1);
  });

  test("at night nobody is asked; the question comes the next morning", async () => {
    world.clock.moveTo("2026-09-15T13:30:00Z");
    await logInduction();
    await tick();
    expect(questionsTo("ben")).toEqual([]);
    world.clock.moveTo("2026-09-16T01:00:00Z");
    await tick();
    expect(questionsTo("ben")).toHaveLength(1);
  });

  test("a question that has waited is not sent once they have answered by their list, or were taken off it", async () => {
    await logInduction();
    await tick();
    await answer("ben", "there");
    await logWith(["ben", "chen"], 1);
    expect(await drawQuestion("ben")).toBeNull();
    expect(await drawQuestion("dalia")).toBeNull();
    expect(await drawQuestion("chen")).not.toBeNull();
  });

  test("who was moved to another group since is neither asked nor heard", async () => {
    await logInduction();
    await world.db.update(memberships).set({ isActive: false }).where(eq(memberships.person, world.people.ben.id));
    await tick();
    expect(questionsTo("ben")).toEqual([]);
    await expect(answer("ben", "not_held")).rejects.toThrow();
    expect(await world.db.select().from(attendanceReplies)).toEqual([]);
  });
});

describe("answering", () => {
  beforeEach(logInduction);

  test.each([
    ["there", "held", "you were there"],
    ["could_not", "absent", "missed"],
    ["not_held", "open", "you said that it did not take place"],
  ] as const)("%s: it counts as %s for them alone, and they see it by `meetings`", async (said, cell, words) => {
    await answer("ben", said);
    expect([await cellInExport("ben"), await cellInExport("chen")]).toEqual([cell, "held"]);
    expect(wordsOf(await world.say(progress, world.people.ben, "meetings"))).toContain(words);
    expect(wordsOf(await world.say(progress, world.people.chen, "meetings"))).toContain("you were there");
  });

  test("an answer can be changed, from the card and from `meetings`, and each step is kept", async () => {
    const first = await answer("ben", "could_not");
    expect(Object.keys(buttonsOf(first))).toEqual(["Yes, I was there", "This did not happen", "What we did"]);
    const list = await world.say(progress, world.people.ben, "meetings");
    const opened = await world.press(sides, world.people.ben, "sides.open", buttonsOf(list)["Induction: my part"]);
    await world.press(sides, world.people.ben, "sides.answer", buttonsOf(opened)["Yes, I was there"]);
    expect(await cellInExport("ben")).toBe("held");
    const history = await world.db.select().from(replyHistory).orderBy(asc(replyHistory.id));
    expect(history.map(({ step }) => step)).toEqual(["could_not", "there"]);
  });

  test("who was not listed says so with one tap in their own list", async () => {
    await logWith(["ben", "chen"], 1);
    const list = await world.say(progress, world.people.dalia, "meetings");
    expect(wordsOf(list)).toContain("missed");
    await world.press(sides, world.people.dalia, "sides.answer", buttonsOf(list)["I was at Induction"]);
    expect(await cellInExport("dalia")).toBe("held");
    const [row] = await world.db.select().from(attendance).where(eq(attendance.person, world.people.dalia.id));
    expect(row?.status).toBe("absent");
  });

  test("whoever takes part from two devices answers once", async () => {
    await answer("ben", "not_held");
    await answer("ben", "not_held");
    expect(await world.db.select().from(replyHistory)).toHaveLength(1);
    expect(await world.db.select().from(flagTable)).toHaveLength(1);
  });

  test("a meeting is one-sided until somebody confirms it, and disputed when somebody says it did not take place", async () => {
    expect(await sidesInExport()).toBe("one_sided");
    await answer("ben", "could_not");
    expect(await sidesInExport()).toBe("one_sided");
    await answer("chen", "there");
    expect(await sidesInExport()).toBe("confirmed");
    await answer("dalia", "not_held");
    expect(await sidesInExport()).toBe("disputed");
    await answer("dalia", "there");
    expect(await sidesInExport()).toBe("confirmed");
  });

  test("a catch-up that is logged later goes before what was said of the meeting, and is asked about itself", async () => {
    await tick();
    await answer("ben", "could_not");
    await logWith(["chen", "dalia"], 1);
    expect(await cellInExport("ben")).toBe("absent");
    await tick();
    world.clock.moveTo("2026-09-17T02:00:00Z");
    const catchUp = { id: induction, person: world.people.ben.id, attended: world.people.ben.id, heldOn: "2026-09-17" };
    const saved = await logWith(["ben"], 0, catchUp);
    expect(wordsOf(saved)).toContain("Ben Okafor has caught up");
    expect(await cellInExport("ben")).toBe("held");
    await tick();
    expect(questionsTo("ben")).toHaveLength(2);
    expect(wordsOf(await drawQuestion("ben"))).toContain(
      "a catch-up on Induction with you in the logbook, on Thursday 17",
    );
    await answer("ben", "could_not");
    expect(await cellInExport("ben")).toBe("absent");
  });

  test("who joined after the meeting has nothing to say about it, and it counts against nobody", async () => {
    const { kavya } = world.people;
    await world.db
      .update(memberships)
      .set({ group: world.groups.maple, joinedOn: Temporal.PlainDate.from("2026-09-16") })
      .where(eq(memberships.person, kavya.id));
    expect(wordsOf(await answer("kavya", "there"))).toContain("before you joined");
    expect(await world.db.select().from(attendanceReplies)).toEqual([]);
    expect(await cellInExport("kavya")).toBe("before_joining");
    expect(wordsOf(await world.say(progress, kavya, "meetings"))).toContain("Your meetings: 0 of 4");
  });

  test("what was answered is in `my data`, with who can read it", async () => {
    await answer("ben", "not_held");
    const words = wordsOf(await world.say(privacy, world.people.ben, "my data"));
    expect(words).toContain("1 answer: that you were there, could not come");
    expect(words).toContain("the coordinators. Never your mentors.");
  });
});

describe("what is refused", () => {
  beforeEach(logInduction);
  const nothing = async () => {
    expect(await world.db.select().from(attendanceReplies)).toEqual([]);
    expect(await world.db.select().from(flagTable)).toEqual([]);
  };

  test.each(["aisyah", "maya", "hana"] as const)("%s cannot answer for Maple's mentees", async (name) => {
    const refused = answer(name, "not_held");
    await expect(refused).rejects.toMatchObject({
      name: "NotAllowed",
      tried: { what: "sides.answer", subject: induction },
    });
    await nothing();
  });

  test("from a card that was copied into a group's chat it is a sentence for the presser, and nothing is stored", async () => {
    const chat = await world.addChat([world.people.ben]);
    await world.db.update(chats).set({ group: world.groups.maple });
    const place = { kind: "chat", chat, group: world.groups.maple } as const;
    for (const verb of ["sides.answer", "sides.open"]) {
      const data = { id: induction, answer: "not_held" };
      const said = await world.press(sides, world.people.ben, verb, data, place);
      expect(wordsOf(said)).toContain("in our own chat");
    }
    await nothing();
  });

  test("about a meeting that is not logged yet there is nothing to say", async () => {
    const second = (await meetingsOfGroups(world.db, [world.groups.maple]))[1];
    expect(wordsOf(await answer("ben", "not_held", second?.id))).toContain("isn't in the logbook yet");
    await nothing();
  });

  test("nobody answers for a group that is no more", async () => {
    await world.db.update(groups).set({ isActive: false }).where(eq(groups.id, world.groups.maple));
    await expect(answer("ben", "there")).rejects.toMatchObject({ name: "NotAllowed" });
    await nothing();
  });

  test.each([
    null,
    {},
    { id: "x", answer: "there" },
    { answer: "there" },
    { id: "00000000-0000-7000-8000-00000000dead", answer: "there" },
  ])("a press of %j is refused", async (data) => {
    await expect(world.press(sides, world.people.ben, "sides.answer", data)).rejects.toMatchObject({
      name: "NotAllowed",
    });
    await nothing();
  });

  test("an answer outside of the three is refused", async () => {
    const data = { id: induction, answer: "perhaps" };
    await expect(world.press(sides, world.people.ben, "sides.answer", data)).rejects.toMatchObject({
      name: "NotAllowed",
    });
    await nothing();
  });
});

describe("a meeting that did not take place, says a mentee", () => {
  beforeEach(async () => {
    await logInduction();
    await answer("ben", "not_held");
  });
  const flagOf = async () => (await world.db.select().from(flagTable))[0]?.id ?? "";
  const settle = (name: Name, outcome: string, flag: string) =>
    world.press(sides, world.people[name], "sides.settle", { flag, outcome });
  async function taken() {
    const flag = await flagOf();
    return { flag, card: await world.press(flags, world.people.maya, "flags.take", { flag }) };
  }

  test("it goes to the coordinators alone, who read which meeting it is and to ask the mentee first", async () => {
    const { aisyah, maya, noor } = world.people;
    const told = world.outbox.of("flags.not-held");
    expect(told.map(({ to }) => ("person" in to ? to.person : "")).sort()).toEqual([maya.id, noor.id].sort());
    const words = wordsOf(await world.draw(flags, told[0]));
    expect(words).toContain("Induction, logged for Tuesday 15 September");
    expect(words).toContain("Please ask Ben Okafor first");
    expect(world.outbox.to(aisyah.id)).toEqual([]);
  });

  test("it took place: it counts as logged, both sides agree, and the mentee reads so", async () => {
    const { flag, card } = await taken();
    const settled = await world.press(sides, world.people.maya, "sides.settle", buttonsOf(card)["It took place"]);
    expect(wordsOf(settled)).toContain("Noted: it took place.");
    expect([await cellInExport("ben"), await sidesInExport()]).toEqual(["held", "confirmed"]);
    const own = await world.press(sides, world.people.ben, "sides.open", { id: induction });
    expect(wordsOf(own)).toContain("A coordinator noted that it did take place");
    expect(world.outbox.refreshed).toContain(`side:${induction}:${world.people.ben.id}`);
    expect(flag).not.toBe("");
  });

  test("it did not take place: it stays open for them, and the meeting stays disputed", async () => {
    const { flag } = await taken();
    await settle("maya", "did_not_take_place", flag);
    expect([await cellInExport("ben"), await sidesInExport()]).toEqual(["open", "disputed"]);
  });

  test("each step can be taken back, and who did what is kept", async () => {
    const { flag } = await taken();
    const settled = await settle("maya", "took_place", flag);
    const back = await world.press(sides, world.people.maya, "sides.settle", buttonsOf(settled)["Take that back"]);
    expect(Object.keys(buttonsOf(back))).toEqual(["It took place", "It did not take place"]);
    expect(await cellInExport("ben")).toBe("open");
    await settle("maya", "did_not_take_place", flag);
    const steps = await world.db.select().from(replyHistory).orderBy(asc(replyHistory.id));
    expect(steps.map(({ step, by }) => [step, by])).toEqual([
      ["not_held", world.people.ben.id],
      ["took_place", world.people.maya.id],
      ["taken_back", world.people.maya.id],
      ["did_not_take_place", world.people.maya.id],
    ]);
    const states = await world.db.select().from(flagHistory).orderBy(asc(flagHistory.id));
    expect(states.map(({ state }) => state)).toEqual(["open", "taken", "closed", "taken", "closed"]);
  });

  test("who has not taken it cannot settle it; a mentor cannot even ask", async () => {
    const flag = await flagOf();
    expect(wordsOf(await settle("maya", "took_place", flag))).toContain("Nobody has taken it yet");
    await taken();
    await settle("noor", "took_place", flag);
    await expect(settle("aisyah", "took_place", flag)).rejects.toMatchObject({ name: "NotAllowed" });
    await expect(settle("ben", "took_place", flag)).rejects.toMatchObject({ name: "NotAllowed" });
    expect(await cellInExport("ben")).toBe("open");
  });

  test("who changes their mind takes it back from the coordinators, also after it was settled", async () => {
    const { flag } = await taken();
    await settle("maya", "did_not_take_place", flag);
    await answer("ben", "there");
    expect(await cellInExport("ben")).toBe("held");
    const shown = await settle("maya", "did_not_take_place", flag);
    expect(wordsOf(shown)).toContain("Ben Okafor has taken it back");
    expect(await cellInExport("ben")).toBe("held");
    await answer("ben", "not_held");
    expect(await cellInExport("ben")).toBe("open");
    expect(wordsOf(await world.press(flags, world.people.noor, "flags.take", { flag }))).toContain("You took it");
  });
});

/**
 * All that Aisyah is ever shown after her mentees have answered: each card that was sent to her or to her group's chat, as
 * it is drawn anew, what she can type, her logbook, and when which of her cards is drawn anew.
 */
async function allThatTheMentorSees(said: readonly (Answer | null)[], settlement: string | null): Promise<unknown> {
  await world.reset();
  await world.inTransaction((deps) => programmeChanged(deps.db, deps.newId, world.programme, world.clock.now()));
  const { aisyah, maya } = world.people;
  const chat = await world.addChat([aisyah, world.people.ben, world.people.chen, world.people.dalia]);
  await world.db.update(chats).set({ group: world.groups.maple });
  induction = (await meetingsOfGroups(world.db, [world.groups.maple]))[0]?.id ?? induction;
  await remind();
  world.clock.moveTo("2026-09-15T02:00:00Z");
  await logInduction();
  await remind();
  world.outbox.refreshed.length = 0;
  const seen: unknown[] = [];
  for (const [index, each] of said.entries()) {
    if (each !== null) await answer(mapleMentees[index] ?? "ben", each);
    await remind();
    seen.push(await look());
  }
  const [flag] = await world.db.select().from(flagTable);
  if (flag !== undefined && settlement !== null) {
    await world.press(flags, maya, "flags.take", { flag: flag.id });
    await world.press(sides, maya, "sides.settle", { flag: flag.id, outcome: settlement });
  }
  seen.push(await look());
  return seen;

  async function remind() {
    for (const { jobs } of [meetings, sides, notices])
      for (const job of jobs ?? []) await job.run(world.deps, world.clock.now());
  }

  async function look() {
    const mine = [...world.outbox.to(aisyah.id), ...world.outbox.to(chat)];
    const place = { kind: "chat", chat, group: world.groups.maple } as const;
    const subjects = new Set(mine.flatMap((message) => message.subjects));
    return {
      cards: await Promise.all(mine.map((message) => redraw(notices, message))),
      redrawn: world.outbox.refreshed.filter((subject) => subjects.has(subject)),
      meetings: await world.say(progress, aisyah, "meetings"),
      inChat: [
        await world.say(progress, aisyah, "meetings", place),
        await world.say(progress, world.people.chen, "meetings", place),
      ],
      logbook: [
        await world.press(logbook, aisyah, "logbook.open", { id: induction }),
        await world.press(logbook, aisyah, "logbook.edit", { id: induction }),
      ],
      myData: await world.say(privacy, aisyah, "my data"),
      waiting: await world.db
        .select({ kind: noticeTable.kind, state: noticeTable.state, dueAt: noticeTable.dueAt })
        .from(noticeTable)
        .where(eq(noticeTable.person, aisyah.id)),
    };
  }
}

describe("what the mentor sees", () => {
  test("is the same whatever one mentee answers, however the others do, and whatever a coordinator finds out", async () => {
    const one = fc.option(fc.constantFrom(...answers));
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(one, one, one),
        fc.nat(2),
        one,
        fc.option(fc.constantFrom("took_place", "did_not_take_place")),
        async (said, who, other, settlement) => {
          const changed = said.map((each, index) => (index === who ? other : each));
          expect(anonymous(await allThatTheMentorSees(changed, settlement))).toEqual(
            anonymous(await allThatTheMentorSees(said, settlement)),
          );
        },
      ),
      { numRuns: 6, seed: 4, endOnFailure: true },
    );
  }, 180_000);
});

/** Ids are made anew in each run: each is named by where it came up first. */
function anonymous(seen: unknown): unknown {
  const names = new Map<string, string>();
  const text = JSON.stringify(seen).replaceAll(/00000000-0000-7000-9000-\d{12}/g, (id) => {
    const name = names.get(id) ?? `id ${names.size}`;
    names.set(id, name);
    return name;
  });
  return JSON.parse(text);
}

describe("what counts", () => {
  const side = (said: Answer, settled: Side["settled"] = null): Side => ({ answer: said, settled });

  test.each<[string, Side, ReturnType<typeof cellBySide>]>([
    ["who says that they were there was", side("there"), "held"],
    ["who could not come missed it", side("could_not"), "absent"],
    ["what did not take place is open", side("not_held"), "open"],
    ["also once a coordinator has found that out", side("not_held", "did_not_take_place"), "open"],
    ["what did take place counts as logged", side("not_held", "took_place"), null],
  ])("%s", (_why, said, cell) => {
    expect(cellBySide(said)).toBe(cell);
  });

  test.each<[string, readonly Side[], ReturnType<typeof agreementOf>]>([
    ["nobody has said anything", [], "one_sided"],
    ["nobody but who could not come", [side("could_not")], "one_sided"],
    ["one was there", [side("could_not"), side("there")], "confirmed"],
    ["one says that it did not take place", [side("there"), side("not_held")], "disputed"],
    ["and was mistaken", [side("not_held", "took_place")], "confirmed"],
    ["and was right", [side("there"), side("not_held", "did_not_take_place")], "disputed"],
  ])("%s", (_why, said, agreement) => {
    expect(agreementOf(said)).toBe(agreement);
  });
});
