import type { Deps, Feature, Reply, Turn } from "../../core/feature.ts";
import type { NoticeKind } from "../notices/service.ts";
import { askColleagues, handBack, openForm, takeOn } from "./cover/service.ts";
import { endCoversOfTheDay } from "./ending/service.ts";
import { askByEmail, askChosen, endPart, mentorLeft, partEnded, undoEndOfPart } from "./leave/service.ts";
import { coverEnded, coverOver, coverTaken, coverWanted, turnTo } from "./messages/service.ts";
import { showLoad, showOwn, showPage } from "./service.ts";

/** How much lies with each mentor, and how it can be laid down: for a while, or for good. */
export const load: Feature = {
  name: "load",
  commands: [
    {
      words: ["load", "my load", "what is open"],
      help: "what is open for you; for coordinators, how much lies with each mentor",
      where: ["personal"],
      who: ["mentor", "coordinator"],
      handle: (deps, turn) => showLoad(deps, turn),
    },
    {
      words: ["cover me until", "cover me", "cover"],
      help: "a colleague looks after your group until a day",
      where: ["personal"],
      who: ["mentor"],
      handle: (deps, turn, rest) => openForm(deps, turn, rest),
    },
    {
      words: ["end part of", "end part"],
      help: "with a mentor's e-mail: their part ends today",
      where: ["personal"],
      who: ["coordinator"],
      handle: (deps, turn, rest) => askByEmail(deps, turn, rest),
    },
  ],
  actions: [
    { verb: "load.mine", handle: (deps, turn) => inPerson(turn, () => showOwn(deps, turn)) },
    { verb: "load.show", handle: (deps, turn, data) => inPerson(turn, () => showPage(deps, turn, data)) },
    { verb: "load.cover-form", handle: (deps, turn) => inPerson(turn, () => openForm(deps, turn, "")) },
    action("load.ask-cover", askColleagues),
    action("load.take-cover", takeOn),
    action("load.hand-back", handBack),
    action("load.end-form", askChosen),
    action("load.end", endPart),
    action("load.undo-end", undoEndOfPart),
  ],
  jobs: [{ name: "load", run: endCoversOfTheDay }],
  messages: [coverTaken, coverEnded, partEnded, mentorLeft],
};

/** What is said unasked. */
export const loadNotices: readonly NoticeKind[] = [coverWanted, coverOver, turnTo];

function action(verb: string, handle: (deps: Deps, turn: Turn, data: unknown) => Promise<Reply>) {
  return {
    verb,
    handle: (deps: Deps, turn: Turn, data: unknown) => inPerson(turn, () => handle(deps, turn, data)),
  };
}

/** A card that was copied into a group's chat does nothing there: its answer would name others before all. */
async function inPerson(turn: Turn, answer: () => Promise<Reply>): Promise<Reply> {
  if (turn.place.kind === "personal") return await answer();
  return { kind: "text", text: "Let's do that in our own chat, where only you read the answer." };
}
