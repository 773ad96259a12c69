import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { card } from "../../src/core/card.ts";
import { z } from "zod/v4";
import { NotAllowed, UserError } from "../../src/core/errors.ts";
import type { Db } from "../../src/core/db.ts";
import type { Deps, OutsideDeps, Feature, Happening, Reply, Role, Turn } from "../../src/core/feature.ts";
import { auditLog, contacts, people } from "../../src/features/programme/schema.ts";
import { roster } from "../../src/features/programme/service.ts";
import { seenActivities } from "../../src/platform/schema.ts";
import { createTurns, forgetOldActivities } from "../../src/platform/teams/turns.ts";
import {
  activitiesOf,
  channel,
  groupChat,
  personal,
  startConnector,
  startService,
  testBot,
  testTenant,
  type Connector,
  type TestService,
} from "../support/teams.ts";
import { createWorld, stranger, type World } from "../support/world.ts";

const everybody: readonly Role[] = ["mentor", "mentee", "coordinator"];
const saved = card("Saved", []);

let world: World;
let connector: Connector;
let service: TestService;
let make: ReturnType<typeof activitiesOf>;
/** What the turns are given; `null` while the database is not there. */
let deps: OutsideDeps | null;
/** What the feature under test was asked, in order. */
let asked: { what: string; turn?: Turn; data?: unknown; happening?: Happening }[];

/** Writes something, so that a rollback shows. */
async function write({ db }: Deps, { speaker }: Turn): Promise<void> {
  await db.update(people).set({ timeZone: "Pacific/Apia" }).where(eq(people.id, speaker.person));
}

async function wrote(who: { readonly id: typeof people.$inferSelect.id }): Promise<boolean> {
  const [row] = await world.db.select({ timeZone: people.timeZone }).from(people).where(eq(people.id, who.id));
  return row?.timeZone === "Pacific/Apia";
}

function text(words: string): Reply {
  return { kind: "text", text: words };
}

function listenTo<Kind extends Happening["kind"]>(to: Kind, answer: Reply = { kind: "nothing" }) {
  return {
    to,
    handle: (_deps: Deps, happening: Happening) => {
      asked.push({ what: to, happening });
      return Promise.resolve(answer);
    },
  };
}

const feature: Feature = {
  name: "test",
  commands: [
    {
      words: ["meetings", "progress"],
      help: "shows your meetings",
      where: ["personal", "chat"],
      who: everybody,
      handle: async (inTurn, turn, rest) => {
        asked.push({ what: "meetings", turn, data: rest });
        await write(inTurn, turn);
        return text(`meetings ${rest}`.trim());
      },
    },
    {
      words: ["overdue"],
      help: "lists what is overdue",
      where: ["personal"],
      who: ["coordinator"],
      handle: () => Promise.resolve({ kind: "card", card: saved }),
    },
    {
      words: ["quarrel"],
      help: "fails",
      where: ["personal"],
      who: everybody,
      handle: async (inTurn, turn) => {
        asked.push({ what: "quarrel" });
        await write(inTurn, turn);
        throw new UserError("That day is over already.");
      },
    },
  ],
  actions: [
    {
      verb: "test.save",
      handle: async (inTurn, turn, data) => {
        asked.push({ what: "save", turn, data });
        await write(inTurn, turn);
        return { kind: "card", card: saved };
      },
    },
    {
      verb: "test.parse",
      handle: async (inTurn, turn, data) => {
        await write(inTurn, turn);
        z.object({ id: z.uuid() }).parse(data);
        return { kind: "nothing" };
      },
    },
    {
      verb: "test.look",
      // Writes on its own before the turn's transaction, which is then rolled back.
      prepare: async (outside, { speaker }) => {
        await outside.db.update(people).set({ timeZone: "Pacific/Apia" }).where(eq(people.id, speaker.person));
        return async (inTurn) => {
          await inTurn.db.update(people).set({ timeZone: "Pacific/Apia" }).where(eq(people.id, world.people.chen.id));
          throw new UserError("Minutes are between 5 and 600.");
        };
      },
    },
    { verb: "test.quiet", handle: () => Promise.resolve({ kind: "nothing" }) },
    { verb: "test.say", handle: () => Promise.resolve(text("Said.")) },
    {
      verb: "test.refuse",
      handle: async (inTurn, turn) => {
        await write(inTurn, turn);
        throw new UserError("Minutes are between 5 and 600.");
      },
    },
    {
      verb: "test.forbid",
      handle: async (inTurn, turn) => {
        await write(inTurn, turn);
        throw new NotAllowed("test.forbid", "entry-1");
      },
    },
    {
      verb: "test.break",
      handle: async (inTurn, turn) => {
        await write(inTurn, turn);
        throw new TypeError("cannot read “I feel so alone”");
      },
    },
    {
      verb: "test.query",
      handle: async (inTurn) => {
        await inTurn.db.execute(sql`select ${"I feel so alone"}::integer`);
        return text("never");
      },
    },
    {
      verb: "test.lose",
      handle: () => Promise.reject(Object.assign(new Error("connection to db.internal"), { code: "ECONNREFUSED" })),
    },
  ],
  listeners: [
    listenTo("reachable", text("Hello!")),
    listenTo("left"),
    listenTo("added-to-chat", text("Hello, all!")),
    listenTo("removed-from-chat", text("Goodbye")),
    listenTo("chat-changed"),
  ],
};

