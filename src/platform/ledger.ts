import { and, asc, eq, inArray, sql } from "drizzle-orm";
import type { Db } from "../core/db.ts";
import type { ChatId, DeliveryId, PersonId } from "../core/ids.ts";
import { outbox, type DeliveryState } from "./schema.ts";

/** What became of a message, in the words of the ledger: whatever is still on its way is queued. */
export const ledgerStates = ["queued", "sent", "uncertain", "failed", "cancelled"] as const;
export type LedgerState = (typeof ledgerStates)[number];

export interface LedgerRow {
  readonly id: DeliveryId;
  readonly person: PersonId | null;
  readonly chat: ChatId | null;
  readonly kind: string;
  /** It updates a card that stands already. */
  readonly isUpdate: boolean;
  readonly state: LedgerState;
  /** Since when, by the programme's clock. */
  readonly at: Temporal.Instant;
  readonly reason: string | null;
}

const inLedger: Readonly<Record<LedgerState, readonly DeliveryState[]>> = {
  queued: ["ready", "leased", "sending"],
  sent: ["sent"],
  uncertain: ["uncertain"],
  failed: ["failed"],
  cancelled: ["cancelled"],
};

/** Oldest first. */
export async function readLedger(
  db: Db,
  which: { readonly state: LedgerState | null; readonly person: PersonId | null },
): Promise<readonly LedgerRow[]> {
  const rows = await db
    .select()
    .from(outbox)
    .where(
      and(
        which.state === null ? undefined : inArray(outbox.state, [...inLedger[which.state]]),
        which.person === null ? undefined : eq(outbox.person, which.person),
      ),
    )
    .orderBy(asc(outbox.stateSince), asc(outbox.id));
  return rows.map(({ id, person, chat, kind, updates, state, stateSince, reason }) => ({
    id,
    person,
    chat,
    kind,
    isUpdate: updates !== null,
    state: ledgerStates.find((name) => inLedger[name].includes(state)) ?? "queued",
    at: stateSince,
    reason,
  }));
}

/**
 * Sends a message again that may or may not have arrived, or that failed. It is still asked whether it is wanted.
 *
 * @returns false when there is no such message, or it is not one of those
 */
export async function retryDelivery(db: Db, id: DeliveryId, now: Temporal.Instant): Promise<boolean> {
  const retried = await db
    .update(outbox)
    .set({
      state: "ready",
      attempts: 0,
      retryAt: null,
      waitsForRecipient: false,
      reason: "to be sent again by hand",
      // The card says that it may be a repeat.
      isRepeat: sql`${outbox.state} = 'uncertain'`,
      stateSince: now,
    })
    .where(and(eq(outbox.id, id), inArray(outbox.state, ["uncertain", "failed"])))
    .returning({ id: outbox.id });
  return retried.length === 1;
}
