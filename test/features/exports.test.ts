import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { eq } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { exportFiles } from "../../src/features/exports/service.ts";
import { logbook } from "../../src/features/logbook/bot.ts";
import { programmeChanged } from "../../src/features/meetings/service.ts";
import { meetingsOfGroups, updateMeeting } from "../../src/features/meetings/store.ts";
import { contacts, memberships, people, programmes } from "../../src/features/programme/schema.ts";
import { findProgramme } from "../../src/features/programme/store.ts";
import { importProgramme } from "../../src/features/setup/service.ts";
import { readCsv } from "../../src/platform/csv.ts";
import { readProgrammeFolder, writeCsv } from "../../src/platform/folder.ts";
import { createFolders } from "../support/programme-folder.ts";
import { createWorld } from "../support/world.ts";
import type { World } from "../support/world.ts";

let world: World;
const folders = createFolders();

beforeAll(async () => {
  world = await createWorld();
});
beforeEach(async () => {
  await world.reset();
});
afterAll(async () => {
  await world.close();
  await folders.removeAll();
});

/** Exports one file, with the programme's settings beside it. */
async function exportFile(name: string) {
  const { db } = world;
  const [stored] = await db.select({ settings: programmes.settings }).from(programmes);
  // JSON is YAML.
  const folder = folders.with({ "programme.yaml": JSON.stringify(stored?.settings, null, 2) });
  const programme = await findProgramme(db, world.programme);
  const file = exportFiles.find((each) => each.name === name);
  if (programme === null || file === undefined) throw new Error("nothing to export");
  await writeCsv(folder, name, [file.header, ...(await file.rows(db, programme, world.clock.now()))]);
  return { folder, lines: readFileSync(join(folder, name), "utf8").split("\n") };
}

describe("people.csv of an export", () => {
  test("has the columns of the import, and whether the bot reaches somebody and saw them last", async () => {
    const { ben, jin } = world.people;
    await world.db.update(contacts).set({ state: "blocked" }).where(eq(contacts.person, ben.id));
    await world.db
      .update(memberships)
      .set({ isActive: false, leftOn: Temporal.PlainDate.from("2026-09-10") })
      .where(eq(memberships.person, jin.id));
    const { lines } = await exportFile("people.csv");
    expect(lines[0]).toBe(
      "email,name,role,group,aad_object_id,timezone,joined_on,previous_email,active,reachable,last_seen",
    );
    const lineOf = (email: string) => lines.filter((line) => line.startsWith(email));
    expect(lineOf("aisyah@")).toEqual([
      `aisyah@students.example,Aisyah Rahman,mentor,Maple,${world.people.aisyah.aadObjectId},,2026-09-07,,true,true,2026-09-14T09:00:00+08:00`,
    ]);
    expect(lineOf("liam@")).toEqual(["liam@students.example,Liam O'Brien,mentee,Birch,,,2026-09-07,,true,false,"]);
    expect(lineOf("ben@")[0]).toContain(",true,false,2026-09-14T09:00:00+08:00");
    expect(lineOf("jin@")[0]).toContain(`,Europe/London,2026-09-07,,false,true,`);
    expect(lineOf("farid@")).toHaveLength(2);
    expect(lineOf("maya@")[0]).toContain(",coordinator,,");
  });

  test("can be imported again and changes nothing: who left stays away", async () => {
    const { ben } = world.people;
    await world.db
      .update(memberships)
      .set({ isActive: false, leftOn: Temporal.PlainDate.from("2026-09-10") })
      .where(eq(memberships.person, ben.id));
    await world.db.update(people).set({ name: 'Zoë "Z", of Maple' }).where(eq(people.id, world.people.chen.id));
    const { folder } = await exportFile("people.csv");
    const result = await importProgramme(
      { db: world.db, newId: world.deps.newId, onChanged: async () => {} },
      await readProgrammeFolder(folder),
      world.clock.now(),
      false,
    );
    const none = { added: 0, changed: 0, deactivated: 0, returned: 0 };
    expect(result).toMatchObject({
      kind: "imported",
      change: { figures: { people: none, groups: none, memberships: none, settings: [] } },
    });
  });

  test("leaves out who was erased", async () => {
    await world.db
      .update(people)
      .set({ email: null, name: "Erased", erasedAt: world.clock.now() })
      .where(eq(people.id, world.people.ben.id));
    const { lines } = await exportFile("people.csv");
    expect(lines.join("\n")).not.toContain("Erased");
  });
});

