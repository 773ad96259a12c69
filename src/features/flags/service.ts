import type { Db } from "../../core/db.ts";
import { NotAllowed } from "../../core/errors.ts";
import type { Deps, Message, Reply, Turn } from "../../core/feature.ts";
import { as } from "../../core/ids.ts";
import type { FlagId, GroupId, MeetingId, PersonId, ProgrammeId } from "../../core/ids.ts";
import type { Outbox } from "../../core/ports.ts";
import { coordinatorsOf, listProgrammes } from "../programme/store.ts";
import type { Member } from "../programme/store.ts";
import { askedCard, askElsewhere, askForm, formerCard, parseAsk, parseFlag, questionCard, takenCard } from "./cards.ts";
import type { AskForm } from "./cards.ts";
import { checkQuestion, isCoordinatorOf, originsOf, showsDone } from "./rules.ts";
import type { Origin } from "./rules.ts";
import { addFlag, closeFlag, eraseQuestions, findFlag, takeFlag } from "./store.ts";
import type { Flag } from "./store.ts";

/** @param about the group whose card was pressed, if it was one */
export async function openForm(deps: Deps, turn: Turn, about: string | null, typed: string): Promise<Reply> {
  if (turn.place.kind !== "personal") return { kind: "text", text: askElsewhere };
  const origins = originsOf(turn.speaker.memberships, about, null);
  if (origins.length === 0) throw new NotAllowed("flags.ask");
  return await formReply(deps, origins, { about, typed, problem: null, isSecond: false });
}

async function formReply(
  deps: Deps,
  origins: readonly Origin[],
  form: Pick<AskForm, "about" | "typed" | "problem" | "isSecond"> & { readonly flag?: FlagId },
): Promise<Reply> {
  const programmes = (await listProgrammes(deps.db)).filter(({ id }) =>
    origins.some(({ programme }) => programme === id),
  );
  const emergency = programmes.flatMap(({ settings }) => settings.emergency?.numbers ?? []);
  return { kind: "card", card: askForm({ flag: as<FlagId>(deps.newId()), ...form, programmes, emergency }) };
}

/** One form makes one question, however often it is sent. */
export async function sendQuestion(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const { speaker, now } = turn;
  const form = parseAsk(data);
  if (form === null) throw new NotAllowed("flags.send");
  if (turn.place.kind !== "personal") return { kind: "text", text: askElsewhere };
  const origins = originsOf(speaker.memberships, form.id, form.programme);
  const [origin, ...others] = origins;
  if (origin === undefined) throw new NotAllowed("flags.send", form.flag);

  const { flag, id: about, question } = form;
  const problem = checkQuestion(question);
  if (problem !== null || others.length > 0) {
    return await formReply(deps, origins, { flag, about, typed: question, problem, isSecond: false });
  }

  const row = { id: flag, ...origin, asker: speaker.person, question, askedAt: now };
  const isNew = await addFlag(deps.db, row);
  const saved = await findFlag(deps.db, flag);
  if (saved?.asker.id !== speaker.person) throw new NotAllowed("flags.send", flag);
  if (!isNew && saved.question !== question) {
    return await formReply(deps, origins, { about, typed: question, problem: null, isSecond: true });
  }
  const coordinators = await coordinatorsOf(deps.db, saved.programme);
  await deps.outbox.enqueue(
    deps.db,
    coordinators.map(({ person }) => ({
      kind: "flags.question",
      ref: { flag, coordinator: person },
      to: { person },
      dedupeKey: `flags.question:${flag}@1:asked:${person}`,
      dueAt: now,
      usefulUntil: null,
      priority: "planned",
      subjects: [subjectOf(flag)],
    })),
  );
  const card = askedCard({
    question,
    programme: saved.programmeName,
    coordinators: coordinators.length,
    reachable: coordinators.filter(({ isReachable }) => isReachable).length,
  });
  return { kind: "card", card };
}

function subjectOf(flag: FlagId): string {
  return `flag:${flag}`;
}

/** The first coordinator wins; everybody else is shown who it was. */
export async function takeQuestion(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const flag = await flagForCoordinator(deps, turn, data, "flags.take");
  const { person } = turn.speaker;
  if (await takeFlag(deps.db, flag.id, person, turn.now)) {
    await deps.outbox.enqueue(deps.db, [
      {
        kind: "flags.taken",
        ref: { flag: flag.id },
        to: { person: flag.asker.id },
        dedupeKey: `flags.taken:${flag.id}@1:taken:${flag.asker.id}`,
        dueAt: turn.now,
        usefulUntil: null,
        priority: "answer",
        subjects: [subjectOf(flag.id)],
      },
    ]);
    await deps.outbox.refresh(deps.db, [subjectOf(flag.id)], turn.now);
  }
  return await shown(deps, turn, flag.id);
}

export async function closeQuestion(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const flag = await flagForCoordinator(deps, turn, data, "flags.close");
  const coordinators = await coordinatorsOf(deps.db, flag.programme);
  const isTheirs = flag.takenBy !== null && showsDone(turn.speaker.person, flag.takenBy.id, coordinators);
  if (isTheirs && (await closeFlag(deps.db, flag.id, turn.speaker.person, turn.now))) {
    await deps.outbox.refresh(deps.db, [subjectOf(flag.id)], turn.now);
  }
  return await shown(deps, turn, flag.id);
}

