import type { Card } from "../../../core/card.ts";
import type { Db } from "../../../core/db.ts";
import type { Deps, Message, Wanted } from "../../../core/feature.ts";
import { as } from "../../../core/ids.ts";
import type { FlagId } from "../../../core/ids.ts";
import { coordinatorsOf, loadGroup } from "../../programme/store.ts";
import type { Member } from "../../programme/store.ts";
import { formerCard, questionCard, takenBackCard, takenCard } from "../cards.ts";
import { raisedCard, raisedTakenCard } from "../kinds/cards.ts";
import type { Details } from "../kinds/cards.ts";
import { flagKinds, readersOf, showsDone } from "../rules.ts";
import type { FlagKind, RaisedKind } from "../rules.ts";
import { findFlag } from "../store.ts";
import type { Flag } from "../store.ts";

/** What the features that raise flags of some kinds add to their cards. */
export type DetailsOf = Partial<
  Record<RaisedKind, (db: Db, flag: Flag, viewer: Pick<Member, "person" | "timeZone">) => Promise<Details>>
>;

/** What the cards of a flag are found by. */
export function subjectOf(flag: FlagId): string {
  return `flag:${flag}`;
}

/** A card to everybody who may read it, once for each time that it is raised. */
export async function tellReaders(deps: Pick<Deps, "db" | "outbox">, flag: Flag, now: Temporal.Instant): Promise<void> {
  const kind = `flags.${flag.kind}`;
  await deps.outbox.enqueue(
    deps.db,
    (await readersFor(deps.db, flag)).map(({ person }) => ({
      kind,
      ref: { flag: flag.id, reader: person },
      to: { person },
      dedupeKey: `${kind}:${flag.id}@${flag.raised}:asked:${person}`,
      dueAt: now,
      usefulUntil: null,
      priority: "planned",
      subjects: [subjectOf(flag.id)],
    })),
  );
}

/** Whoever may read it and act on it today. */
export async function readersFor(db: Db, flag: Flag): Promise<readonly Member[]> {
  const [coordinators, group] = await Promise.all([
    coordinatorsOf(db, flag.programme),
    flag.group === null ? null : loadGroup(db, flag.group),
  ]);
  return readersOf(flag, coordinators, group?.mentors ?? []);
}

/** As it stands now, before one of its readers. */
export async function cardFor(
  db: Db,
  flag: Flag,
  viewer: Pick<Member, "person" | "timeZone">,
  readers: readonly Member[],
  detailsOf: DetailsOf,
): Promise<Card> {
  const view = {
    flag: flag.id,
    asker: flag.asker,
    group: flag.groupName,
    role: flag.askerRole,
    programme: flag.programmeName,
    askedAt: flag.askedAt,
    state: flag.state,
    takenBy: flag.takenBy?.name ?? null,
  };
  const isTaker = flag.takenBy?.id === viewer.person;
  const canClose = flag.takenBy !== null && showsDone(viewer.person, flag.takenBy.id, readers);
  const reader = { timeZone: viewer.timeZone, isTaker, canClose };
  if (flag.kind === "question") {
    const question = flag.question ?? "The words were removed, because the person was removed from the programme.";
    return questionCard({ ...view, question }, reader);
  }
  const details = await detailsOf[flag.kind]?.(db, flag, viewer);
  return raisedCard({ ...view, kind: flag.kind }, reader, details ?? null);
}

/** One kind of message for each kind of flag, and one to the asker. */
export function flagMessages(detailsOf: DetailsOf): readonly Message[] {
  return [...flagKinds.map((kind) => askedMessage(kind, detailsOf)), takenMessage];
}

/** To each of the audience; who took it is seen on the same card. */
function askedMessage(kind: FlagKind, detailsOf: DetailsOf): Message {
  return {
    kind: `flags.${kind}`,
    what: kind === "question" ? "a question to the coordinators" : "a wish for a person",
    whenUncertain: "again",
    wanted: async (db, ref) => {
      const flag = await findFlag(db, flagIn(ref));
      if (flag === null || isRemoved(flag)) return no("the question was removed");
      if (flag.state === "withdrawn") return no("it was taken back");
      if (flag.state !== "open") return no("somebody has taken it");
      const readers = await readersFor(db, flag);
      return readers.some(({ person }) => person === readerIn(ref)) ? { wanted: true } : no("may no longer read it");
    },
    render: async ({ db }, ref, to) => {
      const flag = await findFlag(db, flagIn(ref));
      if (flag === null) throw new Error("A question that was sent is not there.");
      const readers = await readersFor(db, flag);
      const viewer = readers.find(({ person }) => "person" in to && person === to.person);
      return viewer === undefined ? formerCard() : await cardFor(db, flag, viewer, readers, detailsOf);
    },
  };
}

/** To the asker: who took it. */
const takenMessage: Message = {
  kind: "flags.taken",
  what: "the news that a question was taken",
  whenUncertain: "once",
  wanted: async (db, ref) => {
    const flag = await findFlag(db, flagIn(ref));
    return flag === null || isRemoved(flag) || flag.takenBy === null
      ? no("the question was removed")
      : { wanted: true };
  },
  render: async ({ db }, ref) => {
    const flag = await findFlag(db, flagIn(ref));
    if (flag === null) throw new Error("A question that was sent is not there.");
    const { kind, question, takenBy, state } = flag;
    if (state === "withdrawn") return takenBackCard();
    const [taker, isClosed] = [takenBy?.name ?? "", state === "closed"];
    if (kind !== "question") return raisedTakenCard(kind, taker, isClosed);
    return takenCard({ question: question ?? "", takenBy: taker, isClosed });
  },
};

/** Whoever was erased has no address any more; a question has lost its words with it. */
function isRemoved(flag: Flag): boolean {
  return flag.asker.email === null || (flag.kind === "question" && flag.question === null);
}

function no(reason: string): Wanted {
  return { wanted: false, reason };
}

function flagIn(ref: Readonly<Record<string, string>>): FlagId {
  return as<FlagId>(ref["flag"] ?? "");
}

/** Messages that were enqueued before flags had kinds call the reader `coordinator`. */
function readerIn(ref: Readonly<Record<string, string>>): string | undefined {
  return ref["reader"] ?? ref["coordinator"];
}
