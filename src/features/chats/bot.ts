import type { Deps, Feature, Listener, Reply } from "../../core/feature.ts";
import type { ChatId } from "../../core/ids.ts";
import {
  askMessage,
  checkChats,
  declineByMentor,
  enterChat,
  findAskedChat,
  followChat,
  leaveChat,
  linkByMentor,
  welcomeMessage,
  wrongMessage,
} from "./service.ts";
import type { OnMoved } from "./service.ts";

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
        asksAbout: findAskedChat,
        handle: (deps, turn, data) => linkByMentor({ ...deps, onMoved }, turn, data),
      },
      { verb: "chats.decline", handle: declineByMentor },
    ],
    listeners: [
      {
        to: "added-to-chat",
        handle: inChat((deps, chat, { speaker, now }) => enterChat({ ...deps, onMoved }, chat, speaker, now)),
      },
      { to: "chat-changed", handle: inChat((deps, chat, { now }) => followChat({ ...deps, onMoved }, chat, now)) },
      {
        to: "removed-from-chat",
        handle: inChat((deps, chat, { now }) => leaveChat({ ...deps, onMoved }, chat, now)),
      },
    ],
    jobs: [{ name: "chats.check", run: (deps, now) => checkChats({ ...deps, onMoved }, now) }],
    messages: [welcomeMessage, askMessage, wrongMessage],
  };
}

type Context = Parameters<Listener["handle"]>[2];

function inChat(handle: (deps: Deps, chat: ChatId, context: Context) => Promise<Reply>): Listener["handle"] {
  return async (deps, happening, context) =>
    "chat" in happening ? await handle(deps, happening.chat, context) : { kind: "nothing" };
}
