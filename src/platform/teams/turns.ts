import { lt } from "drizzle-orm";
import { ZodError } from "zod/v4";
import type { Db } from "../../core/db.ts";
import { NotAllowed, UserError } from "../../core/errors.ts";
import type {
  Address,
  Command,
  Deps,
  Feature,
  Happening,
  Identified,
  Listener,
  Place,
  Reply,
  Roster,
  Sender,
  Turn,
} from "../../core/feature.ts";
import type { PersonId } from "../../core/ids.ts";
import { matchWord } from "../../core/words.ts";
import { wake } from "../outbox.ts";
import { errorFields, isPassing } from "../error-fields.ts";
import { seenActivities } from "../schema.ts";
import { askAhead } from "./ahead.ts";
import { DirectoryUnavailable, type TeamsDirectory } from "./directory.ts";
import type { Event, Incoming, Press, Typed } from "./incoming.ts";

/** What a turn answers: in the response to a button, and as posts into a conversation. */
export interface Outgoing {
  /** For the presser's eyes only. `null` where the activity is none that waits for it. */
  readonly response: Reply | null;
  readonly posts: readonly PostedReply[];
  /** Who is answered, if it is somebody of ours. */
  readonly person?: PersonId | null;
}

export interface PostedReply {
  /** `here`: where the activity came from, in its thread. */
  readonly to: "here" | Address;
  readonly reply: Exclude<Reply, { kind: "nothing" }>;
}

export interface House {
  /** `null` as long as the database is not there. */
  readonly deps: () => Deps | null;
  readonly roster: Roster;
  readonly features: readonly Feature[];
  readonly member: TeamsDirectory["member"];
  /** What somebody unknown is told: whom to ask. */
  readonly strangerText: string;
  /** The answer to words that nobody here may use or that mean nothing. */
  readonly help: (deps: Deps, turn: Turn, typed: string) => Promise<Reply>;
}

export type Turns = (incoming: Incoming) => Promise<Outgoing>;

const sentences = {
  outOfDate: "This card is out of date. Write “help” to see what I can do.",
  databaseDown: "I can't reach my notes right now. Nothing was changed. Please try again in a minute.",
  teamsDown: "I can't check with Teams who is in this chat right now. Please try again in a minute.",
  notHere: "I answer that in private: please open a chat with me and try again there.",
  done: "Done.",
  apology: (reference: string) =>
    `Sorry, something went wrong on my side. Nothing was changed. If it happens again, tell a coordinator this number: ${reference}.`,
};

/** A verb comes from outside, and the audit log keeps it. */
const longestAct = 80;

const silence: Outgoing = { response: null, posts: [] };

/** How long a stored address counts as fresh without a write: one per person and hour. */
const freshHours = 1;

