import type { Directory } from "../../core/ports.ts";
import { DirectoryUnavailable } from "./directory.ts";

/**
 * Asks Teams who sits in a chat before the turn's transaction begins, which must not stay open while Teams answers. What
 * comes back answers for that chat alone, as often as it is asked, failures included.
 */
export async function askAhead(directory: Directory, chat: Parameters<Directory["members"]>[0]): Promise<Directory> {
  const answer = directory.members(chat);
  await answer.catch(() => undefined);
  return {
    members: ({ conversationId }) =>
      conversationId === chat.conversationId ? answer : Promise.reject(new DirectoryUnavailable(null, "NotAsked")),
  };
}
