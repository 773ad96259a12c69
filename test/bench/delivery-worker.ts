import { openPostgres } from "../../src/platform/database.ts";
import { createRateLimits, teamsLimits } from "../../src/platform/rate-limits.ts";
import { createTeams } from "../../src/platform/teams/teams.ts";
import { createPostOffice } from "../support/post-office.ts";

/** One process of several that share a database: it delivers until it is told to stop, or killed. */

const { BENCH_DATABASE = "", BENCH_CONNECTOR = "", BENCH_LIMIT = "" } = process.env;

const { db, close } = openPostgres(BENCH_DATABASE, { connections: 6 });
const office = createPostOffice(db, BENCH_CONNECTOR);
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const teams = createTeams({ credentials: null, allowedTenants: [], openIdMetadataUrl: null, log });
/** Share of Teams' limit for the tenant; empty: no limits. */
const share = Number(BENCH_LIMIT);
const limits = { ...teamsLimits, tenant: { ...teamsLimits.tenant, everyMs: teamsLimits.tenant.everyMs / share } };

const engine = office.engine({ send: teams.send, limits: BENCH_LIMIT === "" ? null : createRateLimits(db, limits) });
engine.start();
console.log("ready");

process.once("SIGTERM", () => {
  void engine.stop().then(close);
});
