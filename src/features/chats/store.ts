import { and, asc, eq, gte, inArray, isNotNull, isNull, lte, ne, or, sql } from "drizzle-orm";
import type { Db } from "../../core/db.ts";
import type { ChatId, GroupId, PersonId, ProgrammeId } from "../../core/ids.ts";
import type { RosterMember } from "../../core/ports.ts";
import { chats, groups, memberships, people } from "../programme/schema.ts";
import { matchSeat } from "./rules.ts";
import type { KnownSeat, Seats, Verdict } from "./rules.ts";
import { chatChecks } from "./schema.ts";

/** Who of a chat's people we know, and how Teams calls them. */
export async function findSeats(
  db: Db,
  members: readonly RosterMember[],
): Promise<Seats & { readonly userIds: ReadonlyMap<PersonId, string> }> {
  const ids = members.flatMap(({ aadObjectId }) => (aadObjectId === null ? [] : [aadObjectId.toLowerCase()]));
  const emails = members
    .flatMap(({ email, userPrincipalName }) => [email, userPrincipalName])
    .flatMap((email) => (email === null ? [] : [email.trim().toLowerCase()]));
  const rows =
    ids.length + emails.length === 0
      ? []
      : await db
          .select({
            person: people.id,
            aadObjectId: people.aadObjectId,
            email: people.email,
            programme: memberships.programme,
            group: memberships.group,
            role: memberships.role,
            isGroupActive: groups.isActive,
          })
          .from(people)
          .leftJoin(memberships, and(eq(memberships.person, people.id), eq(memberships.isActive, true)))
          .leftJoin(groups, eq(groups.id, memberships.group))
          .where(or(inArray(people.aadObjectId, ids), inArray(people.email, emails)));

  const found = [...Map.groupBy(rows, ({ person }) => person)].flatMap(([person, own]) => {
    const [first] = own;
    if (first === undefined) return [];
    const roles = own.flatMap(({ programme, group, role, isGroupActive }) =>
      programme === null || role === null || isGroupActive === false ? [] : [{ programme, group, role }],
    );
    return [{ person, aadObjectId: first.aadObjectId, email: first.email, memberships: roles }];
  });
  const known = new Map<PersonId, KnownSeat>();
  const userIds = new Map<PersonId, string>();
  let strangers = 0;
  for (const member of members) {
    const match = matchSeat(member, found);
    if (match === null) strangers += 1;
    else {
      known.set(match.person, { person: match.person, memberships: match.memberships });
      userIds.set(match.person, member.userId);
    }
  }
  return { known: [...known.values()], strangers, userIds };
}

export interface Check {
  readonly chat: ChatId;
  readonly verdict: Verdict;
  readonly group: GroupId | null;
  readonly mentor: PersonId | null;
  readonly outsiders: number;
  readonly version: number;
  readonly addedAt: Temporal.Instant;
  /** Another one than at the begin of a look: somebody has begun or ended one since. */
  readonly mark: string;
}

/** A look at a chat that has begun, before Teams is asked. */
export interface Look {
  readonly chat: ChatId;
  /** The row as the look found it. */
  readonly mark: string;
}

/** The transaction that wrote the row last, as PostgreSQL notes it: another one means that somebody has changed it since. */
const mark = sql<string>`${chatChecks}.xmin::text`;

const checkColumns = {
  chat: chatChecks.chat,
  verdict: chatChecks.verdict,
  group: chatChecks.group,
  mentor: chatChecks.mentor,
  outsiders: chatChecks.outsiders,
  version: chatChecks.version,
  addedAt: chatChecks.addedAt,
  mark,
};

/**
 * Somebody begins to look at a chat: whatever has begun before decides nothing any more. `null` for a chat about which a
 * mentor has decided.
 *
 * @param retryAt looked at again then, if this look comes to nothing
 */
export async function beginLook(
  db: Db,
  chat: ChatId,
  now: Temporal.Instant,
  retryAt: Temporal.Instant,
): Promise<Look | null> {
  const [begun] = await db
    .insert(chatChecks)
    .values({ chat, verdict: "unread", version: 0, addedAt: now, nextCheckAt: retryAt })
    .onConflictDoUpdate({
      target: chatChecks.chat,
      set: { nextCheckAt: retryAt },
      setWhere: ne(chatChecks.verdict, "declined"),
    })
    .returning({ chat: chatChecks.chat, mark });
  return begun ?? null;
}

export async function findCheck(db: Db, chat: ChatId): Promise<Check | null> {
  const [row] = await db.select(checkColumns).from(chatChecks).where(eq(chatChecks.chat, chat));
  return row ?? null;
}

/** The same, until the end of the transaction for nobody else. */
export async function lockCheck(db: Db, chat: ChatId): Promise<Check | null> {
  const [row] = await db.select(checkColumns).from(chatChecks).where(eq(chatChecks.chat, chat)).for("update");
  return row ?? null;
}

export async function saveCheck(
  db: Db,
  chat: ChatId,
  found: Partial<Omit<Check, "chat" | "addedAt" | "mark">> & { readonly nextCheckAt: Temporal.Instant | null },
): Promise<void> {
  await db.update(chatChecks).set(found).where(eq(chatChecks.chat, chat));
}

/** The bot was taken out: when it is added again, everything is looked at anew. */
export async function forgetCheck(db: Db, chat: ChatId): Promise<void> {
  await db.delete(chatChecks).where(eq(chatChecks.chat, chat));
}

