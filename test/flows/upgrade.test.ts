import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { afterEach, expect, test } from "vitest";
import { z } from "zod/v4";
import { as, type PersonId, type ProgrammeId } from "../../src/core/ids.ts";
import { programmeChanged } from "../../src/features/meetings/service.ts";
import { meetingsOfProgramme } from "../../src/features/meetings/store.ts";
import { people, programmes } from "../../src/features/programme/schema.ts";
import { findProgramme } from "../../src/features/programme/store.ts";
import { migrationsFolder, type Database } from "../../src/platform/database.ts";
import { openEmptyTestDatabase } from "../support/database.ts";

const journalShape = z.looseObject({ entries: z.array(z.looseObject({ tag: z.string() })) });
const programme = as<ProgrammeId>("medicine-2026");
const aisyah = as<PersonId>("0198c0de-0000-7000-8000-000000000001");

let database: Database | undefined;
let folder: string | undefined;
afterEach(async () => {
  await database?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true });
});

/** The project's migrations as they were when there was only the first. */
function firstMigrationOnly(): string {
  const made = mkdtempSync(join(tmpdir(), "waymark-upgrade-"));
  mkdirSync(join(made, "meta"));
  const journal = journalShape.parse(JSON.parse(readFileSync(join(migrationsFolder, "meta/_journal.json"), "utf8")));
  const entries = journal.entries.slice(0, 1);
  writeFileSync(join(made, "meta/_journal.json"), JSON.stringify({ ...journal, entries }));
  for (const { tag } of entries) cpSync(join(migrationsFolder, `${tag}.sql`), join(made, `${tag}.sql`));
  return made;
}

test("a database of the first migration, with people in it, comes to the newest form and loses nobody", async () => {
  database = await openEmptyTestDatabase();
  folder = firstMigrationOnly();
  await database.migrate(folder);
  const { db } = database;
  // In the words of that time: today's tables may have more columns.
  await db.execute(sql`insert into programmes (id, name, time_zone, starts, ends, settings, imported_at) values
    (${programme}, 'Peer mentoring', 'Asia/Kuala_Lumpur', '2026-09-07', '2027-06-11', ${JSON.stringify({
      id: programme,
      name: "Peer mentoring",
      timezone: "Asia/Kuala_Lumpur",
      year: { starts: "2026-09-07", ends: "2027-06-11" },
      meetings: [{ key: "induction", title: "Induction", opens: "2026-09-14", closes: "2026-10-02" }],
    })}::jsonb, '2026-09-01T00:00:00Z')`);
  await db.execute(sql`insert into groups (id, programme, name)
    values ('0198c0de-0000-7000-8000-00000000000a', ${programme}, 'Angsana')`);
  await db.execute(sql`insert into people (id, email, name, created_at)
    values (${aisyah}, 'nur.aisyah@example.edu', 'Nur Aisyah', '2026-09-01T00:00:00Z')`);
  await db.execute(sql`insert into memberships (id, person, programme, "group", role, joined_on) values
    ('0198c0de-0000-7000-8000-00000000000b', ${aisyah}, ${programme}, '0198c0de-0000-7000-8000-00000000000a', 'mentor', '2026-09-07')`);
  await expect(db.execute(sql`select from meetings`), "there were no meetings then").rejects.toThrow();

  await database.migrate();

  expect(await db.select({ name: people.name, email: people.email }).from(people)).toEqual([
    { name: "Nur Aisyah", email: "nur.aisyah@example.edu" },
  ]);
  expect((await findProgramme(db, programme))?.settings.meetings).toHaveLength(1);
  expect(await db.select({ id: programmes.id }).from(programmes)).toEqual([{ id: programme }]);
  let made = 0;
  const newId = () => `0198c0de-0000-7000-9000-${String((made += 1)).padStart(12, "0")}`;
  await programmeChanged(db, newId, programme, Temporal.Instant.from("2026-09-08T00:00:00Z"));
  const meetings = await meetingsOfProgramme(db, programme);
  expect(meetings.map(({ title, group }) => [title, group.name, group.mentors[0]?.name])).toEqual([
    ["Induction", "Angsana", "Nur Aisyah"],
  ]);
});
