import { CsvError, parse } from "csv-parse/sync";
import { countCharacters, showValue } from "../core/files.ts";
import type { Cell, Place, Problem, Row, Table } from "../core/files.ts";

/**
 * Bytes of one row. Longer ones are not rows but a quote that nobody closed; it also bounds the work of finding each
 * of many such quotes.
 */
const maxRowBytes = 20_000;

const newline = 0x0a;
const carriageReturn = 0x0d;

/**
 * Reads a CSV file as Excel, LibreOffice or a person writes it: comma, semicolon or tab; any line ends; quoted cells with
 * commas and line ends inside; spaces around cells. A row that cannot be read is a problem, and reading goes on below it.
 *
 * @param bytes UTF-8 without byte order mark
 */
export function readCsv(file: string, bytes: Buffer): Table {
  const lines = findLines(bytes);
  const placeAt = (offset: number): Place => placeOf(bytes, lines, offset);
  const problems: Problem[] = [];
  const rows: Row[] = [];
  const { delimiter, start } = findDelimiter(bytes, lines);

  for (let offset = start; offset < bytes.length;) {
    const failure = readRows(bytes, offset, delimiter, rows);
    if (failure === null) break;
    const text = bytes.toString("utf8", failure.offset, endOfLine(bytes, failure.offset));
    problems.push({ file, ...placeAt(failure.offset), value: showValue(text), ...saySyntax(failure.code) });
    offset = startOfNextLine(bytes, failure.offset);
  }

  const [header, ...rest] = rows;
  return { file, header: header ?? [], rows: rest, problems, placeOf: (cell) => placeAt(cell.offset) };
}

/** @returns null when it came to the end; else where the row that cannot be read has its bad cell */
function readRows(
  bytes: Buffer,
  from: number,
  delimiter: string,
  rows: Row[],
): { code: string; offset: number } | null {
  let cells: Cell[] = [];
  let cellStart = from;
  const finishRow = (end: number): void => {
    if (cells.some((cell) => cell.text !== "")) rows.push(cells);
    cells = [];
    cellStart = end;
  };
  try {
    parse(bytes.subarray(from), {
      delimiter,
      record_delimiter: ["\r\n", "\n", "\r"],
      trim: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: maxRowBytes,
      cast: (text, { bytes: end }) => {
        cells.push({ text: tidy(text), offset: skipSpace(bytes, cellStart, from + end) });
        cellStart = from + end + delimiter.length;
        return null;
      },
      on_record: (_, { bytes: end }) => {
        finishRow(from + end);
        return null;
      },
    });
    return null;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return { code: error.code, offset: skipSpace(bytes, cellStart, bytes.length) };
  }
}

function saySyntax(code: string): Pick<Problem, "wrong" | "remedy"> {
  switch (code) {
    case "CSV_QUOTE_NOT_CLOSED":
      return {
        wrong: "a quotation mark is opened and never closed",
        remedy: 'close it with another ", or leave both out',
      };
    case "INVALID_OPENING_QUOTE":
    case "CSV_INVALID_CLOSING_QUOTE":
    case "CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE":
      return {
        wrong: "a quotation mark stands in the middle of a cell",
        remedy: 'put the whole cell in quotation marks and double those inside, such as "Siti ""Nana"" Rahman"',
      };
    default:
      return {
        wrong: `the row is longer than ${maxRowBytes.toLocaleString("en-GB")} bytes`,
        remedy: "look for a quotation mark that is opened here and never closed",
      };
  }
}

/** Excel's own line `sep=;`, or else whichever of comma, semicolon and tab the first line has most of. */
function findDelimiter(
  bytes: Buffer,
  lines: readonly number[],
): { readonly delimiter: string; readonly start: number } {
  const [start, first] = firstLine(bytes, lines);
  const named = /^sep=([,;\t])$/i.exec(first);
  if (named?.[1] !== undefined) return { delimiter: named[1], start: startOfNextLine(bytes, start) };
  const bare = first.replaceAll(/"[^"]*"/g, "");
  const [delimiter] = [",", ";", "\t"].sort((a, b) => bare.split(b).length - bare.split(a).length);
  return { delimiter: delimiter ?? ",", start: 0 };
}

function firstLine(bytes: Buffer, lines: readonly number[]): readonly [start: number, text: string] {
  for (const start of lines) {
    const text = bytes.toString("utf8", start, endOfLine(bytes, start));
    if (text.trim() !== "") return [start, text];
  }
  return [0, ""];
}

/** What people do not see at the ends of a cell goes; so does the apostrophe that keeps spreadsheets from calculating. */
function tidy(text: string): string {
  const seen = text.replaceAll(/^[\s\u200b\u200e\u200f\u2060\ufeff]+|[\s\u200b\u200e\u200f\u2060\ufeff]+$/g, "");
  return /^'[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(seen) ? seen.slice(1) : seen;
}

function findLines(bytes: Buffer): readonly number[] {
  const starts = [0];
  for (let offset = 0; offset < bytes.length; offset++) {
    const byte = bytes[offset];
    if (byte === newline || (byte === carriageReturn && bytes[offset + 1] !== newline)) starts.push(offset + 1);
  }
  return starts;
}

function placeOf(bytes: Buffer, lines: readonly number[], offset: number): Place {
  let low = 0;
  let high = lines.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((lines[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: countCharacters(bytes.toString("utf8", lines[low] ?? 0, offset)) + 1 };
}

/** Past line ends and blanks, up to the first character that is seen. */
function skipSpace(bytes: Buffer, from: number, until: number): number {
  let offset = from;
  while (offset < until && [0x20, 0x09, newline, carriageReturn].includes(bytes[offset] ?? 0)) offset++;
  return offset;
}

function endOfLine(bytes: Buffer, from: number): number {
  let offset = from;
  while (offset < bytes.length && bytes[offset] !== newline && bytes[offset] !== carriageReturn) offset++;
  return offset;
}

function startOfNextLine(bytes: Buffer, from: number): number {
  const end = endOfLine(bytes, from);
  return bytes[end] === carriageReturn && bytes[end + 1] === newline ? end + 2 : end + 1;
}
