import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Card } from "../../src/core/card.ts";
import type { Reply } from "../../src/core/feature.ts";
import { as, type ChatId, type GroupId, type MeetingId } from "../../src/core/ids.ts";
import { meetingNotices, meetings } from "../../src/features/meetings/bot.ts";
import { isOverdue, middleOf, stateOf, type MeetingFacts } from "../../src/features/meetings/rules.ts";
import { meetingReminders, meetings as meetingTable } from "../../src/features/meetings/schema.ts";
import { groupChanged, meetingsChanged, programmeChanged } from "../../src/features/meetings/service.ts";
import { addExtraMeeting, updateMeeting } from "../../src/features/meetings/store.ts";
import { createNotices } from "../../src/features/notices/bot.ts";
import { noticeCards, notices as noticeTable } from "../../src/features/notices/schema.ts";
import { pause } from "../../src/features/notices/service.ts";
import { auditLog, chats, groups, memberships, people, programmes } from "../../src/features/programme/schema.ts";
import { nextDue } from "../support/due.ts";
import { logMeeting } from "../support/log-meeting.ts";
import { buttonsOf, createWorld, wordsOf, type Name, type World } from "../support/world.ts";

const malaysia = "Asia/Kuala_Lumpur";
const notices = createNotices(meetingNotices);

/** `2026-09-14T09:00` in Malaysia. */
function at(local: string, zone = malaysia): Temporal.Instant {
  return Temporal.PlainDateTime.from(local).toZonedDateTime(zone).toInstant();
}

function day(text: string): Temporal.PlainDate {
  return Temporal.PlainDate.from(text);
}

// Values in, value out

const openWindow = { opens: day("2026-09-14"), closes: day("2026-10-02") };

function facts(change: Partial<MeetingFacts> = {}): MeetingFacts {
  return {
    window: openWindow,
    plan: null,
    heldOn: null,
    excused: null,
    takenBy: null,
    timeZone: malaysia,
    ...change,
  };
}

function plannedAt(local: string, minutes = 60): NonNullable<MeetingFacts["plan"]> {
  return { at: at(local), minutes, madeAt: at("2026-09-14T10:00"), version: 1 };
}

describe("the state of a meeting", () => {
  const plan = plannedAt("2026-09-30T15:00");
  const late = plannedAt("2026-10-08T15:00");
  const held = day("2026-09-20");

  test.each<[what: string, MeetingFacts, now: string, expected: string]>([
    ["before its window", facts(), "2026-09-13T23:59", "upcoming"],
    ["from midnight of its first day", facts(), "2026-09-14T00:00", "open"],
    ["to the end of its last day", facts(), "2026-10-02T23:59", "open"],
    ["after it", facts(), "2026-10-03T00:00", "not_met"],
    ["planned before its window opens", facts({ plan }), "2026-09-01T12:00", "planned"],
    ["planned", facts({ plan }), "2026-09-29T12:00", "planned"],
    ["while it takes place", facts({ plan }), "2026-09-30T15:59", "planned"],
    ["past, while the window is open", facts({ plan }), "2026-09-30T16:00", "planned"],
    ["past, and the window closed", facts({ plan }), "2026-10-03T00:00", "not_met"],
    ["planned late", facts({ plan: late }), "2026-10-03T00:00", "planned"],
    ["planned late, and past", facts({ plan: late }), "2026-10-08T16:00", "not_met"],
    ["held", facts({ heldOn: held }), "2026-09-21T00:00", "held"],
    ["held, after its window, with a plan", facts({ heldOn: held, plan }), "2026-10-09T00:00", "held"],
    ["held, though it was once excused", facts({ heldOn: held, excused: "exams" }), "2026-10-09T00:00", "held"],
    ["excused", facts({ excused: "exams" }), "2026-09-20T00:00", "excused"],
    ["excused, with a plan", facts({ excused: "exams", plan }), "2026-09-20T00:00", "excused"],
    ["an extra one", facts({ window: null }), "2026-09-20T00:00", "open"],
    ["an extra one, planned", facts({ window: null, plan }), "2026-09-20T00:00", "planned"],
    ["an extra one, past", facts({ window: null, plan }), "2026-09-30T16:00", "not_met"],
    ["an extra one, held", facts({ window: null, heldOn: held }), "2026-09-30T16:00", "held"],
  ])("%s", (_what, meeting, now, expected) => {
    expect(stateOf(meeting, at(now))).toBe(expected);
  });

  test("days are days of the programme, wherever it is read", () => {
    const now = at("2026-09-13T17:00", "Europe/London");
    expect(stateOf(facts(), now)).toBe("open");
    expect(stateOf(facts({ timeZone: "Europe/London" }), now)).toBe("upcoming");
  });
});

describe("overdue", () => {
  const plan = plannedAt("2026-09-16T15:00");

  test.each<[what: string, MeetingFacts, now: string, expected: boolean]>([
    ["not in the first half of the window", facts(), "2026-09-22T23:59", false],
    ["from its middle", facts(), "2026-09-23T00:00", true],
    ["and long after it", facts(), "2027-01-01T00:00", true],
    [
      "not when planned, however late in the window",
      facts({ plan: plannedAt("2026-10-02T15:00") }),
      "2026-10-02T12:00",
      false,
    ],
    ["not when planned after it", facts({ plan: plannedAt("2026-10-09T15:00") }), "2026-10-08T12:00", false],
    ["not while it takes place", facts({ plan }), "2026-09-16T15:59", false],
    ["when the planned time is past", facts({ plan }), "2026-09-16T16:00", true],
    ["not when held", facts({ plan, heldOn: day("2026-09-16") }), "2026-12-01T00:00", false],
    ["not when it could not be", facts({ excused: "exams" }), "2026-12-01T00:00", false],
    ["not an extra meeting without a plan", facts({ window: null }), "2027-01-01T00:00", false],
    ["an extra meeting whose time is past", facts({ window: null, plan }), "2026-09-16T16:00", true],
  ])("%s", (_what, meeting, now, expected) => {
    expect(isOverdue(meeting, at(now))).toBe(expected);
  });

  test.each([
    ["one day", "2026-09-14", "2026-09-14", "2026-09-14"],
    ["two days", "2026-09-14", "2026-09-15", "2026-09-15"],
    ["three days", "2026-09-14", "2026-09-16", "2026-09-15"],
    ["four days", "2026-09-14", "2026-09-17", "2026-09-16"],
    ["19 days", "2026-09-14", "2026-10-02", "2026-09-23"],
    ["over the end of February in a leap year", "2028-02-28", "2028-03-02", "2028-03-01"],
  ])("the middle of %s", (_what, opens, closes, expected) => {
    expect(middleOf({ opens: day(opens), closes: day(closes) }).toString()).toBe(expected);
  });
});

