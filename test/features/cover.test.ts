import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { noticeKinds } from "../../src/app.ts";
import type { Reply } from "../../src/core/feature.ts";
import { as, type CoverId, type MeetingId } from "../../src/core/ids.ts";
import { createChats } from "../../src/features/chats/bot.ts";
import { exportFiles } from "../../src/features/exports/service.ts";
import { load } from "../../src/features/load/bot.ts";
import { readCoverDay } from "../../src/features/load/cover/rules.ts";
import { covers } from "../../src/features/load/schema.ts";
import { logbook } from "../../src/features/logbook/bot.ts";
import { meetings as meetingsFeature } from "../../src/features/meetings/bot.ts";
import { programmeChanged } from "../../src/features/meetings/service.ts";
import { meetingReminders, meetings } from "../../src/features/meetings/schema.ts";
import { createNotices } from "../../src/features/notices/bot.ts";
import { noticeCards, notices } from "../../src/features/notices/schema.ts";
import { planning } from "../../src/features/planning/bot.ts";
import { findChat } from "../../src/features/programme/chats/store.ts";
import { contacts, memberships, people } from "../../src/features/programme/schema.ts";
import { findProgramme } from "../../src/features/programme/store.ts";
import { progress } from "../../src/features/progress/bot.ts";
import { welcoming } from "../../src/features/welcome/bot.ts";
import { logMeeting } from "../support/log-meeting.ts";
import { buttonsOf, createWorld, wordsOf, type Name, type World, type WorldPerson } from "../support/world.ts";

/** "Cover me until": Aisyah of Maple goes away, and Grace or Farid of other groups may look after it. */
let world: World;
const saying = createNotices(noticeKinds);
const chats = createChats(() => Promise.resolve());
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(async () => {
  await world.reset();
  await world.inTransaction((deps) => programmeChanged(deps.db, deps.newId, world.programme, world.clock.now()));
});
afterAll(() => world.close());

const notAllowed = { name: "NotAllowed" };
const friday = "2026-09-25";

/** Asks as a person does: the word, the form, the button. */
async function ask(mentor: Name = "aisyah", until = friday, more: Record<string, string> = {}): Promise<Reply> {
  const form = await world.say(load, world.people[mentor], `cover me until ${until}`);
  return await world.press(load, world.people[mentor], "load.ask-cover", {
    ...buttonsOf(form)["Ask my colleagues"],
    until,
    ...more,
  });
}

async function coverOf(mentor: Name): Promise<typeof covers.$inferSelect> {
  const rows = await world.db.select().from(covers).where(eq(covers.mentor, world.people[mentor].id));
  const found = rows.at(-1);
  if (found === undefined) throw new Error(`${mentor} asked nobody`);
  return found;
}

const take = async (who: Name, cover: CoverId) => world.press(load, world.people[who], "load.take-cover", { cover });
const handBack = async (who: Name, cover: CoverId) => world.press(load, world.people[who], "load.hand-back", { cover });

/** Aisyah asks, Grace takes it. */
async function cover(): Promise<CoverId> {
  await ask();
  const { id } = await coverOf("aisyah");
  await take("grace", id);
  return id;
}

async function tick(): Promise<void> {
  for (const feature of [load, meetingsFeature, saying, chats]) {
    for (const job of feature.jobs ?? []) await job.run(world.deps, world.clock.now());
  }
}

/** What somebody was told unasked and stands in their chat, as it looks now. */
async function told(person: WorldPerson): Promise<string> {
  const cards = world.outbox.to(person.id).filter(({ ref }) => ref["card"] !== undefined);
  return (await Promise.all(cards.map(async (message) => wordsOf(await world.draw(saying, message))))).join("\n");
}

async function waitingFor(person: WorldPerson): Promise<readonly string[]> {
  const rows = await world.db
    .select({ kind: notices.kind })
    .from(notices)
    .where(and(eq(notices.person, person.id), eq(notices.state, "waiting")));
  return rows.map(({ kind }) => kind);
}

async function meetingOf(group: keyof World["groups"]): Promise<MeetingId> {
  const rows = await world.db.select().from(meetings).where(eq(meetings.group, world.groups[group]));
  return rows.find(({ key }) => key === "induction")?.id ?? as("");
}

async function placeOf(person: WorldPerson, group: keyof World["groups"]) {
  const rows = await world.db.select().from(memberships).where(eq(memberships.person, person.id));
  return rows.find((row) => row.group === world.groups[group]);
}

