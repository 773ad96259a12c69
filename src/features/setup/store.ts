import { eq, inArray, or, sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { Db } from "../../core/db.ts";
import { as } from "../../core/ids.ts";
import type { ProgrammeId } from "../../core/ids.ts";
import { groups, memberships, people, programmes } from "../programme/schema.ts";
import type { Settings } from "../programme/rules.ts";
import type { Change } from "./change/rules.ts";
import type { Known } from "./identity/rules.ts";

/** Rows of one statement: nine columns of each at most stay far below the 65,535 parameters that PostgreSQL takes. */
const rowsAtOnce = 1000;

/**
 * Writes the programme's own row and holds it, so that a second import of the same programme waits for the first.
 *
 * @returns what it held before as `programme.yaml`; null when it is new
 */
export async function saveProgramme(
  tx: Db,
  settings: Settings,
  stored: unknown,
  now: Temporal.Instant,
): Promise<unknown> {
  const id = as<ProgrammeId>(settings.id);
  const row = {
    name: settings.name,
    timeZone: settings.timezone,
    starts: settings.year.starts,
    ends: settings.year.ends,
    settings: stored,
    importedAt: now,
  };
  const added = await tx
    .insert(programmes)
    .values({ id, ...row })
    .onConflictDoNothing()
    .returning({ id: programmes.id });
  if (added.length > 0) return null;
  const [before] = await tx
    .select({ settings: programmes.settings })
    .from(programmes)
    .where(eq(programmes.id, id))
    .for("update");
  await tx.update(programmes).set(row).where(eq(programmes.id, id));
  return before?.settings ?? {};
}

/** Everybody whom the file may mean, and all groups and memberships that the programme has or had. */
export async function loadKnown(
  tx: Db,
  programme: ProgrammeId,
  who: { readonly emails: readonly string[]; readonly objectIds: readonly string[] },
): Promise<Omit<Known, "stored">> {
  const members = tx.select({ id: memberships.person }).from(memberships).where(eq(memberships.programme, programme));
  const found = await tx
    .select({
      id: people.id,
      email: people.email,
      name: people.name,
      timeZone: people.timeZone,
      aadObjectId: people.aadObjectId,
    })
    .from(people)
    .where(
      or(isAnyOf(people.email, who.emails), isAnyOf(people.aadObjectId, who.objectIds), inArray(people.id, members)),
    );
  return {
    // Who was erased has no address, and stays unknown.
    people: found.flatMap(({ email, ...person }) => (email === null ? [] : [{ ...person, email }])),
    groups: await tx
      .select({ id: groups.id, name: groups.name, isActive: groups.isActive })
      .from(groups)
      .where(eq(groups.programme, programme)),
    memberships: await tx
      .select({
        id: memberships.id,
        person: memberships.person,
        group: memberships.group,
        role: memberships.role,
        joinedOn: memberships.joinedOn,
        leftOn: memberships.leftOn,
        isActive: memberships.isActive,
        endsOn: memberships.endsOn,
      })
      .from(memberships)
      .where(eq(memberships.programme, programme)),
  };
}

/** As one parameter, however many there are. */
function isAnyOf(column: typeof people.email | typeof people.aadObjectId, values: readonly string[]): SQL {
  return sql`${column} = any(${sql.param([...values])}::text[])`;
}

/** @param onWritten told after each statement how many rows it wrote */
export async function saveChange(
  tx: Db,
  programme: ProgrammeId,
  change: Change,
  now: Temporal.Instant,
  onWritten: (rows: number) => void,
): Promise<void> {
  for (const chunk of chunksOf(change.people)) {
    await tx
      .insert(people)
      .values(chunk.map((person) => ({ ...person, createdAt: now })))
      .onConflictDoUpdate({
        target: people.id,
        set: {
          email: sql`excluded.email`,
          name: sql`excluded.name`,
          // What the file does not say may have been learnt from Teams a moment ago.
          timeZone: sql`coalesce(excluded.time_zone, ${people.timeZone})`,
          aadObjectId: sql`coalesce(excluded.aad_object_id, ${people.aadObjectId})`,
        },
      });
    onWritten(chunk.length);
  }
  for (const chunk of chunksOf(change.groups)) {
    await tx
      .insert(groups)
      .values(chunk.map((group) => ({ ...group, programme })))
      .onConflictDoUpdate({ target: groups.id, set: { name: sql`excluded.name`, isActive: sql`excluded.is_active` } });
    onWritten(chunk.length);
  }
  for (const chunk of chunksOf(change.memberships)) {
    await tx
      .insert(memberships)
      .values(chunk.map((membership) => ({ ...membership, programme })))
      .onConflictDoUpdate({
        target: memberships.id,
        set: {
          joinedOn: sql`excluded.joined_on`,
          leftOn: sql`excluded.left_on`,
          isActive: sql`excluded.is_active`,
          endsOn: sql`excluded.ends_on`,
        },
      });
    onWritten(chunk.length);
  }
}

function* chunksOf<Item>(items: readonly Item[]): Generator<Item[]> {
  for (let from = 0; from < items.length; from += rowsAtOnce) yield items.slice(from, from + rowsAtOnce);
}
