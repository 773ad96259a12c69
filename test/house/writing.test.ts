import { fileURLToPath } from "node:url";
import { ESLint } from "eslint";
import tseslint from "typescript-eslint";
import { beforeAll, describe, expect, test } from "vitest";

/**
 * Every rule of eslint.config.js fires on what it is there for, and lets pass what is allowed: a rule that was switched off
 * by accident fails here. The snippets stand at paths that need not exist.
 */
const cwd = fileURLToPath(new URL("../..", import.meta.url));

/** Without types: for rules about names, places and shapes. */
const quick = new ESLint({ cwd, overrideConfig: tseslint.configs.disableTypeChecked });

/** With types, of a project for each snippet alone: nothing of the repository is loaded. */
const typed = new ESLint({
  cwd,
  overrideConfig: {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ["src/features/snippet/*.ts"] } } },
  },
});

async function rulesBrokenBy(code: string, filePath: string, linter = quick): Promise<string[]> {
  const [result] = await linter.lintText(code, { filePath });
  return [...new Set((result?.messages ?? []).map((message) => message.ruleId ?? message.message))].toSorted();
}

// Loading TypeScript takes seconds, on a busy machine many; no test's own time should hang on it.
beforeAll(() => rulesBrokenBy("export const x = 1;\n", "src/features/snippet/service.ts", typed), 120_000);

const pure = ["src/core/snippet.ts", "src/features/snippet/rules.ts", "src/features/snippet/cards.ts"];

describe.each(pure)("in %s, which only decides", (file) => {
  test.each([
    ["the date", "export const x = new Date(0);", "no-restricted-globals"],
    ["today's date", "export const x = Date.now();", "no-restricted-globals"],
    ["a date by a back door", "export const x = globalThis.Date;", "no-restricted-globals"],
    ["the time", "export const x = Temporal.Now.instant();", "no-restricted-properties"],
    ["the time by its parts", "export const { Now } = Temporal;", "no-restricted-properties"],
    ["chance", "export const x = Math.random();", "no-restricted-properties"],
    ["a fresh id", "export const x = crypto.randomUUID();", "no-restricted-globals"],
    ["the process", 'export const x = process.env["HOME"];', "no-restricted-globals"],
    ["the process by a back door", "export const x = globalThis.process;", "no-restricted-globals"],
    ["the console", 'console.log("x");', "no-restricted-globals"],
    ["the network", 'export const x = fetch("http://127.0.0.1/");', "no-restricted-globals"],
    ["a timer", "setTimeout(() => undefined, 1);", "no-restricted-globals"],
    ["a repeating timer", "setInterval(() => undefined, 1);", "no-restricted-globals"],
    ["a stop-watch", "export const x = performance.now();", "no-restricted-globals"],
  ])("%s is refused", async (_what, code, rule) => {
    expect(await rulesBrokenBy(`${code}\n`, file)).toContain(rule);
  });

  test("a calculation passes", async () => {
    const code =
      "export function next(day: Temporal.PlainDate): Temporal.PlainDate {\n  return day.add({ days: 1 });\n}\n";
    expect(await rulesBrokenBy(code, file)).toEqual([]);
  });
});

describe("one place for each dangerous thing", () => {
  test.each([
    ["the date", "src/features/snippet/store.ts", "export const x = new Date(0);", "no-restricted-globals"],
    ["the date", "src/main.ts", "export const x = new Date(0);", "no-restricted-globals"],
    [
      "the time",
      "src/features/snippet/service.ts",
      "export const x = Temporal.Now.instant();",
      "no-restricted-properties",
    ],
    ["the time", "src/platform/snippet.ts", "export const x = Temporal.Now.instant();", "no-restricted-properties"],
    ["the time", "src/main.ts", "export const x = Temporal.Now.instant();", "no-restricted-properties"],
    ["the process", "src/platform/snippet.ts", "export const x = process.pid;", "no-restricted-globals"],
    ["the process", "src/app.ts", "export const x = process.pid;", "no-restricted-globals"],
    [
      "the process as a module",
      "src/app.ts",
      'import { pid } from "node:process";\nexport const x = pid;',
      "no-restricted-imports",
    ],
    ["the console", "src/platform/snippet.ts", 'console.log("x");', "no-restricted-globals"],
  ])("%s is refused in %s", async (_what, file, code, rule) => {
    expect(await rulesBrokenBy(`${code}\n`, file)).toContain(rule);
  });

  test.each([
    ["the date", "src/platform/snippet.ts", "export const x = new Date(0);"],
    ["the date", "src/platform/teams/snippet.ts", "export const x = new Date(0);"],
    ["the time", "src/platform/clock.ts", "export const x = Temporal.Now.instant();"],
    ["the process", "src/main.ts", "export const x = process.pid;"],
    ["the process", "src/cli.ts", "export const x = process.pid;"],
    ["the process", "sample/demo.ts", "export const x = process.pid;"],
    ["the process", "test/features/snippet.test.ts", "export const x = process.pid;"],
    ["a timer", "src/platform/snippet.ts", "setTimeout(() => undefined, 1);"],
  ])("%s passes in %s", async (_what, file, code) => {
    expect((await rulesBrokenBy(`${code}\n`, file)).filter((rule) => rule.startsWith("no-restricted"))).toEqual([]);
  });
});

