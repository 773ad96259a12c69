import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { vi } from "vitest";
import { z } from "zod/v4";
import { claimDataFolder } from "../../src/platform/data-folder.ts";
import { openEmbedded, openPostgres, type Database } from "../../src/platform/database.ts";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const cli = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));

type Environment = Readonly<Record<string, string>>;

export interface ServiceProcess {
  readonly url: string;
  /** All that it wrote so far, on either stream. */
  printed(): string;
  /** Status and body of `/health`; `null`: nobody answers there. */
  health(): Promise<{ readonly status: number; readonly reason: string | null } | null>;
  /** Resolves when `/health` says 200; rejects with what was printed when the process ends instead. */
  ready(): Promise<void>;
  send(signal: NodeJS.Signals): void;
  /** When it is gone. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

const healthShape = z.object({ reason: z.string().optional() });

/** `node src/main.ts` on a free port, with nothing in its environment but this. */
export async function startProcess(env: Environment): Promise<ServiceProcess> {
  const port = env["PORT"] ?? String(await freePort());
  const child = spawn(process.execPath, [main], {
    env: { ...bareEnvironment(), PORT: port, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
  }
  let isOver = false;
  const ended = once(child, "close").then(() => {
    isOver = true;
    return { code: child.exitCode, signal: child.signalCode };
  });
  const url = `http://127.0.0.1:${port}`;
  const health: ServiceProcess["health"] = async () => {
    const answer = await fetch(`${url}/health`).catch(() => null);
    if (answer === null) return null;
    const { reason = null } = healthShape.parse(await answer.json());
    return { status: answer.status, reason };
  };
  return {
    url,
    printed: () => text,
    health,
    ready: async () => {
      let status: number | undefined;
      // A start takes 2 s on a quiet machine and has taken 30 on one with twenty other jobs.
      while (status !== 200) {
        if (isOver) throw new Error(`The service ended: ${text}`);
        status = await vi.waitUntil(async () => (isOver ? -1 : (await health())?.status === 200 && 200), {
          timeout: 120_000,
          interval: 25,
        });
      }
    },
    send: (signal) => {
      child.kill(signal);
    },
    ended,
  };
}

/** Runs `waymark` as a person would. */
export async function waymark(
  env: Environment,
  ...given: readonly string[]
): Promise<{ readonly code: number | null; readonly said: string; readonly told: string }> {
  const options = { maxBuffer: 2 ** 26, env: { ...bareEnvironment(), ...env } };
  return await new Promise((resolve) => {
    const child = execFile(process.execPath, [cli, ...given], options, (_error, said, told) => {
      resolve({ code: child.exitCode, said, told });
    });
  });
}

/** Nothing of a real service that is set in this shell. */
function bareEnvironment(): Record<string, string> {
  const { PATH = "", HOME = "" } = process.env;
  return { PATH, HOME };
}

/** Somewhere for processes to keep their data, named by the environment; empty, and gone at the end. */
export interface Storage {
  readonly env: Environment;
  /** For a look between processes: the embedded database belongs to one of them at a time. */
  readonly open: () => Promise<Database>;
  readonly remove: () => Promise<void>;
}

/** A database of its own on the PostgreSQL server of `DATABASE_URL`; without it a folder for the embedded one. */
export async function createStorage(): Promise<Storage> {
  const server = process.env["DATABASE_URL"];
  return server === undefined || server === "" ? createFolder() : await createPostgres(server);
}

export function createFolder(): Storage {
  const folder = mkdtempSync(join(tmpdir(), "waymark-data-"));
  return {
    env: { DATA_DIR: folder },
    open: async () => {
      const claimed = claimDataFolder(folder);
      const database = await openEmbedded(claimed.databasePath);
      return {
        ...database,
        close: async () => {
          await database.close();
          claimed.release();
        },
      };
    },
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
      return Promise.resolve();
    },
  };
}

async function createPostgres(server: string): Promise<Storage> {
  const name = `waymark_test_${randomBytes(6).toString("hex")}`;
  const run = async (statement: string): Promise<void> => {
    const sql = postgres(server, { max: 1, onnotice: () => undefined });
    await sql.unsafe(statement).finally(() => sql.end());
  };
  await run(`create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    env: { DATABASE_URL: url.href },
    open: () => Promise.resolve(openPostgres(url.href)),
    remove: () => run(`drop database ${name} with (force)`),
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
