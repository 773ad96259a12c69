import { eq, sql } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Db } from "../../src/core/db.ts";
import { as } from "../../src/core/ids.ts";
import type { ProgrammeId } from "../../src/core/ids.ts";
import { contacts, groups, memberships, people, programmes } from "../../src/features/programme/schema.ts";
import { importProgramme } from "../../src/features/setup/service.ts";
import type { ImportDeps } from "../../src/features/setup/service.ts";
import { sayProblem } from "../../src/core/files.ts";
import { readProgrammeFolder } from "../../src/platform/folder.ts";
import type { Database } from "../../src/platform/database.ts";
import { openTestDatabase } from "../support/database.ts";
import { createFolders, goodPeople, goodProgramme } from "../support/programme-folder.ts";

let database: Database;
let db: Db;
let lastId = 0;
const folders = createFolders();

beforeAll(async () => {
  database = await openTestDatabase();
  db = database.db;
});
afterAll(async () => {
  await database.close();
  await folders.removeAll();
});
beforeEach(async () => {
  for (const table of [contacts, memberships, groups, people, programmes]) await db.delete(table).where(sql`true`);
});

const beforeTheYear = "2026-09-01T01:00:00Z";
const inTheMiddle = "2027-01-11T01:00:00Z";

async function importFiles(
  files: { readonly people?: string; readonly programme?: string },
  {
    at = beforeTheYear,
    isDryRun = false,
    onChanged = async () => {},
  }: { at?: string; isDryRun?: boolean; onChanged?: ImportDeps["onChanged"] } = {},
) {
  const folder = folders.with({
    "programme.yaml": files.programme ?? goodProgramme,
    "people.csv": files.people ?? goodPeople,
  });
  const newId = () => `00000000-0000-7000-8000-${String(++lastId).padStart(12, "0")}`;
  return await importProgramme(
    { db, newId, onChanged },
    await readProgrammeFolder(folder),
    Temporal.Instant.from(at),
    isDryRun,
  );
}

async function changeOf(...given: Parameters<typeof importFiles>) {
  const result = await importFiles(...given);
  if (result.kind === "refused") throw new Error(result.problems.map(sayProblem).join("\n"));
  return result.change;
}

/** Who has which role today, and who had. */
async function rolesOf(programme = "nursing-2026") {
  const rows = await db
    .select({
      email: people.email,
      role: memberships.role,
      group: groups.name,
      joinedOn: memberships.joinedOn,
      leftOn: memberships.leftOn,
      isActive: memberships.isActive,
    })
    .from(memberships)
    .innerJoin(people, eq(people.id, memberships.person))
    .leftJoin(groups, eq(groups.id, memberships.group))
    .where(eq(memberships.programme, as<ProgrammeId>(programme)))
    .orderBy(people.email, groups.name);
  return rows.map(({ email, role, group, joinedOn, leftOn, isActive }) =>
    [email, role, group ?? "-", joinedOn.toString(), isActive ? "today" : `until ${leftOn?.toString() ?? ""}`].join(
      " ",
    ),
  );
}
const personOf = async (email: string) => (await db.select().from(people).where(eq(people.email, email)))[0];
const groupOf = async (name: string) => (await db.select().from(groups).where(eq(groups.name, name)))[0];

const none = { added: 0, changed: 0, deactivated: 0, returned: 0 };

