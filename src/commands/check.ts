import { inFileOrder, sayProblem } from "../core/files.ts";
import type { Problem } from "../core/files.ts";
import { count } from "../core/time.ts";
import { checkProgramme } from "../features/setup/rules.ts";
import { readProgrammeFolder } from "../platform/folder.ts";
import { folderOf } from "./command.ts";
import type { CliCommand, Terminal } from "./command.ts";

export const check: CliCommand = {
  name: "check",
  usage: "DIR [--json]",
  does: "says everything that is wrong with a programme folder; needs no database",
  options: { json: { type: "boolean" } },
  run: async (given, terminal) => {
    const { problems, warnings } = checkProgramme(await readProgrammeFolder(folderOf(given)));
    if (given.values["json"] === true) {
      terminal.print(JSON.stringify(inFileOrder(problems)));
      printProblems(terminal, [], warnings);
    } else {
      printProblems(terminal, problems, warnings);
      terminal.tell(problems.length === 0 ? "No problems found." : `${count(problems.length, "problem")} found.`);
    }
    return problems.length === 0 ? 0 : 1;
  },
};

/** Problems are the result; warnings keep nobody from going on. */
export function printProblems(terminal: Terminal, problems: readonly Problem[], warnings: readonly Problem[]): void {
  for (const problem of inFileOrder(problems)) terminal.print(sayProblem(problem));
  for (const warning of inFileOrder(warnings)) terminal.tell(`Warning: ${sayProblem(warning)}`);
}
