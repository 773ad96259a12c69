import type { Role } from "../../../core/feature.ts";
import { as } from "../../../core/ids.ts";
import type { GroupId, PersonId } from "../../../core/ids.ts";
import type { NewId } from "../../../core/ports.ts";
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
  /** A colleague's for a while: never in the file. Null for the roles that the file tells. */
  readonly endsOn: Temporal.PlainDate | null;
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

/** A row that means two people at once; nothing can be imported until it is clear who is meant. */
export interface Conflict {
  readonly listed: Listed;
  readonly wrong: string;
  readonly remedy: string;
}

/** Who of the file is who in the database, by e-mail, former e-mail or Entra object id; the rest are new. */
export function matchPeople(known: Known, listed: readonly Listed[], newId: NewId) {
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

/** A role of the file, with the person that it is of. */
export type RoleOf = { readonly person: PersonId; readonly row: Listed };

/** Which group of the file is which in the database, by name or by its people. */
export function matchGroups(known: Known, roles: readonly RoleOf[], newId: NewId) {
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
