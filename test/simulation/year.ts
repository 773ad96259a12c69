import { randomUUIDv7 } from "node:crypto";
import { and, eq, isNull, sql } from "drizzle-orm";
import { features, introductions, messages, rosterChanged } from "../../src/app.ts";
import type { Card } from "../../src/core/card.ts";
import type { Db } from "../../src/core/db.ts";
import type { OutsideDeps, Reply, Turn } from "../../src/core/feature.ts";
import { as, type MeetingId, type PersonId, type ProgrammeId } from "../../src/core/ids.ts";
import { meetings } from "../../src/features/meetings/schema.ts";
import { noticeCards, notices as noticeTable } from "../../src/features/notices/schema.ts";
import { viewOf } from "../../src/features/outreach/list/service.ts";
import { outreachSteps } from "../../src/features/outreach/schema.ts";
import { contacts, groups, memberships, people } from "../../src/features/programme/schema.ts";
import { findProgramme } from "../../src/features/programme/store.ts";
import { importProgramme } from "../../src/features/setup/service.ts";
import { createDelivery } from "../../src/platform/delivery.ts";
import { readProgrammeFolder } from "../../src/platform/folder.ts";
import { createOutbox } from "../../src/platform/outbox.ts";
import { openTestDatabase } from "../support/database.ts";
import { nextDue } from "../support/due.ts";
import { mustBeListed, plusDays, type Diary } from "../support/outreach-oracle.ts";
import { buttonsOf, wordsOf } from "../support/world.ts";
import { answers, dealKinds, draw, meetsAfterwards, mentorPlans, pick, replies } from "./behaviour.ts";

/** A year of the sample programme through the real services, with people who behave as in `behaviour.ts`. */
export interface YearOptions {
  readonly folder: string;
  readonly seed: number;
  /** Without it, the ladder's job never runs. */
  readonly withLadder: boolean;
  /** How likely a mentee answers a card of the ladder. An assumption. */
  readonly responds: number;
  /** At the end of the year, a coordinator takes back every step. */
  readonly withUndo: boolean;
}

export interface Year {
  /** Meetings that each mentee was at. */
  readonly meetings: readonly number[];
  /** Days on which somebody had been at risk for a week; on how many of them they were not on the list. */
  readonly listed: { readonly days: number; readonly missing: readonly string[]; readonly mentees: number };
  /** What was said unasked, part by part. */
  readonly asked: readonly { readonly at: Temporal.Instant; readonly to: string; readonly kind: string }[];
  /** The coordinators' counts, day by day, that did not add up. */
  readonly wrongSums: readonly string[];
  readonly undone: { readonly steps: number; readonly failed: readonly string[] };
}

const zone = "Asia/Kuala_Lumpur";
const hostShare = 1 / 6;

interface Mentee {
  readonly person: PersonId;
  readonly name: string;
  readonly email: string;
  readonly comes: number;
  readonly diary: Diary;
}

interface Group {
  readonly name: string;
  readonly mentor: { readonly person: PersonId; readonly email: string };
  readonly mentees: readonly Mentee[];
  readonly meetings: readonly {
    readonly id: MeetingId;
    readonly key: string;
    readonly opens: string;
    readonly closes: string;
  }[];
}

export async function simulateYear(options: YearOptions): Promise<Year> {
  const database = await openTestDatabase();
  try {
    return await live(database.db, options);
  } finally {
    await database.close();
  }
}

