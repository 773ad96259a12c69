import { ActivityTypes, type Activity, type TurnContext } from "botbuilder";
import { Application, TurnState } from "@microsoft/teams-ai";
import type { Reply } from "../../core/feature.ts";
import type { Log } from "../../core/ports.ts";
import type { HttpAnswer } from "../http.ts";
import { Adapter, silenceTokenPrints, type CredentialsFactory, type Received } from "./adapter.ts";
import type { PostedReply } from "./answers.ts";
import { readFailure } from "./calls.ts";
import { createCredentialsFactory, type Credentials } from "./credentials.ts";
import { createDirectory, type TeamsDirectory } from "./directory.ts";
import { isLoopback, type GateRules } from "./gate.ts";
import { readIncoming } from "./incoming.ts";
import { asActivity, createSender, type Teller } from "./sender.ts";
import type { Turns } from "./turns.ts";

export interface TeamsOptions {
  /** `null`: local mode, without authentication; the caller listens on loopback only. */
  readonly credentials: Credentials | null;
  /** Empty: the app's own tenant; in local mode any. */
  readonly allowedTenants: readonly string[];
  /** Where token keys come from; `null`: Microsoft's. A loopback address also lets loopback service addresses in. */
  readonly openIdMetadataUrl: string | null;
  readonly log: Log;
  /** In place of Microsoft's token service, which tests and benches cannot reach. */
  readonly credentialsFactory?: CredentialsFactory;
}

/** What comes in from Teams, as `POST /api/messages` takes it. */
export type Receive = (authorization: string, body: Readonly<Record<string, unknown>>) => Promise<HttpAnswer>;

export interface Teams extends Teller {
  readonly directory: TeamsDirectory;
  readonly listen: (turns: Turns) => Receive;
}

/** The only door to the SDKs. */
export function createTeams(options: TeamsOptions): Teams {
  silenceTokenPrints();
  const { credentials, log } = options;
  const tenants = tenantsOf(options);
  const adapter = new Adapter({
    appId: credentials?.appId ?? "",
    factory: options.credentialsFactory ?? createCredentialsFactory(credentials),
    openIdMetadataUrl: options.openIdMetadataUrl,
    gate: { tenants, serviceHosts: serviceHostsFor(options) },
    tokenTenants: credentials === null ? null : new Set([...tenants, credentials.tenantId]),
  });
  const connector = (serviceUrl: string) => adapter.connector(serviceUrl);
  const teller = createSender(connector);
  adapter.onTurnError = async (context, error) => {
    log.error("The Teams SDK failed in a turn", { error: error.name });
    if (isInvoke(context)) await respond(context, refusedInvoke);
  };

  return {
    ...teller,
    directory: createDirectory(connector, credentials?.tenantId ?? options.allowedTenants[0] ?? null),
    listen: (turns) => {
      const lost = new WeakSet<Activity>();
      const app = createApplication(turns, teller, lost, log);
      const warnOfToken = atMostOncePerSecond(log);
      return async (authorization, body) => {
        // The SDK's type for what it was sent; all that we read of it is parsed.
        const activity = body as unknown as Activity;
        const received = await adapter.receive(authorization, activity, async (context) => {
          await app.run(context);
        });
        if (received.kind === "unauthenticated") {
          warnOfToken("A request was not authenticated", { why: received.why, cause: received.cause });
        } else if (received.kind === "refused") {
          log.warn("An activity was refused", { why: received.why, tenant: received.tenantId });
        }
        return lost.has(activity) ? { status: 503, body: null } : asHttp(received);
      };
    },
  };
}

function tenantsOf({ credentials, allowedTenants }: TeamsOptions): ReadonlySet<string> {
  const own = credentials === null ? [] : [credentials.tenantId];
  return new Set((allowedTenants.length > 0 ? allowedTenants : own).map((id) => id.toLowerCase()));
}

function serviceHostsFor({ credentials, openIdMetadataUrl }: TeamsOptions): GateRules["serviceHosts"] {
  if (credentials === null) return "loopback";
  const keys = URL.parse(openIdMetadataUrl ?? "");
  return keys !== null && isLoopback(keys) ? "both" : "teams";
}

