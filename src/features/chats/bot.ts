import type { Deps, Feature, HappeningContext, Listener, Reply } from "../../core/feature.ts";
import { askMessage, welcomeMessage, wrongMessage } from "./messages/service.ts";
import {
  checkChats,
  declineByMentor,
  enterChat,
  followChat,
  leaveChat,
  linkByMentor,
  lookForMentor,
  lookInto,
  type Seen,
} from "./service.ts";
import type { OnMoved } from "./verdict/service.ts";

/**
 * Group chats and channels: whose they are, and whether a group may speak there.
 *
 * @param onMoved a group has gained or lost the chat that it speaks in: what waits for it must find another way. In the
 * transaction that moves it
 */
export function createChats(onMoved: OnMoved): Feature {
  return {
    name: "chats",
    actions: [
      {
        verb: "chats.link",
        prepare: async (outside, who, asked) => {
          const seen = await lookForMentor(outside, who, asked);
          return (deps, turn, data) => linkByMentor({ ...deps, onMoved }, turn, data, seen);
        },
      },
      { verb: "chats.decline", handle: declineByMentor },
    ],
    listeners: [
      bySeats("added-to-chat", (deps, seen, { speaker, now }) => enterChat({ ...deps, onMoved }, seen, speaker, now)),
      bySeats("chat-changed", (deps, seen, { now }) => followChat({ ...deps, onMoved }, seen, now)),
      {
        to: "removed-from-chat",
        handle: async (deps, happening, { now }) =>
          "chat" in happening ? await leaveChat({ ...deps, onMoved }, happening.chat, now) : { kind: "nothing" },
      },
    ],
    jobs: [{ name: "chats.check", run: (deps, now) => checkChats({ ...deps, onMoved }, now) }],
    messages: [welcomeMessage, askMessage, wrongMessage],
  };
}

/** What follows from who sits in the chat. */
function bySeats(
  to: "added-to-chat" | "chat-changed",
  decide: (deps: Deps, seen: Seen | null, context: HappeningContext) => Promise<Reply>,
): Listener {
  return {
    to,
    prepare: async (outside, { chat }, { now }) => {
      const seen = await lookInto(outside, chat, now);
      return (deps, _happening, context) => decide(deps, seen, context);
    },
  };
}
