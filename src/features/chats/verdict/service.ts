import type { Db } from "../../../core/db.ts";
import type { Deps } from "../../../core/feature.ts";
import type { ChatId, GroupId, PersonId } from "../../../core/ids.ts";
import type { OutgoingMessage } from "../../../core/ports.ts";
import { isGoodTime, nextGoodMoment, rhythmOf } from "../../calendar/rules.ts";
import { findChat } from "../../programme/chats/store.ts";
import { findProgramme, loadGroups } from "../../programme/store.ts";
import type { Group } from "../../programme/store.ts";
import { decide } from "../rules.ts";
import type { Candidate, Decision, Seats } from "../rules.ts";
import { linkChat, lockCheck, saveCheck, unlinkChat, wasWelcomed } from "../store.ts";
import type { Check } from "../store.ts";

export type OnMoved = (deps: Deps, group: GroupId, now: Temporal.Instant) => Promise<void>;

export interface ChatDeps extends Deps {
  readonly onMoved: OnMoved;
}

/**
 * Events can be lost, ours is not to know: whoever came unheard reads along for an hour at most. A look is one roster
 * call of the 3,600 an hour that Teams gives for each chat.
 */
const usualWait = { hours: 1 };

/** Decides by who sits there, and does what follows. */
export async function settle(
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

export function asCandidate(group: Group): Candidate {
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
export async function unlink(deps: ChatDeps, chat: ChatId, now: Temporal.Instant): Promise<void> {
  const group = await unlinkChat(deps.db, chat);
  if (group !== null) await deps.onMoved(deps, group, now);
}

/** The group's posts go to this chat from now on; the group is welcomed there once. */
export async function link(deps: ChatDeps, check: Check, group: GroupId, now: Temporal.Instant): Promise<void> {
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

export function subjectOf(chat: ChatId): string {
  return `chat:${chat}`;
}