describe("how we write", () => {
  const inService = "src/features/snippet/service.ts";

  test.each([
    [
      "a promise that nobody waits for",
      "export function f(p: Promise<void>): void {\n  p;\n}",
      "@typescript-eslint/no-floating-promises",
    ],
    [
      "a promise as a condition",
      "export function f(p: Promise<boolean>): number {\n  return p ? 1 : 2;\n}",
      "@typescript-eslint/no-misused-promises",
    ],
    [
      "a switch that forgets a case",
      'export function f(x: "a" | "b"): void {\n  switch (x) {\n    case "a":\n      break;\n  }\n}',
      "@typescript-eslint/switch-exhaustiveness-check",
    ],
    ["any", "export function f(x: any): void {\n  void x;\n}", "@typescript-eslint/no-explicit-any"],
    ["a hidden any", "export const x: number = JSON.parse(String(1));", "@typescript-eslint/no-unsafe-assignment"],
    [
      "a non-null assertion",
      "export const f = (x: string | null): string => x!;",
      "@typescript-eslint/no-non-null-assertion",
    ],
    ["an error that is silenced", "// @ts-ignore\nexport const x: string = 1;", "@typescript-eslint/ban-ts-comment"],
    ["a cast", "export const f = (x: unknown): string => x as string;", "@typescript-eslint/no-unsafe-type-assertion"],
    ["a thrown string", 'export function f(): never {\n  throw "no";\n}', "@typescript-eslint/only-throw-error"],
    [
      "a type imported as a value",
      'import { Db } from "./db.ts";\nexport type X = Db;',
      "@typescript-eslint/consistent-type-imports",
    ],
    ["a name that is not used", "const unused = 1;\nexport const x = 2;", "@typescript-eslint/no-unused-vars"],
    ["loose equality", "export const f = (x: number): boolean => x == 1;", "eqeqeq"],
    ["a default export", "export default 1;", "no-restricted-syntax"],
    ["a barrel", 'export * from "./store.ts";', "no-restricted-syntax"],
    ["a barrel by names", 'export { find } from "./store.ts";', "no-restricted-syntax"],
    ["an enum", "export enum X {\n  A,\n}", "no-restricted-syntax"],
    ["a parameter property", "export class X {\n  constructor(readonly a: number) {}\n}", "no-restricted-syntax"],
    [
      "a leftover permission",
      "// eslint-disable-next-line eqeqeq -- old\nexport const x = 1;",
      unusedPermission("eqeqeq"),
    ],
  ])("%s is refused", async (_what, code, rule) => {
    expect(await rulesBrokenBy(`${code}\n`, inService, typed)).toContain(rule);
  });
});

describe("queries", () => {
  const around = (query: string): string =>
    `declare const db: any;\ndeclare const eq: any;\nexport async function f(): Promise<void> {\n  ${query};\n}\n`;

  test.each([
    ["a delete without where", "await db.delete(rows)"],
    ["a delete without where that returns", "await db.delete(rows).returning()"],
    ["an update without where", "await db.update(rows).set({ a: 1 })"],
    ["an update without where that returns", "await db.update(rows).set({ a: 1 }).returning({ id: rows.id })"],
  ])("%s is refused", async (_what, query) => {
    expect(await rulesBrokenBy(around(query), "src/features/snippet/store.ts")).toContain("no-restricted-syntax");
  });

  test.each([
    ["a delete of one row", "await db.delete(rows).where(eq(rows.id, 1))"],
    ["an update of one row", "await db.update(rows).set({ a: 1 }).where(eq(rows.id, 1)).returning()"],
    ["an update from another table", "await db.update(rows).set({ a: 1 }).from(others).where(eq(rows.id, others.id))"],
    ["an upsert", "await db.insert(rows).values({ a: 1 }).onConflictDoUpdate({ target: rows.id, set: { a: 1 } })"],
    ["a map that forgets a key", "new Map<string, number>().delete(String(1))"],
  ])("%s passes", async (_what, query) => {
    expect(await rulesBrokenBy(around(query), "src/features/snippet/store.ts")).not.toContain("no-restricted-syntax");
  });
});

describe("tests", () => {
  test.each([
    ["a module mock", 'vi.mock("./x.ts");'],
    ["a late module mock", 'vi.doMock("./x.ts");'],
  ])("%s is refused", async (_what, code) => {
    expect(await rulesBrokenBy(`import { vi } from "vitest";\n${code}\n`, "test/features/snippet.test.ts")).toContain(
      "no-restricted-properties",
    );
  });
});

function unusedPermission(rule: string): string {
  return `Unused eslint-disable directive (no problems were reported from '${rule}').`;
}
