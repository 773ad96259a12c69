import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createRateLimits, teamsLimits } from "../../src/platform/rate-limits.ts";
import { claimQuery } from "../../src/platform/delivery-store.ts";
import { wake } from "../../src/platform/outbox.ts";
import { outbox } from "../../src/platform/schema.ts";
import type { Db } from "../../src/core/db.ts";
import type { Database } from "../../src/platform/database.ts";
import type { Send } from "../../src/platform/delivery-outcomes.ts";
import { faults, startConnector, teamsEnforced, type Connector } from "../support/connector.ts";
import { openTestDatabase } from "../support/database.ts";
import { createPlainSend, createPostOffice, noon } from "../support/post-office.ts";

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

/** What stands in a conversation, in words. */
function said(to?: { conversationId: string }): (string | undefined)[] {
  return connector.accepted
    .filter(({ conversationId }) => to === undefined || conversationId === to.conversationId)
    .map(({ card }) => card?.fallbackText);
}

describe("a message", () => {
  test("is enqueued once per key, however often its fact is told", async () => {
    const ben = office.person();
    const [first] = await office.enqueue(office.message(ben, "induction"));
    expect(await office.enqueue(office.message(ben, "induction"))).toEqual([]);
    expect(await office.engine().deliverDue()).toBe(1);
    expect(said()).toEqual(["induction: open"]);
    expect(await office.stateOf(first!)).toBe("sent");
    expect(await office.enqueue(office.message(ben, "induction"))).toEqual([]);
    expect(await office.engine().deliverDue()).toBe(0);
  });

  test("that waits can be taken back, those of other kinds and people and those that are gone stay", async () => {
    const [ben, chen] = [office.person(), office.person()];
    await office.enqueue(office.message(ben, "sent"));
    await office.engine().deliverDue();
    const worry = office.message(ben, "worry", { kind: "worry" });
    await office.enqueue(office.message(ben, "waits"), worry, office.message(chen, "other"));
    const taken = await database.db.transaction((tx) =>
      office.queue.takeBack(tx, ben.person, ["reminder"], "it goes another way", noon),
    );
    expect(taken).toEqual([{ about: "waits" }]);
    expect((await office.rows()).map(({ about, state, reason }) => [about, state, reason])).toEqual(
      expect.arrayContaining([
        ["waits", "cancelled", "it goes another way"],
        ["worry", "ready", null],
        ["other", "ready", null],
        ["sent", "sent", null],
      ]),
    );
  });

  test("disappears with the transaction that caused it", async () => {
    const undone = database.db.transaction(async (tx) => {
      await office.queue.enqueue(tx, [office.message(office.person())]);
      tx.rollback();
    });
    await expect(undone).rejects.toThrow();
    expect(await office.engine().deliverDue()).toBe(0);
  });

  test("waits for its time", async () => {
    await office.enqueue(office.message(office.person(), "later", { dueAt: noon.add({ hours: 1 }) }));
    await office.engine().deliverDue();
    expect(said()).toEqual([]);
    office.clock.moveTo(noon.add({ hours: 1 }));
    await office.engine().deliverDue();
    expect(said()).toEqual(["later: open"]);
  });

  test("waits for a lane: so many are under way at a time, and the next are in hand meanwhile", async () => {
    let underWay = 0;
    let most = 0;
    let mostHeld = 0;
    const send: Send = async (address, post) => {
      underWay += 1;
      most = Math.max(most, underWay);
      const rows = await office.rows();
      mostHeld = Math.max(mostHeld, rows.filter(({ state }) => state === "leased" || state === "sending").length);
      const result = await createPlainSend()(address, post);
      underWay -= 1;
      return result;
    };
    await office.enqueue(...Array.from({ length: 30 }, () => office.message(office.person())));
    expect(await office.engine({ send, lanes: 4 }).deliverDue()).toBe(30);
    expect(most).toBe(4);
    expect(mostHeld).toBeGreaterThan(4);
    expect(mostHeld).toBeLessThanOrEqual(8);
  });

  test("is cancelled, not sent late, when its use is over", async () => {
    await office.enqueue(office.message(office.person(), "stale", { usefulUntil: noon.add({ hours: 1 }) }));
    office.clock.moveTo(noon.add({ hours: 1 }));
    await office.engine().deliverDue();
    expect(said()).toEqual([]);
    expect(await office.rows()).toMatchObject([
      { state: "cancelled", reason: "its use was over before it could be sent" },
    ]);
    expect(office.settled).toEqual([{ about: "stale", outcome: "cancelled" }]);
  });

  test("is cancelled, with the reason, when it is not wanted any more at the moment of sending", async () => {
    await office.enqueue(office.message(office.person(), "logged"));
    office.unwanted.set("logged", "the meeting was logged");
    await office.engine().deliverDue();
    expect(said()).toEqual([]);
    expect(await office.rows()).toMatchObject([{ state: "cancelled", reason: "the meeting was logged" }]);
  });

  test("goes before less urgent ones", async () => {
    const order = ["bulk", "planned", "urgent", "answer"] as const;
    const ben = office.person();
    await office.enqueue(...order.map((priority) => office.message(ben, priority, { priority })));
    await office.engine({ lanes: 1 }).deliverDue();
    expect(said()).toEqual(["answer: open", "urgent: open", "planned: open", "bulk: open"]);
  });

  test("of a kind that nothing draws any more is listed as failed", async () => {
    await office.enqueue(office.message(office.person(), "old", { kind: "retired" as "reminder" }));
    await office.engine().deliverDue();
    expect(await office.rows()).toMatchObject([{ state: "failed" }]);
  });

  test("to somebody who was erased is cancelled, and their cards are left alone", async () => {
    const [ben, now] = [office.person(), noon];
    await office.enqueue(office.message(ben, "posted"));
    await office.engine().deliverDue();
    await office.enqueue(office.message(ben, "waiting"));
    await database.db.transaction((tx) => office.queue.forget(tx, ben.person, now));
    await office.refresh("meeting:posted", "meeting:waiting");
    await office.engine().deliverDue();
    expect(said()).toEqual(["posted: open"]);
    expect(connector.updates).toEqual([]);
    expect(await office.rows()).toMatchObject([{ state: "sent" }, { state: "cancelled" }]);
  });
});