describe("a first import", () => {
  test("adds the people, their groups and roles from the first day of the year", async () => {
    const { figures } = await changeOf({});
    expect(figures).toEqual({
      people: { ...none, added: 6 },
      groups: { ...none, added: 2 },
      memberships: { ...none, added: 6 },
      settings: null,
    });
    expect(await rolesOf()).toEqual([
      "ali@example.edu mentee Maple 2026-09-07 today",
      "bea@example.edu mentee Maple 2026-09-07 today",
      "coordinator@example.edu coordinator - 2026-09-07 today",
      "eva@example.edu mentee Cedar 2026-09-07 today",
      "jun@example.edu mentor Cedar 2026-09-07 today",
      "mei@example.edu mentor Maple 2026-09-07 today",
    ]);
  });

  test("with one bad row imports nothing at all", async () => {
    const result = await importFiles({ people: goodPeople.replace("eva@example.edu", "eva") });
    expect(result.kind === "refused" ? result.problems.map(sayProblem) : []).toEqual([
      "people.csv:7:1: eva: is not an e-mail address; write one address and nothing else, such as name@example.edu",
    ]);
    expect(await db.select().from(programmes)).toEqual([]);
    expect(await db.select().from(people)).toEqual([]);
  });

  test("as a dry run says the same and changes nothing", async () => {
    const { figures } = await changeOf({}, { isDryRun: true });
    expect(await db.select().from(programmes)).toEqual([]);
    expect(await db.select().from(people)).toEqual([]);
    expect((await changeOf({})).figures).toEqual(figures);
  });

  test("is taken back when what others do about it fails", async () => {
    const failing = importFiles(
      {},
      {
        onChanged: async (tx, programme) => {
          expect(await tx.select().from(programmes).where(eq(programmes.id, programme))).toHaveLength(1);
          throw new Error("no meetings");
        },
      },
    );
    await expect(failing).rejects.toThrow("no meetings");
    expect(await db.select().from(programmes)).toEqual([]);
  });
});

