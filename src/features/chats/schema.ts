import { sql } from "drizzle-orm";
import { check, index, integer, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { instant } from "../../core/columns.ts";
import type { ChatId, GroupId, PersonId } from "../../core/ids.ts";
import { chats, groups, people } from "../programme/schema.ts";
import type { Verdict } from "./rules.ts";

/** What was found when the people of a chat were last looked at. */
export const chatChecks = pgTable(
  "chat_checks",
  {
    chat: uuid()
      .$type<ChatId>()
      .primaryKey()
      .references(() => chats.id),
    verdict: text().$type<Verdict>().notNull(),
    /** The group in question: linked, paused or asked about. */
    group: uuid()
      .$type<GroupId>()
      .references(() => groups.id),
    /** Who was asked or told. */
    mentor: uuid()
      .$type<PersonId>()
      .references(() => people.id),
    /** How many people sit there who do not belong. */
    outsiders: integer().notNull().default(0),
    /** Rises whenever the verdict changes: each is told once. */
    version: integer().notNull(),
    /** When the bot was added, for the last time. */
    addedAt: instant().notNull(),
    nextCheckAt: instant(),
  },
  (t) => [
    check("chat_checks_verdict", sql`${t.verdict} in ('linked', 'asked', 'declined', 'wrong', 'unknown', 'unread')`),
    index("chat_checks_due").on(t.nextCheckAt),
  ],
);
