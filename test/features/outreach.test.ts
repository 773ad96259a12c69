import { and, eq } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { rosterChanged } from "../../src/app.ts";
import type { MeetingId, PersonId } from "../../src/core/ids.ts";
import { flags as flagTable } from "../../src/features/flags/schema.ts";
import { attendance, meetings } from "../../src/features/meetings/schema.ts";
import { createNotices } from "../../src/features/notices/bot.ts";
import { notices as noticeTable } from "../../src/features/notices/schema.ts";
import { pause } from "../../src/features/notices/service.ts";
import { outreach, outreachNotices } from "../../src/features/outreach/bot.ts";
import { assessGroup, assessMentee, standings, type MenteeFacts } from "../../src/features/outreach/rules.ts";
import { outreachAnswers, outreachSteps } from "../../src/features/outreach/schema.ts";
import { attendanceReplies } from "../../src/features/sides/schema.ts";
import { planningNotices } from "../../src/features/planning/bot.ts";
import { buttonsOf, createWorld, wordsOf, type Name, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(async () => {
  await world.reset();
  await rosterChanged(world.db, world.deps.newId, world.programme, world.clock.now());
});
afterAll(() => world.close());

const notices = createNotices([...outreachNotices, ...planningNotices]);

/** Every morning, afternoon and midnight (Kuala Lumpur) until then, the service looks at what is due. */
async function liveUntil(end: string): Promise<void> {
  const until = Temporal.Instant.from(end);
  let now = world.clock.now();
  while (Temporal.Instant.compare(now, until) < 0) {
    now = now.add({ hours: 8 });
    world.clock.moveTo(now.toString());
    for (const job of [...(outreach.jobs ?? []), ...(notices.jobs ?? [])]) await job.run(world.deps, now);
  }
}

/** The cards that somebody was sent, newest last. */
const sentTo = (name: Name) =>
  world.outbox.to(world.people[name].id).filter(({ kind }) => kind.startsWith("outreach."));
const drawNewest = (name: Name) => world.draw(notices, sentTo(name).at(-1));

const induction = { after: "2026-10-05T09:00:00Z" };
const list = async () => wordsOf(await world.say(outreach, world.people.maya, "at risk"));

describe("the rule", () => {
  const window = (opens: string, closes: string) => ({
    opens: Temporal.PlainDate.from(opens),
    closes: Temporal.PlainDate.from(closes),
  });
  const first = { key: "one", title: "Mid-semester 1", window: window("2026-09-14", "2026-10-02") };
  const second = { key: "two", title: "Exams 1", window: window("2026-10-26", "2026-11-13") };
  const facts = (change: Partial<MenteeFacts>): MenteeFacts => ({
    timeZone: "Asia/Kuala_Lumpur",
    programmeZone: "Asia/Kuala_Lumpur",
    hasLeft: false,
    askedToLeaveAt: null,
    pausedUntil: null,
    saidFineAt: null,
    isReachable: true,
    meetings: [],
    ...change,
  });
  const at = (text: string) => Temporal.Instant.from(text);
  const open = { cell: "open", heldOn: null, date: null } as const;
  const silent = (day: string) => ({ at: at(day), isReplied: false });

  test.each([
    ["nothing is over", "2026-10-02T15:59:59Z", facts({ meetings: [{ ...first, ...open }] }), "on_track", []],
    [
      "a window is over without a meeting",
      "2026-10-02T16:00:00Z",
      facts({ meetings: [{ ...first, ...open }] }),
      "needs_a_nudge",
      ["no meeting in the Mid-semester 1 window"],
    ],
    [
      "a window is over, and two dates had no reply",
      "2026-11-05T00:00:00Z",
      facts({
        meetings: [
          { ...first, ...open, date: silent("2026-09-20T00:00:00Z") },
          { ...second, ...open, date: silent("2026-11-01T00:00:00Z") },
        ],
      }),
      "at_risk",
      ["no meeting in the Mid-semester 1 window", "no reply to two dates"],
    ],
    [
      "they cannot be reached, so they are not silent",
      "2026-11-05T00:00:00Z",
      facts({
        isReachable: false,
        meetings: [
          { ...first, ...open, date: silent("2026-09-20T00:00:00Z") },
          { ...second, ...open, date: silent("2026-11-01T00:00:00Z") },
        ],
      }),
      "needs_a_nudge",
      ["no meeting in the Mid-semester 1 window"],
    ],
    [
      "two windows are over",
      "2026-11-13T16:00:00Z",
      facts({ meetings: [first, second].map((meeting) => ({ ...meeting, ...open })) }),
      "at_risk",
      ["no meeting in the Mid-semester 1 window", "no meeting in the Exams 1 window"],
    ],
    [
      "the first was before they joined",
      "2026-11-13T16:00:00Z",
      facts({
        meetings: [
          { ...first, ...open, cell: "before_joining" },
          { ...second, ...open },
        ],
      }),
      "needs_a_nudge",
      ["no meeting in the Exams 1 window"],
    ],
    [
      "they were at a meeting since",
      "2026-11-13T16:00:00Z",
      facts({
        meetings: [
          { ...first, ...open },
          { ...second, cell: "held", heldOn: Temporal.PlainDate.from("2026-11-02"), date: null },
        ],
      }),
      "on_track",
      [],
    ],
    [
      "they have a pause",
      "2026-11-13T16:00:00Z",
      facts({ pausedUntil: Temporal.PlainDate.from("2026-11-20"), meetings: [{ ...first, ...open }] }),
      "paused",
      ["asked for a pause"],
    ],
    ["they have left", "2026-11-13T16:00:00Z", facts({ hasLeft: true }), "left", ["no longer in the group"]],
  ])("%s", (_what, now, given, standing, evidence) => {
    expect(assessMentee(given, at(now))).toMatchObject({ standing, evidence });
  });

  test("a group has one state, whatever its mentees' are", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...standings), { maxLength: 4 }), fc.boolean(), (mentees, hasMentor) => {
        const mentors = hasMentor ? [{ timeZone: "UTC", pausedUntil: null }] : [];
        const group = { programmeZone: "UTC", mentors, mentees, meetings: [] };
        const { standing } = assessGroup(group, at("2026-11-13T16:00:00Z"));
        const present = mentees.filter((each) => each !== "left");
        expect(standing === "left").toBe(!hasMentor || present.length === 0);
        expect(standing === "on_track").toBe(
          hasMentor &&
            present.some((each) => each === "on_track") &&
            present.every((each) => ["on_track", "paused"].includes(each)),
        );
      }),
    );
  });
});

