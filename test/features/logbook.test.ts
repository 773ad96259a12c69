import { and, asc, eq } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Card } from "../../src/core/card.ts";
import { NotAllowed } from "../../src/core/errors.ts";
import type { Reply } from "../../src/core/feature.ts";
import { as, type ChatId, type EntryId, type MeetingId, type PersonId } from "../../src/core/ids.ts";
import { logbook } from "../../src/features/logbook/bot.ts";
import { entryAnswer } from "../../src/features/logbook/form/cards.ts";
import { asTyped, checkTyped } from "../../src/features/logbook/form/rules.ts";
import {
  countAbout,
  entriesOfProgramme,
  eraseTexts,
  reflectionsOfProgramme,
} from "../../src/features/logbook/records/store.ts";
import { withoutWordsOf } from "../../src/features/logbook/records/rules.ts";
import type { Mentee } from "../../src/features/logbook/rules.ts";
import { saveEntry } from "../../src/features/logbook/saving/store.ts";
import { logbookEntries, logbookVersions, reflections } from "../../src/features/logbook/schema.ts";
import { attendance, meetingReminders, meetings } from "../../src/features/meetings/schema.ts";
import { subjectOf } from "../../src/features/meetings/rules.ts";
import { programmeChanged } from "../../src/features/meetings/service.ts";
import { groups, memberships } from "../../src/features/programme/schema.ts";
import { progress } from "../../src/features/progress/bot.ts";
import { sides } from "../../src/features/sides/bot.ts";
import { buttonsOf, createWorld, wordsOf, type Name, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(async () => {
  await world.reset();
  await programmeChanged(world.db, world.deps.newId, world.programme, world.clock.now());
  world.clock.moveTo("2026-09-21T03:00:00Z"); // Monday 21 September, 11:00 in Kuala Lumpur
});
afterAll(() => world.close());

const who = (name: Name) => world.people[name];
const ids = (...names: Name[]) => names.map((name) => who(name).id);
const ticked = (...names: Name[]) => ids(...names).join(",");

async function meetingOf(group: keyof World["groups"], key = "induction"): Promise<MeetingId> {
  const [row] = await world.db
    .select({ id: meetings.id })
    .from(meetings)
    .where(and(eq(meetings.group, world.groups[group]), eq(meetings.key, key)));
  return row!.id;
}

const filled = {
  version: 0,
  heldOn: "2026-09-18",
  minutes: "45",
  form: "online",
  topics: "exams,well_being",
  summary: "We walked through the timetable.",
  reflection: "I talked too much.",
};

/** What Aisyah sends about the induction of her group, Maple, unless told otherwise. */
async function save(name: Name, change: Record<string, unknown> = {}, id?: MeetingId): Promise<Reply> {
  const all = { id: id ?? (await meetingOf("maple")), ...filled, attended: ticked("ben", "chen", "dalia"), ...change };
  return world.press(logbook, who(name), "logbook.save", all);
}

/** What Farid or Grace sends about the induction of Cedar, which they look after together. */
async function saveCedar(name: Name, change: Record<string, unknown> = {}): Promise<Reply> {
  return save(name, { attended: ticked("hana", "ivan", "jin"), ...change }, await meetingOf("cedar"));
}

const press = (name: Name, verb: string, data: unknown) => world.press(logbook, who(name), verb, data);
const open = async (name: Name, id?: MeetingId) =>
  press(name, "logbook.open", { id: id ?? (await meetingOf("maple")) });

/** The fields of a form and what they hold; null when it is no form. */
function fieldsOf(reply: Reply): Record<string, string | undefined> | null {
  const found: Record<string, string | undefined> = {};
  const look = (part: unknown): void => {
    if (Array.isArray(part)) part.forEach(look);
    else if (typeof part === "object" && part !== null) {
      if ("type" in part && String(part.type).startsWith("Input.") && "id" in part) {
        const value = "value" in part ? part.value : undefined;
        found[String(part.id)] = typeof value === "number" ? String(value) : (value as string | undefined);
      } else Object.values(part).forEach(look);
    }
  };
  look(reply);
  return Object.keys(found).length === 0 ? null : found;
}

function cardOf(reply: Reply): Card {
  if (reply.kind !== "card") throw new Error(`no card, but: ${wordsOf(reply)}`);
  return reply.card;
}

const entries = () => world.db.select().from(logbookEntries).orderBy(asc(logbookEntries.firstSavedAt));
const versions = () => world.db.select().from(logbookVersions).orderBy(asc(logbookVersions.version));

async function statusesOf(meeting: MeetingId): Promise<Record<string, string>> {
  const rows = await world.db.select().from(attendance).where(eq(attendance.meeting, meeting));
  const nameOf = (person: PersonId) => Object.entries(world.people).find(([, { id }]) => id === person)?.[0] ?? person;
  return Object.fromEntries(rows.map((row) => [nameOf(row.person), row.status]));
}

async function change(name: Name, group: keyof World["groups"], set: Partial<typeof memberships.$inferInsert>) {
  const person = eq(memberships.person, who(name).id);
  await world.db
    .update(memberships)
    .set(set)
    .where(and(person, eq(memberships.group, world.groups[group])));
}

async function plan(meeting: MeetingId, at: string, minutes = 30) {
  const planned = { plannedAt: Temporal.Instant.from(at), plannedMinutes: minutes, plannedForm: "in_person" as const };
  await world.db
    .update(meetings)
    .set({ ...planned, planMadeAt: world.clock.now(), planVersion: 1 })
    .where(eq(meetings.id, meeting));
}

describe("which meeting", () => {
  test("a mentor with one open meeting gets its form at once, filled in as far as can be told", async () => {
    const form = await world.say(logbook, who("aisyah"), "log");
    expect(wordsOf(form)).toContain("Log it: Induction with Maple");
    expect(fieldsOf(form)).toEqual({
      heldOn: "2026-09-21",
      minutes: "60",
      form: "",
      attended: ticked("ben", "chen", "dalia"),
      topics: "",
      summary: "",
      reflection: "",
    });
  });

  test("a planned meeting that is over fills the form with its plan", async () => {
    await plan(await meetingOf("maple"), "2026-09-16T07:00:00Z");
    expect(fieldsOf(await open("aisyah"))).toMatchObject({ heldOn: "2026-09-16", minutes: "30", form: "in_person" });
  });

  test("a plan that is still ahead does not make the day a future one", async () => {
    await plan(await meetingOf("maple"), "2026-09-24T07:00:00Z");
    expect(fieldsOf(await open("aisyah"))).toMatchObject({ heldOn: "2026-09-21", minutes: "30" });
  });

  test("a mentor of two groups is asked; what took place as planned comes first, what is logged last", async () => {
    await plan(await meetingOf("birch", "exams-2"), "2026-09-19T07:00:00Z");
    await saveCedar("farid");
    const asked = wordsOf(await press("farid", "logbook.choose", {}));
    const order = ["Exams 2 with Birch", "Induction with Birch", "Exams 1 with Cedar", "Induction with Cedar"];
    expect(order.map((title) => asked.indexOf(title))).toEqual(
      order.map((title) => asked.indexOf(title)).toSorted((a, b) => a - b),
    );
    expect(asked).toContain("Another meeting with Birch");
    expect(wordsOf(await world.say(logbook, who("farid"), "log"))).toContain("Which meeting");
  });

  test("in a group's chat nothing is shown but where to do it", async () => {
    const place = {
      kind: "chat",
      chat: as<ChatId>("00000000-0000-7000-8000-0000000000c1"),
      group: world.groups.maple,
    } as const;
    const id = await meetingOf("maple");
    for (const verb of ["logbook.open", "logbook.edit", "logbook.choose", "logbook.catch-up"]) {
      expect(wordsOf(await world.press(logbook, who("aisyah"), verb, { id }, place))).toContain("our own chat");
    }
    await world.press(logbook, who("aisyah"), "logbook.save", { id, ...filled, attended: ticked("ben") }, place);
    expect(await entries()).toEqual([]);
  });
});

describe("logging a meeting", () => {
  test("a mentor logs a meeting: it is held, who came and who did not is known, and the entry is shown back", async () => {
    const saved = await save("aisyah", { attended: ticked("ben", "dalia") });
    const words = wordsOf(saved);
    for (const said of ["Thank you!", "1 of 5 meetings held", "Friday 18 September", "45 minutes", "Online"]) {
      expect(words).toContain(said);
    }
    for (const said of ["Ben Okafor, Dalia Haddad", "Well-being, Exams", "timetable", "too much"]) {
      expect(words).toContain(said);
    }
    expect(words).toContain("Missed it: Chen Wei");
    expect(words).toContain("until Monday 5 October");

    const id = await meetingOf("maple");
    expect(await statusesOf(id)).toEqual({ ben: "held", chen: "absent", dalia: "held" });
    const [meeting] = await world.db.select().from(meetings).where(eq(meetings.id, id));
    expect(meeting).toMatchObject({ excused: null, takenBy: who("aisyah").id });
    expect(meeting!.heldOn?.toString()).toBe("2026-09-18");
    expect(world.outbox.refreshed).toContain(subjectOf(id));
  });

  test("nobody is reminded of a meeting that is logged", async () => {
    const id = await meetingOf("maple");
    const due = () => world.db.select().from(meetingReminders).where(eq(meetingReminders.meeting, id));
    expect((await due()).some((row) => row.nextAt !== null)).toBe(true);
    await save("aisyah");
    expect((await due()).every((row) => row.nextAt === null)).toBe(true);
  });

  test("a meeting that could not be, and then did take place, is held", async () => {
    const id = await meetingOf("maple");
    await world.db.update(meetings).set({ excused: "exams" }).where(eq(meetings.id, id));
    await save("aisyah");
    const [meeting] = await world.db.select().from(meetings).where(eq(meetings.id, id));
    expect(meeting!.excused).toBeNull();
  });

  test("topics and texts may stay empty", async () => {
    const saved = await save("aisyah", { topics: undefined, summary: undefined, reflection: undefined });
    expect(wordsOf(saved)).toContain("Thank you!");
    expect(await world.db.select().from(reflections)).toEqual([]);
  });

  test("a meeting outside its window can be logged", async () => {
    const saved = await save("aisyah", {}, await meetingOf("maple", "exams-2"));
    expect(wordsOf(saved)).toContain("Thank you! Exams 2");
  });

  test("who joins after the meeting is not listed as missing it, and cannot be ticked", async () => {
    await change("dalia", "maple", { joinedOn: Temporal.PlainDate.from("2026-09-20") });
    expect(wordsOf(await save("aisyah"))).toContain("was not in the group on that day");
    await save("aisyah", { attended: ticked("ben") });
    expect(await statusesOf(await meetingOf("maple"))).toEqual({ ben: "held", chen: "absent" });
  });

  test("who left the group since can still be ticked for a meeting before that", async () => {
    await change("dalia", "maple", { isActive: false, leftOn: Temporal.PlainDate.from("2026-09-20") });
    const form = await open("aisyah");
    expect(wordsOf(form)).toContain("Dalia Haddad (in the group until Sunday 20 September)");
    expect(fieldsOf(form)).toMatchObject({ attended: ticked("ben", "chen") });
    await save("aisyah");
    expect(await statusesOf(await meetingOf("maple"))).toMatchObject({ dalia: "held" });
  });

  test("today is today where the mentor is", async () => {
    world.clock.moveTo("2026-09-21T17:00:00Z"); // already Tuesday in Kuala Lumpur
    expect(wordsOf(await save("aisyah", { heldOn: "2026-09-22" }))).toContain("Thank you!");
  });
});

describe("what is wrong is said beside its field, and nothing typed is lost", () => {
  const long = "x".repeat(50_000);
  test.each([
    ["a day that is still to come", { heldOn: "2026-09-22" }, "still to come"],
    ["a day before the programme's year", { heldOn: "2026-09-06" }, "before the programme's year"],
    ["a day that does not exist", { heldOn: "2026-02-30" }, "no day in the calendar"],
    ["a day in words", { heldOn: "last Friday" }, "no day in the calendar"],
    ["no day", { heldOn: "" }, "on which day"],
    ["0 minutes", { minutes: "0" }, "very short"],
    ["-5 minutes", { minutes: "-5" }, "very short"],
    ["10,000 minutes", { minutes: "10000" }, "very long"],
    ["minutes in words", { minutes: "an hour" }, "how many minutes"],
    ["no minutes", { minutes: undefined }, "how many minutes"],
    ["no form", { form: "" }, "choose how you met"],
    ["an unknown form", { form: "by post" }, "choose how you met"],
    ["an unknown topic", { topics: "exams,gossip" }, "not on the list"],
    ["50,000 characters of summary", { summary: long }, "longer than 2000"],
    ["50,000 characters of reflection", { reflection: long }, "longer than 2000"],
    ["somebody of another group", { attended: "00000000-0000-7000-8000-000000000007" }, "not a mentee of this group"],
    ["somebody made up", { attended: "everybody" }, "not a mentee of this group"],
  ])("%s", async (_what, wrong, said) => {
    const reply = await save("aisyah", wrong);
    expect(wordsOf(reply)).toContain(said);
    const { version: _version, ...typed } = { ...filled, attended: ticked("ben", "chen", "dalia"), ...wrong };
    const kept = fieldsOf(reply);
    for (const [field, value] of Object.entries(typed)) {
      // A number field cannot hold words.
      if (!(field === "minutes" && value === "an hour")) expect(kept?.[field] ?? "").toBe(value ?? "");
    }
    expect(await entries()).toEqual([]);
  });

  test("everything wrong is said at once", async () => {
    const words = wordsOf(await save("aisyah", { heldOn: "2027-01-01", minutes: "1", form: "x", attended: "" }));
    expect(words.match(/Please check/g)).toHaveLength(4);
  });

  test("a mentor to whom nobody came is offered to say that it could not be", async () => {
    const reply = await save("aisyah", { attended: "" });
    expect(wordsOf(reply)).toContain("If nobody could");
    expect(buttonsOf(reply)["It could not be"]).toMatchObject({ verb: "meetings.excuse-form" });
    expect(await entries()).toEqual([]);
  });

  test("what no text can hold is left out, markup stays text", async () => {
    const summary = 'a\u0000b \ud800 [x](https://evil.example) <at>all</at> "q" ';
    await save("aisyah", { summary });
    expect((await entries())[0]!.summary).toBe('ab \ufffd [x](https://evil.example) <at>all</at> "q"');
    expect(wordsOf(await open("aisyah"))).not.toContain("](https");
    expect(fieldsOf(await save("aisyah", { summary }))).toBeNull();
  });
});

describe("one entry a meeting", () => {
  test("the same form sent twice makes one entry and shows the same card", async () => {
    const first = await save("aisyah");
    const second = await save("aisyah");
    expect(cardOf(second)).toEqual(cardOf(first));
    expect(await entries()).toHaveLength(1);
    expect(await versions()).toHaveLength(1);
  });

  test("the same form sent twice in one moment makes one entry", async () => {
    const both = await Promise.all([save("aisyah"), save("aisyah")]);
    expect(cardOf(both[1])).toEqual(cardOf(both[0]));
    expect(await versions()).toHaveLength(1);
  });

  test("two mentors who log in one moment: one is saved, the other is told, nothing typed is lost", async () => {
    const replies = await Promise.all([
      saveCedar("farid", { summary: "Farid's words", minutes: "30" }),
      saveCedar("grace", { summary: "Grace's words", minutes: "50" }),
    ]);
    const told = replies.filter((reply) => fieldsOf(reply) !== null);
    expect(told).toHaveLength(1);
    expect(wordsOf(told[0]!)).toContain("Farid's words");
    expect(wordsOf(told[0]!)).toContain("Grace's words");
    expect(await versions()).toHaveLength(1);
  });

  test("a mentor who saves a second time from another device is told what changed, and keeps both", async () => {
    await save("aisyah");
    const reply = await save("aisyah", { minutes: "90", summary: "Typed on the phone" });
    const words = wordsOf(reply);
    expect(words).toContain("You saved this on another device");
    expect(words).toContain("how long, in minutes, what we did");
    expect(words).toContain("Saved now: 45");
    expect(words).toContain("Saved now: We walked through the timetable.");
    expect(fieldsOf(reply)).toMatchObject({ minutes: "90", summary: "Typed on the phone" });
    expect((await entries())[0]).toMatchObject({ version: 1, minutes: 45 });

    const again = await save("aisyah", { ...buttonsOf(reply)["Save"], minutes: "90", summary: "Typed on the phone" });
    expect(wordsOf(again)).toContain("Saved");
    expect((await entries())[0]).toMatchObject({ version: 2, minutes: 90, summary: "Typed on the phone" });
  });

  test("an empty field of an old card does not ask to delete what is saved", async () => {
    await save("aisyah");
    const reply = await save("aisyah", { minutes: "50", summary: "", reflection: "" });
    expect(fieldsOf(reply)).toMatchObject({ summary: filled.summary, reflection: filled.reflection, minutes: "50" });
  });

  test("an old forwarded card, filled in by the co-mentor, is told who saved it and what", async () => {
    await saveCedar("farid");
    const reply = await saveCedar("grace", { heldOn: "2026-09-17", attended: ticked("hana"), reflection: "" });
    const words = wordsOf(reply);
    expect(words).toContain("Farid Yusof saved this");
    expect(words).toContain("held on, who came");
    expect(words).toContain("Saved now: Hana Sato, Ivan Petrov, Jin Park");
    expect(words).not.toContain(filled.reflection);
    expect((await entries())[0]).toMatchObject({ version: 1, mentor: who("farid").id });
  });

  test("what the co-mentor changed and this mentor did not touch is taken over into the form", async () => {
    await saveCedar("farid");
    await saveCedar("grace", { version: 1, minutes: "90", reflection: "" });
    const reply = await saveCedar("farid", { version: 1, summary: "Farid adds a line" });
    expect(wordsOf(reply)).toContain("Grace Lim saved this");
    expect(wordsOf(reply)).toContain("It differs in: how long, in minutes.");
    expect(fieldsOf(reply)).toMatchObject({ minutes: "90", summary: "Farid adds a line" });
    expect(buttonsOf(reply)["Save"]).toMatchObject({ version: 2 });
  });

  test("a co-mentor who logs the same adds a reflection of their own without a word about a change", async () => {
    await saveCedar("farid");
    expect(wordsOf(await saveCedar("grace", { reflection: "Grace's thoughts" }))).toContain("Saved");
    const rows = await world.db.select().from(reflections);
    expect(rows.map(({ mentor, text }) => [mentor, text])).toEqual(
      expect.arrayContaining([
        [who("farid").id, filled.reflection],
        [who("grace").id, "Grace's thoughts"],
      ]),
    );
    // Nor does that stand in the way of Farid's older form.
    expect(wordsOf(await saveCedar("farid", { version: 1, minutes: "50" }))).toContain("Saved");
    expect((await entries())[0]).toMatchObject({ version: 3, minutes: 50 });
  });

  test("a reflection written on another device is not overwritten unseen", async () => {
    await save("aisyah");
    await save("aisyah", { version: 1, reflection: "Second thoughts" });
    const reply = await save("aisyah", { version: 1, reflection: "Third thoughts" });
    expect(wordsOf(reply)).toContain("Saved now: Second thoughts");
    expect(fieldsOf(reply)).toMatchObject({ reflection: "Third thoughts" });
  });

  test("a version that never was is no way round", async () => {
    await save("aisyah");
    for (const version of [7, -1, "abc", 1e30]) {
      expect(wordsOf(await save("aisyah", { version, minutes: "90" }))).toContain("since you opened the form");
    }
    expect((await entries())[0]).toMatchObject({ version: 1, minutes: 45 });
  });

  test("when somebody saves in between, nothing at all is written", async () => {
    await save("aisyah", { attended: ticked("ben") });
    const id = await meetingOf("maple");
    const [entry] = await entries();
    const saving = {
      meeting: id,
      catchUpFor: null,
      mentor: who("aisyah").id,
      entry: { ...entry!, heldOn: Temporal.PlainDate.from("2026-09-10"), minutes: 99, attended: ids("chen") },
      reflection: "Other thoughts",
      newEntry: as<EntryId>(world.deps.newId()),
      attendance: new Map([[who("chen").id, "held" as const]]),
    };
    const now = world.clock.now();
    expect(await saveEntry(world.db, { ...saving, onTopOf: null }, now)).toBe(false);
    expect(await saveEntry(world.db, { ...saving, onTopOf: { id: entry!.id, version: 4 } }, now)).toBe(false);
    expect(await entries()).toEqual([entry]);
    expect(await versions()).toHaveLength(1);
    expect(await statusesOf(id)).toEqual({ ben: "held", chen: "absent", dalia: "absent" });
    expect((await world.db.select().from(reflections))[0]!.text).toBe(filled.reflection);
    const [meeting] = await world.db.select().from(meetings).where(eq(meetings.id, id));
    expect(meeting!.heldOn?.toString()).toBe("2026-09-18");
  });
});

describe("changing an entry", () => {
  test("a mentor changes an entry; every version is kept", async () => {
    await save("aisyah");
    const id = await meetingOf("maple");
    const form = await press("aisyah", "logbook.edit", buttonsOf(await open("aisyah"))["Edit"]);
    expect(fieldsOf(form)).toMatchObject({ minutes: "45", topics: "well_being,exams", summary: filled.summary });
    const saved = await save("aisyah", { ...buttonsOf(form)["Save"], minutes: "50", attended: ticked("chen") });
    expect(wordsOf(saved)).toContain("50 minutes");
    expect(wordsOf(saved)).not.toContain("Thank you");
    expect((await versions()).map(({ version, minutes }) => [version, minutes])).toEqual([
      [1, 45],
      [2, 50],
    ]);
    expect(await statusesOf(id)).toEqual({ ben: "absent", chen: "held", dalia: "absent" });
  });

  test("a corrected day takes those off the list who had not joined by then", async () => {
    await change("dalia", "maple", { joinedOn: Temporal.PlainDate.from("2026-09-16") });
    await save("aisyah", { attended: ticked("ben") });
    expect(await statusesOf(await meetingOf("maple"))).toMatchObject({ dalia: "absent" });
    await save("aisyah", { version: 1, attended: ticked("ben"), heldOn: "2026-09-15" });
    expect(await statusesOf(await meetingOf("maple"))).toEqual({ ben: "held", chen: "absent" });
  });

  test("a mentor can take a reflection back", async () => {
    await save("aisyah");
    await save("aisyah", { version: 1, reflection: "" });
    expect(wordsOf(await open("aisyah"))).not.toContain("too much");
  });

  test("after 14 days the entry is only shown, and what was typed is given back", async () => {
    await save("aisyah");
    world.clock.forward({ hours: 24 * 14 - 1 });
    expect(wordsOf(await save("aisyah", { version: 1, minutes: "50" }))).toContain("Saved");
    world.clock.forward({ hours: 1 });
    const shown = await open("aisyah");
    expect(wordsOf(shown)).toContain("ask a coordinator");
    expect(buttonsOf(shown)).not.toHaveProperty("Edit");
    expect(fieldsOf(await press("aisyah", "logbook.edit", { id: await meetingOf("maple") }))).toBeNull();
    const late = wordsOf(await save("aisyah", { version: 2, minutes: "55", summary: "Too late" }));
    expect(late).toContain("not saved");
    expect(late).toContain("Too late");
    expect((await entries())[0]).toMatchObject({ version: 2, minutes: 50 });
  });
});

describe("a further meeting", () => {
  test("is added to the group's with the first save, once", async () => {
    const form = await press("aisyah", "logbook.extra", { group: world.groups.maple });
    const data = { ...buttonsOf(form)["Save"], ...filled, attended: ticked("ben") };
    const before = await world.db.select().from(meetings);
    expect(wordsOf(await press("aisyah", "logbook.save", { ...data, minutes: "0" }))).toContain("very short");
    expect(await world.db.select().from(meetings)).toHaveLength(before.length);

    const saved = await press("aisyah", "logbook.save", data);
    expect(wordsOf(saved)).toContain("0 of 5 meetings held, and this one on top");
    expect(cardOf(await press("aisyah", "logbook.save", data))).toEqual(cardOf(saved));
    expect(await world.db.select().from(meetings)).toHaveLength(before.length + 1);
    expect(await entries()).toHaveLength(1);
  });

  test("two of them in one moment are two", async () => {
    const forms = [await press("aisyah", "logbook.extra", { group: world.groups.maple })];
    forms.push(await press("aisyah", "logbook.extra", { group: world.groups.maple }));
    const sent = forms.map((form) => ({ ...buttonsOf(form)["Save"], ...filled, attended: ticked("ben") }));
    const replies = await Promise.all(sent.map((data) => press("aisyah", "logbook.save", data)));
    for (const reply of replies) expect(wordsOf(reply)).toContain("Thank you!");
    expect(await entries()).toHaveLength(2);
  });

  test("cannot be added to somebody else's group", async () => {
    await expect(press("aisyah", "logbook.extra", { group: world.groups.cedar })).rejects.toThrow(NotAllowed);
    const id = as<MeetingId>("00000000-0000-7000-8000-00000000eeee");
    await expect(save("aisyah", { group: world.groups.cedar }, id)).rejects.toThrow(NotAllowed);
    // Nor does naming one's own group open another group's meeting.
    await expect(save("aisyah", { group: world.groups.maple }, await meetingOf("cedar"))).rejects.toThrow(NotAllowed);
  });
});

describe("a catch-up", () => {
  const catchUp = async (change: Record<string, unknown> = {}) =>
    save("aisyah", { person: who("chen").id, heldOn: "2026-09-20", minutes: "20", attended: undefined, ...change });

  test("with who missed it fills their cell, with an entry of its own", async () => {
    const saved = await save("aisyah", { attended: ticked("ben", "dalia") });
    const form = await press("aisyah", "logbook.catch-up", buttonsOf(saved)["Add a catch-up with Chen Wei"]);
    expect(Object.keys(fieldsOf(form)!)).toEqual(["heldOn", "minutes", "form", "topics", "summary"]);
    expect(buttonsOf(form)["Save"]).toMatchObject({ person: who("chen").id, version: 0 });
    const done = await catchUp({ summary: "A walk with Chen" });
    expect(wordsOf(done)).toContain("Chen Wei has caught up");
    expect(cardOf(await catchUp({ summary: "A walk with Chen" }))).toEqual(cardOf(done));
    expect(await statusesOf(await meetingOf("maple"))).toEqual({ ben: "held", chen: "held", dalia: "held" });
    expect(await entries()).toHaveLength(2);
    const entry = wordsOf(await open("aisyah"));
    expect(entry).toContain("Chen Wei, Sunday 20 September");
    expect(entry).not.toContain("Missed it");
    const [meeting] = await world.db
      .select()
      .from(meetings)
      .where(eq(meetings.id, await meetingOf("maple")));
    expect(meeting!.heldOn?.toString()).toBe("2026-09-18");
  });

  test("stays when the meeting's entry is changed", async () => {
    await save("aisyah", { attended: ticked("ben", "dalia") });
    await catchUp();
    await save("aisyah", { version: 1, attended: ticked("ben") });
    expect(await statusesOf(await meetingOf("maple"))).toEqual({ ben: "held", chen: "held", dalia: "absent" });
  });

  test("can be changed like any entry, and keeps its history", async () => {
    await save("aisyah", { attended: ticked("ben", "dalia") });
    await catchUp();
    const id = await meetingOf("maple");
    const form = await press("aisyah", "logbook.edit", { id, person: who("chen").id });
    expect(fieldsOf(form)).toMatchObject({ minutes: "20" });
    expect(wordsOf(await catchUp({ version: 1, minutes: "25" }))).toContain("25 minutes");
    expect(wordsOf(await catchUp({ version: 1, minutes: "15" }))).toContain("since you opened the form");
  });

  test("comes after the meeting, and is not for who was there", async () => {
    expect(wordsOf(await catchUp())).toContain("Log the meeting itself first");
    await save("aisyah");
    expect(wordsOf(await catchUp())).toContain("were there");
    expect(await entries()).toHaveLength(1);
  });

  test("is not for somebody of another group, nor for nobody", async () => {
    await save("aisyah");
    await expect(catchUp({ person: who("hana").id })).rejects.toThrow(NotAllowed);
    await expect(catchUp({ person: "chen" })).rejects.toThrow(NotAllowed);
  });
});

describe("who may do what", () => {
  test.each<[string, Name]>([
    ["a mentee of the group", "ben"],
    ["a mentor of another group", "grace"],
    ["a coordinator", "maya"],
  ])("%s can neither open nor save, and learns nothing", async (_who, name) => {
    await save("aisyah");
    const id = await meetingOf("maple");
    for (const verb of ["logbook.open", "logbook.edit", "logbook.catch-up"]) {
      await expect(press(name, verb, { id, person: null })).rejects.toThrow(NotAllowed);
    }
    await expect(save(name, { version: 1, minutes: "90" })).rejects.toThrow(NotAllowed);
    expect((await entries())[0]).toMatchObject({ version: 1, minutes: 45 });
  });

  test("forged ids are refused like meetings of others", async () => {
    for (const id of ["", "1", "'; drop table people", "00000000-0000-7000-8000-00000000eeee", null, {}, ["x"]]) {
      for (const verb of ["logbook.open", "logbook.edit", "logbook.save", "logbook.catch-up", "logbook.read"]) {
        await expect(press("aisyah", verb, { ...filled, id, attended: "" })).rejects.toThrow(NotAllowed);
      }
    }
    for (const data of [null, undefined, "x", 1, []]) {
      await expect(press("aisyah", "logbook.save", data)).rejects.toThrow(NotAllowed);
    }
  });

  test("a former mentor, and a mentor of a group that is no more, is refused", async () => {
    await change("aisyah", "maple", { isActive: false });
    await expect(save("aisyah")).rejects.toThrow(NotAllowed);
    await change("aisyah", "maple", { isActive: true });
    await world.db.update(groups).set({ isActive: false }).where(eq(groups.id, world.groups.maple));
    await expect(save("aisyah")).rejects.toThrow(NotAllowed);
  });

  test("a co-mentor reads what was done, not the reflection", async () => {
    await saveCedar("farid");
    const words = wordsOf(await open("grace", await meetingOf("cedar")));
    expect(words).toContain("timetable");
    expect(words).not.toContain("too much");
    const form = await press("grace", "logbook.edit", { id: await meetingOf("cedar") });
    expect(wordsOf(form)).not.toContain("too much");
  });

  async function succeed(): Promise<MeetingId> {
    await save("aisyah", { attended: ticked("ben", "dalia") });
    await change("aisyah", "maple", { isActive: false, leftOn: Temporal.PlainDate.from("2026-09-25") });
    await world.db.insert(memberships).values({
      id: world.deps.newId(),
      person: who("grace").id,
      programme: world.programme,
      group: world.groups.maple,
      role: "mentor",
      joinedOn: Temporal.PlainDate.from("2026-09-25"),
    });
    world.clock.moveTo("2026-09-28T03:00:00Z");
    return meetingOf("maple");
  }

  test("a successor sees dates and attendance of earlier meetings, not what was written, and cannot change it", async () => {
    const id = await succeed();
    const shown = await open("grace", id);
    const words = wordsOf(shown);
    for (const said of ["Friday 18 September", "Ben Okafor, Dalia Haddad", "Aisyah Rahman"])
      expect(words).toContain(said);
    for (const hidden of ["timetable", "too much", "Exams"]) expect(words).not.toContain(hidden);
    expect(buttonsOf(shown)).not.toHaveProperty("Edit");
    for (const reply of [await press("grace", "logbook.edit", { id }), await save("grace", { minutes: "90" })]) {
      expect(wordsOf(reply)).not.toContain("timetable");
      expect(fieldsOf(reply)).toBeNull();
    }
    expect((await entries())[0]).toMatchObject({ version: 1, minutes: 45 });
  });

  test("a successor can still catch up with who missed it", async () => {
    const id = await succeed();
    const reply = await save("grace", { person: who("chen").id, heldOn: "2026-09-27", summary: "With Chen" }, id);
    expect(wordsOf(reply)).toContain("has caught up");
    expect(wordsOf(reply)).toContain("With Chen");
  });

  test("a co-mentor who stays goes on reading what the other wrote", async () => {
    await saveCedar("farid");
    await change("farid", "cedar", { isActive: false });
    expect(wordsOf(await open("grace", await meetingOf("cedar")))).toContain("timetable");
  });
});

describe("a mentee who asks to read it", () => {
  test("reads what was done when they came, without the reflection", async () => {
    await save("aisyah", { attended: ticked("ben") });
    const words = wordsOf(await press("ben", "logbook.read", { id: await meetingOf("maple") }));
    for (const said of ["Friday 18 September", "45 minutes", "Well-being, Exams", "timetable"])
      expect(words).toContain(said);
    expect(words).not.toContain("too much");
  });

  test("who did not come reads their own catch-up only", async () => {
    await save("aisyah", { attended: ticked("ben") });
    const id = await meetingOf("maple");
    expect(wordsOf(await press("chen", "logbook.read", { id }))).toContain("nothing written down");
    await save("aisyah", { person: who("chen").id, heldOn: "2026-09-20", summary: "A walk with Chen" });
    const words = wordsOf(await press("chen", "logbook.read", { id }));
    expect(words).toContain("A walk with Chen");
    expect(words).not.toContain("timetable");
    expect(wordsOf(await press("ben", "logbook.read", { id }))).not.toContain("A walk");
  });

  test("their list of meetings offers what was done at those that they were at, a catch-up included", async () => {
    const offered = async (name: Name) => {
      const part = buttonsOf(await world.say(progress, who(name), "meetings"))["Induction: my part"];
      return part === undefined ? {} : buttonsOf(await world.press(sides, who(name), "sides.open", part));
    };
    await save("aisyah", { attended: ticked("ben", "dalia") });
    const button = (await offered("ben"))["What we did"];
    expect(button).toMatchObject({ verb: "logbook.read", id: await meetingOf("maple") });
    expect(wordsOf(await press("ben", "logbook.read", button))).toContain(filled.summary);
    expect(await offered("chen")).not.toHaveProperty("What we did");
    await save("aisyah", { person: who("chen").id, heldOn: "2026-09-20", summary: "Caught up.", reflection: "" });
    const own = (await offered("chen"))["What we did"];
    expect(wordsOf(await press("chen", "logbook.read", own))).toContain("Caught up.");
    const chat = as<ChatId>("00000000-0000-7000-8000-0000000000c1");
    const inChat = await world.say(progress, who("ben"), "meetings", { kind: "chat", chat, group: world.groups.maple });
    expect(wordsOf(inChat)).not.toContain("What we did");
  });

  test("mentees of other groups, former ones, mentors and coordinators are refused", async () => {
    await save("aisyah");
    const id = await meetingOf("maple");
    for (const name of ["hana", "aisyah", "maya"] as const) {
      await expect(press(name, "logbook.read", { id })).rejects.toThrow(NotAllowed);
    }
    await change("ben", "maple", { isActive: false });
    await expect(press("ben", "logbook.read", { id })).rejects.toThrow(NotAllowed);
  });
});

describe("what others read of the logbook", () => {
  test("the export has the newest version of each entry, people by e-mail", async () => {
    await save("aisyah", { attended: ticked("ben", "dalia") });
    await save("aisyah", { version: 1, minutes: "50", attended: ticked("ben", "dalia") });
    await save("aisyah", { person: who("chen").id, heldOn: "2026-09-20", reflection: "" });
    const rows = await entriesOfProgramme(world.db, world.programme);
    expect(rows.map(({ heldOn, savedAt: _savedAt, ...row }) => ({ ...row, heldOn: heldOn.toString() }))).toEqual([
      {
        group: "Maple",
        meeting: "induction",
        isCatchUp: false,
        mentor: "aisyah@students.example",
        heldOn: "2026-09-18",
        minutes: 50,
        form: "online",
        attended: ["ben@students.example", "dalia@students.example"],
        topics: ["well_being", "exams"],
        summary: filled.summary,
        version: 2,
      },
      expect.objectContaining({
        isCatchUp: true,
        heldOn: "2026-09-20",
        attended: ["chen@students.example"],
        version: 1,
      }),
    ]);
    expect(await reflectionsOfProgramme(world.db, world.programme)).toMatchObject([
      { group: "Maple", meeting: "induction", mentor: "aisyah@students.example", reflection: filled.reflection },
    ]);
  });

  test("what somebody saved, wrote, came to and missed is counted", async () => {
    await saveCedar("farid", { attended: ticked("hana", "ivan") });
    const of = (name: Name) => countAbout(world.db, who(name).id);
    expect(await of("farid")).toEqual({ entries: 1, reflections: 1, held: 0, missed: 0 });
    expect(await of("hana")).toEqual({ entries: 0, reflections: 0, held: 1, missed: 0 });
    expect(await of("jin")).toEqual({ entries: 0, reflections: 0, held: 0, missed: 1 });
  });

  test("when a mentor is erased their words go, what was counted stays, and a co-mentor's words too", async () => {
    await saveCedar("farid");
    await saveCedar("grace", { version: 1, minutes: "50", reflection: "Grace's thoughts" });
    await saveCedar("grace", { version: 2, minutes: "50", summary: "Grace's words", reflection: "Grace's thoughts" });
    await eraseTexts(world.db, who("farid").id);
    expect((await versions()).map(({ summary, minutes }) => [summary, minutes])).toEqual([
      ["", 45],
      ["", 50],
      ["Grace's words", 50],
    ]);
    expect((await entries())[0]).toMatchObject({ summary: "Grace's words", minutes: 50 });
    const texts = (await world.db.select().from(reflections)).map(({ text }) => text);
    expect(texts.toSorted()).toEqual(["", "Grace's thoughts"]);
    expect(await statusesOf(await meetingOf("cedar"))).toEqual({ hana: "held", ivan: "held", jin: "held" });
  });
});

describe("a mentor who is erased, in entries shared with a co-mentor", () => {
  const [farid, grace] = [as<PersonId>("farid"), as<PersonId>("grace")];
  const said = (...versions: readonly (readonly [PersonId, string])[]) =>
    versions.map(([mentor, summary], index) => ({ version: index + 1, mentor, summary }));
  /** The words of the newest version. */
  const left = (...versions: readonly (readonly [PersonId, string])[]) =>
    withoutWordsOf(farid, said(...versions)).get(versions.length) ?? versions.at(-1)?.[1];

  test.each<[string, string, readonly (readonly [PersonId, string])[]]>([
    [
      "their sentence goes where a co-mentor added one",
      "Also the library.",
      [
        [farid, "Hana's exams worry her."],
        [grace, "Hana's exams worry her. Also the library."],
      ],
    ],
    [
      "also before, and in the midst",
      "First a walk. Also the library.",
      [
        [farid, "Hana's exams worry her."],
        [grace, "First a walk. Hana's exams worry her. Also the library."],
      ],
    ],
    [
      "also when nobody ended it with a full stop",
      "and also the library",
      [
        [farid, "Hana's exams worry her"],
        [grace, "Hana's exams worry her and also the library"],
      ],
    ],
    [
      "also on a line of its own, in other capitals",
      "The library.",
      [
        [farid, "hana's exams worry her"],
        [grace, "The library.\nHana's exams worry her."],
      ],
    ],
    [
      "also when it came later",
      "The library.",
      [
        [grace, "The library."],
        [farid, "The library. Hana's exams worry her."],
        [grace, "The library. Hana's exams worry her!"],
      ],
    ],
    [
      "a co-mentor's sentence stays, though they saved it last",
      "The library.",
      [
        [grace, "The library."],
        [farid, "The library."],
      ],
    ],
    [
      "one that a co-mentor has reworded stays",
      "Exams are a worry.",
      [
        [farid, "Hana's exams worry her."],
        [grace, "Exams are a worry."],
      ],
    ],
    [
      "two words do not reach into others' sentences",
      "We met at noon.",
      [
        [farid, "We met"],
        [grace, "We met at noon."],
      ],
    ],
    [
      "odd signs in it are only signs",
      "Yes.",
      [
        [farid, "Is it (really) a+b * c?"],
        [grace, "Is it (really) a+b * c? Yes."],
      ],
    ],
  ])("%s", (_what, expected, versions) => {
    expect(left(...versions)).toBe(expected);
  });

  test("is gone from every version, the entry itself and the count says of how many", async () => {
    await saveCedar("farid", { summary: "Hana's exams worry her." });
    await saveCedar("grace", { version: 1, summary: "Hana's exams worry her. Also the library.", reflection: "" });
    expect(await eraseTexts(world.db, who("farid").id)).toBe(1);
    expect((await versions()).map(({ summary }) => summary)).toEqual(["", "Also the library."]);
    expect((await entries())[0]).toMatchObject({ summary: "Also the library.", version: 2 });
    expect(await eraseTexts(world.db, who("jin").id)).toBe(0);
  });

  test("nothing of theirs is left of any text, whoever saved it again and added to it", () => {
    const word = fc.stringMatching(/^[a-z]{1,6}$/);
    const sentence = fc.array(word, { minLength: 3, maxLength: 8 }).map((words) => `${words.join(" ")}.`);
    fc.assert(
      fc.property(fc.uniqueArray(sentence, { minLength: 1, maxLength: 6 }), fc.array(fc.boolean()), (all, picks) => {
        const [theirs, others] = [all.filter((_, at) => picks[at] === true), all.filter((_, at) => picks[at] !== true)];
        // Whose words lie within whose cannot be told apart.
        fc.pre(
          !theirs.some((one) =>
            others.some((other) => one.includes(other.slice(0, -1)) || other.includes(one.slice(0, -1))),
          ),
        );
        const kept = left([farid, theirs.join(" ")], [grace, all.join(" ")]);
        expect(kept).toBe(others.join(" "));
      }),
    );
  });
});

describe("whatever a form sends", () => {
  const mentees: readonly Mentee[] = ["a1", "b2", "c3"].map((name, index) => ({
    person: as<PersonId>(`00000000-0000-7000-8000-0000000000${name}`),
    name,
    joinedOn: Temporal.PlainDate.from("2026-09-07").add({ days: index * 10 }),
    leftOn: null,
    isActive: true,
    status: null,
    caughtUpOn: null,
  }));
  const circumstances = {
    today: Temporal.PlainDate.from("2026-11-01"),
    yearStarts: Temporal.PlainDate.from("2026-09-07"),
    mentees,
    catchUpFor: null,
  };
  const id = "00000000-0000-7000-8000-00000000aaaa";
  const oneOf = (...values: string[]) => fc.oneof(fc.constantFrom(...values), fc.string({ maxLength: 30 }));
  const ticks = fc.uniqueArray(fc.constantFrom(...mentees.map(({ person }) => person as string), "x", " ")).map(String);
  const form = fc.record(
    {
      heldOn: oneOf("2026-10-10", "2026-09-07", "2026-09-06", "2026-11-01", "2026-11-02", "2026-13-01"),
      minutes: fc.oneof(
        fc.integer({ min: -10, max: 11_000 }),
        fc.integer({ min: 0, max: 700 }).map(String),
        fc.string(),
      ),
      form: oneOf("online", "in_person", "both"),
      attended: fc.oneof(ticks, fc.anything()),
      topics: fc.oneof(fc.constantFrom("exams", "exams,other", "exams,nothing", ""), fc.anything()),
      summary: fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("y".repeat(2000), "y".repeat(2001))),
      reflection: fc.anything(),
    },
    { requiredKeys: [] },
  );

  test("it is either sound, and stays as it is when shown and sent again, or has a sentence beside a field", () => {
    fc.assert(
      fc.property(form, (sent) => {
        const answer = entryAnswer.parse({ id, version: 0, ...sent });
        const checked = checkTyped(answer, circumstances);
        if (!checked.ok) return Object.values(checked.problems).length > 0;
        const { entry, reflection } = checked;
        expect(entry.minutes).toBeGreaterThanOrEqual(5);
        expect(entry.minutes).toBeLessThanOrEqual(600);
        expect(entry.attended.length).toBeGreaterThan(0);
        expect(Temporal.PlainDate.compare(entry.heldOn, circumstances.today)).toBeLessThanOrEqual(0);
        expect(Math.max(entry.summary.length, reflection.length)).toBeLessThanOrEqual(2000);
        expect(entry.summary).not.toContain("\u0000");
        for (const came of mentees.filter(({ person }) => entry.attended.includes(person))) {
          expect(Temporal.PlainDate.compare(came.joinedOn, entry.heldOn)).toBeLessThanOrEqual(0);
        }
        const again = entryAnswer.parse({ id, version: 1, ...asTyped(entry, reflection) });
        expect(checkTyped(again, circumstances)).toEqual(checked);
        return true;
      }),
      { numRuns: 2000 },
    );
  });
});
