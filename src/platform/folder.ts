import { createWriteStream } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { stringify } from "csv-stringify";
import { nearest, showValue } from "../core/files.ts";
import type { Document, Place, Problem, ProgrammeFiles, Table } from "../core/files.ts";
import { readCsv } from "./csv.ts";
import { decode } from "./encoding.ts";
import { readYaml } from "./yaml.ts";

/** The folder itself, not something in it, cannot be read or written; `message` is a sentence. */
export class FolderError extends Error {
  override readonly name = "FolderError";
}

/** 128 KB: thirty times the sample's. The parser's work on hostile nesting grows faster than the file. */
const maxYamlBytes = 128 * 1024;

/** 8 MB: people.csv of 10,000 people is 1 MB. It bounds the memory that a check takes, to about 300 MB. */
const maxCsvBytes = 8 * 1024 * 1024;

/**
 * Reads a programme folder. A file that is missing, or is not what its name says, becomes a problem of that file.
 *
 * @throws FolderError when there is no such folder
 */
export async function readProgrammeFolder(path: string): Promise<ProgrammeFiles> {
  const names = await listFolder(path);
  return {
    settings: await readDocument(path, "programme.yaml", names),
    people: await readTable(path, "people.csv", names),
  };
}

async function readDocument(folder: string, name: string, names: readonly string[]): Promise<Document> {
  const { bytes, problems } = await readText(folder, name, names, maxYamlBytes);
  const document = readYaml(name, bytes?.toString("utf8") ?? "");
  if (bytes === null) return { ...document, value: undefined, problems };
  return { ...document, problems: [...problems, ...document.problems] };
}

async function readTable(folder: string, name: string, names: readonly string[]): Promise<Table> {
  const { bytes, problems } = await readText(folder, name, names, maxCsvBytes);
  const table = readCsv(name, bytes ?? Buffer.alloc(0));
  return { ...table, problems: [...problems, ...table.problems] };
}

/** @returns UTF-8 without byte order mark; null when there is no text to read */
async function readText(
  folder: string,
  name: string,
  names: readonly string[],
  maxBytes: number,
): Promise<{ readonly bytes: Buffer | null; readonly problems: readonly Problem[] }> {
  const problem = (place: Place, value: string, wrong: string, remedy: string): Problem => ({
    file: name,
    ...place,
    value,
    wrong,
    remedy,
  });
  const start: Place = { line: 1, column: 1 };
  const unreadable = (value: string, wrong: string, remedy: string) => ({
    bytes: null,
    problems: [problem(start, value, wrong, remedy)],
  });

  if (!names.includes(name)) {
    const other = lookalike(name, names);
    return other === null
      ? unreadable("(missing)", "the file is not in the folder", `add ${name}, as in the sample folder`)
      : unreadable(showValue(other), `the file must be called ${name}`, sayRename(other, name));
  }
  const path = join(folder, name);
  const facts = await stat(path);
  if (!facts.isFile())
    return unreadable("(not a file)", "a folder or device has this name", `put a file called ${name} here`);
  if (facts.size > maxBytes) {
    return unreadable(
      `${Math.ceil(facts.size / 1024)} KB`,
      `the file is larger than ${maxBytes / 1024} KB`,
      "check that it is the right file, and split a programme this large into several",
    );
  }
  const raw = await readFile(path);
  const decoded = decode(raw);
  if (decoded.kind === "binary") {
    return unreadable("(binary data)", `this is ${decoded.what}, not text`, sayHowToSave(name));
  }
  if (decoded.bytes.toString("utf8").trim() === "") {
    return unreadable("(empty)", "the file is empty", `write into it what the sample's ${name} shows`);
  }
  if (decoded.kind === "utf-8") return { bytes: decoded.bytes, problems: [] };
  // The rest is still checked, so that one more run finds nothing new.
  return {
    bytes: decoded.bytes,
    problems: [
      problem(decoded.place, decoded.value, `the file is saved as ${decoded.kind}, not UTF-8`, sayHowToSave(name)),
    ],
  };
}

function sayHowToSave(name: string): string {
  return name.endsWith(".csv")
    ? "in Excel choose File, Save As, CSV UTF-8 (comma delimited)"
    : "save it as plain text with the encoding UTF-8";
}

/** A file that was probably meant: another spelling, or the spreadsheet that the CSV is made from. */
function lookalike(name: string, names: readonly string[]): string | null {
  const stem = name.replace(/\.[^.]*$/, "");
  const sameStem = names.filter((other) => nearest(stem, [other.replace(/\.[^.]*$/, "")]) !== null);
  return sameStem.find((other) => other.toLowerCase() === name) ?? sameStem[0] ?? null;
}

function sayRename(other: string, name: string): string {
  return /\.(xlsx?|ods|numbers)$/i.test(other) ? sayHowToSave(name) : "rename it";
}

async function listFolder(path: string): Promise<readonly string[]> {
  try {
    return (await readdir(path)).sort();
  } catch (error) {
    throw new FolderError(
      `${path} cannot be read as a folder (${codeOf(error)}). Name the folder that holds programme.yaml.`,
    );
  }
}

/**
 * Writes a CSV file: UTF-8, comma, a header, lines ended by LF. It appears under its name only when it is complete.
 * Cells that a spreadsheet would calculate get a leading apostrophe, which reading takes off again.
 *
 * @throws FolderError when it cannot be written
 */
export async function writeCsv(
  folder: string,
  name: string,
  rows: Iterable<readonly string[]> | AsyncIterable<readonly string[]>,
): Promise<void> {
  const temporary = join(folder, `.${name}.part`);
  try {
    await mkdir(folder, { recursive: true });
    // What is in it concerns people: for this user's eyes until they decide otherwise.
    await pipeline(rows, stringify({ escape_formulas: true }), createWriteStream(temporary, { mode: 0o600 }));
    await rename(temporary, join(folder, name));
  } catch (error) {
    // What kept it from being written may keep it from being removed; the first is what counts.
    await rm(temporary, { force: true }).catch(() => undefined);
    if (!isSystemError(error)) throw error;
    throw new FolderError(
      `${join(folder, name)} cannot be written (${error.code}). Name a folder that this user may write.`,
    );
  }
}

function isSystemError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && "syscall" in error && "code" in error && typeof error.code === "string";
}

function codeOf(error: unknown): string {
  return isSystemError(error) ? error.code : "unknown reason";
}
