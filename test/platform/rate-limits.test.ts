import { assert, constantFrom, array, record, integer, property } from "fast-check";
import { describe, expect, test } from "vitest";
import type { Bucket } from "../../src/platform/rate-limit-store.ts";
import { decideSlots, teamsLimits, type Place } from "../../src/platform/rate-limits.ts";
import { teamsEnforced } from "../support/connector.ts";

interface Ask {
  readonly conversation: string;
  readonly afterMs: number;
}

/** Plays it through: each asks when it comes, and again when it was told to. */
function play(asks: readonly Ask[], aheadMs = 250): { readonly conversation: string; readonly at: number }[] {
  const asking = asks.map(({ conversation, afterMs }, index) => ({ conversation, at: 1_000_000 + afterMs, index }));
  const dispatched: { conversation: string; at: number }[] = [];
  let buckets: ReadonlyMap<string, Bucket> = new Map();
  while (asking.length > 0) {
    asking.sort((a, b) => a.at - b.at || a.index - b.index);
    const next = asking.shift()!;
    const place = placeOf(next.conversation);
    const decided = decideSlots([{ ...place, aheadMs }], teamsLimits, buckets, next.at);
    buckets = decided.buckets;
    const slot = decided.slots[0]!;
    if (slot.kind === "go") dispatched.push({ conversation: next.conversation, at: next.at + slot.inMs });
    else asking.push({ ...next, at: next.at + Math.max(0.001, slot.inMs) });
  }
  return dispatched;
}

const placeOf = (conversationId: string): Place => ({ tenantId: "t", conversationId });

function most(times: readonly number[], seconds: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return Math.max(0, ...sorted.map((from) => sorted.filter((at) => at >= from && at < from + seconds * 1000).length));
}

const asks = array(
  record({ conversation: constantFrom("a", "b", "c", "d", "e", "f"), afterMs: integer({ min: 0, max: 4000 }) }),
  { maxLength: 150 },
);

describe("the limits of Teams", () => {
  test("are kept in every window, in the tenant and in each conversation, and nobody waits for ever", () => {
    assert(
      property(asks, (list) => {
        const dispatched = play(list);
        expect(dispatched).toHaveLength(list.length);
        expect(
          most(
            dispatched.map(({ at }) => at),
            1,
          ),
        ).toBeLessThanOrEqual(teamsEnforced.perSecond);
        for (const conversation of new Set(list.map((each) => each.conversation))) {
          const times = dispatched.filter((each) => each.conversation === conversation).map(({ at }) => at);
          for (const [count, seconds] of teamsEnforced.conversation)
            expect(most(times, seconds), `${seconds} s`).toBeLessThanOrEqual(count);
        }
      }),
      { numRuns: 40 },
    );
  });

  test("still hold when each dispatch is late by as much as is allowed, or not at all", () => {
    const many = Array.from({ length: 400 }, (_, at) => ({ conversation: `c${at}`, afterMs: 0 }));
    const late = play(many).map(({ at }, index) => at + (index % 3 === 0 ? teamsLimits.latenessMs : 0));
    expect(most(late, 1)).toBeLessThanOrEqual(50);
  });

  test("are used: 480 people are served in ten seconds", () => {
    const times = play(Array.from({ length: 480 }, (_, at) => ({ conversation: `c${at}`, afterMs: 0 })));
    expect(Math.max(...times.map(({ at }) => at)) - 1_000_000).toBeLessThan(10_000);
  });

  test("of the hour hold for a chat that never rests", () => {
    const times = play(Array.from({ length: 2500 }, () => ({ conversation: "a", afterMs: 0 }))).map(({ at }) => at);
    const inAnHour = times.filter((at) => at < 1_000_000 + 3_600_000);
    expect(inAnHour.length).toBeLessThanOrEqual(1800);
    expect(inAnHour.length).toBeGreaterThan(1700);
  });

  test("take nothing from the tenant for a conversation that is full", () => {
    const full = decideSlots(
      Array.from({ length: 40 }, () => ({ ...placeOf("a"), aheadMs: 250 })),
      teamsLimits,
      new Map(),
      1_000_000,
    );
    expect(full.slots.filter(({ kind }) => kind === "go")).toHaveLength(5);
    const { slots } = decideSlots([{ ...placeOf("b"), aheadMs: 250 }], teamsLimits, full.buckets, 1_000_000);
    expect(slots).toMatchObject([{ kind: "go", inMs: expect.closeTo(5 * (1000 / 48), 3) }]);
  });

  test("let an answer go before the bulk that waits", () => {
    const bulk = decideSlots(
      Array.from({ length: 100 }, (_, at) => ({ ...placeOf(`c${at}`), aheadMs: 250 })),
      teamsLimits,
      new Map(),
      1_000_000,
    );
    expect(bulk.slots.filter(({ kind }) => kind === "wait").length).toBeGreaterThan(80);
    const [answer] = decideSlots([{ ...placeOf("x"), aheadMs: 5000 }], teamsLimits, bulk.buckets, 1_000_000).slots;
    expect(answer).toMatchObject({ kind: "go" });
    expect(answer!.inMs).toBeLessThan(300);
  });
});
