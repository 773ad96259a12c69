import { features, introductions, messages, openings } from "../../src/app.ts";
import type { Address, OutsideDeps } from "../../src/core/feature.ts";
import { programmeChanged } from "../../src/features/meetings/service.ts";
import { createDelivery } from "../../src/platform/delivery.ts";
import type { SendFailure } from "../../src/platform/delivery-outcomes.ts";
import { createOutbox } from "../../src/platform/outbox.ts";
import type { Outgoing } from "../../src/platform/teams/answers.ts";
import type { Incoming } from "../../src/platform/teams/incoming.ts";
import { createTurns } from "../../src/platform/teams/turns.ts";
import { createWorld, personalAddress, senderOf, wordsOf, type WorldPerson } from "./world.ts";

/** What Teams says when it lets nobody write there. */
export const refusals = {
  blocked: { status: 403, code: "MessageWritesBlocked", message: "", retryAfterSeconds: null },
  notInstalled: { status: 403, code: "ForbiddenOperationException", message: "", retryAfterSeconds: null },
  noConversation: { status: 404, code: "ConversationNotFound", message: "", retryAfterSeconds: null },
  unavailable: { status: 503, code: "ServiceUnavailable", message: "", retryAfterSeconds: null },
} as const satisfies Record<string, SendFailure>;

export type House = Awaited<ReturnType<typeof createHouse>>;

/**
 * The small programme of `createWorld` with every feature, the real outbox, delivery and turns, and a Teams that remembers what
 * it was told:
 *
 *     house.refuse(personalAddress(ben), refusals.blocked);
 *     await house.tick();                     // one beat of the scheduler, and all that is due is delivered
 *     house.saidTo(ben);                      // in words, oldest first
 */
export async function createHouse() {
  const world = await createWorld();
  const outbox = createOutbox({ newId: () => crypto.randomUUID(), clock: world.clock });
  const deps: OutsideDeps = { ...world.deps, outbox, newId: () => crypto.randomUUID() };
  const said: { readonly conversationId: string; readonly words: string }[] = [];
  const refused = new Map<string, SendFailure>();
  const opened: string[] = [];
  let opening: SendFailure | null = null;
  let activities = 0;

  const delivery = createDelivery({
    ...deps,
    messages,
    roster: introductions.roster,
    limits: null,
    send: ({ conversationId }, { card }) => {
      const failure = refused.get(conversationId);
      if (failure !== undefined) return Promise.resolve({ ok: false, failure });
      said.push({ conversationId, words: wordsOf(card) });
      return Promise.resolve({ ok: true, activityId: String(said.length) });
    },
    openings: {
      ...openings,
      openChat: (from, userId) => {
        opened.push(userId);
        if (opening !== null) return Promise.resolve({ ok: false, failure: opening });
        return Promise.resolve({ ok: true, address: { ...from, conversationId: `a:opened:${userId}` } });
      },
    },
  });
  const turns = createTurns({
    ...introductions,
    deps: () => deps,
    member: async (_chat, userId) => {
      const found = Object.values(world.people).find((person) => person.userId === userId);
      return found === undefined ? null : { ...found, userPrincipalName: found.email };
    },
  });
  const jobs = features.flatMap((feature) => feature.jobs ?? []);

  function common(person: WorldPerson, address: Address = personalAddress(person)) {
    activities += 1;
    return { activityId: `activity-${activities}`, sender: senderOf(person), address };
  }
  const personal = { kind: "personal" } as const;
  const take = async (incoming: Incoming): Promise<Outgoing> => await turns(incoming);

  return {
    world,
    deps,
    turns,
    /** `29:...` of those with whom a chat was opened, or was to be. */
    opened,
    refuse: ({ conversationId }: Pick<Address, "conversationId">, failure: SendFailure | null) =>
      failure === null ? refused.delete(conversationId) : refused.set(conversationId, failure),
    refuseOpening: (failure: SendFailure | null) => void (opening = failure),

    saidTo: (person: WorldPerson): readonly string[] =>
      said
        .filter(({ conversationId }) => conversationId.endsWith(person.userId))
        .map(({ words }) => words)
        .filter((words) => words !== ""),
    said: said as readonly { readonly conversationId: string; readonly words: string }[],

    /** Reminders of meetings are worked out, as after an import. */
    plan: () => programmeChanged(world.db, deps.newId, world.programme, world.clock.now()),

    async tick(): Promise<void> {
      for (const job of jobs) await job.run(deps, world.clock.now());
      await delivery.deliverDue();
    },

    type: (person: WorldPerson, text: string) => take({ ...common(person), kind: "typed", scope: personal, text }),
    press: (person: WorldPerson, verb: string, data: unknown) =>
      take({ ...common(person), kind: "press", via: "execute", scope: personal, verb, data }),
    install: (person: WorldPerson) => take({ ...common(person), kind: "added", scope: personal, isInstallation: true }),

    /** Somebody adds the bot to a chat with these people. */
    async addToChat(by: WorldPerson, members: readonly WorldPerson[]): Promise<void> {
      await world.addChat(members);
      const address = { ...personalAddress(by), conversationId: "19:chat@thread.v2" };
      const facts = { kind: "group", name: "chat", teamId: null } as const;
      await take({ ...common(by, address), kind: "added", scope: { kind: "chat", facts }, isInstallation: true });
    },

    async reset(): Promise<void> {
      await world.reset();
      said.length = 0;
      opened.length = 0;
      refused.clear();
      opening = null;
    },
    async close(): Promise<void> {
      await delivery.stop();
      await world.close();
    },
  };
}