// On a database

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

/** The programme is imported a week before its first window. */
beforeEach(async () => {
  await world.reset();
  world.clock.moveTo(at("2026-09-07T12:00").toString());
  await programmeChanged(world.db, world.deps.newId, world.programme, world.clock.now());
});

/** The service looks at what is due, at this time in Malaysia. */
async function look(local: string): Promise<void> {
  world.clock.moveTo(at(local).toString());
  for (const job of [...(meetings.jobs ?? []), ...(notices.jobs ?? [])]) await job.run(world.deps, world.clock.now());
}

/** It looks at 09:00 and 17:00 of each of these days, the last one included. */
async function live(from: string, to: string): Promise<void> {
  let next = await nextDue(world.db);
  for (let now = day(from); Temporal.PlainDate.compare(now, day(to)) <= 0; now = now.add({ days: 1 })) {
    for (const local of [`${now.toString()}T09:00`, `${now.toString()}T17:00`]) {
      if (next === null || Temporal.Instant.compare(at(local), next) < 0) continue;
      await look(local);
      next = await nextDue(world.db);
    }
  }
  world.clock.moveTo(at(`${to}T17:00`).toString());
}

/** What a person was told: `Mon 14 Sep 09:00 opens induction`; of a group with a mentor of two, `Birch` before it. */
async function heardBy(name: Name, zone = malaysia): Promise<string[]> {
  const rows = await world.db
    .select({ at: noticeCards.at, kind: noticeTable.kind, ref: noticeTable.ref })
    .from(noticeTable)
    .innerJoin(noticeCards, eq(noticeCards.id, noticeTable.card))
    .where(eq(noticeTable.person, world.people[name].id))
    .orderBy(noticeCards.at, noticeTable.usefulUntil, noticeTable.id);
  const found = await world.db.select().from(meetingTable);
  return rows.map((row) => {
    const meeting = found.find(({ id }) => id === row.ref["meeting"]);
    const group = meeting?.group === world.groups.birch ? "Birch " : "";
    return `${sayWhen(row.at, zone)} ${row.kind.replace("meetings.", "")} ${group}${meeting?.key ?? "?"}`;
  });
}

function sayWhen(moment: Temporal.Instant, zone: string): string {
  const local = moment.toZonedDateTimeISO(zone);
  const date = local.toPlainDate().toLocaleString("en-GB", { weekday: "short", day: "2-digit", month: "2-digit" });
  return `${date.replace(",", "")} ${local.toPlainTime().toString({ smallestUnit: "minute" })}`;
}

async function idOf(key = "induction", group: GroupId = world.groups.maple): Promise<MeetingId> {
  const [row] = await world.db
    .select({ id: meetingTable.id })
    .from(meetingTable)
    .where(and(eq(meetingTable.group, group), eq(meetingTable.key, key)));
  return row?.id ?? as("");
}

async function rowOf(id: MeetingId) {
  const [row] = await world.db.select().from(meetingTable).where(eq(meetingTable.id, id));
  if (row === undefined) throw new Error("There is no such meeting");
  return row;
}

/** What planning does to a meeting. */
async function plan(id: MeetingId, startsAt: string | null, by: Name = "aisyah", minutes = 60): Promise<void> {
  const { planVersion } = await rowOf(id);
  const now = world.clock.now();
  await world.inTransaction(async (deps) => {
    await updateMeeting(deps.db, id, {
      plannedAt: startsAt === null ? null : at(startsAt),
      plannedMinutes: startsAt === null ? null : minutes,
      plannedForm: startsAt === null ? null : "online",
      planMadeAt: startsAt === null ? null : now,
      planVersion: planVersion + 1,
      takenBy: world.people[by].id,
    });
    await meetingsChanged(deps, [id], now);
  });
}

async function log(id: MeetingId, heldOn: string, by: Name = "aisyah"): Promise<void> {
  await logMeeting(world, by, id, heldOn);
}

const press = (name: Name, verb: string, data: unknown) => world.press(meetings, world.people[name], verb, data);

/** The newest card to a person, as it looks now; null when it is no longer wanted. */
async function cardTo(name: Name): Promise<Card | null> {
  return world.draw(notices, world.outbox.to(world.people[name].id).at(-1));
}

/** As it looks when it is drawn anew, wanted or not: posted cards are kept true. */
async function redrawn(name: Name): Promise<Card | null> {
  const message = world.outbox.to(world.people[name].id).at(-1);
  const kind = notices.messages?.find((each) => each.kind === message?.kind);
  if (message === undefined || kind === undefined) return null;
  return kind.render(world.deps, message.ref, message.to, world.clock.now());
}

async function linkChat(group: GroupId): Promise<ChatId> {
  const chat = await world.addChat([], "group", group);
  await world.db.update(chats).set({ group }).where(eq(chats.id, chat));
  await groupChanged(world.deps, group, world.clock.now());
  return chat;
}

describe("a mentor who does nothing", () => {
  test("hears of a window four times, in the morning, on working days", async () => {
    await live("2026-09-12", "2026-10-20");
    expect(await heardBy("aisyah")).toEqual([
      "Mon 14/09 09:00 opens induction",
      "Wed 23/09 09:00 halfway induction",
      "Tue 29/09 09:00 closing induction",
      "Mon 05/10 09:00 after-close induction",
    ]);
    expect(await heardBy("ben")).toEqual([]);
  });

  test("hears before the exams what would fall into them", async () => {
    await live("2026-11-28", "2026-12-31");
    expect(await heardBy("aisyah")).toEqual([
      // The window before this one closed long ago: the service was off till now.
      "Tue 01/12 09:00 opens exams-1",
      "Thu 10/12 09:00 halfway exams-1",
      "Fri 11/12 09:00 closing exams-1",
      "Mon 21/12 09:00 after-close exams-1",
    ]);
  });

  test("with two groups, hears of both on one card", async () => {
    await live("2026-09-14", "2026-09-15");
    expect((await heardBy("farid")).toSorted()).toEqual([
      "Mon 14/09 09:00 opens Birch induction",
      "Mon 14/09 09:00 opens induction",
    ]);
    expect(world.outbox.to(world.people.farid.id)).toHaveLength(1);
  });

  test("hears it at nine where they live", async () => {
    await world.db.update(people).set({ timeZone: "Europe/London" }).where(eq(people.id, world.people.aisyah.id));
    await programmeChanged(world.db, world.deps.newId, world.programme, world.clock.now());
    for (const hour of ["09:00", "14:00", "15:59", "16:00", "17:00"]) await look(`2026-09-14T${hour}`);
    expect(await heardBy("aisyah", "Europe/London")).toEqual(["Mon 14/09 09:00 opens induction"]);
  });
});

