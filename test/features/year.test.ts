import { and, eq, isNull } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { as, type GroupId, type MeetingId } from "../../src/core/ids.ts";
import { meetingNotices, meetings } from "../../src/features/meetings/bot.ts";
import { meetings as meetingTable } from "../../src/features/meetings/schema.ts";
import { meetingsChanged, programmeChanged } from "../../src/features/meetings/service.ts";
import { updateMeeting } from "../../src/features/meetings/store.ts";
import { createNotices } from "../../src/features/notices/bot.ts";
import { noticeCards, notices as noticeTable } from "../../src/features/notices/schema.ts";
import { pause } from "../../src/features/notices/service.ts";
import { previewYear } from "../../src/features/preview/rules.ts";
import { readSettings } from "../../src/features/programme/rules.ts";
import { chats, contacts, people, programmes } from "../../src/features/programme/schema.ts";
import { roster } from "../../src/features/programme/service.ts";
import { welcoming } from "../../src/features/welcome/bot.ts";
import { nextDue } from "../support/due.ts";
import { logMeeting } from "../support/log-meeting.ts";
import { ReminderOracle, type OracleCard, type OracleGroup, type OracleRules } from "../support/reminder-oracle.ts";
import { createWorld, personalAddress, senderOf, type Name, type World } from "../support/world.ts";

/**
 * Whole terms of random programmes, with people who do random things, through the real services; beside them an oracle that
 * reads the specification day by day. A failure prints its seed and the smallest term that shows it.
 */

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const notices = createNotices(meetingNotices);
const noticeKinds = new Map(meetingNotices.map((kind) => [kind.kind, kind]));

const groupsOf = (withChat: readonly string[]): OracleGroup[] =>
  [
    { name: "Maple", mentors: ["aisyah"], mentees: ["ben", "chen", "dalia"] },
    { name: "Cedar", mentors: ["farid", "grace"], mentees: ["hana", "ivan", "jin"] },
    { name: "Birch", mentors: ["farid"], mentees: ["kavya", "liam"] },
  ].map((group) => ({ ...group, hasChat: withChat.includes(group.name) }));
const groupNames = ["Maple", "Cedar", "Birch"] as const;
const mentors = ["aisyah", "farid", "grace"] as const satisfies readonly Name[];
const installers = [...mentors, "ben", "hana"] as const satisfies readonly Name[];

// Random terms

interface Term {
  readonly starts: string;
  readonly zone: string;
  /** Where Aisyah, Farid and Grace live. */
  readonly mentorZones: readonly (string | null)[];
  readonly windows: readonly { readonly gap: number; readonly days: number }[];
  readonly blackouts: readonly { readonly from: number; readonly days: number; readonly who: string }[];
  readonly quiet: { readonly from: string; readonly to: string; readonly days: readonly string[] };
  readonly remindAt: string;
  readonly beforeCloseDays: number;
  readonly afterMeetingHours: number;
  readonly budget: readonly [mentorPerDay: number, mentorPerWeek: number, menteePerWeek: number];
  readonly withChat: readonly string[];
  /** They have not installed the bot when the term begins. */
  readonly missing: readonly Name[];
  /** The programme is imported so many days into the term. */
  readonly importedOn: number;
  /** When, each day, the service looks at what is due, besides `remindAt`. */
  readonly looks: readonly string[];
  /** Days on which it is off. */
  readonly outages: readonly { readonly from: number; readonly days: number }[];
  readonly acts: readonly Act[];
}

interface Act {
  readonly day: number;
  readonly minute: number;
  readonly what: (typeof verbs)[number];
  /** Which mentor or person, meeting, and how much. */
  readonly who: number;
  readonly which: number;
  readonly much: number;
}

const verbs = [
  "plan",
  "plan",
  "plan",
  "cancel",
  "log",
  "later",
  "later",
  "on-it",
  "excuse",
  "take back",
  "pause",
  "resume",
  "leave",
  "leave",
  "arrive",
  "arrive",
] as const;

