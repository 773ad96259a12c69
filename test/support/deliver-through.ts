import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { openPostgres, type PostgresOptions } from "../../src/platform/database.ts";
import { createRateLimits, teamsLimits } from "../../src/platform/rate-limits.ts";
import { outbox } from "../../src/platform/schema.ts";
import { startConnector } from "./connector.ts";
import { compareDeliveries, isSettled, type DeliveryAccount } from "./delivery-account.ts";
import { createPlainSend, createPostOffice } from "./post-office.ts";

export interface Through {
  readonly account: DeliveryAccount;
  /** Milliseconds from when the database could be had again to the first message that came through afterwards. */
  readonly resumedMs: number;
  /** So many had come through when it began, and when it ended. */
  readonly before: number;
  readonly after: number;
}

/**
 * One process delivers while something happens to its database, and goes on to the end by itself.
 *
 * @param to `database`: where all is kept; `way`: by which the process reaches it, such as a proxy
 * @param happen resolves when the database can be had again
 */
export async function deliverThrough(
  to: { readonly database: string; readonly way?: string } & PostgresOptions,
  messages: { readonly count: number; readonly perSecond: number },
  happen: () => Promise<unknown>,
): Promise<Through> {
  const { database: url, way = url, ...options } = to;
  const connector = await startConnector();
  const set = openPostgres(url);
  await set.migrate();
  const served = openPostgres(way, options);
  try {
    const office = createPostOffice(served.db, connector.url);
    const outside = createPostOffice(set.db, connector.url);
    await outside.reset();
    const enqueued = Array.from({ length: messages.count }, (_, at) => outside.message(outside.person(), `m${at}`));
    await outside.enqueue(...enqueued);
    const pace = { ...teamsLimits, tenant: { everyMs: 1000 / messages.perSecond, burst: 1 } };
    const engine = office.engine({ send: createPlainSend(), limits: createRateLimits(served.db, pace) });
    engine.start();
    while (connector.accepted.length < messages.count / 5) await sleep(10);
    const before = connector.accepted.length;
    await happen();
    const after = connector.accepted.length;
    const back = performance.now();
    while (connector.accepted.length === after && performance.now() - back < 60_000) await sleep(5);
    const resumedMs = performance.now() - back;
    const rows = () => set.db.select({ ref: outbox.ref, kind: outbox.kind, state: outbox.state }).from(outbox);
    const compare = async (): Promise<DeliveryAccount> =>
      compareDeliveries(
        (await rows()).map(({ ref, ...row }) => ({ about: ref["about"] ?? "", ...row })),
        connector.accepted,
        enqueued.map(({ ref }) => ref["about"] ?? ""),
      );
    const until = performance.now() + 120_000;
    let account = await compare();
    while (!isSettled(account.states) && performance.now() < until) {
      await sleep(200);
      account = await compare();
      // What the process was told of in an answer that never came is nobody's until its lease is over: 30 s.
      if ((account.states["ready"] ?? 0) === 0 && performance.now() - back > 10_000)
        await set.db
          .update(outbox)
          .set({ leasedUntil: sql`clock_timestamp() - interval '1 second'` })
          .where(sql`${outbox.state} in ('leased', 'sending')`);
    }
    await engine.stop();
    return { account: await compare(), resumedMs, before, after };
  } finally {
    await served.close();
    await set.close();
    await connector.stop();
  }
}
