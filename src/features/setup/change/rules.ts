import type { Role } from "../../../core/feature.ts";
import { as } from "../../../core/ids.ts";
import type { GroupId, PersonId } from "../../../core/ids.ts";
import type { NewId } from "../../../core/ports.ts";
import { isDayBefore } from "../../../core/time.ts";
import type { Settings } from "../../programme/rules.ts";
import type { Listed } from "../people/rules.ts";

export interface KnownPerson {
  readonly id: PersonId;
  readonly email: string;
  readonly name: string;
  readonly timeZone: string | null;
  readonly aadObjectId: string | null;
}

export interface KnownGroup {
  readonly id: GroupId;
  readonly name: string;
  readonly isActive: boolean;
}

export interface KnownMembership {
  readonly id: string;
  readonly person: PersonId;
  readonly group: GroupId | null;
  readonly role: Role;
  readonly joinedOn: Temporal.PlainDate;
  readonly leftOn: Temporal.PlainDate | null;
  readonly isActive: boolean;
}

/** What the database holds before an import. */
export interface Known {
  /** Null: the programme is new. Else its `programme.yaml`, as plain data. */
  readonly stored: unknown;
  /** Whoever the file may mean, by e-mail, former e-mail or Entra object id. */
  readonly people: readonly KnownPerson[];
  readonly groups: readonly KnownGroup[];
  readonly memberships: readonly KnownMembership[];
}

export interface Figures {
  readonly added: number;
  readonly changed: number;
  readonly deactivated: number;
  /** Was deactivated and is listed again. */
  readonly returned: number;
}

export interface Change {
  /** To be written: new ones and changed ones. Of a changed person, null keeps what is known. */
  readonly people: readonly KnownPerson[];
  readonly groups: readonly KnownGroup[];
  readonly memberships: readonly KnownMembership[];
  readonly figures: {
    readonly people: Figures;
    readonly groups: Figures;
    readonly memberships: Figures;
    /** Top-level keys of `programme.yaml` that differ; null for a new programme. */
    readonly settings: readonly string[] | null;
  };
  readonly renamedGroups: readonly { readonly from: string; readonly to: string }[];
  readonly correctedEmails: readonly { readonly from: string; readonly to: string }[];
  /** E-mails of those who have no role in the programme any more. */
  readonly left: readonly string[];
}

/** A row that means two people at once; nothing can be imported until it is clear who is meant. */
export interface Conflict {
  readonly listed: Listed;
  readonly wrong: string;
  readonly remedy: string;
}

/**
 * What an import changes. Who disappears is deactivated, never deleted; who is listed again comes back; a person keeps
 * their id through a new e-mail, a group through a new name.
 *
 * @param today in the programme's zone
 */
export function planChange(
  known: Known,
  programme: { readonly settings: Settings; readonly stored: unknown; readonly listed: readonly Listed[] },
  today: Temporal.PlainDate,
  newId: NewId,
): { readonly change: Change | null; readonly conflicts: readonly Conflict[] } {
  const { ids, writes, conflicts, correctedEmails, added } = matchPeople(known, programme.listed, newId);
  if (conflicts.length > 0) return { change: null, conflicts };
  const roles = programme.listed.flatMap((row) => {
    const person = ids.get(row.email);
    return person === undefined ? [] : [{ person, row }];
  });
  const groups = matchGroups(known, roles, newId);
  const memberships = matchMemberships(
    known,
    roles,
    groups.ids,
    firstDay(known, programme.settings, today),
    today,
    newId,
  );

  const before = new Set(known.memberships.filter((each) => each.isActive).map((each) => each.person));
  const ever = new Set(known.memberships.map((each) => each.person));
  const after = new Set(roles.map(({ person }) => person));
  const left = [...before].filter((person) => !after.has(person));
  const emailOf = new Map(known.people.map((person) => [person.id, person.email]));
  return {
    conflicts: [],
    change: {
      people: writes,
      groups: groups.writes,
      memberships: memberships.writes,
      figures: {
        people: {
          added,
          changed: writes.length - added,
          deactivated: left.length,
          returned: [...after].filter((person) => ever.has(person) && !before.has(person)).length,
        },
        groups: groups.figures,
        memberships: memberships.figures,
        settings: known.stored === null ? null : differingKeys(known.stored, programme.stored),
      },
      renamedGroups: groups.renamed,
      correctedEmails,
      left: left.flatMap((person) => emailOf.get(person) ?? []),
    },
  };
}