const zones = ["Asia/Kuala_Lumpur", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"];
const smallNumber = (max: number) => fc.integer({ min: 0, max });

const act: fc.Arbitrary<Act> = fc.record({
  day: smallNumber(45),
  minute: smallNumber(24 * 60 - 1),
  what: fc.constantFrom(...verbs),
  who: smallNumber(4),
  which: smallNumber(8),
  much: smallNumber(200),
});

const term: fc.Arbitrary<Term> = fc.record({
  // Half of the terms have London's change of clocks in them, one way or the other.
  starts: fc
    .tuple(fc.constantFrom("2026-09-28", "2027-03-01", "2026-11-30"), smallNumber(20))
    .map(([day, days]) => Temporal.PlainDate.from(day).add({ days }).toString()),
  zone: fc.constantFrom(...zones.slice(0, 3), "Europe/London"),
  mentorZones: fc.array(fc.option(fc.constantFrom(...zones)), { minLength: 3, maxLength: 3 }),
  windows: fc.array(fc.record({ gap: fc.integer({ min: -4, max: 9 }), days: fc.integer({ min: 1, max: 16 }) }), {
    minLength: 2,
    maxLength: 3,
  }),
  blackouts: fc.array(
    fc.record({
      from: smallNumber(50),
      days: fc.integer({ min: 1, max: 9 }),
      who: fc.constantFrom("mentors", "mentors", "mentees", "all"),
    }),
    { maxLength: 4 },
  ),
  quiet: fc.record({
    from: fc.constantFrom("20:00", "22:00", "12:00", "00:00"),
    to: fc.constantFrom("08:00", "09:00", "14:00", "00:00"),
    days: fc.constantFrom(["saturday", "sunday"], ["saturday", "sunday"], ["friday", "saturday"], []),
  }),
  remindAt: fc.constantFrom("09:00", "09:00", "10:30"),
  beforeCloseDays: fc.integer({ min: 1, max: 5 }),
  afterMeetingHours: smallNumber(4),
  budget: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 2 })),
  withChat: fc.subarray([...groupNames]),
  missing: fc.subarray([...installers]),
  importedOn: fc.constantFrom(-3, -3, -3, 0, 5),
  looks: fc.subarray(["08:59", "12:00", "18:30", "21:00"], { minLength: 1, maxLength: 3 }),
  outages: fc.array(fc.record({ from: smallNumber(50), days: fc.integer({ min: 1, max: 4 }) }), { maxLength: 2 }),
  // Busy terms: a quiet one shows little that preview does not.
  acts: fc.array(act, { maxLength: 36, size: "max" }),
});

/** `programme.yaml` of a term. Windows may touch and overlap. */
function settingsOf(t: Term) {
  let from = Temporal.PlainDate.from(t.starts);
  const windows = t.windows.map(({ gap, days }, place) => {
    const opens = place === 0 ? from : from.add({ days: gap });
    const closes = opens.add({ days: days - 1 });
    from = closes.add({ days: 1 });
    return { key: `meeting-${place + 1}`, title: `Meeting ${place + 1}`, opens: `${opens}`, closes: `${closes}` };
  });
  const day = (days: number): string => Temporal.PlainDate.from(t.starts).add({ days }).toString();
  const [mentor_per_day, mentor_per_week, mentee_per_week] = t.budget;
  return {
    id: String(world.programme),
    name: "A term",
    timezone: t.zone,
    year: { starts: t.starts, ends: day(120) },
    meetings: windows,
    quiet: t.quiet,
    blackouts: t.blackouts.map(({ from: first, days, who }) => ({
      from: day(first),
      to: day(first + days - 1),
      who,
      title: "Busy",
    })),
    reminders: { at: t.remindAt, before_close_days: t.beforeCloseDays, after_meeting_hours: t.afterMeetingHours },
    budget: { mentor_per_day, mentor_per_week, mentee_per_week },
  };
}

const weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

function rulesOf(t: Term): OracleRules {
  const settings = settingsOf(t);
  const day = (days: number): string => Temporal.PlainDate.from(t.starts).add({ days }).toString();
  return {
    zone: t.zone,
    remindAt: t.remindAt,
    quiet: { ...t.quiet, days: t.quiet.days.map((name) => weekdays.indexOf(name) + 1) },
    blackouts: settings.blackouts,
    beforeCloseDays: t.beforeCloseDays,
    afterMeetingHours: t.afterMeetingHours,
    mentorPerDay: t.budget[0],
    mentorPerWeek: t.budget[1],
    menteePerWeek: t.budget[2],
    from: day(-60),
    to: day(160),
  };
}

