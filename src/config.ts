import { z } from "zod/v4";
import { countSlips } from "./core/words.ts";

/** How the bot proves to Microsoft who it is. */
export type Credentials =
  | { readonly type: "SingleTenant"; readonly appId: string; readonly tenantId: string; readonly password: string }
  | { readonly type: "UserAssignedMSI"; readonly appId: string; readonly tenantId: string };

export interface Config {
  readonly port: number;
  readonly host: string;
  /** Where links lead to; without a slash at its end. */
  readonly publicUrl: string;
  readonly database:
    { readonly kind: "server"; readonly url: string } | { readonly kind: "embedded"; readonly folder: string };
  /** `null`: local mode, in which nobody is asked for a token. */
  readonly credentials: Credentials | null;
  /** UUIDs in small letters; `null`: any, which local mode alone may have. */
  readonly allowedTenants: readonly string[] | null;
  /** `null`: Microsoft's. */
  readonly openIdMetadataUrl: string | null;
  /** `null`, in local mode only: make one at random and keep it. */
  readonly linkSecret: string | null;
  /** When the programme's clock starts; `null`: now. */
  readonly clock: Temporal.Instant | null;
  readonly tickSeconds: number;
}

/** Every variable that is read; `.env.example` tells what each is for. */
export const variables = [
  "PORT",
  "HOST",
  "DATABASE_URL",
  "DATA_DIR",
  "PUBLIC_URL",
  "LINK_SECRET",
  "MicrosoftAppId",
  "MicrosoftAppType",
  "MicrosoftAppTenantId",
  "MicrosoftAppPassword",
  "ALLOWED_TENANTS",
  "OPENID_METADATA_URL",
  "CLOCK",
  "TICK_SECONDS",
] as const;

type Variable = (typeof variables)[number];

/** Their values are never repeated, not even when they are wrong: start-up messages end in logs. */
const secrets: readonly Variable[] = ["DATABASE_URL", "LINK_SECRET", "MicrosoftAppPassword"];

const credentialVariables = [
  "MicrosoftAppId",
  "MicrosoftAppType",
  "MicrosoftAppTenantId",
  "MicrosoftAppPassword",
] as const;

/** 32 characters of hexadecimal are 128 bits: nobody guesses a signature made with them. */
const linkSecretLength = 32;
const secretRecipe = "`openssl rand -hex 32` makes a good one";

/** Beyond an hour a reminder could miss the hour that it is for. */
const longestTickSeconds = 3600;

