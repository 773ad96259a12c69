import { hash } from "node:crypto";

/** What a token was presented with: the SDK compares both with what the token claims. */
export interface Presented {
  readonly authorization: string;
  readonly serviceUrl: string;
  readonly channelId: string;
}

export interface VerifiedTokens<Verified> {
  find(presented: Presented): Verified | null;
  /** @param expiresAt milliseconds since 1970, as the verified token itself says */
  keep(presented: Presented, expiresAt: number, verified: Verified): void;
}

/**
 * Teams presents the same token for up to an hour; its signature takes a sixth of a turn to check. Five minutes are the
 * difference of clocks that the SDK allows a token anyway, so nobody is let in for longer than before.
 */
const trustMs = 5 * 60_000;

/** A region of Teams has some dozens in use; each takes about a kilobyte. */
const mostTokens = 1000;

/**
 * What the SDK found about tokens that it has verified, each with the service address and channel that it was verified
 * for. Only their hashes are kept.
 *
 * @param now milliseconds since 1970, real time
 */
export function createVerifiedTokens<Verified>(now: () => number): VerifiedTokens<Verified> {
  const known = new Map<string, { readonly until: number; readonly verified: Verified }>();
  return {
    find: (presented) => {
      const entry = known.get(keyOf(presented));
      return entry === undefined || now() >= entry.until ? null : entry.verified;
    },
    keep: (presented, expiresAt, verified) => {
      const until = Math.min(expiresAt, now() + trustMs);
      if (until <= now()) return;
      if (known.size >= mostTokens) known.clear();
      known.set(keyOf(presented), { until, verified });
    },
  };
}

function keyOf({ authorization, serviceUrl, channelId }: Presented): string {
  return hash("sha256", JSON.stringify([authorization, channelId, serviceUrl]), "base64");
}
