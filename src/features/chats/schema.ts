import { sql } from "drizzle-orm";
import { check, index, integer, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { instant } from "../../core/columns.ts";
import type { ChatId, GroupId, PersonId } from "../../core/ids.ts";
import { chats, groups, people } from "../programme/schema.ts";

/**
 * - `linked`: the group's posts go there
 * - `asked`: a mentor has been asked whether and for which group
 * - `declined`: the mentor does not want posts there
 * - `wrong`: people sit there who are not in the group, and the mentor was told
 * - `unknown`: no group of ours
 * - `unread`: Teams did not say who sits there; nothing is posted until it does
 */
export type Verdict = "linked" | "asked" | "declined" | "wrong" | "unknown" | "unread";

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