describe("the card", () => {
  test("comes once to each mentee after a window without a meeting, and to nobody who was there", async () => {
    await liveUntil(induction.after);
    expect(sentTo("ben")).toHaveLength(1);
    const words = wordsOf(await drawNewest("ben"));
    expect(words).toContain("What would suit you?");
    expect(words).toContain("without your name");
    await liveUntil("2026-10-25T00:00:00Z");
    expect(sentTo("ben")).toHaveLength(1);
    expect(sentTo("aisyah")).toEqual([]);
  });

  test("does not come to a mentee who has a pause", async () => {
    await world.inTransaction((deps) =>
      pause(deps, world.people.ben.id, Temporal.PlainDate.from("2026-11-10"), world.clock.now()),
    );
    await liveUntil("2026-11-09T00:00:00Z");
    expect(sentTo("ben")).toEqual([]);
    expect(sentTo("chen")).toHaveLength(1);
  });

  test("another mentor and leave are asked again, go to the coordinators only, and can be taken back", async () => {
    await liveUntil(induction.after);
    const press = buttonsOf(await drawNewest("ben"))["Another mentor"];
    const sure = await world.press(outreach, world.people.ben, "outreach.answer", press);
    expect(wordsOf(sure)).toContain("Only the coordinators learn of it");
    expect(await world.db.$count(flagTable)).toBe(0);
    const yes = buttonsOf(sure)["Yes, tell the coordinators"];
    await world.press(outreach, world.people.ben, "outreach.answer", yes);
    const twice = await world.press(outreach, world.people.ben, "outreach.answer", yes);
    expect(wordsOf(twice)).toContain("I have that already");
    const [flag, ...more] = await world.db.select().from(flagTable);
    expect(flag).toMatchObject({ kind: "another-mentor", asker: world.people.ben.id, state: "open" });
    expect(more).toEqual([]);
    expect(world.outbox.to(world.people.aisyah.id)).toEqual([]);
    expect(world.outbox.of("flags.another-mentor").map(({ to }) => to)).toHaveLength(2);
    await world.press(outreach, world.people.ben, "outreach.take-back", buttonsOf(twice)["Take it back"]);
    expect((await world.db.select().from(flagTable))[0]).toMatchObject({ state: "withdrawn" });
    expect(buttonsOf(await drawNewest("ben"))).toHaveProperty("Another time");
  });

  test("another time reaches the mentor without a name", async () => {
    await liveUntil(induction.after);
    await world.press(
      outreach,
      world.people.ben,
      "outreach.answer",
      buttonsOf(await drawNewest("ben"))["Another time"],
    );
    const wishes = await world.db.select().from(noticeTable).where(eq(noticeTable.kind, "planning.wanted"));
    expect(wishes.map(({ person }) => person)).toEqual([world.people.aisyah.id]);
    expect(JSON.stringify(wishes)).not.toContain(world.people.ben.id);
  });

  test("of somebody else, with another version or another choice changes nothing", async () => {
    await liveUntil(induction.after);
    const press = buttonsOf(await drawNewest("ben"))["I am fine"];
    for (const other of ["chen", "aisyah", "maya"] as const) {
      await expect(world.press(outreach, world.people[other], "outreach.answer", press)).rejects.toThrow(
        "isn't something",
      );
    }
    await expect(
      world.press(outreach, world.people.ben, "outreach.answer", { ...press, choice: "everything" }),
    ).rejects.toThrow("isn't something");
    const old = await world.press(outreach, world.people.ben, "outreach.answer", { ...press, version: 7 });
    expect(wordsOf(old)).toContain("out of date");
    expect(await world.db.$count(outreachAnswers)).toBe(0);
  });
});

