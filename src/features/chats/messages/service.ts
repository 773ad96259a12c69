import type { Card } from "../../../core/card.ts";
import type { Db } from "../../../core/db.ts";
import type { Message } from "../../../core/feature.ts";
import { as } from "../../../core/ids.ts";
import type { ChatId, GroupId, PersonId } from "../../../core/ids.ts";
import { findChat } from "../../programme/chats/store.ts";
import { findProgramme, loadGroup, loadGroups } from "../../programme/store.ts";
import type { Group } from "../../programme/store.ts";
import { askCard, groupWelcomeCard, settledCard, wrongCard } from "../cards.ts";
import { emailsOf, findCheck, groupsMentoredBy as idsMentoredBy, wasWelcomed } from "../store.ts";
import type { Check } from "../store.ts";

export async function nowSettled(db: Db, check: Check | null): Promise<Card> {
  if (check?.verdict === "declined") return settledCard("declined", null);
  if (check?.verdict !== "linked" || check.group === null) return settledCard("gone", null);
  const group = await loadGroup(db, check.group);
  return settledCard("linked", group?.name ?? null);
}

export async function emailsOfOthers(db: Db, group: Group, self: PersonId): Promise<readonly string[]> {
  const others = [...group.mentors, ...group.mentees].map(({ person }) => person).filter((person) => person !== self);
  return await emailsOf(db, others);
}

export const welcomeMessage: Message = {
  kind: "chats.welcome",
  whenUncertain: "once",
  wanted: async (db, ref) => {
    const chat = await findChat(db, { id: as<ChatId>(ref["chat"] ?? "") });
    return chat !== null && chat.group === ref["group"]
      ? { wanted: true }
      : { wanted: false, reason: "the group no longer speaks in this chat" };
  },
  render: async ({ db }, ref) => {
    const group = await loadGroup(db, as<GroupId>(ref["group"] ?? ""));
    const programme = group === null ? null : await findProgramme(db, group.programme);
    if (group === null || programme === null) throw new Error("A group that was welcomed is not there.");
    return groupWelcomeCard(group.name, programme.name);
  },
};

/** The question or explanation stands as long as nothing has changed since. */
async function findStanding(db: Db, ref: Readonly<Record<string, string>>, verdict: Check["verdict"]) {
  const check = await findCheck(db, as<ChatId>(ref["chat"] ?? ""));
  return check !== null && check.verdict === verdict && check.version.toString() === ref["version"] ? check : null;
}

async function groupsMentoredBy(db: Db, mentor: PersonId): Promise<readonly Group[]> {
  return await loadGroups(db, await idsMentoredBy(db, mentor));
}

function standing(verdict: "asked" | "wrong"): Message["wanted"] {
  return async (db, ref) =>
    (await findStanding(db, ref, verdict)) === null
      ? { wanted: false, reason: "who sits in the chat has changed since" }
      : { wanted: true };
}

/** To a mentor: is this your group's chat? */
export const askMessage: Message = {
  kind: "chats.ask",
  whenUncertain: "once",
  wanted: standing("asked"),
  render: async ({ db }, ref) => {
    const check = await findStanding(db, ref, "asked");
    const mentor = as<PersonId>(ref["mentor"] ?? "");
    const chat = check === null ? null : await findChat(db, { id: check.chat });
    const groups = check === null ? [] : await groupsMentoredBy(db, mentor);
    const timeZone = groups.flatMap(({ mentors }) => mentors).find(({ person }) => person === mentor)?.timeZone;
    if (check === null || chat === null || timeZone === undefined) {
      return await nowSettled(db, await findCheck(db, as<ChatId>(ref["chat"] ?? "")));
    }
    return askCard(
      { ...chat, addedAt: check.addedAt, timeZone },
      groups.map((group) => ({ ...group, speaksElsewhere: group.chat !== null && group.chat !== chat.id })),
    );
  },
};

/** To a mentor: why nothing is posted in a chat. */
export const wrongMessage: Message = {
  kind: "chats.wrong",
  whenUncertain: "once",
  wanted: standing("wrong"),
  render: async ({ db }, ref) => {
    const check = await findStanding(db, ref, "wrong");
    const mentor = as<PersonId>(ref["mentor"] ?? "");
    const chat = check === null ? null : await findChat(db, { id: check.chat });
    const group = check === null || check.group === null ? null : await loadGroup(db, check.group);
    const member = group?.mentors.find(({ person }) => person === mentor);
    if (check === null || chat === null || group === null || member === undefined) {
      return await nowSettled(db, await findCheck(db, as<ChatId>(ref["chat"] ?? "")));
    }
    return wrongCard(
      { ...chat, addedAt: check.addedAt, timeZone: member.timeZone },
      {
        group: group.name,
        wasLinked: await wasWelcomed(db, chat.id),
        outsiders: check.outsiders,
        emails: await emailsOfOthers(db, group, mentor),
      },
    );
  },
};
