import { sql } from "drizzle-orm";
import { boolean, check, foreignKey, integer, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { instant } from "../../core/columns.ts";
import type { MeetingId, PersonId } from "../../core/ids.ts";
import { meetings, type MeetingForm } from "../meetings/schema.ts";
import { people } from "../programme/schema.ts";

/** What a mentee said to a plan. Only the mentors see who said what; a changed plan asks anew. */
export const planAnswers = pgTable(
  "plan_answers",
  {
    meeting: uuid().$type<MeetingId>().notNull(),
    planVersion: integer().notNull(),
    person: uuid()
      .$type<PersonId>()
      .notNull()
      .references(() => people.id),
    answer: text().$type<"yes" | "no" | "other_time">().notNull(),
    /** With `other_time`: the time that would suit them. */
    suggestedAt: instant(),
    answeredAt: instant().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.meeting, t.planVersion, t.person] }),
    foreignKey({ columns: [t.meeting], foreignColumns: [meetings.id] }).onDelete("cascade"),
    check("plan_answers_answer", sql`${t.answer} in ('yes', 'no', 'other_time')`),
    check("plan_answers_suggestion", sql`(${t.answer} = 'other_time') = (${t.suggestedAt} is not null)`),
  ],
);

/**
 * Every version of a meeting's plan. The newest says what was cancelled, and whether the group's chat knows of it; the
 * present plan itself is in `meetings`.
 */
export const planVersions = pgTable(
  "plan_versions",
  {
    meeting: uuid()
      .$type<MeetingId>()
      .notNull()
      .references(() => meetings.id, { onDelete: "cascade" }),
    version: integer().notNull(),
    /** The version before it was taken back; the rest of the row says what it was. */
    isCancelled: boolean().notNull(),
    startsAt: instant().notNull(),
    minutes: integer().notNull(),
    form: text().$type<MeetingForm>().notNull(),
    place: text(),
    madeBy: uuid()
      .$type<PersonId>()
      .notNull()
      .references(() => people.id),
    madeAt: instant().notNull(),
    /** A card with it was posted, or may have been, in the group's chat. */
    postedAt: instant(),
  },
  (t) => [
    primaryKey({ columns: [t.meeting, t.version] }),
    check("plan_versions_form", sql`${t.form} in ('online', 'in_person', 'both')`),
  ],
);

/** When mentees last asked for a date: mentors hear of it once a week, whoever asks. Who it was is not kept. */
export const dateWishes = pgTable("date_wishes", {
  meeting: uuid()
    .$type<MeetingId>()
    .primaryKey()
    .references(() => meetings.id, { onDelete: "cascade" }),
  wishedAt: instant().notNull(),
});