function zoneOf(t: Term, name: string): string {
  const place = (mentors as readonly string[]).indexOf(name);
  return (place < 0 ? (name === "jin" ? "Europe/London" : null) : t.mentorZones[place]) ?? t.zone;
}

// Both sides of a term

/** The real services and the oracle, in the same programme. */
async function begin(t: Term, now: Temporal.Instant) {
  await world.reset();
  world.clock.moveTo(now.toString());
  const settings = settingsOf(t);
  await world.db.update(programmes).set({ settings, timeZone: t.zone }).where(eq(programmes.id, world.programme));
  for (const name of mentors) {
    await world.db
      .update(people)
      .set({ timeZone: zoneOf(t, name) === t.zone ? null : zoneOf(t, name) })
      .where(eq(people.id, world.people[name].id));
  }
  await world.db.update(people).set({ welcomedAt: now.subtract({ hours: 24 * 9 }) });
  for (const name of t.missing) {
    await world.db.delete(contacts).where(eq(contacts.person, world.people[name].id));
    await world.db.update(people).set({ welcomedAt: null }).where(eq(people.id, world.people[name].id));
  }
  for (const group of t.withChat) {
    const chat = await world.addChat([], "group", group);
    await world.db
      .update(chats)
      .set({ group: groupId(group) })
      .where(eq(chats.id, chat));
  }
  await programmeChanged(world.db, world.deps.newId, world.programme, now);
  const rows = await world.db.select().from(meetingTable);
  const idOf = new Map<string, MeetingId>(rows.map((row) => [`${groupName(row.group)}/${row.key}`, row.id]));
  const groups = groupsOf(t.withChat);
  const oracle = new ReminderOracle(
    rulesOf(t),
    groups
      .flatMap((group) => [...group.mentors, ...group.mentees])
      .map((name) => ({
        name,
        zone: zoneOf(t, name),
        isReachable: name !== "liam" && !(t.missing as readonly string[]).includes(name),
      })),
    groups,
    settings.meetings,
    now.epochMilliseconds,
  );
  return { t, oracle, idOf, settings, loggedAt: new Map<string, number>(), idleUntil: null };
}

/** `idleUntil`: before then the jobs find nothing to do; null: to be asked. */
type Running = Omit<Awaited<ReturnType<typeof begin>>, "idleUntil"> & { idleUntil: Temporal.Instant | null };

const forever = Temporal.Instant.from("2100-01-01T00:00:00Z");

function groupId(name: string): GroupId {
  return world.groups[name.toLowerCase() as "maple" | "cedar" | "birch"];
}

function groupName(id: GroupId): string {
  return groupNames.find((name) => groupId(name) === id) ?? "";
}

/** As often as the service looks: both jobs, and then the sender, who asks of each card whether it is still wanted. */
async function look(run: Running, now: Temporal.Instant): Promise<void> {
  run.oracle.tick(now.epochMilliseconds);
  run.idleUntil ??= (await nextDue(world.db)) ?? forever;
  if (Temporal.Instant.compare(now, run.idleUntil) < 0) return;
  run.idleUntil = null;
  world.clock.moveTo(now.toString());
  const before = world.outbox.messages.length;
  for (const job of [...(meetings.jobs ?? []), ...(notices.jobs ?? [])]) await job.run(world.deps, now);
  for (const message of world.outbox.messages.slice(before)) {
    const feature = message.kind === "meetings.tomorrow-in-chat" ? meetings : notices;
    expect(await world.draw(feature, message), "a card that nobody wants").not.toBe(null);
    if (!("card" in message.ref)) continue;
    for (const row of await world.db
      .select()
      .from(noticeTable)
      .where(eq(noticeTable.card, message.ref["card"] ?? ""))) {
      expect(await noticeKinds.get(row.kind)?.wanted(world.db, row.ref, now, row.person)).toEqual({ wanted: true });
    }
  }
}

