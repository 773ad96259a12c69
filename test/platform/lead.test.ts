import { describe, expect, test } from "vitest";
import { createLead } from "../../src/platform/slots.ts";

describe("a row is marked as being sent so long before its slot", () => {
  test("as marking takes on this machine", () => {
    const lead = createLead();
    expect(lead.ms()).toBe(10);
    for (let count = 0; count < 40; count += 1) lead.learn(60);
    expect(lead.ms()).toBeGreaterThan(59);
    expect(lead.ms()).toBeLessThan(65);
  });

  test("and little longer after one that took far longer than the others", () => {
    const lead = createLead();
    for (let count = 0; count < 40; count += 1) lead.learn(12);
    lead.learn(180);
    expect(lead.ms()).toBeLessThan(60);
    for (let count = 0; count < 20; count += 1) lead.learn(12);
    expect(lead.ms()).toBeLessThan(20);
  });

  test("never longer than a fifth of a second", () => {
    const lead = createLead();
    for (let count = 0; count < 40; count += 1) lead.learn(5000);
    expect(lead.ms()).toBe(200);
  });
});
