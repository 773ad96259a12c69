import type { Command, Place, Speaker } from "../../core/feature.ts";
import { isFor } from "../../core/words.ts";

/** The commands that somebody may use in a place, in the order in which the house lists them. */
export function usableCommands(
  commands: readonly Command[],
  speaker: Pick<Speaker, "memberships">,
  place: Place["kind"],
): readonly Command[] {
  return commands.filter(({ where, who }) => where.includes(place) && isFor(who, speaker.memberships));
}
