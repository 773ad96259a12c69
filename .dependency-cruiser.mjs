/**
 * Which file may import which. One direction: main and cli -> app -> features and platform; both -> core.
 * Each rule has a test that it fires: test/house/directions.test.ts.
 */

/** Features that every other may use. */
const openFeatures = ["programme", "calendar", "notices", "flags"];

/** Features that only read: they may use the rules and stores of all the rest. */
const readingFeatures = ["digests", "certificates", "dashboard", "exports", "privacy", "setup", "preview"];

/** Everything else that was agreed between two features: `[who, whose, why]`. */
const agreed = [
  ["planning", "meetings", "a plan is a plan of one of its meetings"],
  ["logbook", "meetings", "an entry is about one of its meetings"],
  ["load", "meetings", "what is open for a mentor is their meetings; another mentor gets their reminders"],
  ["load", "planning", "cards about plans become neutral for who is no mentor any more"],
  ["load", "chats", "who left a group may still sit in its chat"],
  ["progress", "meetings", "it shows them, five in a row"],
  ["progress", "sides", "what counts for a mentee is what both sides say"],
  ["sides", "meetings", "each has a mentor's side and its mentees'"],
  ["sides", "logbook", "a catch-up that is logged later goes before what was said of the meeting"],
  ["outreach", "meetings", "who has gone quiet is seen from what was held"],
  ["outreach", "planning", 'and from replies to dates; "another time" is a mentee\'s wish for one'],
  ["outreach", "progress", "a mentee's cells are counted in one place"],
  ["outreach", "sides", "and from what mentees say of them"],
];

/**
 * In a feature: what each file may import, of its own feature and of those that its feature may use. `peers`: it may
 * also use its like in those others, such as notices' service, programme's queries, how a meeting is put into words.
 */
const roles = {
  rules: { files: ["rules"], libraries: ["zod"] },
  cards: { files: ["rules"], peers: true, libraries: ["zod"] },
  schema: { files: [], libraries: ["drizzle-orm"], types: ["rules"] },
  store: { files: ["schema", "rules"], peers: true, libraries: ["drizzle-orm"] },
  service: { files: ["store", "rules", "cards"], peers: true, libraries: ["zod"] },
  bot: { files: ["service", "cards"], libraries: ["zod"], types: ["rules"] },
  jobs: { files: ["service"], libraries: [], types: ["rules"] },
};

/** Libraries that touch the world or that will be replaced one day have one home. */
const homes = {
  "sdk-only-in-teams": {
    libraries: ["botbuilder", "botbuilder-[^/]+", "botframework-[^/]+", "@microsoft/teams-ai", "openai"],
    home: "^src/platform/teams/",
  },
  "world-only-in-platform": {
    libraries: ["restify", "pino", "postgres", "node-cron", "@electric-sql/pglite", "drizzle-orm/(pglite|postgres-js)"],
    home: "^src/platform/",
  },
};

/** A feature that grew has its parts in folders of their own: `setup/people/rules.ts`. */
const role = (...names) => `^src/features/([^/]+|[^/]+/[^/]+)/(${names.join("|")})\\.ts$`;
const feature = (...names) => `^src/features/(${names.join("|")})/`;
const starters = ["^src/(main|cli|service)\\.ts$", "^src/commands/"];
const library = (...names) => `(^|/)node_modules/(@types/)?(${names.join("|")})(/|$)`;
const fromNodeOrRegistry = [
  "core",
  "npm",
  "npm-dev",
  "npm-optional",
  "npm-peer",
  "npm-no-pkg",
  "npm-unknown",
  "npm-bundled",
];

/** @param {string} name @param {string} comment what to do about it */
const forbid = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

function roleRules(name, { files, libraries, types = [], peers = false }) {
  const own = { path: role(name) };
  const allowed = ["^src/core/", ...[...files, ...types].map((file) => role(file))];
  // Tables refer to programme's, and to those of features that were agreed upon.
  if (name === "schema")
    allowed.push(`^src/features/(${["programme", ...agreed.map(([, whose]) => whose)].join("|")})/schema\\.ts$`);
  return [
    forbid(`${name}-imports`, `${name}.ts imports core and ${files.join(", ") || "programme's schema"} only`, own, {
      path: "^(src|test|sample|manifest)/",
      pathNot: peers ? [...allowed, role(name)] : allowed,
    }),
    forbid(`${name}-libraries`, `${name}.ts uses these libraries only: ${libraries.join(", ") || "none"}`, own, {
      dependencyTypes: fromNodeOrRegistry,
      ...(libraries.length > 0 ? { pathNot: library(...libraries) } : {}),
    }),
    ...(types.length > 0
      ? [
          forbid(
            `${name}-types`,
            `${name}.ts may name types of ${types.join(", ")}, not call it: ask the service`,
            own,
            {
              path: role(...types),
              dependencyTypesNot: ["type-only"],
            },
          ),
        ]
      : []),
  ];
}