beforeAll(async () => {
  world = await createWorld();
  connector = await startConnector();
  make = activitiesOf(connector.serviceUrl);
  service = await startService({
    turns: (teams) =>
      createTurns({
        deps: () => deps,
        roster,
        features: [feature],
        member: teams.directory.member,
        strangerText: "I do not know you yet. Please ask Student Wellbeing.",
        help: (_deps, _turn, typed) => Promise.resolve(text(`I know: meetings. Not: ${typed}`)),
      }),
  });
});

afterAll(async () => {
  await service.close();
  await connector.close();
  await world.close();
});

beforeEach(async () => {
  await world.reset();
  // Everybody is known where these tests' activities come from, so that turns have nothing else to keep.
  await world.db.update(contacts).set({ serviceUrl: connector.serviceUrl, tenantId: testTenant, botId: testBot });
  deps = world.deps;
  asked = [];
  connector.calls.length = 0;
  connector.people.length = 0;
  connector.answer = () => null;
  service.log.lines.length = 0;
  world.log.clear();
});

async function contactOf(id: typeof contacts.$inferSelect.person) {
  const [row] = await world.db.select().from(contacts).where(eq(contacts.person, id));
  return row;
}

/** Without a token: authentication has tests of its own. */
function post(activity: Parameters<TestService["post"]>[0]) {
  return service.post(activity);
}

/** What was posted into chats: where, and the words. */
function posted(): readonly (readonly [where: string, said: unknown])[] {
  return connector.calls
    .filter(({ method }) => method === "POST")
    .map(({ path, body }) => {
      const where = decodeURIComponent(/conversations\/([^/]+)/.exec(path)?.[1] ?? "");
      return [where, body["text"] ?? body["summary"]] as const;
    });
}

async function audited(): Promise<readonly unknown[]> {
  return await world.db
    .select({ what: auditLog.what, subject: auditLog.subject, person: auditLog.person })
    .from(auditLog);
}

function inResponse(type: "card.adaptive" | "activity.message", value: unknown) {
  return { status: 200, body: { statusCode: 200, type: `application/vnd.microsoft.${type}`, value } };
}

