import { z } from "zod/v4";
import { countCharacters, nearest } from "../../../core/files.ts";
import type { Cell, Row, Table } from "../../../core/files.ts";
import type { Role } from "../../../core/feature.ts";
import { isDayBefore } from "../../../core/time.ts";
import { timeZone as timeZoneSchema } from "../../programme/rules.ts";

const required = ["email", "name", "role", "group"] as const;
const optional = ["aad_object_id", "timezone", "joined_on", "previous_email"] as const;
/** What an export adds. Of these, import reads only `active`: a row that says `false` is history, not a listing. */
const added = ["active", "reachable", "last_seen"] as const;
const columns = [...required, ...optional, ...added];
export type Column = (typeof columns)[number];

const roles: readonly Role[] = ["mentor", "mentee", "coordinator"];

/** The longest real names come to about 80 characters. */
const maxNameCharacters = 120;

/** Takes note of something wrong with a cell. */
export type Say = (cell: Cell, wrong: string, remedy: string) => void;

/** First and last day, both inclusive. */
export interface Year {
  readonly starts: Temporal.PlainDate;
  readonly ends: Temporal.PlainDate;
}

/** A row as far as it can be read; a cell that is missing or wrong is null. */
export interface Entry {
  readonly email: string | null;
  readonly name: string | null;
  readonly role: Role | null;
  readonly group: string | null;
  readonly aadObjectId: string | null;
  readonly timeZone: string | null;
  readonly joinedOn: Temporal.PlainDate | null;
  readonly previousEmail: string | null;
  readonly cellOf: CellFinder;
}

/** Null when the file has no such column; an empty cell when only this row lacks it. */
type CellFinder = (column: Column) => Cell | null;

/** Reads row by row what can be read by itself. `year` is null when `programme.yaml` does not say it properly. */
export function readEntries(table: Table, year: Year | null, say: Say): readonly Entry[] {
  const indexOf = readHeader(table, say);
  const readTimeZone = createZoneReader(say);
  const entries: Entry[] = [];
  for (const row of table.rows) {
    checkWidth(table.header, row, say);
    const cellOf = cellFinder(row, indexOf);
    if (!isHistory(cellOf, say)) entries.push(readRow(cellOf, readTimeZone, year, say));
  }
  return entries;
}

function readHeader(table: Table, say: Say): ReadonlyMap<Column, number> {
  const found = new Map<Column, number>();
  for (const [index, cell] of table.header.entries()) {
    const name = cell.text.toLowerCase().replaceAll(/[\s-]+/g, "_");
    const column = columns.find((known) => known === name);
    if (column === undefined) {
      // Excel leaves empty columns behind.
      const isUsed = table.rows.some((row) => (row[index]?.text ?? "") !== "");
      if (name === "" && !isUsed) continue;
      const meant = nearest(name, columns);
      if (name === "") say(cell, "this column has no name", "name it or empty it");
      else say(cell, "is not a column of people.csv", meant === null ? sayColumns() : `did you mean ${meant}?`);
    } else if (found.has(column)) {
      say(cell, "this column stands here twice", "keep one of them");
    } else {
      found.set(column, index);
    }
  }
  for (const column of required) {
    if (found.has(column)) continue;
    const isMisspelt = table.header.some((cell) => nearest(cell.text, columns) === column);
    const end = table.header.at(-1);
    if (isMisspelt || end === undefined) continue;
    say({ ...end, text: column }, "this column is missing", `add it to the first line: ${required.join(",")}`);
  }
  return found;
}

function sayColumns(): string {
  return `remove it (what can stand here: ${[...required, ...optional].join(", ")})`;
}

function checkWidth(header: Row, row: Row, say: Say): void {
  const extra = row.slice(header.length).find((cell) => cell.text !== "");
  if (extra !== undefined) {
    say(
      extra,
      "the row has more cells than the first line",
      'put a cell with a comma in it in quotation marks, such as "Tan, Mei Ling"',
    );
  }
}

function cellFinder(row: Row, indexOf: ReadonlyMap<Column, number>): CellFinder {
  const start: Cell = { text: "", offset: row[0]?.offset ?? 0 };
  return (column) => {
    const index = indexOf.get(column);
    return index === undefined ? null : (row[index] ?? { ...start, offset: row.at(-1)?.offset ?? 0 });
  };
}

function isHistory(cellOf: CellFinder, say: Say): boolean {
  const cell = cellOf("active");
  if (cell === null || cell.text === "") return false;
  const text = cell.text.toLowerCase();
  if (text !== "true" && text !== "false") say(cell, "is neither true nor false", "write true, or remove the column");
  return text === "false";
}

