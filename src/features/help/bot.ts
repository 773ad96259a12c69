import type { Command, Deps, Feature, Reply, Turn } from "../../core/feature.ts";
import { strangerText } from "./cards.ts";
import { answerWithWords, unanswered, unansweredMessage } from "./service.ts";

export interface Help {
  readonly feature: Feature;
  /** The answer to words that mean nothing here, or that somebody may not use. */
  readonly answer: (deps: Deps, turn: Turn) => Promise<Reply>;
  /** For people whom the programme does not know. */
  readonly strangerText: string;
  /** For people whose answer got lost. */
  readonly unanswered: typeof unanswered;
}

/** @param others the commands of all other features: help tells what there is, not what we think there is */
export function createHelp(others: readonly Command[]): Help {
  const help: Command = {
    words: ["help", "hello", "hi", "start", "menu"],
    help: "show what you can type",
    where: ["personal", "chat"],
    who: ["mentor", "mentee", "coordinator"],
    handle: (_deps, turn) => Promise.resolve(answerWithWords(commands, turn, false)),
  };
  const commands = [...others, help];
  return {
    feature: { name: "help", commands: [help], messages: [unansweredMessage] },
    answer: (_deps, turn) => Promise.resolve(answerWithWords(commands, turn, true)),
    strangerText,
    unanswered,
  };
}