describe("a pressed button", () => {
  test("is answered in the response, without a call to Teams", async () => {
    const { aisyah } = world.people;
    const answer = await post(make.execute(aisyah, "test.save", { minutes: "60" }));
    expect(answer).toEqual(inResponse("card.adaptive", saved));
    expect(asked).toMatchObject([
      {
        what: "save",
        data: { minutes: "60" },
        turn: { speaker: { person: aisyah.id }, place: { kind: "personal" }, now: world.clock.now() },
      },
    ]);
    expect(await wrote(aisyah)).toBe(true);
    expect(connector.calls).toEqual([]);
  });

  test("reaches the same handler from clients that send it as a message, and is answered there", async () => {
    const { aisyah } = world.people;
    expect(await post(make.submit(aisyah, "test.save", { minutes: "60" }))).toEqual({ status: 200, body: null });
    expect(asked).toMatchObject([{ what: "save", data: { minutes: "60" } }]);
    expect(posted()).toEqual([[`a:${aisyah.userId}`, "Saved"]]);
  });

  test("in a group's chat is answered to its presser alone", async () => {
    const { ben } = world.people;
    const maple = groupChat("maple");
    expect(await post(make.execute(ben, "test.save", {}, maple))).toEqual(inResponse("card.adaptive", saved));
    expect(asked[0]?.turn?.place).toMatchObject({ kind: "chat", group: null });
    expect(posted()).toEqual([]);

    await post(make.submit(ben, "test.save", {}, maple));
    expect(posted()).toEqual([[`a:${ben.userId}`, "Saved"]]);
  });

  test("in a group's chat, by somebody who cannot be written to, is answered without a word about it", async () => {
    const { ben } = world.people;
    await world.db.update(contacts).set({ state: "removed" }).where(eq(contacts.person, ben.id));
    await post(make.submit(ben, "test.save", {}, groupChat("maple")));
    expect(posted()).toEqual([["19:maple@thread.v2", expect.stringContaining("in private")]]);
    expect(await wrote(ben)).toBe(true);
  });

  test("with nothing to say is still answered; as a message it is not", async () => {
    const { ben } = world.people;
    expect(await post(make.execute(ben, "test.quiet"))).toEqual(inResponse("activity.message", "Done."));
    await post(make.submit(ben, "test.quiet"));
    expect(posted()).toEqual([]);
  });

  test("of a card that nobody knows any more says so", async () => {
    const { ben } = world.people;
    const outOfDate = inResponse("activity.message", expect.stringContaining("out of date"));
    expect(await post(make.execute(ben, "gone.verb"))).toEqual(outOfDate);
    expect(await post(make.execute(ben, ""))).toEqual(outOfDate);
    await post(make.submit(ben, "gone.verb"));
    expect(posted()).toEqual([[`a:${ben.userId}`, expect.stringContaining("out of date")]]);
  });

  test("that cannot be read, or is of another kind, harms nothing", async () => {
    const { ben } = world.people;
    const broken = await post({ ...make.execute(ben, "test.save"), value: "?" });
    expect(broken).toMatchObject({ status: 200, body: { statusCode: 400, type: "application/vnd.microsoft.error" } });
    const other = await post({ ...make.execute(ben, "test.save"), name: "task/fetch" });
    expect(other).toEqual({ status: 501, body: null });
    expect(asked).toEqual([]);
  });
});

