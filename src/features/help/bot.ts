import type { Command, Deps, Feature, Reply, Turn } from "../../core/feature.ts";
import { answerWithWords } from "./service.ts";

/** @param commands all that the house has, this feature's own included: help tells what there is, not what we think */
export function createHelp(commands: () => readonly Command[]): Feature {
  return {
    name: "help",
    commands: [
      {
        words: ["help", "hello", "hi", "start", "menu"],
        help: "show what you can type",
        where: ["personal", "chat"],
        who: ["mentor", "mentee", "coordinator"],
        handle: (_deps, turn) => Promise.resolve(answerWithWords(commands(), turn, false)),
      },
    ],
  };
}

/** The answer to words that mean nothing here, or that somebody may not use. */
export function createAnswerToUnknown(commands: () => readonly Command[]): (deps: Deps, turn: Turn) => Promise<Reply> {
  return (_deps, turn) => Promise.resolve(answerWithWords(commands(), turn, true));
}
