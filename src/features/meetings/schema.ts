import { sql } from "drizzle-orm";
import { boolean, check, index, integer, pgTable, primaryKey, text, unique, uuid } from "drizzle-orm/pg-core";
import { instant, plainDate } from "../../core/columns.ts";
import type { GroupId, MeetingId, PersonId } from "../../core/ids.ts";
import { groups, people } from "../programme/schema.ts";

export type MeetingForm = "online" | "in_person" | "both";

/** One of the meetings of one group: those that the programme asks for, and any further one that was held. */
export const meetings = pgTable(
  "meetings",
  {
    id: uuid().$type<MeetingId>().primaryKey(),
    group: uuid()
      .$type<GroupId>()
      .notNull()
      .references(() => groups.id),
    /** The key in `programme.yaml`, or `extra-1`, `extra-2` ... */
    key: text().notNull(),
    title: text().notNull(),
    /** First and last day of the window, in the programme's zone. Null for an extra meeting. */
    opens: plainDate(),
    closes: plainDate(),
    /** The programme still asks for it. */
    isActive: boolean().notNull().default(true),

    plannedAt: instant(),
    plannedMinutes: integer(),
    plannedForm: text().$type<MeetingForm>(),
    plannedPlace: text(),
    /** When the present plan was made. */
    planMadeAt: instant(),
    /** The time before the latest change of plan: a card shows both. */
    plannedBefore: instant(),
    /** Rises with every plan, change and cancellation: answers and reminders belong to one of them. */
    planVersion: integer().notNull().default(0),

    heldOn: plainDate(),
    /** Why it could not be. */
    excused: text(),
    /** The mentor who is looking after it, where there are two. */
    takenBy: uuid()
      .$type<PersonId>()
      .references(() => people.id),
  },
  (t) => [
    unique("meetings_once").on(t.group, t.key),
    check("meetings_window", sql`(${t.opens} is null) = (${t.closes} is null) and ${t.opens} <= ${t.closes}`),
    check("meetings_plan", sql`(${t.plannedAt} is null) = (${t.plannedMinutes} is null)`),
    check("meetings_form", sql`${t.plannedForm} in ('online', 'in_person', 'both')`),
  ],
);

/**
 * The next thing to say about a meeting, to one of its people or, with `person` null, to the group's chat. Computed
 * whenever a fact changes, so that a tick asks only for rows whose moment has come.
 */
export const meetingReminders = pgTable(
  "meeting_reminders",
  {
    id: uuid()
      .primaryKey()
      .default(sql`gen_random_uuid()`),
    meeting: uuid()
      .$type<MeetingId>()
      .notNull()
      .references(() => meetings.id, { onDelete: "cascade" }),
    person: uuid()
      .$type<PersonId>()
      .references(() => people.id),
    /** What was said already: `opens`, `how-did-it-go@2` ... */
    reminded: text()
      .array()
      .notNull()
      .default(sql`'{}'`),
    /** The mentor asked to hear of it again on this day (their zone). */
    snoozedUntil: plainDate(),
    nextKind: text(),
    nextAt: instant(),
  },
  (t) => [
    unique("meeting_reminders_once").on(t.meeting, t.person).nullsNotDistinct(),
    index("meeting_reminders_due")
      .on(t.nextAt)
      .where(sql`${t.nextAt} is not null`),
  ],
);

/** Who was at a meeting, as its log says. No row: nothing is known yet. */
export const attendance = pgTable(
  "attendance",
  {
    meeting: uuid()
      .$type<MeetingId>()
      .notNull()
      .references(() => meetings.id),
    person: uuid()
      .$type<PersonId>()
      .notNull()
      .references(() => people.id),
    status: text().$type<"held" | "absent" | "excused">().notNull(),
    /** When they were asked for their side of it. */
    askedAt: instant(),
  },
  (t) => [
    primaryKey({ columns: [t.meeting, t.person] }),
    check("attendance_status", sql`${t.status} in ('held', 'absent', 'excused')`),
    index("attendance_by_person").on(t.person),
    // Whom to ask, and who was taken off the list since: both are empty almost always.
    index("attendance_to_ask")
      .on(t.meeting)
      .where(sql`${t.askedAt} is null and ${t.status} = 'held'`),
    index("attendance_taken_off")
      .on(t.meeting)
      .where(sql`${t.askedAt} is not null and ${t.status} <> 'held'`),
  ],
);