async function live(db: Db, { folder, seed, withLadder, responds, withUndo }: YearOptions): Promise<Year> {
  let now = Temporal.Instant.from("2026-09-08T03:00:00Z");
  const imported = await importProgramme(
    { db, newId: randomUUIDv7, onChanged: (tx, programme) => rosterChanged(tx, randomUUIDv7, programme, now) },
    await readProgrammeFolder(folder),
    now,
    false,
  );
  if (imported.kind !== "imported") throw new Error("the sample cannot be imported");
  const address = sql`'tenant', '29:' || ${people.email}, '28:bot', 'http://127.0.0.1', ${people.email}`;
  const at = sql`${now.toString()}::timestamptz`;
  await db.insert(contacts).select(sql`select ${people.id}, ${address}, 'reachable', ${at}, ${at} from ${people}`);
  await db.update(people).set({ welcomedAt: now });
  const programme = await findProgramme(db, as<ProgrammeId>("medicine-2026"));
  if (programme === null) throw new Error("the sample is not there");
  const all = await readGroups(db, seed);
  const menteeOf = new Map(all.flatMap((group) => group.mentees.map((mentee) => [mentee.email, { group, mentee }])));

  const clock = { now: () => now };
  const log = { info: () => undefined, warn: () => undefined, error: (message: string) => failed.push(message) };
  const failed: string[] = [];
  const deps: OutsideDeps = {
    db,
    clock,
    log,
    newId: randomUUIDv7,
    outbox: createOutbox({ newId: randomUUIDv7, clock }),
    directory: { members: () => Promise.resolve([]) },
    links: { sign: (page) => page },
  };

  // What people will do, in order.
  const plans: { readonly at: Temporal.Instant; readonly act: () => Promise<void> }[] = [];
  const planAct = (when: Temporal.Instant, act: () => Promise<void>): void => {
    plans.push({ at: when, act });
    plans.sort((a, b) => Temporal.Instant.compare(a.at, b.at));
  };
  const clockAt = (day: string, hour: number): Temporal.Instant =>
    Temporal.PlainDate.from(day).toZonedDateTime({ timeZone: zone, plainTime: { hour } }).toInstant();
  const today = (): string => now.toZonedDateTimeISO(zone).toPlainDate().toString();

  async function turnOf(person: PersonId): Promise<Turn> {
    const rows = await db
      .select({ programme: memberships.programme, group: memberships.group, role: memberships.role, name: people.name })
      .from(memberships)
      .innerJoin(people, eq(people.id, memberships.person))
      .where(and(eq(memberships.person, person), eq(memberships.isActive, true)));
    const speaker = { person, name: rows[0]?.name ?? "", timeZone: zone, memberships: rows, isWelcomed: true };
    return { speaker, place: { kind: "personal" }, now };
  }

  async function press(person: PersonId, verb: string, data: Readonly<Record<string, unknown>>): Promise<Reply> {
    const action = features.flatMap((feature) => feature.actions ?? []).find((each) => each.verb === verb);
    if (action === undefined || !("handle" in action)) throw new Error(`no button does ${verb}`);
    const turn = await turnOf(person);
    return await db.transaction((tx) => action.handle({ ...deps, db: tx }, turn, data));
  }

  async function logMeeting(group: Group, meeting: MeetingId, data: Readonly<Record<string, unknown>>): Promise<void> {
    const form = {
      id: meeting,
      version: 0,
      heldOn: today(),
      minutes: "45",
      form: "online",
      topics: "other",
      summary: "We met.",
    };
    const reply = await press(group.mentor.person, "logbook.save", { ...form, ...data });
    if (!wordsOf(reply).startsWith("Thank you!") && !wordsOf(reply).includes("in the logbook"))
      throw new Error(`it was not saved: ${wordsOf(reply)}`);
  }

  for (const group of all) {
    group.meetings.forEach((meeting, place) => {
      if (draw(seed, group.name, place, "plans") >= mentorPlans) return;
      const day = plusDays(meeting.opens, 9);
      planAct(clockAt(plusDays(meeting.opens, 2), 10), async () => {
        const form = { id: meeting.id, plan: 0, date: day, time: "17:00", minutes: "45", form: "online", place: "" };
        await press(group.mentor.person, "planning.save", form);
        for (const { diary } of group.mentees) (diary.meetings[place] ?? never()).dateOn = day;
      });
      const comers = group.mentees.filter(
        ({ email, comes }) => draw(seed, email, place, "comes") < comes / mentorPlans,
      );
      for (const mentee of group.mentees) {
        const isComing = comers.includes(mentee);
        if (draw(seed, mentee.email, place, "replies") >= (isComing ? replies.comes : replies.staysAway)) continue;
        planAct(clockAt(plusDays(meeting.opens, 4), 12), async () => {
          await press(mentee.person, "planning.answer", { id: meeting.id, plan: 1, answer: isComing ? "yes" : "no" });
          (mentee.diary.meetings[place] ?? never()).repliedOn = today();
        });
      }
      if (comers.length === 0) return;
      planAct(clockAt(day, 21), async () => {
        await logMeeting(group, meeting.id, { attended: comers.map(({ person }) => person).join(",") });
        for (const { diary } of comers) Object.assign(diary.meetings[place] ?? never(), { heldOn: day, knownOn: day });
      });
    });
    if (draw(seed, group.name, "host") < hostShare)
      planAct(clockAt("2026-09-14", 11), async () => {
        await press(group.mentor.person, "outreach.open", {});
      });
  }

  /** They meet after all, about a window that passed them by. */
  function catchUp({ group, mentee }: { group: Group; mentee: Mentee }, title: string): void {
    const place = group.meetings.findIndex(({ key }) => key === title);
    planAct(clockAt(plusDays(today(), 10), 18), async () => {
      const entry = mentee.diary.meetings[place] ?? never();
      if (entry.heldOn !== null || mentee.diary.leftOn !== null) return;
      const meeting = group.meetings[place] ?? never();
      const [row] = await db.select({ heldOn: meetings.heldOn }).from(meetings).where(eq(meetings.id, meeting.id));
      const isHeld = row?.heldOn !== null;
      await logMeeting(group, meeting.id, isHeld ? { person: mentee.person } : { attended: mentee.person });
      // A catch-up fills the cell of a meeting that has its day already.
      const others = isHeld ? group.mentees.flatMap(({ diary }) => diary.meetings[place]?.heldOn ?? []) : [];
      Object.assign(entry, { heldOn: others.toSorted()[0] ?? today(), knownOn: today() });
    });
  }

  function answerCard(card: Card, to: string): void {
    const found = menteeOf.get(to);
    const buttons = buttonsOf(card);
    const another = buttons["Another time"];
    const idea = buttons["Good idea"];
    const title = keyOf(wordsOf(card), programme?.settings.meetings ?? []);
    const hour = now.add({ hours: 5 });
    if (found !== undefined && another !== undefined) {
      if (draw(seed, to, title, "responds") >= responds) return;
      const choice = pick(draw(seed, to, title, "choice"), answers);
      planAct(hour, async () => {
        const data = { step: another["step"], version: another["version"], choice, sure: 1 };
        await press(found.mentee.person, "outreach.answer", data);
        if (choice === "fine") found.mentee.diary.fineOn.push(today());
        if (choice === "leave") found.mentee.diary.leftOn = today();
        if (choice === "pause") {
          const until = plusDays(today(), 21);
          await press(found.mentee.person, "notices.pause", { until });
          found.mentee.diary.pauses.push({ from: today(), until });
        }
        if (choice === "another_time" && draw(seed, to, title, "meets") < meetsAfterwards) catchUp(found, title);
      });
    } else if (idea !== undefined) {
      const isYes = draw(seed, to, title, "joins") < (found === undefined ? 0.8 : responds);
      planAct(hour, async () => {
        const [row] = await db.select({ id: people.id }).from(people).where(eq(people.email, to));
        await press(row?.id ?? never(), "outreach.offer", { ...idea, answer: isYes ? "yes" : "no" });
        if (isYes && found !== undefined && draw(seed, to, title, "meets") < meetsAfterwards) catchUp(found, title);
      });
    }
  }

  const delivery = createDelivery({
    ...deps,
    messages,
    roster: introductions.roster,
    send: ({ conversationId }, post) => {
      // People act on what is new; a card drawn anew in place is the one that they had.
      if (!("replaces" in post)) answerCard(post.card, conversationId);
      return Promise.resolve({ ok: true, activityId: randomUUIDv7() });
    },
    limits: null,
  });
  const jobs = features
    .flatMap((feature) => feature.jobs ?? [])
    .filter(({ name }) => withLadder || name !== "outreach");

  const over = Temporal.Instant.from("2027-06-10T00:00:00Z");
  const missing: string[] = [];
  const wrongSums: string[] = [];
  const mustBe = new Set<string>();
  let days = 0;
  let noon = clockAt("2026-10-01", 12);
  for (;;) {
    const due = await nextDue(db, withLadder);
    const next = [due, plans[0]?.at ?? null, noon].reduce<Temporal.Instant>(
      (first, each) => (each !== null && Temporal.Instant.compare(each, first) < 0 ? each : first),
      over,
    );
    if (Temporal.Instant.compare(next, over) >= 0) break;
    if (Temporal.Instant.compare(next, now) > 0) now = next;
    if (due !== null && Temporal.Instant.compare(due, now) <= 0) for (const job of jobs) await job.run(deps, now);
    while (plans[0] !== undefined && Temporal.Instant.compare(plans[0].at, now) <= 0) await plans.shift()?.act();
    await delivery.deliverDue();
    if (noon.equals(now)) {
      noon = noon.add({ hours: 24 });
      if (!withLadder) continue;
      const view = await viewOf(db, programme, now);
      const names = new Set([...view.listed, ...view.snoozed].map(({ name }) => name));
      for (const { mentee } of menteeOf.values()) {
        if (!mustBeListed(mentee.diary, today())) continue;
        days += 1;
        mustBe.add(mentee.email);
        if (!names.has(mentee.name)) missing.push(`${mentee.email} on ${today()}`);
      }
      const sum = (counts: Readonly<Record<string, number>>): number =>
        Object.values(counts).reduce((a, b) => a + b, 0);
      if (sum(view.mentees) !== menteeOf.size || sum(view.groups) !== all.length) wrongSums.push(today());
    }
  }
  if (failed.length > 0) throw new Error(`the service logged errors: ${failed.join("; ")}`);
  const emails = new Map(
    (await db.select({ id: people.id, email: people.email }).from(people)).map((p) => [p.id, p.email]),
  );
  // By notices, not by cards: one card may ask a mentor about two people.
  const said = await db
    .select({ at: noticeCards.at, person: noticeTable.person, kind: noticeTable.kind })
    .from(noticeTable)
    .innerJoin(noticeCards, eq(noticeCards.id, noticeTable.card))
    .where(isNull(noticeCards.droppedAt));
  const asked = said.map(({ person, ...rest }) => ({ ...rest, to: emails.get(person) ?? "" }));
  return {
    meetings: [...menteeOf.values()].map(
      ({ mentee }) => mentee.diary.meetings.filter(({ heldOn }) => heldOn !== null).length,
    ),
    listed: { days, missing, mentees: mustBe.size },
    asked,
    wrongSums,
    undone: withUndo ? await undoEverything(db, press) : { steps: 0, failed: [] },
  };
}

