import cron from "node-cron";
import type { Job, OutsideDeps } from "../core/feature.ts";
import { errorFields } from "./error-fields.ts";

export interface Scheduler {
  start(): void;
  /** Takes nothing new; resolves when the tick that runs is over. */
  stop(): Promise<void>;
  /** One look at everything that is due now. */
  tick(): Promise<void>;
}

/**
 * The heartbeat. node-cron skips runs at daylight-saving changes and after pauses, so it decides nothing: each beat asks
 * the tables what is due. A beat that is still at work lets the next one pass.
 *
 * @param tickSeconds a divisor of 60, or whole minutes
 * @param after runs once the jobs are done, such as waking the delivery
 */
export function createScheduler(
  deps: OutsideDeps,
  jobs: readonly Job[],
  tickSeconds: number,
  after: (now: Temporal.Instant) => Promise<void>,
): Scheduler {
  let running: Promise<void> | null = null;
  const tick = (): Promise<void> => {
    running ??= beat().finally(() => {
      running = null;
    });
    return running;
  };
  const beat = async (): Promise<void> => {
    const now = deps.clock.now();
    for (const job of jobs) {
      try {
        await job.run(deps, now);
      } catch (error) {
        // The next beat finds the same work again; the other jobs need not wait for it.
        deps.log.error("a job failed; it is tried again at the next tick", { job: job.name, ...errorFields(error) });
      }
    }
    await after(now).catch((error: unknown) => {
      deps.log.error("the end of a tick failed", errorFields(error));
    });
  };
  const pattern = tickSeconds < 60 ? `*/${tickSeconds} * * * * *` : `0 */${tickSeconds / 60} * * * *`;
  // Beats never overlap (see `tick`) and a late one is no news: node-cron would tell of both in plain text, between the JSON
  // lines of our log.
  const task = cron.createTask(pattern, tick, { suppressMissedWarning: true });
  return {
    tick,
    start: () => {
      void task.start();
      void tick();
    },
    stop: async () => {
      await task.destroy();
      await running;
    },
  };
}
