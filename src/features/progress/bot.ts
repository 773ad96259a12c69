import type { Card } from "../../core/card.ts";
import type { Deps, Feature, Reply, Turn } from "../../core/feature.ts";
import { menteeMeetingsCard, meetingsCard, overdueCard, pickGroupCard, pickedGroup } from "./cards.ts";
import { groupProgress, overdueMeetings, ownProgress, progressGroups } from "./service.ts";

export const progress: Feature = {
  name: "progress",
  commands: [
    {
      words: ["meetings", "my meetings", "progress"],
      help: "your meetings, with state and date",
      where: ["personal", "chat"],
      who: ["mentor", "mentee"],
      handle: showMeetings,
    },
    {
      words: ["overdue"],
      help: "meetings without a plan or a log that should have one",
      where: ["personal"],
      who: ["coordinator"],
      handle: showOverdue,
    },
  ],
  actions: [{ verb: "progress.group", handle: showPicked }],
};

async function showMeetings(deps: Deps, turn: Turn): Promise<Reply> {
  const groups = await progressGroups(deps.db, turn);
  const [only] = groups;
  if (only === undefined)
    return { kind: "text", text: "You have no group at the moment. Your coordinators can tell you more." };
  return asReply(groups.length === 1 ? await drawGroup(deps, turn, only.id) : pickGroupCard(groups));
}

async function showPicked(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  return asReply(await drawGroup(deps, turn, pickedGroup.parse(data).id));
}

/** In a group's chat the card has what the whole group may see, and no buttons of a mentor's. */
async function drawGroup(deps: Deps, turn: Turn, id: Parameters<typeof groupProgress>[2]): Promise<Card> {
  const mine = await ownProgress(deps.db, turn, id);
  if (mine !== null && turn.place.kind === "personal")
    return menteeMeetingsCard(mine.group, mine.rows, turn.speaker, turn.now);
  const { group, meetings, timeZone, isMentor } = await groupProgress(deps.db, turn, id);
  return meetingsCard(group, meetings, { timeZone, isMentor: isMentor && turn.place.kind === "personal" }, turn.now);
}

async function showOverdue(deps: Deps, turn: Turn): Promise<Reply> {
  return asReply(overdueCard(await overdueMeetings(deps.db, turn), turn.speaker, turn.now));
}

function asReply(card: Card): Reply {
  return { kind: "card", card };
}
