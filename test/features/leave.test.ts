import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { noticeKinds } from "../../src/app.ts";
import type { Reply } from "../../src/core/feature.ts";
import { as, type MeetingId } from "../../src/core/ids.ts";
import { createChats } from "../../src/features/chats/bot.ts";
import { load } from "../../src/features/load/bot.ts";
import { covers, endedParts } from "../../src/features/load/schema.ts";
import { logbook } from "../../src/features/logbook/bot.ts";
import { meetings as meetingsFeature } from "../../src/features/meetings/bot.ts";
import { programmeChanged } from "../../src/features/meetings/service.ts";
import { meetingReminders, meetings } from "../../src/features/meetings/schema.ts";
import { createNotices } from "../../src/features/notices/bot.ts";
import { notices } from "../../src/features/notices/schema.ts";
import { planning } from "../../src/features/planning/bot.ts";
import { findChat } from "../../src/features/programme/chats/store.ts";
import { auditLog, memberships, programmes } from "../../src/features/programme/schema.ts";
import { progress } from "../../src/features/progress/bot.ts";
import {
  buttonsOf,
  createWorld,
  stranger,
  wordsOf,
  type Name,
  type World,
  type WorldPerson,
} from "../support/world.ts";

/** A coordinator ends a mentor's part: one act, asked again before, and it can be undone. */
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

const confirm = (who: Name): Promise<Reply> =>
  world.say(load, world.people.maya, `end part of ${world.people[who].email}`);

/** Types it, reads what will happen, presses. */
async function end(who: Name): Promise<Reply> {
  const asked = await confirm(who);
  const [button] = Object.entries(buttonsOf(asked)).filter(([title]) => title.startsWith("End "));
  return await world.press(load, world.people.maya, "load.end", button?.[1]);
}

const undo = (part: unknown) => world.press(load, world.people.noor, "load.undo-end", { part });

async function endedPart() {
  const [part] = await world.db.select().from(endedParts);
  if (part === undefined) throw new Error("no part ended");
  return part;
}

async function meetingOf(group: keyof World["groups"]): Promise<MeetingId> {
  const rows = await world.db.select().from(meetings).where(eq(meetings.group, world.groups[group]));
  return rows.find(({ key }) => key === "induction")?.id ?? as("");
}

async function isReminded(person: WorldPerson, group: keyof World["groups"]): Promise<boolean> {
  const rows = await world.db
    .select({ next: meetingReminders.nextAt })
    .from(meetingReminders)
    .where(and(eq(meetingReminders.meeting, await meetingOf(group)), eq(meetingReminders.person, person.id)));
  return rows.some(({ next }) => next !== null);
}

async function tick(): Promise<void> {
  for (const feature of [load, meetingsFeature, saying, chats]) {
    for (const job of feature.jobs ?? []) await job.run(world.deps, world.clock.now());
  }
}

/** Aisyah asks her colleagues to look after Maple. */
async function askForCover(): Promise<{ cover: string }> {
  const form = await world.say(load, world.people.aisyah, "cover me until 2026-09-25");
  const sent = buttonsOf(form)["Ask my colleagues"];
  await world.press(load, world.people.aisyah, "load.ask-cover", { ...sent, until: "2026-09-25" });
  return { cover: String(sent?.["cover"]) };
}

/** What mentees were told about whom to turn to, by name. */
async function told(kind: string, person: WorldPerson): Promise<string> {
  const [message] = world.outbox.of(kind).filter(({ to }) => "person" in to && to.person === person.id);
  return wordsOf(await world.draw(load, message));
}

