import type { Card } from "./card.ts";
import type { Db } from "./db.ts";
import type { ChatId, GroupId, PersonId, ProgrammeId } from "./ids.ts";
import type { Clock, Directory, Links, Log, NewId, Outbox, Recipient } from "./ports.ts";

/** What every use case is given. In a turn, `db` is the turn's one transaction; it commits when the handler returns. */
export interface Deps {
  readonly db: Db;
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly links: Links;
  readonly log: Log;
  readonly newId: NewId;
}

/** Outside of any transaction Teams may be asked: while it thinks, nothing is locked and no connection held. */
export interface OutsideDeps extends Deps {
  readonly directory: Directory;
}

export type Role = "mentor" | "mentee" | "coordinator";

/** One of the roles that somebody has today. `group` is null for a coordinator of the whole programme. */
export interface Membership {
  readonly programme: ProgrammeId;
  readonly group: GroupId | null;
  readonly role: Role;
}

/** Somebody in our tables, as they were when the turn began. */
export interface Speaker {
  readonly person: PersonId;
  readonly name: string;
  readonly timeZone: string;
  /** Active ones only, of running programmes. */
  readonly memberships: readonly Membership[];
  /** First contact has happened. */
  readonly isWelcomed: boolean;
}

/** Where somebody speaks. In a chat, `group` is the mentoring group linked to it. */
export type Place =
  { readonly kind: "personal" } | { readonly kind: "chat"; readonly chat: ChatId; readonly group: GroupId | null };

export interface Turn {
  readonly speaker: Speaker;
  readonly place: Place;
  readonly now: Temporal.Instant;
}

/**
 * The answer to a turn. To a pressed button it goes back in the response, for the presser's eyes only; to a message
 * it is sent into the conversation.
 */
export type Reply =
  | { readonly kind: "card"; readonly card: Card }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "nothing" };

/** A word that people can type. */
export interface Command {
  /** What `help` shows, in lower case. The first word is the name; the rest are other ways to say it. */
  readonly words: readonly [string, ...string[]];
  readonly help: string;
  readonly where: readonly Place["kind"][];
  /**
   * Somebody with none of these roles is answered as if the word did not exist. `everybody`: whom we know, also after all
   * their roles have ended.
   */
  readonly who: readonly Role[] | "everybody";
  /** @param rest what was typed after the word, trimmed */
  readonly handle: (deps: Deps, turn: Turn, rest: string) => Promise<Reply>;
}

/**
 * @param data what the card sent: untrusted, parsed by the feature first. The same press may arrive twice (Teams
 * repeats what it thinks unanswered): the second time changes nothing.
 */
export type HandlePress = (deps: Deps, turn: Turn, data: unknown) => Promise<Reply>;

/** A button or form of a card, named `feature.verb`. */
export type CardAction = { readonly verb: string } & (
  | { readonly handle: HandlePress }
  /** Asks Teams before the turn's transaction begins, and gives what is to be done within. */
  | {
      readonly prepare: (deps: OutsideDeps, turn: Pick<Turn, "speaker" | "now">, data: unknown) => Promise<HandlePress>;
    }
);

/** Something that happened around the bot. */
export type Happening =
  /** The bot can now write to the person: they installed it, or wrote to it for the first time since. */
  | { readonly kind: "reachable" }
  /** They installed it once more, though we never heard that they took it away: what stood in their chat may be gone. */
  | { readonly kind: "installed-again" }
  | { readonly kind: "left"; readonly place: Place }
  | { readonly kind: "added-to-chat"; readonly chat: ChatId }
  | { readonly kind: "removed-from-chat"; readonly chat: ChatId }
  /** People came or went, or the chat was renamed. */
  | { readonly kind: "chat-changed"; readonly chat: ChatId };

/** Something about a chat: its listeners may have to ask Teams who sits there. */
export type ChatHappening = Extract<Happening, { chat: ChatId }>;

export interface HappeningContext {
  /** Who caused it, if we know them. */
  readonly speaker: Speaker | null;
  readonly now: Temporal.Instant;
}

export type HandleHappening = (deps: Deps, happening: Happening, context: HappeningContext) => Promise<Reply>;

export type Listener =
  | { readonly to: Happening["kind"]; readonly handle: HandleHappening }
  /** For what happens to a chat. Asks Teams before the transaction begins, and gives what is to be done within. */
  | {
      readonly to: ChatHappening["kind"];
      readonly prepare: (
        deps: OutsideDeps,
        happening: ChatHappening,
        context: HappeningContext,
      ) => Promise<HandleHappening>;
    };

/** Work that the feature does by itself: it asks its tables what is due and claims it. Twice, late, or on two machines changes nothing. */
export interface Job {
  readonly name: string;
  readonly run: (deps: OutsideDeps, now: Temporal.Instant) => Promise<void>;
}

export type Wanted = { readonly wanted: true } | { readonly wanted: false; readonly reason: string };

export type Outcome = "sent" | "uncertain" | "failed" | "cancelled";