describe("a service that was off", () => {
  test("says the newest that is still of use, once, at once if the time is good", async () => {
    await look("2026-09-24T11:20");
    await live("2026-09-24", "2026-09-26");
    expect(await heardBy("aisyah")).toEqual(["Thu 24/09 11:20 halfway induction"]);
  });

  test("waits for the morning when it comes back at night, and for Monday at the weekend", async () => {
    await look("2026-09-24T22:00");
    await look("2026-09-25T08:30");
    expect(await heardBy("aisyah")).toEqual([]);
    await look("2026-09-25T09:00");
    expect(await heardBy("aisyah")).toEqual(["Fri 25/09 09:00 halfway induction"]);
    await look("2026-10-03T12:00");
    await look("2026-10-05T08:59");
    expect(await heardBy("aisyah")).toHaveLength(1);
    await look("2026-10-05T09:00");
    expect(await heardBy("aisyah")).toEqual([
      "Fri 25/09 09:00 halfway induction",
      "Mon 05/10 09:00 after-close induction",
    ]);
  });

  test("does not bring forward what one person waits for because another is reminded", async () => {
    await world.db.update(people).set({ timeZone: "Asia/Bangkok" }).where(eq(people.id, world.people.grace.id));
    await programmeChanged(world.db, world.deps.newId, world.programme, world.clock.now());
    await look("2026-09-24T22:00");
    // Farid's morning in Malaysia; it is eight with Grace, who could be told, but waits for nine.
    await look("2026-09-25T09:00");
    expect(await heardBy("grace")).toEqual([]);
    await look("2026-09-25T10:00");
    expect(await heardBy("grace", "Asia/Bangkok")).toEqual(["Fri 25/09 09:00 halfway induction"]);
  });

  test("says nothing of what is long over", async () => {
    await look("2026-10-21T12:00");
    expect(await heardBy("aisyah")).toEqual([]);
    // Two weeks after the close it is still said.
    await world.reset();
    await programmeChanged(world.db, world.deps.newId, world.programme, world.clock.now());
    await look("2026-10-16T12:00");
    expect(await heardBy("aisyah")).toEqual(["Fri 16/10 12:00 after-close induction"]);
  });
});

describe("a mentor who plans", () => {
  test("hears nothing more of the window, the day before of the meeting, and two hours after its end how it went", async () => {
    await live("2026-09-14", "2026-09-15");
    await plan(await idOf(), "2026-09-30T14:00");
    await live("2026-09-16", "2026-09-30");
    await look("2026-09-30T16:59");
    await look("2026-09-30T17:00");
    expect((await heardBy("aisyah")).slice(1)).toEqual([
      "Tue 29/09 09:00 tomorrow induction",
      "Wed 30/09 17:00 how-did-it-go induction",
    ]);
    expect(await heardBy("ben")).toEqual(["Tue 29/09 09:00 tomorrow induction"]);
  });

  test.each([
    ["in the evening", "2026-09-22T19:00", "Wed 23/09 09:00"],
    ["on a Friday evening", "2026-09-25T18:00", "Mon 28/09 09:00"],
    ["on a Saturday", "2026-09-26T11:00", "Mon 28/09 09:00"],
    ["early", "2026-09-22T07:30", "Tue 22/09 10:30"],
  ])("who meets %s is asked at a good time", async (_when, startsAt, expected) => {
    await look("2026-09-14T09:00");
    await plan(await idOf(), startsAt);
    for (const date of ["22", "23", "24", "25", "26", "27", "28"]) {
      for (const hour of ["09:00", "10:30", "20:00", "22:00"]) await look(`2026-09-${date}T${hour}`);
    }
    expect((await heardBy("aisyah")).filter((line) => line.includes("how"))).toEqual([
      `${expected} how-did-it-go induction`,
    ]);
  });

  test("who changes the plan is asked about the new one only", async () => {
    await look("2026-09-14T09:00");
    await plan(await idOf(), "2026-09-17T14:00");
    await live("2026-09-15", "2026-09-15");
    await plan(await idOf(), "2026-09-22T14:00");
    await live("2026-09-16", "2026-09-24");
    expect(await heardBy("ben")).toEqual(["Mon 21/09 09:00 tomorrow induction"]);
    expect(await heardBy("aisyah")).toEqual([
      "Mon 14/09 09:00 opens induction",
      "Mon 21/09 09:00 tomorrow induction",
      "Tue 22/09 17:00 how-did-it-go induction",
    ]);
  });

  test("who moves it after the group was reminded: the group is reminded of the new day", async () => {
    await plan(await idOf(), "2026-09-17T14:00");
    await look("2026-09-16T09:00");
    await plan(await idOf(), "2026-09-24T14:00");
    await live("2026-09-17", "2026-09-24");
    expect(await heardBy("ben")).toEqual(["Wed 16/09 09:00 tomorrow induction", "Wed 23/09 09:00 tomorrow induction"]);
  });

  test("who cancels past the middle hears of the middle at once", async () => {
    await look("2026-09-14T09:00");
    await plan(await idOf(), "2026-09-30T14:00");
    await live("2026-09-15", "2026-09-23");
    await look("2026-09-24T11:00");
    await plan(await idOf(), null);
    await look("2026-09-24T11:01");
    expect((await heardBy("aisyah")).at(-1)).toBe("Thu 24/09 11:01 halfway induction");
    await live("2026-09-25", "2026-09-26");
    expect(await heardBy("ben")).toEqual([]);
  });

  test("and neither meets nor logs hears once that it is not met", async () => {
    await plan(await idOf(), "2026-09-30T14:00");
    await live("2026-09-29", "2026-10-20");
    expect((await heardBy("aisyah")).slice(1)).toEqual([
      "Wed 30/09 17:00 how-did-it-go induction",
      "Mon 05/10 09:00 after-close induction",
    ]);
  });

  test("a late one hears the day before and after it, and of the window no more than once", async () => {
    await live("2026-10-05", "2026-10-05");
    await plan(await idOf(), "2026-10-14T14:00");
    await live("2026-10-06", "2026-10-30");
    expect(await heardBy("aisyah")).toEqual([
      "Mon 05/10 09:00 after-close induction",
      "Tue 13/10 09:00 tomorrow induction",
      "Wed 14/10 17:00 how-did-it-go induction",
      "Mon 26/10 09:00 opens mid-semester-1",
    ]);
  });

  test("anew after the close is asked how it went, and a day later, once, whether they met", async () => {
    await plan(await idOf(), "2026-10-01T14:00");
    await look("2026-10-01T17:00");
    await plan(await idOf(), "2026-10-05T12:00");
    await live("2026-10-02", "2026-10-07");
    expect((await heardBy("aisyah")).slice(-4)).toEqual([
      "Thu 01/10 17:00 how-did-it-go induction",
      // The day before is a Sunday.
      "Mon 05/10 09:00 tomorrow induction",
      // Its end and two hours are over at 15:00, but one card went out that day.
      "Tue 06/10 09:00 how-did-it-go induction",
      "Wed 07/10 09:00 after-close induction",
    ]);
  });
});