describe("a process that dies", () => {
  /** Dies for good at the first post: before the answer, or before the post itself. */
  function dyingSend(isPosted: boolean): { readonly send: Send; readonly died: Promise<null> } {
    const died = Promise.withResolvers<null>();
    const send: Send = async (address, post) => {
      if (isPosted) await createPlainSend()(address, post);
      died.resolve(null);
      return new Promise(() => undefined);
    };
    return { send, died: died.promise };
  }

  async function killWhileSending(isPosted: boolean): Promise<void> {
    const { send, died } = dyingSend(isPosted);
    const engine = office.engine({ send });
    engine.start();
    await died;
    // As far as the database can tell, it is dead: it does nothing more, and its post never returns.
    void engine.stop();
  }

  test("between sending and the answer leaves a reminder uncertain: it is never repeated", async () => {
    await office.enqueue(office.message(office.person(), "induction"));
    await killWhileSending(true);
    expect(await office.rows()).toMatchObject([{ state: "sending" }]);
    await office.engine().deliverDue();
    expect(await office.rows()).toMatchObject([{ state: "sending" }]);
    await office.letTimePass();
    await office.engine().deliverDue();
    await office.letTimePass();
    await office.engine().deliverDue();
    expect(said()).toEqual(["induction: open"]);
    expect(await office.rows()).toMatchObject([{ state: "uncertain" }]);
    expect(office.settled).toEqual([{ about: "induction", outcome: "uncertain" }]);
  });

  test("between sending and the answer has a worry repeated once, marked as a repeat", async () => {
    await office.enqueue(office.message(office.person(), "help", { kind: "worry" }));
    await killWhileSending(true);
    await office.letTimePass();
    await office.engine().deliverDue();
    await office.letTimePass();
    await office.engine().deliverDue();
    expect(said()).toEqual([
      "help: open",
      "This may be a repeat: we could not tell whether it reached you the first time. help: open",
    ]);
    expect(JSON.stringify(connector.accepted[1]?.card?.body[0])).toContain("This may be a repeat");
    expect(await office.rows()).toMatchObject([{ state: "sent" }]);
  });

  test("before it marked a row gives it up: another process sends it", async () => {
    await office.enqueue(office.message(office.person(), "induction"));
    await database.db
      .update(outbox)
      .set({
        state: "leased",
        lease: crypto.randomUUID(),
        leasedUntil: sql`clock_timestamp() + interval '30 seconds'`,
      })
      .where(sql`true`);
    await office.engine().deliverDue();
    expect(said()).toEqual([]);
    await office.letTimePass();
    await office.engine().deliverDue();
    expect(said()).toEqual(["induction: open"]);
  });

  test("and comes back with a late answer corrects the list", async () => {
    const answered = Promise.withResolvers<null>();
    const posted = Promise.withResolvers<null>();
    const send: Send = async (address, post) => {
      const result = await createPlainSend()(address, post);
      posted.resolve(null);
      await answered.promise;
      return result;
    };
    await office.enqueue(office.message(office.person(), "induction"));
    const slow = office.engine({ send }).deliverDue();
    await posted.promise;
    await office.letTimePass();
    await office.engine().deliverDue();
    expect(await office.rows()).toMatchObject([{ state: "uncertain" }]);
    answered.resolve(null);
    await slow;
    expect(await office.rows()).toMatchObject([{ state: "sent" }]);
    expect(said()).toEqual(["induction: open"]);
  });

  test("stops gracefully: what waits for a lane is given back", async () => {
    const begun = Promise.withResolvers<null>();
    const go = Promise.withResolvers<null>();
    const send: Send = async (address, post) => {
      begun.resolve(null);
      await go.promise;
      return createPlainSend()(address, post);
    };
    const engine = office.engine({ send, lanes: 1 });
    await office.enqueue(office.message(office.person()), office.message(office.person()));
    engine.start();
    await begun.promise;
    const stopped = engine.stop();
    go.resolve(null);
    await stopped;
    expect(said()).toHaveLength(1);
    expect((await office.rows()).map(({ state }) => state).toSorted()).toEqual(["ready", "sent"]);
  });

  test("stops gracefully: what is under way ends, what was not begun is given back", async () => {
    const begun = Promise.withResolvers<null>();
    const go = Promise.withResolvers<null>();
    const send: Send = async (address, post) => {
      begun.resolve(null);
      await go.promise;
      return createPlainSend()(address, post);
    };
    const pace = { ...teamsLimits, tenant: { everyMs: 5000, burst: 1 }, latenessMs: Infinity };
    const engine = office.engine({ send, limits: createRateLimits(database.db, pace) });
    const ben = office.person();
    await office.enqueue(office.message(ben, "first"), office.message(ben, "second"));
    engine.start();
    await begun.promise;
    const stopped = engine.stop();
    go.resolve(null);
    await stopped;
    expect(said()).toHaveLength(1);
    const rows = await office.rows();
    expect(rows.map(({ state }) => state).toSorted()).toEqual(["ready", "sent"]);
    await office.enqueue(office.message(ben, "third"));
    engine.poke();
    expect(await engine.deliverDue()).toBe(0);
  });
});