/** Nothing about why: who asks without being allowed to learns nothing. */
function asHttp(received: Received): HttpAnswer {
  switch (received.kind) {
    case "answered":
      return { status: received.invoke?.status ?? 200, body: received.invoke?.body ?? null };
    case "unauthenticated":
      return { status: received.why === "bad-token" ? 401 : 503, body: null };
    case "refused":
      return { status: received.why === "no-activity" ? 400 : 403, body: null };
  }
}

/**
 * The SDK's state of a turn, which holds nothing: what matters is in the database. Without its keys it also takes
 * activities that nobody sent, which it would otherwise throw on.
 */
class EmptyState extends TurnState {
  protected override onComputeStorageKeys(): Promise<Record<string, string>> {
    return Promise.resolve({ conversation: "", user: "" });
  }
}

/** @param lost takes what could not be heard and is to be sent again */
function createApplication(turns: Turns, teller: Teller, lost: WeakSet<Activity>, log: Log): Application<EmptyState> {
  const app = new Application<EmptyState>({
    turnStateFactory: () => new EmptyState(),
    // One timer is shared by all turns at once there: people would see others' typing.
    startTypingTimer: false,
    // It takes the first mention only; ours takes all.
    removeRecipientMention: false,
    longRunningMessages: false,
  });
  // Not the SDK's own `actionExecute`: once it has shown a card to all, it shows every later private one to all.
  app.addRoute(
    (context) => Promise.resolve(isInvoke(context) && context.activity.name === "adaptiveCard/action"),
    async (context) => {
      const incoming = readIncoming(context.activity);
      if (incoming === null) {
        await respond(context, refusedInvoke);
        return;
      }
      const { response, posts } = await turns(incoming);
      await respond(context, response === null ? refusedInvoke : asInvokeBody(response));
      await postAll(context, posts, teller, log);
    },
    true,
  );
  app.addRoute(
    (context) => Promise.resolve(!isInvoke(context)),
    async (context) => {
      const incoming = readIncoming(context.activity);
      if (incoming === null) return;
      const { posts, isLost } = await turns(incoming);
      if (isLost === true) lost.add(context.activity);
      await postAll(context, posts, teller, log);
    },
  );
  return app;
}

function isInvoke({ activity }: TurnContext): boolean {
  return activity.type === "invoke";
}

async function respond(context: TurnContext, body: object): Promise<void> {
  // Always 200: what is wrong is told inside, or people read "Something went wrong".
  await context.sendActivity({ type: ActivityTypes.InvokeResponse, value: { status: 200, body } });
}

function asInvokeBody(reply: Reply): object {
  if (reply.kind === "card") {
    return { statusCode: 200, type: "application/vnd.microsoft.card.adaptive", value: reply.card };
  }
  const value = reply.kind === "text" ? reply.text : "";
  return { statusCode: 200, type: "application/vnd.microsoft.activity.message", value };
}

const refusedInvoke = {
  statusCode: 400,
  type: "application/vnd.microsoft.error",
  value: { code: "BadRequest", message: "This card could not be read. Write “help” to see what I can do." },
};

/** The turn is committed: a post that fails is logged, not undone. */
async function postAll(context: TurnContext, posts: readonly PostedReply[], teller: Teller, log: Log): Promise<void> {
  for (const { to, reply } of posts) {
    if (to === "here") {
      const activity = reply.kind === "card" ? asActivity(reply.card) : { text: reply.text, textFormat: "plain" };
      try {
        await context.sendActivity(activity);
      } catch (error) {
        const { status, code } = readFailure(error);
        log.warn("An answer did not reach Teams", { status, code });
      }
    } else {
      const sent = await (reply.kind === "card" ? teller.send(to, { card: reply.card }) : teller.say(to, reply.text));
      if (!sent.ok) {
        log.warn("An answer did not reach a person's own chat", {
          status: sent.failure.status,
          code: sent.failure.code,
        });
      }
    }
  }
}

/** Anybody can send a bad token a thousand times a second; one line says so as well as a thousand. */
function atMostOncePerSecond(log: Log): Log["warn"] {
  let next = 0;
  let left = 0;
  return (message, fields) => {
    const now = performance.now();
    if (now < next) {
      left += 1;
      return;
    }
    log.warn(message, { ...fields, alsoSinceLast: left });
    next = now + 1000;
    left = 0;
  };
}
