import { button, card, facts, note, paragraph } from "../../core/card.ts";
import type { Card } from "../../core/card.ts";

interface Word {
  readonly word: string;
  readonly help: string;
}

/** @param canAsk a question to the coordinators can be sent from here */
export function helpCard(
  words: readonly Word[],
  place: "personal" | "chat",
  options: { readonly isUnknown: boolean; readonly canAsk: boolean },
): Card {
  const title = options.isUnknown ? "I didn't get that" : "What you can type";
  const opening = options.isUnknown
    ? "I'm a bot and know only a few words. Nobody else reads what you type to me."
    : place === "personal"
      ? "One of these words is enough. A small typing slip is fine."
      : "Mention me with one of these words. Everybody in this chat sees the answer.";
  return card(
    title,
    [
      paragraph(opening),
      facts(words.map(({ word, help }) => [word, help])),
      ...(place === "chat" ? [note("I know more words in my own chat with you.")] : []),
      ...(options.isUnknown && options.canAsk ? [note("Would you rather talk to a person? Ask a coordinator.")] : []),
    ],
    options.canAsk ? [button("Ask a coordinator", "flags.ask")] : [],
    `${opening} ${words.map(({ word, help }) => `${word}: ${help}`).join("; ")}`,
  );
}

/** For a chat where nothing can be typed. */
export const nothingHere = "There is nothing that I can show in this chat. Please write to me in my own chat.";

/** In private, to somebody whose roles have all ended. @param word that they may still type */
export function formerText(word: string): string {
  return `Hello! You are in no mentoring programme at the moment. Write “${word}” to see what I still keep about you. If you should be in a programme, ask its coordinators.`;
}

/**
 * For people whom the programme does not know, and in a chat those who have left it. It names nobody: a stranger learns neither
 * who coordinates nor whether a programme exists.
 */
export const strangerText =
  "Hello! I'm Waymark, a helper for mentoring groups. I don't find you in a mentoring programme. If you should be in one, ask your programme's coordinators to add you with the e-mail address that you use in Teams.";

/** To somebody whose answer got lost on the way, or may have. */
export function unansweredCard(): Card {
  const words =
    "Teams did not take my last answer to you, or did not tell me whether it did. If you are missing one, please write or tap once more: nothing is done twice.";
  return card("My answer may not have reached you", [paragraph(words)], [], words);
}