/** Something that somebody does, to both sides. What makes no sense just then is not done. */
async function perform(run: Running, { what, who, which, much }: Act, now: Temporal.Instant): Promise<void> {
  const { t, oracle, idOf, loggedAt } = run;
  run.idleUntil = null;
  world.clock.moveTo(now.toString());
  const ms = now.epochMilliseconds;
  const name = [...idOf.keys()].toSorted()[which % idOf.size] ?? "";
  const id = idOf.get(name) ?? as<MeetingId>("");
  const group = groupsOf([]).find((each) => name.startsWith(each.name));
  const mentor = (group?.mentors[who % group.mentors.length] ?? "aisyah") as Name;
  const person = installers[who % installers.length] ?? "aisyah";
  const [row] = await world.db.select().from(meetingTable).where(eq(meetingTable.id, id));
  if (row === undefined) return;
  const change = (facts: Parameters<typeof updateMeeting>[2]) =>
    world.inTransaction(async (deps) => {
      await updateMeeting(deps.db, id, { ...facts, takenBy: world.people[mentor].id });
      await meetingsChanged(deps, [id], now);
    });
  switch (what) {
    case "plan": {
      if (row.heldOn !== null) return;
      const at = now.add({ hours: 1 + much });
      const minutes = 15 + (much % 4) * 25;
      await change({
        plannedAt: at,
        plannedMinutes: minutes,
        planMadeAt: now,
        planVersion: row.planVersion + 1,
        excused: null,
      });
      oracle.plan(name, mentor, at.epochMilliseconds, minutes, ms);
      return;
    }
    case "cancel":
      if (row.heldOn !== null || row.plannedAt === null) return;
      await change({ plannedAt: null, plannedMinutes: null, planMadeAt: null, planVersion: row.planVersion + 1 });
      oracle.cancel(name, mentor, ms);
      return;
    case "log":
      if (row.heldOn !== null) return;
      await logMeeting(world, mentor, id, now.toZonedDateTimeISO(zoneOf(t, mentor)).toPlainDate().toString());
      oracle.log(name, mentor, ms);
      loggedAt.set(name, ms);
      return;
    case "later":
      await world.press(meetings, world.people[mentor], "meetings.later", { id });
      oracle.later(name, mentor, ms);
      return;
    case "on-it":
      if (row.takenBy !== world.people[mentor].id) oracle.onIt(name, mentor, ms);
      await world.press(meetings, world.people[mentor], "meetings.on-it", { id });
      return;
    case "excuse":
    case "take back": {
      const isExcused = what === "excuse";
      const verb = isExcused ? "meetings.excuse" : "meetings.not-excused";
      if (row.heldOn !== null) return;
      await world.press(meetings, world.people[mentor], verb, { id, reason: "exams" });
      oracle.excuse(name, mentor, isExcused, ms);
      return;
    }
    case "pause":
    case "resume": {
      const today = now.toZonedDateTimeISO(zoneOf(t, person)).toPlainDate();
      const until = what === "resume" ? null : today.add({ days: 1 + (much % 14) });
      await world.inTransaction((deps) => pause(deps, world.people[person].id, until, now));
      oracle.pause(person, until?.toString() ?? null, ms);
      return;
    }
    case "leave":
      await roster.unreachable(world.db, { person: world.people[person].id }, "blocked", now);
      oracle.leave(person);
      return;
    case "arrive": {
      const { id: personId } = world.people[person];
      const isNew = await roster.remember(
        world.db,
        personId,
        senderOf(world.people[person]),
        personalAddress(world.people[person]),
        now,
      );
      if (!isNew) return;
      const hello = await world.happen(welcoming, { kind: "reachable" }, world.people[person]);
      await world.happen(notices, { kind: "reachable" }, world.people[person]);
      oracle.arrive(person, hello.kind !== "nothing", ms);
      return;
    }
  }
}