describe("a mentor who is away for a while", () => {
  test("reads who is asked before they ask, and need not say why", async () => {
    const form = wordsOf(await world.say(load, world.people.aisyah, "cover me until 2026-09-25"));
    expect(form).toContain("the mentors of your programme who have no pause (your name, the group, the day)");
    expect(form).toContain("Nobody is asked or told why");
    expect(form).toContain("2026-09-25");
  });

  test("asks the colleagues of the programme, but for those with a pause, and within their budget", async () => {
    await world.db
      .update(people)
      .set({ pausedUntil: Temporal.PlainDate.from("2026-09-20") })
      .where(eq(people.id, world.people.farid.id));
    expect(wordsOf(await ask())).toContain("I'm asking 1 colleague");
    expect(await waitingFor(world.people.grace)).toContain("load.cover-wanted");
    expect(await waitingFor(world.people.farid)).not.toContain("load.cover-wanted");
    expect(await waitingFor(world.people.aisyah)).not.toContain("load.cover-wanted");
    await tick();
    const shown = await told(world.people.grace);
    expect(shown).toContain("Aisyah Rahman looks for somebody who takes Maple (3 mentees) until Friday 25 September.");
    expect(shown).not.toContain("Ben Okafor");
  });

  test("asks again with the same form, or twice at once: the colleagues hear of it once", async () => {
    const form = await world.say(load, world.people.aisyah, "cover me");
    const data = { ...buttonsOf(form)["Ask my colleagues"], until: friday };
    await world.press(load, world.people.aisyah, "load.ask-cover", data);
    expect(wordsOf(await world.press(load, world.people.aisyah, "load.ask-cover", data))).toContain("I'm asking");
    expect(wordsOf(await ask())).toContain("I'm asking your colleagues about Maple already");
    expect(await world.db.select().from(covers)).toHaveLength(1);
    expect((await waitingFor(world.people.grace)).filter((kind) => kind === "load.cover-wanted")).toHaveLength(1);
  });

  test.each([
    ["no day", "soon", "choose a day, such as"],
    ["a day that is none", "2026-02-30", "choose a day, such as"],
    ["today", "2026-09-14", "choose a day after today"],
    ["a year from now", "2027-09-14", "60 days at most"],
    ["a forged list", "[1]", "choose a day, such as"],
  ])("types %s: a sentence beside the field, and nobody is asked", async (_what, until, sentence) => {
    expect(wordsOf(await ask("aisyah", until))).toContain(sentence);
    expect(await world.db.select().from(covers)).toEqual([]);
  });

  test("is told when all colleagues have a pause", async () => {
    await world.db.update(people).set({ pausedUntil: Temporal.PlainDate.from("2026-10-20") });
    expect(wordsOf(await ask())).toContain("None of your colleagues can be asked");
    expect(await world.db.select().from(covers)).toEqual([]);
  });

  test("changes their mind before anybody took it: nobody is asked any more", async () => {
    await ask();
    await tick();
    const { id } = await coverOf("aisyah");
    expect(wordsOf(await handBack("aisyah", id))).toContain("I ask nobody any more");
    const [card] = world.outbox.to(world.people.grace.id);
    expect(card?.subjects).toContain(`cover:${id}`);
    expect(world.outbox.refreshed).toContain(`cover:${id}`);
    expect(wordsOf(await take("grace", id))).toContain("no longer needed");
    expect(await placeOf(world.people.grace, "maple")).toBeUndefined();
  });

  test("can ask for one of two groups, and a co-mentor may take it: there the group only stops asking the first", async () => {
    const form = wordsOf(await world.say(load, world.people.farid, "cover me until 2026-09-25"));
    expect(form).toContain("Which group?");
    await ask("farid", friday, { group: world.groups.cedar });
    const { id } = await coverOf("farid");
    await take("grace", id);
    expect(await placeOf(world.people.grace, "cedar")).toMatchObject({ endsOn: null, isActive: true });
    expect((await placeOf(world.people.farid, "cedar"))?.awayUntil?.toString()).toBe(friday);
    expect((await placeOf(world.people.farid, "birch"))?.awayUntil).toBeNull();
    await handBack("grace", id);
    expect(await placeOf(world.people.grace, "cedar")).toMatchObject({ endsOn: null, isActive: true });
    expect((await placeOf(world.people.farid, "cedar"))?.awayUntil).toBeNull();
  });
});

