import type { Deps, Feature, Reply, Turn } from "../../core/feature.ts";
import { dayIn } from "../../core/time.ts";
import { parsePauseDay, pauseAnswer, pausedCard, pauseForm } from "./cards.ts";
import { holdUnsent, resumeFor } from "./held/service.ts";
import {
  drawCard,
  isCardWanted,
  pause,
  sayNotices,
  sayOpenAgain,
  settleCard,
  type NoticeKind,
  type NoticeKinds,
} from "./service.ts";

/** @param kinds what the other features say unasked */
export function createNotices(kinds: readonly NoticeKind[]): Feature {
  const byName = new Map(kinds.map((kind) => [kind.kind, kind]));
  const cardOf = (ref: Readonly<Record<string, string>>): string => ref["card"] ?? "";
  return {
    name: "notices",
    commands: [
      {
        words: ["pause"],
        help: "no reminders for a while",
        where: ["personal"],
        who: ["mentor", "mentee"],
        handle: async (deps, turn, rest) => (rest === "" ? askHowLong(turn) : pauseUntil(deps, byName, turn, rest)),
      },
      {
        words: ["resume", "continue"],
        help: "end your pause",
        where: ["personal"],
        who: ["mentor", "mentee"],
        handle: (deps, turn) => resume(deps, turn),
      },
    ],
    actions: [
      { verb: "notices.pause-form", handle: async (_deps, turn) => askHowLong(turn) },
      {
        verb: "notices.pause",
        handle: (deps, turn, data) => pauseUntil(deps, byName, turn, pauseAnswer.parse(data).until),
      },
      { verb: "notices.resume", handle: (deps, turn) => resume(deps, turn) },
    ],
    listeners: [
      {
        to: "reachable",
        handle: async (deps, _happening, { speaker, now }) => {
          if (speaker !== null) await resumeFor(deps, byName, speaker.person, now);
          return { kind: "nothing" };
        },
      },
      {
        to: "installed-again",
        handle: async (deps, _happening, { speaker, now }) => {
          if (speaker !== null) await sayOpenAgain(deps, byName, speaker.person, now);
          return { kind: "nothing" };
        },
      },
    ],
    jobs: [{ name: "notices", run: (deps, now) => sayNotices(deps, byName, now) }],
    // A card carries the name of its first notice, and whatever else was due to the same person.
    messages: kinds.map(({ kind }) => ({
      kind,
      what: "a reminder",
      whenUncertain: "once",
      wanted: (db, ref, now) => isCardWanted(db, byName, cardOf(ref), now),
      render: (deps, ref, _to, now) => drawCard(deps, byName, cardOf(ref), now),
      settled: (db, ref, outcome, now) => settleCard(db, cardOf(ref), outcome, now),
    })),
  };
}

function askHowLong(turn: Turn): Reply {
  return { kind: "card", card: pauseForm(dayIn(turn.now, turn.speaker.timeZone)) };
}

async function pauseUntil(deps: Deps, kinds: NoticeKinds, turn: Turn, text: string): Promise<Reply> {
  const today = dayIn(turn.now, turn.speaker.timeZone);
  const day = parsePauseDay(text, today);
  if (!day.ok) return { kind: "card", card: pauseForm(today, { until: text, problem: day.problem }) };
  await holdUnsent(deps, kinds, turn.speaker.person, turn.now);
  await pause(deps, turn.speaker.person, day.until, turn.now);
  return { kind: "card", card: pausedCard(day.until) };
}

async function resume(deps: Deps, turn: Turn): Promise<Reply> {
  await pause(deps, turn.speaker.person, null, turn.now);
  return { kind: "text", text: "Welcome back. Your reminders are on again." };
}