describe("the coordinators' list", () => {
  test("has who is at risk within a week, with the evidence; later and undo are one tap", async () => {
    await liveUntil("2026-11-15T00:00:00Z");
    expect(await list()).not.toContain("Ben Okafor (Maple): at risk");
    await liveUntil("2026-11-20T16:00:00Z");
    const reply = await world.say(outreach, world.people.maya, "at risk");
    expect(wordsOf(reply)).toContain("Ben Okafor (Maple): at risk");
    expect(wordsOf(reply)).toContain("No meeting in the Induction window; no meeting in the Mid-semester 1 window.");
    const [step] = await world.db.select().from(outreachSteps).where(eq(outreachSteps.kind, "list"));
    const name = Object.values(world.people).find(({ id }) => id === step?.person)?.name ?? "";
    const later = await world.press(outreach, world.people.maya, "outreach.snooze", { step: step?.id });
    expect(wordsOf(later)).toContain(`${name}: later`);
    const again = await world.press(outreach, world.people.noor, "outreach.snooze", { step: step?.id });
    expect(wordsOf(again)).toContain("put off already");
    const undone = await world.press(outreach, world.people.maya, "outreach.undo", { step: step?.id });
    expect(wordsOf(undone)).not.toContain(name);
    await expect(world.press(outreach, world.people.aisyah, "outreach.undo", { step: step?.id })).rejects.toThrow();
  });

  test("every step can be undone: whatever was taken, a coordinator takes it back and a card says so", async () => {
    await liveUntil("2026-11-20T16:00:00Z");
    const steps = await world.db.select().from(outreachSteps);
    expect(new Set(steps.map(({ kind }) => kind))).toEqual(new Set(["ask", "list"]));
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(steps, { minLength: 1 }), async (some) => {
        for (const { id } of some) await world.press(outreach, world.people.maya, "outreach.undo", { step: id });
        for (const { id, kind, person } of some) {
          const [row] = await world.db.select().from(outreachSteps).where(eq(outreachSteps.id, id));
          expect(row?.undoneBy).toBe(world.people.maya.id);
          if (kind === "list") expect(await list()).not.toContain(`${nameOf(person)} (`);
          else expect(await cardOf(id, person)).toContain("Nothing to do");
        }
        await world.db
          .update(outreachSteps)
          .set({ undoneAt: null, undoneBy: null })
          .where(eq(outreachSteps.undoneBy, world.people.maya.id));
      }),
      { numRuns: 5 },
    );
  });
});