describe("what became of messages", () => {
  test("stands although a feature fails on the news of one of them, and the others hear theirs", async () => {
    const told: string[] = [];
    const messages = office.messages.map((message) => ({
      ...message,
      settled: async (tx: Db, { about = "" }: Readonly<Record<string, string>>) => {
        if (about === "bad") await tx.execute(sql`select 1 / 0`);
        told.push(about);
      },
    }));
    await office.enqueue(...["a", "bad", "b"].map((about) => office.message(office.person(), about)));
    const engine = office.engine({ messages });
    // All three end in one moment and are written down together.
    await engine.deliverDue();
    expect((await office.rows()).map(({ state }) => state)).toEqual(["sent", "sent", "sent"]);
    expect(new Set(told)).toEqual(new Set(["a", "b"]));
    expect(office.logged).toContain("A feature failed on the outcome of a message");
  });
});

describe("Teams says no", () => {
  test("429 with Retry-After holds that conversation, and no other", async () => {
    const [ben, chen] = [office.person(), office.person()];
    const engine = office.engine({ limits: createRateLimits(database.db, teamsLimits) });
    connector.fail(faults.throttled(30), { conversationId: office.addressOf(ben).conversationId });
    await office.enqueue(office.message(ben, "a"));
    await engine.deliverDue();
    await office.enqueue(office.message(ben, "b"), office.message(chen, "c"));
    engine.start();
    await expect.poll(() => said()).toEqual(["c: open"]);
    await engine.stop();
    const waits = await database.db
      .select({ seconds: sql<number>`extract(epoch from ${outbox.retryAt} - clock_timestamp())::float8` })
      .from(outbox)
      .where(sql`${outbox.state} = 'ready'`);
    expect(waits).toHaveLength(2);
    for (const { seconds } of waits) expect(seconds).toBeGreaterThan(20);
    await office.letTimePass();
    await office.engine().deliverDue();
    expect(said().toSorted()).toEqual(["a: open", "b: open", "c: open"]);
  });

  test("429 in three conversations holds the tenant", async () => {
    const limits = createRateLimits(database.db, teamsLimits);
    connector.fail(faults.throttled(30), { times: 3 });
    await office.enqueue(...["a", "b", "c"].map((about) => office.message(office.person(), about)));
    await office.engine({ limits }).deliverDue();
    const slot = await limits.reserve(office.addressOf(office.person()), "bulk");
    expect(slot).toMatchObject({ kind: "wait", for: "tenant" });
    expect(slot.inMs).toBeGreaterThan(20_000);
  });

  test("somebody who blocked the bot is unreachable; what is for them waits, with the reason, until they write again", async () => {
    const ben = office.person();
    connector.fail(faults.writesBlocked);
    for (const about of ["a", "b"]) {
      await office.enqueue(office.message(ben, about));
      await office.engine().deliverDue();
    }
    expect(office.unreachable.get(ben.person)).toBe("blocked");
    expect(await office.rows()).toMatchObject([
      { state: "ready", reason: "blocked the bot, or may not be written to" },
      { state: "ready", reason: "cannot be written to: waits until that changes" },
    ]);
    await office.engine().deliverDue();
    expect(connector.calls).toHaveLength(1);

    office.unreachable.delete(ben.person);
    await database.db.transaction((tx) => wake(tx, ben));
    await office.engine().deliverDue();
    expect(said().toSorted()).toEqual(["a: open", "b: open"]);
  });

  test("what waits for somebody unreachable is cancelled when its use is over", async () => {
    const ben = office.person();
    office.unreachable.set(ben.person, "blocked");
    await office.enqueue(office.message(ben, "a", { usefulUntil: noon.add({ hours: 1 }) }));
    await office.engine().deliverDue();
    office.clock.moveTo(noon.add({ hours: 1 }));
    await office.engine().deliverDue();
    expect(await office.rows()).toMatchObject([{ state: "cancelled" }]);
  });

  const once = "reminder" as const;
  test.each([
    ["a server error before delivery", faults.serverError, once, "uncertain", 0],
    ["a bad gateway after delivery", faults.badGatewayAfterDelivery, once, "uncertain", 1],
    ["unavailable", faults.unavailable, once, "uncertain", 0],
    ["a reset before delivery", faults.reset, once, "uncertain", 0],
    ["a reset after delivery", faults.resetAfterDelivery, once, "uncertain", 1],
    ["an answer cut off", faults.truncated, once, "uncertain", 1],
    ["no answer", faults.hang, once, "uncertain", 0],
    ["a bad gateway after delivery", faults.badGatewayAfterDelivery, "worry" as const, "sent", 2],
    ["too many at a time", faults.preconditionFailed, once, "sent", 1],
    ["a wrong registration", faults.notRegistered, once, "sent", 1],
    ["too big", faults.tooBig, once, "sent", 1],
    ["a bad argument", faults.badArgument, once, "failed", 0],
    ["not in the roster", faults.notInRoster, once, "ready", 0],
    ["no such conversation", faults.noConversation, once, "ready", 0],
    ["disabled by the administrator", faults.disabledByAdmin, once, "ready", 0],
  ])("%s: a %# is settled once", async (_name, fault, kind, state, delivered) => {
    connector.fail(fault);
    await office.enqueue(office.message(office.person(), "x", { kind }));
    const engine = office.engine({ send: createPlainSend(200) });
    for (let pass = 0; pass < 3; pass += 1) {
      await engine.deliverDue();
      await office.letTimePass();
    }
    expect(await office.rows()).toMatchObject([{ state }]);
    expect(said()).toHaveLength(delivered);
  });

  test("too big: it is said as one sentence, and the ledger tells", async () => {
    connector.fail(faults.tooBig);
    await office.enqueue(office.message(office.person(), "x"));
    await office.engine().deliverDue();
    expect(said()).toEqual(["x: open"]);
    expect(JSON.stringify(connector.accepted[0]?.card)).toContain("too long for Teams");
    expect(await office.rows()).toMatchObject([
      { state: "sent", reason: "sent as one sentence: the card was too big for Teams" },
    ]);
  });

  test("too big even so: it failed, and is tried no further", async () => {
    connector.fail(faults.tooBig, { times: 9 });
    await office.enqueue(office.message(office.person(), "x"));
    await office.engine().deliverDue();
    await office.letTimePass();
    await office.engine().deliverDue();
    expect(connector.calls).toHaveLength(2);
    expect(await office.rows()).toMatchObject([{ state: "failed" }]);
  });

  test("no permission in one conversation holds no other", async () => {
    const limits = createRateLimits(database.db, teamsLimits);
    connector.fail({ kind: "answer", status: 403, code: "NotEnoughPermissions" });
    await office.enqueue(office.message(office.chat(), "a"));
    await office.engine({ limits }).deliverDue();
    expect(await office.rows()).toMatchObject([{ state: "failed" }]);
    expect(await limits.reserve(office.addressOf(office.person()), "bulk")).toMatchObject({ kind: "go" });
  });

  test("an administrator turned the bot off: the person is unreachable, for that reason", async () => {
    const ben = office.person();
    connector.fail(faults.disabledByAdmin);
    await office.enqueue(office.message(ben, "a"));
    await office.engine().deliverDue();
    expect(office.unreachable.get(ben.person)).toBe("disabled");
  });

  test("a worry that Teams never answers clearly ends as uncertain after five tries", async () => {
    connector.fail(faults.serverError, { times: 50 });
    await office.enqueue(office.message(office.person(), "x", { kind: "worry" }));
    for (let pass = 0; pass < 8; pass += 1) {
      await office.engine().deliverDue();
      await office.letTimePass();
    }
    expect(connector.calls).toHaveLength(5);
    expect(await office.rows()).toMatchObject([{ state: "uncertain" }]);
  });

  test("waits grow with each try", async () => {
    connector.fail(faults.preconditionFailed, { times: 6 });
    await office.enqueue(office.message(office.person(), "x"));
    const waits: number[] = [];
    for (let pass = 0; pass < 6; pass += 1) {
      await office.engine().deliverDue();
      const [row] = await database.db
        .select({ seconds: sql<number>`extract(epoch from ${outbox.retryAt} - clock_timestamp())::float8` })
        .from(outbox);
      waits.push(row?.seconds ?? 0);
      await office.letTimePass();
    }
    // Each is at least half of 2 s doubled for every earlier try.
    waits.forEach((seconds, tries) => expect(seconds).toBeGreaterThan(0.45 * 2 * 2 ** tries));
  });
});