describe("what an export says of meetings", () => {
  const people = (...names: ("ben" | "chen" | "dalia")[]) => names.map((name) => world.people[name].id).join(",");

  async function meetingOf(group: keyof typeof world.groups, key = "induction") {
    const found = await meetingsOfGroups(world.db, [world.groups[group]]);
    return found.find((meeting) => meeting.key === key)!.id;
  }

  async function save(change: Record<string, unknown> = {}) {
    const form = { id: await meetingOf("maple"), version: 0, heldOn: "2026-09-18", minutes: "45", form: "in_person" };
    const rest = { topics: "exams,well_being", summary: 'Said "hi",\nand more', reflection: "Mine" };
    const data = { ...form, ...rest, attended: people("ben", "dalia"), ...change };
    return await world.press(logbook, world.people.aisyah, "logbook.save", data);
  }

  beforeEach(async () => {
    await programmeChanged(world.db, world.deps.newId, world.programme, world.clock.now());
    world.clock.moveTo("2026-09-21T03:00:00Z");
  });

  test("a held meeting with who came, an excused one, a planned one, one not open yet", async () => {
    await save();
    await updateMeeting(world.db, await meetingOf("birch"), { excused: "exams" });
    const plannedAt = Temporal.Instant.from("2026-09-24T07:00:00Z");
    const plan = { plannedAt, plannedMinutes: 60, planMadeAt: world.clock.now(), planVersion: 1 };
    await updateMeeting(world.db, await meetingOf("cedar"), plan);
    const { lines } = await exportFile("meetings.csv");
    expect(lines[0]).toBe("group,meeting,state,sides,opens,closes,planned_at,held_on,minutes,form,attended");
    const window = "2026-09-14,2026-10-02";
    expect(lines).toContain(
      `Maple,induction,held,one_sided,${window},,2026-09-18,45,in_person,ben@students.example;dalia@students.example`,
    );
    expect(lines).toContain(`Birch,induction,excused,,${window},,,,,`);
    expect(lines).toContain(`Cedar,induction,planned,,${window},2026-09-24T15:00:00+08:00,,,,`);
    expect(lines).toContain("Maple,exams-1,upcoming,,2026-12-01,2026-12-18,,,,,");
    expect(lines.filter((line) => line !== "")).toHaveLength(1 + 15);
  });

  test("a mentee's cells: there, missed and caught up, excused, open, over before they joined, and a further meeting", async () => {
    await save();
    await save({ person: world.people.chen.id, heldOn: "2026-09-20", reflection: "" });
    await updateMeeting(world.db, await meetingOf("birch"), { excused: "exams" });
    await world.db
      .update(memberships)
      .set({ joinedOn: Temporal.PlainDate.from("2026-10-10") })
      .where(eq(memberships.person, world.people.jin.id));
    const id = "00000000-0000-7000-8000-00000000eeee";
    await save({ id, group: world.groups.maple, attended: people("ben") });
    const { lines } = await exportFile("attendance.csv");
    expect(lines[0]).toBe("email,group,meeting,status");
    const cell = (name: string, key: string) =>
      lines.filter((line) => line.startsWith(`${name}@`) && line.includes(key));
    expect(cell("ben", "induction")).toEqual(["ben@students.example,Maple,induction,held"]);
    expect(cell("chen", "induction")[0]).toMatch(/,held$/);
    expect(cell("kavya", "induction")[0]).toMatch(/,excused$/);
    expect(cell("hana", "induction")[0]).toMatch(/,open$/);
    expect(cell("jin", "induction")[0]).toMatch(/,before_joining$/);
    expect(cell("ben", "extra-1")[0]).toMatch(/,held$/);
    expect(cell("dalia", "extra-1")[0]).toMatch(/,absent$/);
    expect(cell("hana", "extra-1")).toEqual([]);
    expect(cell("dalia", "")).toHaveLength(6);
  });

  test("the logbook's newest versions; reflections in a file of their own, for administrators", async () => {
    await save();
    await save({ version: 1, minutes: "50" });
    const { lines } = await exportFile("logbook.csv");
    expect(lines.join("\n")).toBe(
      "group,meeting,mentor,held_on,minutes,form,attended,topics,summary,saved_at,version\n" +
        "Maple,induction,aisyah@students.example,2026-09-18,50,in_person,ben@students.example;dalia@students.example," +
        'well_being;exams,"Said ""hi"",\nand more",2026-09-21T11:00:00+08:00,2\n',
    );
    expect(exportFiles.filter((file) => file.isPrivate).map((file) => file.name)).toEqual(["reflections.csv"]);
    const { lines: mine } = await exportFile("reflections.csv");
    expect(mine).toEqual([
      "group,meeting,mentor,reflection,saved_at",
      "Maple,induction,aisyah@students.example,Mine,2026-09-21T11:00:00+08:00",
      "",
    ]);
  });
});

