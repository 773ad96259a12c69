import { and, asc, eq, inArray, isNull, notExists, sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Db } from "../../core/db.ts";
import type { Address, ChatFacts, Identified, Membership, Role, Sender } from "../../core/feature.ts";
import type { ChatId, GroupId, PersonId, ProgrammeId } from "../../core/ids.ts";
import { readSettings } from "./rules.ts";
import type { Settings } from "./rules.ts";
import { auditLog, chats, contacts, groups, memberships, openings, people, programmes } from "./schema.ts";
import type { Reachability } from "./schema.ts";

export interface Programme {
  readonly id: ProgrammeId;
  readonly name: string;
  readonly timeZone: string;
  readonly settings: Settings;
}

/** Somebody in one of the roles that they have today. */
export interface Member {
  readonly person: PersonId;
  readonly name: string;
  /** Their own, else the programme's. */
  readonly timeZone: string;
  readonly joinedOn: Temporal.PlainDate;
  readonly role: Role;
  /** The bot can write to them: they installed it and have not blocked or removed it. */
  readonly isReachable: boolean;
  /** First day with reminders again, in their own zone. */
  readonly pausedUntil: Temporal.PlainDate | null;
}

/** An active group with the people who are in it today, in the order of their names. */
export interface Group {
  readonly id: GroupId;
  readonly name: string;
  readonly programme: ProgrammeId;
  readonly mentors: readonly Member[];
  readonly mentees: readonly Member[];
  /** The chat that the group's posts go to, if one is linked and the bot still sits in it. */
  readonly chat: ChatId | null;
}

const programmeColumns = {
  id: programmes.id,
  name: programmes.name,
  timeZone: programmes.timeZone,
  settings: sql<string>`${programmes.settings}::text`,
};

export async function findProgramme(db: Db, id: ProgrammeId): Promise<Programme | null> {
  const [row] = await db.select(programmeColumns).from(programmes).where(eq(programmes.id, id));
  return row === undefined ? null : { ...row, settings: parseOnce(row.settings) };
}

export async function listProgrammes(db: Db): Promise<readonly Programme[]> {
  const rows = await db.select(programmeColumns).from(programmes).orderBy(asc(programmes.id));
  return rows.map((row) => ({ ...row, settings: parseOnce(row.settings) }));
}

/**
 * Parsing takes longer than the query, and settings change only with an import. The stored text itself is the key,
 * so that what another process imports is never missed.
 */
const parsedSettings = new Map<string, Settings>();

function parseOnce(stored: string): Settings {
  const known = parsedSettings.get(stored);
  if (known !== undefined) return known;
  // A service holds a handful of programmes; 50 keeps a test run that makes hundreds from growing without end.
  if (parsedSettings.size >= 50) parsedSettings.clear();
  const settings = readSettings(JSON.parse(stored));
  parsedSettings.set(stored, settings);
  return settings;
}

/** Null for a group that does not exist or is no longer active. */
export async function loadGroup(db: Db, id: GroupId): Promise<Group | null> {
  return (await loadGroups(db, [id]))[0] ?? null;
}

/** Active ones only, in the order of their names. */
export async function loadGroups(db: Db, ids: readonly GroupId[]): Promise<readonly Group[]> {
  return ids.length === 0 ? [] : await selectGroups(db, inArray(groups.id, [...ids]));
}

export async function groupsOfProgramme(db: Db, programme: ProgrammeId): Promise<readonly Group[]> {
  return await selectGroups(db, eq(groups.programme, programme));
}

const memberColumns = {
  person: people.id,
  name: people.name,
  timeZone: sql<string>`coalesce(${people.timeZone}, ${programmes.timeZone})`,
  joinedOn: memberships.joinedOn,
  role: memberships.role,
  isReachable: sql<boolean>`coalesce(${contacts.state} = 'reachable', false)`,
  pausedUntil: people.pausedUntil,
};

async function selectGroups(db: Db, which: SQL): Promise<readonly Group[]> {
  const rows = await db
    .select({
      group: groups.id,
      groupName: groups.name,
      programme: groups.programme,
      chat: sql<ChatId | null>`(select ${chats.id} from ${chats} where ${chats.group} = ${groups.id}
        and ${chats.removedAt} is null order by ${chats.id} desc limit 1)`,
      ...memberColumns,
    })
    .from(groups)
    .innerJoin(programmes, eq(programmes.id, groups.programme))
    .leftJoin(memberships, and(eq(memberships.group, groups.id), eq(memberships.isActive, true)))
    .leftJoin(people, eq(people.id, memberships.person))
    .leftJoin(contacts, eq(contacts.person, people.id))
    .where(and(which, eq(groups.isActive, true)));

  const found = new Map<GroupId, Group & { mentors: Member[]; mentees: Member[] }>();
  for (const { group: id, groupName, programme, chat, person, name, joinedOn, role, ...rest } of rows) {
    const group = found.get(id) ?? { id, name: groupName, programme, chat, mentors: [], mentees: [] };
    found.set(id, group);
    if (person === null || name === null || joinedOn === null) continue;
    if (role === "mentor") group.mentors.push({ person, name, joinedOn, role, ...rest });
    if (role === "mentee") group.mentees.push({ person, name, joinedOn, role, ...rest });
  }
  for (const group of found.values()) {
    group.mentors.sort(byName);
    group.mentees.sort(byName);
  }
  return [...found.values()].sort(byName);
}

