import type { Card } from "../../core/card.ts";
import type { Db } from "../../core/db.ts";
import { NotAllowed } from "../../core/errors.ts";
import type { Deps, Message, Reply, Speaker, Turn } from "../../core/feature.ts";
import { as } from "../../core/ids.ts";
import type { ChatId, GroupId, PersonId } from "../../core/ids.ts";
import type { OutgoingMessage } from "../../core/ports.ts";
import { isGoodTime, nextGoodMoment, rhythmOf } from "../calendar/rules.ts";
import { learnOpenings } from "../programme/openings/store.ts";
import { findChat, findProgramme, loadGroup, loadGroups } from "../programme/store.ts";
import type { Chat, Group } from "../programme/store.ts";
import {
  askCard,
  groupWelcomeCard,
  linkedCard,
  neutralSentence,
  parseDecline,
  parseLink,
  settledCard,
  wrongCard,
} from "./cards.ts";
import { countOutsiders, decide, fits } from "./rules.ts";
import type { Candidate, Decision, Seats } from "./rules.ts";
import {
  claimCheck,
  claimDueChecks,
  emailsOf,
  findCheck,
  findSeats,
  groupsMentoredBy as idsMentoredBy,
  forgetCheck,
  forgetLostChats,
  linkChat,
  lockCheck,
  lookAgainBy,
  saveCheck,
  unlinkChat,
  wasWelcomed,
} from "./store.ts";
import type { Check } from "./store.ts";

export type OnMoved = (deps: Deps, group: GroupId, now: Temporal.Instant) => Promise<void>;

interface ChatDeps extends Deps {
  readonly onMoved: OnMoved;
}

/** Events can be missed and people change by imports: every chat is looked at once a day. */
const usualWait = { hours: 24 };
/** Teams did not answer: an outage takes minutes, and each try costs one of its roster calls. */
const waitForTeams = { minutes: 30 };
/**
 * Who sits there was asked before the event was written down: of two events in one moment, the one that is told of newer
 * people may have been first. A later look, in order with all others, puts that right; Teams' own lists lag behind too.
 */
const secondLook = { minutes: 2 };
/** Roster calls draw on the same limit as sending: so many in a tick leave room. */
const checksAtOnce = 20;

/** The bot was added to a chat: whose is it? */
export async function enterChat(
  deps: ChatDeps,
  chat: ChatId,
  speaker: Speaker | null,
  now: Temporal.Instant,
): Promise<Reply> {
  const isFirst = await claimCheck(deps.db, chat, now);
  await look(deps, chat, speaker?.person ?? null, now);
  const found = await findChat(deps.db, { id: chat });
  return isFirst && found?.group === null ? { kind: "text", text: neutralSentence } : { kind: "nothing" };
}

/** People came or went: may the group still speak here? */
export async function followChat(deps: ChatDeps, chat: ChatId, now: Temporal.Instant): Promise<Reply> {
  await claimCheck(deps.db, chat, now);
  await look(deps, chat, null, now);
  return { kind: "nothing" };
}

/** The bot was taken out. When it is added again, everything is looked at anew. */
export async function leaveChat(deps: ChatDeps, chat: ChatId, now: Temporal.Instant): Promise<Reply> {
  // In the order in which everybody locks them.
  await forgetCheck(deps.db, chat);
  await unlink(deps, chat, now);
  return { kind: "nothing" };
}

/** What events did not tell: chats whose turn it is, each in a transaction of its own. */
export async function checkChats(deps: ChatDeps, now: Temporal.Instant): Promise<void> {
  await deps.db.transaction(async (tx) => {
    for (const group of await forgetLostChats(tx)) await deps.onMoved({ ...deps, db: tx }, group, now);
  });
  for (const id of await claimDueChecks(deps.db, now, now.add(waitForTeams), checksAtOnce)) {
    const chat = await findChat(deps.db, { id });
    const check = await findCheck(deps.db, id);
    if (chat === null || check === null || chat.isRemoved) continue;
    // Before the transaction: while Teams answers, nothing is locked.
    const seats = await readSeats(deps, chat, now);
    if (seats === null) continue;
    await deps.db.transaction(async (tx) => {
      // An event that was quicker may know of somebody who has come since these were read.
      if ((await lockCheck(tx, id))?.version !== check.version) return;
      await settle({ ...deps, db: tx }, id, seats, null, now);
    });
  }
}

async function look(deps: ChatDeps, id: ChatId, addedBy: PersonId | null, now: Temporal.Instant): Promise<void> {
  const check = await lockCheck(deps.db, id);
  const chat = await findChat(deps.db, { id });
  if (check === null || chat === null || chat.isRemoved) return;
  const seats = await readSeats(deps, chat, now);
  if (seats !== null) {
    await settle(deps, id, seats, addedBy, now);
    await lookAgainBy(deps.db, id, now.add(secondLook));
    return;
  }
  // Somebody may have come who must not read the group's posts: they go to personal chats until Teams answers.
  await unlink(deps, id, now);
  const isDecided = check.verdict === "declined";
  await saveCheck(deps.db, id, {
    ...(isDecided ? {} : { verdict: "unread", group: chat.group ?? check.group, version: check.version + 1 }),
    nextCheckAt: now.add(waitForTeams),
  });
}

