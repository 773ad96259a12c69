import { sql } from "drizzle-orm";
import { check, index, jsonb, pgTable, text, unique, uuid } from "drizzle-orm/pg-core";
import { instant } from "../../core/columns.ts";
import type { NoticeId, PersonId, ProgrammeId } from "../../core/ids.ts";
import { people, programmes } from "../programme/schema.ts";

/** One card that was said unasked: what the budget counts. */
export const noticeCards = pgTable(
  "notice_cards",
  {
    id: uuid().primaryKey(),
    person: uuid()
      .$type<PersonId>()
      .notNull()
      .references(() => people.id),
    at: instant().notNull(),
    /** Did not go out after all: does not count. */
    droppedAt: instant(),
  },
  (t) => [index("notice_cards_by_person").on(t.person, t.at)],
);

/** Something to be said to somebody unasked, until it is on a card or no longer of use. */
export const notices = pgTable(
  "notices",
  {
    id: uuid().$type<NoticeId>().primaryKey(),
    person: uuid()
      .$type<PersonId>()
      .notNull()
      .references(() => people.id),
    programme: text()
      .$type<ProgrammeId>()
      .notNull()
      .references(() => programmes.id),
    /** In which role they hear it: blackouts and budgets differ. */
    role: text().$type<"mentor" | "mentee">().notNull(),
    kind: text().notNull(),
    ref: jsonb().$type<Readonly<Record<string, string>>>().notNull(),
    /** What it is about: a newer notice about the same replaces an older one that still waits. */
    topic: text().notNull(),
    dedupeKey: text().notNull(),
    /** When to look at it (again). */
    dueAt: instant().notNull(),
    usefulUntil: instant().notNull(),
    madeAt: instant().notNull(),
    state: text().$type<"waiting" | "on_card" | "cancelled">().notNull().default("waiting"),
    reason: text(),
    card: uuid().references(() => noticeCards.id),
  },
  (t) => [
    unique("notices_once").on(t.dedupeKey),
    check("notices_state", sql`${t.state} in ('waiting', 'on_card', 'cancelled')`),
    check("notices_card", sql`(${t.state} = 'on_card') = (${t.card} is not null)`),
    index("notices_due")
      .on(t.dueAt)
      .where(sql`${t.state} = 'waiting'`),
    index("notices_waiting")
      .on(t.topic, t.person)
      .where(sql`${t.state} = 'waiting'`),
    index("notices_by_card").on(t.card),
  ],
);
