import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { as, type ProgrammeId } from "../src/core/ids.ts";
import { groupsOfProgramme, type Group } from "../src/features/programme/store.ts";
import { readConfig } from "../src/config.ts";
import { createLog } from "../src/platform/log.ts";
import { startService, type Service } from "../src/service.ts";
import { groupChat, mentor, others, personalChat, startPlayground } from "./playground.ts";

/**
 * `npm run demo [-- --at 2026-10-26T08:59] [--port 3978] [--playground-port 56150]`: the sample programme on an embedded
 * database of its own, with Microsoft's Agents Playground beside it. Everybody of one group and two coordinators have
 * installed the bot the day before; the clock starts shortly before the first window's first reminder.
 */
const zone = "Asia/Kuala_Lumpur";
const { values } = parseArgs({
  options: {
    at: { type: "string", default: "2026-09-14T08:59:55" },
    port: { type: "string", default: "3978" },
    "playground-port": { type: "string", default: "56150" },
    folder: { type: "string", default: fileURLToPath(new URL("../data/demo", import.meta.url)) },
  },
});
const start = startAt(values.at);
const { folder } = values;
// Each demo begins anew: its clock may start earlier than the last one's ended.
rmSync(folder, { recursive: true, force: true });

// Installed the day before: nobody is given a task on the day of first contact.
const dayBefore = start.subtract({ hours: 24 }).toZonedDateTimeISO(zone).with({ hour: 10 }).toInstant();
importSample(dayBefore);
let service = await serve(dayBefore);
const playground = await startPlayground({
  endpoint: `http://127.0.0.1:${service.port}/api/messages`,
  folder: `${folder}/playground`,
  port: Number(values["playground-port"]),
});
await playground.install(personalChat);
for (const other of others) await playground.installFor(other);
await until("everybody has installed Waymark", (group) =>
  [...group.mentors, ...group.mentees].every((one) => one.isReachable),
);
await playground.send(mentor, { id: groupChat, kind: "groupChat" }, { type: "installationUpdate", action: "add" });
await until("the group has its chat", (group) => group.chat !== null);
await service.stop();
service = await serve(start);

const local = start.toZonedDateTimeISO(zone);
console.log(`
Waymark's demo is running: http://localhost:${service.port} is the service, and the chats are at

    ${playground.url}

You are ${mentor.name}, mentor of the group Angsana. In the programme it is ${local.toPlainDate().toLocaleString("en-GB", { weekday: "long" })}, ${local.toPlainDateTime().toString()} in Kuala Lumpur;
the clock ticks on from there. Open "Personal Chat" for your reminders, "Angsana" for your group, and type help in your chat.
Another moment: npm run demo -- --at 2026-10-26T08:59 (Ctrl+C ends the demo)
`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    void Promise.all([service.stop(), playground.stop()]).then(() => process.exit(0));
  });
}

/** The Playground passes things on in its own time. */
async function until(what: string, isSo: (group: Group) => boolean): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    const deps = service.deps();
    const groups = deps === null ? [] : await groupsOfProgramme(deps.db, as<ProgrammeId>("medicine-2026"));
    const angsana = groups.find((group) => group.name === "Angsana");
    if (angsana !== undefined && isSo(angsana)) return;
    await sleep(100);
  }
  throw new Error(`The demo waited in vain until ${what}. Please start it again.`);
}

function startAt(text: string): Temporal.Instant {
  try {
    return Temporal.PlainDateTime.from(text).toZonedDateTime(zone).toInstant();
  } catch {
    console.error(`--at ${text}: write a moment in Kuala Lumpur, such as 2026-10-26T08:59`);
    process.exit(2);
  }
}

function settings(clock: Temporal.Instant): Record<string, string> {
  return { DATA_DIR: folder, PORT: values.port, CLOCK: clock.toString(), TICK_SECONDS: "1" };
}

function importSample(clock: Temporal.Instant): void {
  const cli = fileURLToPath(new URL("../src/cli.ts", import.meta.url));
  const sample = fileURLToPath(new URL(".", import.meta.url));
  const { status } = spawnSync(process.execPath, [cli, "import", sample], {
    env: { ...withoutWaymark(process.env), ...settings(clock) },
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
}

async function serve(clock: Temporal.Instant): Promise<Service> {
  const read = readConfig(settings(clock));
  if (!read.ok) {
    console.error(read.problems.join("\n"));
    process.exit(2);
  }
  const started = await startService(read.config, { log: createLog("silent") });
  await started.ready;
  return started;
}

/** The demo is a world of its own, whatever is set for a real service in this shell. */
function withoutWaymark(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) =>
        !/^(DATABASE_URL|Microsoft.*|ALLOWED_TENANTS|OPENID_METADATA_URL|HOST|PUBLIC_URL|LINK_SECRET)$/.test(name),
    ),
  );
}
