import type { Db } from "../../core/db.ts";
import { NotAllowed } from "../../core/errors.ts";
import type { Deps, Reply, Turn } from "../../core/feature.ts";
import { as } from "../../core/ids.ts";
import type { FlagId, GroupId, MeetingId, PersonId, ProgrammeId } from "../../core/ids.ts";
import type { Outbox } from "../../core/ports.ts";
import { coordinatorsOf, listProgrammes } from "../programme/store.ts";
import { askedCard, askElsewhere, askForm, parseAsk, parseFlag } from "./cards.ts";
import type { AskForm } from "./cards.ts";
import { cardFor, readersFor, subjectOf, tellReaders } from "./messages/service.ts";
import type { DetailsOf } from "./messages/service.ts";
import { checkQuestion, originsOf, showsDone } from "./rules.ts";
import type { Audience, Origin, RaisedKind } from "./rules.ts";
import {
  addFlag,
  addRaised,
  closeFlag,
  eraseQuestions,
  findFlag,
  reopenFlag,
  takeFlag,
  withdrawRaised,
} from "./store.ts";
import type { Flag } from "./store.ts";

type RaiseDeps = Pick<Deps, "db" | "outbox" | "newId">;

/** Somebody to be asked for, in a kind's own words. */
export interface NewFlag {
  readonly programme: ProgrammeId;
  readonly group: GroupId | null;
  readonly asker: PersonId;
  readonly kind: RaisedKind;
  readonly audience: Audience;
  readonly meeting: MeetingId | null;
  /** A second one with the same key is not raised. One that was taken back is, anew. */
  readonly dedupeKey: string;
}

/**
 * Asks for a person, in the caller's transaction: a card to each of the audience, with "I'll take it" and "Done"; who
 * asked hears who took it. Whoever mentors the group never gets what goes to the coordinators.
 */
export async function raiseFlag(deps: RaiseDeps, flag: NewFlag, now: Temporal.Instant): Promise<FlagId> {
  const { id, isNew } = await addRaised(deps.db, { ...flag, id: as<FlagId>(deps.newId()) }, now);
  if (!isNew) return id;
  const saved = await findFlag(deps.db, id);
  if (saved === null) throw new Error("A flag that was raised is not there.");
  await tellReaders(deps, saved, now);
  await deps.outbox.refresh(deps.db, [subjectOf(id)], now);
  return id;
}

/** Who asked takes it back; the cards that were sent say so. */
export async function withdrawFlag(
  deps: Pick<Deps, "db" | "outbox">,
  dedupeKey: string,
  now: Temporal.Instant,
): Promise<void> {
  const id = await withdrawRaised(deps.db, dedupeKey, now);
  if (id !== null) await deps.outbox.refresh(deps.db, [subjectOf(id)], now);
}

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
  await tellReaders(deps, saved, now);
  const coordinators = await coordinatorsOf(deps.db, saved.programme);
  const card = askedCard({
    question,
    programme: saved.programmeName,
    coordinators: coordinators.length,
    reachable: coordinators.filter(({ isReachable }) => isReachable).length,
  });
  return { kind: "card", card };
}

/** The first reader wins; everybody else is shown who it was. */
export async function takeQuestion(deps: Deps, turn: Turn, data: unknown, detailsOf: DetailsOf): Promise<Reply> {
  const flag = await flagForReader(deps, turn, parseFlag(data), "flags.take");
  const { person } = turn.speaker;
  if (await takeFlag(deps.db, flag.id, person, turn.now)) {
    await deps.outbox.enqueue(deps.db, [
      {
        kind: "flags.taken",
        ref: { flag: flag.id },
        to: { person: flag.asker.id },
        dedupeKey: `flags.taken:${flag.id}@${flag.raised}:taken:${flag.asker.id}`,
        dueAt: turn.now,
        usefulUntil: null,
        priority: "answer",
        subjects: [subjectOf(flag.id)],
      },
    ]);
    await deps.outbox.refresh(deps.db, [subjectOf(flag.id)], turn.now);
  }
  return await showFlag(deps, turn, flag.id, detailsOf);
}

export async function closeQuestion(deps: Deps, turn: Turn, data: unknown, detailsOf: DetailsOf): Promise<Reply> {
  const flag = await flagForReader(deps, turn, parseFlag(data), "flags.close");
  if (await mayClose(deps.db, flag, turn.speaker.person)) await setClosed(deps, flag.id, true, turn);
  return await showFlag(deps, turn, flag.id, detailsOf);
}

/** For a feature that settles a kind of its own, in whose details the buttons were. */
export async function setClosed(deps: Deps, flag: FlagId, isClosed: boolean, turn: Turn): Promise<void> {
  const set = isClosed ? closeFlag : reopenFlag;
  await set(deps.db, flag, turn.speaker.person, turn.now);
  await deps.outbox.refresh(deps.db, [subjectOf(flag)], turn.now);
}

/** Who took it, or another reader when that one is no longer there. */
export async function mayClose(db: Db, flag: Flag, person: PersonId): Promise<boolean> {
  return flag.takenBy !== null && showsDone(person, flag.takenBy.id, await readersFor(db, flag));
}

/** Takes the words of an erased person away, also from the cards that show them. Returns how many questions. */
export async function removeQuestions(
  deps: { readonly db: Db; readonly outbox: Pick<Outbox, "refresh"> },
  asker: PersonId,
  now: Temporal.Instant,
): Promise<number> {
  const removed = await eraseQuestions(deps.db, asker);
  const subjects = removed.map(({ id }) => subjectOf(id));
  await deps.outbox.refresh(deps.db, subjects, now);
  return removed.filter(({ kind }) => kind === "question").length;
}

/** The flag, for somebody who may read it today; anybody else is refused as if it did not exist. */
export async function flagForReader(deps: Deps, turn: Turn, id: FlagId | null, what: string): Promise<Flag> {
  const flag = id === null ? null : await findFlag(deps.db, id);
  const readers = flag === null ? [] : await readersFor(deps.db, flag);
  if (flag === null || !readers.some(({ person }) => person === turn.speaker.person)) throw new NotAllowed(what, id);
  return flag;
}

/** As it stands now, before whoever acted on it. */
export async function showFlag(deps: Deps, turn: Turn, id: FlagId, detailsOf: DetailsOf): Promise<Reply> {
  const flag = await flagForReader(deps, turn, id, "flags.show");
  return { kind: "card", card: await cardFor(deps.db, flag, turn.speaker, await readersFor(deps.db, flag), detailsOf) };
}