async function saidByService(): Promise<{ cards: OracleCard[]; posts: OracleCard[] }> {
  const names = new Map(Object.entries(world.people).map(([name, { id }]) => [id, name]));
  const rows = await world.db.select().from(meetingTable);
  const meetingName = new Map<string, string>(rows.map((row) => [row.id, `${groupName(row.group)}/${row.key}`]));
  const nameOf = (ref: Readonly<Record<string, string>>): string => meetingName.get(ref["meeting"] ?? "") ?? "?";
  const onCards = await world.db
    .select({
      card: noticeCards.id,
      at: noticeCards.at,
      person: noticeCards.person,
      kind: noticeTable.kind,
      ref: noticeTable.ref,
    })
    .from(noticeCards)
    .innerJoin(noticeTable, eq(noticeTable.card, noticeCards.id))
    .where(and(isNull(noticeCards.droppedAt)));
  const cards = [...Map.groupBy(onCards, (row) => row.card).values()].map((parts) => ({
    at: parts[0]?.at.toString() ?? "",
    to: names.get(parts[0]?.person ?? as("")) ?? "?",
    says: parts.map((part) => `${part.kind.replace("meetings.", "")} of ${nameOf(part.ref)}`).toSorted(),
  }));
  const posts = world.outbox.of("meetings.tomorrow-in-chat").map((message) => ({
    at: message.dueAt.toString(),
    to: nameOf(message.ref).split("/")[0] ?? "",
    says: [`tomorrow of ${nameOf(message.ref)}`],
  }));
  return { cards: inOrder(cards), posts: inOrder(posts) };
}

function inOrder(cards: readonly OracleCard[]): OracleCard[] {
  return cards.toSorted((a, b) => (`${a.at} ${a.to} ${a.says.join()}` < `${b.at} ${b.to} ${b.says.join()}` ? -1 : 1));
}

/**
 * Every moment of the term at which something happens or the service looks, in order.
 *
 * @param whose it looks at the same times of day where the programme is and where these people live
 */
function timeline(t: Term, whose: readonly string[]): { at: Temporal.Instant; act: Act | null }[] {
  // Two weeks after the last window closes, nothing is said any more.
  const lastDay = settingsOf(t)
    .meetings.map(({ closes }) => Temporal.PlainDate.from(closes).add({ days: 18 }))
    .toSorted((a, b) => Temporal.PlainDate.compare(b, a))[0];
  if (lastDay === undefined) return [];
  const first = Temporal.PlainDate.from(t.starts).add({ days: t.importedOn });
  const looks = new Map<number, Temporal.Instant>();
  for (const zone of new Set([t.zone, ...whose.map((name) => zoneOf(t, name))])) {
    for (let day = first; Temporal.PlainDate.compare(day, lastDay) < 0; day = day.add({ days: 1 })) {
      const sinceStart = Temporal.PlainDate.from(t.starts).until(day).days;
      if (t.outages.some(({ from, days }) => sinceStart >= from && sinceStart < from + days)) continue;
      for (const time of [t.remindAt, ...t.looks]) {
        const at = day.toPlainDateTime(Temporal.PlainTime.from(time)).toZonedDateTime(zone).toInstant();
        looks.set(at.epochMilliseconds, at);
      }
    }
  }
  const acts = t.acts
    .map((each) => ({ at: atMinute(t, each), act: each }))
    .filter(({ at }) => at.epochMilliseconds > startOf(t).epochMilliseconds);
  return [...acts, ...[...looks.values()].map((at) => ({ at, act: null }))]
    .filter(({ at }) => Temporal.Instant.compare(at, startOf(t)) >= 0)
    .toSorted((a, b) => Temporal.Instant.compare(a.at, b.at));
}

function atMinute(t: Term, { day, minute }: Act): Temporal.Instant {
  return Temporal.PlainDate.from(t.starts)
    .add({ days: day })
    .toZonedDateTime(t.zone)
    .toInstant()
    .add({ minutes: minute });
}

function startOf(t: Term): Temporal.Instant {
  return Temporal.PlainDate.from(t.starts).add({ days: t.importedOn }).toZonedDateTime(t.zone).toInstant();
}

const effort = { interruptAfterTimeLimit: 100_000, markInterruptAsFailure: false };

/** 40 terms are a minute on one idle core; `TERMS=400` looks longer. */
const terms = Number(process.env["TERMS"] ?? 40);