/** Each step that was taken, undone by a coordinator and looked at; then all is as before. */
async function undoEverything(
  db: Db,
  press: (person: PersonId, verb: string, data: Readonly<Record<string, unknown>>) => Promise<Reply>,
): Promise<Year["undone"]> {
  const steps = await db.select({ id: outreachSteps.id, kind: outreachSteps.kind }).from(outreachSteps);
  const [coordinator] = await db
    .select({ person: memberships.person })
    .from(memberships)
    .where(eq(memberships.role, "coordinator"));
  const failed: string[] = [];
  for (const { id, kind } of steps) {
    const reply = await press(coordinator?.person ?? never(), "outreach.undo", { step: id });
    const [row] = await db
      .select({ undoneAt: outreachSteps.undoneAt })
      .from(outreachSteps)
      .where(eq(outreachSteps.id, id));
    if (row?.undoneAt === null || !wordsOf(reply).includes("Taken back")) failed.push(`${kind} ${id}`);
  }
  return { steps: steps.length, failed };
}

/** The key of the meeting that a card's words begin with. */
function keyOf(words: string, windows: readonly { readonly key: string; readonly title: string }[]): string {
  return windows.find(({ title }) => words.includes(`${title} with `))?.key ?? "";
}

async function readGroups(db: Db, seed: number): Promise<readonly Group[]> {
  const rows = await db
    .select({
      group: groups.id,
      name: groups.name,
      person: people.id,
      who: people.name,
      email: people.email,
      role: memberships.role,
    })
    .from(memberships)
    .innerJoin(groups, eq(groups.id, memberships.group))
    .innerJoin(people, eq(people.id, memberships.person))
    .orderBy(groups.name, people.email);
  const kinds = dealKinds(seed, rows.filter(({ role }) => role === "mentee").length);
  const found: Group[] = [];
  let dealt = 0;
  for (const [group, members] of Map.groupBy(rows, (row) => row.group)) {
    const own = await db
      .select({ id: meetings.id, key: meetings.key, opens: meetings.opens, closes: meetings.closes })
      .from(meetings)
      .where(eq(meetings.group, group))
      .orderBy(meetings.opens);
    const mentor = members.find(({ role }) => role === "mentor") ?? never();
    const windows = own.map(({ id, key, opens, closes }) => ({
      id,
      key,
      opens: String(opens),
      closes: String(closes),
    }));
    found.push({
      name: members[0]?.name ?? "",
      mentor: { person: mentor.person, email: mentor.email ?? "" },
      meetings: windows,
      mentees: members
        .filter(({ role }) => role === "mentee")
        .map(({ person, who, email }) => ({
          person,
          name: who,
          email: email ?? "",
          comes: kinds[dealt++]?.comes ?? 0,
          diary: {
            meetings: windows.map(({ closes }) => ({
              closes,
              heldOn: null,
              knownOn: null,
              dateOn: null,
              repliedOn: null,
            })),
            fineOn: [],
            pauses: [],
            leftOn: null,
          },
        })),
    });
  }
  return found;
}

function never(): never {
  throw new Error("the simulation lost its way");
}