describe("before it happens", () => {
  test("the coordinator reads what will be, and nothing has happened yet", async () => {
    const shown = wordsOf(await confirm("aisyah"));
    expect(shown).toContain("Shall Aisyah Rahman's part as a mentor end today?");
    expect(shown).toContain("Maple will have no mentor");
    expect(shown).toContain("take them out of people.csv too");
    expect(wordsOf(await confirm("grace"))).toContain("Cedar keeps its other mentor");
    expect(await world.db.select().from(endedParts)).toEqual([]);
    expect(await isReminded(world.people.aisyah, "maple")).toBe(true);
  });

  test.each(["", "ben@students.example", "maya@students.example", "nobody@students.example"])(
    "an address that is no mentor's (%s): one sentence for all, and nothing changed",
    async (email) => {
      const shown = wordsOf(await world.say(load, world.people.maya, `end part of ${email}`.trim()));
      expect(shown).toMatch(email === "" ? /Type end part of/ : /I find no mentor with that address/);
      expect(await world.db.select().from(endedParts)).toEqual([]);
    },
  );

  test("it can be chosen from the card of the mentors' load", async () => {
    const { maya, grace } = world.people;
    const shown = await world.say(load, maya, "load");
    expect(wordsOf(shown)).toContain(grace.id);
    const asked = await world.press(load, maya, "load.end-form", { mentor: grace.id });
    expect(wordsOf(asked)).toContain("Shall Grace Lim's part");
    expect(wordsOf(await world.press(load, maya, "load.end-form", { mentor: "" }))).toContain("choose a mentor");
  });

  test("mentors, mentees and forgers are refused", async () => {
    const { aisyah, ben, grace, maya } = world.people;
    for (const person of [aisyah, ben]) {
      await expect(world.say(load, person, `end part of ${grace.email}`)).rejects.toThrow("cannot say");
      for (const verb of ["load.end-form", "load.end", "load.undo-end"]) {
        await expect(
          world.press(load, person, verb, { mentor: grace.id, programme: world.programme, part: grace.id }),
        ).rejects.toMatchObject(notAllowed);
      }
    }
    for (const data of [{}, { mentor: grace.id }, { mentor: "x", programme: world.programme }]) {
      await expect(world.press(load, maya, "load.end", data)).rejects.toMatchObject(notAllowed);
    }
    await expect(
      world.press(load, maya, "load.end", { mentor: grace.id, programme: "law-2026" }),
    ).rejects.toMatchObject(notAllowed);
    expect(await world.db.select().from(endedParts)).toEqual([]);
  });

  test("a mentor of another programme is nobody to this one's coordinators", async () => {
    const sam = stranger();
    const other = as<World["programme"]>("law-2026");
    const [row] = await world.db.select().from(programmes);
    if (row === undefined) throw new Error("no programme");
    await world.db.insert(programmes).values({ ...row, id: other });
    await world.db.update(memberships).set({ programme: other }).where(eq(memberships.person, world.people.grace.id));
    expect(wordsOf(await confirm("grace"))).toContain("I find no mentor");
    expect(
      wordsOf(await world.press(load, world.people.maya, "load.end", { mentor: sam.id, programme: world.programme })),
    ).toContain("I find no mentor");
  });
});

