import { execFile } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "./service-process.ts";

const run = promisify(execFile);
const versions = "/usr/lib/postgresql";

/** Debian's folder of PostgreSQL's own programs, the newest; `null`: none is installed here. */
export function findPostgresPrograms(): string | null {
  if (!existsSync(versions)) return null;
  const newest = readdirSync(versions).toSorted((a, b) => Number(b) - Number(a));
  return newest.map((one) => join(versions, one, "bin")).find((bin) => existsSync(join(bin, "initdb"))) ?? null;
}

export interface PostgresCluster {
  /** Its database `postgres`. */
  readonly url: string;
  start(): Promise<void>;
  /** `fast` ends all sessions, as for maintenance; `immediate` is a crash, recovered from at the next start. */
  stop(how?: "fast" | "immediate"): Promise<void>;
  /** Stops it and removes all it kept. */
  remove(): Promise<void>;
}

/** A PostgreSQL server of one's own, running, that may be stopped in the middle of everything. Durable, as a real one is. */
export async function createPostgresCluster(): Promise<PostgresCluster> {
  const programs = findPostgresPrograms();
  if (programs === null) throw new Error(`PostgreSQL's programs are not under ${versions}: install "postgresql"`);
  const folder = mkdtempSync(join(tmpdir(), "waymark-cluster-"));
  // PostgreSQL refuses to run as root.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) {
    const [user, group] = await Promise.all([run("id", ["-u", "postgres"]), run("id", ["-g", "postgres"])]);
    chownSync(folder, Number(user.stdout), Number(group.stdout));
  }
  const as = (program: string, ...given: string[]) => {
    const path = join(programs, program);
    // From a folder that its user may enter.
    return isRoot
      ? run("runuser", ["-u", "postgres", "--", path, ...given], { cwd: folder })
      : run(path, given, { cwd: folder });
  };
  const port = await freePort();
  const data = join(folder, "data");
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder}`;
  const start = async (): Promise<void> => {
    await as("pg_ctl", "-D", data, "-w", "-l", join(folder, "log"), "-o", options, "start");
  };
  const stop = async (how: "fast" | "immediate" = "fast"): Promise<void> => {
    await as("pg_ctl", "-D", data, "-w", "-m", how, "stop");
  };
  await as("initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync");
  await start();
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    start,
    stop,
    remove: async () => {
      await stop("immediate").catch(() => undefined);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