describe("the group is reminded the day before", () => {
  test("each of its people at nine where they live, when it has no chat", async () => {
    const id = await idOf("induction", world.groups.cedar);
    await plan(id, "2026-09-23T20:00", "farid");
    for (const hour of ["09:00", "15:59", "16:00"]) await look(`2026-09-22T${hour}`);
    for (const name of ["hana", "ivan", "farid", "grace"] as const) {
      expect(await heardBy(name)).toContain("Tue 22/09 09:00 tomorrow induction");
    }
    expect(await heardBy("jin", "Europe/London")).toEqual(["Tue 22/09 09:00 tomorrow induction"]);
  });

  test("in its chat, and nobody one by one", async () => {
    const chat = await linkChat(world.groups.maple);
    await plan(await idOf(), "2026-09-23T14:00");
    await look("2026-09-22T08:59");
    expect(world.outbox.to(chat)).toEqual([]);
    await look("2026-09-22T09:00");
    await look("2026-09-22T09:01");
    expect(world.outbox.to(chat)).toMatchObject([{ kind: "meetings.tomorrow-in-chat", priority: "planned" }]);
    expect(wordsOf(await world.draw(meetings, world.outbox.to(chat)[0]))).toContain(
      "Wednesday 23 September, 14:00 (Kuala Lumpur time)",
    );
    await live("2026-09-22", "2026-09-23");
    expect(await heardBy("ben")).toEqual([]);
    expect((await heardBy("aisyah")).filter((line) => line.includes("tomorrow"))).toEqual([]);
  });

  test("in a chat that is lost again, one by one", async () => {
    const chat = await linkChat(world.groups.maple);
    await plan(await idOf(), "2026-09-23T14:00");
    await world.db.update(chats).set({ group: null, removedAt: world.clock.now() }).where(eq(chats.id, chat));
    await groupChanged(world.deps, world.groups.maple, world.clock.now());
    await look("2026-09-22T09:00");
    expect(world.outbox.to(chat)).toEqual([]);
    expect(await heardBy("ben")).toEqual(["Tue 22/09 09:00 tomorrow induction"]);
  });

  test("nothing in a chat that an outsider has come to, and what stands there shows no newer plan", async () => {
    const chat = await linkChat(world.groups.maple);
    const id = await idOf();
    await plan(id, "2026-09-23T14:00");
    await look("2026-09-22T09:00");
    const [post] = world.outbox.to(chat);
    if (post === undefined) throw new Error("nothing was posted");
    await world.db.update(chats).set({ group: null }).where(eq(chats.id, chat));
    await groupChanged(world.deps, world.groups.maple, world.clock.now());
    await plan(id, "2026-09-23T16:00");
    expect(await world.draw(meetings, post)).toBe(null);
    const message = meetings.messages?.find(({ kind }) => kind === post.kind);
    const card = await message?.render(world.deps, post.ref, post.to, world.clock.now());
    expect(wordsOf(card ?? null)).toContain("not shown in this chat any more");
    expect(wordsOf(card ?? null)).not.toContain("16:00");
  });

  test("on Friday of a meeting on Sunday, that morning of one on Monday afternoon, on Friday of one on Monday at eight", async () => {
    const [first, second, third] = [await idOf(), await idOf("mid-semester-1"), await idOf("exams-1")];
    await plan(first, "2026-09-20T14:00");
    await plan(second, "2026-10-12T14:00");
    await plan(third, "2026-10-19T08:00");
    await live("2026-09-17", "2026-10-19");
    expect(await heardBy("ben")).toEqual([
      "Fri 18/09 09:00 tomorrow induction",
      "Mon 12/10 09:00 tomorrow mid-semester-1",
      "Fri 16/10 09:00 tomorrow exams-1",
    ]);
  });

  test("not when it was told of the plan on that very day", async () => {
    await look("2026-09-22T08:00");
    await plan(await idOf(), "2026-09-23T14:00");
    await live("2026-09-22", "2026-09-23");
    expect(await heardBy("ben")).toEqual([]);
  });

  test("mentees also in their mentors' exams, mentors before them", async () => {
    await look("2026-12-01T09:00");
    await plan(await idOf("exams-1"), "2026-12-16T14:00");
    await live("2026-12-02", "2026-12-16");
    expect(await heardBy("ben")).toEqual(["Tue 15/12 09:00 tomorrow exams-1"]);
    expect((await heardBy("aisyah")).at(-1)).toBe("Fri 11/12 09:00 tomorrow exams-1");
  });
});

describe("a mentor who logs", () => {
  test("a meeting without a plan hears nothing more about it", async () => {
    await live("2026-09-14", "2026-09-16");
    await log(await idOf(), "2026-09-16");
    await live("2026-09-17", "2026-10-25");
    expect(await heardBy("aisyah")).toEqual(["Mon 14/09 09:00 opens induction"]);
  });

  test("a planned one neither: nobody is told that it is tomorrow, or asked how it went", async () => {
    await plan(await idOf(), "2026-09-23T14:00");
    await log(await idOf(), "2026-09-07");
    await live("2026-09-14", "2026-10-25");
    expect(await heardBy("aisyah")).toEqual([]);
    expect(await heardBy("ben")).toEqual([]);
  });

  test("before the window opens hears of it not at all", async () => {
    await log(await idOf(), "2026-09-07");
    await live("2026-09-14", "2026-10-10");
    expect(await heardBy("aisyah")).toEqual([]);
  });

  test("while a reminder waits for a better time: it is not said", async () => {
    await pause(world.deps, world.people.aisyah.id, day("2026-09-16"), world.clock.now());
    await look("2026-09-14T09:00");
    await log(await idOf(), "2026-09-14");
    await live("2026-09-15", "2026-09-20");
    expect(await heardBy("aisyah")).toEqual([]);
    // The others of hers go on.
    await live("2026-10-26", "2026-10-26");
    expect(await heardBy("aisyah")).toEqual(["Mon 26/10 09:00 opens mid-semester-1"]);
  });

  test("sees the reminder that was posted say thank you", async () => {
    await look("2026-09-14T09:00");
    const id = await idOf();
    await log(id, "2026-09-14");
    expect(world.outbox.refreshed).toContain(`meeting:${id}`);
    expect(wordsOf(await redrawn("aisyah"))).toContain("It is in your logbook. Thank you for making the time.");
    expect(await cardTo("aisyah")).toBe(null);
  });
});

