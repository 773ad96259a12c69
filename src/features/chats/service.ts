import type { Db } from "../../core/db.ts";
import { NotAllowed, UserError } from "../../core/errors.ts";
import type { Deps, OutsideDeps, Reply, Speaker, Turn } from "../../core/feature.ts";
import type { ChatId, PersonId, ProgrammeId } from "../../core/ids.ts";
import { dayIn } from "../../core/time.ts";
import { findChat, type Chat } from "../programme/chats/store.ts";
import { learnOpenings } from "../programme/openings/store.ts";
import { loadGroup } from "../programme/store.ts";
import { linkedCard, neutralSentence, parseDecline, parseLink, settledCard, wrongCard } from "./cards.ts";
import { emailsOfOthers, nowSettled } from "./messages/service.ts";
import { countOutsiders, fits } from "./rules.ts";
import type { Seats } from "./rules.ts";
import {
  addMissingChecks,
  beginLook,
  claimDueChecks,
  findCheck,
  findSeats,
  forgetCheck,
  forgetLostChats,
  lockCheck,
  makeChecksDue,
  saveCheck,
  type Check,
  type Look,
} from "./store.ts";
import { asCandidate, link, settle, subjectOf, unlink, type ChatDeps } from "./verdict/service.ts";

/** Teams did not answer: an outage takes minutes, and each try costs one of its roster calls. */
const waitForTeams = { minutes: 30 };
/** A look that came to nothing, because the process ended in its midst, is taken up again. */
const waitForEnd = { minutes: 1 };
/** Roster calls draw on the same limit as sending: so many in a tick leave room. */
const checksAtOnce = 20;

/** A look at a chat that has begun, with who sits there; null when Teams does not say. */
export interface Seen extends Look {
  readonly seats: Seats | null;
}

/** Before the transaction: who sits in the chat now? `null` when nothing is to be decided about it. */
export async function lookInto(deps: OutsideDeps, id: ChatId, now: Temporal.Instant): Promise<Seen | null> {
  // Before Teams is asked: of two events in one moment, the one that is told of newer people decides.
  const look = await beginLook(deps.db, id, now, now.add(waitForEnd));
  const chat = await findChat(deps.db, { id });
  if (look === null || chat === null || chat.isRemoved) return null;
  return { ...look, seats: await readSeats(deps, chat, now) };
}

/** The bot was added to a chat: whose is it? */
export async function enterChat(
  deps: ChatDeps,
  seen: Seen | null,
  speaker: Speaker | null,
  now: Temporal.Instant,
): Promise<Reply> {
  const before = await decideBySeats(deps, seen, speaker?.person ?? null, now);
  // Teams tells of it twice: the second time something is decided already.
  if (before?.version !== 0) return { kind: "nothing" };
  const found = await findChat(deps.db, { id: before.chat });
  return found?.group === null ? { kind: "text", text: neutralSentence } : { kind: "nothing" };
}

/** People came or went: may the group still speak here? */
export async function followChat(deps: ChatDeps, seen: Seen | null, now: Temporal.Instant): Promise<Reply> {
  await decideBySeats(deps, seen, null, now);
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
export async function checkChats(deps: ChatDeps & OutsideDeps, now: Temporal.Instant): Promise<void> {
  await deps.db.transaction(async (tx) => {
    for (const group of await forgetLostChats(tx)) await deps.onMoved({ ...deps, db: tx }, group, now);
  });
  await addMissingChecks(deps.db, now);
  for (const look of await claimDueChecks(deps.db, now, now.add(waitForTeams), checksAtOnce)) {
    const chat = await findChat(deps.db, { id: look.chat });
    if (chat === null || chat.isRemoved) continue;
    const seats = await readSeats(deps, chat, now);
    // Nothing was heard of anybody who came: an outage alone stops no posts.
    if (seats === null) continue;
    await deps.db.transaction((tx) => decideBySeats({ ...deps, db: tx }, { ...look, seats }, null, now));
  }
}

/** @returns what was known before; null when nothing was decided, as a newer look does */
async function decideBySeats(
  deps: ChatDeps,
  seen: Seen | null,
  addedBy: PersonId | null,
  now: Temporal.Instant,
): Promise<Check | null> {
  const check = seen === null ? null : await lockCheck(deps.db, seen.chat);
  if (seen === null || check === null || check.mark !== seen.mark) return null;
  if (seen.seats !== null) {
    await settle(deps, seen.chat, seen.seats, addedBy, now);
    return check;
  }
  // Somebody may have come who must not read the group's posts: they go to personal chats until Teams answers.
  const chat = await findChat(deps.db, { id: seen.chat });
  await unlink(deps, seen.chat, now);
  await saveCheck(deps.db, seen.chat, {
    verdict: "unread",
    group: chat?.group ?? check.group,
    version: check.version + 1,
    nextCheckAt: now.add(waitForTeams),
  });
  return check;
}

/** Who sits there; null when Teams does not say. */
async function readSeats(deps: OutsideDeps, chat: Chat, now: Temporal.Instant): Promise<Seats | null> {
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

async function seatsOf(deps: OutsideDeps, chat: Chat, now: Temporal.Instant): Promise<Seats> {
  const members = await deps.directory.members(chat);
  const { userIds, ...seats } = await findSeats(
    deps.db,
    members.filter(({ userId }) => userId !== chat.botId),
  );
  // Whoever sits there without having opened the bot can be written to all the same, if Teams lets us.
  await learnOpenings(deps.db, chat, userIds, now);
  return seats;
}

/**
 * Before the transaction: who sits in the chat that a mentor says is their group's? Asked anew, as people may have come
 * since the card was sent. `null` for what they may not say.
 */
export async function lookForMentor(
  deps: OutsideDeps,
  { speaker, now }: Pick<Turn, "speaker" | "now">,
  data: unknown,
): Promise<Seen | null> {
  const asked = parseLink(data);
  const isMentor = speaker.memberships.some(({ role, group }) => role === "mentor" && group === asked?.group);
  if (asked === null || !isMentor) return null;
  const check = await findCheck(deps.db, asked.chat);
  const chat = await findChat(deps.db, { id: asked.chat });
  if (check === null || chat === null || chat.isRemoved) return null;
  return { chat: chat.id, mark: check.mark, seats: await seatsOf(deps, chat, now) };
}

/** A mentor says: this is the chat of that group. */
export async function linkByMentor(deps: ChatDeps, turn: Turn, data: unknown, seen: Seen | null): Promise<Reply> {
  const { speaker, now } = turn;
  const asked = parseLink(data);
  const seats = seen?.seats ?? null;
  if (asked === null || seen === null || !seats?.known.some(({ person }) => person === speaker.person)) {
    throw new NotAllowed("chats.link", asked?.chat ?? null);
  }
  const check = await lockCheck(deps.db, asked.chat);
  const chat = await findChat(deps.db, { id: asked.chat });
  const group = await loadGroup(deps.db, asked.group);
  if (check === null || chat === null || group === null) throw new NotAllowed("chats.link", asked.chat);
  if (check.mark !== seen.mark)
    throw new UserError("Somebody came or left in this very moment. Please press it again.");
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
