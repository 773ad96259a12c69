import type { Card } from "../core/card.ts";
import type { Address } from "../core/feature.ts";

/** What Teams said when it did not take a post, as the sender found it: nothing in it is interpreted yet. */
export interface SendFailure {
  /** HTTP status; `null` when no answer came: refused, reset, or longer than the time-out. */
  readonly status: number | null;
  /** Teams' own code (`MessageWritesBlocked`), or the system's without an answer (`ECONNREFUSED`); `NoToken`: not even tried. */
  readonly code: string | null;
  /** Compared with known texts, never logged: it may quote what was sent. */
  readonly message: string;
  readonly retryAfterSeconds: number | null;
}

/** A new post, or with `replaces` (an activity id) the new form of one that stands already. */
export type Post = { readonly card: Card } | { readonly card: Card; readonly replaces: string };

export type SendResult =
  /** `activityId`: what the post is called from now on; `null` when Teams did not say. */
  { readonly ok: true; readonly activityId: string | null } | { readonly ok: false; readonly failure: SendFailure };

/** One call to Teams, tried once, ended after 5 s. Never throws for what Teams or the network did. */
export type Send = (address: Address, post: Post) => Promise<SendResult>;

/**
 * Opens a person's own chat with the bot: the same one each time, so that trying twice does no harm. One call, tried once,
 * ended after 5 s. Never throws for what Teams or the network did.
 *
 * @param from any address of the same tenant: its `conversationId` is not used
 * @param userId `29:...` from a roster
 */
export type OpenChat = (from: Address, userId: string) => Promise<Opened>;

export type Opened =
  { readonly ok: true; readonly address: Address } | { readonly ok: false; readonly failure: SendFailure };

/** What a failure means, as far as Teams tells. */
export type FailureClass =
  | "throttled"
  | "not-sent"
  | "may-have-arrived"
  | "arrived"
  | "blocked"
  | "disabled"
  | "removed"
  | "gone"
  | "too-big"
  | "refused"
  | "misconfigured";

/**
 * - `pause-conversation`, `pause-tenant`: nothing goes there for `Retry-After` or a growing time; then again
 * - `retry`: again after a growing time
 * - `doubt`: the kind of message decides: kept as `uncertain`, or repeated and marked as a repeat
 * - `done`: it is there
 * - `unreachable`: kept until the recipient writes or installs again, or until its use is over
 * - `reopen`: the same, but a person's chat is opened anew first, once
 * - `shorten`: at once again as one sentence; refused as well, it fails
 * - `fail`: only a person can mend it; listed for coordinators
 */
export type Next =
  "pause-conversation" | "pause-tenant" | "retry" | "doubt" | "done" | "unreachable" | "reopen" | "shorten" | "fail";

export interface Handling {
  readonly next: Next;
  /** What coordinators read beside the message. */
  readonly coordinator: string;
  /** What the recipient reads, if anything. */
  readonly person: string | null;
}

/** In the place of a card that Teams found too big. */
export const shortenedNote = "The whole of it was too long for Teams. Write “help” to see what I can show you.";

/** A repeated message says so, first thing. */
export const repeatNote = "This may be a repeat: we could not tell whether it reached you the first time.";

export const handlings = {
  throttled: { next: "pause-conversation", coordinator: "Teams asked us to slow down", person: null },
  "not-sent": { next: "retry", coordinator: "Teams could not be reached", person: null },
  "may-have-arrived": {
    next: "doubt",
    coordinator: "Teams gave no clear answer: it may have arrived",
    person: repeatNote,
  },
  arrived: { next: "done", coordinator: "arrived, but Teams' answer was cut off", person: null },
  blocked: { next: "unreachable", coordinator: "blocked the bot, or may not be written to", person: null },
  disabled: { next: "unreachable", coordinator: "an administrator of Teams turned the bot off", person: null },
  removed: { next: "unreachable", coordinator: "the bot is not installed there any more", person: null },
  gone: { next: "reopen", coordinator: "the conversation does not exist any more", person: null },
  "too-big": {
    next: "shorten",
    coordinator: "too big for Teams, even in short: tell whoever runs the bot",
    person: shortenedNote,
  },
  refused: { next: "fail", coordinator: "Teams refused it: tell whoever runs the bot", person: null },
  misconfigured: {
    next: "pause-tenant",
    coordinator: "Teams does not accept the bot's registration: tell whoever runs the bot",
    person: null,
  },
} satisfies Record<FailureClass, Handling>;

/** Codes say more than the status. Teams also puts them, as JSON in a string, into the message of a 403. */
const classOfCode: readonly (readonly [code: string, FailureClass])[] = [
  ["ConversationBlockedByUser", "blocked"],
  ["BotDisabledByUser", "blocked"],
  ["BotDisabledByAdmin", "disabled"],
  ["MessageWritesBlocked", "blocked"],
  ["BotNotInConversationRoster", "removed"],
  ["ForbiddenOperationException", "removed"],
  ["ConversationNotFound", "gone"],
  ["ActivityNotFoundInConversation", "gone"],
  ["MessageSizeTooBig", "too-big"],
  ["BotNotRegistered", "misconfigured"],
  // After the other cloud was tried, too.
  ["InvalidBotApiHost", "misconfigured"],
  // Of this conversation only: the tenant's others go on.
  ["NotEnoughPermissions", "refused"],
  ["PreconditionFailed", "not-sent"],
];

const classOfStatus: Readonly<Record<number, FailureClass>> = {
  401: "misconfigured",
  403: "blocked",
  404: "gone",
  408: "may-have-arrived",
  410: "gone",
  412: "not-sent",
  413: "too-big",
  425: "not-sent",
  429: "throttled",
};

/** Without a connection nothing was sent; without a token (`NoToken`) nothing was tried. */
const neverLeft: Readonly<Record<string, FailureClass>> = {
  ECONNREFUSED: "not-sent",
  ENOTFOUND: "not-sent",
  EAI_AGAIN: "not-sent",
  EHOSTUNREACH: "not-sent",
  ENETUNREACH: "not-sent",
  UND_ERR_CONNECT_TIMEOUT: "not-sent",
  NoToken: "misconfigured",
};

/** In doubt it may have arrived: that is never repeated unasked. */
export function classify(failure: SendFailure): FailureClass {
  const { status, code, message } = failure;
  if (status === null) return neverLeft[code ?? ""] ?? "may-have-arrived";
  if (status >= 200 && status < 300) return "arrived";
  if (status >= 500) return "may-have-arrived";
  const byCode = status === 429 ? undefined : classOfCode.find(([known]) => code === known || message.includes(known));
  return byCode?.[1] ?? classOfStatus[status] ?? "refused";
}
