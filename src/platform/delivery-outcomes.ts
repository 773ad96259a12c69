import type { Card } from "../core/card.ts";
import type { Address } from "../core/feature.ts";

/** What Teams said when it did not take a post, as the sender found it: nothing in it is interpreted yet. */
export interface SendFailure {
  /** HTTP status; `null` when no answer came: refused, reset, or longer than the time-out. */
  readonly status: number | null;
  /** Teams' own code (`MessageWritesBlocked`), or the system's without an answer (`ECONNREFUSED`, `AbortError`). */
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
