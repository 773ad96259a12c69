import "./node-version.js";
import { randomUUIDv7 } from "node:crypto";
import { parseArgs } from "node:util";
import { WrongUse } from "./commands/command.ts";
import type { CliCommand, OpenDatabase, Terminal } from "./commands/command.ts";
import { readConfig } from "./config.ts";
import { later } from "./core/time.ts";
import { FolderError } from "./platform/folder.ts";

/** The visible list: a new command is one entry. Loaded when it is asked for: `check` takes a third of the memory of all. */
const commands: Readonly<Record<string, () => Promise<CliCommand>>> = {
  check: async () => (await import("./commands/check.ts")).check,
  import: async () => (await import("./commands/import.ts")).importCommand,
  export: async () => (await import("./commands/export.ts")).exportCommand,
  preview: async () => (await import("./commands/preview.ts")).preview,
  deliveries: async () => (await import("./commands/deliveries.ts")).deliveries,
  erase: async () => (await import("./commands/erase.ts")).eraseCommand,
  keys: async () => (await import("./commands/keys.ts")).keys,
};

/** @returns 0 done, 1 problems found, 2 wrong use */
async function run(commandName: string | undefined, given: readonly string[]): Promise<0 | 1 | 2> {
  if (commandName === undefined || ["help", "--help", "-h"].includes(commandName)) {
    console.log(await sayAllUses());
    return commandName === undefined ? 2 : 0;
  }
  const load = Object.hasOwn(commands, commandName) ? commands[commandName] : undefined;
  if (load === undefined) {
    console.error(`There is no command ${commandName}.\n${await sayAllUses()}`);
    return 2;
  }
  const command = await load();
  try {
    return await command.run(parse(command, given), terminal);
  } catch (error) {
    return await explain(error, command);
  }
}

function parse(command: CliCommand, given: readonly string[]) {
  try {
    return parseArgs({ args: [...given], options: command.options, allowPositionals: true });
  } catch (error) {
    if (error instanceof TypeError) throw new WrongUse(`${error.message.split(". ")[0] ?? ""}.`);
    throw error;
  }
}

async function sayAllUses(): Promise<string> {
  return sayUsage(await Promise.all(Object.values(commands).map((load) => load())));
}

function sayUsage(list: readonly CliCommand[]): string {
  return ["Use:", ...list.map((each) => `  waymark ${each.name} ${each.usage}\n      ${each.does}`)].join("\n");
}

/** The environment is set in a way that cannot work; `message` has a line for each problem. */
class WrongEnvironment extends Error {
  override readonly name = "WrongEnvironment";
}

/** What went wrong, in a sentence. Of what nobody foresaw only the kind: its message may quote what people wrote. */
async function explain(error: unknown, command: CliCommand): Promise<1 | 2> {
  if (error instanceof WrongUse) {
    console.error(`${error.message}\n${sayUsage([command])}`);
    return 2;
  }
  if (error instanceof FolderError || error instanceof WrongEnvironment) {
    console.error(error.message);
    return 2;
  }
  const { DataFolderError } = await import("./platform/data-folder.ts");
  const { ClockError } = await import("./platform/clock.ts");
  const { errorFields, isPassing } = await import("./platform/error-fields.ts");
  if (error instanceof DataFolderError || error instanceof ClockError) {
    console.error(error.message);
    return 1;
  }
  const { error: kind, code, at } = errorFields(error);
  if (isPassing(error)) {
    console.error(`The database cannot be reached (${code ?? kind}). Is it running, and is DATABASE_URL right?`);
    return 1;
  }
  console.error(`waymark ${command.name} failed: ${[kind, code, at].filter((part) => part !== undefined).join(", ")}`);
  return 1;
}

const terminal: Terminal = {
  print: (line) => console.log(line),
  tell: (line) => console.error(line),
  showProgress: (done, of) => {
    if (!process.stderr.isTTY) return;
    const width = 30;
    const filled = Math.round((done / of) * width);
    const bar = `${"#".repeat(filled)}${".".repeat(width - filled)}`;
    process.stderr.write(`\r[${bar}] ${done} of ${of}${done === of ? "\n" : ""}`);
  },
  withDatabase,
};

async function withDatabase<Result>(work: (database: OpenDatabase) => Promise<Result>): Promise<Result> {
  const read = readConfig(process.env);
  if (!read.ok) throw new WrongEnvironment(read.problems.join("\n"));
  // Loaded only now: `check` does without a database, and in a fifth of the memory.
  const { claimDataFolder } = await import("./platform/data-folder.ts");
  const { openEmbedded, openPostgres } = await import("./platform/database.ts");
  const { checkClock, createClock, latestSeen } = await import("./platform/clock.ts");
  const { clock, database: where } = read.config;
  const folder = where.kind === "embedded" ? claimDataFolder(where.folder) : null;
  try {
    const database =
      where.kind === "server" ? openPostgres(where.url) : await openEmbedded(folder?.databasePath ?? null);
    try {
      await database.migrate();
      const now = createClock(clock).now();
      if (clock !== null) await checkClock(database.db, now);
      const seen = await latestSeen(database.db);
      return await work({ db: database.db, newId: randomUUIDv7, now: seen === null ? now : later(now, seen) });
    } finally {
      await database.close();
    }
  } finally {
    folder?.release();
  }
}

const [name, ...args] = process.argv.slice(2);
// Not process.exit: what was printed into a pipe must arrive.
process.exitCode = await run(name, args);
