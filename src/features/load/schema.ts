import { sql } from "drizzle-orm";
import { check, index, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { instant, plainDate } from "../../core/columns.ts";
import type { CoverId, GroupId, PartId, PersonId, ProgrammeId } from "../../core/ids.ts";
import { groups, people, programmes } from "../programme/schema.ts";
import type { CoverEnd } from "./rules.ts";

/**
 * A mentor asked their colleagues to look after the group for a while. The right to do so is a membership with an end;
 * this says why it is there. No reason is asked for, so none is kept.
 */
export const covers = pgTable(
  "covers",
  {
    id: uuid().$type<CoverId>().primaryKey(),
    group: uuid()
      .$type<GroupId>()
      .notNull()
      .references(() => groups.id),
    mentor: uuid()
      .$type<PersonId>()
      .notNull()
      .references(() => people.id),
    /** The first day on which the group is with its mentor again, in the programme's zone. */
    until: plainDate().notNull(),
    askedAt: instant().notNull(),
    state: text().$type<"open" | "taken" | "over">().notNull().default("open"),
    coveredBy: uuid()
      .$type<PersonId>()
      .references(() => people.id),
    takenAt: instant(),
    endedAt: instant(),
    howEnded: text().$type<CoverEnd>(),
    /** Of the colleague who was a mentor of the group before: their former days there, put back at the end. */
    formerJoinedOn: plainDate(),
    formerLeftOn: plainDate(),
  },
  (t) => [
    check("covers_state", sql`${t.state} in ('open', 'taken', 'over')`),
    check("covers_taken_by_somebody", sql`(${t.coveredBy} is null) = (${t.takenAt} is null)`),
    check("covers_open_or_taken", sql`${t.state} = 'over' or (${t.state} = 'taken') = (${t.coveredBy} is not null)`),
    check("covers_end", sql`(${t.state} = 'over') = (${t.endedAt} is not null and ${t.howEnded} is not null)`),
    uniqueIndex("covers_one_request")
      .on(t.group, t.mentor)
      .where(sql`${t.state} <> 'over'`),
    // Nobody carries two groups of others at once.
    uniqueIndex("covers_one_at_a_time")
      .on(t.coveredBy)
      .where(sql`${t.state} = 'taken'`),
    index("covers_running")
      .on(t.until)
      .where(sql`${t.state} <> 'over'`),
    index("covers_by_mentor").on(t.mentor),
    index("covers_by_colleague").on(t.coveredBy),
  ],
);

/** A coordinator ended somebody's part as a mentor. */
export const endedParts = pgTable(
  "ended_parts",
  {
    id: uuid().$type<PartId>().primaryKey(),
    programme: text()
      .$type<ProgrammeId>()
      .notNull()
      .references(() => programmes.id),
    mentor: uuid()
      .$type<PersonId>()
      .notNull()
      .references(() => people.id),
    /** The groups that they were a mentor of. */
    groups: uuid().array().$type<readonly GroupId[]>().notNull(),
    endedBy: uuid()
      .$type<PersonId>()
      .notNull()
      .references(() => people.id),
    endedAt: instant().notNull(),
    undoneAt: instant(),
  },
  (t) => [index("ended_parts_by_mentor").on(t.mentor)],
);
