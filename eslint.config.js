// @ts-check
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

/**
 * How we write, as far as a machine can hold it. Each rule of our own (below "house") has a test that it fires:
 * test/house/purity.test.ts and test/house/writing.test.ts. A later block replaces the rule of an earlier one, so
 * each block below names all that holds in its files.
 */

const pureFiles = ["src/core/**/*.ts", "src/features/**/rules.ts", "src/features/**/cards.ts"];

const world = {
  date: ["Date"].map((name) => ({ name, message: "use Temporal; Date stays inside src/platform" })),
  process: ["process"].map((name) => ({
    name,
    message: "only main.ts and cli.ts know the process; take what you need as an argument",
  })),
  console: ["console"].map((name) => ({ name, message: "use the log port; main.ts and cli.ts print" })),
  outside: [
    "crypto",
    "performance",
    "fetch",
    "setTimeout",
    "setInterval",
    "setImmediate",
    "queueMicrotask",
    "navigator",
    "localStorage",
    "require",
  ].map((name) => ({ name, message: "this file decides only: whoever calls it hands over what it needs" })),
};

const noProcessModule = { name: "node:process", message: "only main.ts and cli.ts know the process" };

const theClock = {
  object: "Temporal",
  property: "Now",
  message: "take `now` as an argument; only src/platform/clock.ts reads the time",
};
const theDice = { object: "Math", property: "random", message: "take what varies as an argument" };

/** @param {string} selector @param {string} message */
const never = (selector, message) => ({ selector, message });
const shape = [
  never("ExportDefaultDeclaration", "export it by its name"),
  never("ExportAllDeclaration", "import it where it lives: no barrels"),
  never("ExportNamedDeclaration[source]", "import it where it lives: no barrels"),
  never("TSEnumDeclaration", "use a union of string literals"),
  never("TSParameterProperty", "write the field: Node runs erasable TypeScript only"),
];
const queries = [
  never(
    ':not(MemberExpression[property.name="where"]) > CallExpression[callee.property.name="delete"][callee.object.name=/^(db|tx)$/]',
    "a delete without where empties the table",
  ),
  never(
    ':not(MemberExpression[property.name=/^(where|from)$/]) > CallExpression[callee.property.name="set"][callee.object.callee.property.name="update"]',
    "an update without where changes every row",
  ),
];

/** @param {{ name: string, message: string }[]} globals */
const noGlobals = (globals) => ["error", { globals, checkGlobalObject: true }];

export default defineConfig(
  { ignores: ["node_modules/", "data/", "devTools/", ".tmp/", "migrations/", "coverage/", "build/"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-await-in-loop": "off",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/consistent-type-exports": "error",
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        // Temporal's values are written in ISO 8601, always.
        {
          allowNumber: true,
          allow: [{ from: "lib", name: ["Instant", "PlainDate", "PlainTime", "PlainDateTime", "Duration"] }],
        },
      ],
      // `_` marks what a signature asks for and the body does not need.
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      // Ports are asynchronous whether or not today's implementation waits.
      "@typescript-eslint/require-await": "off",
    },
  },

  // House
  {
    files: ["src/**/*.ts"],
    rules: {
      "no-restricted-globals": noGlobals([...world.date, ...world.process, ...world.console]),
      "no-restricted-imports": ["error", { paths: [noProcessModule] }],
      "no-restricted-properties": ["error", theClock],
      "no-restricted-syntax": ["error", ...shape, ...queries],
    },
  },
  {
    files: ["src/features/**/*.ts", "src/core/**/*.ts", "src/app.ts", "src/config.ts"],
    rules: {
      // Inside, nothing is cast: what comes from outside was parsed at the door.
      "@typescript-eslint/no-unsafe-type-assertion": "error",
    },
  },
  {
    files: pureFiles,
    rules: {
      "no-restricted-globals": noGlobals([...world.date, ...world.process, ...world.console, ...world.outside]),
      "no-restricted-properties": ["error", theClock, theDice],
    },
  },
  {
    files: ["src/platform/**/*.ts"],
    rules: { "no-restricted-globals": noGlobals([...world.process, ...world.console]) },
  },
  { files: ["src/platform/clock.ts"], rules: { "no-restricted-properties": "off" } },
  {
    files: ["src/main.ts", "src/cli.ts"],
    rules: { "no-restricted-globals": noGlobals(world.date), "no-restricted-imports": "off" },
  },
  {
    files: ["test/**/*.ts", "sample/**/*.ts", "manifest/**/*.ts"],
    rules: {
      // What a service answers over HTTP is `any` until a test has looked at it.
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/unbound-method": "off",
    },
  },
  {
    files: ["test/features/**/*.ts", "test/flows/**/*.ts"],
    rules: {
      "no-restricted-properties": [
        "error",
        ...["mock", "doMock", "hoisted"].map((property) => ({
          object: "vi",
          property,
          message: "put a fake at a port instead of mocking a module",
        })),
      ],
    },
  },
  {
    // They describe what others wrote.
    files: ["**/*.d.ts"],
    rules: { "no-restricted-syntax": "off", "@typescript-eslint/no-unused-vars": "off" },
  },
  { files: ["**/*.js", "**/*.mjs"], extends: [tseslint.configs.disableTypeChecked] },
);
