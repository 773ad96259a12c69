import {
  CloudAdapter,
  ConfigurationBotFrameworkAuthentication,
  type Activity,
  type InvokeResponse,
  type TurnContext,
} from "botbuilder";
import { callMilliseconds, tryOnce, within, type ConnectorClient } from "./connectors.ts";
import { passGate, type GateRules, type Refusal } from "./gate.ts";
import { createVerifiedTokens } from "./verified-tokens.ts";

type SdkCredentialsFactory = NonNullable<ConstructorParameters<typeof ConfigurationBotFrameworkAuthentication>[1]>;
/** What the SDK asks of its class of this name. */
export type CredentialsFactory = Pick<SdkCredentialsFactory, keyof SdkCredentialsFactory>;

type UserTokenClient = Awaited<ReturnType<ConfigurationBotFrameworkAuthentication["createUserTokenClient"]>>;
type ClaimsIdentity = Parameters<ConfigurationBotFrameworkAuthentication["createUserTokenClient"]>[0];
type Authenticated = Awaited<ReturnType<ConfigurationBotFrameworkAuthentication["authenticateRequest"]>>;

/** The public cloud's values as the SDK has them: naming one address means naming all. */
const channelIssuer = "https://api.botframework.com";
const publicCloud = {
  ToChannelFromBotLoginUrl: "https://login.microsoftonline.com/botframework.com",
  ToChannelFromBotOAuthScope: "https://api.botframework.com",
  ToBotFromChannelTokenIssuer: channelIssuer,
  OAuthUrl: "https://api.botframework.com",
  ToBotFromEmulatorOpenIdMetadataUrl: "https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration",
  CallerId: "urn:botframework:azure",
};
const channelKeys = "https://login.botframework.com/v1/.well-known/openidconfiguration";

/** `keys-unreachable`: nobody's fault who asked; all others are 401. */
export type AuthenticationFailure = "bad-token" | "keys-unreachable";

interface Unauthenticated {
  readonly why: AuthenticationFailure;
  readonly cause: string;
}

export type Received =
  | { readonly kind: "answered"; readonly invoke: InvokeResponse | undefined }
  | ({ readonly kind: "unauthenticated" } & Unauthenticated)
  | { readonly kind: "refused"; readonly why: Refusal; readonly tenantId?: string };

/** The SDK's authentication, which keeps what it would otherwise make anew for every turn. */
class Authentication extends ConfigurationBotFrameworkAuthentication {
  #userTokens: Promise<UserTokenClient> | null = null;

  /** Part of every turn context and never used here: one is enough. */
  override createUserTokenClient(identity: ClaimsIdentity): Promise<UserTokenClient> {
    return (this.#userTokens ??= super.createUserTokenClient(identity));
  }
}

/** Several regions and clouds have one address each; more would be somebody's mistake, and starts over. */
const mostConnectors = 64;

/** The SDK's adapter between our own HTTP and our own turns, with the gate in its middle. */
export class Adapter extends CloudAdapter {
  readonly #appId: string;
  readonly #gate: GateRules;
  readonly #tokenTenants: ReadonlySet<string> | null;
  readonly #verified = createVerifiedTokens<Authenticated>(Date.now);
  readonly #connectors = new Map<string, Promise<ConnectorClient>>();

  /**
   * @param options.appId empty in local mode
   * @param options.tokenTenants tenants that a token may name; `null`: tokens are not asked for
   */
  constructor(options: {
    readonly appId: string;
    readonly factory: CredentialsFactory;
    readonly openIdMetadataUrl: string | null;
    readonly gate: GateRules;
    readonly tokenTenants: ReadonlySet<string> | null;
  }) {
    super(
      new Authentication(
        { ...publicCloud, ToBotFromChannelOpenIdMetadataUrl: options.openIdMetadataUrl ?? channelKeys },
        options.factory,
      ),
    );
    this.#appId = options.appId;
    this.#gate = options.gate;
    this.#tokenTenants = options.tokenTenants;
  }