function betweenFeatures() {
  const agreeing = [...new Set(agreed.map(([who]) => who))];
  const comment =
    "use it through programme, calendar, notices or flags, or agree on it in the list in .dependency-cruiser.mjs";
  const rule = (name, from, ...may) =>
    forbid(name, comment, from, {
      path: "^src/features/",
      pathNot: ["^src/features/$1/", feature(...openFeatures), ...may],
    });
  return [
    rule("between-features", {
      path: "^src/features/([^/]+)/",
      pathNot: feature(...readingFeatures, ...agreeing, ...openFeatures),
    }),
    ...agreeing.map((who) =>
      rule(
        `between-features-${who}`,
        { path: `^src/features/(${who})/` },
        feature(...agreed.filter(([name]) => name === who).map(([, whose]) => whose)),
      ),
    ),
    rule("between-reading-features", { path: `^src/features/(${readingFeatures.join("|")})/` }, role("rules", "store")),
    forbid(
      "programme-stands-alone",
      "what all may use depends on no feature, but for the calendar's rules",
      { path: feature("programme") },
      { path: "^src/features/", pathNot: [feature("programme"), "^src/features/calendar/rules\\.ts$"] },
    ),
    forbid(
      "open-features-stay-open",
      "what all may use depends on no feature that is not open too",
      { path: feature(...openFeatures) },
      { path: "^src/features/", pathNot: feature(...openFeatures) },
    ),
  ];
}

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    forbid("no-cycles", "let one of the two hand the other what it needs", {}, { circular: true }),
    forbid(
      "no-orphans",
      "use it or remove it",
      { orphan: true, path: "^(src|test|sample|manifest)/", pathNot: "\\.d\\.ts$" },
      {},
    ),
    forbid(
      "no-dead-files",
      "main.ts and cli.ts do not reach it: list it in app.ts, or remove it",
      { path: "^src/(main|cli)\\.ts$" },
      { path: "^src/", pathNot: ["^src/(main|cli)\\.ts$", "^src/node-version\\.js$", "\\.d\\.ts$"], reachable: false },
    ),
    forbid("no-unresolved", "no such file or package", {}, { couldNotResolve: true }),
    forbid(
      "no-development-tools-in-src",
      "the service runs without devDependencies",
      { path: "^src/" },
      { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"] },
    ),
    forbid(
      "kebab-case",
      "name files in small letters and hyphens",
      {},
      { path: "^(src|test|sample|manifest)/.*[A-Z_][^/]*$" },
    ),
    forbid(
      "no-drawers",
      "name the file after what it does",
      {},
      { path: "^(src|test|sample|manifest).*/(utils?|helpers?|common|misc|index)\\.[jt]s$" },
    ),
    forbid(
      "src-stands-alone",
      "the service does not need its tests or its sample",
      { path: "^src/" },
      { path: "^(test|sample|manifest)/" },
    ),
    forbid("nobody-imports-the-starters", "move it to app.ts or lower", {}, { path: "^src/(main|cli)\\.ts$" }),
    forbid(
      "commands-are-for-cli",
      "move what both need to a feature",
      { path: "^src/", pathNot: "^src/(cli\\.ts$|commands/)" },
      { path: "^src/commands/" },
    ),
    forbid(
      "app-is-for-starters",
      "only what starts the service or a command sees the whole app",
      { path: "^src/", pathNot: starters },
      { path: "^src/app\\.ts$" },
    ),
    forbid(
      "config-is-for-starters",
      "take the values that you need as arguments",
      { path: "^src/", pathNot: [...starters, "^src/app\\.ts$"] },
      { path: "^src/config\\.ts$" },
    ),
    forbid(
      "config-imports",
      "config.ts knows core only",
      { path: "^src/config\\.ts$" },
      { path: "^src/", pathNot: "^src/core/" },
    ),
    forbid(
      "core-imports",
      "core knows nothing above it",
      { path: "^src/core/" },
      { path: "^(src|test)/", pathNot: "^src/core/" },
    ),
    forbid(
      "core-libraries",
      "core does no I/O and knows no library but the database's types",
      { path: "^src/core/" },
      { dependencyTypes: fromNodeOrRegistry, pathNot: library("drizzle-orm") },
    ),
    forbid(
      "core-knows-drizzle-in-two-files",
      "tables and queries belong to features",
      { path: "^src/core/", pathNot: "^src/core/(columns|db)\\.ts$" },
      { path: library("drizzle-orm") },
    ),
    forbid(
      "platform-imports",
      "what platform must ask of a feature is a function that app.ts hands over",
      { path: "^src/platform/" },
      { path: "^src/", pathNot: "^src/(platform|core)/" },
    ),
    forbid(
      "features-know-no-platform",
      "ask for it through a port in core/ports.ts",
      { path: "^src/features/" },
      { path: "^src/", pathNot: "^src/(features|core)/" },
    ),
    forbid(
      "feature-files",
      `a feature has these files only: ${Object.keys(roles).join(".ts, ")}.ts`,
      { path: "^src/features/", pathNot: role(...Object.keys(roles)) },
      {},
    ),
    forbid(
      "feature-files-imported",
      `a feature has these files only: ${Object.keys(roles).join(".ts, ")}.ts`,
      {},
      { path: "^src/features/", pathNot: role(...Object.keys(roles)) },
    ),
    ...Object.entries(roles).flatMap(([name, may]) => roleRules(name, may)),
    ...betweenFeatures(),
    ...Object.entries(homes).map(([name, { libraries, home }]) =>
      forbid(
        name,
        `import it in ${home.slice(1)} only`,
        { path: "^src/", pathNot: home },
        { path: library(...libraries) },
      ),
    ),
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    // Type-only imports are imports too: a cycle of types is a cycle in the reader's head.
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
      mainFields: ["module", "main", "types"],
    },
  },
};