// --- people ---

function matchPeople(known: Known, listed: readonly Listed[], newId: NewId) {
  const byEmail = new Map(known.people.map((person) => [person.email, person]));
  const byObjectId = new Map(
    known.people.flatMap((person) => (person.aadObjectId === null ? [] : [[person.aadObjectId, person] as const])),
  );
  const ids = new Map<string, PersonId>();
  const claimed = new Map<PersonId, string>();
  const writes: KnownPerson[] = [];
  const conflicts: Conflict[] = [];
  const correctedEmails: { from: string; to: string }[] = [];
  let added = 0;

  for (const [email, rows] of Map.groupBy(listed, (row) => row.email)) {
    const [row] = rows;
    if (row === undefined) continue;
    const told = {
      name: row.name,
      timeZone: rows.find((each) => each.timeZone !== null)?.timeZone ?? null,
      aadObjectId: rows.find((each) => each.aadObjectId !== null)?.aadObjectId ?? null,
    };
    const previousEmail = rows.find((each) => each.previousEmail !== null)?.previousEmail ?? null;
    const same = byEmail.get(email);
    const previous = previousEmail === null ? undefined : byEmail.get(previousEmail);
    const sameAccount = told.aadObjectId === null ? undefined : byObjectId.get(told.aadObjectId);
    const person = same ?? previous ?? sameAccount;

    if (same !== undefined && previous !== undefined && same.id !== previous.id) {
      const wrong = `${email} and ${previous.email} are already known as two people`;
      conflicts.push({
        listed: row,
        wrong,
        remedy: "leave previous_email empty, or list the person with the former e-mail",
      });
    } else if (sameAccount !== undefined && sameAccount.id !== person?.id) {
      const wrong = `the object id already belongs to ${sameAccount.email}`;
      conflicts.push({ listed: row, wrong, remedy: "copy this person's own id from Entra, or leave it empty" });
    } else if (person !== undefined && claimed.has(person.id)) {
      const wrong = `is the same person as ${claimed.get(person.id) ?? ""}, by object id or previous e-mail`;
      conflicts.push({ listed: row, wrong, remedy: "list each person with one e-mail only" });
    }

    const id = person?.id ?? as<PersonId>(newId());
    ids.set(email, id);
    claimed.set(id, email);
    if (person === undefined) added++;
    else if (person.email !== email) correctedEmails.push({ from: person.email, to: email });
    if (person === undefined || differs(person, { email, ...told })) writes.push({ id, email, ...told });
  }
  return { ids, writes, conflicts, correctedEmails, added };
}

function differs(person: KnownPerson, told: Omit<KnownPerson, "id">): boolean {
  return (
    person.email !== told.email ||
    person.name !== told.name ||
    (told.timeZone !== null && told.timeZone !== person.timeZone) ||
    (told.aadObjectId !== null && told.aadObjectId !== person.aadObjectId)
  );
}

// --- groups ---

type RoleOf = { readonly person: PersonId; readonly row: Listed };

function matchGroups(known: Known, roles: readonly RoleOf[], newId: NewId) {
  const wanted = new Map<string, Set<PersonId>>();
  for (const { person, row } of roles) {
    if (row.group === null) continue;
    const members = wanted.get(row.group) ?? new Set();
    wanted.set(row.group, members.add(person));
  }
  const byName = new Map(known.groups.map((group) => [group.name, group]));
  const renames = findRenames(known, wanted, byName);

  const ids = new Map<string, GroupId>();
  const writes: KnownGroup[] = [];
  const figures = { added: 0, changed: 0, deactivated: 0, returned: 0 };
  const renamed: { from: string; to: string }[] = [];
  for (const name of wanted.keys()) {
    const former = renames.get(name);
    const group = byName.get(name) ?? former;
    const id = group?.id ?? as<GroupId>(newId());
    ids.set(name, id);
    if (former !== undefined) {
      figures.changed++;
      renamed.push({ from: former.name, to: name });
    } else if (group === undefined) figures.added++;
    else if (!group.isActive) figures.returned++;
    else continue;
    writes.push({ id, name, isActive: true });
  }
  const kept = new Set(ids.values());
  for (const group of known.groups) {
    if (!group.isActive || kept.has(group.id)) continue;
    figures.deactivated++;
    writes.push({ ...group, isActive: false });
  }
  return { ids, writes, figures, renamed };
}

