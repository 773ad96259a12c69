import type { Feature, Message } from "../../core/feature.ts";
import type { Ledger } from "../../core/ports.ts";
import { sendAgain, showUnreachable } from "./service.ts";

/**
 * Who cannot be reached, and what became of messages: for coordinators.
 *
 * @param messages of the other features, which say what each kind is
 */
export function createReach(ledger: Ledger, messages: readonly Message[]): Feature {
  const words = new Map(messages.map(({ kind, what }) => [kind, what]));
  const own = { ledger, whatOf: (kind: string) => words.get(kind) ?? "a message" };
  return {
    name: "reach",
    commands: [
      {
        words: ["unreachable", "who cannot be reached"],
        help: "who cannot be reached and why, and messages that may not have arrived",
        where: ["personal"],
        who: ["coordinator"],
        handle: (deps, turn) => showUnreachable({ ...deps, ...own }, turn),
      },
    ],
    actions: [{ verb: "reach.send-again", handle: (deps, turn, data) => sendAgain({ ...deps, ...own }, turn, data) }],
  };
}
