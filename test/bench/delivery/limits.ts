import { monitorEventLoopDelay } from "node:perf_hooks";
import { compare, enqueueMany, round, secondsSince, untilSettled, withBench } from "./bench.ts";
import type { Bench, Shown, Size } from "./bench.ts";
import { teamsEnforced } from "../../support/connector.ts";
import type { DeliveryProcess } from "../../support/delivery-process.ts";

const chats = 10;

interface Dispatch {
  readonly at: number;
  readonly conversationId: string;
}

/** So many at most within any second: all together, and in one conversation. */
function mostInASecond(dispatches: readonly Dispatch[]) {
  const most = (some: readonly Dispatch[]): number => {
    const times = some.map(({ at }) => at).toSorted((a, b) => a - b);
    let first = 0;
    return times.reduce((highest, time, last) => {
      while (time - (times[first] ?? time) >= 1000) first += 1;
      return Math.max(highest, last - first + 1);
    }, 0);
  };
  const byConversation = Map.groupBy(dispatches, ({ conversationId }) => conversationId);
  return { all: most(dispatches), conversation: Math.max(...[...byConversation.values()].map(most)) };
}

/** A machine on which the simulator itself stands still for longer than that cannot tell when something came. */
const stallMs = 40;

/** What was sent and when, by the senders' clocks and by the simulator's own; how long that stood still at most. */
async function watch(bench: Bench, senders: readonly DeliveryProcess[], work: () => Promise<void>) {
  const delays = monitorEventLoopDelay({ resolution: 5 });
  delays.enable();
  await work();
  delays.disable();
  const posts = bench.connector.calls.flatMap(({ method, conversationId, at }) =>
    method === "GET" || conversationId === null ? [] : [{ at, conversationId }],
  );
  const throttled = bench.connector.calls.filter(({ status }) => status === 429).length;
  const worst = Math.round(delays.max / 1e6);
  const sent = mostInASecond(senders.flatMap((sender) => sender.dispatches()));
  const came = mostInASecond(posts);
  const broken: string[] = [];
  if (throttled > 0 && worst <= stallMs) broken.push(`${throttled} times 429`);
  return {
    sent,
    broken,
    facts: {
      "most dispatches in any second": sent.all,
      "and in one conversation": sent.conversation,
      "most that came in in any second": came.all,
      "answers 429": throttled,
      "ms that the simulator stood still at most": worst,
      ...(worst > stallMs
        ? { note: "the machine was too busy for the simulator's own times and its 429 to be judged" }
        : {}),
    },
  };
}

/** Many people and a few busy chats, against a connector that enforces what Teams does. */
async function keepLimits(size: Size, processes: number) {
  const [people, inEachChat] = size.isShort ? [100, 9] : [1000, 30];
  return withBench(size.server, { limits: teamsEnforced }, async (bench) => {
    const { office } = bench;
    const busy = Array.from({ length: chats }, () => office.chat());
    const started = await Promise.all(Array.from({ length: processes }, () => bench.start({ share: 1 })));
    const enqueued = await enqueueMany(bench, people + chats * inEachChat, (at) => {
      const chat = at >= people ? busy[at % chats] : undefined;
      return office.message(chat ?? office.person(), `m${at}`);
    });
    const began = performance.now();
    const broken: string[] = [];
    let took = 0;
    const watched = await watch(bench, started, async () => {
      if (!(await untilSettled(bench, 300_000))) broken.push("it did not come to an end");
      took = secondsSince(began);
    });
    const account = await compare(bench, enqueued);
    broken.push(...account.broken, ...watched.broken);
    const { sent } = watched;
    if (sent.all > 50) broken.push(`${sent.all} dispatches within a second`);
    if (sent.conversation > 7) broken.push(`${sent.conversation} dispatches within a second in one conversation`);
    if ((account.states["sent"] ?? 0) !== enqueued.length)
      broken.push(`not all sent: ${JSON.stringify(account.states)}`);
    return {
      facts: {
        processes,
        "of which sent something": started.filter(({ isAtWork }) => isAtWork).length,
        people,
        "in each of ten chats": inEachChat,
        seconds: took,
        ...watched.facts,
        states: account.states,
      },
      broken: broken.map((each) => `${processes} processes: ${each}`),
    };
  });
}

export async function limits(size: Size): Promise<Shown> {
  const runs = [];
  for (const processes of [1, 3, 5]) runs.push(await keepLimits(size, processes));
  return {
    what: "Teams' limits are kept by any number of processes, against a simulator that enforces them",
    facts: { runs: runs.map(({ facts }) => facts) },
    broken: runs.flatMap(({ broken }) => broken),
  };
}

/** How much of what Teams allows is used: at a tenth of it, so that the machine's own speed is no part of the answer. */
export async function tenth(size: Size): Promise<Shown> {
  const [count, share, processes] = [size.isShort ? 50 : 1000, 0.1, 3];
  const limits = { ...teamsEnforced, perSecond: teamsEnforced.perSecond * share };
  return withBench(size.server, { limits }, async (bench) => {
    const started = await Promise.all(Array.from({ length: processes }, () => bench.start({ share })));
    const began = performance.now();
    const enqueued = await enqueueMany(bench, count);
    const broken: string[] = [];
    let took = 0;
    const watched = await watch(bench, started, async () => {
      if (!(await untilSettled(bench, 600_000))) broken.push("it did not come to an end");
      took = secondsSince(began);
    });
    const account = await compare(bench, enqueued);
    broken.push(...account.broken, ...watched.broken);
    if (watched.sent.all > limits.perSecond) broken.push(`${watched.sent.all} dispatches within a second`);
    const ideal = count / limits.perSecond;
    return {
      what: "what Teams allows is used",
      facts: {
        people: count,
        processes,
        "allowed a second": limits.perSecond,
        "ideal seconds": ideal,
        seconds: took,
        "ratio (goal: at most 1.05)": round(took / ideal),
        ...watched.facts,
        states: account.states,
      },
      broken,
    };
  });
}