describe("remind me in three days", () => {
  test("on Monday means Thursday, and what comes later comes as ever", async () => {
    await look("2026-09-14T09:00");
    const answer = await press("aisyah", "meetings.later", { id: await idOf() });
    expect(wordsOf(answer)).toContain("Thursday 17 September, or the next working day");
    await live("2026-09-15", "2026-10-05");
    expect((await heardBy("aisyah")).slice(1)).toEqual([
      "Thu 17/09 09:00 again induction",
      "Wed 23/09 09:00 halfway induction",
      "Tue 29/09 09:00 closing induction",
      "Mon 05/10 09:00 after-close induction",
    ]);
  });

  test("on Wednesday means Monday, for Saturday is no working day", async () => {
    await live("2026-09-14", "2026-09-16");
    await press("aisyah", "meetings.later", { id: await idOf() });
    await live("2026-09-17", "2026-09-22");
    expect((await heardBy("aisyah")).slice(1)).toEqual(["Mon 21/09 09:00 again induction"]);
  });

  test("jumps over what would have come in between, and says the next when it comes that day", async () => {
    await live("2026-09-14", "2026-09-21");
    await press("aisyah", "meetings.later", { id: await idOf() });
    await live("2026-09-22", "2026-09-25");
    expect((await heardBy("aisyah")).slice(1)).toEqual(["Thu 24/09 09:00 again induction"]);
    await look("2026-09-26T12:00");
    await press("aisyah", "meetings.later", { id: await idOf() });
    await live("2026-09-27", "2026-09-30");
    expect((await heardBy("aisyah")).slice(2)).toEqual(["Tue 29/09 09:00 closing induction"]);
  });

  test("in the last days of the window: that it closed without a log is said all the same", async () => {
    await live("2026-09-29", "2026-10-01");
    await press("aisyah", "meetings.later", { id: await idOf() });
    await live("2026-10-02", "2026-10-20");
    expect((await heardBy("aisyah")).slice(1)).toEqual(["Mon 05/10 09:00 after-close induction"]);
  });

  test("on an old card, after all was said: it is kept too", async () => {
    await live("2026-10-05", "2026-10-05");
    await press("aisyah", "meetings.later", { id: await idOf() });
    await live("2026-10-06", "2026-10-25");
    expect((await heardBy("aisyah")).slice(1)).toEqual(["Thu 08/10 09:00 again induction"]);
  });

  test("just before the exams: the closing reminder that comes early is said once, not again", async () => {
    await live("2026-12-01", "2026-12-07");
    await look("2026-12-08T12:00");
    await press("aisyah", "meetings.later", { id: await idOf("exams-1") });
    await live("2026-12-09", "2026-12-21");
    expect((await heardBy("aisyah")).slice(1)).toEqual([
      "Fri 11/12 09:00 closing exams-1",
      "Mon 21/12 09:00 after-close exams-1",
    ]);
  });

  test("pressed twice is pressed once; three days later it can be pressed again", async () => {
    await look("2026-09-14T09:00");
    for (let times = 0; times < 2; times += 1) await press("aisyah", "meetings.later", { id: await idOf() });
    await live("2026-09-15", "2026-09-17");
    await press("aisyah", "meetings.later", { id: await idOf() });
    await live("2026-09-18", "2026-09-22");
    expect((await heardBy("aisyah")).slice(1)).toEqual([
      "Thu 17/09 09:00 again induction",
      "Mon 21/09 09:00 again induction",
    ]);
  });

  test("silences what waits already", async () => {
    await pause(world.deps, world.people.aisyah.id, day("2026-09-15"), world.clock.now());
    await look("2026-09-14T09:00");
    await press("aisyah", "meetings.later", { id: await idOf() });
    await live("2026-09-15", "2026-09-17");
    expect(await heardBy("aisyah")).toEqual(["Thu 17/09 09:00 again induction"]);
  });

  test("is not promised for what is planned, held or could not be: the card says how it stands", async () => {
    const id = await idOf();
    await look("2026-09-14T09:00");
    await plan(id, "2026-09-23T14:00");
    expect(wordsOf(await press("aisyah", "meetings.later", { id }))).toContain("Wednesday 23 September, 14:00");
    await press("aisyah", "meetings.excuse", { id, reason: "exams" });
    expect(wordsOf(await press("aisyah", "meetings.later", { id }))).toContain("It could not be, and that's noted.");
    await press("aisyah", "meetings.not-excused", { id });
    await log(id, "2026-09-14");
    expect(wordsOf(await press("aisyah", "meetings.later", { id }))).toContain("It is in your logbook.");
    await live("2026-09-15", "2026-09-30");
    expect(await heardBy("aisyah")).toHaveLength(1);
  });
});

