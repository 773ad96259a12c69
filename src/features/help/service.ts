import type { Command, Message, Reply, Turn } from "../../core/feature.ts";
import type { PersonId } from "../../core/ids.ts";
import type { OutgoingMessage } from "../../core/ports.ts";
import { formerText, helpCard, nothingHere, strangerText, unansweredCard } from "./cards.ts";
import { usableCommands } from "./rules.ts";

/** What the speaker can type in this place; `isUnknown`: they typed something else. */
export function answerWithWords(commands: readonly Command[], { speaker, place }: Turn, isUnknown: boolean): Reply {
  const usable = usableCommands(commands, speaker, place.kind);
  if (speaker.memberships.length === 0) {
    const [word] = usable.map(({ words: [first] }) => first);
    return { kind: "text", text: word === undefined ? strangerText : formerText(word) };
  }
  if (usable.length === 0) return { kind: "text", text: nothingHere };
  const words = usable.map(({ words: [word], help }) => ({ word, help }));
  const canAsk = words.some(({ word }) => word === "ask");
  return { kind: "card", card: helpCard(words, place.kind, { isUnknown, canAsk }) };
}

/** An answer got lost, or may have: what was said in it is kept nowhere, so only that is told. Once a minute is enough. */
export function unanswered(person: PersonId, now: Temporal.Instant): OutgoingMessage {
  const minute = now.round({ smallestUnit: "minute", roundingMode: "floor" });
  return {
    kind: "help.unanswered",
    ref: {},
    to: { person },
    dedupeKey: `help.unanswered:${person}@1:${minute.toString()}:${person}`,
    dueAt: now,
    // By then they have written again, or forgotten what they asked.
    usefulUntil: now.add({ hours: 1 }),
    priority: "answer",
    subjects: [],
  };
}

export const unansweredMessage: Message = {
  kind: "help.unanswered",
  what: "that an answer got lost",
  whenUncertain: "once",
  wanted: () => Promise.resolve({ wanted: true }),
  render: () => Promise.resolve(unansweredCard()),
};