describe("a random term", () => {
  test("says exactly what the oracle says, and nothing that it must not", { timeout: 150_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(term, async (t) => {
        const run: Running = await begin(t, startOf(t));
        for (const { at, act: done } of timeline(t, ["farid"])) {
          if (done === null) await look(run, at);
          else await perform(run, done, at);
        }
        const said = await saidByService();
        expect(said.cards).toEqual(inOrder(run.oracle.cards));
        expect(said.posts).toEqual(inOrder(run.oracle.posts));
        expect(brokenPromises(run, said)).toEqual([]);
      }),
      { ...effort, numRuns: terms },
    );
  });

  test("in which nobody reacts is the one that preview announces", { timeout: 150_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(term, async (t) => {
        const idle = { ...t, missing: [], acts: [], outages: [], importedOn: -8, withChat: [...groupNames], looks: [] };
        const run: Running = await begin(idle, startOf(idle));
        for (const { at } of timeline(idle, mentors)) await look(run, at);
        const said = await saidByService();
        const announced = previewYear(
          readSettings(run.settings),
          groupsOf([]).flatMap((group) =>
            group.mentors.map((name) => ({ email: name, group: group.name, timeZone: zoneOf(idle, name) })),
          ),
        );
        const asCards = announced.map(({ at, to, also, ...first }) => ({
          at: at.toString(),
          to,
          says: [first, ...also]
            .map(({ kind, group, meeting }) => `${kind.replace("meetings.", "")} of ${group}/${meeting}`)
            .toSorted(),
        }));
        expect(inOrder(asCards)).toEqual(said.cards);
        expect(said.cards).toEqual(inOrder(run.oracle.cards));
        expect(brokenPromises(run, said)).toEqual([]);
      }),
      { ...effort, numRuns: Math.ceil(terms / 4) },
    );
  });
});

/** What must hold of any term, whatever the oracle says; each in plain words. */
function brokenPromises(run: Running, said: { cards: readonly OracleCard[]; posts: readonly OracleCard[] }): string[] {
  const { t } = run;
  const rules = rulesOf(t);
  const broken: string[] = [];
  const once = new Set<string>();
  for (const { to, says, at } of [...said.cards, ...said.posts]) {
    const isChat = (groupNames as readonly string[]).includes(to);
    const zone = isChat ? t.zone : zoneOf(t, to);
    const as = isChat ? "chat" : (mentors as readonly string[]).includes(to) ? "mentor" : "mentee";
    const local = Temporal.Instant.from(at).toZonedDateTimeISO(zone);
    const [day, time] = [local.toPlainDate().toString(), local.toPlainTime().toString()];
    const { from, to: until } = rules.quiet;
    const isNight = from < until ? time >= from && time < until : from > until && (time >= from || time < until);
    if (isNight) broken.push(`${to} was written to at ${time}`);
    if (rules.quiet.days.includes(local.dayOfWeek)) broken.push(`${to} was written to on a quiet day, ${day}`);
    const inBlackout = rules.blackouts.some(
      (each) => each.from <= day && day <= each.to && (each.who === "all" || each.who === `${as}s`),
    );
    if (inBlackout) broken.push(`${to} was written to in a blackout, ${day}`);
    for (const what of says) {
      const logged = run.loggedAt.get(what.split(" of ")[1] ?? "");
      if (logged !== undefined && logged <= Temporal.Instant.from(at).epochMilliseconds) {
        broken.push(`${to} was told ${what} at ${at}, after it was logged`);
      }
      if (/^(opens|halfway|closing|after-close) /.test(what)) {
        if (once.has(`${to} ${what}`)) broken.push(`${to} was told ${what} twice`);
        once.add(`${to} ${what}`);
      }
    }
  }
  for (const [to, cards] of Map.groupBy(said.cards, (card) => card.to)) {
    const days = cards.map((card) => Temporal.Instant.from(card.at).toZonedDateTimeISO(zoneOf(t, to)).toPlainDate());
    const isMentor = (mentors as readonly string[]).includes(to);
    for (const [week, ofWeek] of Map.groupBy(days, (day) => `${day.yearOfWeek ?? 0}-W${day.weekOfYear ?? 0}`)) {
      if (ofWeek.length > (isMentor ? rules.mentorPerWeek : rules.menteePerWeek)) {
        broken.push(`${to} got ${ofWeek.length} cards in ${week}`);
      }
    }
    for (const [day, ofDay] of Map.groupBy(days, String)) {
      if (isMentor && ofDay.length > rules.mentorPerDay) broken.push(`${to} got ${ofDay.length} cards on ${day}`);
    }
  }
  return broken;
}
