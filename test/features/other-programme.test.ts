import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { features } from "../../src/app.ts";
import { UserError } from "../../src/core/errors.ts";
import { as } from "../../src/core/ids.ts";
import type { GroupId, MeetingId, PersonId, ProgrammeId } from "../../src/core/ids.ts";
import type { Role } from "../../src/core/feature.ts";
import { flags as flagTable } from "../../src/features/flags/schema.ts";
import { createFlags } from "../../src/features/flags/bot.ts";
import { logbook } from "../../src/features/logbook/bot.ts";
import { meetings as meetingTable } from "../../src/features/meetings/schema.ts";
import { programmeChanged } from "../../src/features/meetings/service.ts";
import { outreachSteps } from "../../src/features/outreach/schema.ts";
import { updateMeeting } from "../../src/features/meetings/store.ts";
import { planning } from "../../src/features/planning/bot.ts";
import { groups, memberships, people, programmes } from "../../src/features/programme/schema.ts";
import { buttonsOf, createWorld, wordsOf, type World, type WorldPerson } from "../support/world.ts";

/**
 * Two programmes in one house. People of the second press every button that there is, with every id that the first has:
 * cards can be forwarded, and what a card sends can be made up.
 */
const flags = createFlags({});

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(async () => {
  await world.reset();
  await addNursing();
  await programmeChanged(world.db, world.deps.newId, world.programme, world.clock.now());
});
afterAll(() => world.close());

const nursing = as<ProgrammeId>("nursing-2026");
const oak = as<GroupId>("00000000-0000-7000-8000-0000000000f1");

function nurse(role: Role, digit: number): WorldPerson {
  const id = `00000000-0000-7000-8000-0000000000e${digit}`;
  const aadObjectId = `abcdef00-0000-4000-8000-0000000000e${digit}`;
  return {
    id: as<PersonId>(id),
    name: `Nurse ${role}`,
    email: `${role}@nursing.example`,
    aadObjectId,
    userId: `29:${role}`,
  };
}
const outsiders = { mentor: nurse("mentor", 1), mentee: nurse("mentee", 2), coordinator: nurse("coordinator", 3) };

async function addNursing(): Promise<void> {
  const now = world.clock.now();
  const [day, last] = [Temporal.PlainDate.from("2026-09-07"), Temporal.PlainDate.from("2027-06-11")];
  const settings = {
    id: nursing,
    name: "Nursing",
    timezone: "Europe/London",
    year: { starts: day.toString(), ends: last.toString() },
    meetings: [{ key: "start", title: "Start", opens: "2026-09-14", closes: "2026-10-02" }],
  };
  await world.db.insert(programmes).values({
    id: nursing,
    name: "Nursing",
    timeZone: "Europe/London",
    starts: day,
    ends: last,
    settings,
    importedAt: now,
  });
  await world.db.insert(groups).values({ id: oak, programme: nursing, name: "Oak" });
  for (const [role, { id, name, email, aadObjectId }] of Object.entries(outsiders) as [Role, WorldPerson][]) {
    await world.db.insert(people).values({ id, name, email, aadObjectId, createdAt: now, welcomedAt: now });
    const group = role === "coordinator" ? null : oak;
    await world.db
      .insert(memberships)
      .values({ id: world.deps.newId(), person: id, programme: nursing, group, role, joinedOn: day });
  }
}

/** Some months in Maple and Cedar: a plan with a place, an entry with words, a question, chats linked and asked about. */
async function live() {
  const { aisyah, ben, farid, maya } = world.people;
  const of = async (group: GroupId, key: string): Promise<MeetingId> => {
    const [row] = await world.db
      .select({ id: meetingTable.id })
      .from(meetingTable)
      .where(sql`${meetingTable.group} = ${group} and ${meetingTable.key} = ${key}`);
    return row!.id;
  };
  const [held, planned, open] = [
    await of(world.groups.maple, "induction"),
    await of(world.groups.maple, "exams-1"),
    await of(world.groups.cedar, "induction"),
  ];
  await world.press(logbook, aisyah, "logbook.save", {
    id: held,
    version: 0,
    heldOn: "2026-09-14",
    minutes: "45",
    form: "online",
    attended: ben.id,
    topics: "",
    summary: "We found the library",
    reflection: "I talked too much",
  });
  await world.press(planning, aisyah, "planning.save", {
    id: planned,
    plan: 0,
    date: "2026-12-02",
    time: "15:00",
    minutes: "60",
    form: "in_person",
    place: "Aisyah's kitchen",
  });
  await updateMeeting(world.db, open, { takenBy: farid.id });
  const form = await world.say(flags, ben, "ask");
  await world.press(flags, ben, "flags.send", { ...buttonsOf(form)["Send"], question: "May I change groups?" });
  const [flag] = await world.db.select({ id: flagTable.id }).from(flagTable);
  const chat = await world.addChat([farid, maya, outsiders.mentor], "group", "some");
  const chats = features.find(({ name }) => name === "chats");
  await world.happen(chats!, { kind: "added-to-chat", chat }, farid);
  return { held, planned, open, flag: flag!.id, chat, person: ben.id };
}

