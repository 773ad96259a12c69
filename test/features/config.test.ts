import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readConfig, variables, type Config } from "../../src/config.ts";

const appId = "6c0f4c2e-57a9-4d0e-9c55-2f1f6a3d8b11";
const tenantId = "0b7f2f0a-1c1e-4f0e-8a53-6c1a5cbb9f52";
const otherTenant = "f2a7c5d4-9e0b-4a3c-b1d6-7e8f90a1b2c3";
const linkSecret = "0123456789abcdef0123456789abcdef";
const registration = {
  MicrosoftAppId: appId,
  MicrosoftAppType: "SingleTenant",
  MicrosoftAppTenantId: tenantId,
  MicrosoftAppPassword: "s3cret~of-the-app",
  LINK_SECRET: linkSecret,
};
const managed = { ...registration, MicrosoftAppType: "UserAssignedMSI", MicrosoftAppPassword: "" };

type Env = Readonly<Record<string, string>>;

function configOf(env: Env): Config {
  const read = readConfig(env);
  if (!read.ok) throw new Error(read.problems.join("\n"));
  return read.config;
}

function problemsOf(env: Env): readonly string[] {
  const read = readConfig(env);
  return read.ok ? [] : read.problems;
}

describe("an administrator who sets nothing", () => {
  test("gets local mode on loopback with an embedded database", () => {
    expect(configOf({ PATH: "/usr/bin", HOME: "/root", NODE_ENV: "production" })).toEqual({
      port: 3978,
      host: "127.0.0.1",
      publicUrl: "http://127.0.0.1:3978",
      database: { kind: "embedded", folder: "./data" },
      credentials: null,
      allowedTenants: null,
      openIdMetadataUrl: null,
      linkSecret: null,
      clock: null,
      tickSeconds: 60,
    });
  });

  test("gets the same from .env.example as it stands, which lists every variable", () => {
    const lines = readFileSync(new URL("../../.env.example", import.meta.url), "utf8").split("\n");
    const example = lines.filter((line) => line !== "" && !line.startsWith("#")).map((line) => line.split("="));
    expect(example.map(([name]) => name).toSorted()).toEqual([...variables].toSorted());
    expect(configOf(Object.fromEntries(example) as Env)).toEqual(configOf({}));
  });
});

const accepted: readonly (readonly [what: string, env: Env, expected: Partial<Config>])[] = [
  ["another port", { PORT: "8080" }, { port: 8080, publicUrl: "http://127.0.0.1:8080" }],
  ["spaces around a value", { PORT: " 8080 " }, { port: 8080 }],
  [
    "an empty value as none",
    { PORT: "", DATA_DIR: " " },
    { port: 3978, database: { kind: "embedded", folder: "./data" } },
  ],
  ["loopback by name", { HOST: "localhost" }, { host: "localhost" }],
  ["loopback of IPv6", { HOST: "::1" }, { host: "::1", publicUrl: "http://[::1]:3978" }],
  ["every address with credentials", { ...registration, HOST: "0.0.0.0" }, { host: "0.0.0.0" }],
  [
    "postgres://",
    { DATABASE_URL: "postgres://me@db/waymark" },
    { database: { kind: "server", url: "postgres://me@db/waymark" } },
  ],
  ["postgresql://", { DATABASE_URL: "postgresql://db/w" }, { database: { kind: "server", url: "postgresql://db/w" } }],
  ["another folder", { DATA_DIR: "/var/lib/waymark" }, { database: { kind: "embedded", folder: "/var/lib/waymark" } }],
  [
    "a public address, without its last slash",
    { PUBLIC_URL: "https://w.example.edu/" },
    { publicUrl: "https://w.example.edu" },
  ],
  [
    "a registration with a password",
    registration,
    {
      credentials: { type: "SingleTenant", appId, tenantId, password: "s3cret~of-the-app" },
      allowedTenants: [tenantId],
      linkSecret,
    },
  ],
  ["a managed identity", managed, { credentials: { type: "UserAssignedMSI", appId, tenantId } }],
  [
    "ids in capitals",
    { ...registration, MicrosoftAppTenantId: tenantId.toUpperCase() },
    { allowedTenants: [tenantId] },
  ],
  [
    "a list of tenants instead of the app's own",
    { ...registration, ALLOWED_TENANTS: `${otherTenant.toUpperCase()} , ${tenantId}` },
    { allowedTenants: [otherTenant, tenantId] },
  ],
  ["a list of tenants in local mode", { ALLOWED_TENANTS: tenantId }, { allowedTenants: [tenantId] }],
  [
    "keys from elsewhere",
    { OPENID_METADATA_URL: "http://127.0.0.1:9/keys" },
    { openIdMetadataUrl: "http://127.0.0.1:9/keys" },
  ],
  ["a clock", { CLOCK: "2026-09-14T08:59:00+08:00" }, { clock: Temporal.Instant.from("2026-09-14T00:59:00Z") }],
  ["a tick of a second", { TICK_SECONDS: "1" }, { tickSeconds: 1 }],
  ["a tick of fifteen seconds", { TICK_SECONDS: "15" }, { tickSeconds: 15 }],
  ["a tick of two minutes", { TICK_SECONDS: "120" }, { tickSeconds: 120 }],
];

