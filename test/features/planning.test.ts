import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Card } from "../../src/core/card.ts";
import { NotAllowed } from "../../src/core/errors.ts";
import type { Reply } from "../../src/core/feature.ts";
import type { ChatId, GroupId, MeetingId } from "../../src/core/ids.ts";
import type { OutgoingMessage } from "../../src/core/ports.ts";
import { programmeChanged } from "../../src/features/meetings/service.ts";
import { meetingsOfGroups, updateMeeting, type Meeting } from "../../src/features/meetings/store.ts";
import { meetingReminders } from "../../src/features/meetings/schema.ts";
import { createNotices } from "../../src/features/notices/bot.ts";
import { notices as noticeRows } from "../../src/features/notices/schema.ts";
import { planning, planningNotices } from "../../src/features/planning/bot.ts";
import { readMoment } from "../../src/features/planning/rules.ts";
import { planAnswers, planVersions } from "../../src/features/planning/schema.ts";
import { suggestPlan } from "../../src/features/planning/suggestion/rules.ts";
import { chats, memberships, people } from "../../src/features/programme/schema.ts";
import { readSettings } from "../../src/features/programme/rules.ts";
import { rhythmOf } from "../../src/features/calendar/rules.ts";
import { buttonsOf, createWorld, wordsOf, type Name, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(async () => {
  await world.reset();
  await programmeChanged(world.db, world.deps.newId, world.programme, world.clock.now());
});
afterAll(() => world.close());

const notices = createNotices(planningNotices);
const who = (name: Name) => world.people[name];
const press = (name: Name, verb: string, data: unknown, place?: Parameters<World["press"]>[4]) =>
  world.press(planning, who(name), verb, data, place);
const say = (name: Name, text: string) => world.say(planning, who(name), text);

async function meetingOf(group: GroupId = world.groups.maple, key = "induction"): Promise<Meeting> {
  const found = (await meetingsOfGroups(world.db, [group])).find((meeting) => meeting.key === key);
  if (found === undefined) throw new Error("no such meeting");
  return found;
}

async function linkChat(group: GroupId = world.groups.maple): Promise<ChatId> {
  const chat = await world.addChat([]);
  await world.db.update(chats).set({ group }).where(eq(chats.id, chat));
  return chat;
}

const friday = { date: "2026-09-25", time: "15:00", minutes: "45", form: "in_person", place: "Library, room 2" };
const monday = { ...friday, date: "2026-09-28", time: "10:30" };

/** The plan is made as on the form. */
async function plan(name: Name, values: object = friday, group?: GroupId): Promise<Reply> {
  const meeting = await meetingOf(group);
  return await press(name, "planning.save", { id: meeting.id, plan: meeting.planVersion, ...values });
}

/** What the sender does with a message: null when it is not wanted any more. */
async function deliver(message: OutgoingMessage | undefined): Promise<Card | null> {
  const drawn = await world.draw(planning, message);
  const kind = planning.messages?.find((each) => each.kind === message?.kind);
  if (message !== undefined) {
    await kind?.settled?.(world.db, message.ref, drawn === null ? "cancelled" : "sent", world.clock.now());
  }
  return drawn;
}

/** A posted card as an update would draw it now. */
async function redraw(message: OutgoingMessage | undefined): Promise<Card> {
  const kind = planning.messages?.find((each) => each.kind === message?.kind);
  if (message === undefined || kind === undefined) throw new Error("there is no such card");
  return await kind.render(world.deps, message.ref, message.to, world.clock.now());
}

/** Cards that were said unasked. */
function noticesTo(name: Name): readonly OutgoingMessage[] {
  return world.outbox.to(who(name).id).filter(({ dedupeKey }) => dedupeKey.startsWith("notices:"));
}

/** A card that was said unasked, as an update would draw it now. */
async function redrawNotice(message: OutgoingMessage | undefined): Promise<Card> {
  const kind = notices.messages?.find((each) => each.kind === message?.kind);
  if (message === undefined || kind === undefined) throw new Error("there is no such card");
  return await kind.render(world.deps, message.ref, message.to, world.clock.now());
}

/** Says what waits; the newest card to this person, if there is one. */
async function heardBy(name: Name): Promise<Card | null> {
  for (const job of notices.jobs ?? []) await job.run(world.deps, world.clock.now());
  const message = noticesTo(name).at(-1);
  return message === undefined ? null : await world.draw(notices, message);
}

async function cardsTo(name: Name): Promise<number> {
  await heardBy(name);
  return noticesTo(name).length;
}

/** What the inputs of a form hold. */
function fields(reply: Reply): Record<string, unknown> {
  if (reply.kind !== "card") throw new Error("this is no card");
  return Object.fromEntries(
    reply.card.body.filter((element) => "id" in element).map((element) => [element["id"], element["value"]]),
  );
}

async function answer(name: Name, said: string, version = 1, more: object = {}, group?: GroupId): Promise<Reply> {
  const { id } = await meetingOf(group);
  return await press(name, "planning.answer", { id, plan: version, answer: said, ...more });
}

describe("a mentor plans a meeting", () => {
  test("in two taps: Plan it gives a form that can be posted as it is", async () => {
    const { id } = await meetingOf();
    const form = await press("aisyah", "planning.open", { id });
    expect(fields(form)).toEqual({ date: "2026-09-21", time: "12:00", minutes: 60, form: "online", place: "" });
    expect(wordsOf(form)).toContain("Time (Kuala Lumpur time)");
    const sent = buttonsOf(form)["Post it"];
    const saved = await press("aisyah", "planning.save", { ...sent, ...fields(form) });
    expect(wordsOf(saved)).toContain("Monday 21 September, 12:00 (Kuala Lumpur time)");
    const meeting = await meetingOf();
    expect(meeting.facts.plan?.at.toString()).toBe("2026-09-21T04:00:00Z");
    expect(meeting.facts.takenBy).toBe(who("aisyah").id);
    expect(meeting).toMatchObject({ planVersion: 1, plannedForm: "online", plannedPlace: null, plannedBefore: null });
  });

  test("the word plan goes straight to the form of the only meeting whose window is open", async () => {
    expect(wordsOf(await say("aisyah", "plan"))).toContain("Plan: Induction (Maple)");
  });

  test("a mentor of two groups is asked first, unless they name the group", async () => {
    const asked = await say("farid", "plan");
    expect(wordsOf(asked)).toContain("Which meeting?");
    expect(Object.keys(buttonsOf(asked)).sort()).toEqual([
      "Induction (Birch)",
      "Induction (Cedar)",
      "Mid-semester 1 (Birch)",
      "Mid-semester 1 (Cedar)",
    ]);
    const form = await press("farid", "planning.open", buttonsOf(asked)["Induction (Cedar)"]);
    expect(wordsOf(form)).toContain("Plan: Induction (Cedar)");
    expect(wordsOf(await say("farid", "plan birch"))).toContain("Plan: Induction (Birch)");
  });

  test("a mentor for whom nothing is left is told so", async () => {
    for (const meeting of await meetingsOfGroups(world.db, [world.groups.maple])) {
      await updateMeeting(world.db, meeting.id, { heldOn: Temporal.PlainDate.from("2026-09-14") });
    }
    expect(wordsOf(await say("aisyah", "plan"))).toContain("no meeting left to plan");
  });

  test("pressing twice makes one plan and shows it again", async () => {
    const { id } = await meetingOf();
    const sent = { id, plan: 0, ...friday };
    const first = await press("aisyah", "planning.save", sent);
    const second = await press("aisyah", "planning.save", sent);
    expect(wordsOf(second)).toContain("Friday 25 September, 15:00");
    expect(buttonsOf(second)).toEqual(buttonsOf(first));
    expect((await meetingOf()).planVersion).toBe(1);
    expect(await world.db.select().from(planVersions)).toHaveLength(1);
    expect(world.outbox.of("planning.mentor-view")).toHaveLength(1);
  });

  test("a time outside the window is fine, and they are told", async () => {
    const saved = await plan("aisyah", { ...friday, date: "2026-10-05" });
    expect(wordsOf(saved)).toContain("after this meeting's window closes");
    expect((await meetingOf()).planVersion).toBe(1);
  });

  test("a time before the window opens is fine too", async () => {
    const { id } = await meetingOf(world.groups.maple, "mid-semester-1");
    const saved = await press("aisyah", "planning.save", { id, plan: 0, ...friday });
    expect(wordsOf(saved)).toContain("before this meeting's window opens");
  });

  test("a plan for today is made with a word about short notice", async () => {
    expect(wordsOf(await plan("aisyah", { ...friday, date: "2026-09-14" }))).toContain("That is today");
    expect(wordsOf(await plan("aisyah", { ...friday, date: "2026-09-15" }))).not.toContain("That is today");
  });

  test("a meeting that could not be is planned after all", async () => {
    const { id } = await meetingOf();
    await updateMeeting(world.db, id, { excused: "no_answer" });
    const seen = await press("aisyah", "planning.see", { id });
    const form = await press("aisyah", "planning.open", buttonsOf(seen)["Plan it after all"]);
    expect(wordsOf(form)).toContain("You said that it could not be");
    await plan("aisyah");
    expect((await meetingOf()).facts.excused).toBeNull();
    // The same once more, with the very plan that it had.
    await updateMeeting(world.db, id, { excused: "no_answer" });
    await plan("aisyah");
    expect((await meetingOf()).facts.excused).toBeNull();
  });

  test("a meeting in the logbook is not planned any more", async () => {
    const { id } = await meetingOf();
    await updateMeeting(world.db, id, { heldOn: Temporal.PlainDate.from("2026-09-14") });
    expect(wordsOf(await press("aisyah", "planning.open", { id }))).toContain("It is in your logbook");
    await plan("aisyah");
    expect((await meetingOf()).planVersion).toBe(0);
  });
});

describe("what cannot be planned comes back with a sentence, and with what was typed", () => {
  test.each([
    ["yesterday", { date: "2026-09-13" }, "2026-09-13 is in the past"],
    ["earlier today", { date: "2026-09-14", time: "08:59" }, "08:59 is in the past"],
    ["this very minute", { date: "2026-09-14", time: "09:00" }, "09:00 is in the past"],
    ["30 February", { date: "2027-02-30" }, '"2027-02-30" is no day in the calendar'],
    ["words for a day", { date: "next week" }, '"next week" is no day in the calendar'],
    ["no day", { date: "" }, "please choose one"],
    ["no time", { time: "" }, "please choose one"],
    ["25 o'clock", { time: "25:00" }, '"25:00" is no time of day'],
    ["the year 9999", { date: "9999-09-25" }, "9999-09-25 is more than a year away"],
    ["0 minutes", { minutes: "0" }, "0 is very short; write how many minutes, from 5 to 600"],
    ["10,000 minutes", { minutes: "10000" }, "10000 is very long"],
    ["minus 5 minutes", { minutes: "-5" }, "write how many minutes"],
    ["an hour in words", { minutes: "one hour" }, "write how many minutes"],
    ["no form", { form: "" }, "please choose one of the three"],
    ["another form", { form: "by post" }, "please choose one of the three"],
    ["a place of 201 characters", { place: "x".repeat(201) }, "please shorten this to 200 characters"],
    ["a place of 50,000 characters", { place: "x".repeat(50_000) }, "please shorten this to 200 characters"],
  ])("%s", async (_what, wrong, sentence) => {
    const typed = { ...friday, ...wrong };
    const reply = await plan("aisyah", typed);
    expect(wordsOf(reply)).toContain(`Please check: ${sentence}`);
    const { minutes, place, ...kept } = fields(reply);
    expect(kept).toEqual({ date: typed.date, time: typed.time, form: typed.form });
    if (/^-?\d+$/.test(typed.minutes)) expect(minutes).toBe(Number(typed.minutes));
    expect(place).toBe(typed.place.slice(0, 40_000));
    expect(buttonsOf(reply)["Post it"]).toMatchObject({ plan: 0 });
    expect((await meetingOf()).planVersion).toBe(0);
    expect(world.outbox.messages).toEqual([]);
  });

  test("several mistakes are told at once", async () => {
    const said = wordsOf(await plan("aisyah", { ...friday, date: "2026-09-01", minutes: "0" }));
    expect(said).toContain("in the past");
    expect(said).toContain("very short");
  });

  test("a place of exactly 200 characters, a number for minutes, and no place are fine", async () => {
    await plan("aisyah", { ...friday, minutes: 45, place: "ü".repeat(200) });
    expect((await meetingOf()).plannedPlace).toBe("ü".repeat(200));
    await plan("aisyah", { ...friday, place: undefined });
    expect((await meetingOf()).plannedPlace).toBeNull();
  });

  test("a link dressed up as words is shown with its address", async () => {
    await linkChat();
    await plan("aisyah", { ...friday, place: "[the usual room](https://evil.example)" });
    const post = wordsOf(await deliver(world.outbox.of("planning.invitation")[0]));
    expect(post).toContain("the usual room");
    expect(post).not.toContain("](https");
  });
});

describe("clocks", () => {
  const now = Temporal.Instant.from("2026-09-14T01:00:00Z");
  test.each([
    ["an ordinary day", "2026-09-25", "15:00", "Asia/Kuala_Lumpur", "2026-09-25T07:00:00Z"],
    ["summer time", "2026-09-25", "15:00", "Europe/London", "2026-09-25T14:00:00Z"],
    ["the hour that comes twice is the first", "2026-10-25", "01:30", "Europe/London", "2026-10-25T00:30:00Z"],
    ["the hour that is skipped", "2027-03-28", "01:30", "Europe/London", "skipped"],
    ["the moment after the gap", "2027-03-28", "02:00", "Europe/London", "2027-03-28T01:00:00Z"],
    ["a gap of half an hour", "2026-10-04", "02:15", "Australia/Lord_Howe", "skipped"],
    ["a gap at midnight", "2027-03-28", "00:15", "Asia/Beirut", "skipped"],
  ])("%s", (_what, date, time, zone, expected) => {
    const read = readMoment({ date, time }, zone, now);
    expect(read.ok ? read.at.toString() : read.problem).toBe(expected);
  });

  test("a mentor in London who picks a time that is skipped is asked for another", async () => {
    await world.db
      .update(people)
      .set({ timeZone: "Europe/London" })
      .where(eq(people.id, who("aisyah").id));
    const reply = await plan("aisyah", { ...friday, date: "2027-03-28", time: "01:30" });
    expect(wordsOf(reply)).toContain("there is no 01:30 that day: the clocks go forward");
    expect(fields(reply)).toMatchObject({ date: "2027-03-28", time: "01:30" });
  });

  test("a mentor abroad plans on their own clocks; everybody reads their own and the programme's", async () => {
    await world.db
      .update(people)
      .set({ timeZone: "Europe/London" })
      .where(eq(people.id, who("farid").id));
    const saved = await plan("farid", { ...friday, time: "08:00" }, world.groups.cedar);
    const both = "Friday 25 September, 08:00 (London time), which is Friday 25 September, 15:00 (Kuala Lumpur time)";
    expect(wordsOf(saved)).toContain(both);
    // Ten in the morning in London, for Jin.
    world.clock.moveTo("2026-09-15T09:00:00Z");
    expect(wordsOf(await heardBy("jin"))).toContain(both);
    world.clock.moveTo("2026-09-16T02:00:00Z");
    const hana = wordsOf(await heardBy("hana"));
    expect(hana).toContain("Friday 25 September, 15:00 (Kuala Lumpur time)");
    expect(hana).not.toContain("London");
  });

  test("in the group's chat, the programme's zone is said", async () => {
    await world.db
      .update(people)
      .set({ timeZone: "Europe/London" })
      .where(eq(people.id, who("aisyah").id));
    await linkChat();
    await plan("aisyah", { ...friday, time: "08:00" });
    const post = wordsOf(await deliver(world.outbox.of("planning.invitation")[0]));
    expect(post).toContain("Friday 25 September, 15:00 (Kuala Lumpur time)");
    expect(post).not.toContain("London");
  });

  const rhythms = (blackouts: object[]) => {
    const base = readSettings({
      id: "p",
      name: "P",
      timezone: "Asia/Kuala_Lumpur",
      year: { starts: "2026-09-07", ends: "2027-06-11" },
      meetings: [{ key: "a", title: "A", opens: "2026-09-14", closes: "2026-10-02" }],
      blackouts,
    });
    return [rhythmOf(base, "mentors", base.timezone), rhythmOf(base, "mentees", base.timezone)];
  };
  const days = (opens: string, closes: string) => ({
    window: { opens: Temporal.PlainDate.from(opens), closes: Temporal.PlainDate.from(closes) },
    timeZone: "Asia/Kuala_Lumpur",
  });
  const exams = [{ from: "2026-09-21", to: "2026-09-25", who: "mentees", title: "Exams" }];
  test.each([
    ["a week ahead in an open window", days("2026-09-14", "2026-10-02"), [], "2026-09-14T01:00:00Z", "2026-09-21"],
    [
      "a Saturday becomes the Friday before",
      days("2026-09-14", "2026-10-02"),
      [],
      "2026-09-12T01:00:00Z",
      "2026-09-18",
    ],
    ["a Sunday becomes the Monday after", days("2026-09-14", "2026-10-02"), [], "2026-09-13T01:00:00Z", "2026-09-21"],
    ["the window closes before", days("2026-09-14", "2026-09-18"), [], "2026-09-14T01:00:00Z", "2026-09-18"],
    ["the last day, before noon", days("2026-09-14", "2026-09-18"), [], "2026-09-18T01:00:00Z", "2026-09-18"],
    ["the last day, after noon", days("2026-09-14", "2026-09-18"), [], "2026-09-18T06:00:00Z", "2026-09-25"],
    ["a window that is closed", days("2026-08-01", "2026-08-20"), [], "2026-09-14T01:00:00Z", "2026-09-21"],
    ["a window that opens in a month", days("2026-10-26", "2026-11-13"), [], "2026-09-14T01:00:00Z", "2026-10-26"],
    ["mentees' exams that week", days("2026-09-14", "2026-10-02"), exams, "2026-09-14T01:00:00Z", "2026-09-18"],
    ["exams all through the window", days("2026-09-21", "2026-09-25"), exams, "2026-09-14T01:00:00Z", "2026-09-21"],
  ])("the form offers noon: %s", (_what, facts, blackouts, at, expected) => {
    const offered = suggestPlan(facts, "Asia/Kuala_Lumpur", rhythms(blackouts), Temporal.Instant.from(at));
    expect(offered.at.toZonedDateTimeISO("Asia/Kuala_Lumpur").toPlainDateTime().toString()).toBe(
      `${expected}T12:00:00`,
    );
    expect(offered).toMatchObject({ minutes: 60, form: "online", place: null });
  });
});

describe("two devices, two mentors", () => {
  test("the later of two is told what the earlier planned, and keeps what they typed", async () => {
    await plan("farid", friday, world.groups.cedar);
    const { id } = await meetingOf(world.groups.cedar);
    const late = await press("grace", "planning.save", { id, plan: 0, ...monday, place: "Canteen" });
    expect(wordsOf(late)).toContain("Meanwhile Farid Yusof planned this: Friday 25 September, 15:00");
    expect(fields(late)).toMatchObject({ date: "2026-09-28", time: "10:30", place: "Canteen" });
    expect((await meetingOf(world.groups.cedar)).planVersion).toBe(1);
    await press("grace", "planning.save", { ...buttonsOf(late)["Post it"], ...fields(late) });
    const meeting = await meetingOf(world.groups.cedar);
    expect(meeting).toMatchObject({ planVersion: 2, plannedPlace: "Canteen" });
    expect(meeting.facts.takenBy).toBe(who("grace").id);
  });

  test("the same mentor on two devices reads that it was they themselves", async () => {
    await plan("aisyah");
    const { id } = await meetingOf();
    const late = await press("aisyah", "planning.save", { id, plan: 0, ...monday });
    expect(wordsOf(late)).toContain("Meanwhile you (perhaps on another device) planned this");
  });

  test("the same values from both are one plan", async () => {
    await plan("farid", friday, world.groups.cedar);
    const { id } = await meetingOf(world.groups.cedar);
    const reply = await press("grace", "planning.save", { id, plan: 0, ...friday });
    expect(wordsOf(reply)).toContain("It is planned.");
    expect((await meetingOf(world.groups.cedar)).planVersion).toBe(1);
  });

  test("who changes the other's plan before hearing of it gets one card, not two", async () => {
    world.clock.moveTo("2026-09-14T15:00:00Z");
    await plan("farid", friday, world.groups.cedar);
    await plan("grace", monday, world.groups.cedar);
    world.clock.moveTo("2026-09-15T01:00:00Z");
    expect(await heardBy("grace")).toBeNull();
    expect(world.outbox.to(who("grace").id).map(({ kind }) => kind)).toEqual(["planning.mentor-view"]);
    expect(wordsOf(await heardBy("farid"))).toContain("Monday 28 September, 10:30");
  });

  test("of two that post in the same moment, one makes the plan and the other is told", async () => {
    const { id } = await meetingOf(world.groups.cedar);
    const replies = await Promise.all([
      press("farid", "planning.save", { id, plan: 0, ...friday }),
      press("grace", "planning.save", { id, plan: 0, ...monday }),
    ]);
    expect(replies.filter((reply) => wordsOf(reply).includes("Meanwhile"))).toHaveLength(1);
    expect((await meetingOf(world.groups.cedar)).planVersion).toBe(1);
    expect(world.outbox.of("planning.mentor-view")).toHaveLength(1);
  });

  test("an answer and a change in the same moment: the answer is to the old plan or not counted", async () => {
    await plan("farid", friday, world.groups.cedar);
    const { id } = await meetingOf(world.groups.cedar);
    await Promise.all([
      press("farid", "planning.save", { id, plan: 1, ...monday }),
      press("hana", "planning.answer", { id, plan: 1, answer: "yes" }),
    ]);
    expect(wordsOf(await press("farid", "planning.see", { id }))).toContain("Hana Sato\nno answer yet");
  });

  test("who posts a form that was opened before the meeting was called off is told so", async () => {
    await plan("aisyah");
    const { id } = await meetingOf();
    await press("aisyah", "planning.cancel-now", { id, plan: 1 });
    const late = await press("aisyah", "planning.save", { id, plan: 1, ...monday });
    expect(wordsOf(late)).toContain("called the meeting off");
    expect((await meetingOf()).facts.plan).toBeNull();
    expect(buttonsOf(late)["Post it"]).toMatchObject({ plan: 2 });
  });

  test("a made-up version of the future changes nothing", async () => {
    const { id } = await meetingOf();
    await press("aisyah", "planning.save", { id, plan: 7, ...friday });
    expect((await meetingOf()).planVersion).toBe(0);
  });

  test("the other mentor hears of the plan and sees who said what", async () => {
    await linkChat(world.groups.cedar);
    await plan("farid", friday, world.groups.cedar);
    await answer("hana", "yes", 1, {}, world.groups.cedar);
    const card = await heardBy("grace");
    expect(wordsOf(card)).toContain("Hana Sato\nwill come");
    expect(Object.keys(buttonsOf(card))).toEqual(["Change", "Cancel it"]);
    expect(await heardBy("farid")).toBeNull();
    // The chat tells of a change: Grace's card is only kept true.
    await plan("farid", monday, world.groups.cedar);
    world.clock.forward({ hours: 24 });
    expect(await cardsTo("grace")).toBe(1);
    expect(wordsOf(await heardBy("grace"))).toContain("Monday 28 September, 10:30");
  });
});

describe("the group's chat", () => {
  test("gets one card with weekday, date, time, zone, place, length, three answers and a calendar link", async () => {
    const chat = await linkChat();
    await plan("aisyah");
    const posts = world.outbox.to(chat);
    expect(posts).toHaveLength(1);
    const { id } = await meetingOf();
    expect(posts[0]).toMatchObject({ kind: "planning.invitation", priority: "planned", subjects: [`meeting:${id}`] });
    const card = await deliver(posts[0]);
    const words = wordsOf(card);
    expect(words).toContain("Planned: Induction");
    expect(words).toContain("Friday 25 September, 15:00 (Kuala Lumpur time)");
    expect(words).toContain("Library, room 2");
    expect(words).toContain("45 minutes");
    expect(Object.keys(buttonsOf(card))).toEqual(["Yes, I'll come", "I can't", "Suggest another time"]);
    expect(JSON.stringify(card)).toContain(`https://waymark.example/calendar/${id}`);
    expect(await cardsTo("ben")).toBe(0);
  });

  test("never shows who answered, nor how many, nor what only the mentor may press", async () => {
    await linkChat();
    await plan("aisyah");
    const post = world.outbox.of("planning.invitation")[0];
    const before = await deliver(post);
    await answer("ben", "yes");
    await answer("chen", "no");
    expect(await redraw(post)).toEqual(before);
    for (const name of ["ben", "chen", "dalia", "aisyah"] as const) {
      expect(JSON.stringify(before)).not.toContain(who(name).name);
      expect(JSON.stringify(post)).not.toContain(who(name).name);
    }
    expect(buttonsOf(before)).not.toHaveProperty("Change");
    expect(buttonsOf(before)).not.toHaveProperty("Cancel it");
  });

  test("sees a change on the card it has, with both times, and is asked again", async () => {
    await linkChat();
    await plan("aisyah");
    const post = world.outbox.of("planning.invitation")[0];
    await deliver(post);
    await answer("ben", "yes");
    await plan("aisyah", monday);
    const moved = wordsOf(await redraw(post));
    expect(moved).toContain(
      "Moved: was Friday 25 September, 15:00 (Kuala Lumpur time), now Monday 28 September, 10:30 (Kuala Lumpur time).",
    );
    expect(moved).toContain("please answer again");
    expect(buttonsOf(await redraw(post))["Yes, I'll come"]).toMatchObject({ plan: 2 });
    const again = await deliver(world.outbox.of("planning.moved")[0]);
    expect(wordsOf(again)).toContain("please answer again");
    expect(buttonsOf(again)["I can't"]).toMatchObject({ plan: 2 });
    expect(wordsOf(await press("aisyah", "planning.see", { id: (await meetingOf()).id }))).toContain(
      "Ben Okafor\nno answer yet",
    );
    // Moved once more: the card in between has nothing left to press.
    await plan("aisyah", { ...monday, time: "11:30" });
    const between = await redraw(world.outbox.of("planning.moved")[0]);
    expect(buttonsOf(between)).toEqual({});
    expect(wordsOf(between)).toContain("Moved again");
  });

  test("that has not seen the first plan is not told that it moved", async () => {
    await linkChat();
    await plan("aisyah");
    await plan("aisyah", monday);
    const [first] = world.outbox.of("planning.invitation");
    const [moved] = world.outbox.of("planning.moved");
    expect(await deliver(first)).toBeNull();
    const card = wordsOf(await deliver(moved));
    expect(card).toContain("Planned: Induction");
    expect(card).not.toContain("Moved");
  });

  test("a new place, with the time as it was, is no move but asks again", async () => {
    await linkChat();
    await plan("aisyah");
    await deliver(world.outbox.of("planning.invitation")[0]);
    await plan("aisyah", { ...friday, place: "Canteen" });
    const card = wordsOf(await deliver(world.outbox.of("planning.moved")[0]));
    expect(card).toContain("New plan: Induction");
    expect(card).toContain("Canteen");
    expect(card).not.toContain("Moved");
  });

  test("is told once that the meeting was called off, and its card has no dead buttons", async () => {
    const chat = await linkChat();
    await plan("aisyah");
    const [post] = world.outbox.to(chat);
    await deliver(post);
    const { id } = await meetingOf();
    await press("aisyah", "planning.cancel-now", { id, plan: 1 });
    await press("aisyah", "planning.cancel-now", { id, plan: 1 });
    const told = world.outbox.of("planning.called-off-in-chat");
    expect(told).toHaveLength(1);
    expect(wordsOf(await deliver(told[0]))).toContain("The meeting on Friday 25 September, 15:00");
    const updated = await redraw(post);
    expect(wordsOf(updated)).toContain("Called off: Induction");
    expect(updated.actions).toBeUndefined();
    expect(world.outbox.refreshed).toContain(`meeting:${id}`);
  });

  test("that was never told of the plan is not told of its end", async () => {
    const chat = await linkChat();
    await plan("aisyah");
    const { id } = await meetingOf();
    await press("aisyah", "planning.cancel-now", { id, plan: 1 });
    for (const message of world.outbox.to(chat)) expect(await deliver(message)).toBeNull();
  });

  test("whose invitation is sent in the very moment of the cancellation is told, whatever the other mentor heard", async () => {
    const chat = await linkChat(world.groups.cedar);
    await plan("farid", friday, world.groups.cedar);
    await heardBy("grace");
    const { id } = await meetingOf(world.groups.cedar);
    const [post] = world.outbox.to(chat);
    await press("farid", "planning.cancel-now", { id, plan: 1 });
    const kind = planning.messages?.find((each) => each.kind === post?.kind);
    await kind?.settled?.(world.db, post?.ref ?? {}, "sent", world.clock.now());
    expect(wordsOf(await deliver(world.outbox.of("planning.called-off-in-chat")[0]))).toContain("does not take place");
  });

  test("a plan after a cancellation is a new one; the old card stays called off", async () => {
    const chat = await linkChat();
    await plan("aisyah");
    await deliver(world.outbox.to(chat)[0]);
    const { id } = await meetingOf();
    await press("aisyah", "planning.cancel-now", { id, plan: 1 });
    await plan("aisyah", monday);
    const [old, off, fresh] = world.outbox.to(chat);
    expect(wordsOf(await redraw(old))).toContain("Since then there is a new plan");
    expect(buttonsOf(await redraw(old))).toEqual({});
    expect(await deliver(off)).toBeNull();
    expect(fresh?.kind).toBe("planning.invitation");
    expect(wordsOf(await deliver(fresh))).toContain("Planned: Induction");
    expect(wordsOf(await redraw(fresh))).not.toContain("Moved");
  });

  test.each([
    ["held", { heldOn: Temporal.PlainDate.from("2026-09-25") }, "2026-09-14T02:00:00Z", "It has taken place"],
    ["excused", { excused: "exams" }, "2026-09-14T02:00:00Z", "It does not take place"],
    ["begun", null, "2026-09-25T07:00:00Z", "It has begun"],
    ["over", null, "2026-09-25T07:45:00Z", "Its time is over"],
  ])("has nothing to press on a meeting that is %s", async (_state, change, at, words) => {
    await linkChat();
    await plan("aisyah");
    const post = world.outbox.of("planning.invitation")[0];
    expect(buttonsOf(await deliver(post))).not.toEqual({});
    if (change !== null) await updateMeeting(world.db, (await meetingOf()).id, change);
    world.clock.moveTo(at);
    expect(wordsOf(await redraw(post))).toContain(words);
    expect((await redraw(post)).actions).toBeUndefined();
    expect(await deliver(post)).toBeNull();
    expect(wordsOf(await answer("ben", "yes"))).toContain("out of date");
    expect(await world.db.select().from(planAnswers)).toEqual([]);
  });

  test("that is unlinked gets nothing more, and what stands there tells nothing", async () => {
    const chat = await linkChat();
    await plan("aisyah");
    const post = world.outbox.of("planning.invitation")[0];
    await world.db.update(chats).set({ group: null }).where(eq(chats.id, chat));
    const kind = planning.messages?.find((each) => each.kind === post?.kind);
    expect(await kind?.wanted(world.db, post?.ref ?? {}, world.clock.now())).toEqual({
      wanted: false,
      reason: "the group does not speak in this chat any more",
    });
    expect(wordsOf(await redraw(post))).not.toContain("Induction");
  });
});

describe("a group without a chat", () => {
  test("each mentee hears of it in their own chat, and the mentor gets words to paste elsewhere", async () => {
    const saved = await plan("aisyah");
    const { id } = await meetingOf();
    const pasted = wordsOf(saved);
    expect(pasted).toContain(
      `Induction: Friday 25 September, 15:00 (Kuala Lumpur time)\n45 minutes, in person: Library, room 2\nCalendar: https://waymark.example/calendar/${id}.people`,
    );
    for (const name of ["ben", "chen", "dalia"] as const) {
      const card = await heardBy(name);
      expect(wordsOf(card)).toContain("Friday 25 September, 15:00");
      expect(buttonsOf(card)["Yes, I'll come"]).toMatchObject({ id, plan: 1, answer: "yes" });
    }
  });

  test("the mentor is told whom the bot cannot reach", async () => {
    expect(wordsOf(await plan("farid", friday, world.groups.birch))).toContain("I cannot write to Liam O'Brien yet");
  });

  test("nobody hears of a plan made at night before the morning", async () => {
    world.clock.moveTo("2026-09-14T15:00:00Z");
    await plan("aisyah");
    expect(await heardBy("ben")).toBeNull();
    world.clock.moveTo("2026-09-15T01:00:00Z");
    expect(wordsOf(await heardBy("ben"))).toContain("Planned: Induction");
  });

  test("a change is told again, both times on it, and is also seen on the first card", async () => {
    await plan("aisyah");
    await heardBy("ben");
    await plan("aisyah", monday);
    expect(await cardsTo("ben")).toBe(2);
    for (const message of noticesTo("ben")) {
      const card = await redrawNotice(message);
      expect(wordsOf(card)).toContain("Moved: was Friday 25 September");
      expect(buttonsOf(card)["Yes, I'll come"]).toMatchObject({ plan: 2 });
    }
  });

  test("who heard of it is told that it was called off; who did not, hears nothing", async () => {
    // On the day of their first contact, nobody is told anything else.
    await world.db
      .update(people)
      .set({ welcomedAt: world.clock.now() })
      .where(eq(people.id, who("chen").id));
    await plan("aisyah");
    await heardBy("ben");
    const { id } = await meetingOf();
    await press("aisyah", "planning.cancel-now", { id, plan: 1 });
    world.clock.forward({ hours: 24 });
    expect(wordsOf(await heardBy("ben"))).toContain("Called off: Induction");
    expect(await heardBy("chen")).toBeNull();
    expect(await cardsTo("aisyah")).toBe(0);
  });

  test("a card that never arrived counts as not told", async () => {
    await plan("aisyah");
    await heardBy("ben");
    const [message] = noticesTo("ben");
    const kind = notices.messages?.find((each) => each.kind === message?.kind);
    await kind?.settled?.(world.db, message?.ref ?? {}, "failed", world.clock.now());
    await press("aisyah", "planning.cancel-now", { id: (await meetingOf()).id, plan: 1 });
    expect(await cardsTo("ben")).toBe(1);
    expect(wordsOf(await heardBy("chen"))).toContain("Called off");
  });

  test("who left the group hears nothing more, and an old card of theirs tells nothing", async () => {
    await plan("aisyah");
    await heardBy("ben");
    const [message] = noticesTo("ben");
    await world.db
      .update(memberships)
      .set({ isActive: false })
      .where(eq(memberships.person, who("ben").id));
    expect(await world.draw(notices, message)).toBeNull();
    expect(wordsOf(await redrawNotice(message))).not.toContain("Friday");
    await plan("aisyah", monday);
    expect(await cardsTo("ben")).toBe(1);
  });

  test("people who knew of it from a chat that was unlinked since are told one by one that it was called off", async () => {
    const chat = await linkChat();
    await plan("aisyah");
    await deliver(world.outbox.to(chat)[0]);
    await world.db.update(chats).set({ group: null }).where(eq(chats.id, chat));
    await press("aisyah", "planning.cancel-now", { id: (await meetingOf()).id, plan: 1 });
    for (const name of ["ben", "chen", "dalia"] as const) {
      expect(wordsOf(await heardBy(name))).toContain("Called off: Induction");
    }
    expect(await cardsTo("aisyah")).toBe(0);
  });

  test("people who were told one by one hear of the end one by one, though there is a chat since", async () => {
    await plan("aisyah");
    await heardBy("ben");
    await linkChat();
    await press("aisyah", "planning.cancel-now", { id: (await meetingOf()).id, plan: 1 });
    expect(wordsOf(await heardBy("ben"))).toContain("Called off: Induction");
    expect(world.outbox.of("planning.called-off-in-chat")).toEqual([]);
  });
});

describe("a mentee answers", () => {
  beforeEach(async () => {
    await linkChat();
    await plan("aisyah");
  });

  test("and only the mentor sees who said what", async () => {
    const chat = await world.addChat([]);
    const place = { kind: "chat", chat, group: world.groups.maple } as const;
    const { id } = await meetingOf();
    const reply = await press("ben", "planning.answer", { id, plan: 1, answer: "yes" }, place);
    expect(wordsOf(reply)).toContain("You said that you'll come.");
    await answer("chen", "no");
    const card = wordsOf(await deliver(world.outbox.of("planning.mentor-view")[0]));
    expect(card).toContain("Ben Okafor\nwill come");
    expect(card).toContain("Chen Wei\ncan't come");
    expect(card).toContain("Dalia Haddad\nno answer yet");
    const seenByDalia = wordsOf(await press("dalia", "planning.see", { id }));
    expect(seenByDalia).not.toContain("Ben");
    expect(seenByDalia).not.toContain("You said");
  });

  test("the mentor's card is kept true, and nobody else's is sent again", async () => {
    const { id } = await meetingOf();
    world.outbox.refreshed.length = 0;
    await answer("ben", "yes");
    expect(world.outbox.refreshed).toEqual([`answers:${id}`]);
    expect(world.outbox.of("planning.mentor-view")[0]).toMatchObject({
      to: { person: who("aisyah").id },
      priority: "answer",
      subjects: [`meeting:${id}`, `answers:${id}`],
    });
  });

  test("twice the same is one answer, another one replaces it", async () => {
    await answer("ben", "yes");
    await answer("ben", "yes");
    await answer("ben", "no");
    const rows = await world.db.select().from(planAnswers);
    expect(rows.map((row) => [row.person, row.answer])).toEqual([[who("ben").id, "no"]]);
  });

  test("with another time, on their own clocks, that the mentor can use with a button", async () => {
    const { id } = await meetingOf();
    await world.db
      .update(people)
      .set({ timeZone: "Europe/London" })
      .where(eq(people.id, who("ben").id));
    const form = await press("ben", "planning.suggest", { id, plan: 1 });
    expect(wordsOf(form)).toContain("Time (London time)");
    expect(fields(form)).toMatchObject({ date: "2026-09-25", time: "08:00" });
    const reply = await press("ben", "planning.answer", {
      ...buttonsOf(form)["Send"],
      date: "2026-09-26",
      time: "07:00",
    });
    expect(wordsOf(reply)).toContain("You suggested Saturday 26 September, 07:00 (London time)");
    const view = await press("aisyah", "planning.see", { id });
    expect(wordsOf(view)).toContain("Ben Okafor\nsuggests Saturday 26 September, 14:00 (Kuala Lumpur time)");
    const use = buttonsOf(view)["Use this time: Saturday 26 September, 14:00 (Kuala Lumpur time)"];
    const change = await press("aisyah", "planning.use-time", use);
    expect(fields(change)).toEqual({
      date: "2026-09-26",
      time: "14:00",
      minutes: 45,
      form: "in_person",
      place: "Library, room 2",
    });
    await press("aisyah", "planning.save", { ...buttonsOf(change)["Post it"], ...fields(change) });
    expect((await meetingOf()).facts.plan?.at.toString()).toBe("2026-09-26T06:00:00Z");
    // Pressed again on an old card, it is no suggestion to the plan of today.
    await answer("ben", "other_time", 2, { date: "2026-09-29", time: "07:00" });
    expect(wordsOf(await press("aisyah", "planning.use-time", use))).toContain("That suggestion is out of date");
  });

  test.each([
    ["in the past", { date: "2026-09-01", time: "10:00" }, "2026-09-01 is in the past"],
    ["without a day", { date: "", time: "10:00" }, "please choose one"],
    ["that does not exist", { date: "2026-09-31", time: "10:00" }, "is no day in the calendar"],
  ])("with a time %s: a sentence, and what was typed is kept", async (_what, typed, sentence) => {
    const reply = await answer("ben", "other_time", 1, typed);
    expect(wordsOf(reply)).toContain(sentence);
    expect(fields(reply)).toEqual(typed);
    expect(await world.db.select().from(planAnswers)).toEqual([]);
  });

  test("to a plan that has changed: they get the new one, and nothing is counted", async () => {
    await plan("aisyah", monday);
    const reply = await answer("ben", "yes", 1);
    expect(wordsOf(reply)).toContain("The plan has changed since");
    expect(wordsOf(reply)).toContain("Monday 28 September, 10:30");
    expect(buttonsOf(reply)["Yes, I'll come"]).toMatchObject({ plan: 2 });
    expect(await world.db.select().from(planAnswers)).toEqual([]);
  });

  test("to a plan that was called off: they read that", async () => {
    await press("aisyah", "planning.cancel-now", { id: (await meetingOf()).id, plan: 1 });
    const reply = await answer("ben", "yes", 1);
    expect(wordsOf(reply)).toContain("Called off: Induction");
    expect(buttonsOf(reply)).toEqual({});
  });

  test("a mentor who presses yes in the chat gets a friendly sentence", async () => {
    expect(await answer("aisyah", "yes")).toMatchObject({
      kind: "text",
      text: expect.stringContaining("You are the mentor"),
    });
    expect(await world.db.select().from(planAnswers)).toEqual([]);
  });
});

describe("the mentor's own card", () => {
  test("is one card, however often the plan changes", async () => {
    await plan("aisyah");
    await plan("aisyah", monday);
    await plan("aisyah", friday);
    expect(world.outbox.of("planning.mentor-view")).toHaveLength(1);
    expect(wordsOf(await deliver(world.outbox.of("planning.mentor-view")[0]))).toContain(
      "Moved: was Monday 28 September",
    );
  });

  test("Change opens the form with the plan as it is", async () => {
    const saved = await plan("aisyah");
    const form = await press("aisyah", "planning.open", buttonsOf(saved)["Change"]);
    expect(wordsOf(form)).toContain("Change: Induction (Maple)");
    expect(fields(form)).toEqual({ ...friday, minutes: 45 });
    expect(buttonsOf(form)["Post it"]).toMatchObject({ plan: 1 });
  });

  test("Cancel asks once more, then the plan can be made again with the same values", async () => {
    const saved = await plan("aisyah");
    const asked = await press("aisyah", "planning.cancel", buttonsOf(saved)["Cancel it"]);
    expect(wordsOf(asked)).toContain("Cancel Induction?");
    expect((await meetingOf()).planVersion).toBe(1);
    const cancelled = await press("aisyah", "planning.cancel-now", buttonsOf(asked)["Yes, cancel it"]);
    expect(wordsOf(cancelled)).toContain("Called off: Induction");
    const meeting = await meetingOf();
    expect(meeting.facts.plan).toBeNull();
    expect(meeting.planVersion).toBe(2);
    const form = await press("aisyah", "planning.open", buttonsOf(cancelled)["Plan it again"]);
    expect(fields(form)).toEqual({ ...friday, minutes: 45 });
    await press("aisyah", "planning.save", { ...buttonsOf(form)["Post it"], ...fields(form) });
    expect((await meetingOf()).facts.plan?.at.toString()).toBe("2026-09-25T07:00:00Z");
    expect(world.outbox.of("planning.mentor-view")).toHaveLength(2);
  });

  test("Keep it shows the plan, unchanged", async () => {
    const saved = await plan("aisyah");
    const asked = await press("aisyah", "planning.cancel", buttonsOf(saved)["Cancel it"]);
    expect(wordsOf(await press("aisyah", "planning.see", buttonsOf(asked)["Keep it"]))).toContain("Planned: Induction");
  });

  test("before there is a plan, shows a way to one", async () => {
    const seen = await press("aisyah", "planning.see", { id: (await meetingOf()).id });
    expect(wordsOf(seen)).toContain("No date yet: Induction");
    expect(Object.keys(buttonsOf(seen))).toEqual(["Plan it"]);
  });

  test("a cancellation meant for an older plan cancels nothing", async () => {
    const saved = await plan("aisyah");
    await plan("aisyah", monday);
    const reply = await press("aisyah", "planning.cancel-now", buttonsOf(saved)["Cancel it"]);
    expect(wordsOf(reply)).toContain("Nothing was cancelled");
    expect((await meetingOf()).facts.plan).not.toBeNull();
  });

  test("a plan whose time is past is cancelled without telling anybody, and planned anew with another time", async () => {
    const chat = await linkChat();
    await plan("aisyah");
    await deliver(world.outbox.to(chat)[0]);
    world.clock.moveTo("2026-09-28T02:00:00Z");
    const { id } = await meetingOf();
    expect(fields(await press("aisyah", "planning.open", { id }))).toMatchObject({
      date: "2026-10-02",
      time: "12:00",
      minutes: 45,
    });
    await press("aisyah", "planning.cancel-now", { id, plan: 1 });
    expect((await meetingOf()).facts.plan).toBeNull();
    expect(world.outbox.of("planning.called-off-in-chat")).toEqual([]);
  });

  test("of a mentor who was replaced since tells nothing, and is not sent", async () => {
    await plan("aisyah");
    const view = world.outbox.of("planning.mentor-view")[0];
    await deliver(view);
    await world.db
      .update(memberships)
      .set({ isActive: false })
      .where(eq(memberships.person, who("aisyah").id));
    expect(wordsOf(await redraw(view))).not.toContain("Induction");
    expect(await deliver(view)).toBeNull();
  });

  test("reminders stop with a plan and return by themselves when it is called off", async () => {
    const kinds = async () => {
      const rows = await world.db
        .select()
        .from(meetingReminders)
        .where(eq(meetingReminders.person, who("aisyah").id));
      const { id } = await meetingOf();
      return rows.find((row) => row.meeting === id)?.nextKind;
    };
    expect(await kinds()).toBe("opens");
    await plan("aisyah");
    expect(await kinds()).not.toBe("opens");
    await press("aisyah", "planning.cancel-now", { id: (await meetingOf()).id, plan: 1 });
    expect(await kinds()).toBe("opens");
  });
});

describe("whoever may not", () => {
  test.each([
    ["a mentee", "ben"],
    ["a mentor of another group", "farid"],
    ["a mentee of another group", "hana"],
    ["a coordinator", "maya"],
  ] as const)("%s can neither plan, change, cancel nor see who said what", async (_who, name) => {
    await plan("aisyah");
    const { id } = await meetingOf();
    const data = { id, plan: 1, by: who("ben").id, ...monday };
    for (const verb of [
      "planning.open",
      "planning.save",
      "planning.cancel",
      "planning.cancel-now",
      "planning.use-time",
    ]) {
      await expect(press(name, verb, data)).rejects.toBeInstanceOf(NotAllowed);
    }
    if (name !== "ben") {
      await expect(press(name, "planning.see", data)).rejects.toBeInstanceOf(NotAllowed);
      await expect(press(name, "planning.answer", { ...data, answer: "yes" })).rejects.toBeInstanceOf(NotAllowed);
      await expect(press(name, "planning.suggest", data)).rejects.toBeInstanceOf(NotAllowed);
      await expect(press(name, "planning.ask-for-date", data)).rejects.toBeInstanceOf(NotAllowed);
    }
    expect((await meetingOf()).planVersion).toBe(1);
    expect(await world.db.select().from(planAnswers)).toEqual([]);
  });

  test("a former mentor is refused on the card that they still have", async () => {
    const saved = await plan("aisyah");
    await world.db
      .update(memberships)
      .set({ isActive: false })
      .where(eq(memberships.person, who("aisyah").id));
    await expect(press("aisyah", "planning.open", buttonsOf(saved)["Change"])).rejects.toBeInstanceOf(NotAllowed);
    await expect(press("aisyah", "planning.cancel", buttonsOf(saved)["Cancel it"])).rejects.toBeInstanceOf(NotAllowed);
  });

  const verbs = (planning.actions ?? []).map((action) => action.verb).filter((verb) => verb !== "planning.choose");
  const byMentees = ["planning.answer", "planning.suggest", "planning.ask-for-date"];
  const pressForged = (verb: string, data: unknown) => press(byMentees.includes(verb) ? "ben" : "aisyah", verb, data);
  test.each([
    ["no data", undefined],
    ["no id", { plan: 0, answer: "yes" }],
    ["an unknown id", { id: "00000000-0000-7000-8000-00000000dead", plan: 0, answer: "yes" }],
    ["an id that is none", { id: "1' or '1'='1", plan: 0, answer: "yes" }],
    ["a group's id", { id: "00000000-0000-7000-8000-00000000a001", plan: 0, answer: "yes" }],
  ])("a forged card with %s is refused in the same words", async (_what, forged) => {
    for (const verb of verbs) {
      await expect(pressForged(verb, forged), verb).rejects.toThrow("That isn't something you can do here");
    }
  });

  test.each(["newest", -1, 1.5, 1e12, null])("a forged version (%s) is refused", async (version) => {
    await plan("aisyah");
    const { id } = await meetingOf();
    const forged = { id, plan: version, by: who("ben").id, answer: "yes", ...monday };
    for (const verb of ["save", "cancel", "cancel-now", "use-time", "answer", "suggest"]) {
      await expect(pressForged(`planning.${verb}`, forged), verb).rejects.toBeInstanceOf(NotAllowed);
    }
    expect((await meetingOf()).planVersion).toBe(1);
  });

  test("an answer that is none of the three is refused", async () => {
    await plan("aisyah");
    await expect(answer("ben", "perhaps")).rejects.toBeInstanceOf(NotAllowed);
  });
});

describe("the calendar link", () => {
  const entry = async (id: MeetingId | string) => await planning.pages?.[0]?.handle(world.deps, id);

  test("leads to the plan, in the programme's zone, and later to its changes", async () => {
    await plan("aisyah");
    const { id } = await meetingOf();
    const first = await entry(`${id}.people`);
    expect(first).toMatchObject({ sequence: 1, title: "Induction (Maple)", minutes: 45, place: "Library, room 2" });
    expect(first).toMatchObject({ timeZone: "Asia/Kuala_Lumpur", isCancelled: false });
    expect(first?.startsAt.toString()).toBe("2026-09-25T07:00:00Z");
    await plan("aisyah", monday);
    const second = await entry(`${id}.people`);
    expect(second).toMatchObject({ uid: first?.uid, sequence: 2 });
    await press("aisyah", "planning.cancel-now", { id, plan: 2 });
    const third = await entry(`${id}.people`);
    expect(third).toMatchObject({ uid: first?.uid, sequence: 3, isCancelled: true });
    expect(third?.startsAt.toString()).toBe("2026-09-28T02:30:00Z");
  });

  test("of a meeting that was never planned, or is not there, leads nowhere", async () => {
    expect(await entry(`${(await meetingOf()).id}.people`)).toBeNull();
    expect(await entry("00000000-0000-7000-8000-00000000dead.people")).toBeNull();
  });

  test("of a chat that the group has left tells nothing more: an outsider may keep it", async () => {
    const chat = await linkChat();
    await plan("aisyah");
    const { id } = await meetingOf();
    const inChat = `${id}.${chat}`;
    expect(await entry(inChat)).toMatchObject({ sequence: 1 });
    await world.db.update(chats).set({ group: null }).where(eq(chats.id, chat));
    expect(await entry(inChat)).toBeNull();
    expect(await entry(`${id}.people`)).toMatchObject({ sequence: 1 });
  });

  test("is good until thirty days after the end", async () => {
    const signed: string[] = [];
    const links = {
      sign: (page: string, subject: string, until: Temporal.Instant) => {
        signed.push(`${page} ${subject} ${until.toString()}`);
        return "https://waymark.example/x";
      },
    };
    await linkChat();
    await plan("aisyah");
    const post = world.outbox.of("planning.invitation")[0];
    if (post === undefined) throw new Error("nothing was posted");
    await planning.messages?.[0]?.render({ db: world.db, links }, post.ref, post.to, world.clock.now());
    const { id, group } = await meetingOf();
    expect(signed).toEqual([`calendar ${id}.${group.chat ?? ""} 2026-10-25T07:45:00Z`]);
  });
});

describe("a mentee asks for a date", () => {
  test("the mentor hears that somebody would like one, not who", async () => {
    const reply = await say("ben", "ask for a date");
    expect(wordsOf(reply)).toContain("Your name is not told");
    const card = await heardBy("aisyah");
    expect(wordsOf(card)).toContain("Somebody in Maple would like a date for Induction.");
    expect(wordsOf(card)).not.toContain("Ben");
    expect(buttonsOf(card)["Plan it"]).toMatchObject({ id: (await meetingOf()).id });
    const kept = JSON.stringify([world.outbox.messages, await world.db.select().from(noticeRows)]);
    expect(kept).not.toContain(who("ben").id);
  });

  test("at most once a week, however many ask", async () => {
    const { id } = await meetingOf();
    for (const name of ["ben", "chen", "ben", "dalia"] as const) {
      expect(wordsOf(await press(name, "planning.ask-for-date", { id }))).toContain("Thank you for asking");
    }
    expect(await cardsTo("aisyah")).toBe(1);
    for (const _day of ["Tuesday", "Wednesday", "Thursday"]) {
      world.clock.forward({ hours: 24 });
      await press("chen", "planning.ask-for-date", { id });
      expect(await cardsTo("aisyah")).toBe(1);
    }
    world.clock.forward({ hours: 24 * 4 });
    await press("dalia", "planning.ask-for-date", { id });
    expect(await cardsTo("aisyah")).toBe(2);
  });

  test("both mentors hear of it", async () => {
    await press("hana", "planning.ask-for-date", { id: (await meetingOf(world.groups.cedar)).id });
    expect(wordsOf(await heardBy("farid"))).toContain("Somebody in Cedar");
    expect(wordsOf(await heardBy("grace"))).toContain("Somebody in Cedar");
  });

  test("a group's only mentee is told first that the mentor may guess", async () => {
    await world.db
      .update(memberships)
      .set({ isActive: false })
      .where(eq(memberships.person, who("liam").id));
    const asked = await say("kavya", "ask for a date");
    expect(wordsOf(asked)).toContain("you are the only mentee in Birch");
    expect(await cardsTo("farid")).toBe(0);
    await press("kavya", "planning.ask-for-date", buttonsOf(asked)["Ask all the same"]);
    expect(await cardsTo("farid")).toBe(1);
  });

  test("so is the only one of several who has installed the bot, as nobody else can have asked", async () => {
    // Liam, the other mentee of Birch, has not.
    const asked = await say("kavya", "ask for a date");
    expect(wordsOf(asked)).toContain("you are the only mentee who has installed me in Birch");
    expect(wordsOf(asked)).not.toContain("Liam");
    expect(await cardsTo("farid")).toBe(0);
    await press("kavya", "planning.ask-for-date", buttonsOf(asked)["Ask all the same"]);
    expect(await cardsTo("farid")).toBe(1);
  });

  test("when there is a date already, they see it and nobody is troubled", async () => {
    await plan("aisyah");
    const reply = await press("ben", "planning.ask-for-date", { id: (await meetingOf()).id });
    expect(wordsOf(reply)).toContain("There is a date already.");
    expect(wordsOf(reply)).toContain("Friday 25 September");
    expect(await cardsTo("aisyah")).toBe(0);
  });

  test("a wish that a plan has met is not told any more", async () => {
    world.clock.moveTo("2026-09-14T15:00:00Z");
    await say("ben", "ask for a date");
    await plan("aisyah");
    world.clock.moveTo("2026-09-15T02:00:00Z");
    expect(await cardsTo("aisyah")).toBe(0);
  });

  test("on the card that the mentor has already, a plan settles it", async () => {
    await say("ben", "ask for a date");
    await heardBy("aisyah");
    const [message] = noticesTo("aisyah");
    expect(message?.subjects).toContain(`meeting:${(await meetingOf()).id}`);
    await plan("aisyah");
    const card = await redrawNotice(message);
    expect(wordsOf(card)).toContain("That is settled meanwhile");
    expect(buttonsOf(card)).toEqual({});
  });

  test("a mentor who tries is pointed to the word plan", async () => {
    const reply = await press("aisyah", "planning.ask-for-date", { id: (await meetingOf()).id });
    expect(wordsOf(reply)).toContain('write "plan"');
  });

  test("a group without a mentor is pointed to the coordinators", async () => {
    await world.db
      .update(memberships)
      .set({ isActive: false })
      .where(eq(memberships.person, who("aisyah").id));
    expect(wordsOf(await say("ben", "ask for a date"))).toContain('Write "ask"');
  });
});