/**
 * A name that is gone and a new one are the same group when most people of each sit in both.
 *
 * @returns the known group by its new name
 */
function findRenames(
  known: Known,
  wanted: ReadonlyMap<string, ReadonlySet<PersonId>>,
  byName: ReadonlyMap<string, KnownGroup>,
): ReadonlyMap<string, KnownGroup> {
  const newNames = [...wanted.keys()].filter((name) => !byName.has(name));
  const nowIn = new Map<PersonId, string[]>();
  for (const name of newNames) {
    for (const person of wanted.get(name) ?? []) nowIn.set(person, [...(nowIn.get(person) ?? []), name]);
  }
  const wereIn = Map.groupBy(
    known.memberships.filter((each) => each.isActive),
    (each) => each.group,
  );
  const renames = new Map<string, KnownGroup>();
  for (const group of known.groups) {
    if (!group.isActive || wanted.has(group.name)) continue;
    const members = new Set((wereIn.get(group.id) ?? []).map((each) => each.person));
    const shared = new Map<string, number>();
    for (const person of members) {
      for (const name of nowIn.get(person) ?? []) shared.set(name, (shared.get(name) ?? 0) + 1);
    }
    for (const [name, count] of shared) {
      const isMostOfBoth = count * 2 > members.size && count * 2 > (wanted.get(name)?.size ?? 0);
      if (isMostOfBoth && !renames.has(name)) {
        renames.set(name, group);
        break;
      }
    }
  }
  return renames;
}

// --- memberships ---

/** Of those who are listed without a day: a new programme's people begin with the year, later ones today. */
function firstDay(known: Known, { year }: Settings, today: Temporal.PlainDate): Temporal.PlainDate {
  if (known.stored === null || isDayBefore(today, year.starts)) return year.starts;
  return isDayBefore(year.ends, today) ? year.ends : today;
}

function matchMemberships(
  known: Known,
  roles: readonly RoleOf[],
  groupIds: ReadonlyMap<string, GroupId>,
  joined: Temporal.PlainDate,
  today: Temporal.PlainDate,
  newId: NewId,
) {
  const keyOf = (person: PersonId, group: GroupId | null, role: Role): string => `${person} ${group ?? ""} ${role}`;
  const before = new Map(known.memberships.map((each) => [keyOf(each.person, each.group, each.role), each]));
  const writes: KnownMembership[] = [];
  const figures = { added: 0, changed: 0, deactivated: 0, returned: 0 };
  const listed = new Set<string>();
  for (const { person, row } of roles) {
    const group = row.group === null ? null : (groupIds.get(row.group) ?? null);
    const key = keyOf(person, group, row.role);
    listed.add(key);
    const was = before.get(key);
    const joinedOn = row.joinedOn ?? was?.joinedOn ?? joined;
    if (was === undefined) figures.added++;
    else if (!was.isActive) figures.returned++;
    else if (!was.joinedOn.equals(joinedOn)) figures.changed++;
    else continue;
    writes.push({ id: was?.id ?? newId(), person, group, role: row.role, joinedOn, leftOn: null, isActive: true });
  }
  for (const [key, was] of before) {
    if (!was.isActive || listed.has(key)) continue;
    figures.deactivated++;
    writes.push({ ...was, leftOn: today, isActive: false });
  }
  return { writes, figures };
}

// --- settings ---

function differingKeys(before: unknown, after: unknown): readonly string[] {
  const [one, other] = [entriesOf(before), entriesOf(after)];
  const keys = new Set([...one.keys(), ...other.keys()]);
  return [...keys].filter((key) => canonical(one.get(key)) !== canonical(other.get(key))).sort();
}

function entriesOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
}

/** The database keeps keys in an order of its own. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join(",")}}`;
}
