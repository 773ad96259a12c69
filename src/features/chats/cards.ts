import { z } from "zod/v4";
import { bullets, button, card, choiceInput, link, note, paragraph } from "../../core/card.ts";
import type { Card, Element } from "../../core/card.ts";
import { as } from "../../core/ids.ts";
import type { ChatId, GroupId } from "../../core/ids.ts";
import { count, sayMoment } from "../../core/time.ts";

/** All that a chat without a group of ours ever reads: no name, no group, no reason. */
export const neutralSentence =
  "Hello! I'm Waymark. There is nothing that I post in this chat. If you need me, you find me in my own chat.";

/** In the group's chat, once: what is posted here, and what never is. */
export function groupWelcomeCard(group: string, programme: string): Card {
  const title = `Hello, ${group}!`;
  return card(
    title,
    [
      paragraph(`I'm Waymark, the helper of ${programme}. From now on your group's dates come here.`),
      paragraph("What I post here:"),
      bullets(["the date of a meeting, when your mentor has planned it", "changes", "a reminder the day before"]),
      paragraph("What I never post here:"),
      bullets([
        "who can come and who can't, and who was there",
        "what anybody writes to me, asks the coordinators or says about themselves",
      ]),
      note("I only see messages here that mention me. For everything else, open my own chat with you."),
    ],
    [],
    `${title} From now on I post your group's dates here: plans, changes, and a reminder the day before. Never who can come, or what anybody writes to me.`,
  );
}

interface ChatView {
  readonly kind: "group" | "channel";
  readonly addedAt: Temporal.Instant;
  /** Of the reader. */
  readonly timeZone: string;
}

function sayChat({ kind, addedAt, timeZone }: ChatView): string {
  const where = kind === "group" ? "a group chat" : "a channel";
  return `${where} that I was added to on ${sayMoment(addedAt, timeZone)}`;
}

/** To a mentor: is this your group's chat? */
export function askCard(
  chat: ChatView & { readonly id: ChatId },
  groups: readonly { readonly id: GroupId; readonly name: string; readonly speaksElsewhere: boolean }[],
): Card {
  const [only, ...others] = groups;
  const isOne = others.length === 0;
  const moving = groups.filter(({ speaksElsewhere }) => speaksElsewhere).map(({ name }) => name);
  const body: Element[] = [
    paragraph(
      `There is ${sayChat(chat)}. Shall I post ${isOne ? `the dates of ${only?.name ?? "your group"}` : "a group's dates"} there?`,
    ),
  ];
  if (!isOne) {
    body.push(
      choiceInput({
        id: "group",
        label: "Which group is it?",
        value: only?.id,
        choices: groups.map(({ id, name }) => ({ title: name, value: id })),
        required: true,
      }),
    );
  }
  if (moving.length > 0) {
    body.push(note(`${moving.join(", ")}: the dates go to another chat now. They would come to this one instead.`));
  }
  body.push(note("What I post there reaches only who is in it: plans, changes, a reminder the day before."));
  const data = { chat: chat.id, ...(isOne && only !== undefined ? { group: only.id } : {}) };
  return card("Is this your group's chat?", body, [
    button("Yes, post there", "chats.link", data, "positive"),
    button("No", "chats.decline", { chat: chat.id }),
  ]);
}

const chatId = z.uuid().transform((id) => as<ChatId>(id.toLowerCase()));
const linkSchema = z.object({ chat: chatId, group: z.uuid().transform((id) => as<GroupId>(id.toLowerCase())) });
const declineSchema = z.object({ chat: chatId });

export function parseLink(data: unknown): z.output<typeof linkSchema> | null {
  return linkSchema.safeParse(data).data ?? null;
}

export function parseDecline(data: unknown): ChatId | null {
  return declineSchema.safeParse(data).data?.chat ?? null;
}

/** To a mentor: why nothing is posted in a chat, and what helps. */
export function wrongCard(
  chat: ChatView,
  why: {
    readonly group: string;
    /** Posts went there until now. */
    readonly wasLinked: boolean;
    readonly outsiders: number;
    /** Of everybody else in the group. */
    readonly emails: readonly string[];
  },
): Card {
  const { group, wasLinked, outsiders } = why;
  const title = wasLinked ? `I've stopped posting in ${group}'s chat` : "I can't post in that chat";
  const where = wasLinked ? `In the chat of ${group}` : `In ${sayChat(chat)},`;
  const reason =
    outsiders > 0
      ? `${where} ${outsiders === 1 ? "1 person is" : `${outsiders} people are`} not in the group ${group}. Its dates and names are only for the group, so I post nothing there.`
      : `${where} none of the mentors of ${group} is there, so I post nothing there.`;
  const remedy = wasLinked
    ? "When only the group is there again, I go on by myself. Until then everybody hears from me in their own chat."
    : "A chat with just your group works: start one and add me. Until then everybody hears from me in their own chat.";
  return card(
    title,
    [
      paragraph(reason),
      paragraph(remedy),
      note("Coordinators may be there too. In the chat itself I said nothing about this."),
    ],
    [link(`New chat with ${group}`, newChatLink(group, why.emails))],
    `${title}. ${reason} ${remedy}`,
  );
}

function newChatLink(group: string, emails: readonly string[]): string {
  const users = emails.map((email) => encodeURIComponent(email)).join(",");
  return `https://teams.microsoft.com/l/chat/0/0?users=${users}&topicName=${encodeURIComponent(group)}`;
}

/** The same card, when it is answered or no longer true. */
export function settledCard(what: "linked" | "declined" | "gone", group: string | null): Card {
  const sentences = {
    linked: `The dates of ${group ?? "your group"} go to that chat.`,
    declined: "I post nothing in that chat. To change this, take me out of it and add me again.",
    gone: "There is nothing to decide about that chat any more.",
  } as const satisfies Record<typeof what, string>;
  return card("Your group's chat", [paragraph(sentences[what])]);
}

/** To a mentor who said yes. */
export function linkedCard(group: string, missing: readonly string[]): Card {
  return card(`Thank you! ${group} has a chat`, [
    paragraph("From now on I post your group's dates there."),
    ...(missing.length === 0
      ? []
      : [
          note(
            `Not in that chat yet: ${missing.join(", ")}. What I post there does not reach ${count(missing.length, "person", "these people")}; please add them.`,
          ),
        ]),
  ]);
}