describe("a card that stands in a chat", () => {
  test("is drawn anew in place, once, however often it went out of date before that", async () => {
    const chat = office.chat();
    await office.enqueue(office.message(chat, "plan"));
    await office.engine().deliverDue();
    office.words.set("plan", "yes 1");
    await office.refresh("meeting:plan");
    office.words.set("plan", "yes 2");
    await office.refresh("meeting:plan", "meeting:other");
    await office.engine().deliverDue();
    expect(connector.updates.map(({ card }) => card?.fallbackText)).toEqual(["plan: yes 2"]);
    expect(connector.updates[0]?.activityId).toBe(connector.accepted[0]?.activityId);
    expect(await office.updates()).toMatchObject([{ state: "sent" }]);
    await office.engine().deliverDue();
    expect(connector.updates).toHaveLength(1);
  });

  test("that was not sent yet goes out in its new form, without an update", async () => {
    await office.enqueue(office.message(office.chat(), "plan"));
    office.words.set("plan", "moved");
    await office.refresh("meeting:plan");
    await office.engine().deliverDue();
    expect(said()).toEqual(["plan: moved"]);
    expect(connector.updates).toEqual([]);
    expect(await office.updates()).toEqual([]);
  });

  test("that is on its way in its old form is updated after it arrived", async () => {
    const drawn = Promise.withResolvers<null>();
    const go = Promise.withResolvers<null>();
    const send: Send = async (address, post) => {
      if (!("replaces" in post)) {
        drawn.resolve(null);
        await go.promise;
      }
      return createPlainSend()(address, post);
    };
    await office.enqueue(office.message(office.chat(), "plan"));
    const first = office.engine({ send });
    const delivered = first.deliverDue();
    await drawn.promise;
    office.words.set("plan", "moved");
    await office.refresh("meeting:plan");
    const second = office.engine();
    const updated = second.deliverDue();
    go.resolve(null);
    await Promise.all([delivered, updated]);
    expect(said()).toEqual(["plan: open"]);
    expect(connector.updates.map(({ card }) => card?.fallbackText)).toEqual(["plan: moved"]);
  });

  test.each([
    ["that may not have arrived", faults.badGatewayAfterDelivery],
    ["that Teams refused", faults.badArgument],
  ])("%s is not updated: the request is dropped, with the reason", async (_name, fault) => {
    connector.fail(fault);
    await office.enqueue(office.message(office.chat(), "plan"));
    await office.refresh("meeting:plan");
    await database.db
      .update(outbox)
      .set({ dueAt: noon.add({ hours: 1 }) })
      .where(sql`${outbox.updates} is not null`);
    await office.engine().deliverDue();
    office.clock.moveTo(noon.add({ hours: 1 }));
    await office.engine().deliverDue();
    expect(connector.updates).toEqual([]);
    expect(await office.updates()).toMatchObject([
      { state: "cancelled", reason: "its card was not posted, or not for sure" },
    ]);
  });

  test("that somebody deleted is not updated again", async () => {
    await office.enqueue(office.message(office.chat(), "plan"));
    await office.engine().deliverDue();
    connector.fail(faults.noActivity, { method: "PUT" });
    await office.refresh("meeting:plan");
    await office.engine().deliverDue();
    await office.refresh("meeting:plan");
    await office.engine().deliverDue();
    expect(connector.updates).toEqual([]);
    expect(await office.updates()).toMatchObject([{ state: "cancelled" }]);
  });

  test("is updated again when Teams gave no clear answer: that changes nothing twice", async () => {
    await office.enqueue(office.message(office.chat(), "plan"));
    await office.engine().deliverDue();
    connector.fail({ kind: "reset", delivered: true }, { method: "PUT" });
    await office.refresh("meeting:plan");
    await office.engine().deliverDue();
    await office.letTimePass();
    await office.engine().deliverDue();
    expect(connector.updates).toHaveLength(2);
    expect(await office.updates()).toMatchObject([{ state: "sent" }]);
  });
});