describe("two mentors of one group", () => {
  const cedar = (key = "induction") => idOf(key, world.groups.cedar);

  test("are both prompted", async () => {
    await look("2026-09-14T09:00");
    expect(await heardBy("grace")).toEqual(["Mon 14/09 09:00 opens induction"]);
    expect(await heardBy("farid")).toContain("Mon 14/09 09:00 opens induction");
    expect(Object.keys(buttonsOf(await cardTo("grace")))).toContain("I'm on it");
  });

  test.each<[act: string, (id: MeetingId) => Promise<unknown>]>([
    ["says I'm on it", (id) => press("farid", "meetings.on-it", { id })],
    ["wants to hear of it later", (id) => press("farid", "meetings.later", { id })],
    ["plans", (id) => plan(id, "2026-10-01T14:00", "farid")],
  ])("when one %s, the other hears no more reminders of that meeting", async (_act, act) => {
    await look("2026-09-14T09:00");
    const id = await cedar();
    await act(id);
    expect(world.outbox.refreshed).toContain(`meeting:${id}`);
    expect(wordsOf(await redrawn("grace"))).toContain("Farid Yusof is on it");
    await live("2026-09-15", "2026-10-26");
    expect((await heardBy("grace")).filter((line) => !line.includes("tomorrow"))).toEqual([
      "Mon 14/09 09:00 opens induction",
      "Mon 26/10 09:00 opens mid-semester-1",
    ]);
    // Who took it is reminded on.
    const later = (await heardBy("farid")).filter((line) => !line.includes("Birch") && !line.includes("opens"));
    expect(later.some((line) => !line.includes("tomorrow"))).toBe(true);
  });

  test("what waits for the other is not said either", async () => {
    await pause(world.deps, world.people.grace.id, day("2026-09-16"), world.clock.now());
    await look("2026-09-14T09:00");
    await press("farid", "meetings.on-it", { id: await cedar() });
    await live("2026-09-15", "2026-09-20");
    expect(await heardBy("grace")).toEqual([]);
  });

  test("both hear that it is tomorrow, and read when", async () => {
    await plan(await cedar(), "2026-09-23T14:00", "farid");
    await look("2026-09-22T09:00");
    for (const name of ["grace", "farid", "hana"] as const) {
      expect(await heardBy(name)).toContain("Tue 22/09 09:00 tomorrow induction");
      expect(wordsOf(await cardTo(name))).toContain("Wednesday 23 September, 14:00");
    }
    await look("2026-09-23T17:00");
    expect((await heardBy("farid")).at(-1)).toBe("Wed 23/09 17:00 how-did-it-go induction");
    expect((await heardBy("grace")).at(-1)).toBe("Tue 22/09 09:00 tomorrow induction");
  });

  test("the one who quieted the other can be quieted in turn", async () => {
    await look("2026-09-14T09:00");
    await press("farid", "meetings.on-it", { id: await cedar() });
    await press("grace", "meetings.on-it", { id: await cedar() });
    await live("2026-09-15", "2026-09-23");
    expect(await heardBy("grace")).toContain("Wed 23/09 09:00 halfway induction");
    expect(await heardBy("farid")).not.toContain("Wed 23/09 09:00 halfway induction");
    // His other group is another matter.
    expect(await heardBy("farid")).toContain("Wed 23/09 09:00 halfway Birch induction");
  });

  test("when the one who was on it leaves, the other is reminded again", async () => {
    await look("2026-09-14T09:00");
    await press("farid", "meetings.on-it", { id: await cedar() });
    await world.db
      .update(memberships)
      .set({ isActive: false })
      .where(and(eq(memberships.person, world.people.farid.id), eq(memberships.group, world.groups.cedar)));
    await programmeChanged(world.db, world.deps.newId, world.programme, world.clock.now());
    await live("2026-09-15", "2026-09-23");
    expect((await heardBy("grace")).at(-1)).toBe("Wed 23/09 09:00 halfway induction");
  });
});

describe("it could not be", () => {
  test("one tap, a reason, and no more reminders; coordinators can read why", async () => {
    await look("2026-09-14T09:00");
    const id = await idOf();
    const form = await press("aisyah", "meetings.excuse-form", { id });
    expect(wordsOf(form)).toContain("coordinators see the reason, your mentees don't");
    const answer = await press("aisyah", "meetings.excuse", { ...buttonsOf(form)["Save"], reason: "exams" });
    expect(wordsOf(answer)).toContain("It could not be, and that's noted.");
    expect((await rowOf(id)).excused).toBe("exams");
    await live("2026-09-15", "2026-10-20");
    expect(await heardBy("aisyah")).toEqual(["Mon 14/09 09:00 opens induction"]);
  });

  test("taken back, the reminders go on with the newest", async () => {
    await look("2026-09-14T09:00");
    const id = await idOf();
    await press("aisyah", "meetings.excuse", { id, reason: "no_answer" });
    await live("2026-09-15", "2026-09-24");
    await press("aisyah", "meetings.not-excused", { id });
    expect((await rowOf(id)).excused).toBe(null);
    await look("2026-09-24T17:01");
    expect((await heardBy("aisyah")).slice(1)).toEqual(["Thu 24/09 17:01 halfway induction"]);
  });

  test("after the window: the card that asks offers it, and says so once it is told", async () => {
    await look("2026-10-05T09:00");
    const id = await idOf();
    const asked = await cardTo("aisyah");
    expect(buttonsOf(asked)["It could not be"]).toMatchObject({ id, verb: "meetings.excuse-form" });
    await press("aisyah", "meetings.excuse", { id, reason: "other" });
    expect(buttonsOf(await redrawn("aisyah"))["Take it back"]).toMatchObject({ verb: "meetings.not-excused" });
  });

  test("a form that was opened before the other mentor planned it undoes no plan, and shows it", async () => {
    const id = await idOf("induction", world.groups.cedar);
    const form = await press("farid", "meetings.excuse-form", { id });
    await plan(id, "2026-09-23T14:00");
    const answer = await press("farid", "meetings.excuse", { ...buttonsOf(form)["Save"], reason: "exams" });
    expect(wordsOf(answer)).toContain("Induction with Cedar is planned");
    expect((await rowOf(id)).excused).toBe(null);
    const newer = await press("farid", "meetings.excuse-form", { id });
    await press("farid", "meetings.excuse", { ...buttonsOf(newer)["Save"], reason: "exams" });
    expect((await rowOf(id)).excused).toBe("exams");
  });

  test("not for a meeting that is in the logbook", async () => {
    const id = await idOf();
    await log(id, "2026-09-07");
    await expect(press("aisyah", "meetings.excuse", { id, reason: "exams" })).rejects.toThrow("did take place");
    expect((await rowOf(id)).excused).toBe(null);
  });
});

describe("a meeting beyond the five", () => {
  test("is announced and asked about once it is planned, and else never", async () => {
    const id = as<MeetingId>(world.deps.newId());
    await addExtraMeeting(world.db, id, world.groups.maple);
    await meetingsChanged(world.deps, [id], world.clock.now());
    await plan(id, "2026-09-10T14:00");
    await live("2026-09-08", "2026-09-13");
    expect(await heardBy("aisyah")).toEqual([
      "Wed 09/09 09:00 tomorrow extra-1",
      "Thu 10/09 17:00 how-did-it-go extra-1",
    ]);
    expect(await heardBy("ben")).toEqual(["Wed 09/09 09:00 tomorrow extra-1"]);
    await log(id, "2026-09-10");
    await live("2026-09-13", "2026-10-20");
    expect((await heardBy("aisyah")).filter((line) => line.includes("extra-1"))).toHaveLength(2);
  });
});

