import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const worker = fileURLToPath(new URL("../bench/delivery-worker.ts", import.meta.url));

export interface DeliveryProcess {
  /** A spare one begins to deliver. */
  begin(): void;
  /** It has sent something, so that a kill meets it at work. */
  readonly isAtWork: boolean;
  end(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

export interface DeliveryProcessSettings {
  /** `postgres://...`, or the folder of an embedded database. */
  readonly database: string;
  /** Address of the connector. */
  readonly connector: string;
  /** Of Teams' limit for the tenant; left out: no limits at all. */
  readonly share?: number;
  /** It waits for `begin` when it is ready. */
  readonly isSpare?: boolean;
}

/** Starts a process that does nothing but deliver, and waits until it is ready to. */
export async function startDeliveryProcess(settings: DeliveryProcessSettings): Promise<DeliveryProcess> {
  const { database, connector, share, isSpare = false } = settings;
  const env = {
    ...process.env,
    WORKER_DATABASE: database,
    WORKER_CONNECTOR: connector,
    WORKER_SHARE: share === undefined ? "" : String(share),
    WORKER_IS_SPARE: isSpare ? "yes" : "",
  };
  const child: ChildProcess = spawn(process.execPath, [worker], { env, stdio: ["ignore", "pipe", "inherit", "ipc"] });
  const ended = once(child, "exit").then(() => ({ code: child.exitCode, signal: child.signalCode }));
  const ready = Promise.withResolvers<null>();
  let printed = "";
  child.stdout?.on("data", (text: Buffer) => {
    printed += text.toString();
    if (printed.includes("ready\n")) ready.resolve(null);
  });
  await Promise.race([
    ready.promise,
    ended.then(({ code }) => {
      throw new Error(`A delivering process ended before it was ready (${code})`);
    }),
  ]);
  return {
    begin: () => {
      child.send("begin");
    },
    get isAtWork() {
      return printed.includes("at work\n");
    },
    end: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}
