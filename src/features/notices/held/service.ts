import type { Db } from "../../../core/db.ts";
import type { Deps } from "../../../core/feature.ts";
import type { PersonId } from "../../../core/ids.ts";
import type { NoticeKinds } from "../service.ts";
import { releaseHeld, takeOffCards } from "../store.ts";

/** Somebody begins a pause: what is on a card that has not gone out waits with the rest. */
export async function holdUnsent(
  deps: Deps,
  kinds: NoticeKinds,
  person: PersonId,
  now: Temporal.Instant,
): Promise<void> {
  await unsay(deps, kinds, person, "paused", now);
}

/** Takes back the cards that have not gone out. */
async function unsay(
  deps: Deps,
  kinds: NoticeKinds,
  person: PersonId,
  reason: "paused" | "unreachable",
  now: Temporal.Instant,
): Promise<void> {
  const unsent = await deps.outbox.takeBack(deps.db, person, [...kinds.keys()], unsaidReasons[reason], now);
  const cards = unsent.flatMap(({ card }) => card ?? []);
  await takeOffCards(deps.db, cards, reason, now);
}

const unsaidReasons = {
  paused: "they asked for a pause: it is said after that",
  unreachable: "it is said with what was held meanwhile",
} as const;

/**
 * The person can be reached again: what was held and is still of use is said at the next good moment, on one card. A card that
 * could not be delivered to them is part of that: it is taken back, and what was on it goes with the rest.
 */
export async function resumeFor(
  deps: Deps,
  kinds: NoticeKinds,
  person: PersonId,
  now: Temporal.Instant,
): Promise<void> {
  await unsay(deps, kinds, person, "unreachable", now);
  await hearAgain(deps.db, person, now);
}

/** What was held for somebody is looked at now. */
export async function hearAgain(db: Db, person: PersonId, now: Temporal.Instant): Promise<void> {
  await releaseHeld(db, person, now);
}
