import { card, note, paragraph, type Card } from "../core/card.ts";
import type { Address, Message, Opening, Roster } from "../core/feature.ts";
import type { Db } from "../core/db.ts";
import type { PersonId } from "../core/ids.ts";
import type { Links } from "../core/ports.ts";
import {
  classify,
  handlings,
  repeatNote,
  shortenedNote,
  type OpenChat,
  type Post,
  type SendFailure,
} from "./delivery-outcomes.ts";
import { findOriginal, type Change, type Held } from "./delivery-store.ts";

/** Before sending: either what becomes of the row at once, or what is to be posted where. */
export type Judgement =
  | { readonly kind: "settle"; readonly change: Change }
  | { readonly kind: "post"; readonly address: Address; readonly post: Post }
  /** They have no chat yet, and one may be opened. */
  | { readonly kind: "open"; readonly person: PersonId; readonly opening: Opening; readonly openings: Openings };

/** After a failure: what becomes of the row, and what else follows from it. */
export interface Consequence {
  readonly change: Change;
  readonly pause: { readonly what: "conversation" | "tenant"; readonly ms: number } | null;
  readonly unreachable: Parameters<Roster["unreachable"]>[2] | null;
  /** The card that was to be updated stands no more. */
  readonly isCardGone: boolean;
}

export const nothingElse = { pause: null, unreachable: null, isCardGone: false } as const;

/** How chats are opened with people who have none. */
export interface Openings extends Pick<Roster, "openingOf" | "opened" | "notOpened"> {
  readonly openChat: OpenChat;
}

export interface DecisionDeps {
  readonly db: Db;
  readonly links: Links;
  readonly roster: Pick<Roster, "addressOf">;
  /** Default: no chat is ever opened. */
  readonly openings?: Openings;
  readonly messageOf: (kind: string) => Message | undefined;
}

const unreachableMs = 3_600_000;

/** So often a message that may be repeated is tried when Teams gives no clear answer. */
const triesInDoubt = 5;

/** So often a card is tried that cannot be drawn: a bug, or a database that was away for a moment. */
const triesToDraw = 5;

/** Asks, at the moment of sending, whether it is still wanted, where it goes and how it looks now. */
export async function judge(deps: DecisionDeps, row: Held, now: Temporal.Instant): Promise<Judgement> {
  if (row.usefulUntil !== null && Temporal.Instant.compare(row.usefulUntil, now) <= 0)
    return cancelled("its use was over before it could be sent");
  const message = deps.messageOf(row.kind);
  if (message === undefined) return settle({ state: "failed", reason: "nothing draws this kind of message any more" });
  if (row.updates !== null) return judgeUpdate(deps, row, message, now);
  const wanted = await message.wanted(deps.db, row.ref, now);
  if (!wanted.wanted) return cancelled(wanted.reason);
  const address = await deps.roster.addressOf(deps.db, row.to);
  if (address === null) return judgeUnreachable(deps, row);
  const drawn = await message.render(deps, row.ref, row.to, now);
  return { kind: "post", address, post: { card: row.isRepeat ? markRepeat(drawn) : drawn } };
}

async function judgeUnreachable({ db, openings }: DecisionDeps, row: Held): Promise<Judgement> {
  const person = "person" in row.to ? row.to.person : null;
  const opening = person === null ? null : ((await openings?.openingOf(db, person)) ?? null);
  return person === null || opening === null || openings === undefined
    ? settle(waitForRecipient(row, "cannot be written to: waits until that changes"))
    : { kind: "open", person, opening, openings };
}

/** The reason of an update that waits for its card to be posted. */
export const onItsWayReason = "its card is on its way";

async function judgeUpdate(deps: DecisionDeps, row: Held, message: Message, now: Temporal.Instant): Promise<Judgement> {
  const original = row.updates === null ? null : await findOriginal(deps.db, row.updates);
  if (original === null) return cancelled("its card is not known any more");
  switch (original.state) {
    case "ready":
      return settle({ state: "needless" });
    case "leased":
    case "sending":
      // Taken by the same claim it is drawn after the change; taken by an earlier one, perhaps before.
      if (original.lease === row.lease) return settle({ state: "needless" });
      return settle(giveBack(row, 500, onItsWayReason));
    case "uncertain":
    case "failed":
    case "cancelled":
      return cancelled("its card was not posted, or not for sure");
    case "sent": {
      if (original.posted === null) return cancelled("Teams gave no id by which its card could be updated");
      const { activityId, ...place } = original.posted;
      const address = await deps.roster.addressOf(deps.db, row.to);
      if (address === null) return cancelled("its card stands where the bot cannot write any more");
      const drawn = await message.render(deps, row.ref, row.to, now);
      // Teams may have moved the conversation to another service address since.
      const isSameChat = address.conversationId === place.conversationId;
      return {
        kind: "post",
        address: isSameChat ? address : { ...address, ...place },
        post: { card: drawn, replaces: activityId },
      };
    }
  }
}

/**
 * @param chance 0 to 1: spreads those that failed together
 */
