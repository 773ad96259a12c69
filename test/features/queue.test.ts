import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Database } from "../../src/platform/database.ts";
import { createLateWatch, queueQuery, readQueue } from "../../src/platform/queue.ts";
import { outbox } from "../../src/platform/schema.ts";
import { faults, startConnector, type Connector } from "../support/connector.ts";
import { openTestDatabase } from "../support/database.ts";
import { createPlainSend, createPostOffice, noon } from "../support/post-office.ts";
import { testLog } from "../support/teams.ts";

let database: Database;
let connector: Connector;
let office: ReturnType<typeof createPostOffice>;

beforeAll(async () => {
  database = await openTestDatabase();
  connector = await startConnector({ latencyMs: 0 });
  office = createPostOffice(database.db, connector.url);
});
afterAll(async () => {
  await connector.stop();
  await database.close();
});
beforeEach(async () => {
  connector.clear();
  await office.reset();
});

const look = (at = noon) => readQueue(database.db, at);
const inMinutes = (minutes: number) => noon.add({ minutes });

describe("the outbox at a glance", () => {
  test("is empty when nothing waits", async () => {
    const nothing = { due: 0, triedAgain: 0, waitingForRecipient: 0, underWay: 0, uncertain: 0, failed: 0, late: 0 };
    expect(await look()).toEqual({ ...nothing, oldestDue: null });
  });

  test("tells what is due since when, what Teams did not take, what waits for people, and what is in doubt", async () => {
    const [away, ben] = [office.person(), office.person()];
    office.unreachable.set(away.person, "blocked");
    const send = createPlainSend();
    connector.fail(faults.preconditionFailed, { conversationId: office.addressOf(ben).conversationId });
    connector.fail(faults.serverError, { conversationId: office.addressOf(office.chat()).conversationId });
    await office.enqueue(office.message(away, "away"), office.message(ben, "tried"));
    await office.engine({ send }).deliverDue();
    connector.fail(faults.serverError);
    await office.enqueue(office.message(office.person(), "doubt"));
    await office.engine({ send }).deliverDue();
    connector.fail(faults.badArgument);
    await office.enqueue(office.message(office.person(), "refused"));
    await office.engine({ send }).deliverDue();
    await office.enqueue(
      office.message(ben, "later", { dueAt: inMinutes(60) }),
      office.message(ben, "soon", { dueAt: inMinutes(2), priority: "bulk" }),
      office.message(ben, "next", { dueAt: inMinutes(3), priority: "urgent" }),
    );
    expect(await look(inMinutes(5))).toMatchObject({
      due: 2,
      triedAgain: 1,
      waitingForRecipient: 1,
      uncertain: 1,
      failed: 1,
      late: 0,
      oldestDue: noon,
    });
    await office.letTimePass();
    await office.engine({ send }).deliverDue();
    expect(await look(inMinutes(5))).toMatchObject({ due: 2, triedAgain: 0, oldestDue: inMinutes(2) });
  });

  test("calls late what is free to go and still here after ten minutes, not what waits for somebody", async () => {
    const away = office.person();
    office.unreachable.set(away.person, "blocked");
    connector.fail(faults.preconditionFailed);
    await office.enqueue(office.message(away, "away"), office.message(office.person(), "tried"));
    await office.engine().deliverDue();
    await office.enqueue(office.message(office.person(), "stuck", { dueAt: inMinutes(1) }));
    expect((await look(inMinutes(9))).late).toBe(0);
    expect((await look(inMinutes(10))).late).toBe(1);
    expect((await look(inMinutes(11))).late).toBe(2);
    expect((await look(inMinutes(6000))).late).toBe(2);
  });

  test("counts to a thousand and no further", async () => {
    await office.enqueue(...Array.from({ length: 1200 }, (_, at) => office.message(office.person(), `m${at}`)));
    expect(await look(inMinutes(20))).toMatchObject({ due: 1000, late: 1000 });
  });

  test("costs the same whatever the history", async () => {
    const fill = (from: number, to: number, state: string) =>
      database.db.execute(sql`
        insert into outbox (id, kind, ref, person, dedupe_key, priority, due_at, state, state_since)
        select gen_random_uuid(), 'reminder', '{}', gen_random_uuid(), ${state} || n, n % 4,
          ${noon.toString()}::timestamptz - n * interval '1 second', ${state}, ${noon.toString()}::timestamptz
        from generate_series(${from}::int, ${to}::int) as n`);
    await fill(1, 100, "sent");
    await office.enqueue(...Array.from({ length: 50 }, (_, at) => office.message(office.person(), `m${at}`)));
    await database.db.execute(sql`analyze outbox`);
    const short = await explain();
    await fill(101, 10_000, "sent");
    await fill(1, 5_000, "cancelled");
    await database.db.execute(sql`analyze outbox`);
    const long = await explain();
    expect(long.plan).not.toContain("Seq Scan on outbox");
    expect(long.buffers).toBeLessThan(short.buffers + 40);
  });

  async function explain(): Promise<{ plan: string; buffers: number }> {
    const query = queueQuery(database.db, noon).getSQL();
    const plan = JSON.stringify(await database.db.execute(sql`explain (analyze, buffers) ${query}`));
    const [, hit = "0"] = /shared hit=(\d+)/.exec(plan) ?? [];
    const [, read = "0"] = /shared hit=\d+ read=(\d+)/.exec(plan) ?? [];
    return { plan, buffers: Number(hit) + Number(read) };
  }
});

describe("the log", () => {
  test("says once a minute that messages are late, and nothing when none is", async () => {
    const log = testLog();
    let elapsed = 0;
    const watch = createLateWatch(database.db, log, () => elapsed);
    await watch(noon);
    expect(log.lines).toEqual([]);
    await office.enqueue(office.message(office.person(), "stuck"));
    await watch(inMinutes(9));
    expect(log.lines).toEqual([]);
    for (let ticks = 0; ticks < 120; ticks += 1) {
      await watch(inMinutes(15));
      elapsed += 1000;
    }
    expect(log.lines).toHaveLength(3);
    expect(log.lines[0]).toEqual({
      level: "warn",
      message: "Messages are late",
      fields: expect.objectContaining({ late: 1, due: 1, oldestDue: noon.toString() }),
    });
    await database.db.delete(outbox);
    elapsed += 100_000;
    await watch(inMinutes(15));
    expect(log.lines).toHaveLength(3);
  });
});
