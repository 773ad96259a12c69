import { and, asc, desc, eq, gt, inArray, isNull, or, sql, type SQL } from "drizzle-orm";
import type { Db } from "../core/db.ts";
import type { ChatId, DeliveryId, PersonId } from "../core/ids.ts";
import type { Ledger } from "../core/ports.ts";
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

/** For coordinators. Its queries read what waits and what is in doubt, never the history. */
export const ledger: Ledger = {
  waiting: async (db, persons) => {
    const rows = await db
      .select({ person: outbox.person, count: sql<number>`count(*)::int` })
      .from(outbox)
      .where(
        and(
          sql`coalesce(${outbox.person}, ${outbox.chat}) = any(${sql.param([...persons])}::uuid[])`,
          sql`${outbox.state} = 'ready' and ${outbox.retryAt} is not null`,
          outbox.waitsForRecipient,
          isNull(outbox.updates),
        ),
      )
      .groupBy(outbox.person);
    return new Map(rows.flatMap(({ person, count }) => (person === null ? [] : [[person, count] as const])));
  },

  inDoubt: async (db, { persons, chats }, now, most) => {
    const recipients = [...persons, ...chats];
    const rows = await db
      .select({
        id: outbox.id,
        person: outbox.person,
        chat: outbox.chat,
        kind: outbox.kind,
        state: outbox.state,
        at: outbox.stateSince,
        reason: outbox.reason,
        lease: outbox.lease,
      })
      .from(outbox)
      .where(
        and(
          inArray(outbox.state, ["uncertain", "failed"]),
          gt(outbox.stateSince, now.subtract({ hours: doubtHours })),
          sql`coalesce(${outbox.person}, ${outbox.chat}) = any(${sql.param(recipients)}::uuid[])`,
          or(isNull(outbox.usefulUntil), gt(outbox.usefulUntil, now)),
          isNull(outbox.updates),
        ),
      )
      .orderBy(desc(outbox.stateSince), desc(outbox.id))
      .limit(most);
    return rows.flatMap(({ person, chat, state, lease, ...row }) => {
      const to = person !== null ? { person } : chat !== null ? { chat } : null;
      return to === null || lease === null
        ? []
        : [{ ...row, to, state: state === "failed" ? "failed" : "uncertain", version: lease } as const];
    });
  },

  recipientOf: async (db, id) => {
    const [row] = await db.select({ person: outbox.person, chat: outbox.chat }).from(outbox).where(eq(outbox.id, id));
    if (row?.person !== undefined && row.person !== null) return { person: row.person };
    return row?.chat === undefined || row.chat === null ? null : { chat: row.chat };
  },

  sendAgain: (db, id, version, now) => repeat(db, and(eq(outbox.id, id), eq(outbox.lease, version)), now),
};

/** After that nobody misses a message any more. */
const doubtHours = 24 * 14;

/**
 * Sends a message again that may or may not have arrived, or that failed. It is still asked whether it is wanted.
 *
 * @returns false when there is no such message, or it is not one of those
 */
export async function retryDelivery(db: Db, id: DeliveryId, now: Temporal.Instant): Promise<boolean> {
  return await repeat(db, eq(outbox.id, id), now);
}

async function repeat(db: Db, which: SQL | undefined, now: Temporal.Instant): Promise<boolean> {
  const repeated = await db
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
    .where(and(which, inArray(outbox.state, ["uncertain", "failed"])))
    .returning({ id: outbox.id });
  return repeated.length === 1;
}