describe("a colleague who is willing", () => {
  test("takes it with one tap, and the mentor hears who", async () => {
    await ask();
    const { id } = await coverOf("aisyah");
    expect(wordsOf(await take("grace", id))).toContain("Maple is with you until Friday 25 September");
    expect(wordsOf(await world.draw(load, world.outbox.of("load.cover-taken")[0]))).toContain(
      "Grace Lim looks after Maple",
    );
    expect(world.outbox.of("load.cover-taken")[0]?.to).toEqual({ person: world.people.aisyah.id });
    expect(wordsOf(await world.say(progress, world.people.grace, "meetings"))).toContain("Maple");
  });

  test("is the first: the second is thanked, nothing changes, and their card says so", async () => {
    await ask();
    await tick();
    const { id } = await coverOf("aisyah");
    await take("grace", id);
    expect(wordsOf(await take("farid", id))).toContain("Grace Lim was a moment faster");
    expect(await coverOf("aisyah")).toMatchObject({ coveredBy: world.people.grace.id });
    expect(await placeOf(world.people.farid, "maple")).toBeUndefined();
    expect(world.outbox.to(world.people.farid.id).flatMap(({ subjects }) => subjects)).toContain(`cover:${id}`);
    expect(world.outbox.refreshed).toContain(`cover:${id}`);
    const kind = noticeKinds.find((each) => each.kind === "load.cover-wanted");
    const part = await kind?.draw(world.deps, { cover: id }, world.people.farid.id, world.clock.now());
    expect(part?.fallback).toBe("Grace Lim has taken it. Thank you for being there.");
    expect(part?.actions).toEqual([]);
  });

  test("presses twice, from two devices: it is theirs once", async () => {
    await ask();
    const { id } = await coverOf("aisyah");
    const answers = await Promise.all([take("grace", id), take("grace", id)]);
    for (const answer of answers) expect(wordsOf(answer)).toContain("Maple is with you");
    expect(world.outbox.of("load.cover-taken")).toHaveLength(1);
  });

  test("takes two at once: the second stays open for somebody else", async () => {
    await ask();
    await ask("farid", friday, { group: world.groups.birch });
    const [first, second] = [(await coverOf("aisyah")).id, (await coverOf("farid")).id];
    const answers = await Promise.all([take("grace", first), take("grace", second)]);
    expect(answers.filter((answer) => wordsOf(answer).includes("one group more is plenty"))).toHaveLength(1);
    const rows = await world.db.select().from(covers);
    expect(rows.map(({ state }) => state).toSorted()).toEqual(["open", "taken"]);
  });

  test("gets the group's reminders meanwhile, and its mentor none", async () => {
    const id = await cover();
    const hears = async (person: WorldPerson) => {
      const rows = await world.db
        .select({ next: meetingReminders.nextAt })
        .from(meetingReminders)
        .where(and(eq(meetingReminders.meeting, await meetingOf("maple")), eq(meetingReminders.person, person.id)));
      return rows.some(({ next }) => next !== null);
    };
    expect([await hears(world.people.grace), await hears(world.people.aisyah)]).toEqual([true, false]);
    await handBack("grace", id);
    expect([await hears(world.people.grace), await hears(world.people.aisyah)]).toEqual([false, true]);
  });

  test("hears of a meeting that the mentor had said to be on, and is not asked about 'on it' beside nobody", async () => {
    await world.press(meetingsFeature, world.people.aisyah, "meetings.on-it", { id: await meetingOf("maple") });
    await cover();
    await tick();
    const shown = await told(world.people.grace);
    expect(shown).toContain("Induction with Maple");
    expect(shown).not.toContain("is on it");
  });

  test("the mentor's waiting reminder of the group is not said, and what was said about it has no duty left", async () => {
    await world.inTransaction(async (deps) => {
      for (const job of meetingsFeature.jobs ?? []) await job.run({ ...world.deps, db: deps.db }, world.clock.now());
    });
    expect(await waitingFor(world.people.aisyah)).toContain("meetings.opens");
    await cover();
    expect(await waitingFor(world.people.aisyah)).toEqual([]);
  });

  test("can plan and log for the group; mentees hear whom they can turn to", async () => {
    await cover();
    expect(
      wordsOf(await world.press(planning, world.people.grace, "planning.open", { id: await meetingOf("maple") })),
    ).toContain("Induction");
    await logMeeting(world, "grace", await meetingOf("maple"), "2026-09-14");
    await tick();
    expect(await told(world.people.ben)).toContain(
      "Until Friday 25 September you can turn to Grace Lim, who looks after your group for Aisyah Rahman",
    );
  });

  test("who was a mentee of the group may not, nor the mentor themselves, a mentee, a coordinator or somebody who left", async () => {
    await ask();
    const { id } = await coverOf("aisyah");
    await world.db.insert(memberships).values({
      id: world.deps.newId(),
      person: world.people.grace.id,
      programme: world.programme,
      group: world.groups.maple,
      role: "mentee",
      joinedOn: Temporal.PlainDate.from("2026-09-07"),
    });
    for (const who of ["grace", "aisyah", "hana", "maya"] as const) {
      await expect(take(who, id)).rejects.toMatchObject(notAllowed);
    }
    await world.db.update(memberships).set({ isActive: false }).where(eq(memberships.person, world.people.farid.id));
    await expect(take("farid", id)).rejects.toMatchObject(notAllowed);
    expect(await coverOf("aisyah")).toMatchObject({ state: "open", coveredBy: null });
  });

  test("made-up cards, and those of others, change nothing", async () => {
    const id = await cover();
    for (const data of [{}, { cover: "x" }, { cover: world.groups.maple }, { cover: ["a"] }]) {
      await expect(world.press(load, world.people.grace, "load.take-cover", data)).rejects.toMatchObject(notAllowed);
      await expect(world.press(load, world.people.grace, "load.hand-back", data)).rejects.toMatchObject(notAllowed);
    }
    for (const who of ["farid", "ben", "maya"] as const) {
      await expect(handBack(who, id)).rejects.toMatchObject(notAllowed);
    }
    await expect(ask("aisyah", friday, { group: world.groups.birch })).rejects.toMatchObject(notAllowed);
    // Whose group it is for a while is not theirs to pass on.
    await expect(
      world.press(load, world.people.grace, "load.ask-cover", {
        cover: world.deps.newId(),
        group: world.groups.maple,
        until: friday,
      }),
    ).rejects.toMatchObject(notAllowed);
    expect(await coverOf("aisyah")).toMatchObject({ id, state: "taken" });
  });
});

