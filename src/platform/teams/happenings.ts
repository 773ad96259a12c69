import type { Address, Deps, Happening, Identified, Listener, Roster, Sender } from "../../core/feature.ts";
import { wake } from "../outbox.ts";
import { silence, type Outgoing, type PostedReply } from "./answers.ts";
import type { Event, Incoming } from "./incoming.ts";
import type { Recognise } from "./recognition.ts";
import type { Trace } from "./recovery.ts";

export interface Happenings {
  readonly arrive: (deps: Deps, incoming: Event, trace: Trace) => Promise<Outgoing>;
  readonly follow: (deps: Deps, incoming: Event, trace: Trace) => Promise<Outgoing>;
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
  async function arrive(deps: Deps, incoming: Event, trace: Trace): Promise<Outgoing> {
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
  async function follow(deps: Deps, incoming: Event, trace: Trace): Promise<Outgoing> {
    const { sender, address, scope, kind } = incoming;
    const { now } = trace;
    const [known] = sender === null ? [] : await roster.identify(deps.db, [sender]);
    const speaker = known?.speaker ?? null;
    return await deps.db.transaction(async (tx) => {
      const inside = { ...deps, db: tx };
      if (scope.kind === "personal") {
        if (kind !== "removed" || speaker === null) return silence;
        await happen(inside, { kind: "left", place: { kind: "personal" } }, { speaker, now });
        await roster.unreachable(tx, { person: speaker.person }, "removed", now);
        return silence;
      }
      const { chat } = await roster.chatAt(tx, address, scope.facts, now);
      switch (kind) {
        case "added":
          await wake(tx, { chat });
          return { response: null, posts: await happen(inside, { kind: "added-to-chat", chat }, { speaker, now }) };
        case "changed":
          return { response: null, posts: await happen(inside, { kind: "chat-changed", chat }, { speaker, now }) };
        case "removed":
          // The listeners first: afterwards the chat no longer tells whose it was. Nobody can be answered there.
          await happen(inside, { kind: "removed-from-chat", chat }, { speaker, now });
          await roster.unreachable(tx, { chat }, "removed", now);
          return silence;
      }
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

  async function happen(
    deps: Deps,
    happening: Happening,
    context: Parameters<Listener["handle"]>[2],
  ): Promise<readonly PostedReply[]> {
    const posts: PostedReply[] = [];
    for (const listener of listeners) {
      if (listener.to !== happening.kind) continue;
      const reply = await listener.handle(deps, happening, context);
      if (reply.kind !== "nothing") posts.push({ to: "here", reply });
    }
    return posts;
  }
}