/** The same for all chats where sending has shown that the bot is gone. Returns the groups that spoke there. */
export async function forgetLostChats(db: Db): Promise<readonly GroupId[]> {
  const gone = db.select({ id: chats.id }).from(chats).where(isNotNull(chats.removedAt));
  const forgotten = await db
    .delete(chatChecks)
    .where(inArray(chatChecks.chat, gone))
    .returning({ verdict: chatChecks.verdict, group: chatChecks.group });
  return forgotten.flatMap(({ verdict, group }) => (verdict === "linked" && group !== null ? [group] : []));
}

/**
 * An import or an erasure has changed who is in this programme: its chats, and those that are nobody's yet, are due. First
 * those of groups that somebody has left since `since`: they may still sit there and read along.
 */
export async function makeChecksDue(
  db: Db,
  programme: ProgrammeId,
  now: Temporal.Instant,
  since: Temporal.PlainDate,
): Promise<void> {
  const ofProgramme = db.select({ id: groups.id }).from(groups).where(eq(groups.programme, programme));
  const left = db
    .select({ group: memberships.group })
    .from(memberships)
    .where(and(eq(memberships.programme, programme), gte(memberships.leftOn, since), isNotNull(memberships.group)));
  const first = now.subtract({ hours: 24 }).toString();
  await db
    .update(chatChecks)
    .set({
      nextCheckAt: sql`case when ${inArray(chatChecks.group, left)} then ${first}::timestamptz else ${now.toString()}::timestamptz end`,
    })
    .where(
      and(isNotNull(chatChecks.nextCheckAt), or(isNull(chatChecks.group), inArray(chatChecks.group, ofProgramme))),
    );
}

/** Chats that we know of and have never looked at: that the bot was added there was not heard. */
export async function addMissingChecks(db: Db, now: Temporal.Instant): Promise<void> {
  const unchecked = await db
    .update(chats)
    .set({ isSeenTo: true })
    // In the index's own words: most chats are seen to, and a tick must not read them.
    .where(sql`${chats.removedAt} is null and not ${chats.isSeenTo}`)
    .returning({ chat: chats.id });
  if (unchecked.length === 0) return;
  await db
    .insert(chatChecks)
    .values(
      unchecked.map(({ chat }) => ({ chat, verdict: "unread" as const, version: 0, addedAt: now, nextCheckAt: now })),
    )
    .onConflictDoNothing();
}

/** Chats to be looked at again, claimed by moving their next look to `retryAt`. */
export async function claimDueChecks(
  db: Db,
  now: Temporal.Instant,
  retryAt: Temporal.Instant,
  limit: number,
): Promise<readonly Look[]> {
  const due = db
    .select({ chat: chatChecks.chat })
    .from(chatChecks)
    .innerJoin(chats, and(eq(chats.id, chatChecks.chat), isNull(chats.removedAt)))
    .where(lte(chatChecks.nextCheckAt, now))
    .orderBy(asc(chatChecks.nextCheckAt))
    .limit(limit)
    .for("update", { of: chatChecks, skipLocked: true });
  return await db
    .update(chatChecks)
    .set({ nextCheckAt: retryAt })
    .where(inArray(chatChecks.chat, due))
    .returning({ chat: chatChecks.chat, mark });
}

export async function wasWelcomed(db: Db, chat: ChatId): Promise<boolean> {
  const [row] = await db.select({ at: chats.welcomedAt }).from(chats).where(eq(chats.id, chat));
  return row !== undefined && row.at !== null;
}

/** The group speaks in this chat from now on, and in no other. Returns the chats that it spoke in until now. */
export async function linkChat(
  db: Db,
  chat: ChatId,
  group: GroupId,
  now: Temporal.Instant,
): Promise<readonly ChatId[]> {
  const left = await db
    .update(chats)
    .set({ group: null })
    .where(and(eq(chats.group, group), ne(chats.id, chat)))
    .returning({ id: chats.id });
  await db
    .update(chats)
    .set({ group, welcomedAt: sql`coalesce(${chats.welcomedAt}, ${now.toString()})` })
    .where(eq(chats.id, chat));
  return left.map(({ id }) => id);
}

/** Returns the group that spoke here until now. */
export async function unlinkChat(db: Db, chat: ChatId): Promise<GroupId | null> {
  const [before] = await db.select({ group: chats.group }).from(chats).where(eq(chats.id, chat)).for("update");
  await db.update(chats).set({ group: null }).where(eq(chats.id, chat));
  return before?.group ?? null;
}

/** Of those who have one, in no order. */
export async function emailsOf(db: Db, persons: readonly PersonId[]): Promise<readonly string[]> {
  if (persons.length === 0) return [];
  const rows = await db
    .select({ email: people.email })
    .from(people)
    .where(inArray(people.id, [...persons]))
    .orderBy(asc(people.email));
  return rows.flatMap(({ email }) => (email === null ? [] : [email]));
}

export async function groupsMentoredBy(db: Db, mentor: PersonId): Promise<readonly GroupId[]> {
  const rows = await db
    .select({ group: memberships.group })
    .from(memberships)
    .where(
      and(
        eq(memberships.person, mentor),
        eq(memberships.role, "mentor"),
        eq(memberships.isActive, true),
        // Where a group speaks is not for a colleague to say who looks after it for a while.
        isNull(memberships.endsOn),
      ),
    );
  return rows.flatMap(({ group }) => (group === null ? [] : [group]));
}