describe("an import in the middle of the year", () => {
  const imported = () => programmeChanged(world.db, world.deps.newId, world.programme, world.clock.now());

  /** `programme.yaml` with other windows. */
  async function change(edit: (windows: { key: string; title: string; opens: string; closes: string }[]) => unknown) {
    const [row] = await world.db.select().from(programmes);
    const settings = row?.settings as { meetings: Parameters<typeof edit>[0] };
    await world.db.update(programmes).set({ settings: { ...settings, meetings: edit(settings.meetings) } });
    await imported();
  }

  test("changes nothing when nothing changed", async () => {
    await live("2026-09-14", "2026-09-16");
    await imported();
    await imported();
    await live("2026-09-16", "2026-09-18");
    expect(await heardBy("aisyah")).toEqual(["Mon 14/09 09:00 opens induction"]);
  });

  test("that moves a window moves its reminders", async () => {
    await change((windows) =>
      windows.map((window) => (window.key === "induction" ? { ...window, opens: "2026-09-21" } : window)),
    );
    await live("2026-09-14", "2026-09-22");
    expect(await heardBy("aisyah")).toEqual(["Mon 21/09 09:00 opens induction"]);
  });

  test("that drops a window ends its reminders, also one that waits", async () => {
    await pause(world.deps, world.people.aisyah.id, day("2026-09-16"), world.clock.now());
    await look("2026-09-14T09:00");
    await change((windows) => windows.filter((window) => window.key !== "induction"));
    await live("2026-09-15", "2026-10-10");
    expect(await heardBy("aisyah")).toEqual([]);
    expect(await world.db.select().from(noticeTable).where(eq(noticeTable.state, "waiting"))).toEqual([]);
  });

  test("that gives a group up ends its reminders, also one that waits", async () => {
    await pause(world.deps, world.people.aisyah.id, day("2026-09-16"), world.clock.now());
    await look("2026-09-14T09:00");
    await world.db.update(groups).set({ isActive: false }).where(eq(groups.id, world.groups.maple));
    await imported();
    await live("2026-09-15", "2026-10-10");
    expect(await heardBy("aisyah")).toEqual([]);
  });

  test("that replaces a mentor: the old one hears nothing more, the new one the newest", async () => {
    await pause(world.deps, world.people.aisyah.id, day("2026-09-25"), world.clock.now());
    await live("2026-09-14", "2026-09-23");
    await world.db.update(memberships).set({ isActive: false }).where(eq(memberships.person, world.people.aisyah.id));
    await world.db.insert(memberships).values({
      id: world.deps.newId(),
      person: world.people.noor.id,
      programme: world.programme,
      group: world.groups.maple,
      role: "mentor",
      joinedOn: day("2026-09-24"),
    });
    world.clock.moveTo(at("2026-09-24T11:00").toString());
    await imported();
    await live("2026-09-25", "2026-09-30");
    expect(await heardBy("aisyah")).toEqual([]);
    expect(await heardBy("noor")).toEqual(["Fri 25/09 09:00 halfway induction", "Tue 29/09 09:00 closing induction"]);
  });

  test("before anything else: nothing is said twice when two processes import at once", async () => {
    await Promise.all([imported(), imported()]);
    expect(await world.db.select().from(meetingTable)).toHaveLength(15);
    await look("2026-09-14T09:00");
    expect(await heardBy("aisyah")).toHaveLength(1);
  });
});

describe("reading the cards", () => {
  test("a mentor sees until when, what to talk about, and six things to press", async () => {
    await look("2026-09-14T09:00");
    const shown = await cardTo("aisyah");
    expect(wordsOf(shown)).toContain("Induction with Maple");
    expect(wordsOf(shown)).toContain("any day until Friday 2 October is good");
    expect(wordsOf(shown)).toContain("the first weeks");
    expect(Object.entries(buttonsOf(shown)).map(([title, data]) => [title, data["verb"]])).toEqual([
      ["Plan it", "planning.open"],
      ["Already held: log it", "logbook.open"],
      ["Remind me in three days", "meetings.later"],
      ["Pause until a date", "notices.pause-form"],
      ["Ask a coordinator", "flags.ask"],
    ]);
    // A question to the coordinators tells them which group it is about.
    expect(buttonsOf(shown)["Ask a coordinator"]).toMatchObject({ id: world.groups.maple });
  });

  test.each([
    ["halfway", "2026-09-23T09:00", "Half of the time for this meeting is over, and no date is set yet."],
    ["closing", "2026-09-29T09:00", "The time for this meeting ends on Friday 2 October."],
    ["after-close", "2026-10-05T09:00", "You can log it if you met, plan a late one, or say why it could not be."],
  ])("%s", async (_kind, when, sentence) => {
    await look(when);
    expect(wordsOf(await cardTo("aisyah"))).toContain(sentence);
  });

  test("how did it go: log it, plan anew, or say that it could not be", async () => {
    await plan(await idOf(), "2026-09-23T14:00");
    await look("2026-09-23T17:00");
    const shown = await cardTo("aisyah");
    expect(wordsOf(shown)).toContain("You planned to meet on Wednesday 23 September, 14:00 (Kuala Lumpur time).");
    expect(Object.keys(buttonsOf(shown))).toEqual([
      "Log it",
      "We didn't meet: plan anew",
      "It could not be",
      "Ask a coordinator",
    ]);
  });

  test("a mentee reads when it is tomorrow and can answer; nothing in it is for mentors", async () => {
    const id = await idOf();
    await plan(id, "2026-09-23T14:00");
    await updateMeeting(world.db, id, { plannedPlace: "Library cafe" });
    await look("2026-09-22T09:00");
    const shown = await cardTo("ben");
    expect(wordsOf(shown)).toContain("Wednesday 23 September, 14:00 (Kuala Lumpur time)");
    expect(wordsOf(shown)).toContain("Library cafe");
    expect(Object.keys(buttonsOf(shown))).toEqual(["See the plan and answer"]);
    await plan(id, "2026-09-24T10:00");
    expect(wordsOf(await redrawn("ben"))).toContain("Thursday 24 September, 10:00");
    await plan(id, null);
    expect(wordsOf(await redrawn("ben"))).toContain("There is no date for this one at the moment.");
    await press("aisyah", "meetings.excuse", { id, reason: "no_answer" });
    expect(wordsOf(await redrawn("ben"))).toContain("There is no date for this one at the moment.");
    await press("aisyah", "meetings.not-excused", { id });
    await log(id, "2026-09-22");
    expect(wordsOf(await redrawn("ben"))).toContain("Your group has met.");
    for (const button of Object.values(buttonsOf(await redrawn("ben")))) expect(button["verb"]).not.toMatch(/^logbook/);
  });

  test("once planned, the reminder that was posted shows the plan; once it is over, asks how it went", async () => {
    await look("2026-09-14T09:00");
    await plan(await idOf(), "2026-09-16T14:00");
    expect(wordsOf(await redrawn("aisyah"))).toContain("Wednesday 16 September, 14:00");
    expect(Object.keys(buttonsOf(await redrawn("aisyah")))).toEqual([
      "See the plan or change it",
      "Already held: log it",
    ]);
  });

  test("who is no longer in the group reads that there is nothing to do", async () => {
    await look("2026-09-14T09:00");
    await world.db.update(memberships).set({ isActive: false }).where(eq(memberships.person, world.people.aisyah.id));
    expect(wordsOf(await redrawn("aisyah"))).toContain("This is no longer with you");
    expect(buttonsOf(await redrawn("aisyah"))).toEqual({});
  });

  test("the chat's card says when, follows a change, and keeps quiet about who looks after it", async () => {
    const chat = await linkChat(world.groups.maple);
    const id = await idOf();
    await plan(id, "2026-09-23T14:00");
    await look("2026-09-22T09:00");
    const [message] = world.outbox.to(chat);
    expect(Object.keys(buttonsOf(await world.draw(meetings, message)))).toEqual(["See the plan and answer"]);
    await plan(id, "2026-09-24T14:00");
    expect(await world.draw(meetings, message)).toBe(null);
    const kind = meetings.messages?.find((each) => each.kind === message?.kind);
    const drawn = () => kind?.render(world.deps, message?.ref ?? {}, { chat }, world.clock.now());
    expect(wordsOf((await drawn()) ?? null)).toContain("Thursday 24 September, 14:00");
    await plan(id, null);
    expect(wordsOf((await drawn()) ?? null)).toContain("The plan was cancelled.");
  });
});

