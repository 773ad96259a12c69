import type { ParseArgsOptionDescriptor } from "node:util";
import type { Db } from "../core/db.ts";
import type { NewId } from "../core/ports.ts";

/** The database that the environment names, migrated. */
export interface OpenDatabase {
  readonly db: Db;
  readonly newId: NewId;
  /** By the programme's clock, and never before what this database has seen. */
  readonly now: Temporal.Instant;
}

/** What a command may do to the world outside. */
export interface Terminal {
  /** A line of the result. */
  print(line: string): void;
  /** A line for whoever sits there, apart from the result. */
  tell(line: string): void;
  /** Draws how far a long work has come; nothing when nobody watches. */
  showProgress(done: number, of: number): void;
  /** Opens the database for the time of `work`. */
  withDatabase<Result>(work: (database: OpenDatabase) => Promise<Result>): Promise<Result>;
}

export interface Arguments {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
}

/** One of `waymark`'s commands; `cli.ts` lists them. */
export interface CliCommand {
  readonly name: string;
  /** What follows the name, such as `DIR [--json]`. */
  readonly usage: string;
  readonly does: string;
  readonly options: Readonly<Record<string, Pick<ParseArgsOptionDescriptor, "type">>>;
  /** @returns the exit code: 0 done, 1 problems found */
  readonly run: (given: Arguments, terminal: Terminal) => Promise<0 | 1>;
}

/** The command was called in a way that it does not know; `message` is a sentence. Exit code 2. */
export class WrongUse extends Error {
  override readonly name = "WrongUse";
}

/** The one folder that was named. */
export function folderOf({ positionals }: Arguments): string {
  const [folder, ...others] = positionals;
  if (folder === undefined) throw new WrongUse("Name a folder.");
  if (others.length > 0) throw new WrongUse(`Name one folder only, not also ${others.join(" ")}.`);
  return folder;
}
