import { showValue } from "../../../core/files.ts";
import type { Cell, Problem, Table } from "../../../core/files.ts";
import type { Role } from "../../../core/feature.ts";
import { readEntries } from "../rows/rules.ts";
import type { Column, Entry, Say, Year } from "../rows/rules.ts";

/** Somebody's role, as one row of `people.csv` says it. */
export interface Listed {
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly group: string | null;
  /** Null: the file does not say, so what is known stays. */
  readonly aadObjectId: string | null;
  readonly timeZone: string | null;
  readonly joinedOn: Temporal.PlainDate | null;
  readonly previousEmail: string | null;
  /** Where the row's e-mail stands, for problems that show only against the database. */
  readonly cell: Cell;
}

export interface CheckedPeople {
  readonly listed: readonly Listed[];
  readonly problems: readonly Problem[];
  /** Allowed, but probably not meant. */
  readonly warnings: readonly Problem[];
}

/** Says all that is wrong with `people.csv`. `year` is null when `programme.yaml` does not say it properly. */
export function checkPeople(table: Table, year: Year | null): CheckedPeople {
  const [top] = table.header;
  if (top === undefined) return { listed: [], problems: table.problems, warnings: [] };
  const problems: Problem[] = [...table.problems];
  const warnings: Problem[] = [];
  const into =
    (list: Problem[]): Say =>
    (cell, wrong, remedy) =>
      list.push({ file: table.file, ...table.placeOf(cell), value: showValue(cell.text), wrong, remedy });
  const say = into(problems);
  const warn = into(warnings);

  const entries = readEntries(table, year, say);
  checkPersons(table, entries, say);
  checkGroups(table, entries, say, warn);
  if (entries.length === 0 && problems.length === 0) {
    // An import of it would end everybody's part in the programme.
    say(top, "there is nobody in this file", "list the people of the programme, one row each");
  } else if (problems.length === 0 && entries.every((entry) => entry.role !== "coordinator")) {
    warn(top, "there is no coordinator", "list at least one, so that questions reach somebody");
  }
  return { listed: entries.flatMap((entry) => asListed(entry)), problems, warnings };
}

function asListed(entry: Entry): readonly Listed[] {
  const { email, name, role, group, cellOf } = entry;
  const cell = cellOf("email");
  if (email === null || name === null || role === null || cell === null) return [];
  const { aadObjectId, timeZone, joinedOn, previousEmail } = entry;
  return [{ email, name, role, group, aadObjectId, timeZone, joinedOn, previousEmail, cell }];
}

