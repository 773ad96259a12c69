import { sql } from "drizzle-orm";
import { check, foreignKey, integer, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { instant } from "../../core/columns.ts";
import type { MeetingId, PersonId } from "../../core/ids.ts";
import { meetings } from "../meetings/schema.ts";
import { people } from "../programme/schema.ts";

/** What a mentee said to a plan. Only the mentors see who said what; a changed plan asks anew. */
export const planAnswers = pgTable(
  "plan_answers",
  {
    meeting: uuid().$type<MeetingId>().notNull(),
    planVersion: integer().notNull(),
    person: uuid().$type<PersonId>().notNull().references(() => people.id),
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
