import { count } from "../core/time.ts";
import { exportFiles } from "../features/exports/service.ts";
import type { ExportFile } from "../features/exports/service.ts";
import { listProgrammes } from "../features/programme/store.ts";
import type { Programme } from "../features/programme/store.ts";
import { writeCsv } from "../platform/folder.ts";
import { folderOf, WrongUse } from "./command.ts";
import type { CliCommand } from "./command.ts";

export const exportCommand: CliCommand = {
  name: "export",
  usage: "DIR [--programme ID] [--private]",
  does: "writes the programme's CSV files; --private adds reflections, for local administrators only",
  options: { programme: { type: "string" }, private: { type: "boolean" } },
  run: async (given, terminal) => {
    const folder = folderOf(given);
    const files = exportFiles.filter((file) => !file.isPrivate || given.values["private"] === true);
    await terminal.withDatabase(async ({ db, now }) => {
      const programme = choose(await listProgrammes(db), given.values["programme"]);
      // Files of different moments would contradict each other.
      const tables = await db.transaction(
        async (tx) => {
          const read: { readonly file: ExportFile; readonly rows: readonly (readonly string[])[] }[] = [];
          for (const file of files) read.push({ file, rows: await file.rows(tx, programme, now) });
          return read;
        },
        { isolationLevel: "repeatable read", accessMode: "read only" },
      );
      for (const { file, rows } of tables) {
        await writeCsv(folder, file.name, [file.header, ...rows]);
        terminal.print(`${file.name}: ${count(rows.length, "row")}`);
      }
    });
    return 0;
  },
};

function choose(programmes: readonly Programme[], id: string | boolean | undefined): Programme {
  const known = programmes.map((programme) => programme.id).join(", ");
  if (id !== undefined) {
    const found = programmes.find((programme) => programme.id === id);
    if (found !== undefined) return found;
    throw new WrongUse(
      `There is no programme ${String(id)}. ${known === "" ? "None is imported yet" : `There is ${known}`}.`,
    );
  }
  const [only, ...others] = programmes;
  if (only === undefined) throw new WrongUse("No programme is imported yet: use waymark import DIR first.");
  if (others.length > 0) throw new WrongUse(`There are several programmes: add --programme and one of ${known}.`);
  return only;
}
