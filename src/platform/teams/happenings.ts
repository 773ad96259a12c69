import type {
  Address,
  ChatHappening,
  Deps,
  HandleHappening,
  Happening,
  HappeningContext,
  Identified,
  Listener,
  OutsideDeps,
  Roster,
  Sender,
} from "../../core/feature.ts";
import { wake } from "../outbox.ts";
import { silence, type Outgoing, type PostedReply } from "./answers.ts";
import type { Event, Incoming } from "./incoming.ts";
import type { Recognise } from "./recognition.ts";
import type { Trace } from "./recovery.ts";

export interface Happenings {
  readonly arrive: (deps: OutsideDeps, incoming: Event, trace: Trace) => Promise<Outgoing>;
  readonly follow: (deps: OutsideDeps, incoming: Event, trace: Trace) => Promise<Outgoing>;
  readonly note: (
    deps: Deps,
    known: Identified,
    sender: Sender,
    address: Address,
    now: Temporal.Instant,
  ) => Promise<readonly PostedReply[]>;
}

/** What happens around the bot: it comes to chats and is taken out of them, people come and go. */
export function createHappenings(
  roster: Roster,
  listeners: readonly Listener[],
  recognise: Recognise,
  refuseStranger: (incoming: Incoming) => Outgoing,
): Happenings {
  return { arrive, follow, note };

  /** The bot was added: to somebody's own chat, or to a chat of several. */
  async function arrive(deps: OutsideDeps, incoming: Event, trace: Trace): Promise<Outgoing> {
    const { sender, address, scope } = incoming;
    if (scope.kind === "chat") return await follow(deps, incoming, trace);
    const known = sender === null ? null : await recognise(deps, incoming, sender, trace.now);
    // Both announcements of one installation would say it twice.
    if (known === null || sender === null) return incoming.isInstallation ? refuseStranger(incoming) : silence;
    trace.person = known.speaker.person;
    return await deps.db.transaction(async (tx) => {
      const inside = { ...deps, db: tx };
      const posts = await note(inside, known, sender, address, trace.now);
      if (posts.length > 0 || known.knownAddress === null || !incoming.isInstallation) return { response: null, posts };
      const context = { speaker: known.speaker, now: trace.now };
      return { response: null, posts: await happen(inside, { kind: "installed-again" }, context) };
    });
  }

  /** What happens around the bot in a chat, and its removal from anywhere. */
  async function follow(deps: OutsideDeps, incoming: Event, trace: Trace): Promise<Outgoing> {
    const { sender, address, scope, kind } = incoming;
    const { now } = trace;
    const [known] = sender === null ? [] : await roster.identify(deps.db, [sender]);
    const context = { speaker: known?.speaker ?? null, now };
    if (scope.kind === "personal") {
      if (kind !== "removed" || context.speaker === null) return silence;
      const { person } = context.speaker;
      return await deps.db.transaction(async (tx) => {
        await happen({ ...deps, db: tx }, { kind: "left", place: { kind: "personal" } }, context);
        await roster.unreachable(tx, { person }, "removed", now);
        return silence;
      });
    }
    const { chat } = await roster.chatAt(deps.db, address, scope.facts, now);
    const happening = { kind: chatHappenings[kind], chat };
    const handlers = await prepare(deps, happening, context);
    return await deps.db.transaction(async (tx) => {
      if (kind === "added") await wake(tx, { chat });
      const posts = await hear({ ...deps, db: tx }, handlers, happening, context);
      if (kind !== "removed") return { response: null, posts };
      // The listeners first: afterwards the chat no longer tells whose it was. Nobody can be answered there.
      await roster.unreachable(tx, { chat }, "removed", now);
      return silence;
    });
  }

  /** Keeps the person's own chat; whoever is newly reachable is heard of by those who wait for it. */
  async function note(
    deps: Deps,
    { speaker }: Identified,
    sender: Sender,
    address: Address,
    now: Temporal.Instant,
  ): Promise<readonly PostedReply[]> {
    const isNew = await roster.remember(deps.db, speaker.person, sender, address, now);
    if (!isNew) return [];
    await wake(deps.db, { person: speaker.person });
    return await happen(deps, { kind: "reachable" }, { speaker, now });
  }

  async function happen(deps: Deps, happening: Happening, context: HappeningContext): Promise<readonly PostedReply[]> {
    const handlers = listeners.flatMap((listener) =>
      listener.to === happening.kind && "handle" in listener ? [listener.handle] : [],
    );
    return await hear(deps, handlers, happening, context);
  }

  /** What is to be done in the transaction; whatever Teams must be asked for it is asked before. */
  async function prepare(
    deps: OutsideDeps,
    happening: ChatHappening,
    context: HappeningContext,
  ): Promise<readonly HandleHappening[]> {
    const handlers: HandleHappening[] = [];
    for (const listener of listeners) {
      if (listener.to !== happening.kind) continue;
      handlers.push("handle" in listener ? listener.handle : await listener.prepare(deps, happening, context));
    }
    return handlers;
  }
}

const chatHappenings = {
  added: "added-to-chat",
  changed: "chat-changed",
  removed: "removed-from-chat",
} as const satisfies Record<Event["kind"], ChatHappening["kind"]>;

async function hear(
  deps: Deps,
  handlers: readonly HandleHappening[],
  happening: Happening,
  context: HappeningContext,
): Promise<readonly PostedReply[]> {
  const posts: PostedReply[] = [];
  for (const handle of handlers) {
    const reply = await handle(deps, happening, context);
    if (reply.kind !== "nothing") posts.push({ to: "here", reply });
  }
  return posts;
}