export function consequenceOf(
  row: Held,
  message: Message | undefined,
  failure: SendFailure,
  chance: number,
): Consequence {
  const failureClass = classify(failure);
  const { next, coordinator: reason } = handlings[failureClass];
  const askedMs = failure.retryAfterSeconds === null ? null : failure.retryAfterSeconds * 1000;
  const waitMs = askedMs ?? growingMs(row.attempts, chance);
  switch (next) {
    case "pause-conversation":
      return { ...nothingElse, change: again(row, waitMs, reason), pause: { what: "conversation", ms: waitMs } };
    case "pause-tenant":
      return { ...nothingElse, change: again(row, waitMs, reason), pause: { what: "tenant", ms: waitMs } };
    case "retry":
      return { ...nothingElse, change: again(row, waitMs, reason) };
    case "done":
      return { ...nothingElse, change: { state: "sent", posted: null, reason } };
    case "doubt":
      return { ...nothingElse, change: afterDoubt(row, message, waitMs, reason) };
    case "unreachable":
    case "reopen":
      if (row.updates !== null)
        return { ...nothingElse, change: { state: "cancelled", reason }, isCardGone: failureClass === "gone" };
      return {
        ...nothingElse,
        // A chat that is gone may be opened anew, once: looked at again at once. All others wait for the person.
        change: next === "reopen" ? again(row, null, reason) : waitForRecipient(row, reason),
        unreachable:
          failureClass === "blocked" || failureClass === "disabled" || failureClass === "removed"
            ? failureClass
            : "gone",
      };
    case "shorten":
    case "fail":
      return { ...nothingElse, change: { state: "failed", reason } };
  }
}

/** A process died, or lost its database, between the post and the answer; or Teams gave no clear answer. */
export function afterDoubt(
  row: Held,
  message: Message | undefined,
  waitMs: number | null = null,
  reason: string = handlings["may-have-arrived"].coordinator,
): Change {
  // Drawing a card anew twice changes nothing.
  if (row.updates !== null) return again(row, waitMs, reason);
  if (message?.whenUncertain !== "again" || row.attempts + 1 >= triesInDoubt) return { state: "uncertain", reason };
  return { ...again(row, waitMs, reason), isRepeat: true };
}

/** It could not even be drawn. */
export function afterError(row: Held, chance: number): Change {
  if (row.attempts + 1 >= triesToDraw) return { state: "failed", reason: "an error in the bot: its log says where" };
  return again(row, growingMs(row.attempts, chance), "an error in the bot: it is tried again");
}

/**
 * What became of opening a chat in vain. Nothing was posted, so whatever may pass is tried again; what only the person can
 * change is not.
 *
 * @param chance 0 to 1: spreads those that failed together
 */
export function afterNotOpened(row: Held, failure: SendFailure, chance: number): Consequence & { isRefused: boolean } {
  const { next, coordinator: reason } = handlings[classify(failure)];
  if (["unreachable", "reopen", "shorten", "fail"].includes(next))
    return { ...nothingElse, change: waitForRecipient(row, notOpenedReason), isRefused: true };
  const waitMs =
    failure.retryAfterSeconds === null ? growingMs(row.attempts, chance) : failure.retryAfterSeconds * 1000;
  const pause =
    next === "pause-conversation"
      ? ({ what: "conversation", ms: waitMs } as const)
      : next === "pause-tenant"
        ? ({ what: "tenant", ms: waitMs } as const)
        : null;
  return { ...nothingElse, change: again(row, waitMs, reason), pause, isRefused: false };
}

const notOpenedReason = "Teams did not let the bot open a chat: waits until they install it or write";

/** As if it had not been taken. */
export function giveBack(row: Held, afterMs: number | null = null, reason: string | null = null): Ready {
  return { ...again(row, afterMs, reason), attempts: row.attempts };
}

/** Whoever becomes reachable is woken at once; the hour is for the rare case that both happen in the same moment. */
function waitForRecipient(row: Held, reason: string): Ready {
  return { ...giveBack(row, unreachableMs, reason), waitsForRecipient: true };
}

type Ready = Extract<Change, { state: "ready" }>;

function again(row: Held, afterMs: number | null, reason: string | null): Ready {
  const attempts = row.attempts + 1;
  return { state: "ready", afterMs, reason, attempts, isRepeat: row.isRepeat, waitsForRecipient: false };
}

/** 2 s, 4 s, 8 s ... up to ten minutes, less up to a half. */
export function growingMs(attempts: number, chance: number): number {
  return Math.min(600_000, 2000 * 2 ** Math.min(attempts, 20)) * (1 - chance / 2);
}

function settle(change: Change): Judgement {
  return { kind: "settle", change };
}

function cancelled(reason: string): Judgement {
  return settle({ state: "cancelled", reason });
}

/** The whole message in a sentence, for a card that is too big. Half of what Teams takes, two bytes a character. */
export function shorten(drawn: Card): Card {
  const words = drawn.fallbackText.slice(0, 20_000);
  return card(words.split(/(?<=[.!?])\s/)[0]?.slice(0, 200) ?? "", [paragraph(words), note(shortenedNote)], [], words);
}

function markRepeat(drawn: Card): Card {
  return { ...drawn, fallbackText: `${repeatNote} ${drawn.fallbackText}`, body: [note(repeatNote), ...drawn.body] };
}