describe("what goes wrong", () => {
  test("a mistake is answered with its sentence, and nothing is changed", async () => {
    const { ben } = world.people;
    const sentence = "Minutes are between 5 and 600.";
    expect(await post(make.execute(ben, "test.refuse"))).toEqual(inResponse("activity.message", sentence));
    await post(make.submit(ben, "test.refuse"));
    expect(posted()).toEqual([[`a:${ben.userId}`, sentence]]);
    expect(await wrote(ben)).toBe(false);
    expect(service.log.lines).toEqual([]);
  });

  test("what somebody may not do changes nothing, and is written to the audit log", async () => {
    const { ben } = world.people;
    const answer = await post(make.execute(ben, "test.forbid"));
    expect(answer).toEqual(inResponse("activity.message", expect.stringContaining("ask a coordinator")));
    expect(await wrote(ben)).toBe(false);
    expect(await audited()).toEqual([{ what: "test.forbid", subject: "entry-1", person: ben.id }]);
  });

  test("a forged card that cannot be read changes nothing, is no fault of ours, and is written to the audit log", async () => {
    const { ben } = world.people;
    const answer = await post(make.execute(ben, "test.parse", { id: "'; drop table people" }));
    expect(answer).toEqual(inResponse("activity.message", expect.stringContaining("out of date")));
    expect(await wrote(ben)).toBe(false);
    expect(await audited()).toEqual([{ what: "unreadable test.parse", subject: null, person: ben.id }]);
    expect(world.log.lines).toEqual([]);
  });

  test("in a chat nobody else reads what somebody was refused", async () => {
    await post(make.submit(world.people.ben, "test.forbid", {}, groupChat("maple")));
    expect(posted()).toEqual([["19:maple@thread.v2", expect.stringContaining("in private")]]);
  });

  test.each([
    ["test.break", "TypeError"],
    ["test.query", "22P02"],
  ])("a fault in %s is one apology with the number that is in the log, and nobody's words", async (verb, sign) => {
    const { ben } = world.people;
    const { status, body } = await post(make.execute(ben, verb));
    expect(status).toBe(200);
    const said = String(body?.["value"]);
    const [line, ...more] = world.log.lines;
    expect(more).toEqual([]);
    expect(line).toMatchObject({ level: "error", message: "A turn failed" });
    expect(said).toContain(String(line?.fields["reference"]));
    expect(JSON.stringify(line)).toContain(sign);
    expect(JSON.stringify([line, body])).not.toMatch(/alone/);
    expect(line?.fields["stack"]).toMatch(/^\s+at .*turns\.test\.ts/m);
    expect(said).not.toMatch(/\bat |Error/);
    expect(await wrote(ben)).toBe(false);
  });

  test("a fault in a message is told where it was typed, once", async () => {
    const { ben } = world.people;
    await post(make.submit(ben, "test.break"));
    expect(posted()).toEqual([[`a:${ben.userId}`, expect.stringContaining("went wrong")]]);
  });

  test("a database that goes is said in a sentence", async () => {
    const { ben } = world.people;
    const sorry = expect.stringContaining("can't reach my notes");
    expect(await post(make.execute(ben, "test.lose"))).toEqual(inResponse("activity.message", sorry));
    expect(JSON.stringify(world.log.lines)).not.toContain("db.internal");
  });

  test("so is one that is not there yet, and an event then asks nobody", async () => {
    const { ben } = world.people;
    deps = null;
    const sorry = expect.stringContaining("can't reach my notes");
    expect(await post(make.execute(ben, "test.save"))).toEqual(inResponse("activity.message", sorry));
    await post(make.typed(ben, "meetings"));
    await post(make.installation(ben, "add", groupChat("maple")));
    expect(posted()).toEqual([[`a:${ben.userId}`, sorry]]);
  });

  describe("an event that cannot be heard", () => {
    const ben = () => world.people.ben;
    const failed = { status: 503, body: null };

    test("while the database is not there is answered as failed, so that Teams repeats it", async () => {
      deps = null;
      expect(await post(make.installation(ben(), "add", groupChat("maple")))).toEqual(failed);
      deps = world.deps;
      expect((await post(make.installation(ben(), "add", groupChat("maple")))).status).toBe(200);
      expect(asked.map(({ what }) => what)).toEqual(["added-to-chat"]);
    });

    test("because the database goes in its midst is too, and the repeat finds nothing half done", async () => {
      const { aisyah } = world.people;
      const gone = () => Promise.reject(Object.assign(new Error("terminated"), { code: "57P01" }));
      deps = { ...world.deps, db: Object.assign(Object.create(world.db) as Db, { transaction: gone }) };
      expect(await post(make.installation(aisyah, "remove", personal(aisyah)))).toEqual(failed);
      expect((await contactOf(aisyah.id))?.state).toBe("reachable");
      deps = world.deps;
      expect((await post(make.installation(aisyah, "remove", personal(aisyah)))).status).toBe(200);
      expect((await contactOf(aisyah.id))?.state).toBe("removed");
    });

    test("because Teams does not say who installed the bot is too", async () => {
      const { liam } = world.people;
      connector.answer = () => ({ status: 503, body: {} });
      expect(await post(make.installation(liam, "add", personal(liam)))).toEqual(failed);
    });

    test("a message is not: its sender was told already", async () => {
      deps = null;
      expect((await post(make.typed(ben(), "meetings"))).status).toBe(200);
      expect((await post(make.submit(ben(), "test.save"))).status).toBe(200);
    });
  });

  test("Teams is asked before the transaction, which a slow answer would hold open", async () => {
    const { ben, chen } = world.people;
    expect((await post(make.execute(ben, "test.look"))).body?.["value"]).toBe("Minutes are between 5 and 600.");
    expect([await wrote(ben), await wrote(chen)]).toEqual([true, false]);
  });

  test("an answer that does not reach Teams is logged, and the turn stands", async () => {
    const { ben } = world.people;
    connector.answer = () => ({ status: 502, body: { error: { code: "ServiceError", message: "no: meetings" } } });
    expect((await post(make.typed(ben, "meetings"))).status).toBe(200);
    expect(await wrote(ben)).toBe(true);
    expect(connector.calls.length).toBe(1);
    expect(service.log.lines).toMatchObject([{ level: "warn", fields: { status: 502, code: "ServiceError" } }]);
  });
});

