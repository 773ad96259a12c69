import { sql } from "drizzle-orm";
import { check, foreignKey, index, integer, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { instant } from "../../core/columns.ts";
import type { MeetingId, PersonId } from "../../core/ids.ts";
import { meetings } from "../meetings/schema.ts";
import { people } from "../programme/schema.ts";
import type { Answer, Settlement } from "./rules.ts";

/** A mentee's own side of a meeting. What its log says is another table's, and stays as it is. */
export const attendanceReplies = pgTable(
  "attendance_replies",
  {
    meeting: uuid()
      .$type<MeetingId>()
      .notNull()
      .references(() => meetings.id),
    person: uuid()
      .$type<PersonId>()
      .notNull()
      .references(() => people.id),
    answer: text().$type<Answer>().notNull(),
    repliedAt: instant().notNull(),
    /** What a coordinator found out after asking. */
    settled: text().$type<Settlement>(),
  },
  (t) => [
    primaryKey({ columns: [t.meeting, t.person] }),
    check("attendance_replies_answer", sql`${t.answer} in ('there', 'could_not', 'not_held')`),
    check("attendance_replies_settled", sql`${t.settled} in ('took_place', 'did_not_take_place')`),
    check("attendance_replies_settled_dispute", sql`${t.settled} is null or ${t.answer} = 'not_held'`),
    index("attendance_replies_by_person").on(t.person),
  ],
);

/** Every step: each answer, each settlement, and each that was taken back. */
export const replyHistory = pgTable(
  "reply_history",
  {
    id: integer().generatedAlwaysAsIdentity().primaryKey(),
    meeting: uuid().$type<MeetingId>().notNull(),
    person: uuid().$type<PersonId>().notNull(),
    step: text().$type<Answer | Settlement | "taken_back">().notNull(),
    by: uuid()
      .$type<PersonId>()
      .notNull()
      .references(() => people.id),
    at: instant().notNull(),
  },
  (t) => [
    foreignKey({
      name: "reply_history_reply",
      columns: [t.meeting, t.person],
      foreignColumns: [attendanceReplies.meeting, attendanceReplies.person],
    }),
    index("reply_history_by_reply").on(t.meeting, t.person),
  ],
);
