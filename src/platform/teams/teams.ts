import { ActivityTypes, type Activity, type TurnContext } from "botbuilder";
import { Application, TurnState } from "@microsoft/teams-ai";
import type { Reply } from "../../core/feature.ts";
import type { PersonId } from "../../core/ids.ts";
import type { Log } from "../../core/ports.ts";
import type { HttpAnswer } from "../http.ts";
import type { TurnSlots } from "../turn-slots.ts";
import { Adapter, silenceTokenPrints, type CredentialsFactory, type Received } from "./adapter.ts";
import { createCredentialsFactory, type Credentials } from "./credentials.ts";
import { createDirectory, type TeamsDirectory } from "./directory.ts";
import { isLoopback, type GateRules } from "./gate.ts";
import { readIncoming, type Incoming } from "./incoming.ts";
import { createAnswers, type Answers, type Origin } from "./posting.ts";
import { createSender, type Teller } from "./sender.ts";
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
  /** What answers and rosters share with the outbox; `null` as long as the database is not there. Default: no limits. */
  readonly slots?: () => TurnSlots | null;
  /** An answer to this person was not sent, or not for sure. Default: it is only logged. */
  readonly onUnanswered?: (person: PersonId) => Promise<void>;
}

/** What comes in from Teams, as `POST /api/messages` takes it. */
export type Receive = (authorization: string, body: Readonly<Record<string, unknown>>) => Promise<HttpAnswer>;

export interface Teams extends Teller {
  readonly directory: TeamsDirectory;
  readonly listen: (turns: Turns) => Receive;
  /** Answers that wait for a slot give up; resolves when none is under way. */
  readonly stop: () => Promise<void>;
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
  const slots = options.slots ?? (() => null);
  const onUnanswered = options.onUnanswered ?? (() => Promise.resolve());
  const answers = createAnswers({ teller, slots, onUnanswered, log });
  adapter.onTurnError = async (context, error) => {
    log.error("The Teams SDK failed in a turn", { error: error.name });
    if (isInvoke(context)) await respond(context, refusedInvoke);
  };

  return {
    ...teller,
    directory: createDirectory(connector, credentials?.tenantId ?? options.allowedTenants[0] ?? null, slots),
    stop: answers.stop,
    listen: (turns) => {
      const lost = new WeakSet<Activity>();
      const app = createApplication(turns, answers, lost);
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

/** The SDK starts its typing timer whatever its option says. One is shared by all turns: people would see others' typing. */
class QuietApplication extends Application<EmptyState> {
  override startTypingTimer(): void {
    // Nothing types here: answers come at once, and every post must be one that we count.
  }
}

/** @param lost takes what could not be heard and is to be sent again */
function createApplication(turns: Turns, answers: Answers, lost: WeakSet<Activity>): Application<EmptyState> {
  const app = new QuietApplication({
    turnStateFactory: () => new EmptyState(),
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
      const { response, posts, person = null } = await turns(incoming);
      await respond(context, response === null ? refusedInvoke : asInvokeBody(response));
      await answers.deliver(originOf(context, incoming, person), posts);
    },
    true,
  );
  app.addRoute(
    (context) => Promise.resolve(!isInvoke(context)),
    async (context) => {
      const incoming = readIncoming(context.activity);
      if (incoming === null) return;
      const { posts, person = null, isLost } = await turns(incoming);
      if (isLost === true) lost.add(context.activity);
      await answers.deliver(originOf(context, incoming, person), posts);
    },
  );
  return app;
}

function originOf({ activity }: TurnContext, { address }: Incoming, person: PersonId | null): Origin {
  return { address, person, thread: { conversationId: activity.conversation.id, activityId: activity.id ?? null } };
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
