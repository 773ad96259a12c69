import type { Feature } from "../../core/feature.ts";
import { showMyData } from "./service.ts";

/** What is stored about somebody, and taking it away. */
export const privacy: Feature = {
  name: "privacy",
  commands: [
    {
      words: ["my data", "privacy", "data"],
      help: "what is stored about you, and who can read it",
      where: ["personal"],
      who: "everybody",
      handle: (deps, turn) => showMyData(deps, turn),
    },
  ],
};
