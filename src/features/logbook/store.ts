import { and, eq, sql, type Placeholder, type SQL, type SQLWrapper } from "drizzle-orm";
import { alias, type AnyPgColumn } from "drizzle-orm/pg-core";
import { buildOnce, type Db } from "../../core/db.ts";
import type { EntryId, GroupId, MeetingId, PersonId } from "../../core/ids.ts";
import { attendance, meetings } from "../meetings/schema.ts";
import { groups, memberships, people, programmes } from "../programme/schema.ts";
import type { Entry, Mentee, MeetingForm, Reflection, SavedEntry } from "./rules.ts";
import { logbookEntries, logbookVersions, reflections } from "./schema.ts";

/** A meeting and what the logbook has about it, as one mentor of its group meets it. */
export interface Logbook {
  readonly meeting: LogMeeting;
  readonly group: { readonly id: GroupId; readonly name: string };
  /** Zone and first day of the programme's year. */
  readonly timeZone: string;
  readonly yearStarts: Temporal.PlainDate;
  /** Everybody who is or was a mentee of the group, in the order of their names. */
  readonly mentees: readonly Mentee[];
  /** Of the meeting itself, or of the catch-up that was asked for. */
  readonly saved: Saved | null;
  /** Of the group's meetings that the programme asks for, without this one: how many are held, and how many there are. */
  readonly othersHeld: number;
  readonly othersAsked: number;
  /** Since when the reader is a mentor of the group; null when they are none. */
  readonly readerSince: Temporal.PlainDate | null;
  /** They look after it for a colleague until this day; null for a mentor of the group's own. */
  readonly readerCoversUntil: Temporal.PlainDate | null;
}

export interface LogMeeting {
  readonly id: MeetingId;
  readonly title: string;
  /** First day of the window; null for an extra meeting. */
  readonly opens: Temporal.PlainDate | null;
  readonly plannedAt: Temporal.Instant | null;
  readonly plannedMinutes: number | null;
  readonly plannedForm: MeetingForm | null;
  readonly heldOn: Temporal.PlainDate | null;
}

export interface Saved {
  readonly entry: SavedEntry;
  readonly mentorName: string;
  /** Who saved it is a mentor of the group today. */
  readonly isByPresentMentor: boolean;
  /** The reader's own. */
  readonly reflection: Reflection | null;
}

const meetingColumns = {
  id: meetings.id,
  title: meetings.title,
  opens: meetings.opens,
  plannedAt: meetings.plannedAt,
  plannedMinutes: meetings.plannedMinutes,
  plannedForm: meetings.plannedForm,
  heldOn: meetings.heldOn,
};

const { id, version, mentor, heldOn, minutes, form, attended, topics, summary, firstSavedAt, savedAt } = logbookEntries;
const entryColumns = { id, version, mentor, heldOn, minutes, form, attended, topics, summary, firstSavedAt, savedAt };

/**
 * All that logging a meeting needs, in one query: it happens while a mentor waits.
 *
 * @param catchUpFor the mentee whose catch-up it is about; null: the group's meeting itself
 * @returns null for a meeting that does not exist, or whose group is no longer active
 */
export async function findLogbook(
  db: Db,
  meeting: MeetingId,
  reader: PersonId,
  catchUpFor: PersonId | null,
): Promise<Logbook | null> {
  const [row] = await selectMeeting(db, { meeting, reader, catchUpFor });
  if (row === undefined) return null;
  const { entry, mentorName, isByPresentMentor, reflection, ...rest } = row;
  return {
    ...rest,
    saved: entry === null ? null : { entry, mentorName: mentorName ?? "", isByPresentMentor, reflection },
  };
}

export const given = sql.placeholder;

const selectMeeting = buildOnce("logbook-meeting", (db) => {
  const other = alias(meetings, "other");
  const saver = alias(memberships, "saver");
  const fromOthers = sql`from ${meetings} as other where ${other.group} = ${meetings.group} and ${other.isActive}
    and ${other.opens} is not null and ${other.id} <> ${meetings.id}`;
  return db
    .select({
      meeting: meetingColumns,
      group: { id: groups.id, name: groups.name },
      timeZone: programmes.timeZone,
      yearStarts: programmes.starts,
      readerSince: memberships.joinedOn,
      readerCoversUntil: memberships.endsOn,
      entry: entryColumns,
      mentorName: people.name,
      isByPresentMentor: sql<boolean>`exists (select from ${memberships} as saver where ${saver.group} = ${meetings.group}
        and ${saver.role} = 'mentor' and ${saver.isActive} and ${saver.person} = ${logbookEntries.mentor})`,
      reflection: { text: reflections.text, version: reflections.version },
      othersHeld: sql<number>`(select count(${other.heldOn})::int ${fromOthers})`,
      othersAsked: sql<number>`(select count(*)::int ${fromOthers})`,
      mentees: menteesOf(meetings.group, meetings.id),
    })
    .from(meetings)
    .innerJoin(groups, and(eq(groups.id, meetings.group), eq(groups.isActive, true)))
    .innerJoin(programmes, eq(programmes.id, groups.programme))
    .leftJoin(memberships, isMentorOf(meetings.group, given("reader")))
    .leftJoin(
      logbookEntries,
      and(
        eq(logbookEntries.meeting, meetings.id),
        sql`${logbookEntries.catchUpFor} is not distinct from ${given("catchUpFor")}`,
      ),
    )
    .leftJoin(people, eq(people.id, logbookEntries.mentor))
    .leftJoin(reflections, and(eq(reflections.entry, logbookEntries.id), eq(reflections.mentor, given("reader"))))
    .where(eq(meetings.id, given("meeting")));
});

