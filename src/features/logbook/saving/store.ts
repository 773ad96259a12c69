import { and, eq, exists, isNull, sql, type SQL } from "drizzle-orm";
import type { AnyPgColumn, WithSubqueryWithSelection } from "drizzle-orm/pg-core";
import { buildOnce, type Db } from "../../../core/db.ts";
import type { EntryId, MeetingId, PersonId } from "../../../core/ids.ts";
import { stopAllAbout } from "../../meetings/reminders/store.ts";
import { subjectOf } from "../../meetings/rules.ts";
import { attendance, meetings } from "../../meetings/schema.ts";
import type { AttendanceStatus } from "../../meetings/store.ts";
import type { Entry } from "../rules.ts";
import { logbookEntries, logbookVersions, reflections } from "../schema.ts";
import { given } from "../store.ts";

export interface Saving {
  readonly meeting: MeetingId;
  /** The mentee whose catch-up it is; null: the group's meeting itself. */
  readonly catchUpFor: PersonId | null;
  readonly mentor: PersonId;
  readonly entry: Entry;
  /** Null: as it was. */
  readonly reflection: string | null;
  /** Null: the first version, of an entry with the id `newEntry`. */
  readonly onTopOf: { readonly id: EntryId; readonly version: number } | null;
  readonly newEntry: EntryId;
  /** Who came and who did not; anybody else is taken off the list. */
  readonly attendance: ReadonlyMap<PersonId, AttendanceStatus>;
}

/**
 * Saves an entry, its version, the reflection, who came, and that the meeting was held, so that nothing more is said about
 * it. One statement: all of it, or nothing when somebody saved in between.
 *
 * @returns whether it is saved
 */
export async function saveEntry(db: Db, saving: Saving, now: Temporal.Instant): Promise<boolean> {
  const { entry, newEntry, onTopOf, attendance: came, ...rest } = saving;
  const values = {
    ...rest,
    ...entry,
    id: onTopOf?.id ?? newEntry,
    topic: subjectOf(saving.meeting),
    base: onTopOf?.version ?? 0,
    version: (onTopOf?.version ?? 0) + 1,
    now,
    people: [...came.keys()],
    statuses: [...came.values()],
  };
  const saved = await (onTopOf === null ? saveFirst(db, values) : saveNext(db, values));
  return saved.length > 0;
}

const asStored = (name: string, column: AnyPgColumn): SQL => sql`${sql.param(given(name), column)}`;

const newest = {
  mentor: asStored("mentor", logbookEntries.mentor),
  heldOn: asStored("heldOn", logbookEntries.heldOn),
  minutes: asStored("minutes", logbookEntries.minutes),
  form: asStored("form", logbookEntries.form),
  attended: asStored("attended", logbookEntries.attended),
  topics: asStored("topics", logbookEntries.topics),
  summary: asStored("summary", logbookEntries.summary),
  version: asStored("version", logbookEntries.version),
  savedAt: asStored("now", logbookEntries.savedAt),
};

const saveFirst = buildOnce("logbook-save-first", (db) => {
  const first = {
    id: asStored("id", logbookEntries.id),
    meeting: asStored("meeting", logbookEntries.meeting),
    catchUpFor: asStored("catchUpFor", logbookEntries.catchUpFor),
    firstSavedAt: newest.savedAt,
  };
  const saved = db
    .insert(logbookEntries)
    .values({ ...first, ...newest })
    .onConflictDoNothing()
    .returning();
  return withItsTrail(db, db.$with("saved").as(saved));
});

const saveNext = buildOnce("logbook-save-next", (db) => {
  const saved = db
    .update(logbookEntries)
    .set(newest)
    .where(and(eq(logbookEntries.id, given("id")), eq(logbookEntries.version, given("base"))))
    .returning();
  return withItsTrail(db, db.$with("saved").as(saved));
});

type SavedRow = WithSubqueryWithSelection<typeof logbookEntries._.columns, "saved">;

/** What is written along with an entry, if that one is: each part reads from `saved`. */
function withItsTrail(db: Db, saved: SavedRow) {
  const { id: entry, version, mentor, heldOn, minutes, form, attended, topics, summary, savedAt } = saved;
  const isOfGroup = exists(db.select({ version }).from(saved).where(isNull(saved.catchUpFor)));
  const kept = db
    .insert(logbookVersions)
    .select(
      db.select({ entry, version, mentor, heldOn, minutes, form, attended, topics, summary, savedAt }).from(saved),
    );
  const known = db
    .insert(attendance)
    .select(
      sql`select ${saved.meeting}, came.person, came.status, null::timestamptz from ${saved},
        unnest(${given("people")}::uuid[], ${given("statuses")}::text[]) as came (person, status)`,
    )
    .onConflictDoUpdate({ target: [attendance.meeting, attendance.person], set: { status: sql`excluded.status` } });
  const isElse = sql`${attendance.person} <> all(${given("people")}::uuid[])`;
  const unknown = db.delete(attendance).where(and(eq(attendance.meeting, given("meeting")), isElse, isOfGroup));
  const held = db
    .update(meetings)
    .set({ heldOn: newest.heldOn, excused: null, takenBy: newest.mentor })
    .where(and(eq(meetings.id, given("meeting")), isOfGroup))
    .returning({ id: meetings.id });
  const reflected = db
    .insert(reflections)
    .select(
      sql`select ${entry}, ${mentor}, ${given("reflection")}, ${version}, ${savedAt} from ${saved}
        where ${given("reflection")}::text is not null`,
    )
    .onConflictDoUpdate({
      target: [reflections.entry, reflections.mentor],
      set: { text: sql`excluded.text`, version: sql`excluded.version`, savedAt: sql`excluded.saved_at` },
    });
  const isHeld = db.$with("held").as(held);
  return db
    .with(
      saved,
      db.$with("kept").as(kept),
      db.$with("known").as(known),
      db.$with("unknown").as(unknown),
      isHeld,
      ...stopAllAbout(db, sql`select ${isHeld.id} from ${isHeld}`, given("topic")),
      db.$with("reflected").as(reflected),
    )
    .select({ version })
    .from(saved);
}