describe("importing again", () => {
  beforeEach(async () => {
    await importFiles({});
  });

  test("without a change changes nothing, whatever the case of an address", async () => {
    const { figures } = await changeOf(
      { people: goodPeople.replace("mei@example.edu", " MEI@example.edu") },
      { at: inTheMiddle },
    );
    expect(figures).toEqual({ people: none, groups: none, memberships: none, settings: [] });
  });

  test("a mentee who disappears is deactivated today, and comes back with their history when listed again", async () => {
    const before = await db.select().from(memberships);
    const { figures, left } = await changeOf({ people: goodPeople.replace(/^bea.*\n/m, "") }, { at: inTheMiddle });
    expect(figures.people).toEqual({ ...none, deactivated: 1 });
    expect(figures.memberships).toEqual({ ...none, deactivated: 1 });
    expect(left).toEqual(["bea@example.edu"]);
    expect(await rolesOf()).toContain("bea@example.edu mentee Maple 2026-09-07 until 2027-01-11");

    const back = await changeOf({}, { at: "2027-02-01T01:00:00Z" });
    expect(back.figures.people).toEqual({ ...none, returned: 1 });
    expect(back.figures.memberships).toEqual({ ...none, returned: 1 });
    expect(new Set(await db.select().from(memberships))).toEqual(new Set(before));
  });

  test("the day on which somebody left is a day in the programme's zone", async () => {
    // Still 10 January in London, already the 11th in Kuala Lumpur.
    await importFiles({ people: goodPeople.replace(/^bea.*\n/m, "") }, { at: "2027-01-10T17:00:00Z" });
    expect(await rolesOf()).toContain("bea@example.edu mentee Maple 2026-09-07 until 2027-01-11");
  });

  test("a corrected e-mail keeps the person, and what Teams knows of them", async () => {
    const before = await personOf("ali@example.edu");
    const aadObjectId = "1b4e28ba-2fa1-11d2-883f-0016d3cca427";
    await db.update(people).set({ aadObjectId }).where(eq(people.email, "ali@example.edu"));
    const corrected = goodPeople.replace(
      "ali@example.edu,Ali Haddad,mentee,Maple,,,,",
      "ali.h@example.edu,Ali Haddad,mentee,Maple,,,Ali@example.edu,",
    );
    const { figures, correctedEmails } = await changeOf({ people: corrected });
    expect(figures.people).toEqual({ ...none, changed: 1 });
    expect(figures.memberships).toEqual(none);
    expect(correctedEmails).toEqual([{ from: "ali@example.edu", to: "ali.h@example.edu" }]);
    expect(await personOf("ali.h@example.edu")).toMatchObject({ id: before?.id, aadObjectId });
    // The same file again, when the former address is known no more.
    expect((await changeOf({ people: corrected })).figures.people).toEqual(none);
  });

  test("a new e-mail with the same Entra object id is the same person", async () => {
    const before = await personOf("ali@example.edu");
    const aadObjectId = "1b4e28ba-2fa1-11d2-883f-0016d3cca427";
    await db.update(people).set({ aadObjectId }).where(eq(people.email, "ali@example.edu"));
    await importFiles({
      people: goodPeople.replace(
        "ali@example.edu,Ali Haddad,mentee,Maple,,,,",
        `ali.h@example.edu,Ali Haddad,mentee,Maple,,,,${aadObjectId}`,
      ),
    });
    expect((await personOf("ali.h@example.edu"))?.id).toBe(before?.id);
  });

  test("a former e-mail that belongs to somebody else now is refused with its line, and nothing is imported", async () => {
    await importFiles({ people: `${goodPeople}ali.h@example.edu,Ali Haddad,mentee,Cedar,,,,\n` });
    const result = await importFiles({
      people: goodPeople.replace(
        "ali@example.edu,Ali Haddad,mentee,Maple,,,,",
        "ali.h@example.edu,Ali Hadad,mentee,Maple,,,ali@example.edu,",
      ),
    });
    expect(result.kind === "refused" ? result.problems.map(sayProblem) : []).toEqual([
      "people.csv:4:1: ali.h@example.edu: ali.h@example.edu and ali@example.edu are already known as two people; leave previous_email empty, or list the person with the former e-mail",
    ]);
    expect((await personOf("ali.h@example.edu"))?.name).toBe("Ali Haddad");
  });

  test("an object id that belongs to somebody else is refused", async () => {
    const aadObjectId = "1b4e28ba-2fa1-11d2-883f-0016d3cca427";
    await db.update(people).set({ aadObjectId }).where(eq(people.email, "ali@example.edu"));
    const result = await importFiles({
      people: goodPeople.replace("Bea Okoro,mentee,Maple,,,,", `Bea Okoro,mentee,Maple,,,,${aadObjectId}`),
    });
    expect(result.kind === "refused" ? result.problems.map(sayProblem) : []).toEqual([
      "people.csv:5:1: bea@example.edu: the object id already belongs to ali@example.edu; copy this person's own id from Entra, or leave it empty",
    ]);
  });

  test("a group with a new name and the same people keeps its history", async () => {
    const before = await groupOf("Maple");
    const { figures, renamedGroups } = await changeOf({ people: goodPeople.replaceAll("Maple", "Red maple") });
    expect(renamedGroups).toEqual([{ from: "Maple", to: "Red maple" }]);
    expect(figures.groups).toEqual({ ...none, changed: 1 });
    expect(figures.memberships).toEqual(none);
    expect((await groupOf("Red maple"))?.id).toBe(before?.id);
  });

  test("a group with a new name and one new mentee is still the same; with only one of its people it is not", async () => {
    const before = await groupOf("Maple");
    const renamed = goodPeople.replaceAll("Maple", "Oak").replace("bea@example.edu,Bea", "gus@example.edu,Gus");
    expect((await changeOf({ people: renamed })).renamedGroups).toHaveLength(1);
    expect((await groupOf("Oak"))?.id).toBe(before?.id);

    const others = renamed
      .replaceAll("Oak", "Elm")
      .replace("ali@example.edu,Ali", "hal@example.edu,Hal")
      .replace("gus@example.edu,Gus", "ida@example.edu,Ida");
    const { figures, renamedGroups } = await changeOf({ people: others });
    expect(renamedGroups).toEqual([]);
    expect(figures.groups).toEqual({ ...none, added: 1, deactivated: 1 });
    expect((await groupOf("Elm"))?.id).not.toBe(before?.id);
  });

  test("a mentor replaced in mid-year leaves the group to the successor, who joins today", async () => {
    const before = await groupOf("Maple");
    const replaced = goodPeople.replace("mei@example.edu,Mei Tan", "noa@example.edu,Noa Lev");
    const { figures } = await changeOf({ people: replaced }, { at: inTheMiddle });
    expect(figures.people).toEqual({ ...none, added: 1, deactivated: 1 });
    expect((await groupOf("Maple"))?.id).toBe(before?.id);
    expect(await rolesOf()).toEqual(
      expect.arrayContaining([
        "mei@example.edu mentor Maple 2026-09-07 until 2027-01-11",
        "noa@example.edu mentor Maple 2027-01-11 today",
      ]),
    );
  });

  test("a day on which somebody joined can be corrected", async () => {
    const { figures } = await changeOf({
      people: goodPeople.replace("Bea Okoro,mentee,Maple,,,,", "Bea Okoro,mentee,Maple,,2026-10-05,,"),
    });
    expect(figures.memberships).toEqual({ ...none, changed: 1 });
    expect(await rolesOf()).toContain("bea@example.edu mentee Maple 2026-10-05 today");
  });

  test("what Teams told of a person stays when the file does not say it", async () => {
    const aadObjectId = "1b4e28ba-2fa1-11d2-883f-0016d3cca427";
    await db.update(people).set({ aadObjectId, timeZone: "Asia/Dubai" }).where(eq(people.email, "ali@example.edu"));
    await importFiles({ people: goodPeople.replace("Ali Haddad", "Ali Hadad") });
    expect(await personOf("ali@example.edu")).toMatchObject({ name: "Ali Hadad", aadObjectId, timeZone: "Asia/Dubai" });
  });

  test("settings that changed are named", async () => {
    const { figures } = await changeOf({
      programme: `${goodProgramme.replace("closes: 2026-12-18", "closes: 2026-12-11")}budget: { mentor_per_week: 2 }\n`,
    });
    expect(figures.settings).toEqual(["budget", "meetings"]);
  });

  test("somebody who is in two programmes and leaves one keeps their role in the other", async () => {
    const other = goodProgramme.replace("nursing-2026", "dentistry-2026");
    await importFiles({ programme: other, people: goodPeople });
    await importFiles({ people: goodPeople.replace(/^bea.*\n/m, "") });
    expect(await rolesOf("dentistry-2026")).toContain("bea@example.edu mentee Maple 2026-09-07 today");
    expect(await db.select().from(people)).toHaveLength(6);
  });

  test("a coordinator may mentor a group as well", async () => {
    const { figures } = await changeOf({ people: `${goodPeople}coordinator@example.edu,Cora Ng,mentor,Cedar,,,,\n` });
    expect(figures.people).toEqual(none);
    expect(figures.memberships).toEqual({ ...none, added: 1 });
  });
});