describe("limits", () => {
  test("nine messages to one chat go at Teams' pace, without a 429", async () => {
    const strict = await startConnector({ latencyMs: 0, limits: teamsEnforced });
    try {
      const there = createPostOffice(database.db, strict.url);
      const chat = there.chat();
      await there.enqueue(...Array.from({ length: 9 }, (_, at) => there.message(chat, `m${at}`)));
      await there.engine({ limits: createRateLimits(database.db, teamsLimits) }).deliverDue();
      expect(strict.accepted).toHaveLength(9);
      expect(strict.calls.filter(({ status }) => status === 429)).toEqual([]);
      expect(strict.most(1)).toBeLessThanOrEqual(7);
    } finally {
      await strict.stop();
    }
  });
});

describe("a long list", () => {
  test("costs a look with nothing due no more than a short one", async () => {
    const far = sql`${noon.add({ hours: 24 }).toString()}::timestamptz`;
    const useful = (state: string) => (state === "sent" ? sql`${noon.toString()}::timestamptz` : far);
    const fill = (from: number, to: number, state: string) =>
      database.db.execute(sql`
        insert into outbox (id, kind, ref, person, dedupe_key, priority, due_at, useful_until, state, state_since, subjects)
        select gen_random_uuid(), 'reminder', '{}', gen_random_uuid(), ${state} || n, n % 4,
          ${far} + n * interval '1 second', ${useful(state)} - interval '1 hour', ${state}, ${far}, array['meeting:' || n]
        from generate_series(${from}::int, ${to}::int) as n`);
    await fill(1, 500, "ready");
    await database.db.execute(sql`analyze outbox`);
    const short = await explainClaim();
    await fill(501, 20_000, "ready");
    await fill(1, 20_000, "sent");
    await database.db.execute(sql`analyze outbox`);
    const long = await explainClaim();
    expect(long.plan).not.toContain("Seq Scan on outbox");
    expect(long.buffers).toBeLessThan(short.buffers + 40);
  });

  async function explainClaim(): Promise<{ plan: string; buffers: number }> {
    const query = claimQuery(database.db, { lease: crypto.randomUUID(), now: noon, atMost: 8 });
    const plan = JSON.stringify(await database.db.execute(sql`explain (analyze, buffers) ${query.getSQL()}`));
    const [, hit = "0"] = /shared hit=(\d+)/.exec(plan) ?? [];
    const [, read = "0"] = /shared hit=\d+ read=(\d+)/.exec(plan) ?? [];
    return { plan, buffers: Number(hit) + Number(read) };
  }

  test("of 5,000 is enqueued whole, and again without a second of any", async () => {
    const many = Array.from({ length: 5000 }, (_, at) => office.message(office.person(), `m${at}`));
    expect(new Set(await office.enqueue(...many)).size).toBe(5000);
    expect(await office.enqueue(...many)).toEqual([]);
  });
});