function readRow(
  cellOf: CellFinder,
  readTimeZone: (cell: Cell | null) => string | null,
  year: Year | null,
  say: Say,
): Entry {
  const role = readRole(cellOf("role"), say);
  return {
    email: readEmail(cellOf("email"), true, say),
    name: readName(cellOf("name"), "name", true, say),
    role,
    group: readName(cellOf("group"), "group", role === "mentor" || role === "mentee", say),
    aadObjectId: readObjectId(cellOf("aad_object_id"), say),
    timeZone: readTimeZone(cellOf("timezone")),
    joinedOn: readJoinedOn(cellOf("joined_on"), year?.ends ?? null, say),
    previousEmail: readEmail(cellOf("previous_email"), false, say),
    cellOf,
  };
}

const emailSchema = z.email().max(254);

function readEmail(cell: Cell | null, isRequired: boolean, say: Say): string | null {
  if (cell === null || (cell.text === "" && !isRequired)) return null;
  const email = cell.text.toLowerCase();
  if (cell.text === "") say(cell, "the e-mail address is missing", "write the address that the person uses in Teams");
  else if (!emailSchema.safeParse(email).success) {
    say(cell, "is not an e-mail address", "write one address and nothing else, such as name@example.edu");
  } else return email;
  return null;
}

function readName(cell: Cell | null, what: "name" | "group", isRequired: boolean, say: Say): string | null {
  if (cell === null || (cell.text === "" && !isRequired)) return null;
  // A line end inside a cell is one that a spreadsheet wrapped.
  const name = cell.text.normalize("NFC").replaceAll(/\s+/g, " ");
  const flaw = findFlaw(name);
  if (name === "") {
    say(
      cell,
      what === "name" ? "the name is missing" : "mentors and mentees belong to a group",
      what === "name" ? "write the name that others see" : "write the group's name",
    );
  } else if (flaw !== null) say(cell, ...flaw);
  else return name;
  return null;
}

function findFlaw(name: string): readonly [wrong: string, remedy: string] | null {
  if (countCharacters(name) > maxNameCharacters)
    return [`is longer than ${maxNameCharacters} characters`, "shorten it"];
  if (/^[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(name))
    return ["looks like a formula", "begin it with a letter or number"];
  if (/[<>]|\]\(/.test(name)) return ["looks like markup or a link", "write the plain name, without < > or ]("];
  if (/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(name)) {
    return ["holds characters that nobody can see", "type it anew"];
  }
  if (/\ufffd|[\u00c2\u00c3][\u0080-\u00bf\u0152-\u2122]/.test(name)) {
    return ["letters were garbled when the file was saved", "type it anew, and save as CSV UTF-8 (comma delimited)"];
  }
  return null;
}

function readRole(cell: Cell | null, say: Say): Role | null {
  if (cell === null) return null;
  const role = roles.find((known) => known === cell.text.toLowerCase());
  if (role !== undefined) return role;
  const meant = nearest(cell.text, roles);
  if (cell.text === "") say(cell, "the role is missing", `write ${roles.join(", ")}`);
  else say(cell, "is not a role", meant === null ? `write ${roles.join(", ")}` : `did you mean ${meant}?`);
  return null;
}

/** Many people share few zones, and to know one takes longer than all the rest of a row. */
function createZoneReader(say: Say): (cell: Cell | null) => string | null {
  const remedies = new Map<string, string | null>();
  return (cell) => {
    if (cell === null || cell.text === "") return null;
    const known = remedies.get(cell.text);
    const remedy = known === undefined ? findZoneRemedy(cell.text) : known;
    remedies.set(cell.text, remedy);
    if (remedy === null) return cell.text;
    say(cell, "is not a time zone", remedy);
    return null;
  };
}

function findZoneRemedy(zone: string): string | null {
  if (timeZoneSchema.safeParse(zone).success) return null;
  const meant = nearest(zone, Intl.supportedValuesOf("timeZone"));
  return meant === null ? "use a zone's name from the IANA list, such as Asia/Kuala_Lumpur" : `did you mean ${meant}?`;
}

function readObjectId(cell: Cell | null, say: Say): string | null {
  if (cell === null || cell.text === "") return null;
  const id = cell.text.toLowerCase().replaceAll(/^\{|\}$/g, "");
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return id;
  say(cell, "is not an Entra object id", "copy it from Entra, or leave the cell empty: people are found by e-mail too");
  return null;
}

function readJoinedOn(cell: Cell | null, yearEnds: Temporal.PlainDate | null, say: Say): Temporal.PlainDate | null {
  if (cell === null || cell.text === "") return null;
  const day = readDay(cell.text);
  if (day === null) {
    say(cell, "is not a day", "write it as YYYY-MM-DD, such as 2026-09-14 (in Excel format the column as Text first)");
  } else if (yearEnds !== null && isDayBefore(yearEnds, day)) {
    say(cell, `is after the programme's last day (${yearEnds.toString()})`, "write the day on which the person joined");
  } else return day;
  return null;
}

function readDay(text: string): Temporal.PlainDate | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return null;
  try {
    return Temporal.PlainDate.from(text);
  } catch {
    return null;
  }
}
