import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Deps, Feature } from "../../src/core/feature.ts";
import type { Directory, RosterMember } from "../../src/core/ports.ts";
import { roster } from "../../src/features/programme/service.ts";
import type { Incoming } from "../../src/platform/teams/incoming.ts";
import { createTurns } from "../../src/platform/teams/turns.ts";
import { createWorld, personalAddress, senderOf, type World } from "../support/world.ts";

/** While Teams answers who sits in a chat, no transaction is open: it would hold a connection and rows for seconds. */

let world: World;
let happened: string[];
let members: Directory["members"];
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(async () => {
  await world.reset();
  happened = [];
  members = () => Promise.resolve([sam]);
});
afterAll(() => world.close());

const sam: RosterMember = { userId: "29:sam", aadObjectId: null, email: null, userPrincipalName: null };
const chat = { conversationId: "19:maple@thread.v2", serviceUrl: "s", tenantId: "t", teamId: null };

async function look({ directory }: Deps): Promise<void> {
  const ask = (where: typeof chat): Promise<string> =>
    directory.members(where).then(
      (found) => `${found.length} there`,
      (error: unknown) => (error instanceof Error ? error.message : ""),
    );
  happened.push(await ask(chat), await ask(chat), `elsewhere: ${await ask({ ...chat, conversationId: "19:other" })}`);
}

const feature: Feature = {
  name: "test",
  actions: [
    {
      verb: "test.ask",
      asksAbout: () => Promise.resolve(chat),
      handle: async (deps) => {
        await look(deps);
        return { kind: "nothing" };
      },
    },
    { verb: "test.other", handle: () => Promise.resolve({ kind: "nothing" }) },
  ],
  listeners: [
    {
      to: "added-to-chat",
      handle: async (deps) => {
        await look(deps);
        return { kind: "nothing" };
      },
    },
  ],
};

async function take(what: { readonly kind: "added" | "removed" } | { readonly kind: "press"; readonly verb: string }) {
  const db = Object.create(world.db, {
    transaction: {
      value: async (work: Parameters<typeof world.db.transaction>[0]) => {
        happened.push("begin");
        return await world.db.transaction(work);
      },
    },
  }) as typeof world.db;
  const directory: Directory = {
    members: (where) => {
      happened.push("asked");
      return members(where);
    },
  };
  const turns = createTurns({
    deps: () => ({ ...world.deps, db, directory }),
    roster,
    features: [feature],
    member: () => Promise.resolve(null),
    strangerText: "",
    help: () => Promise.resolve({ kind: "nothing" }),
  });
  const { aisyah } = world.people;
  const address = { ...personalAddress(aisyah), conversationId: chat.conversationId };
  const facts = { kind: "group", name: "maple", teamId: null } as const;
  const common = { activityId: null, sender: senderOf(aisyah), address, scope: { kind: "chat", facts } } as const;
  const incoming: Incoming =
    what.kind === "press"
      ? { ...common, ...what, via: "execute", data: {} }
      : { ...common, ...what, isInstallation: true };
  await turns(incoming);
}

const elsewhere = "elsewhere: Teams did not answer who is in the chat";

test("an event asks before it begins, once, and for its own chat only", async () => {
  await take({ kind: "added" });
  expect(happened).toEqual(["asked", "begin", "1 there", "1 there", elsewhere]);
});

test("so does a button that needs it, and no other", async () => {
  await take({ kind: "press", verb: "test.ask" });
  expect(happened).toEqual(["asked", "begin", "1 there", "1 there", elsewhere]);
  happened = [];
  await take({ kind: "press", verb: "test.other" });
  expect(happened).toEqual(["begin"]);
});

test("a Teams that does not say is told to who asks, and ends nothing else", async () => {
  members = () => Promise.reject(new Error("busy"));
  await take({ kind: "added" });
  expect(happened).toEqual(["asked", "begin", "busy", "busy", elsewhere]);
});

test("nobody is asked about a chat that the bot was taken out of", async () => {
  await take({ kind: "removed" });
  expect(happened).toEqual(["begin"]);
});
