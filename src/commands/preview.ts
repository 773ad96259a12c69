import { sayMoment } from "../core/time.ts";
import { previewMentees } from "../features/preview/mentees/rules.ts";
import { inOrder, previewYear, type PreviewCard } from "../features/preview/rules.ts";
import { checkProgramme } from "../features/setup/rules.ts";
import { readProgrammeFolder } from "../platform/folder.ts";
import { printProblems } from "./check.ts";
import { folderOf, type CliCommand } from "./command.ts";

export const preview: CliCommand = {
  name: "preview",
  usage: "DIR [--json]",
  does: "lists every card of a year in which everybody has installed Waymark and nobody reacts; needs no database",
  options: { json: { type: "boolean" } },
  run: async (given, terminal) => {
    const { programme, problems, warnings } = checkProgramme(await readProgrammeFolder(folderOf(given)));
    if (programme === null) {
      printProblems(terminal, problems, warnings);
      return 1;
    }
    const { settings, listed } = programme;
    const those = (wanted: "mentor" | "mentee") =>
      listed.flatMap(({ email, group, role, timeZone, joinedOn }) =>
        role === wanted && group !== null ? [{ email, group, joinedOn, timeZone: timeZone ?? settings.timezone }] : [],
      );
    const cards = [...previewYear(settings, those("mentor")), ...previewMentees(settings, those("mentee"))].toSorted(
      inOrder,
    );
    if (given.values["json"] === true) terminal.print(JSON.stringify(cards));
    else for (const card of cards) terminal.print(sayCard(card, settings.timezone));
    return 0;
  },
};

function sayCard({ at, to, kind, group, meeting, also }: PreviewCard, timeZone: string): string {
  const more = also.map((part) => `; ${part.kind} ${part.meeting} (${part.group})`).join("");
  return `${sayMoment(at, timeZone)}: ${to}: ${kind} ${meeting} (${group})${more}`;
}
