import "./node-version.js";
import { readConfig } from "./config.ts";
import { ClockError } from "./platform/clock.ts";
import { DataFolderError } from "./platform/data-folder.ts";
import { errorFields } from "./platform/error-fields.ts";
import { createLog } from "./platform/log.ts";
import { startService, type Service } from "./service.ts";

/** Wrong settings, as opposed to something that broke. */
const wrongUse = 2;

const read = readConfig(process.env);
if (!read.ok) {
  console.error(["Waymark cannot start with these settings:", ...read.problems.map((one) => `- ${one}`)].join("\n"));
  process.exit(wrongUse);
}
const { config } = read;
const log = createLog();

process.on("uncaughtException", giveUp);

const service = await startService(config, { log }).catch(giveUp);
log.info("listening", { host: config.host, port: service.port });
if (config.credentials === null) {
  log.warn(
    "Local mode, without Microsoft credentials: only this machine can reach it, and everybody on it is believed",
  );
}
if (config.database.kind === "embedded") {
  log.info("The embedded database is for trying out; a real programme runs on PostgreSQL, through DATABASE_URL");
}
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void stop(service, signal));
await service.ready.catch(async (error: unknown) => {
  await service.stop();
  giveUp(error);
});

async function stop(running: Service, signal: string): Promise<void> {
  log.info("stopping", { signal });
  await running.stop();
  log.info("stopped");
  // A database that hangs keeps its connections open; nothing is waited for any more.
  setTimeout(() => process.exit(0), 200).unref();
}

function giveUp(error: unknown): never {
  if (error instanceof ClockError || error instanceof DataFolderError) {
    console.error(error.message);
    process.exit(wrongUse);
  }
  if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") {
    console.error(`Port ${config.port} on ${config.host} is in use. Stop what uses it, or set PORT to another one.`);
    process.exit(wrongUse);
  }
  log.error("Waymark cannot go on", errorFields(error));
  process.exit(1);
}
