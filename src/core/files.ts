/** What the files of a programme folder hold once they are read, with the place of every value, and what is wrong with them. */

/** 1-based line, and 1-based column in characters (what people count as one, not bytes). */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong in a file, and what to do about it: both are parts of a sentence, without a full stop. */
export interface Problem extends Place {
  readonly file: string;
  /** What stands there, shortened; in parentheses when nothing does. */
  readonly value: string;
  readonly wrong: string;
  readonly remedy: string;
}

/** A cell of a CSV file, without the spaces around it. */
export interface Cell {
  readonly text: string;
  /** Where it begins, in bytes: `Table.placeOf` turns it into a place. */
  readonly offset: number;
}

export type Row = readonly Cell[];

/** A CSV file. Rows without any text are left out. */
export interface Table {
  readonly file: string;
  /** Empty when the file could not be read. */
  readonly header: Row;
  readonly rows: readonly Row[];
  readonly problems: readonly Problem[];
  readonly placeOf: (cell: Cell) => Place;
}

/** Keys and indexes from the top of a YAML file: `["meetings", 0, "opens"]`. */
export type Path = readonly (string | number)[];

/** A YAML file. */
export interface Document {
  readonly file: string;
  /** Plain data, not checked any further; `undefined` when it could not be read. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Where the value of a path, or its key, stands. Of what is not there: the nearest thing around it. */
  readonly placeOf: (path: Path, part: "key" | "value") => Place;
  /** The value of a path as it is written in the file, up to the end of its first line. */
  readonly textOf: (path: Path) => string;
}

/** The files that describe a programme. */
export interface ProgrammeFiles {
  readonly settings: Document;
  readonly people: Table;
}

/** What people count as one: an accented letter or an emoji of two code units is one. */
export function countCharacters(text: string): number {
  return Array.from(text).length;
}

/** Long enough to recognise an e-mail address, short enough for one line of a terminal. */
const shownCharacters = 60;

/** A value as it is shown in a problem: one line, shortened, control characters made visible. */
export function showValue(text: string): string {
  const oneLine = text
    .replaceAll(/\r\n|\r|\n/g, "\\n")
    .replaceAll("\t", "\\t")
    .replaceAll(
      /[\u0000-\u001f\u007f-\u009f\u200b\u202a-\u202e\u2066-\u2069\ufeff]/g,
      (hidden) => `\\u${hidden.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  const characters = Array.from(oneLine);
  if (characters.length === 0) return "(empty)";
  return characters.length <= shownCharacters ? oneLine : `${characters.slice(0, shownCharacters - 3).join("")}...`;
}

/** `FILE:LINE:COLUMN: VALUE: what is wrong; what to do` */
export function sayProblem({ file, line, column, value, wrong, remedy }: Problem): string {
  return `${file}:${line}:${column}: ${value}: ${wrong}; ${remedy}`;
}

/** In the order in which somebody goes through the files. */
export function inFileOrder(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort(
    (a, b) =>
      (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) ||
      a.line - b.line ||
      a.column - b.column ||
      (a.wrong < b.wrong ? -1 : a.wrong > b.wrong ? 1 : 0),
  );
}

/** The candidate that is only a slip of the pen away from `word`, if there is one. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  const typed = simplify(word);
  // A third of the letters wrong is no longer a slip; of very short words one letter may be.
  const allowed = Math.max(1, Math.floor(typed.length / 3));
  let best: { readonly candidate: string; readonly slips: number } | null = null;
  for (const candidate of candidates) {
    const slips = countSlips(typed, simplify(candidate));
    if (slips <= allowed && (best === null || slips < best.slips)) best = { candidate, slips };
  }
  return best?.candidate ?? null;
}

function simplify(word: string): string {
  // Nobody names a key with more: a pasted novel must not cost a second.
  return word
    .slice(0, 80)
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, "");
}

/** Letters to add, drop, change, or swap with their neighbour (optimal string alignment). */
function countSlips(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = isSwap ? (beforeLast[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, change, swap));
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? a.length;
}
