import { claimDataFolder } from "../../src/platform/data-folder.ts";
import { openEmbedded, openPostgres } from "../../src/platform/database.ts";
import type { Send } from "../../src/platform/delivery-outcomes.ts";
import { createRateLimits, teamsLimits } from "../../src/platform/rate-limits.ts";
import { Adapter } from "../../src/platform/teams/adapter.ts";
import { createCredentialsFactory } from "../../src/platform/teams/credentials.ts";
import { createSender } from "../../src/platform/teams/sender.ts";
import { createPostOffice } from "../support/post-office.ts";

/** One process of several that share a database: it delivers until it is told to stop, or killed. */

const { WORKER_DATABASE = "", WORKER_CONNECTOR = "", WORKER_SHARE = "", WORKER_IS_SPARE = "" } = process.env;

const isServer = WORKER_DATABASE.startsWith("postgres:");
const { db, close } = isServer
  ? openPostgres(WORKER_DATABASE, { connections: 6 })
  : await openEmbedded(claimDataFolder(WORKER_DATABASE).databasePath);
const office = createPostOffice(db, WORKER_CONNECTOR);
// The service's own sender without its ears: teams-ai takes a second to load, and here a process lives for some.
const adapter = new Adapter({
  appId: "",
  factory: createCredentialsFactory(null),
  openIdMetadataUrl: null,
  gate: { tenants: new Set(), serviceHosts: "loopback" },
  tokenTenants: null,
});
const teller = createSender((serviceUrl) => adapter.connector(serviceUrl));
const share = Number(WORKER_SHARE);
const limits = { ...teamsLimits, tenant: { ...teamsLimits.tenant, everyMs: teamsLimits.tenant.everyMs / share } };

let isAtWork = false;
const send: Send = async (address, post) => {
  const result = await teller.send(address, post);
  if (!isAtWork) console.log("at work");
  isAtWork = true;
  return result;
};

const engine = office.engine({ send, limits: WORKER_SHARE === "" ? null : createRateLimits(db, limits) });
console.log("ready");
// A spare one stands by until it is told to take a killed one's place.
if (WORKER_IS_SPARE !== "") await new Promise((resolve) => process.once("message", resolve));
process.disconnect?.();
engine.start();

process.once("SIGTERM", () => {
  void engine.stop().then(close);
});
