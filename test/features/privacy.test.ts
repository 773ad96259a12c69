import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { as } from "../../src/core/ids.ts";
import type { EntryId, MeetingId, ProgrammeId } from "../../src/core/ids.ts";
import { createFlags } from "../../src/features/flags/bot.ts";
import { logbookEntries, logbookVersions, reflections } from "../../src/features/logbook/schema.ts";
import { attendance, meetings } from "../../src/features/meetings/schema.ts";
import { notices } from "../../src/features/notices/schema.ts";
import { planAnswers, planVersions } from "../../src/features/planning/schema.ts";
import { privacy } from "../../src/features/privacy/bot.ts";
import { erasePerson } from "../../src/features/privacy/service.ts";
import { auditLog, contacts, memberships, people } from "../../src/features/programme/schema.ts";
import { roster } from "../../src/features/programme/service.ts";
import { loadGroup } from "../../src/features/programme/store.ts";
import { buttonsOf, createWorld, senderOf, wordsOf, type World, type WorldPerson } from "../support/world.ts";

const flags = createFlags({});

let world: World;
let changed: ProgrammeId[] = [];
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(async () => {
  changed = [];
  await world.reset();
  await live();
});
afterAll(() => world.close());

const meeting = as<MeetingId>("00000000-0000-7000-8000-0000000000e1");
const entry = as<EntryId>("00000000-0000-7000-8000-0000000000e2");
const heldOn = Temporal.PlainDate.from("2026-09-15");

/** Some months of life in Maple: a plan with an answer, a logged meeting with a reflection, a question. */
async function live() {
  const { aisyah, ben } = world.people;
  const now = world.clock.now();
  const form = "online" as const;
  await world.db.insert(meetings).values({
    id: meeting,
    group: world.groups.maple,
    key: "induction",
    title: "Induction",
    opens: heldOn,
    closes: heldOn,
    heldOn,
    planVersion: 1,
    plannedPlace: "Aisyah's kitchen",
  });
  const plan = { meeting, version: 1, isCancelled: false, startsAt: now, minutes: 45, form, place: "Aisyah's kitchen" };
  await world.db.insert(planVersions).values({ ...plan, madeBy: aisyah.id, madeAt: now });
  await world.db
    .insert(planAnswers)
    .values({ meeting, planVersion: 1, person: ben.id, answer: "yes", answeredAt: now });
  await world.db.insert(attendance).values({ meeting, person: ben.id, status: "held" });
  const words = { heldOn, minutes: 45, form, attended: [ben.id], topics: [], summary: "We found the library" };
  await world.db.insert(logbookEntries).values({
    ...words,
    id: entry,
    meeting,
    mentor: aisyah.id,
    version: 1,
    firstSavedAt: now,
    savedAt: now,
  });
  await world.db.insert(logbookVersions).values({ ...words, entry, version: 1, mentor: aisyah.id, savedAt: now });
  await world.db
    .insert(reflections)
    .values({ entry, mentor: aisyah.id, text: "I talked too much", version: 1, savedAt: now });
  await world.db.insert(notices).values({
    id: as(world.deps.newId()),
    person: aisyah.id,
    programme: world.programme,
    role: "mentor",
    kind: "meetings.reminder",
    ref: {},
    topic: "t",
    dedupeKey: "k",
    dueAt: now,
    usefulUntil: now.add({ hours: 24 }),
    madeAt: now,
  });
  const form2 = await world.say(flags, ben, "ask");
  await world.press(flags, ben, "flags.send", { ...buttonsOf(form2)["Send"], question: "May I change groups?" });
  world.outbox.refreshed.length = 0;
}

function erase(person: WorldPerson | string) {
  const onLeft = (_tx: unknown, programme: ProgrammeId) => {
    changed.push(programme);
    return Promise.resolve();
  };
  const deps = { db: world.db, outbox: world.outbox, onLeft };
  return erasePerson(deps, typeof person === "string" ? person : person.email, world.clock.now());
}

/** Every row of every table, as text. */
async function everything(): Promise<string> {
  const tables = await world.db
    .select({ name: sql<string>`tablename` })
    .from(sql`pg_tables`)
    .where(sql`schemaname = 'public'`);
  let all = "";
  for (const { name } of tables) {
    const rows = await world.db.select({ row: sql<string>`row_to_json(t)::text` }).from(sql.raw(`"${name}" t`));
    all += rows.map(({ row }) => `${name} ${row}\n`).join("");
  }
  return all;
}

