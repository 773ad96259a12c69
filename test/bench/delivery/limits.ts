import { compare, enqueueMany, round, secondsSince, untilSettled, withBench } from "./bench.ts";
import type { Bench, Shown, Size } from "./bench.ts";
import { teamsEnforced, type Call } from "../../support/connector.ts";

const chats = 10;

/** So many posts came in at most within any such time, whatever became of them: all together, and in one conversation. */
function mostWithin(bench: Bench, seconds: number) {
  const posts = bench.connector.calls.filter(({ method }) => method !== "GET");
  const most = (calls: readonly Call[]): number => {
    const times = calls.map(({ at }) => at).toSorted((a, b) => a - b);
    let first = 0;
    return times.reduce((highest, time, last) => {
      while (time - (times[first] ?? time) >= seconds * 1000) first += 1;
      return Math.max(highest, last - first + 1);
    }, 0);
  };
  const byConversation = Map.groupBy(posts, ({ conversationId }) => conversationId);
  return { all: most(posts), conversation: Math.max(...[...byConversation.values()].map(most)) };
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
    if (!(await untilSettled(bench, 300_000))) broken.push("it did not come to an end");
    const took = secondsSince(began);
    const most = mostWithin(bench, 1);
    const throttled = bench.connector.calls.filter(({ status }) => status === 429).length;
    const account = await compare(bench, enqueued);
    broken.push(...account.broken);
    if (most.all > 50) broken.push(`${most.all} posts within a second`);
    if (most.conversation > 7) broken.push(`${most.conversation} posts within a second in one conversation`);
    if (throttled > 0) broken.push(`${throttled} times 429`);
    if ((account.states["sent"] ?? 0) !== enqueued.length)
      broken.push(`not all sent: ${JSON.stringify(account.states)}`);
    return {
      facts: {
        processes,
        "of which sent something": started.filter(({ isAtWork }) => isAtWork).length,
        people,
        "in each of ten chats": inEachChat,
        seconds: took,
        "most posts in any second (allowed: 50)": most.all,
        "most posts in any second in one conversation (allowed: 7)": most.conversation,
        "answers 429": throttled,
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
    await Promise.all(Array.from({ length: processes }, () => bench.start({ share })));
    const began = performance.now();
    const enqueued = await enqueueMany(bench, count);
    const broken: string[] = [];
    if (!(await untilSettled(bench, 600_000))) broken.push("it did not come to an end");
    const took = secondsSince(began);
    const account = await compare(bench, enqueued);
    broken.push(...account.broken);
    const throttled = bench.connector.calls.filter(({ status }) => status === 429).length;
    if (throttled > 0) broken.push(`${throttled} times 429`);
    const most = mostWithin(bench, 1);
    if (most.all > limits.perSecond) broken.push(`${most.all} posts within a second`);
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
        "most posts in any second": most.all,
        "answers 429": throttled,
        states: account.states,
      },
      broken,
    };
  });
}