function checkPersons(table: Table, entries: readonly Entry[], say: Say): void {
  const lineOf = (entry: Entry): number => table.placeOf(entry.cellOf("email") ?? { text: "", offset: 0 }).line;
  const sayAt = (entry: Entry, column: Column, wrong: string, remedy: string): void => {
    const cell = entry.cellOf(column);
    if (cell !== null) say(cell, wrong, remedy);
  };
  const seen = new Map<string, Entry>();
  const byEmail = new Map<string, Entry>();
  const byObjectId = new Map<string, Entry>();
  const byPreviousEmail = new Map<string, Entry>();
  /** The first row that says something, against which later ones are held. */
  const told = {
    name: new Map<string, Entry>(),
    timeZone: new Map<string, Entry>(),
    aadObjectId: new Map<string, Entry>(),
    previousEmail: new Map<string, Entry>(),
  };
  const same = [
    ["name", "name", "another name"],
    ["timeZone", "timezone", "another time zone"],
    ["aadObjectId", "aad_object_id", "another object id"],
    ["previousEmail", "previous_email", "another previous e-mail"],
  ] as const;

  for (const entry of entries) {
    if (entry.email === null) continue;
    const membership = JSON.stringify([entry.email, entry.role, groupKey(entry.group ?? "")]);
    const twin = seen.get(membership);
    if (twin !== undefined) {
      sayAt(
        entry,
        "email",
        `line ${lineOf(twin)} already lists this person with this role and group`,
        "remove one of the two rows",
      );
    }
    seen.set(membership, twin ?? entry);
    byEmail.set(entry.email, byEmail.get(entry.email) ?? entry);

    for (const [key, column, what] of same) {
      const value = entry[key];
      if (value === null) continue;
      const first = told[key].get(entry.email);
      if (first === undefined) told[key].set(entry.email, entry);
      else if (first[key] !== value) {
        sayAt(
          entry,
          column,
          `line ${lineOf(first)} has ${what} for ${entry.email}`,
          "write the same in both rows, or correct the e-mail address",
        );
      }
    }
    if (entry.aadObjectId !== null) {
      const owner = byObjectId.get(entry.aadObjectId) ?? entry;
      byObjectId.set(entry.aadObjectId, owner);
      if (owner.email !== entry.email) {
        sayAt(
          entry,
          "aad_object_id",
          `line ${lineOf(owner)} has the same object id with another e-mail`,
          "copy each person's own id from Entra",
        );
      }
    }
    if (entry.previousEmail !== null) {
      const owner = byPreviousEmail.get(entry.previousEmail) ?? entry;
      byPreviousEmail.set(entry.previousEmail, owner);
      if (owner.email !== entry.email) {
        sayAt(
          entry,
          "previous_email",
          `line ${lineOf(owner)} names the same previous e-mail for somebody else`,
          "keep it where it is right",
        );
      }
    }
  }
  for (const entry of entries) {
    const { email, previousEmail } = entry;
    const holder = previousEmail === null ? undefined : byEmail.get(previousEmail);
    if (previousEmail === email || holder === undefined) continue;
    sayAt(
      entry,
      "previous_email",
      `line ${lineOf(holder)} still has this e-mail`,
      "remove that row, or leave this cell empty",
    );
  }
}

/** Two groups whose names differ only in this are one that was typed twice. */
function groupKey(name: string): string {
  return name.normalize("NFKC").toLowerCase().replaceAll(/\s+/g, "");
}

function checkGroups(table: Table, entries: readonly Entry[], say: Say, warn: Say): void {
  interface InGroup {
    readonly name: string;
    readonly first: Cell;
    readonly mentors: Map<string, Cell>;
    readonly mentees: Map<string, Cell>;
    /** A row of the group whose role cannot be read: it might be the mentor. */
    isUnclear: boolean;
  }
  const groups = new Map<string, InGroup>();
  for (const { email, role, group: name, cellOf } of entries) {
    const cell = cellOf("group");
    if (name === null || cell === null || role === "coordinator") continue;
    const group = groups.get(groupKey(name)) ?? {
      name,
      first: cell,
      mentors: new Map(),
      mentees: new Map(),
      isUnclear: false,
    };
    groups.set(groupKey(name), group);
    if (name !== group.name) {
      const { line } = table.placeOf(group.first);
      say(cell, `line ${line} spells this group ${showValue(group.name)}`, "spell it the same way everywhere");
    }
    if (role === null || email === null) {
      group.isUnclear = true;
      continue;
    }
    const [own, other] = role === "mentor" ? [group.mentors, group.mentees] : [group.mentees, group.mentors];
    own.set(email, cell);
    if (other.has(email)) say(cell, "the same person is mentor and mentee of this group", "keep one of the two rows");
  }
  for (const { name, first, mentors, mentees, isUnclear } of groups.values()) {
    if (mentors.size === 0 && !isUnclear) {
      say(
        { ...first, text: name },
        "the group has no mentor",
        "add a row with the role mentor, or correct the group's name",
      );
    }
    const third = [...mentors.values()][2];
    if (third !== undefined) {
      say(third, `the group has ${mentors.size} mentors`, "keep one or two, and give the others a group of their own");
    }
    if (mentees.size === 0 && !isUnclear) {
      warn(
        { ...first, text: name },
        "the group has no mentees",
        "add them, or remove the mentor's row until there are some",
      );
    }
  }
}