  /** Token, then gate, then the turn. */
  async receive(
    authorization: string,
    activity: Activity,
    logic: (context: TurnContext) => Promise<void>,
  ): Promise<Received> {
    const authenticated = await this.#authenticate(authorization, activity);
    if ("cause" in authenticated) return { kind: "unauthenticated", ...authenticated };
    const passage = passGate(activity, this.#gate);
    if (!passage.open) return { ...passage, kind: "refused" };
    return { kind: "answered", invoke: await this.processActivity(authenticated, activity, logic) };
  }

  async #authenticate(authorization: string, activity: Activity): Promise<Authenticated | Unauthenticated> {
    const { serviceUrl, channelId } = activity;
    const presented =
      typeof serviceUrl === "string" && typeof channelId === "string" ? { authorization, serviceUrl, channelId } : null;
    const known = presented === null ? null : this.#verified.find(presented);
    if (known !== null) return known;
    const claims = this.#tokenTenants === null ? null : readChannelToken(authorization, this.#tokenTenants);
    if (this.#tokenTenants !== null && claims === null) return { why: "bad-token", cause: "NotAChannelToken" };
    let authenticated;
    try {
      authenticated = await within(
        this.botFrameworkAuthentication.authenticateRequest(activity, authorization),
        callMilliseconds,
      );
    } catch (error) {
      return explain(error);
    }
    // One client for all turns: making it takes longer than most turns do.
    const { connectorFactory } = authenticated;
    if (connectorFactory !== undefined) connectorFactory.create = (address) => this.connector(address);
    if (presented !== null && claims !== null && claims.expiresAt !== null)
      this.#verified.keep(presented, claims.expiresAt, authenticated);
    return authenticated;
  }

  /** The client of a service address that passed the gate; the same one each time. */
  connector(serviceUrl: string): Promise<ConnectorClient> {
    const known = this.#connectors.get(serviceUrl);
    if (known !== undefined) return known;
    if (this.#connectors.size >= mostConnectors) this.#connectors.clear();
    const made = this.botFrameworkAuthentication
      .createConnectorFactory(this.createClaimsIdentity(this.#appId))
      .create(serviceUrl, publicCloud.ToChannelFromBotOAuthScope)
      .then(tryOnce);
    this.#connectors.set(serviceUrl, made);
    made.catch(() => this.#connectors.delete(serviceUrl));
    return made;
  }
}

/**
 * What a token says that claims to come from Bot Framework; null for any other. The SDK would also take tokens of its
 * emulator and of other bots, for which it checks no service address, and remembers every tenant that such a token names,
 * for ever: a stranger could fill the memory. What is claimed here is proved by the SDK afterwards.
 *
 * @returns `expiresAt`: milliseconds since 1970; null when the token does not say
 */
function readChannelToken(
  authorization: string,
  tenants: ReadonlySet<string>,
): { readonly expiresAt: number | null } | null {
  const payload = /^Bearer [\w-]+\.([\w-]+)\.[\w-]+$/.exec(authorization)?.[1];
  if (payload === undefined) return null;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString());
    if (typeof claims !== "object" || claims === null || !("iss" in claims)) return null;
    const tenant = "tid" in claims ? claims.tid : undefined;
    const isOurs = tenant === undefined || (typeof tenant === "string" && tenants.has(tenant));
    if (claims.iss !== channelIssuer || !isOurs) return null;
    return { expiresAt: "exp" in claims && typeof claims.exp === "number" ? claims.exp * 1000 : null };
  } catch {
    return null;
  }
}

/** Names that `jsonwebtoken` gives to what is wrong with a token itself. */
const tokenErrors = new Set(["JsonWebTokenError", "TokenExpiredError", "NotBeforeError"]);

/**
 * The SDK marks some bad tokens as its own failure (a wrong signature is a 500 there), and what it cannot fetch also.
 */
function explain(error: unknown): Unauthenticated {
  if (!(error instanceof Error)) return { why: "bad-token", cause: typeof error };
  const status = "statusCode" in error ? error.statusCode : null;
  const isTokenBad = tokenErrors.has(error.name) || status === 401 || status === 400;
  return { why: isTokenBad ? "bad-token" : "keys-unreachable", cause: error.name };
}

let isSilent = false;

/**
 * The SDK prints a stack and our verification key for every bad token, so that anybody could fill the log. We log each refusal
 * once, in one line; these two prints are left out, all others pass.
 */
export function silenceTokenPrints(): void {
  if (isSilent) return;
  isSilent = true;
  /* eslint-disable no-restricted-globals -- there is no other way to what the SDK prints */
  const print = console.error.bind(console);
  console.error = (...parts: unknown[]) => {
    const [first] = parts;
    const isKeyDump = typeof first === "string" && first.startsWith("Error finding key for token.");
    const isExpiry = first instanceof Error && first.name === "TokenExpiredError";
    if (!isKeyDump && !isExpiry) print(...parts);
  };
  /* eslint-enable no-restricted-globals */
}
