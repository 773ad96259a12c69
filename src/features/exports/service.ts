import type { Db } from "../../core/db.ts";
import type { Programme } from "../programme/store.ts";
import { writeInstant } from "./rules.ts";
import { listRoles } from "./store.ts";

type Rows = Promise<readonly (readonly string[])[]>;

/** One CSV file of an export. */
export interface ExportFile {
  readonly name: string;
  /** Written only for administrators who ask for it. */
  readonly isPrivate: boolean;
  readonly header: readonly string[];
  readonly rows: (db: Db, programme: Programme) => Rows;
}

/** The import's columns, so that an export can be imported again, and three more. */
const people: ExportFile = {
  name: "people.csv",
  isPrivate: false,
  header: [
    "email",
    "name",
    "role",
    "group",
    "aad_object_id",
    "timezone",
    "joined_on",
    "previous_email",
    "active",
    "reachable",
    "last_seen",
  ],
  rows: async (db, { id, timeZone }) =>
    (await listRoles(db, id)).map((row) => [
      row.email,
      row.name,
      row.role,
      row.group ?? "",
      row.aadObjectId ?? "",
      row.timeZone ?? "",
      row.joinedOn.toString(),
      "",
      String(row.isActive),
      String(row.reachability === "reachable"),
      row.lastSeen === null ? "" : writeInstant(row.lastSeen, timeZone),
    ]),
};

/** All files of an export; a new one is one entry here. */
export const exportFiles: readonly ExportFile[] = [people];
