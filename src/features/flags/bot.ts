import type { Feature } from "../../core/feature.ts";
import { parseAbout } from "./cards.ts";
import { closeQuestion, openForm, questionMessage, sendQuestion, takenMessage, takeQuestion } from "./service.ts";

/** Somebody asks for a person: raised, taken, closed. */
export const flags: Feature = {
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
    { verb: "flags.take", handle: takeQuestion },
    { verb: "flags.close", handle: closeQuestion },
  ],
  messages: [questionMessage, takenMessage],
};