/** Who sits there; null when Teams does not say. */
async function readSeats(deps: Deps, chat: Chat, now: Temporal.Instant): Promise<Seats | null> {
  try {
    return await seatsOf(deps, chat, now);
  } catch (error) {
    deps.log.warn("Teams did not say who is in a chat; it is asked again", {
      chat: chat.id,
      error: error instanceof Error ? error.name : typeof error,
    });
    return null;
  }
}

async function seatsOf(deps: Deps, chat: Chat, now: Temporal.Instant): Promise<Seats> {
  const members = await deps.directory.members(chat);
  const { userIds, ...seats } = await findSeats(
    deps.db,
    members.filter(({ userId }) => userId !== chat.botId),
  );
  // Whoever sits there without having opened the bot can be written to all the same, if Teams lets us.
  await learnOpenings(deps.db, chat, userIds, now);
  return seats;
}

/** Decides by who sits there, and does what follows. */
async function settle(
  deps: ChatDeps,
  id: ChatId,
  seats: Seats,
  addedBy: PersonId | null,
  now: Temporal.Instant,
): Promise<void> {
  const check = await lockCheck(deps.db, id);
  const chat = await findChat(deps.db, { id });
  if (check === null || chat === null || chat.isRemoved) return;
  const meant = [chat.group, check.group].filter((group) => group !== null);
  const groups = await loadGroups(deps.db, [...new Set([...meant, ...mentoredBy(seats)])]);
  const before = {
    verdict: check.verdict,
    linked: chat.group,
    meant: check.group,
    wasLinked: await wasWelcomed(deps.db, id),
    mentor: check.mentor,
  };
  const taken = groups.filter((group) => group.chat !== null && group.chat !== id).map((group) => group.id);
  await apply(deps, check, decide(before, seats, groups.map(asCandidate), addedBy, taken), groups, addedBy, now);
}

function mentoredBy(seats: Seats): GroupId[] {
  return seats.known
    .flatMap(({ memberships }) => memberships)
    .flatMap(({ role, group }) => (role === "mentor" && group !== null ? [group] : []));
}

function asCandidate(group: Group): Candidate {
  return {
    id: group.id,
    programme: group.programme,
    mentors: group.mentors.map(({ person }) => person),
    mentees: group.mentees.map(({ person }) => person),
  };
}

async function apply(
  deps: ChatDeps,
  check: Check,
  decision: Decision,
  groups: readonly Group[],
  addedBy: PersonId | null,
  now: Temporal.Instant,
): Promise<void> {
  const { chat } = check;
  const version = check.version + 1;
  const nextCheckAt = now.add(usualWait);
  switch (decision.kind) {
    case "keep":
      await saveCheck(deps.db, chat, { nextCheckAt: check.verdict === "declined" ? null : nextCheckAt });
      return;
    case "link":
      await link(deps, check, decision.group, now);
      return;
    case "ask": {
      const { mentor } = decision;
      await saveCheck(deps.db, chat, { verdict: "asked", mentor, group: null, outsiders: 0, version, nextCheckAt });
      await tell(deps, "chats.ask", { ...check, version }, mentor, groups, addedBy, now);
      break;
    }
    case "stop": {
      const { group, mentor, outsiders } = decision;
      await unlink(deps, chat, now);
      await saveCheck(deps.db, chat, { verdict: "wrong", group, mentor, outsiders, version, nextCheckAt });
      if (mentor !== null) await tell(deps, "chats.wrong", { ...check, version }, mentor, groups, addedBy, now);
      break;
    }
    case "leave":
      await unlink(deps, chat, now);
      await saveCheck(deps.db, chat, {
        verdict: "unknown",
        group: null,
        mentor: null,
        outsiders: 0,
        version,
        nextCheckAt,
      });
      break;
  }
  await deps.outbox.refresh(deps.db, [subjectOf(chat)], now);
}

/** No group speaks here any more. */
async function unlink(deps: ChatDeps, chat: ChatId, now: Temporal.Instant): Promise<void> {
  const group = await unlinkChat(deps.db, chat);
  if (group !== null) await deps.onMoved(deps, group, now);
}

/** The group's posts go to this chat from now on; the group is welcomed there once. */
async function link(deps: ChatDeps, check: Check, group: GroupId, now: Temporal.Instant): Promise<void> {
  const { chat, version } = check;
  const left = await linkChat(deps.db, chat, group, now);
  for (const other of left) await saveCheck(deps.db, other, { verdict: "declined", nextCheckAt: null });
  await saveCheck(deps.db, chat, {
    verdict: "linked",
    group,
    outsiders: 0,
    version: version + 1,
    nextCheckAt: now.add(usualWait),
  });
  await deps.outbox.enqueue(deps.db, [
    {
      kind: "chats.welcome",
      ref: { chat, group },
      to: { chat },
      dedupeKey: `chats.welcome:${group}@1:linked:${chat}`,
      dueAt: now,
      usefulUntil: null,
      priority: "answer",
      subjects: [],
    },
  ]);
  await deps.outbox.refresh(deps.db, [subjectOf(chat)], now);
  await deps.onMoved(deps, group, now);
}