/**
 * Reads the environment. An empty value counts as none.
 *
 * @returns the configuration, or every problem: one line each that names variable, value (of a secret never) and remedy
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
): { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const given = (name: Variable): string | undefined => {
    const value = env[name]?.trim();
    return value === "" ? undefined : value;
  };
  const complain = (name: Variable, remedy: string): void => {
    problems.push(`${name}${sayValue(name, given(name))}: ${remedy}`);
  };
  const read = <T>(name: Variable, parser: z.ZodType<T>): T | undefined => {
    const value = given(name);
    if (value === undefined) return undefined;
    const parsed = parser.safeParse(value);
    if (!parsed.success) complain(name, parsed.error.issues[0]?.message ?? "write something else");
    return parsed.data;
  };

  const port = read("PORT", wholeNumber(1, 65_535, "write a number from 1 to 65535")) ?? 3978;
  const host =
    read("HOST", z.string().regex(/^[a-z0-9.:_-]+$/i, "write an address to listen on, such as 127.0.0.1")) ??
    "127.0.0.1";
  const databaseUrl = read(
    "DATABASE_URL",
    address(["postgres:", "postgresql:"], "write postgres://USER:PASSWORD@HOST:PORT/DATABASE, or leave it empty"),
  );
  const folder = given("DATA_DIR") ?? "./data";
  const publicUrl =
    read(
      "PUBLIC_URL",
      address(["http:", "https:"], "write the address of the service, such as https://waymark.example.edu"),
    ) ?? `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const linkSecret = read(
    "LINK_SECRET",
    z.string().min(linkSecretLength, `write ${linkSecretLength} characters or more; ${secretRecipe}`),
  );
  const appId = read("MicrosoftAppId", uuid("write the app's id, a UUID, as its registration shows it"));
  const type = read(
    "MicrosoftAppType",
    z.enum(["SingleTenant", "UserAssignedMSI"], "write SingleTenant or UserAssignedMSI"),
  );
  const tenantId = read("MicrosoftAppTenantId", uuid("write the tenant's id, a UUID, as the registration shows it"));
  const password = given("MicrosoftAppPassword");
  const allowedTenants = read("ALLOWED_TENANTS", uuids("write tenant ids, which are UUIDs, with commas between them"));
  const openIdMetadataUrl = read(
    "OPENID_METADATA_URL",
    address(["http:", "https:"], "write the address of the token keys, or leave it empty for Microsoft's"),
  );
  const clock = read("CLOCK", instant("write an instant with its offset, such as 2026-09-14T08:59:00+08:00"));
  const tickSeconds = read(
    "TICK_SECONDS",
    tick(`write seconds: a divisor of 60, such as 15, or whole minutes up to ${longestTickSeconds}`),
  );

  for (const [name, meant] of misspelt(env)) {
    problems.push(`${name}: no such variable; ${env[meant] === undefined ? "write" : "you have also set"} ${meant}`);
  }

  const isLocal = credentialVariables.every((name) => given(name) === undefined);
  if (isLocal) {
    if (!isLoopback(host)) {
      complain(
        "HOST",
        "without Microsoft credentials anybody who reaches it could speak for anybody: use 127.0.0.1, or set the credentials",
      );
    }
  } else {
    const needed = credentialVariables.filter((name) => name !== "MicrosoftAppPassword" || type !== "UserAssignedMSI");
    for (const name of needed) {
      if (given(name) === undefined)
        complain(name, `set ${needed.join(", ")}, which belong together, or none of them for local mode`);
    }
    if (type === "UserAssignedMSI" && password !== undefined) {
      complain("MicrosoftAppPassword", "take it away: a managed identity (UserAssignedMSI) has no password");
    }
    if (given("LINK_SECRET") === undefined) {
      complain("LINK_SECRET", `it signs the links that are sent to people; ${secretRecipe}`);
    }
    if (given("CLOCK") !== undefined)
      complain("CLOCK", "take it away: with Microsoft credentials people are waiting, and the time is the real one");
  }

  const credentials = credentialsFrom(type, appId, tenantId, password);
  if (problems.length > 0 || (!isLocal && credentials === null)) return { ok: false, problems };
  return {
    ok: true,
    config: {
      port,
      host,
      publicUrl: publicUrl.replace(/\/+$/, ""),
      database: databaseUrl === undefined ? { kind: "embedded", folder } : { kind: "server", url: databaseUrl },
      credentials,
      allowedTenants: allowedTenants ?? (credentials === null ? null : [credentials.tenantId]),
      openIdMetadataUrl: openIdMetadataUrl ?? null,
      linkSecret: linkSecret ?? null,
      clock: clock ?? null,
      tickSeconds: tickSeconds ?? 60,
    },
  };
}

function credentialsFrom(
  type: Credentials["type"] | undefined,
  appId: string | undefined,
  tenantId: string | undefined,
  password: string | undefined,
): Credentials | null {
  if (type === undefined || appId === undefined || tenantId === undefined) return null;
  if (type === "UserAssignedMSI") return { type, appId, tenantId };
  return password === undefined ? null : { type, appId, tenantId, password };
}

function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host);
}

/**
 * Names that were meant for one of Microsoft's: `MICROSOFT_APP_ID`, `MicrosoftAppID`, `MicrosoftApPassword`. The SDK would
 * pass over them in silence and let everybody in.
 */
function misspelt(env: Readonly<Record<string, string | undefined>>): (readonly [name: string, meant: Variable])[] {
  return Object.keys(env)
    .filter((name) => !isVariable(name) && env[name]?.trim() !== "" && env[name] !== undefined)
    .flatMap((name) => {
      const bare = bareName(name);
      const nearest = credentialVariables
        .map((meant) => ({ meant, distance: countSlips(bare, bareName(meant)) }))
        .toSorted((a, b) => a.distance - b.distance)[0];
      // Two slips of the finger; the four names differ from each other, and from all else that is common, by more.
      const isMeant = nearest !== undefined && (nearest.distance <= 2 || /^microsoftapp(?!lication)/.test(bare));
      return isMeant ? [[name, nearest.meant] as const] : [];
    });
}

function isVariable(name: string): name is Variable {
  return variables.some((one) => one === name);
}

function bareName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

function sayValue(name: Variable, value: string | undefined): string {
  if (value === undefined) return " is not set";
  if (secrets.includes(name)) return "";
  return ` is ${JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}...` : value)}`;
}

function wholeNumber(least: number, most: number, remedy: string): z.ZodType<number> {
  return z.string().regex(/^\d+$/, remedy).transform(Number).pipe(z.number().min(least, remedy).max(most, remedy));
}

function tick(remedy: string): z.ZodType<number> {
  return wholeNumber(1, longestTickSeconds, remedy).refine(
    (seconds) => 60 % seconds === 0 || seconds % 60 === 0,
    remedy,
  );
}

function uuid(remedy: string): z.ZodType<string, string> {
  return z
    .string()
    .toLowerCase()
    .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, remedy);
}

function uuids(remedy: string): z.ZodType<string[]> {
  return z
    .string()
    .transform((list) =>
      list
        .split(",")
        .map((one) => one.trim())
        .filter((one) => one !== ""),
    )
    .pipe(z.array(uuid(remedy)).min(1, remedy));
}

function address(protocols: readonly string[], remedy: string): z.ZodType<string> {
  return z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol) && new URL(text).host !== "",
      remedy,
    );
}

function instant(remedy: string): z.ZodType<Temporal.Instant> {
  return z.string().transform((text, context) => {
    try {
      return Temporal.Instant.from(text);
    } catch {
      context.addIssue({ code: "custom", message: remedy });
      return z.NEVER;
    }
  });
}
