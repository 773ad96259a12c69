import type { PersonId } from "../../../core/ids.ts";

/** What one version of an entry says was done, and who saved it. */
export interface SavedWords {
  readonly version: number;
  readonly mentor: PersonId;
  readonly summary: string;
}

/**
 * One entry's words without those of a mentor who is erased. A sentence belongs to whoever saved it first, however often
 * co-mentors save it again, and also where they have added to it; one that they have reworded is theirs and stays.
 *
 * @param versions all of the entry's
 * @returns the new words of those versions that change, by version
 */
export function withoutWordsOf(person: PersonId, versions: readonly SavedWords[]): ReadonlyMap<number, string> {
  const writers = new Map<string, PersonId>();
  const changed = new Map<number, string>();
  for (const { version, mentor, summary } of versions.toSorted((a, b) => a.version - b.version)) {
    const kept = sentencesOf(summary)
      .map((sentence) => {
        const words = asCompared(sentence);
        const isNew = !writers.has(words);
        if (words === "") return sentence;
        if (isNew) writers.set(words, mentor);
        if (writers.get(words) === person) return "";
        return isNew ? withoutParts(sentence, person, writers) : sentence;
      })
      .join("");
    if (kept !== summary) changed.set(version, kept.trim());
  }
  return changed;
}

/** The erased mentor's sentences within a longer one, such as one that ended without a full stop. */
function withoutParts(sentence: string, person: PersonId, writers: ReadonlyMap<string, PersonId>): string {
  return [...writers]
    .filter(([words, writer]) => writer === person && words.split(" ").length >= fewestWords)
    .reduce((left, [words]) => left.replace(asPattern(words), ""), sentence);
}

/** Fewer are said by everybody: "we met" is nobody's own. */
const fewestWords = 3;

/**
 * With the space after each, so that together they are the text again. It matters less where a sentence ends (after "Dr."
 * it does) than that it always ends there.
 */
function sentencesOf(text: string): readonly string[] {
  return text.split(/(?<=[.!?\u2026]\s+|[\u3002\uff01\uff1f]\s*)(?=\S)|(?<=\n)/);
}

/** A full stop, a capital or a space more makes no other sentence. */
function asCompared(sentence: string): string {
  return sentence
    .toLowerCase()
    .replaceAll(/\s+/g, " ")
    .replaceAll(/^[\s\p{P}]+|[\s\p{P}]+$/gu, "");
}

function asPattern(words: string): RegExp {
  const parts = words.split(" ").map((word) => RegExp.escape(word));
  return new RegExp(`${parts.join("\\s+")}\\s*`, "giu");
}
