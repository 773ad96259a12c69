import { sql } from "drizzle-orm";
import { check, index, integer, pgTable, text, unique, uuid } from "drizzle-orm/pg-core";
import { instant } from "../../core/columns.ts";
import type { FlagId, GroupId, MeetingId, PersonId, ProgrammeId } from "../../core/ids.ts";
import { groups, people, programmes } from "../programme/schema.ts";
import type { Audience, FlagKind, FlagState } from "./rules.ts";

/** Somebody asked for a person. Read by its audience and by who asked. */
export const flags = pgTable(
  "flags",
  {
    id: uuid().$type<FlagId>().primaryKey(),
    programme: text()
      .$type<ProgrammeId>()
      .notNull()
      .references(() => programmes.id),
    group: uuid()
      .$type<GroupId>()
      .references(() => groups.id),
    asker: uuid()
      .$type<PersonId>()
      .notNull()
      .references(() => people.id),
    kind: text().$type<FlagKind>().notNull().default("question"),
    audience: text().$type<Audience>().notNull().default("coordinators"),
    /** The meeting that it is about, if it is about one. Flags know no meetings: who raised it does. */
    meeting: uuid().$type<MeetingId>(),
    /** What makes a second one the same; null for a question: its form's id does. */
    dedupeKey: text(),
    /** How often it was raised: once, and once more each time after it was taken back. */
    raised: integer().notNull().default(1),
    /** The words of a question; null after an erasure, and for every other kind. */
    question: text(),
    state: text().$type<FlagState>().notNull().default("open"),
    takenBy: uuid()
      .$type<PersonId>()
      .references(() => people.id),
    askedAt: instant().notNull(),
  },
  (t) => [
    unique("flags_once").on(t.dedupeKey),
    check("flags_kind", sql`${t.kind} in ('question', 'contact', 'not-held', 'another-mentor', 'leave')`),
    check("flags_audience", sql`${t.audience} in ('coordinators', 'mentors')`),
    check("flags_mentors_of_a_group", sql`${t.audience} = 'coordinators' or ${t.group} is not null`),
    check("flags_words_of_questions", sql`${t.kind} = 'question' or ${t.question} is null`),
    check("flags_state", sql`${t.state} in ('open', 'taken', 'closed', 'withdrawn')`),
    check("flags_taken_by_somebody", sql`(${t.state} in ('open', 'withdrawn')) = (${t.takenBy} is null)`),
    index("flags_by_asker").on(t.asker),
  ],
);

/** Every change of state, and who made it. */
export const flagHistory = pgTable(
  "flag_history",
  {
    id: integer().generatedAlwaysAsIdentity().primaryKey(),
    flag: uuid()
      .$type<FlagId>()
      .notNull()
      .references(() => flags.id),
    state: text().$type<FlagState>().notNull(),
    person: uuid()
      .$type<PersonId>()
      .notNull()
      .references(() => people.id),
    at: instant().notNull(),
  },
  (t) => [index("flag_history_by_flag").on(t.flag)],
);