describe("a mentor whose part ends", () => {
  test("has no access from that moment, and what waited for them is cancelled", async () => {
    const { aisyah } = world.people;
    for (const job of meetingsFeature.jobs ?? []) await job.run(world.deps, world.clock.now());
    const waiting = () =>
      world.db
        .select()
        .from(notices)
        .where(and(eq(notices.person, aisyah.id), eq(notices.state, "waiting")));
    expect(await waiting()).toHaveLength(1);
    await end("aisyah");
    expect(await waiting()).toEqual([]);
    expect(await isReminded(aisyah, "maple")).toBe(false);
    const id = await meetingOf("maple");
    await expect(world.press(planning, aisyah, "planning.open", { id })).rejects.toMatchObject(notAllowed);
    await expect(world.press(logbook, aisyah, "logbook.open", { id })).rejects.toMatchObject(notAllowed);
    await expect(world.say(progress, aisyah, "meetings")).rejects.toThrow("cannot say");
    expect(await world.db.select().from(auditLog)).toMatchObject([
      { what: "load.end", subject: aisyah.id, person: world.people.maya.id },
    ]);
  });

  test("their cards become neutral: what they were reminded of is no longer with them", async () => {
    const id = await meetingOf("maple");
    await end("aisyah");
    expect(world.outbox.refreshed).toContain(`meeting:${id}`);
    expect(world.outbox.refreshed).toContain(`answers:${id}`);
    const kind = noticeKinds.find((each) => each.kind === "meetings.opens");
    const ref = { meeting: id, kind: "opens", plan: "0" };
    const part = await kind?.draw(world.deps, ref, world.people.aisyah.id, world.clock.now());
    expect(part).toMatchObject({ title: "A meeting", actions: [] });
  });

  test("is thanked, and told whom to talk to", async () => {
    await end("aisyah");
    const shown = await told("load.part-ended", world.people.aisyah);
    expect(shown).toContain("Thank you, Aisyah Rahman");
    expect(shown).toContain("Your time as a mentor of Maple has ended");
    expect(shown).toContain("Maya Fernandes and Noor Abdullah would like to hear it");
  });

  test("the mentees hear it at once: of the coordinators by name, where there is no other mentor", async () => {
    await end("aisyah");
    for (const mentee of [world.people.ben, world.people.chen, world.people.dalia]) {
      expect(await told("load.mentor-left", mentee)).toContain(
        "Until there is a new mentor, you can turn to Maya Fernandes and Noor Abdullah.",
      );
    }
    expect(world.outbox.of("load.mentor-left").every(({ dueAt }) => dueAt.equals(world.clock.now()))).toBe(true);
    expect(world.outbox.of("load.mentor-left")).toHaveLength(3);
  });

  test("and of the co-mentor, where there is one, who is reminded from then on", async () => {
    await world.press(meetingsFeature, world.people.farid, "meetings.on-it", { id: await meetingOf("cedar") });
    expect(await isReminded(world.people.grace, "cedar")).toBe(false);
    const shown = wordsOf(await end("farid"));
    expect(shown).toContain("Without a mentor for now: Birch.");
    expect(await told("load.mentor-left", world.people.hana)).toContain(
      "Please turn to Grace Lim, who is there for you",
    );
    expect(await told("load.mentor-left", world.people.kavya)).toContain("you can turn to Maya Fernandes");
    expect(await isReminded(world.people.grace, "cedar")).toBe(true);
  });

  test("a mentee who left meanwhile reads nothing about the group", async () => {
    await end("aisyah");
    await world.db.update(memberships).set({ isActive: false }).where(eq(memberships.person, world.people.ben.id));
    expect(await told("load.mentor-left", world.people.ben)).not.toContain("Aisyah");
  });

  test("their group shows up for coordinators", async () => {
    await end("aisyah");
    expect(wordsOf(await world.say(load, world.people.noor, "load"))).toContain("Without a mentor: Maple.");
    world.clock.moveTo("2026-09-28T01:00:00Z");
    expect(wordsOf(await world.say(progress, world.people.noor, "overdue"))).toContain("Maple (no mentor)");
  });

  test("in the group's chat nothing is posted any more when nobody of its mentors sits there", async () => {
    const { aisyah, ben, chen, dalia } = world.people;
    const chat = await world.addChat([aisyah, ben, chen, dalia]);
    await world.happen(chats, { kind: "added-to-chat", chat }, null);
    await end("aisyah");
    world.clock.forward({ minutes: 1 });
    await tick();
    expect((await findChat(world.db, { id: chat }))?.group ?? null).toBeNull();
  });

  test("stays a mentee, a coordinator, and a mentor elsewhere", async () => {
    await world.db.insert(memberships).values({
      id: world.deps.newId(),
      person: world.people.aisyah.id,
      programme: world.programme,
      group: world.groups.cedar,
      role: "mentee",
      joinedOn: Temporal.PlainDate.from("2026-09-07"),
    });
    await end("aisyah");
    const rows = await world.db.select().from(memberships).where(eq(memberships.person, world.people.aisyah.id));
    expect(rows.map(({ role, isActive }) => [role, isActive]).toSorted()).toEqual([
      ["mentee", true],
      ["mentor", false],
    ]);
  });

  test("is ended twice, from two devices: once", async () => {
    const asked = await confirm("aisyah");
    const data = buttonsOf(asked)["End Aisyah Rahman's part"];
    const answers = await Promise.all([
      world.press(load, world.people.maya, "load.end", data),
      world.press(load, world.people.noor, "load.end", data),
    ]);
    expect(answers.filter((answer) => wordsOf(answer).includes("has ended already"))).toHaveLength(1);
    expect(await world.db.select().from(endedParts)).toHaveLength(1);
    expect(world.outbox.of("load.part-ended")).toHaveLength(1);
  });

  test("who covers a colleague's group covers it no more, and the colleague hears of it", async () => {
    const ref = await askForCover();
    await world.press(load, world.people.grace, "load.take-cover", ref);
    await end("grace");
    expect(await world.db.select().from(covers)).toMatchObject([{ state: "over", howEnded: "roles_changed" }]);
    expect(await isReminded(world.people.aisyah, "maple")).toBe(true);
    expect(await isReminded(world.people.grace, "maple")).toBe(false);
    const waiting = await world.db.select().from(notices).where(eq(notices.kind, "load.cover-over"));
    expect(waiting.map(({ person }) => person)).toEqual([world.people.aisyah.id]);
  });

  test("who is covered by a colleague: the colleague's part in the group ends with theirs", async () => {
    const ref = await askForCover();
    await world.press(load, world.people.grace, "load.take-cover", ref);
    expect(wordsOf(await end("aisyah"))).toContain("Without a mentor for now: Maple");
    await expect(
      world.press(planning, world.people.grace, "planning.open", { id: await meetingOf("maple") }),
    ).rejects.toMatchObject(notAllowed);
    const waiting = await world.db.select().from(notices).where(eq(notices.kind, "load.cover-over"));
    expect(waiting.map(({ person }) => person)).toEqual([world.people.grace.id]);
  });

  test("who was asked to cover sees a card without a button", async () => {
    const ref = await askForCover();
    const waiting = () =>
      world.db
        .select()
        .from(notices)
        .where(and(eq(notices.person, world.people.grace.id), eq(notices.state, "waiting")));
    expect(await waiting()).toHaveLength(1);
    await end("grace");
    expect(await waiting()).toEqual([]);
    expect(world.outbox.refreshed).toContain(`cover:${ref.cover}`);
    const kind = noticeKinds.find((each) => each.kind === "load.cover-wanted");
    const part = await kind?.draw(world.deps, ref, world.people.grace.id, world.clock.now());
    expect(part?.actions).toEqual([]);
    const other = await kind?.draw(world.deps, ref, world.people.farid.id, world.clock.now());
    expect(other?.actions).toHaveLength(1);
    await expect(world.press(load, world.people.grace, "load.take-cover", ref)).rejects.toMatchObject(notAllowed);
  });
});