describe("typed words", () => {
  test("reach their command, with slips, and the rest of the line", async () => {
    const { ben } = world.people;
    await post(make.typed(ben, "Meetigns: in May"));
    expect(asked).toMatchObject([{ what: "meetings", data: "in May", turn: { speaker: { person: ben.id } } }]);
    expect(posted()).toEqual([[`a:${ben.userId}`, "meetings in May"]]);
  });

  test("that mean nothing are answered with help", async () => {
    const { ben } = world.people;
    await post(make.typed(ben, "I felt helpless in class"));
    expect(posted()).toEqual([[`a:${ben.userId}`, "I know: meetings. Not: I felt helpless in class"]]);
    expect(await audited()).toEqual([]);
  });

  test("for others are answered as if they did not exist, and noted", async () => {
    const { ben, maya } = world.people;
    await post(make.typed(ben, "overdue"));
    await post(make.typed(maya, "overdue"));
    expect(posted()).toEqual([
      [`a:${ben.userId}`, "I know: meetings. Not: overdue"],
      [`a:${maya.userId}`, "Saved"],
    ]);
    expect(await audited()).toEqual([{ what: "refused word overdue", subject: null, person: ben.id }]);
  });

  test("in a chat are heard only when the bot is mentioned, and only those that are meant for chats", async () => {
    const { maya } = world.people;
    const maple = groupChat("maple");
    await post({ ...make.typed(maya, "meetings", maple), entities: [] });
    expect(posted()).toEqual([]);
    await post(make.typed(maya, "meetings", maple));
    await post(make.typed(maya, "overdue", maple));
    expect(posted()).toEqual([
      ["19:maple@thread.v2", "meetings"],
      ["19:maple@thread.v2", "I know: meetings. Not: overdue"],
    ]);
  });

  test("in a channel are answered in their thread", async () => {
    await post(make.typed(world.people.maya, "meetings", channel("year-1", "maple", "77")));
    expect(posted()).toEqual([["19:maple@thread.tacv2;messageid=77", "meetings"]]);
  });

  test("that Teams repeats are answered once, also when both come together", async () => {
    const { ben } = world.people;
    const message = make.typed(ben, "meetings");
    await Promise.all([post(message), post(message)]);
    await post(message);
    expect(asked.length).toBe(1);
    expect(posted().length).toBe(1);
    await post(make.typed(ben, "meetings"));
    expect(asked.length).toBe(2);
  });

  test("that were refused are not refused again when Teams repeats them", async () => {
    const message = make.typed(world.people.ben, "quarrel");
    await post(message);
    await post(message);
    expect(posted().map(([, said]) => said)).toEqual(["That day is over already."]);
  });

  test("that were heard are forgotten after a day", async () => {
    await post(make.typed(world.people.ben, "meetings"));
    await forgetOldActivities(world.db, world.clock.now().add({ hours: 23 }));
    expect(await world.db.select().from(seenActivities)).toHaveLength(1);
    await forgetOldActivities(world.db, world.clock.now().add({ hours: 25 }));
    expect(await world.db.select().from(seenActivities)).toEqual([]);
  });
});

