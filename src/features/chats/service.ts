import type { Db } from "../../core/db.ts";
import { NotAllowed } from "../../core/errors.ts";
import type { Deps, Reply, Speaker, Turn } from "../../core/feature.ts";
import type { ChatId, PersonId, ProgrammeId } from "../../core/ids.ts";
import { dayIn } from "../../core/time.ts";
import { findChat, type Chat } from "../programme/chats/store.ts";
import { loadGroup } from "../programme/store.ts";
import { linkedCard, neutralSentence, parseDecline, parseLink, settledCard, wrongCard } from "./cards.ts";
import { emailsOfOthers, nowSettled } from "./messages/service.ts";
import { countOutsiders, fits } from "./rules.ts";
import type { Seats } from "./rules.ts";
import {
  claimCheck,
  claimDueChecks,
  findCheck,
  findSeats,
  forgetCheck,
  forgetLostChats,
  lockCheck,
  makeChecksDue,
  saveCheck,
} from "./store.ts";
import { asCandidate, link, settle, subjectOf, unlink, type ChatDeps } from "./verdict/service.ts";

/** Teams did not answer: an outage takes minutes, and each try costs one of its roster calls. */
const waitForTeams = { minutes: 30 };
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

/**
 * After an import or an erasure: whoever is out of a group must not read on in its chat, so that all chats concerned are
 * looked at with the next ticks, as fast as Teams' limits allow.
 */
export async function lookSoon(db: Db, programme: ProgrammeId, now: Temporal.Instant): Promise<void> {
  // A role ends on a day of the programme's zone, which may be yesterday's date in UTC.
  await makeChecksDue(db, programme, now, dayIn(now, "UTC").subtract({ days: 1 }));
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
    const seats = await readSeats(deps, chat);
    if (seats === null) continue;
    await deps.db.transaction(async (tx) => {
      // An event that was quicker may know of somebody who has come since these were read.
      if ((await lockCheck(tx, id))?.version !== check.version) return;
      await settle({ ...deps, db: tx }, id, seats, null, now);
    });
  }
}

async function look(deps: ChatDeps, id: ChatId, addedBy: PersonId | null, now: Temporal.Instant): Promise<void> {
  // Before Teams is asked: of two events in one moment, the one that is told of newer people decides last.
  const check = await lockCheck(deps.db, id);
  const chat = await findChat(deps.db, { id });
  if (check === null || chat === null || chat.isRemoved) return;
  const seats = await readSeats(deps, chat);
  if (seats !== null) {
    await settle(deps, id, seats, addedBy, now);
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
async function readSeats(deps: Deps, chat: Chat): Promise<Seats | null> {
  try {
    return await seatsOf(deps, chat);
  } catch (error) {
    deps.log.warn("Teams did not say who is in a chat; it is asked again", {
      chat: chat.id,
      error: error instanceof Error ? error.name : typeof error,
    });
    return null;
  }
}

async function seatsOf(deps: Deps, chat: Chat): Promise<Seats> {
  const members = await deps.directory.members(chat);
  return await findSeats(
    deps.db,
    members.filter(({ userId }) => userId !== chat.botId),
  );
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
  const seats = await seatsOf(deps, chat);
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