describe("what the colleague sees", () => {
  test("dates and who came; nothing that the group's mentors wrote, though these are still its mentors", async () => {
    await logMeeting(world, "aisyah", await meetingOf("maple"), "2026-09-14");
    await cover();
    const shown = await world.press(logbook, world.people.grace, "logbook.open", { id: await meetingOf("maple") });
    expect(wordsOf(shown)).toContain("Monday 14 September");
    expect(wordsOf(shown)).toContain("Ben Okafor");
    expect(wordsOf(shown)).not.toContain("We met.");
    expect(buttonsOf(shown)["Edit"]).toBeUndefined();
    // The mentor themselves still does.
    const own = await world.press(logbook, world.people.aisyah, "logbook.open", { id: await meetingOf("maple") });
    expect(wordsOf(own)).toContain("We met.");
  });

  test("nor what is written while they look after the group; their own entry stays theirs to read", async () => {
    await cover();
    world.clock.moveTo("2026-09-16T01:00:00Z");
    await logMeeting(world, "aisyah", await meetingOf("maple"), "2026-09-14");
    const shown = await world.press(logbook, world.people.grace, "logbook.open", { id: await meetingOf("maple") });
    expect(wordsOf(shown)).not.toContain("We met.");
  });

  test("and their own entry they can read and correct", async () => {
    await cover();
    await logMeeting(world, "grace", await meetingOf("maple"), "2026-09-14");
    const shown = await world.press(logbook, world.people.grace, "logbook.open", { id: await meetingOf("maple") });
    expect(wordsOf(shown)).toContain("We met.");
    expect(buttonsOf(shown)["Edit"]).toBeDefined();
  });

  test("a mentee who first meets the bot meanwhile reads until when the colleague is there", async () => {
    await cover();
    const { liam } = world.people;
    await world.db.update(memberships).set({ group: world.groups.maple }).where(eq(memberships.person, liam.id));
    await world.db.update(people).set({ aadObjectId: liam.aadObjectId }).where(eq(people.id, liam.id));
    expect(wordsOf(await world.happen(welcoming, { kind: "reachable" }, liam))).toContain(
      "Aisyah Rahman and Grace Lim (until Friday 25 September)",
    );
  });
});