test.each(accepted)("accepts %s", (_what, env, expected) => {
  expect(configOf(env)).toMatchObject(expected);
});

const refused: readonly (readonly [what: string, env: Env, said: readonly RegExp[]])[] = [
  ["a port that is a word", { PORT: "http" }, [/^PORT is "http": write a number/]],
  ["port 0", { PORT: "0" }, [/^PORT is "0"/]],
  ["a port beyond the last", { PORT: "65536" }, [/^PORT is "65536"/]],
  ["a host with a path", { HOST: "http://localhost/" }, [/^HOST is "http:/]],
  ["every address without credentials", { HOST: "0.0.0.0" }, [/^HOST is "0.0.0.0": .*127\.0\.0\.1/]],
  ["a name that only begins like loopback", { HOST: "127.0.0.1.example.edu" }, [/^HOST is/]],
  ["another kind of database", { DATABASE_URL: "mysql://me:hush@db/w" }, [/^DATABASE_URL: write postgres:\/\//]],
  ["a database without an address", { DATABASE_URL: "postgres://" }, [/^DATABASE_URL: /]],
  [
    "a public address without its protocol",
    { PUBLIC_URL: "w.example.edu" },
    [/^PUBLIC_URL is "w.example.edu": .*https:/],
  ],
  ["a short secret", { LINK_SECRET: "hush" }, [/^LINK_SECRET: write 32 characters/]],
  ["tenants that are names", { ALLOWED_TENANTS: "example.edu" }, [/^ALLOWED_TENANTS is "example.edu": .*UUID/]],
  ["a comma that stands for no tenant", { ALLOWED_TENANTS: "," }, [/^ALLOWED_TENANTS is ","/]],
  ["keys from a file", { OPENID_METADATA_URL: "file:///keys.json" }, [/^OPENID_METADATA_URL is/]],
  ["a clock without an offset", { CLOCK: "2026-09-14T08:59" }, [/^CLOCK is "2026-09-14T08:59": .*offset/]],
  ["a tick of seven seconds", { TICK_SECONDS: "7" }, [/^TICK_SECONDS is "7": .*divisor of 60/]],
  ["a tick of ninety seconds", { TICK_SECONDS: "90" }, [/^TICK_SECONDS is "90"/]],
  ["no tick at all", { TICK_SECONDS: "0" }, [/^TICK_SECONDS is "0"/]],
  ["half a second", { TICK_SECONDS: "0.5" }, [/^TICK_SECONDS is "0.5"/]],
  [
    "an id alone",
    { MicrosoftAppId: appId },
    [
      /^MicrosoftAppType is not set/,
      /^MicrosoftAppTenantId is not set/,
      /^MicrosoftAppPassword is not set/,
      /^LINK_SECRET is not set/,
    ],
  ],
  [
    "a registration without its password",
    { ...registration, MicrosoftAppPassword: "" },
    [/^MicrosoftAppPassword is not set: set/],
  ],
  [
    "a registration without its tenant",
    { ...registration, MicrosoftAppTenantId: "" },
    [/^MicrosoftAppTenantId is not set/],
  ],
  [
    "a password alone",
    { MicrosoftAppPassword: "x", LINK_SECRET: linkSecret },
    [/AppId is not set/, /AppType is not/, /TenantId is not/],
  ],
  [
    "a type that the SDK would take for another",
    { ...registration, MicrosoftAppType: "Singletennant" },
    [/^MicrosoftAppType is "Sing/],
  ],
  [
    "a type that is no longer given",
    { ...registration, MicrosoftAppType: "MultiTenant" },
    [/^MicrosoftAppType is "MultiTenant"/],
  ],
  [
    "a password of a managed identity",
    { ...managed, MicrosoftAppPassword: "x" },
    [/^MicrosoftAppPassword: take it away/],
  ],
  ["an id that is a name", { ...registration, MicrosoftAppId: "waymark" }, [/^MicrosoftAppId is "waymark": .*UUID/]],
  ["a clock with credentials", { ...registration, CLOCK: "2026-09-14T00:59:00Z" }, [/^CLOCK is .*: take it away/]],
  ["credentials without a secret for links", { ...registration, LINK_SECRET: "" }, [/^LINK_SECRET is not set/]],
  ["MICROSOFT_APP_ID", { MICROSOFT_APP_ID: appId }, [/^MICROSOFT_APP_ID: no such variable; write MicrosoftAppId$/]],
  ["MicrosoftAppID", { MicrosoftAppID: appId }, [/^MicrosoftAppID: no such variable; write MicrosoftAppId$/]],
  ["MicrosoftApPassword", { MicrosoftApPassword: "x" }, [/^MicrosoftApPassword: .*write MicrosoftAppPassword$/]],
  ["MicrosoftAppTenant", { MicrosoftAppTenant: tenantId }, [/^MicrosoftAppTenant: .*MicrosoftAppTenantId$/]],
  ["MicrosfotAppType", { MicrosfotAppType: "SingleTenant" }, [/^MicrosfotAppType: .*MicrosoftAppType$/]],
  [
    "a misspelt name beside the right one",
    { ...registration, MicrosoftAppID: appId },
    [/^MicrosoftAppID: .*also set MicrosoftAppId$/],
  ],
];

test.each(refused)("refuses %s, and says what to write instead", (_what, env, said) => {
  const problems = problemsOf(env);
  expect(problems).toHaveLength(said.length);
  for (const [index, pattern] of said.entries()) expect(problems[index]).toMatch(pattern);
});

test("all problems are told at once", () => {
  const problems = problemsOf({
    PORT: "x",
    HOST: "0.0.0.0",
    CLOCK: "noon",
    TICK_SECONDS: "7",
    MICROSOFT_APP_ID: appId,
  });
  expect(problems.map((problem) => problem.split(/[ :]/)[0])).toEqual([
    "PORT",
    "CLOCK",
    "TICK_SECONDS",
    "MICROSOFT_APP_ID",
    "HOST",
  ]);
});

test.each([
  ["DATABASE_URL", { DATABASE_URL: "mysql://me:hush-hush@db/w" }],
  ["LINK_SECRET", { LINK_SECRET: "hush-hush" }],
  ["MicrosoftAppPassword", { ...managed, MicrosoftAppPassword: "hush-hush" }],
  ["a misspelt password", { MICROSOFT_APP_PASSWORD: "hush-hush" }],
])("the value of %s is never repeated", (_what, env) => {
  expect(problemsOf(env).join("\n")).not.toContain("hush");
  expect(problemsOf(env)).not.toEqual([]);
});

test("variables that merely look like Microsoft's are left alone", () => {
  expect(
    problemsOf({ MICROSOFT_PROVIDER_AUTHENTICATION_SECRET: "x", MicrosoftApplicationInsightsKey: "x", APP_ID: "x" }),
  ).toEqual([]);
  expect(problemsOf({ MICROSOFT_APP_ID: "" })).toEqual([]);
});