/** A kind of message in the outbox: what the delivery engine must ask about it. */
export interface Message {
  readonly kind: string;
  /** In words that coordinators read, such as `a reminder`; nothing of what is in it. Default: `a message`. */
  readonly what?: string;
  /** What to do when it may or may not have arrived: `once` never repeats it, `again` repeats it, marked as a repeat. */
  readonly whenUncertain: "once" | "again";
  /** Asked right before sending. */
  readonly wanted: (db: Db, ref: Readonly<Record<string, string>>, now: Temporal.Instant) => Promise<Wanted>;
  /** How it looks now; also asked when a posted one is to be updated. */
  readonly render: (
    deps: Pick<Deps, "db" | "links">,
    ref: Readonly<Record<string, string>>,
    to: Recipient,
    now: Temporal.Instant,
  ) => Promise<Card>;
  /** What became of it. After `uncertain` it may come again: the answer was late, or a coordinator had it sent again. */
  readonly settled?: (
    db: Db,
    ref: Readonly<Record<string, string>>,
    outcome: Outcome,
    now: Temporal.Instant,
  ) => Promise<void>;
}

/** A calendar entry that a signed link leads to. */
export interface CalendarEvent {
  readonly uid: string;
  /** Rises with every change, so that calendars replace the earlier entry. */
  readonly sequence: number;
  readonly title: string;
  readonly startsAt: Temporal.Instant;
  readonly minutes: number;
  readonly timeZone: string;
  readonly place: string | null;
  readonly isCancelled: boolean;
}

/** A page under `PUBLIC_URL/<path>/<signed subject>`. */
export interface Page {
  readonly path: string;
  readonly handle: (deps: Deps, subject: string) => Promise<CalendarEvent | null>;
}

/** What a feature brings to the house; `app.ts` lists them all. */
export interface Feature {
  readonly name: string;
  readonly commands?: readonly Command[];
  readonly actions?: readonly CardAction[];
  readonly listeners?: readonly Listener[];
  readonly jobs?: readonly Job[];
  readonly messages?: readonly Message[];
  readonly pages?: readonly Page[];
}

/** A sender as Teams names them, before we know who it is. */
export interface Sender {
  readonly tenantId: string;
  readonly aadObjectId: string | null;
  /** `29:...` */
  readonly userId: string;
}

/** Where Teams takes messages for somebody. */
export interface Address {
  readonly serviceUrl: string;
  readonly conversationId: string;
  readonly botId: string;
  readonly tenantId: string;
}

/** What Teams' installation and conversation events say about a chat. */
export interface ChatFacts {
  readonly kind: "group" | "channel";
  readonly name: string | null;
  readonly teamId: string | null;
}

/** How the platform asks who people are: `programme` answers, `app.ts` introduces them. */
export interface Roster {
  /** By Entra object id; an answer for each, in their order. */
  readonly identify: (db: Db, senders: readonly Sender[]) => Promise<readonly (Identified | null)[]>;
  /** First contact: links an Entra object id to the person that has this e-mail or user principal name. */
  readonly recognise: (
    db: Db,
    sender: Sender,
    emails: readonly string[],
    now: Temporal.Instant,
  ) => Promise<Identified | null>;
  /** Keeps the person's own chat fresh. Returns true when the person was not reachable before. */
  readonly remember: (
    db: Db,
    person: PersonId,
    sender: Sender,
    address: Address,
    now: Temporal.Instant,
  ) => Promise<boolean>;
  readonly chatAt: (
    db: Db,
    address: Address,
    facts: ChatFacts,
    now: Temporal.Instant,
  ) => Promise<Extract<Place, { kind: "chat" }>>;
  readonly addressOf: (db: Db, to: Recipient) => Promise<Address | null>;
  readonly unreachable: (
    db: Db,
    to: Recipient,
    reason: "blocked" | "disabled" | "removed" | "gone",
    now: Temporal.Instant,
  ) => Promise<void>;
  /** How to open a chat with somebody who has none; null: not known, or tried once already. */
  readonly openingOf: (db: Db, person: PersonId) => Promise<Opening | null>;
  /** The bot opened a chat with them: they can be written to. */
  readonly opened: (
    db: Db,
    person: PersonId,
    chat: { readonly userId: string; readonly address: Address },
    now: Temporal.Instant,
  ) => Promise<void>;
  /** Teams did not let it: that is not tried again before they write or install the bot. */
  readonly notOpened: (db: Db, person: PersonId, now: Temporal.Instant) => Promise<void>;
  readonly audit: (
    db: Db,
    row: { what: string; subject: string | null; person: PersonId | null; at: Temporal.Instant },
  ) => Promise<void>;
}

export interface Opening {
  /** Any address of the same tenant. */
  readonly from: Address;
  /** `29:...` from a roster. */
  readonly userId: string;
}

/** A speaker with what is stored about where they were last heard. */
export interface Identified {
  readonly speaker: Speaker;
  readonly knownAddress: Address | null;
  readonly lastSeen: Temporal.Instant | null;
}
