import { NotAllowed } from "../../../core/errors.ts";
import type { Deps, Message, Reply, Turn } from "../../../core/feature.ts";
import { as, type GroupId, type PartId, type ProgrammeId } from "../../../core/ids.ts";
import type { OutgoingMessage } from "../../../core/ports.ts";
import { dayIn } from "../../../core/time.ts";
import { dropNoticesOf } from "../../notices/service.ts";
import { addAuditRow, coordinatorsOf, loadGroup, loadGroups } from "../../programme/store.ts";
import { lockPerson, runningOf } from "../cover/store.ts";
import { endCoversWithoutRoles } from "../ending/service.ts";
import { groupChangedHands } from "../hands/service.ts";
import { coverSubject, partSubject } from "../rules.ts";
import {
  chooseFirst,
  confirmCard,
  elsewhereCard,
  endedAlready,
  endedCard,
  howToEnd,
  noSuchMentor,
  notUndone,
  parseChosen,
  parseEnd,
  parsePart,
  thanksCard,
  turnToCard,
  undone,
  undoneAlready,
} from "./cards.ts";
import { mayUndo } from "./rules.ts";
import {
  addEndedPart,
  endMentorship,
  findEndedPart,
  findParts,
  latestEndedPart,
  undoEnd,
  type EndedPart,
  type MentorPart,
} from "./store.ts";

/** The programmes that the speaker looks after. */
export function coordinated(turn: Turn): readonly ProgrammeId[] {
  return turn.speaker.memberships.flatMap(({ role, programme }) => (role === "coordinator" ? [programme] : []));
}

export async function askByEmail(deps: Deps, turn: Turn, typed: string): Promise<Reply> {
  const email = typed.trim().toLowerCase();
  if (email === "") return { kind: "text", text: howToEnd };
  return askAgain(deps, await findParts(deps.db, { email }, coordinated(turn)));
}

export async function askChosen(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const person = parseChosen(data);
  const among = coordinated(turn);
  if (among.length === 0) throw new NotAllowed("load.end-form", person);
  if (person === null) return { kind: "text", text: chooseFirst };
  return askAgain(deps, await findParts(deps.db, { person }, among));
}

async function askAgain(deps: Deps, parts: readonly MentorPart[]): Promise<Reply> {
  const [first] = parts;
  if (first === undefined) return { kind: "text", text: noSuchMentor };
  const groups = await loadGroups(
    deps.db,
    parts.flatMap((part) => part.groups.map(({ id }) => id)),
  );
  const isLastMentor = (id: GroupId): boolean =>
    groups.find((group) => group.id === id)?.mentors.filter(({ coversUntil }) => coversUntil === null).length === 1;
  const views = parts.map((part) => ({
    ...part,
    groups: part.groups.map(({ id, name }) => ({ name, isLastMentor: isLastMentor(id) })),
  }));
  return { kind: "card", card: confirmCard(first.mentor.name, views) };
}

/** One act: access and cards end, what waits is cancelled, mentees hear whom to turn to, the mentor is thanked. */
export async function endPart(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const { db } = deps;
  const { now } = turn;
  const asked = parseEnd(data);
  if (asked === null || !coordinated(turn).includes(asked.programme)) throw new NotAllowed("load.end", asked?.mentor);
  await lockPerson(db, asked.mentor);
  const [part] = await findParts(db, { person: asked.mentor }, [asked.programme]);
  if (part === undefined) {
    const before = await latestEndedPart(db, asked.mentor, asked.programme);
    return { kind: "text", text: before === null ? noSuchMentor : endedAlready(before.mentor.name) };
  }
  const id = as<PartId>(deps.newId());
  const { mentor, programme } = part;
  const groupIds = part.groups.map((group) => group.id);
  await endMentorship(db, part, dayIn(now, programme.timeZone));
  await addEndedPart(db, {
    id,
    programme: programme.id,
    mentor: mentor.id,
    groups: groupIds,
    endedBy: turn.speaker.person,
    endedAt: now,
  });
  await addAuditRow(db, { what: "load.end", subject: mentor.id, person: turn.speaker.person, at: now });
  await dropNoticesOf(db, mentor.id, programme.id, "mentor");
  const ended = await endCoversWithoutRoles(deps, programme.id, now);
  // Cards that asked them to look after somebody's group become neutral too.
  const shown = [...ended, ...(await runningOf(db, programme.id))];
  await deps.outbox.refresh(
    db,
    shown.map((cover) => coverSubject(cover.id)),
    now,
  );
  for (const group of new Set([...groupIds, ...ended.map((cover) => cover.group.id)])) {
    await groupChangedHands(deps, programme.id, group, now);
  }
  const groups = await loadGroups(db, groupIds);
  const mentees = groups.flatMap((group) => group.mentees.map(({ person }) => ({ person, group: group.id })));
  await deps.outbox.enqueue(db, [
    asMessage("load.part-ended", id, mentor.id, {}, now),
    ...mentees.map(({ person, group }) => asMessage("load.mentor-left", id, person, { group }, now)),
  ]);
  const without = groups.filter(({ mentors }) => mentors.length === 0).map(({ name }) => name);
  return { kind: "card", card: endedCard(id, mentor.name, without) };
}

