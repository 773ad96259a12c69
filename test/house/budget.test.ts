import { describe, expect, test } from "vitest";
import { messages, noticeKinds } from "../../src/app.ts";

/**
 * The budget holds over all features: whatever the house can send to a person either waits its turn as a notice, or is one
 * of these, each with the reason why it may come besides. Who adds a kind of message decides here which of the two it is.
 */
const outsideTheBudget: Readonly<Record<string, string>> = {
  "planning.mentor-view": "stands in for the form that the mentor has just sent, and is kept true",
  "chats.ask": "answers that the bot was added to the mentor's chat: which group is it? Once for each chat",
  "chats.wrong": "once for each chat: a mentor must know that nothing is posted there, and why",
  "flags.question": "to coordinators, who have no budget: somebody asks for a person",
  "flags.contact":
    "to those whom somebody would like to hear from, who chose them: it cannot wait for next week's budget",
  "flags.not-held": "to coordinators, who have no budget: a mentee says that a meeting did not happen",
  "flags.another-mentor": "to coordinators, who have no budget: a mentee would like another mentor",
  "flags.leave": "to coordinators, who have no budget: a mentee would like to leave",
  "flags.taken": "answers the question that the person asked",
  "help.unanswered": "answers what the person wrote: the answer itself got lost on the way",
  "welcome.hello": "once for each person who never opened the bot, and before anything is asked of them",
  "load.cover-taken": "answers the mentor's own request for cover",
  "load.cover-ended": "the other of the two has ended it with a tap: from now on the group counts on somebody else",
  "load.part-ended": "said once, about the person's own part, on the day on which it ends",
  "load.mentor-left": "a mentee hears on the same day whom to turn to, however much was said that week",
};

/** These go into a group's chat, which has no budget of unrequested messages. */
const toChats = new Set([
  "meetings.tomorrow-in-chat",
  "chats.welcome",
  "planning.invitation",
  "planning.moved",
  "planning.called-off-in-chat",
]);

describe("everything that the house can send", () => {
  const unasked = new Set(noticeKinds.map(({ kind }) => kind));
  const besides = messages.map(({ kind }) => kind).filter((kind) => !unasked.has(kind) && !toChats.has(kind));

  test.each(besides)("%s is under the budget, or has a reason to be outside of it", (kind) => {
    expect(outsideTheBudget[kind], `${kind}: make it a notice, or give the reason here`).toBeDefined();
  });

  test("no reason outlives its message, and none is given to what is under the budget", () => {
    expect(Object.keys(outsideTheBudget).filter((kind) => !besides.includes(kind))).toEqual([]);
    expect([...toChats].filter((kind) => !messages.some((message) => message.kind === kind))).toEqual([]);
  });

  test("each kind of notice is drawn by the budget's own messages", () => {
    const budgeted = new Set(messages.map(({ kind }) => kind));
    expect([...unasked].filter((kind) => !budgeted.has(kind))).toEqual([]);
    expect(unasked.size).toBe(noticeKinds.length);
  });
});
