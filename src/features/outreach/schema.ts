import { sql } from "drizzle-orm";
import { check, index, integer, pgTable, primaryKey, text, unique, uuid } from "drizzle-orm/pg-core";
import { instant } from "../../core/columns.ts";
import type { GroupId, MeetingId, PersonId } from "../../core/ids.ts";
import { meetings } from "../meetings/schema.ts";
import { groups, people } from "../programme/schema.ts";

/** When to look at a mentee of a group again: a tick asks only for those whose moment has come. */
export const outreachLooks = pgTable(
  "outreach_looks",
  {
    person: uuid()
      .$type<PersonId>()
      .notNull()
      .references(() => people.id),
    group: uuid()
      .$type<GroupId>()
      .notNull()
      .references(() => groups.id),
    nextAt: instant(),
  },
  (t) => [
    primaryKey({ columns: [t.person, t.group] }),
    index("outreach_looks_due")
      .on(t.nextAt)
      .where(sql`${t.nextAt} is not null`),
  ],
);

/**
 * A step that was taken for a mentee who had gone quiet: one of a kind for each thing that brings it about. An undone one
 * stays, so that it is not taken again for the same reason.
 */
export const outreachSteps = pgTable(
  "outreach_steps",
  {
    id: uuid().primaryKey(),
    person: uuid()
      .$type<PersonId>()
      .notNull()
      .references(() => people.id),
    group: uuid()
      .$type<GroupId>()
      .notNull()
      .references(() => groups.id),
    kind: text().$type<"ask" | "joint" | "list" | "snooze">().notNull(),
    /** `no_meeting:induction`; of a snooze its own id. */
    occasion: text().notNull(),
    meeting: uuid()
      .$type<MeetingId>()
      .references(() => meetings.id, { onDelete: "cascade" }),
    /** Of a joint session: the group that has room, and its mentor who is open to guests. */
    hostGroup: uuid()
      .$type<GroupId>()
      .references(() => groups.id),
    host: uuid()
      .$type<PersonId>()
      .references(() => people.id),
    at: instant().notNull(),
    /** Rises with every answer, and with every one taken back: a card shows one of them. */
    version: integer().notNull().default(0),
    undoneAt: instant(),
    undoneBy: uuid()
      .$type<PersonId>()
      .references(() => people.id),
  },
  (t) => [
    unique("outreach_steps_once").on(t.person, t.group, t.kind, t.occasion),
    check("outreach_steps_kind", sql`${t.kind} in ('ask', 'joint', 'list', 'snooze')`),
    check("outreach_steps_host", sql`(${t.kind} = 'joint') = (${t.host} is not null and ${t.hostGroup} is not null)`),
    check("outreach_steps_undone", sql`(${t.undoneAt} is null) = (${t.undoneBy} is null)`),
    index("outreach_steps_by_group").on(t.group),
  ],
);

/** What somebody said to a step. Taking it back removes the row. */
export const outreachAnswers = pgTable(
  "outreach_answers",
  {
    step: uuid()
      .notNull()
      .references(() => outreachSteps.id, { onDelete: "cascade" }),
    person: uuid()
      .$type<PersonId>()
      .notNull()
      .references(() => people.id),
    answer: text().$type<"another_time" | "fine" | "pause" | "another_mentor" | "leave" | "yes" | "no">().notNull(),
    at: instant().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.step, t.person] }),
    check(
      "outreach_answers_answer",
      sql`${t.answer} in ('another_time', 'fine', 'pause', 'another_mentor', 'leave', 'yes', 'no')`,
    ),
    index("outreach_answers_by_person").on(t.person),
  ],
);

/** Mentors who are open to guests from other groups. */
export const outreachHosts = pgTable(
  "outreach_hosts",
  {
    person: uuid()
      .$type<PersonId>()
      .notNull()
      .references(() => people.id),
    group: uuid()
      .$type<GroupId>()
      .notNull()
      .references(() => groups.id),
    since: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.person, t.group] })],
);
