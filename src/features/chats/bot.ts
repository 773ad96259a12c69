import type { Deps, Feature, Listener, Reply } from "../../core/feature.ts";
import type { ChatId } from "../../core/ids.ts";
import {
  askMessage,
  checkChats,
  declineByMentor,
  enterChat,
  followChat,
  leaveChat,
  linkByMentor,
  welcomeMessage,
  wrongMessage,
} from "./service.ts";

/** Group chats and channels: whose they are, and whether a group may speak there. */
export const chats: Feature = {
  name: "chats",
  actions: [
    { verb: "chats.link", handle: linkByMentor },
    { verb: "chats.decline", handle: declineByMentor },
  ],
  listeners: [
    { to: "added-to-chat", handle: inChat((deps, chat, { speaker, now }) => enterChat(deps, chat, speaker, now)) },
    { to: "chat-changed", handle: inChat((deps, chat, { now }) => followChat(deps, chat, now)) },
    { to: "removed-from-chat", handle: inChat((deps, chat) => leaveChat(deps, chat)) },
  ],
  jobs: [{ name: "chats.check", run: checkChats }],
  messages: [welcomeMessage, askMessage, wrongMessage],
};

type Context = Parameters<Listener["handle"]>[2];

function inChat(handle: (deps: Deps, chat: ChatId, context: Context) => Promise<Reply>): Listener["handle"] {
  return async (deps, happening, context) =>
    "chat" in happening ? await handle(deps, happening.chat, context) : { kind: "nothing" };
}