const server = process.env["DATABASE_URL"];

describe.skipIf(server === undefined || server === "")("several processes on one PostgreSQL", () => {
  test("send each of 1,000 messages once", async () => {
    const people = Array.from({ length: 1000 }, () => office.person());
    await office.enqueue(...people.map((person, at) => office.message(person, `m${at}`)));
    const sent = await Promise.all([office.engine(), office.engine(), office.engine()].map((one) => one.deliverDue()));
    expect(sent.every((count) => count > 100)).toBe(true);
    expect(said()).toHaveLength(1000);
    expect(new Set(said()).size).toBe(1000);
  });

  test("draw one card anew one after the other, and the newest last", async () => {
    await office.enqueue(office.message(office.chat(), "plan"));
    await office.engine().deliverDue();
    const engines = [office.engine(), office.engine(), office.engine()];
    for (const engine of engines) engine.start();
    for (let answers = 1; answers <= 30; answers += 1) {
      office.words.set("plan", `yes ${answers}`);
      await office.refresh("meeting:plan");
      for (const engine of engines) engine.poke();
    }
    await expect.poll(() => connector.updates.at(-1)?.card?.fallbackText, { timeout: 5000 }).toBe("plan: yes 30");
    await Promise.all(engines.map((engine) => engine.stop()));
    const shown = connector.updates.map(({ card }) => Number(card?.fallbackText.split(" ").at(-1)));
    expect(shown).toEqual(shown.toSorted((a, b) => a - b));
    expect(shown.length).toBeLessThan(30);
  });

  test("keep one limit together", async () => {
    const strict = await startConnector({ latencyMs: 5, limits: teamsEnforced });
    try {
      const there = createPostOffice(database.db, strict.url);
      await there.enqueue(...Array.from({ length: 120 }, (_, at) => there.message(there.person(), `m${at}`)));
      const engines = [1, 2, 3].map(() => there.engine({ limits: createRateLimits(database.db, teamsLimits) }));
      await Promise.all(engines.map((engine) => engine.deliverDue()));
      expect(strict.accepted).toHaveLength(120);
      expect(strict.calls.filter(({ status }) => status === 429)).toEqual([]);
      expect(strict.most(1)).toBeLessThanOrEqual(50);
    } finally {
      await strict.stop();
    }
  });
});