/** A card for one mentor about a chat; not at night, unless the mentor added the bot just now. */
async function tell(
  deps: Deps,
  kind: "chats.ask" | "chats.wrong",
  { chat, version, addedAt }: Pick<Check, "chat" | "version" | "addedAt">,
  mentor: PersonId,
  groups: readonly Group[],
  addedBy: PersonId | null,
  now: Temporal.Instant,
): Promise<void> {
  const message: OutgoingMessage = {
    kind,
    ref: { chat, version: version.toString(), mentor },
    to: { person: mentor },
    // The time parts this from what was asked before the bot was taken out and added again.
    dedupeKey: `${kind}:${chat}@${version}:${addedAt.epochMilliseconds}:${mentor}`,
    dueAt: mentor === addedBy ? now : await goodTimeFor(deps.db, mentor, groups, now),
    usefulUntil: null,
    priority: "answer",
    subjects: [subjectOf(chat)],
  };
  await deps.outbox.enqueue(deps.db, [message]);
}

async function goodTimeFor(
  db: Db,
  mentor: PersonId,
  groups: readonly Group[],
  now: Temporal.Instant,
): Promise<Temporal.Instant> {
  const group = groups.find(({ mentors }) => mentors.some(({ person }) => person === mentor));
  const member = group?.mentors.find(({ person }) => person === mentor);
  const programme = group === undefined ? null : await findProgramme(db, group.programme);
  if (member === undefined || programme === null) return now;
  const rhythm = rhythmOf(programme.settings, "mentors", member.timeZone);
  // A month is longer than any blackout that a programme is likely to have.
  return isGoodTime(now, rhythm) ? now : (nextGoodMoment(now, now.add({ hours: 24 * 31 }), rhythm) ?? now);
}

function subjectOf(chat: ChatId): string {
  return `chat:${chat}`;
}

/** The chat that a mentor's answer is about: who sits there decides what comes of it. */
export async function findAskedChat(db: Db, data: unknown): Promise<Chat | null> {
  const asked = parseLink(data);
  return asked === null ? null : await findChat(db, { id: asked.chat });
}

/** A mentor says: this is the chat of that group. Looked at anew, as people may have come since it was asked. */
export async function linkByMentor(deps: ChatDeps, turn: Turn, data: unknown): Promise<Reply> {
  const { speaker, now } = turn;
  const asked = parseLink(data);
  const check = asked === null ? null : await lockCheck(deps.db, asked.chat);
  const chat = asked === null ? null : await findChat(deps.db, { id: asked.chat });
  const isMentor = speaker.memberships.some(({ role, group }) => role === "mentor" && group === asked?.group);
  if (asked === null || check === null || chat === null || chat.isRemoved || !isMentor) {
    throw new NotAllowed("chats.link", asked?.chat ?? null);
  }
  const group = await loadGroup(deps.db, asked.group);
  const seats = await seatsOf(deps, chat, now);
  if (group === null || !seats.known.some(({ person }) => person === speaker.person)) {
    throw new NotAllowed("chats.link", asked.chat);
  }
  const candidate = asCandidate(group);
  if (!fits(seats, candidate)) {
    const outsiders = countOutsiders(seats, candidate);
    const view = { ...chat, addedAt: check.addedAt, timeZone: speaker.timeZone };
    const emails = await emailsOfOthers(deps.db, group, speaker.person);
    return { kind: "card", card: wrongCard(view, { group: group.name, wasLinked: false, outsiders, emails }) };
  }
  if (chat.group !== group.id) await link(deps, check, group.id, now);
  const missing = [...group.mentors, ...group.mentees].filter(
    ({ person }) => !seats.known.some((seat) => seat.person === person),
  );
  const names = missing.map(({ name }) => name);
  return { kind: "card", card: linkedCard(group.name, names) };
}

/** The mentor who was asked says no. */
export async function declineByMentor(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const id = parseDecline(data);
  const check = id === null ? null : await lockCheck(deps.db, id);
  if (check === null || check.mentor !== turn.speaker.person) throw new NotAllowed("chats.decline", id);
  if (check.verdict !== "asked") return { kind: "card", card: await nowSettled(deps.db, check) };
  await saveCheck(deps.db, check.chat, { verdict: "declined", version: check.version + 1, nextCheckAt: null });
  await deps.outbox.refresh(deps.db, [subjectOf(check.chat)], turn.now);
  return { kind: "card", card: settledCard("declined", null) };
}

async function nowSettled(db: Db, check: Check | null): Promise<Card> {
  if (check?.verdict === "declined") return settledCard("declined", null);
  if (check?.verdict !== "linked" || check.group === null) return settledCard("gone", null);
  const group = await loadGroup(db, check.group);
  return settledCard("linked", group?.name ?? null);
}

async function emailsOfOthers(db: Db, group: Group, self: PersonId): Promise<readonly string[]> {
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