describe("how it ends", () => {
  test("the colleague hands it back: nothing of the group opens for them any more, and the mentor hears at once", async () => {
    const id = await cover();
    await tick();
    world.outbox.refreshed.length = 0;
    expect(wordsOf(await handBack("grace", id))).toContain("Thank you for having looked after it");
    await expect(
      world.press(planning, world.people.grace, "planning.open", { id: await meetingOf("maple") }),
    ).rejects.toMatchObject(notAllowed);
    const [ended] = world.outbox.of("load.cover-ended");
    expect(ended?.to).toEqual({ person: world.people.aisyah.id });
    expect(wordsOf(await world.draw(load, ended))).toContain("Maple is with you again");
    // The reminder that they were sent is drawn anew, and asks nothing of them.
    expect(world.outbox.refreshed).toContain(`meeting:${await meetingOf("maple")}`);
    const kind = noticeKinds.find((each) => each.kind === "meetings.opens");
    const ref = { meeting: await meetingOf("maple"), kind: "opens", plan: "0" };
    const part = await kind?.draw(world.deps, ref, world.people.grace.id, world.clock.now());
    expect(part).toMatchObject({ actions: [], title: "A meeting" });
    expect(await waitingFor(world.people.ben)).not.toContain("load.turn-to");
  });

  test("the mentor takes it back, also while the day is far", async () => {
    const id = await cover();
    expect(wordsOf(await handBack("aisyah", id))).toContain("Welcome back");
    expect(world.outbox.of("load.cover-ended")[0]?.to).toEqual({ person: world.people.grace.id });
    expect(wordsOf(await handBack("aisyah", id))).toContain("over already");
    expect(wordsOf(await handBack("grace", id))).toContain("over already");
    expect(wordsOf(await take("farid", id))).toContain("no longer needed");
    expect(world.outbox.of("load.cover-ended")).toHaveLength(1);
  });

  test("the day comes, in the programme's zone: by itself, and both hear", async () => {
    await cover();
    world.clock.moveTo("2026-09-24T15:59:00Z");
    await tick();
    expect(await coverOf("aisyah")).toMatchObject({ state: "taken" });
    world.clock.moveTo("2026-09-24T16:00:00Z");
    await tick();
    expect(await coverOf("aisyah")).toMatchObject({ state: "over", howEnded: "day_came" });
    expect(await placeOf(world.people.grace, "maple")).toMatchObject({ isActive: false });
    world.clock.moveTo("2026-09-25T01:00:00Z");
    await tick();
    expect(await told(world.people.aisyah)).toContain("Maple is with you again");
    expect(await told(world.people.grace)).toContain("Maple is back");
  });

  test("nobody took it: on the day the mentor hears that, too", async () => {
    await ask();
    world.clock.moveTo("2026-09-25T01:00:00Z");
    await tick();
    expect(await coverOf("aisyah")).toMatchObject({ state: "over", howEnded: "day_came" });
    expect(await told(world.people.aisyah)).toContain("Nobody could take it this time");
    expect(wordsOf(await take("grace", (await coverOf("aisyah")).id))).toContain("no longer needed");
  });

  test("a former mentor of the group who covers it is a former mentor again, with the days of then", async () => {
    const joinedOn = Temporal.PlainDate.from("2026-09-07");
    const leftOn = Temporal.PlainDate.from("2026-09-10");
    await world.db.insert(memberships).values({
      id: world.deps.newId(),
      person: world.people.grace.id,
      programme: world.programme,
      group: world.groups.maple,
      role: "mentor",
      joinedOn,
      leftOn,
      isActive: false,
    });
    const id = await cover();
    expect((await placeOf(world.people.grace, "maple"))?.endsOn?.toString()).toBe(friday);
    await handBack("grace", id);
    expect(await placeOf(world.people.grace, "maple")).toMatchObject({
      joinedOn,
      leftOn,
      isActive: false,
      endsOn: null,
    });
  });

  test("can be asked for again, and taken by the same colleague again", async () => {
    await handBack("grace", await cover());
    await ask("aisyah", "2026-10-01");
    const { id } = await coverOf("aisyah");
    expect(wordsOf(await take("grace", id))).toContain("until Thursday 1 October");
    expect(await placeOf(world.people.grace, "maple")).toMatchObject({ isActive: true, leftOn: null });
    await handBack("grace", id);
    expect(await placeOf(world.people.grace, "maple")).toMatchObject({ isActive: false });
  });
});

