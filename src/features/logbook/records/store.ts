import { and, asc, eq, ne, sql, type SQL, type SQLWrapper } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Db } from "../../../core/db.ts";
import type { PersonId, ProgrammeId } from "../../../core/ids.ts";
import { attendance, meetings } from "../../meetings/schema.ts";
import { groups, people } from "../../programme/schema.ts";
import type { MeetingForm, Topic } from "../rules.ts";
import { logbookEntries, logbookVersions, reflections } from "../schema.ts";

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
  const [entries, written, held, missed] = await Promise.all([
    db.$count(logbookEntries, eq(logbookEntries.mentor, person)),
    db.$count(reflections, and(eq(reflections.mentor, person), ne(reflections.text, ""))),
    db.$count(attendance, and(ofPerson, eq(attendance.status, "held"))),
    db.$count(attendance, and(ofPerson, ne(attendance.status, "held"))),
  ]);
  return { entries, reflections: written, held, missed };
}

/** Takes away what somebody wrote. Days, minutes and who came stay, so that counts do. */
export async function eraseTexts(db: Db, person: PersonId): Promise<void> {
  const first = alias(logbookVersions, "first");
  // Words belong to whoever saved them first: a co-mentor who corrects the minutes saves them again.
  const isTheirs = (entry: SQLWrapper, summary: SQLWrapper): SQL => sql`${person} = (select ${first.mentor}
    from ${logbookVersions} as first where ${first.entry} = ${entry} and ${first.summary} = ${summary}
    order by ${first.version} limit 1)`;
  await db.update(logbookEntries).set({ summary: "" }).where(isTheirs(logbookEntries.id, logbookEntries.summary));
  await db.update(logbookVersions).set({ summary: "" }).where(isTheirs(logbookVersions.entry, logbookVersions.summary));
  await db.update(reflections).set({ text: "" }).where(eq(reflections.mentor, person));
}
