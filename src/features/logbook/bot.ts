import { NotAllowed } from "../../core/errors.ts";
import type { CardAction, Deps, Feature, Reply, Turn } from "../../core/feature.ts";
import { aboutEntry, aboutGroup, entryAnswer } from "./form/cards.ts";
import { chooseMeeting, editEntry, openEntry, openExtra, readSummary, saveForm, startLogging } from "./service.ts";

/** Mentors say what was done at a meeting; who came may read it. */
export const logbook: Feature = {
  name: "logbook",
  commands: [
    {
      words: ["log", "log it", "logbook"],
      help: "put a meeting that you held into the logbook",
      where: ["personal"],
      who: ["mentor"],
      handle: (deps, turn) => startLogging(deps, turn),
    },
  ],
  actions: [
    { verb: "logbook.choose", handle: (deps, turn) => chooseMeeting(deps, turn) },
    action("logbook.open", aboutEntry, (deps, turn, { id }) =>
      openEntry(deps, turn, { id, person: null }, "logbook.open"),
    ),
    action("logbook.extra", aboutGroup, (deps, turn, { group }) => openExtra(deps, turn, group)),
    action("logbook.catch-up", aboutEntry, (deps, turn, about) => openEntry(deps, turn, about, "logbook.catch-up")),
    action("logbook.edit", aboutEntry, editEntry),
    action("logbook.save", entryAnswer, saveForm),
    action("logbook.read", aboutEntry, readSummary),
  ],
};

/** What is no card of ours is refused like a card that is not for this person. */
function action<Data>(
  verb: string,
  schema: { safeParse: (data: unknown) => { data?: Data | undefined } },
  handle: (deps: Deps, turn: Turn, data: Data) => Promise<Reply>,
): CardAction {
  return {
    verb,
    handle: async (deps, turn, data) => {
      const parsed = schema.safeParse(data).data;
      if (parsed === undefined) throw new NotAllowed(verb);
      return await handle(deps, turn, parsed);
    },
  };
}
