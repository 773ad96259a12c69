import type { Db } from "./db.ts";
import type { ChatId, DeliveryId, PersonId } from "./ids.ts";

/** The programme's clock. Read once per use case and passed on as `now`. */
export interface Clock {
  now(): Temporal.Instant;
}

/** A fresh id: a version 7 UUID, so that rows made later sort later. */
export type NewId = () => string;

type Fields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Messages are static text; what varies goes into fields: ids, counts and codes, never names or what people wrote. */
export interface Log {
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

/** Makes and checks addresses under `PUBLIC_URL` that need no log-in because they are signed. */
export interface Links {
  /** @param until by the programme's clock: as much real time later the link is refused */
  sign(page: string, subject: string, until: Temporal.Instant): string;
}

/** Where a message goes: a person's own chat with the bot, or a chat that the bot sits in. */
export type Recipient = { readonly person: PersonId } | { readonly chat: ChatId };

/** `answer` before `urgent` before `planned` before `bulk`. */
export type Priority = "answer" | "urgent" | "planned" | "bulk";

export interface OutgoingMessage {
  /** Names the `Message` in the visible list that judges and draws it. */
  readonly kind: string;
  /** Ids only: what `wanted` and `render` need to find the rows again. */
  readonly ref: Readonly<Record<string, string>>;
  readonly to: Recipient;
  /** `<kind>:<subject>@<version>:<occasion>:<recipient>`: a second one with the same key is not enqueued. */
  readonly dedupeKey: string;
  /** By the programme's clock. */
  readonly dueAt: Temporal.Instant;
  /** By the programme's clock: from then on it is cancelled, not sent. `null`: always useful. */
  readonly usefulUntil: Temporal.Instant | null;
  readonly priority: Priority;
  /** What the card shows, such as `meeting:<id>`: `refresh` of one of them updates the card once it is posted. */
  readonly subjects: readonly string[];
}

export interface Outbox {
  /** Within the transaction of the fact that caused them. Returns the ids of those that were new. */
  enqueue(tx: Db, messages: readonly OutgoingMessage[]): Promise<readonly DeliveryId[]>;
  /**
   * The cards that show one of these subjects are out of date: each is drawn and updated in place, once, however
   * often this is asked before it happens. A card not sent yet needs nothing: it is drawn when it is sent.
   */
  refresh(tx: Db, subjects: readonly string[], now: Temporal.Instant): Promise<void>;
  /**
   * Messages of these kinds that wait for this person, none of them under way, are cancelled with that reason: they will be
   * said in another way. Returns their refs.
   */
  takeBack(
    tx: Db,
    person: PersonId,
    kinds: readonly string[],
    reason: string,
    now: Temporal.Instant,
  ): Promise<readonly Readonly<Record<string, string>>[]>;
  /** Somebody's chat was emptied: the cards that stood in it cannot be brought up to date any more. */
  forgetCards(tx: Db, person: PersonId): Promise<void>;
  /** Somebody is erased: what still waits for them is cancelled, and where their cards stand is forgotten. */
  forget(tx: Db, person: PersonId, now: Temporal.Instant): Promise<void>;
}

/** A message that failed, or may not have arrived. */
export interface Doubtful {
  readonly id: DeliveryId;
  readonly to: Recipient;
  readonly kind: string;
  readonly state: "uncertain" | "failed";
  readonly at: Temporal.Instant;
  readonly reason: string | null;
  /** Of this outcome: sent again, it has another one. Opaque. */
  readonly version: string;
}

/** What became of messages, for those who look after people. */
export interface Ledger {
  /** How many messages wait until each of these people can be written to; nobody without any. */
  readonly waiting: (db: Db, persons: readonly PersonId[]) => Promise<ReadonlyMap<PersonId, number>>;
  /** Those of the last two weeks that are still of use, to any of these people and chats, newest first. */
  readonly inDoubt: (
    db: Db,
    to: { readonly persons: readonly PersonId[]; readonly chats: readonly ChatId[] },
    now: Temporal.Instant,
    most: number,
  ) => Promise<readonly Doubtful[]>;
  /** To whom a message went, whatever has become of it. */
  readonly recipientOf: (db: Db, id: DeliveryId) => Promise<Recipient | null>;
  /**
   * Sends one again, once: it is still asked whether it is wanted, and says that it may be a repeat.
   *
   * @returns false when its outcome is not that of `version` any more
   */
  readonly sendAgain: (db: Db, id: DeliveryId, version: string, now: Temporal.Instant) => Promise<boolean>;
}

/**
 * A person as Teams' roster of a conversation tells. E-mail and principal name are null for somebody of another
 * organisation: whoever runs that one can write there what they like.
 */
export interface RosterMember {
  /** Teams' id of the person for this bot (`29:...`). */
  readonly userId: string;
  readonly aadObjectId: string | null;
  readonly email: string | null;
  readonly userPrincipalName: string | null;
}

/** Questions to Teams about who sits in a chat. */
export interface Directory {
  members(chat: {
    readonly serviceUrl: string;
    readonly conversationId: string;
    readonly tenantId: string;
    readonly teamId: string | null;
  }): Promise<readonly RosterMember[]>;
}