describe("who is speaking", () => {
  test("somebody new is known by the e-mail that Teams' own roster has, never by what the message says", async () => {
    const { liam } = world.people;
    connector.people.push(liam);
    await post(make.typed(liam, "meetings"));
    expect(asked).toMatchObject([{ what: "reachable" }, { what: "meetings", turn: { speaker: { person: liam.id } } }]);
    expect(posted()).toEqual([
      [`a:${liam.userId}`, "Hello!"],
      [`a:${liam.userId}`, "meetings"],
    ]);

    // From now on by their id alone.
    connector.calls.length = 0;
    await post(make.execute(liam, "test.save"));
    expect(connector.calls).toEqual([]);
  });

  test("somebody unknown gets one sentence in their own chat and nothing else", async () => {
    const sam = stranger();
    connector.people.push(sam);
    await post(make.typed(sam, "meetings"));
    expect(posted()).toEqual([[`a:${sam.userId}`, "I do not know you yet. Please ask Student Wellbeing."]]);
    expect(asked).toEqual([]);

    connector.calls.length = 0;
    expect(await post(make.execute(sam, "test.save"))).toEqual(
      inResponse("activity.message", "I do not know you yet. Please ask Student Wellbeing."),
    );
    expect(await post(make.typed(sam, "meetings", groupChat("maple")))).toEqual({ status: 200, body: null });
    expect(await post(make.submit(sam, "test.save", {}, groupChat("maple")))).toEqual({ status: 200, body: null });
    expect(posted()).toEqual([]);
    expect(asked).toEqual([]);
  });

  test("an e-mail in the message itself counts for nothing", async () => {
    const { liam } = world.people;
    const from = {
      id: "29:sam",
      aadObjectId: "aad-sam",
      name: "Liam",
      email: liam.email,
      userPrincipalName: liam.email,
    };
    await post({ ...make.typed(stranger(), "meetings"), from });
    expect(asked).toEqual([]);
  });

  test("somebody whose id is another in the roster is not let in", async () => {
    const { liam } = world.people;
    connector.people.push({ ...liam, aadObjectId: "00000000-0000-4000-8000-00000000eeee" });
    await post(make.typed(liam, "meetings"));
    expect(asked).toEqual([]);
  });

  test("whose id Teams left out is looked up", async () => {
    const { ben } = world.people;
    connector.people.push(ben);
    await post({ ...make.typed(ben, "meetings"), from: { id: ben.userId } });
    expect(asked).toMatchObject([{ what: "meetings", turn: { speaker: { person: ben.id } } }]);
  });

  test("when Teams cannot say who it is, nobody is told that they are unknown", async () => {
    const { liam } = world.people;
    connector.answer = ({ method }) => (method === "GET" ? { status: 503, body: {} } : null);
    await post(make.typed(liam, "meetings"));
    expect(posted()).toEqual([[`a:${liam.userId}`, expect.stringContaining("try again")]]);
    expect(asked).toEqual([]);
  });

  test("a message of nobody is answered to nobody", async () => {
    const { from: _, ...message } = make.typed(world.people.ben, "meetings");
    expect((await post(message)).status).toBe(200);
    expect(asked).toEqual([]);
  });
});

