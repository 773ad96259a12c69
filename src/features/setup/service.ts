import type { Db } from "../../core/db.ts";
import { showValue } from "../../core/files.ts";
import type { Problem, ProgrammeFiles } from "../../core/files.ts";
import { as } from "../../core/ids.ts";
import type { ProgrammeId } from "../../core/ids.ts";
import type { NewId } from "../../core/ports.ts";
import { dayIn } from "../../core/time.ts";
import { planChange } from "./change/rules.ts";
import type { Change } from "./change/rules.ts";
import type { Conflict } from "./identity/rules.ts";
import { checkProgramme } from "./rules.ts";
import { loadKnown, saveChange, saveProgramme } from "./store.ts";

export interface ImportDeps {
  readonly db: Db;
  readonly newId: NewId;
  /** What other features do about it, in the same transaction. */
  readonly onChanged: (tx: Db, programme: ProgrammeId, now: Temporal.Instant) => Promise<void>;
  /** For a progress bar: rows written so far. */
  readonly onProgress?: (rows: number, ofRows: number) => void;
}

export type ImportResult =
  | { readonly kind: "refused"; readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] }
  | {
      readonly kind: "imported";
      readonly programme: ProgrammeId;
      readonly change: Change;
      readonly warnings: readonly Problem[];
    };

/**
 * Checks a programme folder, then brings the database to what it says, in one transaction: all of it or nothing.
 *
 * @param isDryRun does everything, and takes it back: the figures are the same
 */
export async function importProgramme(
  deps: ImportDeps,
  files: ProgrammeFiles,
  now: Temporal.Instant,
  isDryRun: boolean,
): Promise<ImportResult> {
  const { programme: checked, problems, warnings } = checkProgramme(files);
  if (checked === null) return { kind: "refused", problems, warnings };
  const { settings, stored, listed } = checked;
  const programme = as<ProgrammeId>(settings.id);
  const emails = listed.flatMap((row) => [row.email, ...(row.previousEmail === null ? [] : [row.previousEmail])]);
  const objectIds = listed.flatMap((row) => row.aadObjectId ?? []);

  return await allOrNothing(deps.db, async (tx) => {
    const before = await saveProgramme(tx, settings, stored, now);
    const known = { stored: before, ...(await loadKnown(tx, programme, { emails, objectIds })) };
    const { change, conflicts } = planChange(known, checked, dayIn(now, settings.timezone), deps.newId);
    if (change === null) {
      const found = conflicts.map((conflict) => problemOf(conflict, files));
      return { isKept: false, result: { kind: "refused", problems: found, warnings } };
    }
    const rows = change.people.length + change.groups.length + change.memberships.length;
    let written = 0;
    await saveChange(tx, programme, change, now, (count) => {
      written += count;
      deps.onProgress?.(written, rows);
    });
    await deps.onChanged(tx, programme, now);
    return { isKept: !isDryRun, result: { kind: "imported", programme, change, warnings } };
  });
}

function problemOf({ listed, wrong, remedy }: Conflict, { people }: ProgrammeFiles): Problem {
  return { file: people.file, ...people.placeOf(listed.cell), value: showValue(listed.cell.text), wrong, remedy };
}

/** Carries a result out of a transaction that is taken back on purpose. */
class NotKept extends Error {
  readonly result: ImportResult;

  constructor(result: ImportResult) {
    super("Rolled back on purpose");
    this.result = result;
  }
}

async function allOrNothing(
  db: Db,
  work: (tx: Db) => Promise<{ readonly isKept: boolean; readonly result: ImportResult }>,
): Promise<ImportResult> {
  try {
    return await db.transaction(async (tx) => {
      const { isKept, result } = await work(tx);
      if (!isKept) throw new NotKept(result);
      return result;
    });
  } catch (error) {
    if (error instanceof NotKept) return error.result;
    throw error;
  }
}
