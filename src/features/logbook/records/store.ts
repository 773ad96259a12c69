import { and, asc, countDistinct, eq, inArray, ne, sql, type SQL, type SQLWrapper } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Db } from "../../../core/db.ts";
import type { PersonId, ProgrammeId } from "../../../core/ids.ts";
import { attendance, meetings } from "../../meetings/schema.ts";
import { groups, people } from "../../programme/schema.ts";
import type { MeetingForm, Topic } from "../rules.ts";
import { logbookEntries, logbookVersions, reflections } from "../schema.ts";
import { withoutWordsOf } from "./rules.ts";

/** One row of `logbook.csv`: the newest version of an entry, or of a catch-up. */
export interface ExportedEntry {
  readonly group: string;
  /** The meeting's key. */
  readonly meeting: string;
  readonly isCatchUp: boolean;
  /** E-mail; null after an erasure. */
  readonly mentor: string | null;
  readonly heldOn: Temporal.PlainDate;
  readonly minutes: number;
  readonly form: MeetingForm;
  /** E-mails. */
  readonly attended: readonly string[];
  readonly topics: readonly Topic[];
  readonly summary: string;
  readonly savedAt: Temporal.Instant;
  readonly version: number;
}

/** The programme's whole logbook, deactivated groups too, by group and in the order in which meetings were held. */
export async function entriesOfProgramme(db: Db, programme: ProgrammeId): Promise<readonly ExportedEntry[]> {
  return db
    .select({
      group: groups.name,
      meeting: meetings.key,
      isCatchUp: sql<boolean>`${logbookEntries.catchUpFor} is not null`,
      mentor: people.email,
      heldOn: logbookEntries.heldOn,
      minutes: logbookEntries.minutes,
      form: logbookEntries.form,
      attended: sql<readonly string[]>`array(select ${came.email} from ${people} as came
        where ${came.id} = any(${logbookEntries.attended}) and ${came.email} is not null order by ${came.email})`,
      topics: logbookEntries.topics,
      summary: logbookEntries.summary,
      savedAt: logbookEntries.savedAt,
      version: logbookEntries.version,
    })
    .from(logbookEntries)
    .innerJoin(meetings, eq(meetings.id, logbookEntries.meeting))
    .innerJoin(groups, eq(groups.id, meetings.group))
    .innerJoin(people, eq(people.id, logbookEntries.mentor))
    .where(eq(groups.programme, programme))
    .orderBy(asc(groups.name), asc(logbookEntries.heldOn), asc(meetings.key), asc(logbookEntries.id));
}

const came = alias(people, "came");

/** One row of `reflections.csv`, for local administrators only. */
export interface ExportedReflection {
  readonly group: string;
  readonly meeting: string;
  /** E-mail; null after an erasure. */
  readonly mentor: string | null;
  readonly reflection: string;
  readonly savedAt: Temporal.Instant;
}

export async function reflectionsOfProgramme(db: Db, programme: ProgrammeId): Promise<readonly ExportedReflection[]> {
  return db
    .select({
      group: groups.name,
      meeting: meetings.key,
      mentor: people.email,
      reflection: reflections.text,
      savedAt: reflections.savedAt,
    })
    .from(reflections)
    .innerJoin(logbookEntries, eq(logbookEntries.id, reflections.entry))
    .innerJoin(meetings, eq(meetings.id, logbookEntries.meeting))
    .innerJoin(groups, eq(groups.id, meetings.group))
    .innerJoin(people, eq(people.id, reflections.mentor))
    .where(and(eq(groups.programme, programme), ne(reflections.text, "")))
    .orderBy(asc(groups.name), asc(logbookEntries.heldOn), asc(meetings.key), asc(people.email));
}

/** How much the logbook holds by somebody and about them. */
export async function countAbout(
  db: Db,
  person: PersonId,
): Promise<{ readonly entries: number; readonly reflections: number; readonly held: number; readonly missed: number }> {
  const ofPerson = eq(attendance.person, person);
  const [[saved], written, held, missed] = await Promise.all([
    db
      .select({ entries: countDistinct(logbookVersions.entry) })
      .from(logbookVersions)
      .where(eq(logbookVersions.mentor, person)),
    db.$count(reflections, and(eq(reflections.mentor, person), ne(reflections.text, ""))),
    db.$count(attendance, and(ofPerson, eq(attendance.status, "held"))),
    db.$count(attendance, and(ofPerson, ne(attendance.status, "held"))),
  ]);
  return { entries: saved?.entries ?? 0, reflections: written, held, missed };
}

/**
 * Takes away what somebody wrote. Days, minutes and who came stay, so that counts do.
 *
 * @returns of how many entries some words are gone
 */
export async function eraseTexts(db: Db, person: PersonId): Promise<number> {
  const { entry, version, mentor, summary } = logbookVersions;
  const theirs = db.selectDistinct({ entry }).from(logbookVersions).where(eq(mentor, person));
  const rows = await db.select({ entry, version, mentor, summary }).from(logbookVersions).where(inArray(entry, theirs));
  const changes = [...Map.groupBy(rows, (row) => row.entry)].flatMap(([id, versions]) =>
    [...withoutWordsOf(person, versions)].map(([number, words]) => ({ id, number, words })),
  );
  const changed = sql`unnest(${sql.param(changes.map(({ id }) => id))}::uuid[],
    ${sql.param(changes.map(({ number }) => number))}::int[],
    ${sql.param(changes.map(({ words }) => words))}::text[]) as changed (entry, version, words)`;
  const words = { summary: sql`changed.words` };
  const isChanged = (id: SQLWrapper, number: SQLWrapper): SQL =>
    sql`${id} = changed.entry and ${number} = changed.version`;
  await db.update(logbookVersions).set(words).from(changed).where(isChanged(entry, version));
  await db.update(logbookEntries).set(words).from(changed).where(isChanged(logbookEntries.id, logbookEntries.version));
  await db.update(reflections).set({ text: "" }).where(eq(reflections.mentor, person));
  return new Set(changes.map(({ id }) => id)).size;
}
