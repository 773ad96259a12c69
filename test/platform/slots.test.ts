import { describe, expect, test } from "vitest";
import type { RateLimits, Slot } from "../../src/platform/rate-limits.ts";
import { createSlots } from "../../src/platform/slots.ts";

const place = { tenantId: "t", conversationId: "c" };

/** Limits that give these slots, one after the other. */
function limitsWith(...slots: readonly Slot[]): RateLimits & { readonly asked: () => number } {
  let asked = 0;
  return {
    latenessMs: 25,
    reserve: () => {
      const slot = slots[asked] ?? { kind: "go", inMs: 0 };
      asked += 1;
      return Promise.resolve({ ...slot, answeredAt: performance.now() });
    },
    pauseConversation: () => Promise.resolve(),
    pauseTenant: () => Promise.resolve(),
    forgetIdle: () => Promise.resolve(),
    asked: () => asked,
  };
}

async function keep(limits: RateLimits): Promise<number> {
  const slots = createSlots(limits, () => Promise.resolve());
  const from = performance.now();
  await slots.keep(place, { kind: "go", at: from - 100, announcedAt: from - 100 });
  return performance.now() - from;
}

describe("a message that is marked as being sent and missed its slot", () => {
  test("takes another one that is near", async () => {
    const limits = limitsWith({ kind: "go", inMs: 40 });
    expect(await keep(limits)).toBeGreaterThan(35);
    expect(limits.asked()).toBe(1);
  });

  // Its lease runs out after 20 s: another process would take it for lost while it still waits, and it would go out after that.
  test.each<[string, Slot]>([
    ["in a full conversation", { kind: "wait", for: "conversation", inMs: 60_000 }],
    ["in a tenant that pauses", { kind: "wait", for: "tenant", inMs: 60_000 }],
    ["far ahead", { kind: "go", inMs: 4000 }],
  ])("does not wait for one %s", async (_where, slot) => {
    expect(await keep(limitsWith(slot))).toBeLessThan(1000);
  });

  test("does not look for a punctual one for ever", async () => {
    const limits = limitsWith();
    const late = { ...limits, latenessMs: -1 };
    await keep(late);
    expect(limits.asked()).toBe(3);
  });
});
