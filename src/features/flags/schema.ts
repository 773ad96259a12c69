import { sql } from "drizzle-orm";
import { check, index, integer, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { instant } from "../../core/columns.ts";
import type { FlagId, GroupId, PersonId, ProgrammeId } from "../../core/ids.ts";
import { groups, people, programmes } from "../programme/schema.ts";

export type FlagState = "open" | "taken" | "closed";

/** Somebody asked for a person. Read by the coordinators of the programme and by who asked. */
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
    /** Null after an erasure. */
    question: text(),
    state: text().$type<FlagState>().notNull().default("open"),
    takenBy: uuid()
      .$type<PersonId>()
      .references(() => people.id),
    askedAt: instant().notNull(),
  },
  (t) => [
    check("flags_state", sql`${t.state} in ('open', 'taken', 'closed')`),
    check("flags_taken_by_somebody", sql`(${t.state} = 'open') = (${t.takenBy} is null)`),
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
