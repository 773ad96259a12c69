import type { Accepted } from "./connector.ts";

/** What became of one message, as the outbox has it. */
export interface ListedRow {
  readonly about: string;
  readonly kind: string;
  readonly state: string;
}

export interface DeliveryAccount {
  /** Messages by their state in the outbox. */
  readonly states: Readonly<Record<string, number>>;
  readonly listed: number;
  /** Different messages that stand in a conversation, by the connector's own account. */
  readonly delivered: number;
  /** Of kinds that may be repeated when it is not known whether they arrived. */
  readonly repeated: number;
  /** Where the two disagree, message by message. Empty, or a promise is broken. */
  readonly broken: readonly string[];
}

/** What a card is about: the post office's cards begin with it, and repeated ones with a sentence that says so. */
export function aboutOf({ card }: Accepted): string {
  return /(\S+): \S+$/.exec(card?.fallbackText ?? "")?.[1] ?? "";
}

/**
 * Lays the list beside what really stands in the conversations: `sent` stands there, once; `uncertain` may; whatever else
 * became of a message, it does not.
 *
 * @param mayRepeat kinds that are sent again when in doubt
 */
export function compareDeliveries(
  rows: readonly ListedRow[],
  accepted: readonly Accepted[],
  enqueued: readonly string[],
  mayRepeat: ReadonlySet<string> = new Set(["worry"]),
): DeliveryAccount {
  const times = new Map<string, number>();
  for (const message of accepted) times.set(aboutOf(message), (times.get(aboutOf(message)) ?? 0) + 1);
  const states: Record<string, number> = {};
  const broken: string[] = [];
  let repeated = 0;
  const listed = new Map(rows.map((row) => [row.about, row]));
  for (const about of enqueued) if (!listed.has(about)) broken.push(`${about} was enqueued and is not in the list`);
  for (const about of times.keys()) if (!listed.has(about)) broken.push(`${about} was sent and is not in the list`);
  if (listed.size !== rows.length) broken.push("a message is listed twice");
  for (const { about, kind, state } of rows) {
    const count = times.get(about) ?? 0;
    states[state] = (states[state] ?? 0) + 1;
    if (count > 1) {
      if (mayRepeat.has(kind)) repeated += 1;
      else broken.push(`${about}, a ${kind}, was sent ${count} times`);
    }
    if (state === "sent" && count === 0) broken.push(`${about} is called sent and was not`);
    // In doubt earlier on, and then refused for good: what stands there came before.
    if (["failed", "cancelled"].includes(state) && count > 0 && !mayRepeat.has(kind))
      broken.push(`${about} is called ${state} and was sent`);
  }
  return { states, listed: rows.length, delivered: times.size, repeated, broken };
}

const underWay = ["ready", "leased", "sending"];

/** Nothing is to be done any more. */
export function isSettled(states: Readonly<Record<string, number>>): boolean {
  return underWay.every((state) => (states[state] ?? 0) === 0);
}
