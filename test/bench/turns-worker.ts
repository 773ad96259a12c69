import { CloudAdapter, ConfigurationBotFrameworkAuthentication, type Activity, type TurnContext } from "botbuilder";
import { createLog } from "../../src/platform/log.ts";
import { createServer, type HttpAnswer } from "../../src/platform/http.ts";
import { startService } from "../../src/service.ts";
import { testCredentials, testCredentialsFactory } from "../support/teams.ts";

/**
 * One server of the benchmark of turns, in a process of its own: Waymark, or a bot that does nothing but echo. Both
 * listen behind the same restify and JSON reader and ask for the same tokens.
 */

const { BENCH_SERVER, BENCH_DATABASE = "", BENCH_KEYS = "", BENCH_CLOCK = "" } = process.env;

interface Started {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

async function startWaymark(): Promise<Started> {
  const { appId, tenantId } = testCredentials;
  const service = await startService(
    {
      port: 0,
      host: "127.0.0.1",
      publicUrl: "http://127.0.0.1",
      database: { kind: "server", url: BENCH_DATABASE },
      credentials: { type: "SingleTenant", appId, tenantId, password: "not a secret" },
      allowedTenants: [tenantId],
      openIdMetadataUrl: BENCH_KEYS,
      linkSecret: "0".repeat(32),
      clock: Temporal.Instant.from(BENCH_CLOCK),
      tickSeconds: 60,
    },
    { log: createLog("silent"), credentialsFactory: testCredentialsFactory() },
  );
  await service.ready;
  return service;
}

/** The adapter as the SDK has it; its `process` wants a request of Express, this takes what our reader has read. */
class BareAdapter extends CloudAdapter {
  async receive(authorization: string, body: Readonly<Record<string, unknown>>): Promise<HttpAnswer> {
    const answer = await this.processActivity(authorization, body as unknown as Activity, echo);
    return answer === undefined ? { status: 200, body: null } : { status: answer.status, body: answer.body ?? null };
  }
}

async function echo(context: TurnContext): Promise<void> {
  await context.sendActivity(`Echo: ${context.activity.text}`);
}

async function startEcho(): Promise<Started> {
  const adapter = new BareAdapter(
    new ConfigurationBotFrameworkAuthentication(
      {
        // The SDK's own values for the public cloud, all of which must be named once one of them is.
        ToChannelFromBotLoginUrl: "https://login.microsoftonline.com/botframework.com",
        ToChannelFromBotOAuthScope: "https://api.botframework.com",
        ToBotFromChannelTokenIssuer: "https://api.botframework.com",
        OAuthUrl: "https://api.botframework.com",
        ToBotFromEmulatorOpenIdMetadataUrl:
          "https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration",
        CallerId: "urn:botframework:azure",
        ToBotFromChannelOpenIdMetadataUrl: BENCH_KEYS,
      },
      testCredentialsFactory(),
    ),
  );
  const server = createServer({
    receive: (authorization, body) => adapter.receive(authorization, body),
    findTrouble: () => Promise.resolve(null),
    pages: [],
    deps: () => null,
    readLink: () => null,
    log: createLog("silent"),
  });
  return { port: await server.listen(0, "127.0.0.1"), stop: () => server.close() };
}

const started = BENCH_SERVER === "echo" ? await startEcho() : await startWaymark();
console.log(started.port);
process.on("message", () => process.send?.(process.cpuUsage()));
process.once("SIGTERM", () => {
  process.disconnect?.();
  void started.stop();
});
