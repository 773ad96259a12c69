import type { Command, Membership } from "./feature.ts";

/** Matching what people typed to the words that the bot knows: tolerant of slips, never guessing between two. */

/** Whether a word is for somebody with these roles. */
export function isFor(who: Command["who"], memberships: readonly Membership[]): boolean {
  return who === "everybody" || memberships.some(({ role }) => who.includes(role));
}

export interface WordChoice<Value> {
  /** Lower case; several words with one space between (`my data`). */
  readonly words: readonly string[];
  readonly value: Value;
}

export interface WordMatch<Value> {
  readonly value: Value;
  /** What was typed after the word, trimmed, otherwise as it was. */
  readonly rest: string;
}

interface Token {
  readonly word: string;
  readonly end: number;
}

interface Candidate<Value> {
  readonly value: Value;
  readonly errors: number;
  readonly letters: number;
  readonly end: number;
}

/**
 * The choice whose word the text begins with. Case, punctuation and spaces between words do not matter; one typing
 * error is forgiven in four letters or more, two in eight or more (shorter words have too many neighbours). A word
 * inside another (`helpless`) is no match. Two choices equally near: none.
 */
export function matchWord<Value>(text: string, choices: readonly WordChoice<Value>[]): WordMatch<Value> | null {
  const tokens = tokenize(text);
  let best: Candidate<Value> | null = null;
  let isTied = false;
  for (const { words, value } of choices) {
    for (const word of words) {
      const candidate = compare(tokens, word, value);
      if (candidate === null) continue;
      const order = best === null ? -1 : byNearness(candidate, best);
      if (order < 0) [best, isTied] = [candidate, false];
      else if (order === 0 && best?.value !== value) isTied = true;
    }
  }
  return best === null || isTied ? null : { value: best.value, rest: text.slice(best.end).trim() };
}

/**
 * The text of a Teams message as a person reads it: without the bot's mentions, tags and HTML entities.
 *
 * @param mentions the bot's mentions as they stand in the text (`<at>Waymark</at>`)
 */
export function spokenText(text: string, mentions: readonly string[]): string {
  return mentions
    .filter((mention) => mention !== "")
    .reduce((left, mention) => left.replaceAll(mention, " "), text)
    .replaceAll(/<\/?at\b[^<>]*>/gi, "")
    .replaceAll(/&(nbsp|amp|lt|gt|quot|#39);/g, (_, name: keyof typeof entities) => entities[name])
    .trim();
}

const entities = { nbsp: " ", amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };

function tokenize(text: string): readonly Token[] {
  return [...text.matchAll(/\S+/gu)]
    .map((found) => ({ word: normalize(found[0]), end: found.index + found[0].length }))
    .filter(({ word }) => word !== "");
}

/** Small letters, without the punctuation around: `"Help!"` and `/help` are `help`. */
function normalize(word: string): string {
  return word
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/^[\p{P}\p{S}]+|[\p{P}\p{S}]+$/gu, "");
}

function compare<Value>(tokens: readonly Token[], word: string, value: Value): Candidate<Value> | null {
  const parts = word.split(" ").length;
  const letters = Array.from(word).length;
  const typed = tokens.slice(0, parts);
  const last = typed.at(-1);
  if (last !== undefined && typed.length === parts) {
    const errors = countErrors(typed.map((token) => token.word).join(" "), word, allowedErrors(letters));
    if (errors !== null) return { value, errors, letters, end: last.end };
  }
  // A space too many or too few: `mydata`, `over due`. Such a slip is the one error forgiven.
  for (const count of [parts - 1, parts + 1]) {
    const others = tokens.slice(0, count);
    const end = others.at(-1)?.end;
    const isSame = others.map((token) => token.word).join("") === word.replaceAll(" ", "");
    if (end !== undefined && others.length === count && isSame && letters >= 4)
      return { value, errors: 1, letters, end };
  }
  return null;
}

function allowedErrors(letters: number): number {
  if (letters >= 8) return 2;
  return letters >= 4 ? 1 : 0;
}

/** Fewer errors first; of two that were typed exactly the longer, as it says more (`log`, `log book`). */
function byNearness(a: Candidate<unknown>, b: Candidate<unknown>): number {
  return a.errors - b.errors || (a.errors === 0 ? b.letters - a.letters : 0);
}

/** `null` when more than `most`. */
function countErrors(typed: string, word: string, most: number): number | null {
  if (Math.abs(Array.from(typed).length - Array.from(word).length) > most) return null;
  const errors = countSlips(typed, word);
  return errors <= most ? errors : null;
}

/** How many letters are wrong, missing, too many or swapped with their neighbour. */
export function countSlips(typed: string, word: string): number {
  const a = Array.from(typed);
  const b = Array.from(word);
  if (typed === word) return 0;
  let beforeLast: number[] = [];
  let last = [...b.keys(), b.length];
  for (const [i, letter] of a.entries()) {
    const row = [i + 1];
    for (const [j, wanted] of b.entries()) {
      const same = letter === wanted ? 0 : 1;
      const isSwap = i > 0 && j > 0 && letter === b[j - 1] && a[i - 1] === wanted;
      row.push(
        Math.min(
          at(row, j) + 1,
          at(last, j + 1) + 1,
          at(last, j) + same,
          isSwap ? at(beforeLast, j - 1) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    [beforeLast, last] = [last, row];
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