/** Takes the words of an erased person away, also from the cards that show them. Returns how many questions. */
export async function removeQuestions(
  deps: { readonly db: Db; readonly outbox: Pick<Outbox, "refresh"> },
  asker: PersonId,
  now: Temporal.Instant,
): Promise<number> {
  const removed = await eraseQuestions(deps.db, asker);
  await deps.outbox.refresh(deps.db, removed.map(subjectOf), now);
  return removed.length;
}

/** Stub until flags of more kinds are merged: same place, same shape. */
export async function raiseFlag(
  deps: Deps,
  flag: {
    readonly programme: ProgrammeId;
    readonly group: GroupId;
    readonly asker: PersonId;
    readonly kind: "contact" | "not-held" | "another-mentor" | "leave";
    readonly audience: "coordinators" | "mentors";
    readonly meeting: MeetingId | null;
    readonly dedupeKey: string;
  },
  now: Temporal.Instant,
): Promise<FlagId> {
  const id = as<FlagId>(deps.newId());
  await addFlag(deps.db, {
    id,
    programme: flag.programme,
    group: flag.group,
    asker: flag.asker,
    question: flag.kind,
    askedAt: now,
  });
  return id;
}

/** Stub: the asker takes back what `raiseFlag` raised under this key. */
export async function takeFlagBack(
  _deps: Deps,
  _dedupeKey: string,
  _asker: PersonId,
  _now: Temporal.Instant,
): Promise<void> {
  await Promise.resolve();
}

async function flagForCoordinator(deps: Deps, turn: Turn, data: unknown, what: string): Promise<Flag> {
  const id = parseFlag(data);
  const flag = id === null ? null : await findFlag(deps.db, id);
  if (flag === null || !isCoordinatorOf(turn.speaker.memberships, flag.programme)) throw new NotAllowed(what, id);
  return flag;
}

async function shown(deps: Deps, turn: Turn, id: FlagId): Promise<Reply> {
  const flag = await findFlag(deps.db, id);
  if (flag === null) throw new NotAllowed("flags.show", id);
  const coordinators = await coordinatorsOf(deps.db, flag.programme);
  return { kind: "card", card: cardFor(flag, turn.speaker.person, turn.speaker.timeZone, coordinators) };
}

function cardFor(flag: Flag, viewer: PersonId, timeZone: string, coordinators: readonly Member[]) {
  const view = {
    flag: flag.id,
    question: flag.question ?? "The words were removed, because the person was removed from the programme.",
    asker: flag.asker,
    group: flag.groupName,
    role: flag.askerRole,
    programme: flag.programmeName,
    askedAt: flag.askedAt,
    state: flag.state,
    takenBy: flag.takenBy?.name ?? null,
  };
  const isTaker = flag.takenBy?.id === viewer;
  const canClose = flag.takenBy !== null && showsDone(viewer, flag.takenBy.id, coordinators);
  return questionCard(view, { timeZone, isTaker, canClose });
}

/** The question, to each coordinator; who took it is seen on the same card. */
export const questionMessage: Message = {
  kind: "flags.question",
  whenUncertain: "again",
  wanted: async (db, ref) => {
    const flag = await findFlag(db, flagIn(ref));
    if (flag === null || flag.question === null) return { wanted: false, reason: "the question was removed" };
    if (flag.state !== "open") return { wanted: false, reason: "somebody has taken it" };
    const coordinators = await coordinatorsOf(db, flag.programme);
    return coordinators.some(({ person }) => person === ref["coordinator"])
      ? { wanted: true }
      : { wanted: false, reason: "no longer a coordinator" };
  },
  render: async ({ db }, ref, to) => {
    const flag = await findFlag(db, flagIn(ref));
    if (flag === null) throw new Error("A question that was sent is not there.");
    const coordinators = await coordinatorsOf(db, flag.programme);
    const viewer = coordinators.find(({ person }) => "person" in to && person === to.person);
    return viewer === undefined ? formerCard() : cardFor(flag, viewer.person, viewer.timeZone, coordinators);
  },
};

/** To the asker: who took the question. */
export const takenMessage: Message = {
  kind: "flags.taken",
  whenUncertain: "once",
  wanted: async (db, ref) => {
    const flag = await findFlag(db, flagIn(ref));
    return flag === null || flag.question === null || flag.takenBy === null
      ? { wanted: false, reason: "the question was removed" }
      : { wanted: true };
  },
  render: async ({ db }, ref) => {
    const flag = await findFlag(db, flagIn(ref));
    if (flag === null) throw new Error("A question that was sent is not there.");
    const { question, takenBy, state } = flag;
    return takenCard({ question: question ?? "", takenBy: takenBy?.name ?? "", isClosed: state === "closed" });
  },
};

function flagIn(ref: Readonly<Record<string, string>>): FlagId {
  return as<FlagId>(ref["flag"] ?? "");
}
