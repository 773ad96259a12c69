import { and, asc, eq, inArray, isNotNull, isNull, or, sql } from "drizzle-orm";
import type { Db } from "../../core/db.ts";
import { as, type GroupId, type MeetingId, type PersonId, type ProgrammeId } from "../../core/ids.ts";
import type { NewId } from "../../core/ports.ts";
import type { Settings } from "../programme/rules.ts";
import { groups, memberships } from "../programme/schema.ts";
import { listProgrammes, loadGroups, type Group } from "../programme/store.ts";
import type { MeetingFacts } from "./rules.ts";
import { attendance, meetings, type MeetingForm } from "./schema.ts";

/** One meeting with all that its cards show. */
export interface Meeting {
  readonly id: MeetingId;
  /** The key in `programme.yaml`, or `extra-1`, `extra-2` ... */
  readonly key: string;
  readonly title: string;
  readonly talkAbout: readonly string[];
  readonly group: Group;
  readonly settings: Settings;
  readonly facts: MeetingFacts;
  readonly plannedForm: MeetingForm | null;
  readonly plannedPlace: string | null;
  /** The time before the latest change of plan. */
  readonly plannedBefore: Temporal.Instant | null;
  /** Rises with every plan, change and cancellation. */
  readonly planVersion: number;
  /** The programme still asks for it, or it is an extra one. */
  readonly isActive: boolean;
}

export type AttendanceStatus = "held" | "absent" | "excused";

export async function findMeeting(db: Db, id: MeetingId): Promise<Meeting | null> {
  return (await findMeetings(db, [id]))[0] ?? null;
}

/** Active groups only; in the order of their windows, extra ones last. */
export async function findMeetings(db: Db, ids: readonly MeetingId[]): Promise<readonly Meeting[]> {
  if (ids.length === 0) return [];
  return complete(
    db,
    await db
      .select()
      .from(meetings)
      .where(inArray(meetings.id, [...ids]))
      .orderBy(...inOrder),
  );
}

/** The meetings of these groups that the programme asks for, and the extra ones. */
export async function meetingsOfGroups(db: Db, groupIds: readonly GroupId[]): Promise<readonly Meeting[]> {
  if (groupIds.length === 0) return [];
  const rows = await db
    .select()
    .from(meetings)
    .where(and(inArray(meetings.group, [...groupIds]), eq(meetings.isActive, true)))
    .orderBy(...inOrder);
  return complete(db, rows);
}

/** Those that a programme once asked for and asks for no more: their window or their group is gone. */
export async function meetingsSwitchedOff(db: Db, programme: ProgrammeId): Promise<readonly MeetingId[]> {
  const rows = await db
    .select({ id: meetings.id })
    .from(meetings)
    .innerJoin(groups, eq(groups.id, meetings.group))
    .where(and(eq(groups.programme, programme), or(eq(meetings.isActive, false), eq(groups.isActive, false))));
  return rows.map((row) => row.id);
}

/** All groups that the programme has or had, deactivated ones too. */
export async function meetingsOfProgramme(db: Db, programme: ProgrammeId): Promise<readonly Meeting[]> {
  const rows = await db.select({ id: groups.id }).from(groups).where(eq(groups.programme, programme));
  return meetingsOfGroups(
    db,
    rows.map((row) => row.id),
  );
}

/** The meetings of every group that somebody is or was in: cards about them may show their name or words. */
export async function meetingsAround(db: Db, person: PersonId): Promise<readonly MeetingId[]> {
  const own = db.select({ group: memberships.group }).from(memberships).where(eq(memberships.person, person));
  const rows = await db.select({ id: meetings.id }).from(meetings).where(inArray(meetings.group, own));
  return rows.map(({ id }) => id);
}

const inOrder = [asc(meetings.opens), asc(meetings.key), asc(meetings.id)] as const;

type Row = typeof meetings.$inferSelect;

async function complete(db: Db, rows: readonly Row[]): Promise<readonly Meeting[]> {
  const found = await loadGroups(db, [...new Set(rows.map((row) => row.group))]);
  const groupOf = new Map(found.map((group) => [group.id, group]));
  const programmeOf = new Map((await listProgrammes(db)).map((programme) => [programme.id, programme]));
  return rows.flatMap((row) => {
    const group = groupOf.get(row.group);
    const programme = group === undefined ? undefined : programmeOf.get(group.programme);
    return group === undefined || programme === undefined ? [] : [asMeeting(row, group, programme.settings)];
  });
}