describe("my data", () => {
  test("a mentee sees each part, how much there is and who can read it", async () => {
    const words = wordsOf(await world.say(privacy, world.people.ben, "my data"));
    expect(words).toContain(
      "Ben Okafor, ben@students.example. 1 role: mentee (Maple, Peer mentoring, Medicine 2026/27)",
    );
    expect(words).toContain("Your mentors wrote that you were at 1 meeting, and that 0 took place without you.");
    expect(words).toContain("1 answer: yes, no, or another time.\nWho can read it: your mentors.");
    expect(words).toContain("You asked 1 question.\nWho can read it: the coordinators, and who asked.");
    expect(words).not.toContain("reflection");
  });

  test("a mentor sees the logbook and the reflections apart, as different people read them", async () => {
    const words = wordsOf(await world.say(privacy, world.people.aisyah, "my data"));
    expect(words).toContain("1 entry: the day, how long, who came, topics, what you did.");
    expect(words).toContain("1 reflection.\nWho can read it: you and the coordinators.");
  });

  test("somebody who has left the programme may still ask, and nothing but that", async () => {
    const { ben } = world.people;
    await world.db.update(memberships).set({ isActive: false }).where(eq(memberships.person, ben.id));
    expect(wordsOf(await world.say(privacy, ben, "my data"))).toContain("1 role: formerly mentee (Maple");
    await expect(world.say(flags, ben, "ask")).rejects.toThrow("cannot say");
  });

  test("nobody sees another's words on it", async () => {
    const words = wordsOf(await world.say(privacy, world.people.ben, "my data"));
    for (const hidden of ["library", "talked", "Aisyah"]) expect(words).not.toContain(hidden);
  });
});

describe("erasing a person", () => {
  test("takes a mentor's name, addresses, ids and words out of every table", async () => {
    const { aisyah } = world.people;
    const erased = await erase(" AISYAH@students.example ");
    expect(erased).toEqual({ person: aisyah.id, roles: 1, questions: 0, entries: 1, reflections: 1, answers: 0 });
    const all = (await everything()).toLowerCase();
    for (const gone of ["aisyah", aisyah.aadObjectId, "library", "talked", "kitchen"]) expect(all).not.toContain(gone);
  });

  test("takes a mentee's answers and questions away, and asks for their cards to be drawn anew", async () => {
    const { ben, maya } = world.people;
    expect(await erase(ben)).toMatchObject({ questions: 1, answers: 1 });
    const all = (await everything()).toLowerCase();
    for (const gone of ["ben okafor", "ben@", "29:ben", ben.aadObjectId, "change groups"]) {
      expect(all).not.toContain(gone);
    }
    expect(world.outbox.refreshed).toEqual([
      expect.stringMatching(/^flag:/),
      `meeting:${meeting}`,
      `answers:${meeting}`,
    ]);
    expect(await world.draw(flags, world.outbox.to(maya.id)[0])).toBeNull();
  });

  test("keeps the counts: the meeting was held, 45 minutes, with one mentee", async () => {
    await erase(world.people.aisyah);
    await erase(world.people.ben);
    expect(await world.db.select().from(logbookEntries)).toMatchObject([
      { minutes: 45, attended: [world.people.ben.id] },
    ]);
    expect(await world.db.select().from(attendance)).toMatchObject([{ status: "held" }]);
  });

  test("cancels what still waits for them, and ends their roles", async () => {
    const { aisyah } = world.people;
    const message = { person: aisyah.id };
    await world.outbox.enqueue(world.db, [{ ...world.outbox.messages[0]!, to: message, dedupeKey: "for aisyah" }]);
    await erase(aisyah);
    expect(world.outbox.to(aisyah.id)).toEqual([]);
    expect((await world.db.select().from(notices)).map(({ state }) => state)).toEqual(["cancelled"]);
    expect((await loadGroup(world.db, world.groups.maple))?.mentors).toEqual([]);
    expect(changed).toEqual([world.programme]);
    expect(await roster.addressOf(world.db, message)).toBeNull();
    expect(await roster.identify(world.db, [senderOf(aisyah)])).toEqual([null]);
  });

  test("leaves everybody else as they were", async () => {
    const others = async () => ({
      people: await world.db
        .select()
        .from(people)
        .where(sql`${people.id} <> ${world.people.ben.id}`)
        .orderBy(people.id),
      contacts: await world.db
        .select()
        .from(contacts)
        .where(sql`${contacts.person} <> ${world.people.ben.id}`)
        .orderBy(contacts.person),
      reflections: await world.db.select().from(reflections),
      entries: await world.db.select().from(logbookEntries),
    });
    const before = await others();
    await erase(world.people.ben);
    expect(await others()).toEqual(before);
  });

  test("is written down, without the address", async () => {
    await erase(world.people.ben);
    const rows = await world.db.select().from(auditLog).where(eq(auditLog.what, "privacy.erase"));
    expect(rows).toMatchObject([{ subject: world.people.ben.id, person: null }]);
  });

  test("an unknown address, or one that was erased already, is refused with a sentence", async () => {
    await expect(erase("nobody@students.example")).rejects.toThrow(
      "Nobody here has the address nobody@students.example. Nothing was changed.",
    );
    await erase(world.people.ben);
    await expect(erase(world.people.ben)).rejects.toMatchObject({ name: "UserError" });
  });

  test("is all or nothing", async () => {
    const onLeft = () => Promise.reject(new Error("no"));
    const deps = { db: world.db, outbox: world.outbox, onLeft };
    await expect(erasePerson(deps, world.people.ben.email, world.clock.now())).rejects.toThrow("no");
    const [ben] = await roster.identify(world.db, [senderOf(world.people.ben)]);
    expect(ben?.speaker.name).toBe("Ben Okafor");
  });
});
