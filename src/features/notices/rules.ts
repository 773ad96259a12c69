import type { Action, Element } from "../../core/card.ts";
import type { NoticeId } from "../../core/ids.ts";
import { dayIn, isBefore, isDayBefore, later, startOfDay } from "../../core/time.ts";
import { isGoodTime, nextGoodMoment, type Rhythm } from "../calendar/rules.ts";

/** A notice's share of a card. */
export interface Part {
  readonly title: string;
  readonly body: readonly Element[];
  readonly actions: readonly Action[];
  /** The whole of it in a sentence. */
  readonly fallback: string;
  /** The nearest comes first. */
  readonly deadline: Temporal.Instant | null;
}

/** A notice whose moment has come. */
export interface Waiting {
  readonly id: NoticeId;
  readonly usefulUntil: Temporal.Instant;
  /** It was held because the person could not be reached. */
  readonly wasHeld: boolean;
  readonly rhythm: Rhythm;
  readonly budget: Budget;
}

/** Unrequested cards to one person; null: no limit. */
export interface Budget {
  readonly perDay: number | null;
  readonly perWeek: number;
}

export interface Hearer {
  readonly timeZone: string;
  readonly isReachable: boolean;
  /** First contact: nothing else that day. */
  readonly welcomedAt: Temporal.Instant | null;
  readonly pausedUntil: Temporal.PlainDate | null;
  /** When unrequested cards went to them, this ISO week. */
  readonly cardsThisWeek: readonly Temporal.Instant[];
}

export type Verdict =
  | { readonly kind: "say" }
  | { readonly kind: "wait"; readonly until: Temporal.Instant; readonly reason: WaitReason }
  | { readonly kind: "drop"; readonly reason: DropReason };

export type WaitReason = "unreachable" | "paused" | "first day" | "quiet" | "budget";
export type DropReason = "its use was over" | "no good moment before its use was over";

/**
 * What becomes of the notices that are due for one person now. All that may be said goes on one card; for the rest, when
 * to look again. Every `until` is later than `now`.
 */
export function decide(
  waiting: readonly Waiting[],
  hearer: Hearer,
  now: Temporal.Instant,
): ReadonlyMap<NoticeId, Verdict> {
  return new Map(waiting.map((notice) => [notice.id, judge(notice, hearer, now)]));
}

function judge(notice: Waiting, hearer: Hearer, now: Temporal.Instant): Verdict {
  if (!isBefore(now, notice.usefulUntil)) return { kind: "drop", reason: "its use was over" };
  // Not looked at again by itself before it is useless: becoming reachable looks at it.
  if (!hearer.isReachable) return { kind: "wait", until: notice.usefulUntil, reason: "unreachable" };
  const today = dayIn(now, hearer.timeZone);
  const startOf = (day: Temporal.PlainDate): Temporal.Instant => startOfDay(day, hearer.timeZone);
  if (hearer.pausedUntil !== null && isDayBefore(today, hearer.pausedUntil)) {
    return waitFrom(startOf(hearer.pausedUntil), "paused", notice);
  }
  if (hearer.welcomedAt !== null && dayIn(hearer.welcomedAt, hearer.timeZone).equals(today)) {
    return waitFrom(startOf(today.add({ days: 1 })), "first day", notice);
  }
  if (notice.wasHeld) {
    const next = waitFrom(now, "quiet", notice);
    if (next.kind !== "wait" || !next.until.equals(now)) return next;
  }
  if (!isGoodTime(now, notice.rhythm)) return waitFrom(now, "quiet", notice);
  const { perDay, perWeek } = notice.budget;
  const monday = startOf(today.subtract({ days: today.dayOfWeek - 1 }));
  const week = hearer.cardsThisWeek.filter((at) => !isBefore(at, monday));
  if (week.length >= perWeek) return waitFrom(startOf(today.add({ days: 8 - today.dayOfWeek })), "budget", notice);
  const spentToday = week.filter((at) => dayIn(at, hearer.timeZone).equals(today)).length;
  if (perDay !== null && spentToday >= perDay) return waitFrom(startOf(today.add({ days: 1 })), "budget", notice);
  return { kind: "say" };
}

function waitFrom(from: Temporal.Instant, reason: WaitReason, notice: Waiting): Verdict {
  const until = nextGoodMoment(from, notice.usefulUntil, notice.rhythm);
  return until === null
    ? { kind: "drop", reason: "no good moment before its use was over" }
    : { kind: "wait", until, reason };
}

/** The start of the ISO week before last: no zone's present week begins earlier than a week and two days ago. */
export function weekSearchStart(now: Temporal.Instant): Temporal.Instant {
  return now.subtract({ hours: 24 * 9 });
}

/** The later of the two: of several programmes' notices on one card, it is useful as long as one of them is. */
export function usefulUntilOf(notices: readonly Pick<Waiting, "usefulUntil">[]): Temporal.Instant | null {
  return notices
    .map((notice) => notice.usefulUntil)
    .reduce<Temporal.Instant | null>((latest, until) => (latest === null ? until : later(latest, until)), null);
}
