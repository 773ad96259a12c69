import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cruise } from "dependency-cruiser";
import extractDepcruiseOptions from "dependency-cruiser/config-utl/extract-depcruise-options";
import { describe, expect, test } from "vitest";

/**
 * Every rule of .dependency-cruiser.mjs fires on what it is there for, and lets pass what is allowed: a rule that was
 * switched off by accident fails here.
 */
type Tree = Readonly<Record<string, string>>;

const options = await extractDepcruiseOptions(fileURLToPath(new URL("../../.dependency-cruiser.mjs", import.meta.url)));

/** Libraries that stand for all of their kind; `vitest` for development tools. */
const libraries = ["botbuilder", "@microsoft/teams-ai", "restify", "pino", "postgres", "drizzle-orm", "zod", "yaml"];

interface Violation {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
}

async function violationsOf(tree: Tree): Promise<Violation[]> {
  const folder = mkdtempSync(join(tmpdir(), "waymark-house-"));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const versions = (names: readonly string[]): Record<string, string> =>
    Object.fromEntries(names.map((name) => [name, "1.0.0"]));
  write(
    "package.json",
    JSON.stringify({ type: "module", dependencies: versions(libraries), devDependencies: versions(["vitest"]) }),
  );
  for (const name of [...libraries, "vitest"]) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: "1.0.0", main: "index.js" }));
    write(`node_modules/${name}/index.js`, "export const x = 1;\n");
  }
  for (const [path, text] of Object.entries(tree)) write(path, text);
  const roots = [...new Set(Object.keys(tree).map((path) => path.split("/")[0] ?? path))];
  try {
    const { output } = await cruise(roots, { ...options, baseDir: folder });
    if (typeof output === "string") throw new Error(output);
    return output.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function rulesBrokenBy(tree: Tree): Promise<string[]> {
  return [...new Set((await violationsOf(tree)).map((violation) => violation.rule))].toSorted();
}

type Import = readonly [from: string, to: string, how?: "value" | "type"];

const isOurs = (to: string): boolean => /^(src|test|sample)\//.test(to);

/** A tree in which all of these imports stand together: looking through it once is a hundred times quicker than one by one. */
function treeOf(imports: readonly Import[]): Tree {
  const tree: Record<string, string> = {};
  for (const [index, [from, to, how]] of imports.entries()) {
    const target = isOurs(to) ? `${"../".repeat(from.split("/").length - 1)}${to}` : to;
    const line = `import ${how === "type" ? "type " : ""}{ x as x${index} } from "${target}";\nexport type X${index} = typeof x${index};\n`;
    tree[from] = (tree[from] ?? "export const x = 1;\n") + line;
    if (isOurs(to)) tree[to] ??= "export const x = 1;\n";
  }
  return tree;
}

/** What the import of `to` is called once it was found. */
function found(to: string): string {
  if (isOurs(to) || to === "no-such-package") return to;
  return to.startsWith("node:") ? to.slice("node:".length) : `node_modules/${to}/index.js`;
}

const a = "src/features/digestion";
const b = "src/features/breathing";
const programme = "src/features/programme";

const refused: readonly (readonly [rule: string, ...Import])[] = [
  // core knows nothing above it
  ["core-imports", "src/core/time.ts", "src/platform/clock.ts"],
  ["core-imports", "src/core/time.ts", `${a}/rules.ts`],
  ["core-imports", "src/core/time.ts", `${b}/rules.ts`, "type"],
  ["core-imports", "src/core/time.ts", "src/config.ts"],
  ["core-libraries", "src/core/time.ts", "node:fs"],
  ["core-libraries", "src/core/time.ts", "restify"],
  ["core-knows-drizzle-in-two-files", "src/core/time.ts", "drizzle-orm"],
  // main and cli -> app -> features and platform
  ["platform-imports", "src/platform/http.ts", `${a}/service.ts`],
  ["platform-imports", "src/platform/teams/gate.ts", `${a}/rules.ts`, "type"],
  ["platform-imports", "src/platform/http.ts", "src/app.ts"],
  ["platform-imports", "src/platform/http.ts", "src/config.ts", "type"],
  ["features-know-no-platform", `${a}/service.ts`, "src/platform/clock.ts"],
  ["features-know-no-platform", `${a}/service.ts`, "src/platform/log.ts", "type"],
  ["features-know-no-platform", `${a}/store.ts`, "src/platform/schema.ts"],
  ["app-is-for-starters", `${a}/service.ts`, "src/app.ts"],
  ["app-is-for-starters", "src/config.ts", "src/app.ts"],
  ["commands-are-for-cli", "src/app.ts", "src/commands/check.ts"],
  ["features-know-no-platform", `${a}/service.ts`, "src/commands/check.ts"],
  ["config-is-for-starters", `${a}/service.ts`, "src/config.ts"],
  ["config-imports", "src/config.ts", "src/platform/clock.ts"],
  ["nobody-imports-the-starters", "src/app.ts", "src/main.ts"],
  ["nobody-imports-the-starters", "test/flows/year.test.ts", "src/cli.ts"],
  ["src-stands-alone", "src/app.ts", "test/support/database.ts"],
  ["src-stands-alone", "src/app.ts", "sample/demo.ts"],
  ["no-development-tools-in-src", "src/app.ts", "vitest"],
  // libraries have one home
  ["sdk-only-in-teams", "src/platform/http.ts", "botbuilder"],
  ["sdk-only-in-teams", "src/platform/outbox.ts", "botbuilder", "type"],
  ["sdk-only-in-teams", "src/app.ts", "@microsoft/teams-ai"],
  ["world-only-in-platform", "src/app.ts", "restify"],
  ["world-only-in-platform", "src/cli.ts", "postgres"],
  ["world-only-in-platform", "src/main.ts", "pino"],
  // files of a feature
  ["rules-imports", `${a}/rules.ts`, `${a}/store.ts`],
  ["rules-imports", `${a}/rules.ts`, `${a}/cards.ts`],
  ["rules-imports", `${a}/rules.ts`, `${a}/schema.ts`, "type"],
  ["rules-libraries", `${a}/rules.ts`, "drizzle-orm"],
  ["rules-libraries", `${a}/rules.ts`, "node:crypto"],
  ["cards-imports", `${a}/cards.ts`, `${a}/store.ts`, "type"],
  ["cards-imports", `${a}/cards.ts`, `${a}/service.ts`],
  ["between-features", `${a}/cards.ts`, `${b}/cards.ts`],
  ["cards-libraries", `${a}/cards.ts`, "node:fs"],
  ["schema-types", `${a}/schema.ts`, `${a}/rules.ts`],
  ["schema-imports", `${a}/schema.ts`, `${b}/schema.ts`],
  ["schema-libraries", `${a}/schema.ts`, "zod"],
  ["store-imports", `${a}/store.ts`, `${a}/service.ts`],
  ["store-imports", `${a}/store.ts`, `${a}/cards.ts`],
  ["between-features", `${a}/store.ts`, `${b}/store.ts`],
  ["store-libraries", `${a}/store.ts`, "node:fs"],
  ["service-imports", `${a}/service.ts`, `${a}/bot.ts`],
  ["service-imports", `${a}/service.ts`, `${a}/jobs.ts`],
  ["service-imports", `${a}/service.ts`, `${a}/schema.ts`],
  ["service-libraries", `${a}/service.ts`, "drizzle-orm"],
  ["bot-imports", `${a}/bot.ts`, `${a}/store.ts`],
  ["bot-imports", `${a}/bot.ts`, `${a}/jobs.ts`],
  ["bot-types", `${a}/bot.ts`, `${a}/rules.ts`],
  ["bot-libraries", `${a}/bot.ts`, "node:http"],
  ["jobs-imports", `${a}/jobs.ts`, `${a}/store.ts`],
  ["jobs-imports", `${a}/jobs.ts`, `${a}/cards.ts`],
  ["jobs-types", `${a}/jobs.ts`, `${a}/rules.ts`],
  ["jobs-libraries", `${a}/jobs.ts`, "zod"],
  ["feature-files", `${a}/extra.ts`, "src/core/time.ts"],
  ["feature-files", `${a}/part/extra.ts`, "src/core/time.ts"],
  ["feature-files", `${a}/part/of-part/rules.ts`, "src/core/time.ts"],
  ["rules-imports", `${a}/part/rules.ts`, `${a}/store.ts`],
  ["between-features", `${a}/part/rules.ts`, `${b}/rules.ts`],
  ["feature-files-imported", `${a}/service.ts`, `${a}/extra.ts`],
  // between features
  ["between-features", `${a}/service.ts`, `${b}/store.ts`],
  ["between-features", `${a}/rules.ts`, `${b}/rules.ts`, "type"],
  ["between-features-planning", "src/features/planning/service.ts", `${b}/store.ts`],
  ["between-reading-features", "src/features/digests/service.ts", `${b}/service.ts`],
  ["between-reading-features", "src/features/preview/store.ts", `${b}/schema.ts`],
  ["open-features-stay-open", "src/features/notices/service.ts", `${b}/store.ts`],
  ["programme-stands-alone", `${programme}/service.ts`, "src/features/notices/service.ts"],
  ["programme-stands-alone", `${programme}/service.ts`, `${b}/rules.ts`],
  // everywhere
  ["no-unresolved", "src/app.ts", "no-such-package"],
  ["kebab-case", "src/app.ts", "src/platform/rateLimit.ts"],
  ["no-drawers", "src/app.ts", "src/platform/utils.ts"],
  ["no-drawers", "src/app.ts", "src/platform/index.ts"],
];

describe("an import is refused", async () => {
  const violations = await violationsOf(treeOf(refused.map(([, ...one]) => one)));

  test.each(refused.map(([rule, from, to]) => ({ rule, from, to })))("$rule: $from -> $to", ({ rule, from, to }) => {
    expect(violations).toContainEqual({ rule, from, to: found(to) });
  });
});

describe("a tree is refused", () => {
  test("every rule has a case here that it refuses", () => {
    const shown = new Set([...refused.map(([rule]) => rule), "no-cycles", "no-orphans", "no-dead-files"]);
    // The same rule for each feature that agreed on something; planning stands for all.
    const generated = /^between-features-(?!planning$)/;
    const rules = (options.ruleSet?.forbidden ?? []).map((rule) => rule.name ?? "");
    expect(rules.filter((rule) => !shown.has(rule) && !generated.test(rule))).toEqual([]);
  });

  test("no-cycles: two files that need each other", async () => {
    const tree = {
      "src/core/time.ts": 'import { b } from "./card.ts";\nexport const a = (): unknown => b;\n',
      "src/core/card.ts": 'import { a } from "./time.ts";\nexport const b = (): unknown => a;\n',
    };
    expect(await rulesBrokenBy(tree)).toEqual(["no-cycles"]);
  });

  test("no-cycles: two files that need each other's types", async () => {
    const tree = {
      "src/core/time.ts": 'import type { B } from "./card.ts";\nexport type A = { b?: B };\n',
      "src/core/card.ts": 'import type { A } from "./time.ts";\nexport type B = { a?: A };\n',
    };
    expect(await rulesBrokenBy(tree)).toEqual(["no-cycles"]);
  });

  test("no-orphans: a file that nobody needs and that needs nobody", async () => {
    expect(await rulesBrokenBy({ "src/core/time.ts": "export const a = 1;\n" })).toEqual(["no-orphans"]);
  });

  test("no-dead-files: a feature that the visible list forgot", async () => {
    const tree = {
      "src/main.ts": 'import { app } from "./app.ts";\nexport const a = app;\n',
      "src/app.ts": "export const app = 1;\n",
      ...treeOf([[`${a}/bot.ts`, `${a}/service.ts`]]),
    };
    expect(await rulesBrokenBy(tree)).toEqual(["no-dead-files"]);
  });
});

const allowed: readonly Import[] = [
  ["src/core/time.ts", "src/core/ids.ts", "type"],
  ["src/core/columns.ts", "drizzle-orm"],
  ["src/core/db.ts", "drizzle-orm", "type"],
  ["src/platform/http.ts", "restify"],
  ["src/platform/http.ts", "node:http"],
  ["src/platform/http.ts", "src/core/ports.ts", "type"],
  ["src/platform/teams/gate.ts", "botbuilder"],
  ["src/platform/teams/gate.ts", "@microsoft/teams-ai", "type"],
  ["src/config.ts", "zod"],
  ["test/flows/year.test.ts", "src/app.ts"],
  ["test/flows/year.test.ts", "vitest"],
  ["test/flows/year.test.ts", `${a}/store.ts`],
  ["sample/demo.ts", "src/config.ts"],
  [`${a}/rules.ts`, "src/core/time.ts"],
  [`${a}/rules.ts`, `${programme}/rules.ts`],
  [`${a}/rules.ts`, "src/features/calendar/rules.ts"],
  [`${a}/rules.ts`, "zod"],
  [`${a}/rules.ts`, `${a}/part/rules.ts`],
  [`${a}/cards.ts`, `${a}/rules.ts`],
  [`${a}/cards.ts`, "zod"],
  [`${a}/schema.ts`, `${programme}/schema.ts`],
  [`${a}/schema.ts`, "drizzle-orm"],
  [`${a}/schema.ts`, `${a}/rules.ts`, "type"],
  [`${a}/store.ts`, `${a}/schema.ts`],
  [`${a}/store.ts`, `${programme}/schema.ts`],
  [`${a}/store.ts`, "drizzle-orm"],
  [`${a}/service.ts`, `${a}/store.ts`],
  [`${a}/service.ts`, `${a}/cards.ts`],
  [`${a}/service.ts`, "src/features/notices/service.ts"],
  [`${a}/service.ts`, `${programme}/store.ts`],
  [`${a}/service.ts`, "src/features/flags/service.ts"],
  [`${a}/bot.ts`, `${a}/service.ts`],
  [`${a}/bot.ts`, `${a}/cards.ts`],
  [`${a}/bot.ts`, `${a}/rules.ts`, "type"],
  [`${a}/jobs.ts`, `${a}/service.ts`],
  [`${a}/jobs.ts`, `${a}/rules.ts`, "type"],
  ["src/features/planning/schema.ts", "src/features/meetings/schema.ts"],
  ["src/features/planning/store.ts", "src/features/meetings/store.ts"],
  ["src/features/planning/cards.ts", "src/features/meetings/cards.ts"],
  ["src/features/digests/service.ts", `${b}/store.ts`],
  ["src/features/preview/rules.ts", `${b}/rules.ts`],
  ["src/features/notices/service.ts", `${programme}/store.ts`],
  [`${programme}/service.ts`, "src/features/calendar/rules.ts"],
  ["src/app.ts", `${a}/bot.ts`],
  ["src/app.ts", "src/platform/outbox.ts"],
  ["src/service.ts", "src/app.ts"],
  ["src/cli.ts", "src/commands/check.ts"],
  ["src/commands/check.ts", `${a}/rules.ts`],
  ["src/commands/check.ts", "src/platform/folder.ts"],
  ["src/main.ts", "src/service.ts"],
];

describe("an import passes", async () => {
  const violations = await violationsOf(treeOf(allowed));

  test.each(allowed.map(([from, to]) => ({ from, to })))("$from -> $to", ({ from, to }) => {
    expect(violations.filter((violation) => violation.from === from && violation.to === found(to))).toEqual([]);
  });

  test("a whole house, from main to core", async () => {
    const use = (...paths: readonly string[]): string =>
      paths.map((path, index) => `import { x as x${index} } from "${path}";\n`).join("") +
      `export const x = [${paths.map((_, index) => `x${index}`).join(", ")}];\n`;
    const tree = {
      "src/main.ts": use("./app.ts", "./config.ts"),
      "src/cli.ts": use("./app.ts", `./features/programme/service.ts`),
      "src/config.ts": use("zod"),
      "src/app.ts": use(
        "./platform/http.ts",
        "./features/digestion/bot.ts",
        "./features/digestion/jobs.ts",
        "./core/time.ts",
      ),
      "src/platform/http.ts": use("../core/time.ts", "restify"),
      [`${a}/bot.ts`]: use("./service.ts", "./cards.ts"),
      [`${a}/jobs.ts`]: use("./service.ts"),
      [`${a}/service.ts`]: use("./store.ts", "./cards.ts", "./rules.ts", "../programme/store.ts"),
      [`${a}/store.ts`]: use("./schema.ts", "./rules.ts", "../programme/schema.ts"),
      [`${a}/schema.ts`]: use("../programme/schema.ts"),
      [`${a}/cards.ts`]: use("./rules.ts", "../../core/time.ts"),
      [`${a}/rules.ts`]: use("../../core/time.ts", "../programme/rules.ts"),
      [`${programme}/service.ts`]: use("./store.ts"),
      [`${programme}/store.ts`]: use("./schema.ts"),
      [`${programme}/schema.ts`]: use("drizzle-orm"),
      [`${programme}/rules.ts`]: use("zod"),
      "src/core/time.ts": "export const x = 1;\n",
    };
    expect(await rulesBrokenBy(tree)).toEqual([]);
  });
});
