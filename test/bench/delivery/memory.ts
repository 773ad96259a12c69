import { memoryUsage } from "node:process";
import { round, secondsSince, statesOf, withBench } from "./bench.ts";
import type { Shown, Size } from "./bench.ts";

/** A year's load in one go: 36 mentors' programme has some 500 messages, a large university's a hundred times that. */
export async function memory(size: Size): Promise<Shown> {
  const count = size.isShort ? 6000 : 60_000;
  const parts = 12;
  return withBench(size.server, { latencyMs: 0 }, async (bench) => {
    const { office } = bench;
    const send = () => Promise.resolve({ ok: true as const, activityId: "1" });
    const engine = office.engine({ send });
    const megabytes: number[] = [];
    const began = performance.now();
    const measure = (): void => {
      globalThis.gc?.();
      megabytes.push(round(memoryUsage.rss() / 2 ** 20));
    };
    measure();
    for (let part = 0; part < parts; part += 1) {
      for (let at = 0; at < count / parts; at += 500)
        await office.enqueue(
          ...Array.from({ length: 500 }, (_, of) => office.message(office.person(), `${part}-${at}-${of}`)),
        );
      await engine.deliverDue();
      office.settled.length = 0;
      measure();
    }
    const { sent = 0 } = await statesOf(bench);
    const [beginning = 0, middle = 0, end = 0] = [megabytes[1], megabytes[parts / 2], megabytes[parts]];
    const broken: string[] = [];
    if (sent !== count) broken.push(`${sent} of ${count} were sent`);
    // What is kept for each message would be 50,000 times something in the second half alone.
    if (!size.isShort && end > middle * 1.2) broken.push(`it grows: ${megabytes.join(", ")} MB`);
    return {
      what: "a year's load in one go leaves memory flat",
      facts: {
        messages: count,
        seconds: secondsSince(began),
        "MB of resident memory": { "before the first": megabytes[0], start: beginning, middle, end },
        "after each twelfth": megabytes.slice(1),
      },
      broken,
    };
  });
}