const nameOf = (person: PersonId) => Object.values(world.people).find(({ id }) => id === person)?.name ?? "nobody";

async function cardOf(step: string, person: PersonId): Promise<string> {
  const kind = outreachNotices.find((each) => each.kind === "outreach.ask");
  return JSON.stringify(await kind?.draw(world.deps, { step }, person, world.clock.now()));
}

describe("a joint session", () => {
  test("is offered to the mentee and both mentors without a reason, to two people a week, and is off again any time", async () => {
    await world.say(outreach, world.people.farid, "open to guests");
    await liveUntil("2026-10-16T00:00:00Z");
    const offered = await world.db.select().from(outreachSteps).where(eq(outreachSteps.kind, "joint"));
    expect(offered).toHaveLength(2);
    for (const { host } of offered) expect(host).toBe(world.people.farid.id);
    const asked = sentTo("farid").at(-1);
    expect(asked?.kind).toBe("outreach.guest");
    expect(wordsOf(await world.draw(notices, asked))).not.toMatch(/risk|quiet|missed|no meeting|not worked out/i);
    await world.say(outreach, world.people.farid, "no guests");
    expect(await world.draw(notices, asked)).toBeNull();
  });
});

test("who was at the meeting is asked nothing", async () => {
  const [row] = await world.db.select().from(meetings).where(eq(meetings.group, world.groups.maple));
  const id: MeetingId | undefined = row?.id;
  expect(id).toBeDefined();
  await world.db.update(meetings).set({ excused: "illness" }).where(eq(meetings.group, world.groups.maple));
  await liveUntil(induction.after);
  expect(sentTo("ben")).toEqual([]);
  expect(sentTo("hana")).toHaveLength(1);
});

test("what a mentee says of a logged meeting moves the mentee's own standing, and no mentor is offered anything for it", async () => {
  const [meeting] = await world.db
    .select({ id: meetings.id })
    .from(meetings)
    .where(and(eq(meetings.group, world.groups.maple), eq(meetings.key, "induction")));
  if (meeting === undefined) throw new Error("there is no meeting");
  const { ben, chen, dalia, farid } = world.people;
  await world.db
    .update(meetings)
    .set({ heldOn: Temporal.PlainDate.from("2026-09-21") })
    .where(eq(meetings.id, meeting.id));
  const there = [ben, chen, dalia].map(({ id }) => ({ meeting: meeting.id, person: id, status: "held" as const }));
  await world.db.insert(attendance).values(there);
  await world.db
    .insert(attendanceReplies)
    .values({ meeting: meeting.id, person: ben.id, answer: "not_held", repliedAt: world.clock.now() });
  await world.say(outreach, farid, "open to guests");
  await liveUntil("2026-10-16T00:00:00Z");
  const steps = await world.db.select().from(outreachSteps);
  expect(steps.filter(({ group }) => group === world.groups.maple)).toMatchObject([{ person: ben.id, kind: "ask" }]);
  expect(world.outbox.to(world.people.aisyah.id)).toEqual([]);
});
