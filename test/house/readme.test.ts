import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { z } from "zod/v4";
import { listKeys } from "../../src/commands/keys.ts";

const root = new URL("../../", import.meta.url);
const readme = readFileSync(new URL("README.md", root), "utf8");

test("the README lists the keys of programme.yaml as the schema has them", () => {
  expect(readme).toContain(listKeys().join("\n"));
});

test("the README's pictures and linked files are there", () => {
  const links = [...readme.matchAll(/\]\((?!https?:)([^)]+)\)/g)].map((match) => match[1] ?? "");
  expect(links.length).toBeGreaterThan(5);
  expect(links.filter((link) => !existsSync(fileURLToPath(new URL(link, root))))).toEqual([]);
});

test("the README says of each dependency why it is there", () => {
  const shape = z.looseObject({
    dependencies: z.record(z.string(), z.string()),
    devDependencies: z.record(z.string(), z.string()),
  });
  const { dependencies, devDependencies } = shape.parse(
    JSON.parse(readFileSync(new URL("package.json", root), "utf8")),
  );
  const table = readme.slice(readme.indexOf("## Why each dependency"));
  const isNamed = (name: string): boolean =>
    table.includes(`\`${name}\``) || (name.startsWith("@tsconfig/") && table.includes("`@tsconfig/*`"));
  expect(Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !isNamed(name))).toEqual([]);
});

test("every npm script that the README names exists", () => {
  const shape = z.looseObject({ scripts: z.record(z.string(), z.string()) });
  const { scripts } = shape.parse(JSON.parse(readFileSync(new URL("package.json", root), "utf8")));
  const named = [...readme.matchAll(/npm run (?:--silent )?([a-z:]+)/g)].map((match) => match[1] ?? "");
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
