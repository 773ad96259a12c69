import { CloudAdapter, ConfigurationBotFrameworkAuthentication } from "botbuilder";
import { sql } from "drizzle-orm";
import { outbox } from "../../../src/platform/schema.ts";
import { createTeams } from "../../../src/platform/teams/teams.ts";
import { compare, enqueueMany, round, secondsSince, withBench } from "./bench.ts";
import type { Bench, Shown, Size } from "./bench.ts";

const concurrency = 20;
const loops = 3;

/** Messages a second at equal concurrency, without limits: ours, and the bare SDK; and what a plain loop sends too often. */
export async function rates(size: Size): Promise<Shown> {
  const [count, rounds] = size.isShort ? [200, 3] : [2000, 5];
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const teams = createTeams({ credentials: null, allowedTenants: [], openIdMetadataUrl: null, log });
  return withBench(size.server, {}, async (bench) => {
    const { office, connector, database } = bench;
    const broken: string[] = [];

    async function bare(): Promise<Measured> {
      const adapter = new CloudAdapter(new ConfigurationBotFrameworkAuthentication({}));
      const people = Array.from({ length: count }, () => office.addressOf(office.person()));
      return await measure(count, () =>
        inParallel(people, async ({ conversationId }) => {
          const reference = {
            serviceUrl: connector.url,
            channelId: "msteams",
            conversation: { id: conversationId, isGroup: false, conversationType: "personal", name: "" },
            bot: { id: "28:bot", name: "" },
          };
          await adapter.continueConversationAsync("", reference, async (context) => {
            await context.sendActivity({ attachments: [{ contentType: cardType, content: plainCard }] });
          });
        }),
      );
    }

    async function ours(): Promise<Measured> {
      const enqueued = await enqueueMany(bench, count);
      await database.db.execute(sql`analyze outbox`);
      connector.clear();
      const engine = office.engine({ send: teams.send, lanes: concurrency });
      const measured = await measure(count, () => engine.deliverDue());
      const account = await compare(bench, enqueued);
      broken.push(...account.broken);
      if (account.delivered !== count) broken.push(`${account.delivered} of ${count} delivered`);
      return measured;
    }

    // Each once to warm up; then in turn, so that both meet the same machine.
    await bare();
    await ours();
    const results: { readonly bare: Measured; readonly ours: Measured }[] = [];
    for (let at = 0; at < rounds; at += 1) {
      await office.reset();
      results.push({ bare: await bare(), ours: await ours() });
    }
    const middle = (which: "bare" | "ours", what: keyof Measured): number =>
      results.map((each) => each[which][what]).toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
    const ratios = results.map((each) => each.ours.perSecond / each.bare.perSecond).toSorted((a, b) => a - b);
    return {
      what: "every message durable, at nearly the rate of an SDK that keeps nothing",
      facts: {
        messages: `${count} a round, ${rounds} rounds after one to warm up, ${concurrency} at a time, one process each, in turn`,
        "continueConversationAsync of the bare SDK, a second": round(middle("bare", "perSecond")),
        "ours, a second": round(middle("ours", "perSecond")),
        "ratio (goal: at least 0.8)": round(ratios[Math.floor(rounds / 2)] ?? Number.NaN),
        "ratios of all rounds": ratios.map(round),
        "ms of processor time a message": {
          bare: round(middle("bare", "cpuMs")),
          ours: round(middle("ours", "cpuMs")),
        },
        [`a loop that selects, sends and marks, in ${loops} processes' place: sent too often, of ${count}`]:
          await naive(bench, teams.send, count),
      },
      broken,
    };
  });
}

interface Measured {
  readonly perSecond: number;
  readonly cpuMs: number;
}

async function measure(count: number, work: () => Promise<unknown>): Promise<Measured> {
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: count / secondsSince(began), cpuMs: (user + system) / 1000 / count };
}

/** What many a bot does. @returns how many messages stand beyond one for each */
async function naive(bench: Bench, send: ReturnType<typeof createTeams>["send"], count: number): Promise<number> {
  const { office, connector, database } = bench;
  await office.reset();
  connector.clear();
  await enqueueMany(bench, count);
  const loop = async (): Promise<void> => {
    for (;;) {
      const due = await database.db
        .select()
        .from(outbox)
        .where(sql`${outbox.state} = 'ready'`)
        .limit(50);
      if (due.length === 0) return;
      await inParallel(due, async ({ id, person }) => {
        if (person === null) return;
        await send(office.addressOf({ person }), { card: plainCard });
        await database.db
          .update(outbox)
          .set({ state: "sent" })
          .where(sql`${outbox.id} = ${id}`);
      });
    }
  };
  await Promise.all(Array.from({ length: loops }, loop));
  return connector.accepted.length - count;
}

const cardType = "application/vnd.microsoft.card.adaptive";
const plainCard = {
  type: "AdaptiveCard",
  $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
  version: "1.5",
  fallbackText: "hello",
  body: [],
} as const;

async function inParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}
