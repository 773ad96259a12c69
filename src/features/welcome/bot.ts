import type { Feature } from "../../core/feature.ts";
import { greetNewcomers, helloMessage, showNotInstalled, welcome } from "./service.ts";

/** First contact, and who has not had it yet. */
export const welcoming: Feature = {
  name: "welcome",
  commands: [
    {
      words: ["not installed", "who has not installed", "missing"],
      help: "who has not installed Waymark yet",
      where: ["personal"],
      who: ["coordinator"],
      handle: (deps, turn) => showNotInstalled(deps, turn),
    },
  ],
  listeners: [{ to: "reachable", handle: (deps, _happening, { speaker, now }) => welcome(deps, speaker, now) }],
  jobs: [{ name: "welcome.greet", run: greetNewcomers }],
  messages: [helloMessage],
};
