import type { ConfigurationBotFrameworkAuthentication } from "botbuilder";

/** The SDK's client of one Teams service address. */
export type ConnectorClient = Awaited<
  ReturnType<ReturnType<ConfigurationBotFrameworkAuthentication["createConnectorFactory"]>["create"]>
>;

/** The part of the SDK's HTTP pipeline that we change; it keeps the type to itself. */
interface Pipeline {
  removePolicy(policy: { readonly name: string }): readonly unknown[];
  addPolicy(
    policy: {
      readonly name: string;
      readonly sendRequest: <Response>(
        request: { abortSignal?: AbortSignal },
        next: (request: { abortSignal?: AbortSignal }) => Promise<Response>,
      ) => Promise<Response>;
    },
    options: { readonly beforePolicies: readonly string[] },
  ): void;
}

/** Teams waits 15 s for us and a person 3: a call that took longer than this has lost its use within a turn. */
export const callMilliseconds = 5_000;

/** Shorter, so that a missing token is told from a missing answer: without a token nothing was sent. */
const tokenMilliseconds = 4_000;

/** The SDK's names; a test counts requests, so a renamed policy is noticed. */
const retryPolicy = "defaultRetryPolicy";
const signingPolicy = "ServiceClientContext_Credentials_SignRequest";

/**
 * Makes a client try each call once and give up after 5 s, getting a token included. Left alone, the SDK posts up to
 * four times on a 5xx or a reset (people get a message twice) and waits for ever on a hanging service. Retrying is
 * the outbox's, which knows what may be repeated.
 */
export function tryOnce(client: ConnectorClient): ConnectorClient {
  // The SDK declares `client` private; there is no other way to its pipeline.
  const { pipeline } = (client as unknown as { readonly client: { readonly pipeline: Pipeline } }).client;
  pipeline.removePolicy({ name: retryPolicy });
  const { credentials } = client;
  client.credentials = {
    signRequest: async (request) => {
      try {
        return await within(credentials.signRequest(request), tokenMilliseconds);
      } catch {
        throw new NoToken("No token for Teams");
      }
    },
  };
  pipeline.addPolicy(
    {
      name: "waymarkTimeout",
      sendRequest: (request, next) => {
        // Ends the request itself, also while its body trickles in; `within` also ends the wait for a token.
        request.abortSignal = AbortSignal.timeout(callMilliseconds);
        return within(next(request), callMilliseconds);
      },
    },
    { beforePolicies: [signingPolicy] },
  );
  return client;
}

/** Microsoft gave no token: the call was not made. What it said stays out, as it names our secret's kind and id. */
export class NoToken extends Error {
  override readonly name = "NoToken";
  readonly code = "NoToken";
}

/** What did not come in time. */
export class TimedOut extends Error {
  override readonly name = "AbortError";
  readonly code = "AbortError";
}

/** The promise's result, or a rejection with `TimedOut`; what comes later is ignored. */
export function within<Result>(promise: Promise<Result>, milliseconds: number): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new TimedOut("No answer in time")), milliseconds);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
