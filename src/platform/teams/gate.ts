import { z } from "zod/v4";

/** What the gate needs to know; all of it is configuration. */
export interface GateRules {
  /** Tenants that may speak to us, in lower case. Empty: any, which only local mode allows. */
  readonly tenants: ReadonlySet<string>;
  /** `teams`: Microsoft's own hosts; `loopback`: this machine; `both`: tests of authentication. */
  readonly serviceHosts: "teams" | "loopback" | "both";
}

export type Refusal =
  "no-activity" | "other-channel" | "no-tenant" | "two-tenants" | "unknown-tenant" | "service-address";

export type Passage =
  { readonly open: true } | { readonly open: false; readonly why: Refusal; readonly tenantId?: string };

/**
 * Exact hosts only: anybody can register a name under trafficmanager.net, and our token goes where this says.
 * Source: Microsoft's list of global service addresses for proactive messages (public, GCC, GCC High, DoD).
 */
const teamsHosts = new Set([
  "smba.trafficmanager.net",
  "smba.infra.gcc.teams.microsoft.com",
  "smba.infra.gov.teams.microsoft.us",
  "smba.infra.dod.teams.microsoft.us",
]);

const activitySchema = z.object({
  type: z.string().min(1),
  channelId: z.string(),
  serviceUrl: z.string(),
  conversation: z.object({ tenantId: z.string().min(1).nullish() }),
  channelData: z.object({ tenant: z.object({ id: z.string().min(1).nullish() }).nullish() }).nullish(),
});

/**
 * Whether an activity may come in, after its token was found good: the SDK checks neither channel nor tenant, and
 * skips the service address when there is none.
 */
export function passGate(activity: unknown, rules: GateRules): Passage {
  const parsed = activitySchema.safeParse(activity);
  if (!parsed.success) return { open: false, why: "no-activity" };
  const { channelId, serviceUrl, conversation, channelData } = parsed.data;
  if (channelId !== "msteams") return { open: false, why: "other-channel" };
  if (!isKnownService(serviceUrl, rules.serviceHosts)) return { open: false, why: "service-address" };
  const tenants = [conversation.tenantId, channelData?.tenant?.id].filter((id) => typeof id === "string");
  const [tenantId] = tenants;
  if (tenantId === undefined) return { open: false, why: "no-tenant" };
  if (tenants.some((id) => id !== tenantId)) return { open: false, why: "two-tenants" };
  if (rules.tenants.size > 0 && !rules.tenants.has(tenantId.toLowerCase())) {
    return { open: false, why: "unknown-tenant", tenantId };
  }
  return { open: true };
}

function isKnownService(address: string, hosts: GateRules["serviceHosts"]): boolean {
  const url = URL.parse(address);
  if (url === null || url.username !== "" || url.password !== "") return false;
  if (isLoopback(url)) return hosts !== "teams" && /^https?:$/.test(url.protocol);
  return hosts !== "loopback" && url.protocol === "https:" && url.port === "" && teamsHosts.has(url.hostname);
}

export function isLoopback(url: URL): boolean {
  return url.hostname === "localhost" || url.hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(url.hostname);
}
