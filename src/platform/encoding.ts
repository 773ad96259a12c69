import { isUtf8 } from "node:buffer";
import { countCharacters, showValue } from "../core/files.ts";
import type { Place } from "../core/files.ts";

export type Decoded =
  | { readonly kind: "utf-8"; readonly bytes: Buffer }
  /** `place` and `value`: the first character that shows it. */
  | { readonly kind: "UTF-16" | "Windows-1252"; readonly bytes: Buffer; readonly place: Place; readonly value: string }
  | { readonly kind: "binary"; readonly what: string };

/** Finds out how a file was saved. `bytes` is always UTF-8 without byte order mark. */
export function decode(raw: Buffer): Decoded {
  // Excel workbooks are zip files.
  if (raw.toString("latin1", 0, 2) === "PK") return { kind: "binary", what: "a workbook or zip file" };
  const utf16 = utf16Of(raw);
  if (utf16 !== null) {
    const text = new TextDecoder(utf16).decode(raw);
    const [value = ""] = text.split(/\r|\n/, 1);
    return { kind: "UTF-16", bytes: Buffer.from(text), place: { line: 1, column: 1 }, value: showValue(value) };
  }
  if (raw.includes(0)) return { kind: "binary", what: "data" };
  const bytes = raw.toString("latin1", 0, 3) === "\u00ef\u00bb\u00bf" ? raw.subarray(3) : raw;
  if (isUtf8(bytes)) return { kind: "utf-8", bytes };
  const text = new TextDecoder("windows-1252").decode(bytes);
  const bad = firstInvalid(bytes);
  const linesBefore = bytes.toString("utf8", 0, bad).split(/\r\n|\r|\n/);
  return {
    kind: "Windows-1252",
    bytes: Buffer.from(text),
    place: { line: linesBefore.length, column: countCharacters(linesBefore.at(-1) ?? "") + 1 },
    // One byte is one character here.
    value: showValue(/^[^\r\n,;\t]*/.exec(text.slice(bad))?.[0] ?? ""),
  };
}

/** By its byte order mark, or, without one, by every second byte of the beginning being zero. */
function utf16Of(raw: Buffer): "utf-16le" | "utf-16be" | null {
  const [first, second, third, fourth] = raw;
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  if (first !== 0 && second === 0 && third !== 0 && fourth === 0) return "utf-16le";
  return first === 0 && second !== 0 && third === 0 && fourth !== 0 ? "utf-16be" : null;
}

/** The offset of the first character that is not UTF-8. */
function firstInvalid(bytes: Buffer): number {
  let valid = 0;
  let invalid = bytes.length;
  while (invalid - valid > 1) {
    const middle = Math.floor((valid + invalid) / 2);
    if (isBeginningOfUtf8(bytes.subarray(0, middle))) valid = middle;
    else invalid = middle;
  }
  // A first byte of several is a good beginning until the next byte shows that it was none.
  while (valid > 0 && !isUtf8(bytes.subarray(0, valid))) valid--;
  return valid;
}

/** Also when the last character is cut in two. */
function isBeginningOfUtf8(bytes: Buffer): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