describe("a CSV file", () => {
  test("disarms what a spreadsheet would calculate, and reading takes that back", async () => {
    const folder = folders.with({});
    const cells = ["=1+1", "+60 7", "-1", "@SUM(A1)", "\t=1", "a=1", "plain"];
    await writeCsv(folder, "logbook.csv", [["summary"], ...cells.map((cell) => [cell])]);
    const text = readFileSync(join(folder, "logbook.csv"), "utf8");
    expect(text).toBe("summary\n'=1+1\n'+60 7\n'-1\n'@SUM(A1)\n'\t=1\na=1\nplain\n");
    const read = readCsv("logbook.csv", Buffer.from(text)).rows.map(([cell]) => cell?.text);
    expect(read.slice(0, 4)).toEqual(cells.slice(0, 4));
  });

  test("whatever people wrote is read back as it was", async () => {
    const folder = folders.with({});
    const text = fc
      .array(
        fc.oneof(
          fc.string({ unit: "grapheme", maxLength: 5 }),
          fc.constantFrom(",", '"', "\n", ";", "=", "\u00e9", "'"),
        ),
        {
          maxLength: 6,
        },
      )
      // Reading takes spaces off the ends, and an apostrophe that keeps spreadsheets from calculating.
      .map((parts) => `x${parts.join("")}`.trimEnd())
      .filter((each) => !/[\u0000\ud800-\udfff\u200b-\u200f\u2060\ufeff]|\s$/u.test(each));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 5 }), async (rows) => {
        await writeCsv(folder, "logbook.csv", [["topics", "summary"], ...rows]);
        const table = readCsv("logbook.csv", readFileSync(join(folder, "logbook.csv")));
        expect(table.problems).toEqual([]);
        expect(table.rows.map((row) => row.map((cell) => cell.text))).toEqual(rows);
      }),
      { numRuns: 60 },
    );
  });

  test("is there whole or not at all, and for its owner only", async () => {
    const folder = folders.with({ "people.csv": "the one from yesterday" });
    async function* failing() {
      yield ["email"];
      throw new Error("the database went away");
    }
    await expect(writeCsv(folder, "people.csv", failing())).rejects.toThrow("the database went away");
    expect(readFileSync(join(folder, "people.csv"), "utf8")).toBe("the one from yesterday");
    expect(readdirSync(folder)).toEqual(["people.csv"]);

    await writeCsv(folder, "people.csv", [["email"]]);
    expect(statSync(join(folder, "people.csv")).mode & 0o777).toBe(0o600);
  });

  test("that cannot be written is a sentence", async () => {
    const folder = folders.with({ file: "" });
    await expect(writeCsv(join(folder, "file"), "people.csv", [["email"]])).rejects.toThrow(
      /cannot be written \(E\w+\)\. Name a folder that this user may write\.$/,
    );
  });
});