function asMessage(
  kind: string,
  part: PartId,
  person: Extract<OutgoingMessage["to"], { person: unknown }>["person"],
  more: Readonly<Record<string, string>>,
  now: Temporal.Instant,
): OutgoingMessage {
  return {
    kind,
    ref: { part, ...more },
    to: { person },
    dedupeKey: `${kind}:${part}@1:${more["group"] ?? "ended"}:${person}`,
    dueAt: now,
    usefulUntil: null,
    priority: "planned",
    subjects: [partSubject(part)],
  };
}

export async function undoEndOfPart(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const id = parsePart(data);
  const part = id === null ? null : await findEndedPart(deps.db, id);
  if (part === null || !coordinated(turn).includes(part.programme)) throw new NotAllowed("load.undo-end", id);
  await lockPerson(deps.db, part.mentor.id);
  const verdict = mayUndo(part, turn.now);
  if (!verdict.ok) return { kind: "text", text: notUndone[verdict.why] };
  if (!(await undoEnd(deps.db, part, turn.now))) return { kind: "text", text: undoneAlready };
  await addAuditRow(deps.db, {
    what: "load.undo-end",
    subject: part.mentor.id,
    person: turn.speaker.person,
    at: turn.now,
  });
  await deps.outbox.refresh(deps.db, [partSubject(part.id)], turn.now);
  for (const group of part.groups) await groupChangedHands(deps, part.programme, group, turn.now);
  return { kind: "text", text: undone(part.mentor.name) };
}

async function partIn(db: Deps["db"], ref: Readonly<Record<string, string>>): Promise<EndedPart> {
  const part = await findEndedPart(db, as<PartId>(ref["part"] ?? ""));
  if (part === null) throw new Error("A part that ended is not there.");
  return part;
}

const wanted: Message["wanted"] = async (db, ref) => {
  const { undoneAt } = await partIn(db, ref);
  return undoneAt === null ? { wanted: true } : { wanted: false, reason: "it was undone" };
};

async function coordinatorNames(db: Deps["db"], programme: ProgrammeId): Promise<readonly string[]> {
  return (await coordinatorsOf(db, programme)).map(({ name }) => name);
}

/** To the mentor. */
export const partEnded: Message = {
  kind: "load.part-ended",
  whenUncertain: "again",
  wanted,
  render: async ({ db }, ref) => {
    const { mentor, groupNames, undoneAt, programme } = await partIn(db, ref);
    const coordinators = await coordinatorNames(db, programme);
    return thanksCard({ name: mentor.name, groups: groupNames, isUndone: undoneAt !== null, coordinators });
  },
};

/** To a mentee: whom to turn to. */
export const mentorLeft: Message = {
  kind: "load.mentor-left",
  whenUncertain: "again",
  wanted,
  render: async ({ db }, ref, to) => {
    const part = await partIn(db, ref);
    const group = await loadGroup(db, as<GroupId>(ref["group"] ?? ""));
    const isMentee = group?.mentees.some(({ person }) => "person" in to && to.person === person) === true;
    if (group === null || !isMentee) return elsewhereCard();
    return turnToCard({
      mentor: part.mentor.name,
      group,
      isUndone: part.undoneAt !== null,
      mentors: group.mentors.map(({ name }) => name),
      coordinators: await coordinatorNames(db, part.programme),
    });
  },
};
