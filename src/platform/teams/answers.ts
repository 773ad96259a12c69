import type { Address, Reply } from "../../core/feature.ts";
import type { PersonId } from "../../core/ids.ts";
import type { Incoming } from "./incoming.ts";

/** What a turn answers: in the response to a button, and as posts into a conversation. */
export interface Outgoing {
  /** For the presser's eyes only. `null` where the activity is none that waits for it. */
  readonly response: Reply | null;
  readonly posts: readonly PostedReply[];
  /** Who is answered, if it is somebody of ours. */
  readonly person?: PersonId | null;
  /** Nothing was done and nobody was told: Teams is asked to send the activity again. */
  readonly isLost?: true;
}

export interface PostedReply {
  /** `here`: where the activity came from, in its thread. */
  readonly to: "here" | Address;
  readonly reply: Exclude<Reply, { kind: "nothing" }>;
}

export const sentences = {
  outOfDate: "This card is out of date. Write “help” to see what I can do.",
  databaseDown: "I can't reach my notes right now. Nothing was changed. Please try again in a minute.",
  teamsDown: "I can't check with Teams who is in this chat right now. Please try again in a minute.",
  notHere: "I answer that in private: please open a chat with me and try again there.",
  done: "Done.",
  apology: (reference: string) =>
    `Sorry, something went wrong on my side. Nothing was changed. If it happens again, tell a coordinator this number: ${reference}.`,
};

export const silence: Outgoing = { response: null, posts: [] };

export function asText(text: string): Extract<Reply, { kind: "text" }> {
  return { kind: "text", text };
}

export function here(reply: PostedReply["reply"]): Outgoing {
  return { response: null, posts: [{ to: "here", reply }] };
}

export function tell(incoming: Incoming, text: string): Outgoing {
  if (isExecute(incoming)) return { response: asText(text), posts: [] };
  return here(asText(text));
}

/**
 * What cannot be done now and can later. A person is told so. An event has nobody to tell, so it is answered as failed:
 * whether Teams then repeats it is not documented, and what it told is also found by looking (see `chats.check`). Never
 * both: a repeated message would bring the sentence twice.
 */
export function tryLater(incoming: Incoming, text: string): Outgoing {
  return isEvent(incoming) ? { ...silence, isLost: true } : tellPrivately(incoming, text);
}

/** Nobody waits for an answer to an event; what a press was refused for concerns nobody else in a chat. */
export function tellPrivately(incoming: Incoming, text: string): Outgoing {
  if (isEvent(incoming)) return silence;
  const isOverheard = incoming.kind === "press" && incoming.via === "submit" && incoming.scope.kind === "chat";
  return tell(incoming, isOverheard ? sentences.notHere : text);
}

function isEvent(incoming: Incoming): boolean {
  return incoming.kind !== "press" && incoming.kind !== "typed";
}

export function isExecute(incoming: Incoming): boolean {
  return incoming.kind === "press" && incoming.via === "execute";
}

export function isMessage(incoming: Incoming): boolean {
  return incoming.kind === "typed" || (incoming.kind === "press" && incoming.via === "submit");
}
