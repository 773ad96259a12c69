import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface RunningDemo {
  /** What it printed for whoever started it. */
  readonly printed: string;
  /** Where the chats are. */
  readonly playground: string;
  /** Where messages come in. */
  readonly endpoint: string;
  readonly folder: string;
  stop(): Promise<void>;
}

/** `npm run demo` as anybody would start it, on free ports and in a folder of its own. */
export async function startDemo(at?: string): Promise<RunningDemo> {
  const folder = mkdtempSync(join(tmpdir(), "waymark-demo-"));
  const script = fileURLToPath(new URL("../../sample/demo.ts", import.meta.url));
  const ports = ["--port", String(await freePort()), "--playground-port", String(await freePort())];
  const child = spawn(
    process.execPath,
    [script, ...ports, "--folder", join(folder, "data"), ...(at === undefined ? [] : ["--at", at])],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const ready = Promise.withResolvers<string>();
  let printed = "";
  const hear = (chunk: Buffer): void => {
    printed += chunk.toString();
    if (printed.includes("Ctrl+C")) ready.resolve(printed);
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  child.once("exit", () => {
    ready.reject(new Error(`The demo ended: ${printed}`));
  });
  const text = await ready.promise;
  const playground = /^ +(http:\/\/\S+)$/m.exec(text)?.[1];
  const service = /(http:\/\/localhost:\d+) is the service/.exec(text)?.[1];
  if (service === undefined) throw new Error(`The demo does not say where the service is: ${text}`);
  if (playground === undefined) throw new Error(`The demo does not say where the chats are: ${text}`);
  return {
    printed: text,
    playground,
    endpoint: `${service}/api/messages`,
    folder,
    stop: async () => {
      child.removeAllListeners("exit");
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
