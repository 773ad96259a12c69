import { eq, sql } from "drizzle-orm";
import { card } from "../../src/core/card.ts";
import type { Db } from "../../src/core/db.ts";
import type { Address, Message, Outcome, Roster } from "../../src/core/feature.ts";
import { as } from "../../src/core/ids.ts";
import type { ChatId, DeliveryId, PersonId } from "../../src/core/ids.ts";
import type { Log, OutgoingMessage, Recipient } from "../../src/core/ports.ts";
import { createDelivery } from "../../src/platform/delivery.ts";
import type { Send } from "../../src/platform/delivery-outcomes.ts";
import { createOutbox } from "../../src/platform/outbox.ts";
import type { RateLimits } from "../../src/platform/rate-limits.ts";
import { outbox, postedCards, rateLimits } from "../../src/platform/schema.ts";

/** Two kinds of message: `reminder` must not be repeated, `worry` may. What they say and whether they are wanted is set at hand. */
export type Kind = "reminder" | "worry";

export const noon = Temporal.Instant.from("2026-09-14T04:00:00Z");

/** A post as plain HTTP, ended after `timeoutMs`, for tests that are not about the SDK. */
export function createPlainSend(timeoutMs = 5000): Send {
  return async (address, post) => {
    const isUpdate = "replaces" in post;
    const path = `v3/conversations/${encodeURIComponent(address.conversationId)}/activities`;
    try {
      const response = await fetch(`${address.serviceUrl}/${path}${isUpdate ? `/${post.replaces}` : ""}`, {
        method: isUpdate ? "PUT" : "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({
          type: "message",
          attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", content: post.card }],
        }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      const { status } = response;
      const body = (await response.json()) as { id?: string; error?: { code?: string; message?: string } };
      if (response.ok) return { ok: true, activityId: body.id ?? null };
      const retryAfter = response.headers.get("retry-after");
      const { code = null, message = "" } = body.error ?? {};
      return {
        ok: false,
        failure: { status, code, message, retryAfterSeconds: retryAfter === null ? null : Number(retryAfter) },
      };
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      const code = cause instanceof Error && "code" in cause ? String(cause.code) : null;
      return { ok: false, failure: { status: null, code, message: "", retryAfterSeconds: null } };
    }
  };
}

/** People with addresses at a connector, their outbox, and as many delivery engines as a test wants. */
export function createPostOffice(db: Db, serviceUrl: string) {
  let now = noon;
  let made = 0;
  const clock = { now: () => now };
  const newId = () => crypto.randomUUID();
  const queue = createOutbox({ newId, clock });
  const unwanted = new Map<string, string>();
  const unreachable = new Map<string, "blocked" | "disabled" | "removed" | "gone">();
  const words = new Map<string, string>();
  const settled: { readonly about: string; readonly outcome: Outcome }[] = [];
  const logged: string[] = [];
  const write = (message: string): void => void logged.push(message);
  const log: Log = { info: write, warn: write, error: write };

  const roster: Pick<Roster, "addressOf" | "unreachable"> = {
    addressOf: async (_db, to) => (unreachable.has(idOf(to)) ? null : addressOf(to)),
    unreachable: async (_db, to, reason) => void unreachable.set(idOf(to), reason),
  };

  function addressOf(to: Recipient): Address {
    return { serviceUrl, conversationId: `a:${idOf(to)}`, botId: "28:bot", tenantId: "tenant" };
  }

  const messages = (["reminder", "worry"] as const).map((kind): Message => ({
    kind,
    whenUncertain: kind === "worry" ? "again" : "once",
    wanted: async (_db, { about = "" }) => {
      const reason = unwanted.get(about);
      return reason === undefined ? { wanted: true } : { wanted: false, reason };
    },
    render: async (_deps, { about = "" }) => card(`${about}: ${words.get(about) ?? "open"}`, []),
    settled: async (_db, { about = "" }, outcome) => void settled.push({ about, outcome }),
  }));

  const deps = { db, clock, messages, roster, log, newId, links: { sign: () => "https://waymark.example/x" } };

  return {
    addressOf,
    queue,
    messages,
    unwanted,
    unreachable,
    /** What a card about something says from now on. */
    words,
    settled,
    logged,
    clock: { now: clock.now, moveTo: (at: Temporal.Instant) => void (now = at) },

    person: (): { readonly person: PersonId } => ({ person: as<PersonId>(crypto.randomUUID()) }),
    chat: (): { readonly chat: ChatId } => ({ chat: as<ChatId>(crypto.randomUUID()) }),

    message(
      to: Recipient,
      about = `m${++made}`,
      changes: Partial<OutgoingMessage> & { kind?: Kind } = {},
    ): OutgoingMessage {
      return {
        kind: "reminder",
        ref: { about },
        to,
        dedupeKey: `reminder:${about}@1:opens:${idOf(to)}`,
        dueAt: noon,
        usefulUntil: null,
        priority: "planned",
        subjects: [`meeting:${about}`],
        ...changes,
      };
    },

    enqueue: (...many: readonly OutgoingMessage[]) => db.transaction((tx) => queue.enqueue(tx, many)),
    refresh: (...subjects: readonly string[]) => db.transaction((tx) => queue.refresh(tx, subjects, now)),

    engine: (
      changes: { send?: Send; limits?: RateLimits | null; db?: Db; lanes?: number; messages?: readonly Message[] } = {},
    ) => createDelivery({ ...deps, send: createPlainSend(), limits: null, ...changes }),

    /** As the ledger has it. Updates of cards are listed apart. */
    async rows(): Promise<readonly { about: string; state: string; reason: string | null; attempts: number }[]> {
      const all = await db
        .select()
        .from(outbox)
        .where(sql`${outbox.updates} is null`)
        .orderBy(outbox.dedupeKey);
      return all.map(({ ref, state, reason, attempts }) => ({ about: ref["about"] ?? "", state, reason, attempts }));
    },

    updates: () =>
      db
        .select()
        .from(outbox)
        .where(sql`${outbox.updates} is not null`),

    /** Real time passes: pauses, leases and waits that began before are over. */
    async letTimePass(): Promise<void> {
      const past = sql`clock_timestamp() - interval '1 second'`;
      await db
        .update(outbox)
        .set({ retryAt: past })
        .where(sql`${outbox.retryAt} is not null`);
      await db
        .update(outbox)
        .set({ leasedUntil: past })
        .where(sql`${outbox.leasedUntil} is not null`);
      await db
        .update(rateLimits)
        .set({ heldUntil: 0, paidUntil: 0, queuedUntil: 0 })
        .where(sql`true`);
    },

    async stateOf(id: DeliveryId): Promise<string | undefined> {
      const [row] = await db.select({ state: outbox.state }).from(outbox).where(eq(outbox.id, id));
      return row?.state;
    },

    /** Everything is as if nothing had ever been sent. */
    async reset(): Promise<void> {
      now = noon;
      for (const memory of [unwanted, unreachable, words]) memory.clear();
      settled.length = 0;
      logged.length = 0;
      await db.delete(postedCards).where(sql`true`);
      await db.delete(outbox).where(sql`true`);
      await db.delete(rateLimits).where(sql`true`);
    },
  };
}

function idOf(to: Recipient): string {
  return "person" in to ? to.person : to.chat;
}
