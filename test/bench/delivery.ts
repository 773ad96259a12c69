import { circumstances, type Shown, type Size } from "./delivery/bench.ts";
import { limits, tenth } from "./delivery/limits.ts";
import { memory } from "./delivery/memory.ts";
import { outage } from "./delivery/outage.ts";
import { rates } from "./delivery/rates.ts";
import { faultsAndKills, kills } from "./delivery/storms.ts";
import { list, tick } from "./delivery/tick.ts";

/**
 * Delivery on a real PostgreSQL: what is lost, sent twice or late when processes die and Teams fails, and how fast it is.
 * Each part compares the list with the connector's own account, message by message. Exit code 1: a promise was broken; a
 * time that was not reached is printed beside its goal.
 *
 *     DATABASE_URL=postgres://... npm run bench -- delivery [PART ...] [--short]
 */

const parts: Readonly<Record<string, (size: Size) => Promise<Shown>>> = {
  kills,
  faults: faultsAndKills,
  limits,
  tenth,
  outage,
  rates,
  list,
  tick,
  memory,
};

const server = process.env["DATABASE_URL"];
if (server === undefined || server === "") {
  console.error("Set DATABASE_URL to a PostgreSQL server: this benchmark starts several processes.");
  process.exit(2);
}
const given = process.argv.slice(2);
const asked = given.filter((name) => !name.startsWith("--"));
const unknown = asked.find((name) => !(name in parts));
if (unknown !== undefined) {
  console.error(`No part is called ${unknown}. There are: ${Object.keys(parts).join(", ")}.`);
  process.exit(2);
}
const size = { server, isShort: given.includes("--short") };
console.log(JSON.stringify({ on: await circumstances(server) }, null, 2));
for (const [name, part] of Object.entries(parts)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const { what, facts, broken } = await part(size);
  console.log(JSON.stringify({ [name]: { what, ...facts, broken: broken.slice(0, 20) } }, null, 2));
  if (broken.length > 0) process.exitCode = 1;
}