function asMeeting(row: Row, group: Group, settings: Settings): Meeting {
  const { opens, closes, plannedAt, plannedMinutes, planMadeAt } = row;
  return {
    id: row.id,
    key: row.key,
    title: row.title,
    talkAbout: settings.meetings.find((window) => window.key === row.key)?.talk_about ?? [],
    group,
    settings,
    facts: {
      window: opens === null || closes === null ? null : { opens, closes },
      plan:
        plannedAt === null || plannedMinutes === null || planMadeAt === null
          ? null
          : { at: plannedAt, minutes: plannedMinutes, madeAt: planMadeAt, version: row.planVersion },
      heldOn: row.heldOn,
      excused: row.excused,
      // A mentor who left looks after nothing, nor does one who is away.
      takenBy: group.mentors.some((mentor) => mentor.person === row.takenBy && mentor.awayUntil === null)
        ? row.takenBy
        : null,
      timeZone: settings.timezone,
    },
    plannedForm: row.plannedForm,
    plannedPlace: row.plannedPlace,
    plannedBefore: row.plannedBefore,
    planVersion: row.planVersion,
    isActive: row.isActive,
  };
}

/** Who was at these meetings, as their logs say. */
export async function attendanceAt(
  db: Db,
  ids: readonly MeetingId[],
): Promise<ReadonlyMap<MeetingId, ReadonlyMap<PersonId, AttendanceStatus>>> {
  const found = new Map<MeetingId, Map<PersonId, AttendanceStatus>>();
  if (ids.length === 0) return found;
  for (const row of await db
    .select()
    .from(attendance)
    .where(inArray(attendance.meeting, [...ids]))) {
    const known = found.get(row.meeting) ?? new Map<PersonId, AttendanceStatus>();
    found.set(row.meeting, known.set(row.person, row.status));
  }
  return found;
}

/** Changes some facts of one meeting. The caller then calls `meetingsChanged`. */
export async function updateMeeting(
  db: Db,
  id: MeetingId,
  change: Partial<typeof meetings.$inferInsert>,
): Promise<void> {
  await db.update(meetings).set(change).where(eq(meetings.id, id));
}

/** @returns false, and changes nothing, when the meeting is logged */
export async function excuseUnlessHeld(
  db: Db,
  id: MeetingId,
  change: { readonly excused: string | null; readonly takenBy: PersonId },
): Promise<boolean> {
  const changed = await db
    .update(meetings)
    .set(change)
    .where(and(eq(meetings.id, id), isNull(meetings.heldOn)))
    .returning({ id: meetings.id });
  return changed.length === 1;
}

/** A group's meeting beyond those that the programme asks for. */
export async function addExtraMeeting(db: Db, id: MeetingId, group: GroupId): Promise<void> {
  const [last] = await db
    .select({ count: sql<number>`count(*)::int` })
    .from(meetings)
    .where(and(eq(meetings.group, group), isNull(meetings.opens)));
  const number = (last?.count ?? 0) + 1;
  await db
    .insert(meetings)
    .values({ id, group, key: `extra-${number}`, title: number === 1 ? "Extra meeting" : `Extra meeting ${number}` })
    .onConflictDoNothing();
}

/**
 * Gives every active group of a programme its meetings as `programme.yaml` has them now. A window that the file no
 * longer has is switched off; nothing is deleted.
 */
export async function ensureMeetings(
  db: Db,
  programme: ProgrammeId,
  windows: Settings["meetings"],
  newId: NewId,
): Promise<void> {
  const ofProgramme = db.select({ id: groups.id }).from(groups).where(eq(groups.programme, programme));
  await db
    .update(meetings)
    .set({ isActive: false })
    .where(
      and(
        inArray(meetings.group, ofProgramme),
        isNotNull(meetings.opens),
        sql`${meetings.key} <> all(${sql.param(windows.map((window) => window.key))}::text[])`,
      ),
    );
  const active = await db
    .select({ id: groups.id })
    .from(groups)
    .where(and(eq(groups.programme, programme), eq(groups.isActive, true)));
  const rows = active.flatMap(({ id: group }) =>
    windows.map(({ key, title, opens, closes }) => ({ id: as<MeetingId>(newId()), group, key, title, opens, closes })),
  );
  for (const chunk of chunksOf(rows)) {
    await db
      .insert(meetings)
      .values(chunk)
      .onConflictDoUpdate({
        target: [meetings.group, meetings.key],
        set: {
          title: sql`excluded.title`,
          opens: sql`excluded.opens`,
          closes: sql`excluded.closes`,
          isActive: true,
        },
      });
  }
}

/** PostgreSQL takes 65,535 parameters a statement; no row here has more than 20. */
const chunkSize = 1000;

export function* chunksOf<Item>(items: readonly Item[]): Generator<Item[]> {
  for (let from = 0; from < items.length; from += chunkSize) yield items.slice(from, from + chunkSize);
}