test("after any imports one after another, the roles of today are those of the last file, and nobody is there twice", async () => {
  const mentees = ["ann", "bob", "cy", "dee"];
  const file = fc.record({
    groups: fc.constant(["Maple", "Cedar", "Birch"]),
    in: fc.array(fc.option(fc.constantFrom("Maple", "Cedar", "Birch")), {
      minLength: mentees.length,
      maxLength: mentees.length,
    }),
    isCoordinator: fc.array(fc.boolean(), { minLength: mentees.length, maxLength: mentees.length }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(file, { minLength: 2, maxLength: 4 }), async (files) => {
      const ids = new Map<string, string>();
      for (const each of files) {
        const rows = [
          ...each.groups.map((group) => [`${group.toLowerCase()}@example.edu`, "mentor", group]),
          ...mentees.flatMap((name, index) =>
            (each.in[index] ?? null) === null ? [] : [[`${name}@example.edu`, "mentee", each.in[index]]],
          ),
          ...mentees.flatMap((name, index) =>
            each.isCoordinator[index] === true ? [[`${name}@example.edu`, "coordinator", ""]] : [],
          ),
        ];
        await changeOf({
          people: `email,name,role,group\n${rows.map(([email, role, group]) => `${email ?? ""},${email?.split("@")[0] ?? ""},${role ?? ""},${group ?? ""}\n`).join("")}`,
        });
        const today = (await rolesOf())
          .filter((role) => role.endsWith("today"))
          .map((role) => role.split(" ").slice(0, 3).join(" "));
        expect(today.toSorted()).toEqual(
          rows
            .map(([email, role, group]) => `${email ?? ""} ${role ?? ""} ${group === "" ? "-" : (group ?? "")}`)
            .toSorted(),
        );
        for (const { id, email } of await db.select().from(people)) {
          expect(ids.get(email ?? "") ?? id).toBe(id);
          ids.set(email ?? "", id);
        }
      }
    }),
    { numRuns: 15 },
  );
});
