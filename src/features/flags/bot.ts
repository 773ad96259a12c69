import type { Feature } from "../../core/feature.ts";
import { parseAbout } from "./cards.ts";
import { flagMessages } from "./messages/service.ts";
import type { DetailsOf } from "./messages/service.ts";
import { closeQuestion, openForm, sendQuestion, takeQuestion } from "./service.ts";

/**
 * Somebody asks for a person: raised, taken, closed.
 *
 * @param detailsOf what the features that raise some kinds add to their cards
 */
export function createFlags(detailsOf: DetailsOf): Feature {
  return {
    name: "flags",
    commands: [
      {
        words: ["ask", "ask a coordinator", "coordinator", "question"],
        help: "ask the coordinators a question",
        where: ["personal"],
        who: ["mentor", "mentee"],
        handle: (deps, turn, rest) => openForm(deps, turn, null, rest),
      },
    ],
    actions: [
      { verb: "flags.ask", handle: (deps, turn, data) => openForm(deps, turn, parseAbout(data), "") },
      { verb: "flags.send", handle: sendQuestion },
      { verb: "flags.take", handle: (deps, turn, data) => takeQuestion(deps, turn, data, detailsOf) },
      { verb: "flags.close", handle: (deps, turn, data) => closeQuestion(deps, turn, data, detailsOf) },
    ],
    messages: flagMessages(detailsOf),
  };
}