describe("beside everything else", () => {
  test("load shows who covers whom to all three: the mentor, the colleague, the coordinator", async () => {
    const id = await cover();
    const mine = await world.say(load, world.people.aisyah, "load");
    expect(wordsOf(mine)).toContain("Grace Lim looks after it until Friday 25 September");
    expect(buttonsOf(mine)["I'm back: take it back"]).toMatchObject({ cover: id });
    expect(wordsOf(mine)).toContain("Nothing is open for you");
    const theirs = await world.say(load, world.people.grace, "load");
    expect(wordsOf(theirs)).toContain("You look after it for Aisyah Rahman until Friday 25 September");
    expect(wordsOf(theirs)).toContain("2 things open for you");
    const seen = wordsOf(await world.say(load, world.people.maya, "load"));
    expect(seen).toContain("0 open, Grace Lim covers Maple until Friday 25 September");
    expect(seen).toContain("2 open, covers Maple for Aisyah Rahman until Friday 25 September");
  });

  test("the group's chat goes on as before, though the colleague does not sit in it, and when they do", async () => {
    const { aisyah, ben, chen, dalia, grace } = world.people;
    const chat = await world.addChat([aisyah, ben, chen, dalia]);
    await world.happen(chats, { kind: "added-to-chat", chat }, null);
    const groupHere = async () => (await findChat(world.db, { id: chat }))?.group ?? null;
    expect(await groupHere()).toBe(world.groups.maple);
    const id = await cover();
    world.clock.forward({ minutes: 1 });
    await tick();
    expect(await groupHere()).toBe(world.groups.maple);
    await world.reseat(chat, [aisyah, ben, chen, dalia, grace]);
    await world.happen(chats, { kind: "chat-changed", chat }, null);
    expect(await groupHere()).toBe(world.groups.maple);
    // Afterwards they would read along where they have no part: nothing is posted until they have gone.
    await handBack("grace", id);
    world.clock.forward({ minutes: 1 });
    await tick();
    expect(await groupHere()).toBeNull();
    await world.reseat(chat, [aisyah, ben, chen, dalia]);
    await world.happen(chats, { kind: "chat-changed", chat }, null);
    expect(await groupHere()).toBe(world.groups.maple);
  });

  test("an export does not make the colleague a mentor of the group: people.csv holds lasting roles", async () => {
    const file = exportFiles.find(({ name }) => name === "people.csv");
    const programme = await findProgramme(world.db, world.programme);
    if (file === undefined || programme === null) throw new Error("nothing to export");
    const before = await file.rows(world.db, programme, world.clock.now());
    const id = await cover();
    expect(await file.rows(world.db, programme, world.clock.now())).toEqual(before);
    await handBack("grace", id);
    expect(await file.rows(world.db, programme, world.clock.now())).toEqual(before);
  });

  test("however many colleagues ask, nobody gets more cards than the budget allows", async () => {
    await world.db.update(contacts).set({ state: "reachable" });
    await ask();
    await ask("farid", friday, { group: world.groups.birch });
    for (let hour = 0; hour < 24 * 7; hour++) {
      if (hour === 48) await handBack("aisyah", (await coverOf("aisyah")).id);
      if (hour === 49) await ask("aisyah", "2026-09-30");
      await tick();
      world.clock.forward({ hours: 1 });
    }
    const cards = await world.db.select().from(noticeCards);
    const toGrace = cards.filter(({ person }) => person === world.people.grace.id);
    const days = toGrace.map(({ at }) => at.toZonedDateTimeISO("Asia/Kuala_Lumpur").toPlainDate().toString());
    expect(toGrace.length).toBeGreaterThan(1);
    expect(toGrace.length).toBeLessThanOrEqual(3);
    expect(new Set(days).size).toBe(days.length);
  });
});

describe("the day on which a mentor is back", () => {
  const today = Temporal.PlainDate.from("2026-09-14");
  test.each([
    ["2026-09-15", true],
    ["2026-11-13", true],
    ["2026-11-14", false],
    ["2026-09-13", false],
    ["15 September", false],
    ["", false],
  ])("%s: %s", (text, isFine) => {
    expect(readCoverDay(text, today).ok).toBe(isFine);
  });
});
