import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** The embedded database is in use by another process, or its folder cannot be written. */
export class DataFolderError extends Error {
  override readonly name = "DataFolderError";
}

/** A folder that this process alone may use until `release`. */
export interface DataFolder {
  /** Where the database's own files lie. */
  readonly databasePath: string;
  release(): void;
}

/**
 * Claims the folder of the embedded database. Two processes on one folder would lose committed rows without a word, so
 * the second is refused. The lock is an exclusive transaction on an SQLite file: the operating system frees it when its
 * process dies, even by SIGKILL, which a pid file in a container does not.
 */
export function claimDataFolder(path: string): DataFolder {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new DataFolderError(
      `DATA_DIR ${path} cannot be made (${codeOf(error)}). Name a folder that this user may write.`,
    );
  }
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(join(path, "lock"), { timeout: 0 });
    lock.exec("pragma locking_mode = exclusive; begin exclusive");
  } catch (error) {
    lock?.close();
    if (error instanceof Error && /locked|busy/i.test(error.message)) {
      throw new DataFolderError(
        `Another Waymark process is using the embedded database in ${path}. Stop that one first, name another DATA_DIR, or set DATABASE_URL to a PostgreSQL server, which many processes can share.`,
      );
    }
    throw new DataFolderError(
      `DATA_DIR ${path} cannot be used (${codeOf(error)}). Name a folder that this user may write.`,
    );
  }
  const held = lock;
  return { databasePath: join(path, "postgres"), release: () => held.close() };
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
}
