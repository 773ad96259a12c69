import type { Db } from "../../core/db.ts";
import { entriesOfProgramme, reflectionsOfProgramme } from "../logbook/records/store.ts";
import { stateOf } from "../meetings/rules.ts";
import { attendanceAt, meetingsOfProgramme } from "../meetings/store.ts";
import type { Programme } from "../programme/store.ts";
import { cellOf, sidesOf } from "../progress/rules.ts";
import { sidesAt } from "../sides/store.ts";
import { writeInstant, writeList } from "./rules.ts";
import { listMentees, listRoles } from "./store.ts";

type Rows = Promise<readonly (readonly string[])[]>;

/** One CSV file of an export. */
export interface ExportFile {
  readonly name: string;
  /** Written only for administrators who ask for it. */
  readonly isPrivate: boolean;
  readonly header: readonly string[];
  /** @param now by the programme's clock: what is planned or overdue depends on it */
  readonly rows: (db: Db, programme: Programme, now: Temporal.Instant) => Rows;
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

/** Every meeting of every group that there is today. Minutes, form and who came are those of its logbook entry. */
const meetings: ExportFile = {
  name: "meetings.csv",
  isPrivate: false,
  header: [
    "group",
    "meeting",
    "state",
    "sides",
    "opens",
    "closes",
    "planned_at",
    "held_on",
    "minutes",
    "form",
    "attended",
  ],
  rows: async (db, { id, timeZone }, now) => {
    const logged = await entriesOfProgramme(db, id);
    const entryOf = new Map(
      logged.filter((entry) => !entry.isCatchUp).map((entry) => [`${entry.meeting} ${entry.group}`, entry]),
    );
    const found = await meetingsOfProgramme(db, id);
    const sides = await sidesAt(
      db,
      found.map((meeting) => meeting.id),
    );
    return found.map(({ id: meeting, key, group, facts }) => {
      const entry = entryOf.get(`${key} ${group.name}`);
      return [
        group.name,
        key,
        stateOf(facts, now),
        sidesOf(facts, [...(sides.get(meeting)?.values() ?? [])]) ?? "",
        facts.window?.opens.toString() ?? "",
        facts.window?.closes.toString() ?? "",
        facts.plan === null ? "" : writeInstant(facts.plan.at, timeZone),
        facts.heldOn?.toString() ?? "",
        String(entry?.minutes ?? ""),
        entry?.form ?? "",
        writeList(entry?.attended ?? []),
      ];
    });
  },
};

/** A mentee's cells: one for each meeting that the programme asks for, and for whatever else they were at or missed. */
const attendance: ExportFile = {
  name: "attendance.csv",
  isPrivate: false,
  header: ["email", "group", "meeting", "status"],
  rows: async (db, { id }) => {
    const found = await meetingsOfProgramme(db, id);
    const ids = found.map((meeting) => meeting.id);
    const [statuses, sides] = [await attendanceAt(db, ids), await sidesAt(db, ids)];
    const meetingsOf = Map.groupBy(found, (meeting) => meeting.group.id);
    return (await listMentees(db, id)).flatMap(({ person, email, group, joinedOn, isActive }) =>
      (meetingsOf.get(group) ?? []).flatMap((meeting) => {
        const status = statuses.get(meeting.id)?.get(person);
        const side = sides.get(meeting.id)?.get(person);
        if (status === undefined && (meeting.facts.window === null || !isActive)) return [];
        return [[email, meeting.group.name, meeting.key, cellOf(meeting.facts, status, joinedOn, side)]];
      }),
    );
  },
};

/** The newest version of each entry, catch-ups too; people by e-mail, as names are not unique. */
const logbook: ExportFile = {
  name: "logbook.csv",
  isPrivate: false,
  header: [
    "group",
    "meeting",
    "mentor",
    "held_on",
    "minutes",
    "form",
    "attended",
    "topics",
    "summary",
    "saved_at",
    "version",
  ],
  rows: async (db, { id, timeZone }) =>
    (await entriesOfProgramme(db, id)).map((entry) => [
      entry.group,
      entry.meeting,
      entry.mentor ?? "",
      entry.heldOn.toString(),
      String(entry.minutes),
      entry.form,
      writeList(entry.attended),
      writeList(entry.topics),
      entry.summary,
      writeInstant(entry.savedAt, timeZone),
      String(entry.version),
    ]),
};

const reflections: ExportFile = {
  name: "reflections.csv",
  isPrivate: true,
  header: ["group", "meeting", "mentor", "reflection", "saved_at"],
  rows: async (db, { id, timeZone }) =>
    (await reflectionsOfProgramme(db, id)).map(({ group, meeting, mentor, reflection, savedAt }) => [
      group,
      meeting,
      mentor ?? "",
      reflection,
      writeInstant(savedAt, timeZone),
    ]),
};

/** All files of an export; a new one is one entry here. */
export const exportFiles: readonly ExportFile[] = [people, meetings, attendance, logbook, reflections];
