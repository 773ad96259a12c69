import { ConfigurationServiceClientCredentialFactory } from "botbuilder";
import type { CredentialsFactory } from "./adapter.ts";

/** The bot's identity at Microsoft. `password` is `null` for a managed identity, which has none. */
export interface Credentials {
  readonly appId: string;
  readonly appType: "SingleTenant" | "UserAssignedMSI";
  readonly tenantId: string;
  readonly password: string | null;
}

/**
 * How the SDK proves who we are. `null` is local mode: tokens are neither asked for nor given, so the caller must
 * listen on loopback only.
 */
export function createCredentialsFactory(credentials: Credentials | null): CredentialsFactory {
  // An absent app id is how the SDK says "authentication is off".
  if (credentials === null) return new ConfigurationServiceClientCredentialFactory({});
  return new ConfigurationServiceClientCredentialFactory({
    MicrosoftAppId: credentials.appId,
    // The SDK takes a type that it does not know for a multi-tenant one: ours are closed by their type.
    MicrosoftAppType: credentials.appType,
    MicrosoftAppTenantId: credentials.tenantId,
    ...(credentials.password === null ? {} : { MicrosoftAppPassword: credentials.password }),
  });
}
