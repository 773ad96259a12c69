import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from "yaml";
import type { ErrorCode, Node, Range } from "yaml";
import { countCharacters, showValue } from "../core/files.ts";
import type { Document, Path, Place, Problem } from "../core/files.ts";

/** Reads YAML 1.2 in which days and times stay text, keys are text, and nothing refers to anything else. */
export function readYaml(file: string, text: string): Document {
  const counter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: counter,
    prettyErrors: false,
    logLevel: "silent",
    schema: "core",
    stringKeys: true,
  });
  const placeAt = (offset: number): Place => placeOf(text, counter, offset);
  const problem = (offset: number, said: Said): Problem => ({
    file,
    ...placeAt(offset),
    value: showValue(lineFrom(text, offset)),
    ...said,
  });

  const problems: Problem[] = [];
  const lines = new Set<number>();
  const errors = [...document.errors, ...document.warnings];
  // Nesting that exhausts the parser leaves hundreds of errors behind that mean nothing.
  const exhausted = errors.filter((error) => error.code === "RESOURCE_EXHAUSTION").slice(0, 1);
  for (const error of exhausted.length > 0 ? exhausted : errors) {
    // Where nesting exhausts the parser depends on the machine; the line is what helps.
    const offset = error.code === "RESOURCE_EXHAUSTION" ? text.lastIndexOf("\n", error.pos[0]) + 1 : error.pos[0];
    const found = problem(offset, syntax[error.code]);
    // One slip makes the parser stumble several times in the same line.
    if (error.code !== "DUPLICATE_KEY" && lines.has(found.line)) continue;
    lines.add(found.line);
    problems.push(found);
  }
  // Aliases can be nested so that a short file means gigabytes, and nobody needs one here.
  const aliases: number[] = [];
  visit(document, { Alias: (_, alias) => void aliases.push(alias.range?.[0] ?? 0) });
  for (const offset of aliases) {
    problems.push(
      problem(offset, { wrong: "refers to another place of the file", remedy: "write the value itself here" }),
    );
  }
  const isReadable = aliases.length === 0 && errors.every((error) => error.code === "DUPLICATE_KEY");

  const find = (path: Path, part: "key" | "value"): Range | null => findRange(document.contents, path, part);
  return {
    file,
    value: isReadable ? document.toJS() : undefined,
    problems,
    placeOf: (path, part) => placeAt(find(path, part)?.[0] ?? 0),
    textOf: (path) => {
      const range = find(path, "value");
      return range === null ? "" : lineFrom(text.slice(0, range[1]), range[0]);
    },
  };
}

/** Follows the path as far as it goes. */
function findRange(top: Node | null, path: Path, part: "key" | "value"): Range | null {
  let node: unknown = top;
  let range = top?.range ?? null;
  for (const [depth, step] of path.entries()) {
    if (isMap(node)) {
      // Of a key that stands there twice the last one counts, as in the data.
      const pair = node.items.findLast((item) => isScalar(item.key) && item.key.value === String(step));
      if (pair === undefined || !isScalar(pair.key)) return range;
      const isLast = depth === path.length - 1;
      const value = rangeOf(pair.value);
      range = (isLast && part === "key") || value === null ? (pair.key.range ?? range) : value;
      node = pair.value;
    } else if (isSeq(node) && typeof step === "number") {
      node = node.items[step];
      range = rangeOf(node) ?? range;
    } else {
      return range;
    }
  }
  return range;
}

function rangeOf(node: unknown): Range | null {
  return isMap(node) || isSeq(node) || isScalar(node) || isAlias(node) ? (node.range ?? null) : null;
}

type Said = Pick<Problem, "wrong" | "remedy">;

const missingSign: Said = {
  wrong: "a quotation mark, bracket or comma is missing",
  remedy: "close every quotation mark and bracket, and put commas between the values in brackets",
};
const wrongIndent: Said = {
  wrong: "this line is indented differently from those it belongs to, or a bracket above is never closed",
  remedy: "begin lines of the same level in the same column, and close every bracket",
};
const secondColon: Said = {
  wrong: "there is a second colon in this line",
  remedy: 'put the text in quotation marks, such as title: "Exams: part one"',
};
const notYaml: Said = {
  wrong: "this is not YAML",
  remedy:
    "write key: value in each line, indented with spaces, and put text with special characters in quotation marks",
};

const syntax = {
  ALIAS_PROPS: notYaml,
  BAD_ALIAS: notYaml,
  BAD_COLLECTION_TYPE: notYaml,
  BAD_DIRECTIVE: { wrong: "a line that begins with % is not understood here", remedy: "remove it" },
  BAD_DQ_ESCAPE: {
    wrong: "a backslash in double quotation marks means something else",
    remedy: "use single quotation marks around this text",
  },
  BAD_INDENT: wrongIndent,
  BAD_PROP_ORDER: notYaml,
  BAD_SCALAR_START: {
    wrong: "text cannot begin with this character",
    remedy: 'put the text in quotation marks, such as "@home"',
  },
  BLOCK_AS_IMPLICIT_KEY: secondColon,
  BLOCK_IN_FLOW: missingSign,
  DUPLICATE_KEY: { wrong: "the same key stands here twice", remedy: "keep one of them" },
  IMPOSSIBLE: notYaml,
  KEY_OVER_1024_CHARS: { wrong: "a key of more than 1,024 characters", remedy: "begin the line with a short word" },
  MISSING_CHAR: missingSign,
  MULTILINE_IMPLICIT_KEY: {
    wrong: "a colon is missing after this key, or the line above is not finished",
    remedy: "write key: value in each line",
  },
  MULTIPLE_ANCHORS: notYaml,
  MULTIPLE_DOCS: {
    wrong: "a second document begins here",
    remedy: "remove the line --- and what does not belong to this programme",
  },
  MULTIPLE_TAGS: notYaml,
  NON_STRING_KEY: {
    wrong: "a key that is not a word",
    remedy: "begin the line with a word and a colon, such as title: Induction",
  },
  RESOURCE_EXHAUSTION: {
    wrong: "too many brackets or levels inside each other",
    remedy: "write it like the sample's programme.yaml",
  },
  TAB_AS_INDENT: {
    wrong: "there is a tab at the beginning of this line",
    remedy: "indent with spaces, two for each level",
  },
  TAG_RESOLVE_FAILED: { wrong: "a tag (a word beginning with !) is not understood here", remedy: "remove it" },
  UNEXPECTED_TOKEN: notYaml,
} satisfies Record<ErrorCode, Said>;

function placeOf(text: string, counter: LineCounter, offset: number): Place {
  // An error at the very end is shown where the text ends, not on the empty line after it.
  const at = Math.min(offset, text.trimEnd().length);
  const { line } = counter.linePos(at);
  const start = counter.lineStarts[line - 1] ?? 0;
  return { line: Math.max(1, line), column: countCharacters(text.slice(start, at)) + 1 };
}

function lineFrom(text: string, offset: number): string {
  return (/^[^\r\n]*/.exec(text.slice(offset))?.[0] ?? "").trim();
}