/** Takes activities to the feature that answers them: who, where, one transaction, reply. Never throws. */
export function createTurns(house: House): Turns {
  const { features, roster } = house;
  const actions = new Map(features.flatMap((feature) => feature.actions ?? []).map((action) => [action.verb, action]));
  const commands = features
    .flatMap((feature) => feature.commands ?? [])
    .map((value) => ({ words: value.words, value }));
  const listeners = features.flatMap((feature) => feature.listeners ?? []);

  return async (incoming) => {
    const deps = house.deps();
    if (deps === null) return { ...tellPrivately(incoming, sentences.databaseDown), person: null };
    const trace: Trace = { person: null, now: deps.clock.now() };
    const outgoing = await take(deps, incoming, trace).catch((error: unknown) => recover(deps, incoming, trace, error));
    return { ...outgoing, person: trace.person };
  };

  async function take(deps: Deps, incoming: Incoming, trace: Trace): Promise<Outgoing> {
    switch (incoming.kind) {
      case "press":
      case "typed":
        return await converse(deps, incoming, trace);
      case "added":
        return await arrive(deps, incoming, trace);
      case "removed":
      case "changed":
        return await follow(deps, incoming, trace);
    }
  }

  async function converse(deps: Deps, incoming: Press | Typed, trace: Trace): Promise<Outgoing> {
    const { sender, address } = incoming;
    const known = sender === null ? null : await recognise(deps, incoming, sender, trace.now);
    if (known === null || sender === null) return refuseStranger(incoming);
    trace.person = known.speaker.person;
    const needsNoting = incoming.scope.kind === "personal" && !isFresh(known, address, trace.now);
    const directory = incoming.kind === "press" ? await directoryFor(deps, incoming) : deps.directory;

    return await deps.db.transaction(async (tx) => {
      const inside = { ...deps, db: tx, directory };
      if (isMessage(incoming) && !(await noteActivity(tx, incoming, trace.now))) return silence;
      const greetings = needsNoting ? await note(inside, known, sender, address, trace.now) : [];
      const place = await placeOf(tx, incoming, trace.now);
      const turn: Turn = { speaker: known.speaker, place, now: trace.now };
      const reply =
        incoming.kind === "press" ? await press(inside, turn, incoming) : await obey(inside, turn, incoming.text);
      const outgoing = await direct(tx, incoming, known, reply);
      return greetings.length === 0 ? outgoing : { ...outgoing, posts: [...greetings, ...outgoing.posts] };
    });
  }

  /** Of a few buttons the answer depends on who sits in a chat. */
  async function directoryFor(deps: Deps, { verb, data }: Press): Promise<Deps["directory"]> {
    const chat = (await actions.get(verb)?.asksAbout?.(deps.db, data)) ?? null;
    return chat === null ? deps.directory : await askAhead(deps.directory, chat);
  }

  async function press(deps: Deps, turn: Turn, { verb, data }: Press): Promise<Reply> {
    const action = actions.get(verb);
    return action === undefined ? asText(sentences.outOfDate) : await action.handle(deps, turn, data);
  }

  /** A word for others is answered as if it did not exist; who tried is kept. */
  async function obey(deps: Deps, turn: Turn, text: string): Promise<Reply> {
    const here = commands.filter(({ value }) => value.where.includes(turn.place.kind));
    const mayUse = ({ who }: Command) => turn.speaker.memberships.some(({ role }) => who.includes(role));
    const match = matchWord(
      text,
      here.filter(({ value }) => mayUse(value)),
    );
    if (match !== null) return await match.value.handle(deps, turn, match.rest);
    const forbidden = matchWord(text, here)?.value.words[0];
    if (forbidden !== undefined) {
      const { person } = turn.speaker;
      await roster.audit(deps.db, { what: `refused word ${forbidden}`, subject: null, person, at: turn.now });
    }
    return await house.help(deps, turn, text);
  }

  /**
   * The answer to a pressed `Execute` goes back in the response. That to a `Submit` would be read by a whole chat, so
   * there it goes to the person's own.
   */
  async function direct(db: Db, incoming: Press | Typed, known: Identified, reply: Reply): Promise<Outgoing> {
    if (isExecute(incoming)) return { response: reply.kind === "nothing" ? asText(sentences.done) : reply, posts: [] };
    if (reply.kind === "nothing") return silence;
    if (incoming.kind === "typed" || incoming.scope.kind === "personal") return here(reply);
    const own = await roster.addressOf(db, { person: known.speaker.person });
    return own === null ? here(asText(sentences.notHere)) : { response: null, posts: [{ to: own, reply }] };
  }

  /** Nothing but one sentence, and that only where nobody else reads it. */
  function refuseStranger(incoming: Incoming): Outgoing {
    return isExecute(incoming) || incoming.scope.kind === "personal" ? tell(incoming, house.strangerText) : silence;
  }

  /** By Entra id, else at first contact by the e-mail that Teams' own roster has for the sender. */
  async function recognise(
    deps: Deps,
    incoming: Incoming,
    sender: Sender,
    now: Temporal.Instant,
  ): Promise<Identified | null> {
    const known = await roster.identify(deps.db, sender);
    if (known !== null) return known;
    const { address, scope } = incoming;
    const teamId = scope.kind === "chat" ? scope.facts.teamId : null;
    const member = await house.member({ ...address, teamId }, sender.userId);
    if (member === null) return null;
    const ids = [sender.aadObjectId, member.aadObjectId].filter((id) => id !== null);
    const [aadObjectId = null] = ids;
    if (ids.some((id) => id.toLowerCase() !== aadObjectId?.toLowerCase())) return null;
    const named = { ...sender, aadObjectId };
    const emails = [member.userPrincipalName, member.email].filter((email) => email !== null);
    return await deps.db.transaction(
      async (tx) =>
        (sender.aadObjectId === null ? await roster.identify(tx, named) : null) ??
        (await roster.recognise(tx, named, emails, now)),
    );
  }

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
    const known = sender === null ? null : await roster.identify(deps.db, sender);
    const speaker = known?.speaker ?? null;
    const asks = scope.kind === "chat" && kind !== "removed";
    const directory = asks
      ? await askAhead(deps.directory, { ...address, teamId: scope.facts.teamId })
      : deps.directory;
    return await deps.db.transaction(async (tx) => {
      const inside = { ...deps, db: tx, directory };
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

  async function placeOf(db: Db, { scope, address }: Incoming, now: Temporal.Instant): Promise<Place> {
    return scope.kind === "personal" ? scope : await roster.chatAt(db, address, scope.facts, now);
  }

  /** What went wrong, told in one sentence. The transaction is rolled back already. */
  async function recover(deps: Deps, incoming: Incoming, trace: Trace, error: unknown): Promise<Outgoing> {
    if (error instanceof NotAllowed) {
      const { what, subject } = error.tried;
      try {
        await roster.audit(deps.db, { what, subject, person: trace.person, at: trace.now });
      } catch (auditError) {
        deps.log.error("An attempt could not be written to the audit log", { what, ...describe(auditError) });
      }
    }
    if (error instanceof ZodError && incoming.kind === "press") {
      // Not one of our cards, or one of another version: nothing in it could be read.
      const what = `unreadable ${incoming.verb}`.slice(0, longestAct);
      await roster.audit(deps.db, { what, subject: null, person: trace.person, at: trace.now }).catch(() => undefined);
      return tellPrivately(incoming, sentences.outOfDate);
    }
    if (error instanceof UserError) {
      // What noted it is rolled back, and a repeat by Teams must not bring the sentence twice.
      if (isMessage(incoming)) await noteActivity(deps.db, incoming, trace.now).catch(() => false);
      return tellPrivately(incoming, error.message);
    }
    const reference = deps.newId().slice(-8);
    const fields = { reference, activity: incoming.kind, ...describe(error) };
    if (error instanceof DirectoryUnavailable) {
      deps.log.warn("Teams did not say who is in a chat", { ...fields, status: error.status, reason: error.reason });
      return tellPrivately(incoming, sentences.teamsDown);
    }
    if (isPassing(error)) {
      deps.log.error("A turn could not reach the database", fields);
      return tellPrivately(incoming, sentences.databaseDown);
    }
    deps.log.error("A turn failed", fields);
    return tellPrivately(incoming, sentences.apology(reference));
  }
}

/** What is known of a turn when it fails. */
interface Trace {
  person: PersonId | null;
  readonly now: Temporal.Instant;
}

function asText(text: string): Extract<Reply, { kind: "text" }> {
  return { kind: "text", text };
}

function here(reply: PostedReply["reply"]): Outgoing {
  return { response: null, posts: [{ to: "here", reply }] };
}

function tell(incoming: Incoming, text: string): Outgoing {
  if (isExecute(incoming)) return { response: asText(text), posts: [] };
  return here(asText(text));
}

/** Nobody waits for an answer to an event; what a press was refused for concerns nobody else in a chat. */
function tellPrivately(incoming: Incoming, text: string): Outgoing {
  if (incoming.kind !== "press" && incoming.kind !== "typed") return silence;
  const isOverheard = incoming.kind === "press" && incoming.via === "submit" && incoming.scope.kind === "chat";
  return tell(incoming, isOverheard ? sentences.notHere : text);
}

function isExecute(incoming: Incoming): boolean {
  return incoming.kind === "press" && incoming.via === "execute";
}

function isMessage(incoming: Incoming): boolean {
  return incoming.kind === "typed" || (incoming.kind === "press" && incoming.via === "submit");
}

function isFresh({ knownAddress, lastSeen }: Identified, address: Address, now: Temporal.Instant): boolean {
  return (
    knownAddress !== null &&
    lastSeen !== null &&
    knownAddress.serviceUrl === address.serviceUrl &&
    knownAddress.conversationId === address.conversationId &&
    knownAddress.botId === address.botId &&
    knownAddress.tenantId === address.tenantId &&
    Temporal.Instant.compare(lastSeen.add({ hours: freshHours }), now) > 0
  );
}

/** False: Teams repeats an activity that was answered already, as it does after 15 s. */
async function noteActivity(db: Db, { address, activityId }: Incoming, at: Temporal.Instant): Promise<boolean> {
  if (activityId === null) return true;
  const noted = await db
    .insert(seenActivities)
    .values({ conversationId: address.conversationId, activityId, at })
    .onConflictDoNothing()
    .returning({ activityId: seenActivities.activityId });
  return noted.length > 0;
}

/** Forgets activities that Teams will not repeat any more: it does so within minutes. */
export async function forgetOldActivities(db: Db, now: Temporal.Instant): Promise<void> {
  await db.delete(seenActivities).where(lt(seenActivities.at, now.subtract({ hours: 24 })));
}

/** Only the frames of a stack: messages quote what people wrote, a failed query's all its parameters. */
function describe(error: unknown): ReturnType<typeof errorFields> & { readonly stack: string } {
  const lines = error instanceof Error ? (error.stack ?? "").split("\n") : [];
  return { ...errorFields(error), stack: lines.filter((line) => /^\s+at /.test(line)).join("\n") };
}