describe("where people can be reached", () => {
  test("is written down once an hour, or when it changed", async () => {
    const { ben } = world.people;
    const before = (await contactOf(ben.id))?.lastSeen;
    world.clock.forward({ minutes: 30 });
    await post(make.execute(ben, "test.save"));
    expect((await contactOf(ben.id))?.lastSeen).toEqual(before);
    world.clock.forward({ minutes: 30 });
    await post(make.execute(ben, "test.save"));
    expect((await contactOf(ben.id))?.lastSeen).toEqual(world.clock.now());

    await post(make.execute(ben, "test.save", {}, { ...personal(ben), conversation: { id: "a:moved" } }));
    expect((await contactOf(ben.id))?.conversationId).toBe("a:moved");
    expect(asked.filter(({ what }) => what === "reachable")).toEqual([]);
  });

  test("is not taken from a chat of several", async () => {
    const { ben } = world.people;
    await world.db.delete(contacts).where(eq(contacts.person, ben.id));
    await post(make.execute(ben, "test.save", {}, groupChat("maple")));
    expect(await contactOf(ben.id)).toBeUndefined();
  });

  test("somebody who had removed the bot and writes again is reachable again", async () => {
    const { ben } = world.people;
    await world.db.update(contacts).set({ state: "blocked" }).where(eq(contacts.person, ben.id));
    await post(make.execute(ben, "test.save"));
    expect((await contactOf(ben.id))?.state).toBe("reachable");
    expect(asked.map(({ what }) => what)).toEqual(["reachable", "save"]);
    expect(posted()).toEqual([[`a:${ben.userId}`, "Hello!"]]);
  });

  test("somebody who installs the bot is greeted once, though Teams tells it twice", async () => {
    const { liam } = world.people;
    connector.people.push(liam);
    await post(make.installation(liam, "add", personal(liam)));
    await post(make.update(liam, personal(liam), { membersAdded: [{ id: liam.userId }, { id: testBot }] }));
    expect(asked).toMatchObject([{ what: "reachable", happening: { kind: "reachable" } }]);
    expect(posted()).toEqual([[`a:${liam.userId}`, "Hello!"]]);
  });

  test("somebody unknown who installs it gets the one sentence once", async () => {
    const sam = stranger();
    connector.people.push(sam);
    await post(make.installation(sam, "add", personal(sam)));
    await post(make.update(sam, personal(sam), { membersAdded: [{ id: sam.userId }, { id: testBot }] }));
    expect(posted()).toEqual([[`a:${sam.userId}`, expect.stringContaining("do not know you")]]);
  });

  test("somebody who removes it is not written to any more", async () => {
    const { ben } = world.people;
    await post(make.installation(ben, "remove", personal(ben)));
    expect(asked).toMatchObject([{ what: "left", happening: { place: { kind: "personal" } } }]);
    expect((await contactOf(ben.id))?.state).toBe("removed");
    expect(connector.calls).toEqual([]);
  });

  test("an upgrade changes nothing", async () => {
    const { ben } = world.people;
    await post(make.installation(ben, "remove-upgrade", personal(ben)));
    await post(make.installation(ben, "add-upgrade", personal(ben)));
    expect(asked).toEqual([]);
    expect((await contactOf(ben.id))?.state).toBe("reachable");
  });
});

describe("chats that the bot sits in", () => {
  const maple = groupChat("maple");

  test("being added is told, and answered there", async () => {
    await post(make.installation(world.people.aisyah, "add", maple));
    expect(asked).toMatchObject([{ what: "added-to-chat" }]);
    expect(posted()).toEqual([["19:maple@thread.v2", "Hello, all!"]]);
  });

  test("so is being added by nobody in particular", async () => {
    await post(make.update(null, maple, { membersAdded: [{ id: testBot }] }));
    expect(asked).toMatchObject([{ what: "added-to-chat" }]);
  });

  test("both tellings, and what is said there later, are of one chat", async () => {
    await post(make.installation(world.people.aisyah, "add", maple));
    await post(make.update(null, maple, { membersAdded: [{ id: testBot }] }));
    await post(make.typed(world.people.aisyah, "meetings", maple));
    const chats = asked.map(({ happening, turn }) =>
      happening !== undefined && "chat" in happening ? happening.chat : turn?.place.kind === "chat" && turn.place.chat,
    );
    expect(new Set(chats).size).toBe(1);
  });

  test("people coming and going, and a new name, are told", async () => {
    await post(make.update(null, maple, { membersAdded: [{ id: "29:x" }] }));
    await post(make.update(null, maple, { membersRemoved: [{ id: "29:x" }] }));
    await post(make.update(null, maple, { topicName: "Maple trees" }));
    expect(asked.map(({ what }) => what)).toEqual(["chat-changed", "chat-changed", "chat-changed"]);
    expect(connector.calls).toEqual([]);
  });

  test("being taken out is told, and nothing is said there any more", async () => {
    await post(make.installation(world.people.aisyah, "add", maple));
    connector.calls.length = 0;
    await post(make.installation(world.people.aisyah, "remove", maple));
    const told = asked.at(-1)?.happening;
    expect(told).toMatchObject({ kind: "removed-from-chat" });
    expect(connector.calls).toEqual([]);
    const chat = told?.kind === "removed-from-chat" ? told.chat : null;
    expect(chat).not.toBeNull();
    if (chat !== null) expect(await roster.addressOf(world.db, { chat })).toBeNull();
  });
});
