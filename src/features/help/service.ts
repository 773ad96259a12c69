import type { Command, Reply, Turn } from "../../core/feature.ts";
import { formerText, helpCard, nothingHere, strangerText } from "./cards.ts";
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
