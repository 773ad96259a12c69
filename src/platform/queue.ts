import { sql } from "drizzle-orm";
import type { Db } from "../core/db.ts";
import type { Log } from "../core/ports.ts";
import { outbox } from "./schema.ts";

/** The outbox at a glance. Each number stops at `most`: reading on would cost more, the longer the list is. */
export interface Queue {
  /** Due, and free to go. */
  readonly due: number;
  /** Due and tried in vain: Teams is slow, throttles or does not answer. */
  readonly triedAgain: number;
  /** For people and chats that cannot be written to. */
  readonly waitingForRecipient: number;
  readonly underWay: number;
  readonly uncertain: number;
  readonly failed: number;
  /** Of `due` and `triedAgain`: since more than ten minutes. */
  readonly late: number;
  /** When the oldest of `due` and `triedAgain` was to go out, by the programme's clock. */
  readonly oldestDue: Temporal.Instant | null;
}

/** What waits for longer than this waits for us: a message to 20,000 people takes seven minutes at Teams' pace. */
const lateAfter = { minutes: 10 };

const most = 1000;

/** Its plan is tested: each part reads an index of its own, up to `most` entries, whatever else the table holds. */
export function queueQuery(db: Db, now: Temporal.Instant) {
  const at = sql`${now.toString()}::timestamptz`;
  const late = sql`${now.subtract(lateAfter).toString()}::timestamptz`;
  const step = sql`(values (0), (1), (2), (3)) as step (priority)`;
  // One index entry after the other, for each priority; `count` of a subquery with a limit stops there.
  const due = (until: typeof at) => sql`select due_at from outbox where state = 'ready' and retry_at is null
    and priority = step.priority and due_at <= ${until} order by due_at limit ${most}`;
  const tried = (until: typeof at) => sql`select due_at from outbox where state = 'ready' and retry_at is not null
    and not waits_for_recipient and due_at <= ${until} order by due_at limit ${most}`;
  const atMost = (rows: ReturnType<typeof sql>) =>
    sql<number>`(select least(count(*), ${most})::int from (${rows}) as counted)`;
  // Of the newest ones.
  const inDoubt = (state: "uncertain" | "failed") => sql<number>`(select count(*) filter (where state = ${state})::int
    from (select state from outbox where state in ('uncertain', 'failed') order by state_since desc limit ${most}) as newest)`;
  const eachStep = (until: typeof at) => sql`select found.due_at from ${step}, lateral (${due(until)}) as found`;
  return db
    .select({
      due: atMost(eachStep(at)),
      triedAgain: atMost(tried(at)),
      waitingForRecipient: atMost(sql`select 1 from outbox where coalesce(person, chat) is not null and state = 'ready'
        and retry_at is not null and waits_for_recipient limit ${most}`),
      underWay: atMost(sql`select 1 from outbox where state in ('leased', 'sending') limit ${most}`),
      uncertain: inDoubt("uncertain"),
      failed: inDoubt("failed"),
      late: atMost(sql`${eachStep(late)} union all (${tried(late)})`),
      oldestDue: sql`(select min(due_at) from (
        select first.due_at from ${step}, lateral (select due_at from outbox where state = 'ready' and retry_at is null
          and priority = step.priority and due_at <= ${at} order by due_at limit 1) as first
        union all (select due_at from outbox where state = 'ready' and retry_at is not null
          and not waits_for_recipient and due_at <= ${at} order by due_at limit 1)) as firsts)`.mapWith(outbox.dueAt),
    })
    .from(sql`(values (1)) as once`);
}

/** @param now by the programme's clock */
export async function readQueue(db: Db, now: Temporal.Instant): Promise<Queue> {
  const [row] = await queueQuery(db, now);
  if (row === undefined) throw new Error("A query without a table gave no row.");
  return row;
}

/** Milliseconds: often enough to be noticed, seldom enough that a night fills no disk. */
const tellEveryMs = 60_000;

/**
 * Tells the log, once a minute at most, that messages are late: due, free to go, and still here after ten minutes. What waits
 * for somebody to install the bot is not.
 *
 * @param elapsed milliseconds from any beginning
 */
export function createLateWatch(db: Db, log: Log, elapsed: () => number = () => performance.now()) {
  let told = -Infinity;
  return async (now: Temporal.Instant): Promise<void> => {
    // A tick may be a little early.
    if (elapsed() - told < tellEveryMs - 1000) return;
    const { oldestDue, ...counts } = await readQueue(db, now);
    if (counts.late === 0) return;
    told = elapsed();
    log.warn("Messages are late", { ...counts, oldestDue: oldestDue?.toString() ?? null });
  };
}
