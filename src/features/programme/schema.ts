import { sql } from "drizzle-orm";
import { boolean, check, index, integer, jsonb, pgTable, text, unique, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { instant, plainDate } from "../../core/columns.ts";
import type { ChatId, GroupId, PersonId, ProgrammeId } from "../../core/ids.ts";
import type { Role } from "../../core/feature.ts";

/** One academic year of mentoring. `settings` is the checked content of `programme.yaml`. */
export const programmes = pgTable("programmes", {
  id: text().$type<ProgrammeId>().primaryKey(),
  name: text().notNull(),
  timeZone: text().notNull(),
  starts: plainDate().notNull(),
  ends: plainDate().notNull(),
  settings: jsonb().notNull(),
  importedAt: instant().notNull(),
});

/** Everybody we know, once each. E-mail is lower case; after an erasure it and the name are gone. */
export const people = pgTable(
  "people",
  {
    id: uuid().$type<PersonId>().primaryKey(),
    email: text().unique(),
    name: text().notNull(),
    timeZone: text(),
    aadObjectId: text().unique(),
    createdAt: instant().notNull(),
    welcomedAt: instant(),
    /** Asked for quiet until this day (their own zone); that day is the first with reminders again. */
    pausedUntil: plainDate(),
    erasedAt: instant(),
  },
  (t) => [check("people_erased_or_named", sql`(${t.erasedAt} is null) = (${t.email} is not null)`)],
);

export const groups = pgTable(
  "groups",
  {
    id: uuid().$type<GroupId>().primaryKey(),
    programme: text()
      .$type<ProgrammeId>()
      .notNull()
      .references(() => programmes.id),
    name: text().notNull(),
    isActive: boolean().notNull().default(true),
  },
  (t) => [unique("groups_name").on(t.programme, t.name)],
);

/** A role that somebody has or had. Who disappears from the files is deactivated, never deleted. */
export const memberships = pgTable(
  "memberships",
  {
    id: uuid().primaryKey(),
    person: uuid()
      .$type<PersonId>()
      .notNull()
      .references(() => people.id),
    programme: text()
      .$type<ProgrammeId>()
      .notNull()
      .references(() => programmes.id),
    group: uuid()
      .$type<GroupId>()
      .references(() => groups.id),
    role: text().$type<Role>().notNull(),
    joinedOn: plainDate().notNull(),
    /** The first day on which they no longer had the role. */
    leftOn: plainDate(),
    isActive: boolean().notNull().default(true),
    /** Only for a while: a colleague looks after the group until this day. Not in `people.csv`, so an import leaves it. */
    endsOn: plainDate(),
    /** A colleague looks after the group until this day (theirs again from then on); meanwhile it does not remind them. */
    awayUntil: plainDate(),
  },
  (t) => [
    unique("memberships_once").on(t.person, t.programme, t.group, t.role).nullsNotDistinct(),
    check("memberships_role", sql`${t.role} in ('mentor', 'mentee', 'coordinator')`),
    check("memberships_for_a_while", sql`${t.role} = 'mentor' or (${t.endsOn} is null and ${t.awayUntil} is null)`),
    check("memberships_group", sql`${t.role} = 'coordinator' or ${t.group} is not null`),
    index("memberships_by_group").on(t.group),
    index("memberships_by_programme").on(t.programme, t.role),
  ],
);

/** `disabled`: an administrator of Teams turned the bot off for them. */
export type Reachability = "reachable" | "blocked" | "disabled" | "removed" | "gone";

/** A person's own chat with the bot. No row: they never installed it, and none was opened for them. */
export const contacts = pgTable("contacts", {
  person: uuid()
    .$type<PersonId>()
    .primaryKey()
    .references(() => people.id),
  tenantId: text().notNull(),
  userId: text().notNull(),
  botId: text().notNull(),
  serviceUrl: text().notNull(),
  conversationId: text().notNull(),
  state: text().$type<Reachability>().notNull(),
  stateSince: instant().notNull(),
  /** Null: the bot opened the chat, and they have not written since. */
  lastSeen: instant(),
});

/**
 * How the bot could open somebody's own chat by itself: Teams' id of them, from the roster of a chat that they sit in, or
 * from a chat of theirs that is gone. It is tried once; the row goes when they write or install the bot.
 */
export const openings = pgTable(
  "openings",
  {
    person: uuid()
      .$type<PersonId>()
      .primaryKey()
      .references(() => people.id),
    tenantId: text().notNull(),
    botId: text().notNull(),
    serviceUrl: text().notNull(),
    /** `29:...` */
    userId: text().notNull(),
    state: text().$type<"untried" | "opened" | "refused">().notNull().default("untried"),
    stateSince: instant().notNull(),
    /** Somebody who has never heard of the bot is said hello to first: when to look at that. Null: no need, or done. */
    greetAt: instant(),
  },
  (t) => [
    check("openings_state", sql`${t.state} in ('untried', 'opened', 'refused')`),
    index("openings_to_greet")
      .on(t.greetAt)
      .where(sql`${t.greetAt} is not null`),
  ],
);

/** A group chat or channel that the bot was added to. */
export const chats = pgTable(
  "chats",
  {
    id: uuid().$type<ChatId>().primaryKey(),
    conversationId: text().notNull().unique(),
    tenantId: text().notNull(),
    botId: text().notNull(),
    serviceUrl: text().notNull(),
    kind: text().$type<"group" | "channel">().notNull(),
    teamId: text(),
    /** The mentoring group that speaks here. */
    group: uuid()
      .$type<GroupId>()
      .references(() => groups.id),
    welcomedAt: instant(),
    /** That somebody must look who sits there was seen to since the bot came, or came back. */
    isSeenTo: boolean().notNull().default(false),
    /** The bot was taken out. */
    removedAt: instant(),
  },
  (t) => [
    // A group speaks in one place at a time.
    uniqueIndex("chats_one_per_group")
      .on(t.group)
      .where(sql`${t.removedAt} is null`),
    // Looked for at every tick, among all the chats there are.
    index("chats_not_seen_to")
      .on(t.id)
      .where(sql`${t.removedAt} is null and not ${t.isSeenTo}`),
    index("chats_left")
      .on(t.id)
      .where(sql`${t.removedAt} is not null`),
  ],
);

/** Who tried or did what that others must be able to check later: ids and names of acts, never content. */
export const auditLog = pgTable("audit_log", {
  id: integer().generatedAlwaysAsIdentity().primaryKey(),
  at: instant().notNull(),
  what: text().notNull(),
  subject: text(),
  person: uuid().$type<PersonId>(),
});
