import { lt } from "drizzle-orm";
import type { Db } from "../../core/db.ts";
import { UserError } from "../../core/errors.ts";
import type {
  Address,
  Deps,
  Feature,
  Identified,
  OutsideDeps,
  Place,
  Reply,
  Roster,
  Turn,
} from "../../core/feature.ts";
import { isFor, matchWord } from "../../core/words.ts";
import { seenActivities } from "../schema.ts";
import { asText, here, isExecute, isMessage, sentences, silence, tell, tryLater, type Outgoing } from "./answers.ts";
import type { TeamsDirectory } from "./directory.ts";
import { createHappenings } from "./happenings.ts";
import type { Incoming, Press, Typed } from "./incoming.ts";
import { createRecognition } from "./recognition.ts";
import { recover, type Trace } from "./recovery.ts";

export interface House {
  /** `null` as long as the database is not there. */
  readonly deps: () => OutsideDeps | null;
  readonly roster: Roster;
  readonly features: readonly Feature[];
  readonly member: TeamsDirectory["member"];
  /** What somebody unknown is told: whom to ask. */
  readonly strangerText: string;
  /** The answer to words that nobody here may use or that mean nothing. */
  readonly help: (deps: Deps, turn: Turn, typed: string) => Promise<Reply>;
}

export type Turns = (incoming: Incoming) => Promise<Outgoing>;

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
  const recognise = createRecognition(roster, house.member);
  const { arrive, follow, note } = createHappenings(roster, listeners, recognise, refuseStranger);

  return async (incoming) => {
    const deps = house.deps();
    if (deps === null) return { ...tryLater(incoming, sentences.databaseDown), person: null };
    const trace: Trace = { person: null, now: deps.clock.now() };
    const outgoing = await take(deps, incoming, trace).catch(async (error: unknown) => {
      // What noted it is rolled back, and a repeat by Teams must not bring the sentence twice.
      if (error instanceof UserError && isMessage(incoming)) {
        await noteActivity(deps.db, incoming, trace.now).catch(() => false);
      }
      return await recover(roster, deps, incoming, trace, error);
    });
    return { ...outgoing, person: trace.person };
  };

  async function take(deps: OutsideDeps, incoming: Incoming, trace: Trace): Promise<Outgoing> {
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

  async function converse(deps: OutsideDeps, incoming: Press | Typed, trace: Trace): Promise<Outgoing> {
    const { sender, address } = incoming;
    const known = sender === null ? null : await recognise(deps, incoming, sender, trace.now);
    if (known === null || sender === null) return refuseStranger(incoming);
    trace.person = known.speaker.person;
    const needsNoting = incoming.scope.kind === "personal" && !isFresh(known, address, trace.now);
    const answer = await prepare(deps, known, incoming, trace.now);

    return await deps.db.transaction(async (tx) => {
      const inside = { ...deps, db: tx };
      if (isMessage(incoming) && !(await noteActivity(tx, incoming, trace.now))) return silence;
      const greetings = needsNoting ? await note(inside, known, sender, address, trace.now) : [];
      const place = await placeOf(tx, incoming, trace.now);
      const turn: Turn = { speaker: known.speaker, place, now: trace.now };
      const reply = await answer(inside, turn);
      const outgoing = await direct(tx, incoming, known, reply);
      return greetings.length === 0 ? outgoing : { ...outgoing, posts: [...greetings, ...outgoing.posts] };
    });
  }

  /** What is to be done in the transaction; whatever Teams must be asked for it is asked before. */
  async function prepare(
    deps: OutsideDeps,
    { speaker }: Identified,
    incoming: Press | Typed,
    now: Temporal.Instant,
  ): Promise<(inside: Deps, turn: Turn) => Promise<Reply>> {
    if (incoming.kind === "typed") return (inside, turn) => obey(inside, turn, incoming.text);
    const { verb, data } = incoming;
    const action = actions.get(verb);
    if (action === undefined) return () => Promise.resolve(asText(sentences.outOfDate));
    const handle = "handle" in action ? action.handle : await action.prepare(deps, { speaker, now }, data);
    return (inside, turn) => handle(inside, turn, data);
  }

  /** A word for others is answered as if it did not exist; who tried is kept. */
  async function obey(deps: Deps, turn: Turn, text: string): Promise<Reply> {
    const here = commands.filter(({ value }) => value.where.includes(turn.place.kind));
    const match = matchWord(
      text,
      here.filter(({ value }) => isFor(value.who, turn.speaker.memberships)),
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

  async function placeOf(db: Db, { scope, address }: Incoming, now: Temporal.Instant): Promise<Place> {
    return scope.kind === "personal" ? scope : await roster.chatAt(db, address, scope.facts, now);
  }
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
