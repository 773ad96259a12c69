import type { Role } from "../../../core/feature.ts";
import type { GroupId, PersonId } from "../../../core/ids.ts";
import type { NewId } from "../../../core/ports.ts";
import { isDayBefore } from "../../../core/time.ts";
import type { Settings } from "../../programme/rules.ts";
import { matchGroups, matchPeople } from "../identity/rules.ts";
import type { Conflict, Figures, Known, KnownGroup, KnownMembership, KnownPerson, RoleOf } from "../identity/rules.ts";
import type { Listed } from "../people/rules.ts";

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
  // Who looks after a group for a while is in no file: that is neither a listing nor a leaving.
  const lasting = known.memberships.filter((each) => each.endsOn === null);
  const groups = matchGroups({ ...known, memberships: lasting }, roles, newId);
  const memberships = matchMemberships(
    known,
    roles,
    groups.ids,
    firstDay(known, programme.settings, today),
    today,
    newId,
  );

  const before = new Set(lasting.filter((each) => each.isActive).map((each) => each.person));
  const ever = new Set(lasting.map((each) => each.person));
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
    const known = before.get(key);
    const was = known?.endsOn === null ? known : undefined;
    const joinedOn = row.joinedOn ?? was?.joinedOn ?? joined;
    if (was === undefined) figures.added++;
    else if (!was.isActive) figures.returned++;
    else if (!was.joinedOn.equals(joinedOn)) figures.changed++;
    else continue;
    const id = known?.id ?? newId();
    writes.push({ id, person, group, role: row.role, joinedOn, leftOn: null, isActive: true, endsOn: null });
  }
  for (const [key, was] of before) {
    if (!was.isActive || was.endsOn !== null || listed.has(key)) continue;
    figures.deactivated++;
    writes.push({ ...was, leftOn: today, isActive: false });
  }
  return { writes, figures };
}

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
