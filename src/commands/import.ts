import { rosterChanged } from "../app.ts";
import { count } from "../core/time.ts";
import { importProgramme } from "../features/setup/service.ts";
import type { Change } from "../features/setup/change/rules.ts";
import type { Figures } from "../features/setup/identity/rules.ts";
import { readProgrammeFolder } from "../platform/folder.ts";
import { printProblems } from "./check.ts";
import { folderOf } from "./command.ts";
import type { CliCommand, Terminal } from "./command.ts";

export const importCommand: CliCommand = {
  name: "import",
  usage: "DIR [--dry-run]",
  does: "checks a programme folder and brings the database to what it says, all of it or nothing",
  options: { "dry-run": { type: "boolean" } },
  run: async (given, terminal) => {
    const isDryRun = given.values["dry-run"] === true;
    const files = await readProgrammeFolder(folderOf(given));
    const result = await terminal.withDatabase(({ db, newId, now }) =>
      importProgramme(
        {
          db,
          newId,
          onChanged: (tx, programme) => rosterChanged(tx, newId, programme, now),
          onProgress: (done, of) => terminal.showProgress(done, of),
        },
        files,
        now,
        isDryRun,
      ),
    );
    printProblems(terminal, result.kind === "refused" ? result.problems : [], result.warnings);
    if (result.kind === "refused") {
      terminal.tell(`Nothing was imported: ${count(result.problems.length, "problem")}.`);
      return 1;
    }
    printChange(terminal, result.change);
    if (isDryRun) terminal.print("This was a dry run: nothing was changed.");
    return 0;
  },
};

function printChange(terminal: Terminal, { figures, renamedGroups, correctedEmails, left }: Change): void {
  terminal.print(`people: ${sayFigures(figures.people)}`);
  terminal.print(`groups: ${sayFigures(figures.groups)}`);
  terminal.print(`memberships: ${sayFigures(figures.memberships)}`);
  terminal.print(`settings: ${saySettings(figures.settings)}`);
  for (const { from, to } of renamedGroups) terminal.print(`renamed: group ${from} is now ${to}`);
  for (const { from, to } of correctedEmails) terminal.print(`corrected: ${from} is now ${to}`);
  for (const email of left) terminal.print(`deactivated: ${email}`);
}

function sayFigures({ added, changed, deactivated, returned }: Figures): string {
  const back = returned === 0 ? "" : `, ${returned} came back`;
  return `${added} added, ${changed} changed, ${deactivated} deactivated${back}`;
}

function saySettings(changed: readonly string[] | null): string {
  if (changed === null) return "added";
  return changed.length === 0 ? "unchanged" : `changed (${changed.join(", ")})`;
}
