import { and, asc, eq, inArray, sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { Db } from "../../core/db.ts";
import type { Role } from "../../core/feature.ts";
import type { ChatId, GroupId, PersonId, ProgrammeId } from "../../core/ids.ts";
import { readSettings } from "./rules.ts";
import type { Settings } from "./rules.ts";
import { auditLog, chats, contacts, groups, memberships, people, programmes } from "./schema.ts";

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
  /** They look after the group for a colleague until this day; null for whom the group is their own. */
  readonly coversUntil: Temporal.PlainDate | null;
  /** A colleague looks after the group until this day: it asks nothing of them before. */
  readonly awayUntil: Temporal.PlainDate | null;
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
  coversUntil: memberships.endsOn,
  awayUntil: memberships.awayUntil,
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