/** The id parts those of the same name, so that the order never changes by chance. */
function byName(a: { name: string; id?: string; person?: string }, b: { name: string; id?: string; person?: string }) {
  return a.name.localeCompare(b.name, "en") || (a.id ?? a.person ?? "").localeCompare(b.id ?? b.person ?? "", "en");
}

/** Every coordinator that the programme has today, once each. */
export async function coordinatorsOf(db: Db, programme: ProgrammeId): Promise<readonly Member[]> {
  const rows = await db
    .selectDistinctOn([people.id], memberColumns)
    .from(memberships)
    .innerJoin(programmes, eq(programmes.id, memberships.programme))
    .innerJoin(people, eq(people.id, memberships.person))
    .leftJoin(contacts, eq(contacts.person, people.id))
    .where(
      and(eq(memberships.programme, programme), eq(memberships.role, "coordinator"), eq(memberships.isActive, true)),
    )
    .orderBy(asc(people.id));
  return rows.sort(byName);
}

/** Building this query takes longer than all else that this process does for it, so each handle builds it once. */
const senderQueries = new WeakMap<Db, ReturnType<typeof prepareSenderQuery>>();

function prepareSenderQuery(db: Db) {
  return db
    .select({
      person: people.id,
      name: people.name,
      ownTimeZone: people.timeZone,
      isWelcomed: sql<boolean>`${people.welcomedAt} is not null`,
      programme: programmes.id,
      programmeTimeZone: programmes.timeZone,
      group: memberships.group,
      role: memberships.role,
      isGroupActive: groups.isActive,
      reachability: contacts.state,
      serviceUrl: contacts.serviceUrl,
      conversationId: contacts.conversationId,
      botId: contacts.botId,
      tenantId: contacts.tenantId,
      lastSeen: contacts.lastSeen,
    })
    .from(people)
    .leftJoin(memberships, and(eq(memberships.person, people.id), eq(memberships.isActive, true)))
    .leftJoin(programmes, eq(programmes.id, memberships.programme))
    .leftJoin(groups, eq(groups.id, memberships.group))
    .leftJoin(contacts, eq(contacts.person, people.id))
    .where(eq(people.aadObjectId, sql.placeholder("aadObjectId")))
    .orderBy(asc(memberships.programme))
    .prepare("find_sender");
}

/**
 * Everything about a sender in one query, as it runs in every turn. Somebody whose roles have all ended is still found,
 * with no memberships: they may ask what is stored about them.
 *
 * @param aadObjectId in lower case
 */
export async function findSender(db: Db, aadObjectId: string): Promise<Identified | null> {
  const query = senderQueries.get(db) ?? prepareSenderQuery(db);
  senderQueries.set(db, query);
  const rows = await query.execute({ aadObjectId });
  const [first] = rows;
  if (first === undefined) return null;

  const roles: Membership[] = [];
  let timeZone = first.ownTimeZone;
  for (const { programme, group, role, isGroupActive, programmeTimeZone } of rows) {
    if (programme === null || role === null || isGroupActive === false) continue;
    roles.push({ programme, group, role });
    timeZone ??= programmeTimeZone;
  }
  const { person, name, isWelcomed, reachability, serviceUrl, conversationId, botId, tenantId, lastSeen } = first;
  const isReachable = reachability === "reachable" && serviceUrl !== null && conversationId !== null;
  return {
    speaker: { person, name, timeZone: timeZone ?? "UTC", memberships: roles, isWelcomed },
    knownAddress:
      isReachable && botId !== null && tenantId !== null ? { serviceUrl, conversationId, botId, tenantId } : null,
    lastSeen,
  };
}

/**
 * Binds the Entra object id to the one person who has one of these addresses (lower case). Nothing happens when that
 * person or that id is bound already, or when the addresses belong to two people.
 */
export async function bindSender(db: Db, aadObjectId: string, emails: readonly string[]): Promise<void> {
  const found = await db
    .select({ id: people.id })
    .from(people)
    .where(inArray(people.email, [...emails]));
  const [person] = found;
  if (person === undefined || found.length > 1) return;
  const other = alias(people, "other");
  await db
    .update(people)
    .set({ aadObjectId })
    .where(
      and(
        eq(people.id, person.id),
        isNull(people.aadObjectId),
        notExists(db.select({ id: other.id }).from(other).where(eq(other.aadObjectId, aadObjectId))),
      ),
    );
}