describe("pressing what one may not", () => {
  const verbs = [
    "meetings.later",
    "meetings.on-it",
    "meetings.excuse-form",
    "meetings.excuse",
    "meetings.not-excused",
  ] as const;
  const snapshot = async () => ({
    meetings: await world.db.select().from(meetingTable).orderBy(meetingTable.id),
    reminders: await world.db.select().from(meetingReminders).orderBy(meetingReminders.id),
  });

  async function refused(name: Name, verb: string, data: unknown): Promise<void> {
    const before = await snapshot();
    const answer: Promise<Reply> = press(name, verb, data);
    await expect(answer).rejects.toMatchObject({ name: "NotAllowed", tried: { what: verb } });
    await expect(answer).rejects.not.toThrow("Maple");
    expect(await snapshot()).toEqual(before);
    expect(await world.db.select().from(auditLog)).toEqual([]);
  }

  test.each(verbs)("%s: a mentee, another group's mentor, a coordinator", async (verb) => {
    const id = await idOf();
    for (const name of ["ben", "grace", "maya"] as const) await refused(name, verb, { id, reason: "exams" });
  });

  test.each(verbs)("%s: with an id that was made up", async (verb) => {
    for (const id of ["00000000-0000-7000-8000-00000000dead", "1 or 1=1", "", 7, null, undefined, { id: "x" }]) {
      await refused("aisyah", verb, { id, reason: "exams" });
    }
    for (const data of [null, undefined, "text", []]) await refused("aisyah", verb, data);
  });

  test.each(verbs)("%s: who was the mentor once", async (verb) => {
    await world.db
      .update(memberships)
      .set({ isActive: false })
      .where(and(eq(memberships.person, world.people.farid.id), eq(memberships.group, world.groups.cedar)));
    await refused("farid", verb, { id: await idOf("induction", world.groups.cedar), reason: "exams" });
    // In the other group he still is.
    await press("farid", verb, { id: await idOf("induction", world.groups.birch), reason: "exams" });
  });

  test("a reason that is not on the list", async () => {
    const id = await idOf();
    await refused("aisyah", "meetings.excuse", { id, reason: "because" });
    await refused("aisyah", "meetings.excuse", { id });
    await refused("aisyah", "meetings.excuse", { id, reason: "toString" });
  });

  test.each(verbs)("%s: pressed twice, the second time changes nothing", async (verb) => {
    await look("2026-09-14T09:00");
    const data = { id: await idOf(), reason: "exams" };
    await press("aisyah", verb, data);
    const before = await snapshot();
    await press("aisyah", verb, data);
    expect(await snapshot()).toEqual(before);
  });
});

describe("several processes at once", () => {
  const lookTogether = () =>
    Promise.all(
      [1, 2, 3].map(async () => {
        for (const job of [...(meetings.jobs ?? []), ...(notices.jobs ?? [])]) {
          await job.run(world.deps, world.clock.now());
        }
      }),
    );

  test("say each reminder once", async () => {
    world.clock.moveTo(at("2026-09-14T09:00").toString());
    await lookTogether();
    // What one had in hand the others passed over.
    await look("2026-09-14T09:01");
    await look("2026-09-14T09:02");
    const said = await world.db.select().from(noticeTable);
    expect(said.map((row) => row.state)).toEqual(["on_card", "on_card", "on_card", "on_card"]);
    for (const name of ["aisyah", "farid", "grace"] as const) {
      expect(world.outbox.to(world.people[name].id)).toHaveLength(1);
    }
  });

  test("while people press and log: everything is done, and what is logged stays quiet", async () => {
    const [maple, cedar, birch] = [
      await idOf(),
      await idOf("induction", world.groups.cedar),
      await idOf("induction", world.groups.birch),
    ];
    world.clock.moveTo(at("2026-09-14T09:00").toString());
    await Promise.all([
      lookTogether(),
      press("aisyah", "meetings.later", { id: maple }),
      press("grace", "meetings.on-it", { id: cedar }),
      log(birch, "2026-09-14", "farid"),
    ]);
    await look("2026-09-14T09:01");
    expect((await rowOf(maple)).takenBy).toBe(world.people.aisyah.id);
    expect((await rowOf(cedar)).takenBy).toBe(world.people.grace.id);
    await live("2026-09-15", "2026-09-23");
    expect((await heardBy("aisyah")).slice(-2)).toEqual([
      "Thu 17/09 09:00 again induction",
      "Wed 23/09 09:00 halfway induction",
    ]);
    expect((await heardBy("farid")).filter((line) => !line.includes("opens"))).toEqual([]);
  });
});
