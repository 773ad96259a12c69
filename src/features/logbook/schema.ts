import { sql } from "drizzle-orm";
import { check, index, integer, pgTable, primaryKey, text, unique, uuid } from "drizzle-orm/pg-core";
import { instant, plainDate } from "../../core/columns.ts";
import type { EntryId, MeetingId, PersonId } from "../../core/ids.ts";
import { meetings } from "../meetings/schema.ts";
import { people } from "../programme/schema.ts";
import type { MeetingForm, Topic } from "./rules.ts";

/** What was done: the newest version of each entry. One a meeting, and one for each catch-up with who missed it. */
export const logbookEntries = pgTable(
  "logbook_entries",
  {
    id: uuid().$type<EntryId>().primaryKey(),
    meeting: uuid()
      .$type<MeetingId>()
      .notNull()
      .references(() => meetings.id),
    /** The mentee whom a catch-up was for; null: the group's meeting itself. */
    catchUpFor: uuid()
      .$type<PersonId>()
      .references(() => people.id),
    /** The mentor who saved the newest version. */
    mentor: uuid()
      .$type<PersonId>()
      .notNull()
      .references(() => people.id),
    heldOn: plainDate().notNull(),
    minutes: integer().notNull(),
    form: text().$type<MeetingForm>().notNull(),
    /** The mentees who came. */
    attended: uuid().array().$type<readonly PersonId[]>().notNull(),
    topics: text().array().$type<readonly Topic[]>().notNull(),
    /** Coordinators read it, mentees may ask to. */
    summary: text().notNull(),
    version: integer().notNull(),
    firstSavedAt: instant().notNull(),
    savedAt: instant().notNull(),
  },
  (t) => [
    unique("logbook_entries_once").on(t.meeting, t.catchUpFor).nullsNotDistinct(),
    check("logbook_entries_minutes", sql`${t.minutes} between 5 and 600`),
    check("logbook_entries_form", sql`${t.form} in ('online', 'in_person', 'both')`),
    index("logbook_entries_by_mentor").on(t.mentor),
  ],
);

/** Every version ever saved, so that an edit loses nothing. */
export const logbookVersions = pgTable(
  "logbook_versions",
  {
    entry: uuid()
      .$type<EntryId>()
      .notNull()
      .references(() => logbookEntries.id),
    version: integer().notNull(),
    mentor: uuid()
      .$type<PersonId>()
      .notNull()
      .references(() => people.id),
    heldOn: plainDate().notNull(),
    minutes: integer().notNull(),
    form: text().$type<MeetingForm>().notNull(),
    attended: uuid().array().$type<readonly PersonId[]>().notNull(),
    topics: text().array().$type<readonly Topic[]>().notNull(),
    summary: text().notNull(),
    savedAt: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.entry, t.version] })],
);

/** A mentor's own reflection on a meeting: for its writer and the coordinators, never for a co-mentor or a successor. */
export const reflections = pgTable(
  "reflections",
  {
    entry: uuid()
      .$type<EntryId>()
      .notNull()
      .references(() => logbookEntries.id),
    mentor: uuid()
      .$type<PersonId>()
      .notNull()
      .references(() => people.id),
    text: text().notNull(),
    /** The entry's version that it was last changed with. */
    version: integer().notNull(),
    savedAt: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.entry, t.mentor] })],
);