/** Returns how the person could be reached before; null: never. */
export async function saveContact(
  db: Db,
  person: PersonId,
  sender: Sender,
  address: Address,
  now: Temporal.Instant,
): Promise<Reachability | null> {
  const [before] = await db
    .select({ state: contacts.state, lastSeen: contacts.lastSeen })
    .from(contacts)
    .where(eq(contacts.person, person));
  // Whoever writes can be tried to be written to anew, should this chat be gone one day.
  if (before?.state !== "reachable" || before.lastSeen === null)
    await db.delete(openings).where(eq(openings.person, person));
  const fresh = { ...pick(address), userId: sender.userId, state: "reachable" as const, lastSeen: now };
  await db
    .insert(contacts)
    .values({ person, ...fresh, stateSince: now })
    .onConflictDoUpdate({
      target: contacts.person,
      set: before?.state === "reachable" ? fresh : { ...fresh, stateSince: now },
    });
  return before?.state ?? null;
}

function pick({ serviceUrl, conversationId, botId, tenantId }: Address): Address {
  return { serviceUrl, conversationId, botId, tenantId };
}

export async function setReachability(db: Db, person: PersonId, state: Reachability, now: Temporal.Instant) {
  await db.update(contacts).set({ state, stateSince: now }).where(eq(contacts.person, person));
}

/** Null: they never installed the bot, or cannot be written to any more. */
export async function contactAddress(db: Db, person: PersonId): Promise<Address | null> {
  const [row] = await db
    .select({
      serviceUrl: contacts.serviceUrl,
      conversationId: contacts.conversationId,
      botId: contacts.botId,
      tenantId: contacts.tenantId,
    })
    .from(contacts)
    .where(and(eq(contacts.person, person), eq(contacts.state, "reachable")));
  return row ?? null;
}

export interface Chat extends Address, Pick<ChatFacts, "kind" | "teamId"> {
  readonly id: ChatId;
  /** The group that speaks here: none when it is no longer active or the bot was taken out. */
  readonly group: GroupId | null;
  readonly isRemoved: boolean;
}

const chatColumns = {
  id: chats.id,
  kind: chats.kind,
  teamId: chats.teamId,
  serviceUrl: chats.serviceUrl,
  conversationId: chats.conversationId,
  botId: chats.botId,
  tenantId: chats.tenantId,
  group: groups.id,
  isRemoved: sql<boolean>`${chats.removedAt} is not null`,
};

export async function findChat(db: Db, which: { conversationId: string } | { id: ChatId }): Promise<Chat | null> {
  const [row] = await db
    .select(chatColumns)
    .from(chats)
    .leftJoin(groups, and(eq(groups.id, chats.group), eq(groups.isActive, true), isNull(chats.removedAt)))
    .where("id" in which ? eq(chats.id, which.id) : eq(chats.conversationId, which.conversationId));
  return row ?? null;
}

/** Adds the chat or brings it up to date. One that the bot was taken out of comes back, without a group. */
export async function saveChat(db: Db, address: Address, facts: ChatFacts): Promise<void> {
  const fresh = { ...pick(address), kind: facts.kind, teamId: facts.teamId };
  await db
    .insert(chats)
    .values({ id: sql`gen_random_uuid()`, ...fresh })
    .onConflictDoUpdate({ target: chats.conversationId, set: { ...fresh, removedAt: null } });
}

/** The bot was taken out. The group's posts go elsewhere from then on, also when the bot comes back. */
export async function removeChat(db: Db, chat: ChatId, now: Temporal.Instant): Promise<void> {
  await db
    .update(chats)
    .set({ removedAt: now, group: null })
    .where(and(eq(chats.id, chat), isNull(chats.removedAt)));
}

export async function addAuditRow(db: Db, row: typeof auditLog.$inferInsert): Promise<void> {
  await db.insert(auditLog).values(row);
}

/** The person who has this e-mail; null when nobody has. */
export async function findByEmail(db: Db, email: string): Promise<PersonId | null> {
  const [row] = await db.select({ id: people.id }).from(people).where(eq(people.email, email.trim().toLowerCase()));
  return row?.id ?? null;
}

/** What administrators know recipients by: e-mails of people (an erased one has none), group names of chats. */
export async function namesOfRecipients(db: Db): Promise<{
  readonly people: ReadonlyMap<PersonId, string>;
  readonly chats: ReadonlyMap<ChatId, string>;
}> {
  const persons = await db.select({ id: people.id, email: people.email }).from(people);
  const linked = await db
    .select({ id: chats.id, group: groups.name })
    .from(chats)
    .leftJoin(groups, eq(groups.id, chats.group));
  return {
    people: new Map(persons.map(({ id, email }) => [id, email ?? `erased person ${id}`])),
    chats: new Map(linked.map(({ id, group }) => [id, group === null ? `chat ${id}` : `chat of ${group}`])),
  };
}