/** All that there is, but for who tried what. */
async function everything(): Promise<string> {
  const tables = await world.db
    .select({ name: sql<string>`tablename` })
    .from(sql`pg_tables`)
    .where(sql`schemaname = 'public' and tablename <> 'audit_log'`);
  const rows: string[] = [];
  for (const { name } of tables) {
    const found = await world.db.select({ row: sql<string>`row_to_json(t)::text` }).from(sql.raw(`"${name}" t`));
    rows.push(...found.map(({ row }) => `${name} ${row}`));
  }
  return rows.toSorted().join("\n");
}

const secrets = [
  "Maple",
  "Cedar",
  "library",
  "talked",
  "kitchen",
  "change groups",
  "Aisyah",
  "Ben Okafor",
  "Farid",
  "Maya",
  "Induction",
  "Exams 1",
];
const verbs = features.flatMap((feature) => (feature.actions ?? []).map(({ verb }) => ({ verb, feature })));
/** What they may do for themselves, whatever else the card sends. */
const ownAffairs = new Set(["notices.pause", "notices.resume", "flags.send", "outreach.open", "outreach.close"]);

describe.each(Object.entries(outsiders))("a %s of another programme", (_role, outsider) => {
  test("changes nothing and learns nothing, whatever button they press with whatever id", async () => {
    const { held, planned, open, flag, chat, person } = await live();
    const step = world.deps.newId();
    const asked = {
      id: step,
      person: world.people.ben.id,
      group: world.groups.maple,
      kind: "list",
      occasion: "x",
    } as const;
    await world.db.insert(outreachSteps).values({ ...asked, at: world.clock.now() });
    const before = await everything();
    const rest = {
      step,
      choice: "fine",
      person,
      by: person,
      flag,
      chat,
      plan: 1,
      version: 1,
      answer: "yes",
      reason: "exams",
      date: "2026-12-03",
      time: "15:00",
      minutes: "60",
      form: "online",
      heldOn: "2026-09-14",
      attended: person,
      topics: "",
      summary: "Mine",
      reflection: "Mine",
      question: "",
      until: "2026-10-01",
      sure: 1,
    };
    const attempts = [held, planned, open, world.groups.maple, world.groups.cedar].flatMap((id) =>
      [world.groups.maple, world.groups.cedar].flatMap((group) =>
        [0, 1].map((plan) => ({ ...rest, id, group, plan, version: plan })),
      ),
    );
    for (const { verb, feature } of verbs) {
      if (ownAffairs.has(verb)) continue;
      for (const data of attempts) {
        const said = await world.press(feature, outsider, verb, data).then(wordsOf, (error: unknown) => {
          if (error instanceof UserError) return error.message;
          throw error;
        });
        for (const secret of secrets) expect(said, `${verb} said`).not.toContain(secret);
      }
      expect(await everything(), `${verb} changed something`).toBe(before);
    }
  }, 120_000);

  test("asks the coordinators of their own programme only, though a card of the other's group was pressed", async () => {
    if (outsider === outsiders.coordinator) return;
    const form = await world.press(flags, outsider, "flags.ask", { id: world.groups.maple });
    await world.press(flags, outsider, "flags.send", {
      ...buttonsOf(form)["Send"],
      id: world.groups.maple,
      programme: world.programme,
      question: "Hello?",
    });
    expect(world.outbox.of("flags.question").map(({ to }) => to)).toEqual([{ person: outsiders.coordinator.id }]);
    expect(await world.db.select().from(flagTable)).toMatchObject([{ programme: nursing, group: oak }]);
  });
});