describe("undoing it", () => {
  test("the mentor is one as before, and the cards that were sent say so", async () => {
    await end("aisyah");
    const { id } = await endedPart();
    expect(wordsOf(await undo(id))).toContain("Aisyah Rahman is a mentor as before");
    expect(await isReminded(world.people.aisyah, "maple")).toBe(true);
    expect(wordsOf(await world.say(progress, world.people.aisyah, "meetings"))).toContain("Maple");
    expect(world.outbox.refreshed).toContain(`part:${id}`);
    const message = load.messages?.find(({ kind }) => kind === "load.mentor-left");
    const sent = world.outbox.of("load.mentor-left")[0];
    if (message === undefined || sent === undefined) throw new Error("no mentee was told");
    // Not sent yet: it need not be any more. Sent: it is drawn anew.
    expect(await message.wanted(world.db, sent.ref, world.clock.now())).toMatchObject({ wanted: false });
    expect(wordsOf(await message.render(world.deps, sent.ref, sent.to, world.clock.now()))).toContain("as before");
    expect(wordsOf(await undo(id))).toContain("undone already");
  });

  test("the part can end again afterwards", async () => {
    await end("aisyah");
    await undo((await endedPart()).id);
    expect(wordsOf(await end("aisyah"))).toContain("Aisyah Rahman's part has ended");
    expect(world.outbox.of("load.part-ended")).toHaveLength(2);
  });

  test("is for seven days, and until the next import", async () => {
    await end("aisyah");
    const { id } = await endedPart();
    world.clock.moveTo("2026-09-21T01:00:00Z");
    expect(wordsOf(await undo(id))).toContain("more than seven days ago");
    world.clock.moveTo("2026-09-21T00:59:00Z");
    await world.db.update(programmes).set({ importedAt: Temporal.Instant.from("2026-09-20T01:00:00Z") });
    expect(wordsOf(await undo(id))).toContain("An import has come since");
    expect(await isReminded(world.people.aisyah, "maple")).toBe(false);
  });

  test("made-up parts, and those of other programmes, are refused", async () => {
    for (const part of [undefined, "x", world.groups.maple]) {
      await expect(undo(part)).rejects.toMatchObject(notAllowed);
    }
  });
});