function isMentorOf(group: AnyPgColumn, person: PersonId | Placeholder): SQL | undefined {
  return and(
    eq(memberships.group, group),
    eq(memberships.role, "mentor"),
    eq(memberships.isActive, true),
    eq(memberships.person, person),
  );
}

/** Everybody who is or was a mentee of the group, and what the logbook says about them and this meeting. */
function menteesOf(group: SQLWrapper, meeting: SQLWrapper): SQL<readonly Mentee[]> {
  const belongs = alias(memberships, "belongs");
  const mentee = alias(people, "mentee");
  const catchUp = alias(logbookEntries, "catch_up");
  return sql`(
    select coalesce(json_agg(json_build_object(
      'person', ${mentee.id}, 'name', ${mentee.name}, 'joinedOn', ${belongs.joinedOn}, 'leftOn', ${belongs.leftOn},
      'isActive', ${belongs.isActive}, 'status', ${attendance.status}, 'caughtUpOn', ${catchUp.heldOn}
    ) order by ${mentee.name}, ${mentee.id}), '[]')
    from ${memberships} as belongs
    join ${people} as mentee on ${mentee.id} = ${belongs.person}
    left join ${attendance} on ${attendance.meeting} = ${meeting} and ${attendance.person} = ${mentee.id}
    left join ${logbookEntries} as catch_up on ${catchUp.meeting} = ${meeting} and ${catchUp.catchUpFor} = ${mentee.id}
    where ${belongs.group} = ${group} and ${belongs.role} = 'mentee')`.mapWith(readMentees);
}

type MenteeRow = Omit<Mentee, "joinedOn" | "leftOn" | "caughtUpOn"> & {
  readonly joinedOn: string;
  readonly leftOn: string | null;
  readonly caughtUpOn: string | null;
};

function readMentees(rows: readonly MenteeRow[]): readonly Mentee[] {
  const asDay = (day: string | null) => (day === null ? null : Temporal.PlainDate.from(day));
  return rows.map(({ joinedOn, leftOn, caughtUpOn, ...rest }) => ({
    ...rest,
    joinedOn: Temporal.PlainDate.from(joinedOn),
    leftOn: asDay(leftOn),
    caughtUpOn: asDay(caughtUpOn),
  }));
}

/**
 * The logbook's page for a further meeting of a group that is not in the tables before it is saved.
 *
 * @param meeting the id that it will have
 */
export async function findNewMeeting(
  db: Db,
  group: GroupId,
  meeting: MeetingId,
  reader: PersonId,
): Promise<Logbook | null> {
  const [row] = await db
    .select({
      group: { id: groups.id, name: groups.name },
      timeZone: programmes.timeZone,
      yearStarts: programmes.starts,
      readerSince: memberships.joinedOn,
      readerCoversUntil: memberships.endsOn,
      mentees: menteesOf(groups.id, sql`${meeting}::uuid`),
    })
    .from(groups)
    .innerJoin(programmes, eq(programmes.id, groups.programme))
    .innerJoin(memberships, isMentorOf(groups.id, reader))
    .where(and(eq(groups.id, group), eq(groups.isActive, true)));
  if (row === undefined) return null;
  const plan = { opens: null, plannedAt: null, plannedMinutes: null, plannedForm: null, heldOn: null };
  return {
    ...row,
    meeting: { id: meeting, title: "Another meeting", ...plan },
    saved: null,
    othersHeld: 0,
    othersAsked: 0,
  };
}

/** An earlier version of an entry; null: it never had that one. */
export async function findVersion(
  db: Db,
  entry: EntryId,
  number: number,
): Promise<{ readonly entry: Entry; readonly version: number } | null> {
  const { heldOn, minutes, form, attended, topics, summary } = logbookVersions;
  const [row] = await db
    .select({ entry: { heldOn, minutes, form, attended, topics, summary }, version: logbookVersions.version })
    .from(logbookVersions)
    .where(and(eq(logbookVersions.entry, entry), eq(logbookVersions.version, number)));
  return row ?? null;
}
