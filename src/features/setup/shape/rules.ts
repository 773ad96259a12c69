import { z } from "zod/v4";
import { nearest, showValue } from "../../../core/files.ts";
import type { Document, Path, Problem } from "../../../core/files.ts";
import { settingsSchema } from "../../programme/rules.ts";

/** Says in words, with place and remedy, where `programme.yaml` differs from its schema. */
export function describeIssues(issues: readonly z.core.$ZodIssue[], document: Document): readonly Problem[] {
  const problems: Problem[] = [];
  /** Keys that are written, but misspelt: they are not missing as well. */
  const misspelt = new Set<string>();
  for (const issue of issues) {
    if (issue.code !== "unrecognized_keys") continue;
    const path = toPath(issue.path);
    for (const key of issue.keys) {
      const known = knownKeys(path);
      const meant = nearest(key, known);
      if (meant !== null) misspelt.add(JSON.stringify([...path, meant]));
      problems.push({
        file: document.file,
        ...document.placeOf([...path, key], "key"),
        value: showValue(key),
        wrong: `is not a key ${path.length === 0 ? "of programme.yaml" : `of ${sayPath(path)}`}`,
        remedy: meant === null ? `remove it (what can stand here: ${known.join(", ")})` : `did you mean ${meant}?`,
      });
    }
  }
  for (const issue of issues) {
    const path = toPath(issue.path);
    if (issue.code === "unrecognized_keys" || misspelt.has(JSON.stringify(path))) continue;
    const written = valueAt(document.value, path);
    const isMissing = written === undefined;
    problems.push({
      file: document.file,
      ...document.placeOf(isMissing ? path.slice(0, -1) : path, isMissing ? "key" : "value"),
      value: isMissing || written === null ? sayPath(path) : showValue(document.textOf(path)),
      ...describe(issue, path, written),
    });
  }
  return problems;
}

function describe(issue: z.core.$ZodIssue, path: Path, written: unknown): Pick<Problem, "wrong" | "remedy"> {
  const remedy = sayRemedy(issue, written);
  const key = String(path.at(-1));
  if (path.length === 0) return { wrong: "this does not describe a programme", remedy };
  if (written === undefined) {
    return { wrong: "is missing", remedy: `add ${key} and a value for it, as in the sample's programme.yaml` };
  }
  if (written === null) return { wrong: "has no value", remedy: `write one after ${key}: or remove the key` };
  const isNumber = typeof written === "number";
  if (issue.code === "too_small") return { wrong: isNumber ? "is too small" : "is too short", remedy };
  if (issue.code === "too_big") return { wrong: isNumber ? "is too large" : "is too long", remedy };
  return { wrong: `is not a value that ${sayPath(path)} can have`, remedy };
}

/** Most remedies stand in the schema, beside the rule; these are for the rest. */
function sayRemedy(issue: z.core.$ZodIssue, written: unknown): string {
  const isDefault = /^(Invalid|Too big|Too small|Unrecognized)/.test(issue.message);
  if (!isDefault) return issue.message;
  if (issue.code === "invalid_type") return sayExpected(issue.expected, written);
  if (issue.code === "too_small") return `write ${sayAmount(issue.origin, Number(issue.minimum))} or more`;
  if (issue.code === "too_big") return `write ${sayAmount(issue.origin, Number(issue.maximum))} or less`;
  return "look at the sample's programme.yaml";
}

function sayExpected(expected: string, written: unknown): string {
  const isWord = typeof written === "number" || typeof written === "boolean";
  if (expected === "string")
    return isWord ? `put it in quotation marks: "${written}"` : "write a text, not a list or keys";
  if (expected === "int" || expected === "number") return "write a whole number, without quotation marks";
  if (expected === "boolean") return "write true or false";
  if (expected === "array") return "write a list in square brackets, or one item a line, each after a hyphen";
  return "write its keys below it, each on a line of its own and indented, as in the sample's programme.yaml";
}

function sayAmount(origin: string, amount: number): string {
  if (origin === "string") return `${amount} characters`;
  return origin === "array" ? `${amount} items` : String(amount);
}

function toPath(path: readonly PropertyKey[]): Path {
  return path.map((step) => (typeof step === "number" ? step : String(step)));
}

/** `meetings, item 2, opens` */
function sayPath(path: Path): string {
  if (path.length === 0) return "(nothing)";
  return path.map((step) => (typeof step === "number" ? `item ${step + 1}` : step)).join(", ");
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== "object" || at === null) return undefined;
    at = Object.entries(at).find(([key]) => key === String(step))?.[1];
  }
  return at;
}

/** What the schema knows at a path. */
function knownKeys(path: Path): readonly string[] {
  let schema: z.core.$ZodType = settingsSchema;
  for (const step of path) {
    const inner = unwrap(schema);
    if (inner instanceof z.ZodArray) schema = inner.element;
    else if (inner instanceof z.ZodObject) {
      const shape: Readonly<Record<string, z.core.$ZodType>> = inner.shape;
      schema = shape[step] ?? z.never();
    }
  }
  const found = unwrap(schema);
  return found instanceof z.ZodObject ? Object.keys(found.shape) : [];
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodNullable) {
    return unwrap(schema.def.innerType);
  }
  return schema;
}
