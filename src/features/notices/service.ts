import type { Card } from "../../core/card.ts";
import type { Db } from "../../core/db.ts";
import type { Deps, Outcome, Wanted } from "../../core/feature.ts";
import { as, type NoticeId, type PersonId } from "../../core/ids.ts";
import { rhythmOf } from "../calendar/rules.ts";
import type { Settings } from "../programme/rules.ts";
import { listProgrammes } from "../programme/store.ts";
import { mergedCard } from "./cards.ts";
import { decide, usefulUntilOf, weekSearchStart, type Budget, type Hearer, type Part, type Waiting } from "./rules.ts";
import {
  cancel,
  cancelTopic,
  cardsSince,
  claimHearers,
  dropCard,
  dueNotices,
  insertNotices,
  noticesOnCard,
  openNotices,
  postpone,
  putOnCard,
  releasePaused,
  setPause,
  waitingAbout,
  type HearerRow,
  type NewNotice,
  type Notice,
} from "./store.ts";

/** What a feature must tell about a kind of notice of its own. */
export interface NoticeKind {
  readonly kind: string;
  readonly wanted: (db: Db, ref: Notice["ref"], now: Temporal.Instant, person: PersonId) => Promise<Wanted>;
  /** How it looks now, whatever has become of the matter: posted cards are drawn anew when facts change. */
  readonly draw: (
    deps: Pick<Deps, "db" | "links">,
    ref: Notice["ref"],
    person: PersonId,
    now: Temporal.Instant,
  ) => Promise<Part>;
  /** What the card shows, to be brought up to date by `Outbox.refresh`. */
  readonly subjects: (ref: Notice["ref"]) => readonly string[];
}

/**
 * Says something to people unasked, when their day, their quiet hours and their budget allow. To be called in the
 * transaction of the fact that causes it; the same `dedupeKey` is said once.
 */
export async function addNotices(deps: Deps, notices: readonly NewNotice[], now: Temporal.Instant): Promise<void> {
  if (notices.length === 0) return;
  await insertNotices(
    deps.db,
    notices.map((notice) => ({ ...notice, id: as<NoticeId>(deps.newId()) })),
    now,
  );
}

/** What still waits about a topic need not be said any more, to this person or to anybody. */
export async function dropNotices(db: Db, topic: string, person: PersonId | null = null): Promise<void> {
  await cancelTopic(db, topic, person);
}

/**
 * Facts have changed: of what still waits about these topics, that which has become needless is not said.
 *
 * @param judge asked about each notice that waits
 */
export async function reviewNotices(
  db: Db,
  topics: readonly string[],
  judge: (notice: Pick<Notice, "topic" | "person" | "ref">) => Wanted,
): Promise<void> {
  if (topics.length === 0) return;
  for (const notice of await waitingAbout(db, topics)) {
    const verdict = judge(notice);
    if (!verdict.wanted) await cancel(db, notice.id, verdict.reason);
  }
}

/** Puts what is due at `now` on cards, one for each person, to the last one. Several processes share the work. */
export async function sayNotices(deps: Deps, kinds: NoticeKinds, now: Temporal.Instant): Promise<void> {
  while (await deps.db.transaction((tx) => sayToSome({ ...deps, db: tx }, kinds, now)));
}

export type NoticeKinds = ReadonlyMap<string, NoticeKind>;

/** Few enough that a transaction is short. */
const peopleAtOnce = 100;

/** @returns whether there may be more */
async function sayToSome(deps: Deps, kinds: NoticeKinds, now: Temporal.Instant): Promise<boolean> {
  const hearers = await claimHearers(deps.db, now, peopleAtOnce);
  if (hearers.length === 0) return false;
  const persons = hearers.map((hearer) => hearer.id);
  const [due, cards, programmes] = await Promise.all([
    dueNotices(deps.db, persons, now),
    cardsSince(deps.db, persons, weekSearchStart(now)),
    listProgrammes(deps.db),
  ]);
  const dueOf = Map.groupBy(due, (notice) => notice.person);
  for (const row of hearers) {
    const waiting = (dueOf.get(row.id) ?? []).map((notice) => {
      const programme = programmes.find((candidate) => candidate.id === notice.programme);
      if (programme === undefined) throw new Error("a notice of a programme that is not there");
      return { ...notice, settings: programme.settings };
    });
    const spent = cards.filter((card) => card.person === row.id).map((card) => card.at);
    await sayTo(deps, kinds, row, waiting, spent, now);
  }
  return true;
}

type Candidate = Notice & { readonly settings: Settings };

async function sayTo(
  deps: Deps,
  kinds: NoticeKinds,
  row: HearerRow,
  candidates: readonly Candidate[],
  cardsThisWeek: readonly Temporal.Instant[],
  now: Temporal.Instant,
): Promise<void> {
  const [first] = candidates;
  if (first === undefined) return;
  const hearer: Hearer = { ...row, timeZone: row.timeZone ?? first.settings.timezone, cardsThisWeek };
  const verdicts = decide(
    candidates.map((notice) => asWaiting(notice, hearer.timeZone)),
    hearer,
    now,
  );
  const said: Candidate[] = [];
  for (const notice of candidates) {
    const verdict = verdicts.get(notice.id);
    if (verdict?.kind === "say") said.push(notice);
    if (verdict?.kind === "wait") await postpone(deps.db, notice.id, verdict.until, verdict.reason);
    if (verdict?.kind === "drop") await cancel(deps.db, notice.id, verdict.reason);
  }
  await enqueueCard(deps, kinds, row.id, said, now);
}

/** @returns the card's id; null when there is nothing to say */
async function enqueueCard(
  deps: Deps,
  kinds: NoticeKinds,
  person: PersonId,
  said: readonly Notice[],
  now: Temporal.Instant,
): Promise<string | null> {
  const [first] = said;
  if (first === undefined) return null;
  const card = deps.newId();
  await putOnCard(
    deps.db,
    card,
    person,
    said.map((notice) => notice.id),
    now,
  );
  await deps.outbox.enqueue(deps.db, [
    {
      // The ledger names a card by its nearest deadline.
      kind: first.kind,
      ref: { card },
      to: { person },
      dedupeKey: `notices:${card}`,
      dueAt: now,
      usefulUntil: usefulUntilOf(said),
      priority: "planned",
      subjects: [...new Set(said.flatMap((notice) => kindOf(kinds, notice).subjects(notice.ref)))],
    },
  ]);
  return card;
}

function asWaiting(notice: Candidate, timeZone: string): Waiting {
  return {
    id: notice.id,
    usefulUntil: notice.usefulUntil,
    wasHeld: notice.reason === "unreachable",
    rhythm: rhythmOf(notice.settings, notice.role === "mentor" ? "mentors" : "mentees", timeZone),
    budget: budgetOf(notice.settings, notice.role),
  };
}

export function budgetOf(settings: Settings, role: Notice["role"]): Budget {
  return role === "mentor"
    ? { perDay: settings.budget.mentor_per_day, perWeek: settings.budget.mentor_per_week }
    : { perDay: null, perWeek: settings.budget.mentee_per_week };
}

function kindOf(kinds: NoticeKinds, notice: Notice): NoticeKind {
  const kind = kinds.get(notice.kind);
  if (kind === undefined) throw new Error(`no feature draws notices of the kind ${notice.kind}`);
  return kind;
}

/** A card is still wanted as long as one of its notices is. */
export async function isCardWanted(db: Db, kinds: NoticeKinds, card: string, now: Temporal.Instant): Promise<Wanted> {
  let reason = "there is nothing left on it";
  for (const notice of await noticesOnCard(db, card)) {
    const verdict = await kindOf(kinds, notice).wanted(db, notice.ref, now, notice.person);
    if (verdict.wanted) return verdict;
    reason = verdict.reason;
  }
  return { wanted: false, reason };
}

/**
 * The person's chat is a new one, without the cards that stood in it: what is still to be done is said again, on one
 * card. An answer to what they did, so it counts towards no budget.
 */
export async function sayOpenAgain(
  deps: Deps,
  kinds: NoticeKinds,
  person: PersonId,
  now: Temporal.Instant,
): Promise<void> {
  await deps.outbox.forgetCards(deps.db, person);
  const open: Notice[] = [];
  for (const notice of await openNotices(deps.db, person, now)) {
    const { wanted } = await kindOf(kinds, notice).wanted(deps.db, notice.ref, now, person);
    if (wanted) open.push(notice);
  }
  const card = await enqueueCard(deps, kinds, person, open, now);
  if (card !== null) await dropCard(deps.db, card, now);
}

/** All that the card says, nearest deadline first, each part as it stands now. */
export async function drawCard(
  deps: Pick<Deps, "db" | "links">,
  kinds: NoticeKinds,
  card: string,
  now: Temporal.Instant,
): Promise<Card> {
  const parts: Part[] = [];
  for (const notice of await noticesOnCard(deps.db, card)) {
    parts.push(await kindOf(kinds, notice).draw(deps, notice.ref, notice.person, now));
  }
  return mergedCard(parts);
}

/** Nothing unasked for this person before that day (their own zone); null ends the pause now. */
export async function pause(
  deps: Deps,
  person: PersonId,
  until: Temporal.PlainDate | null,
  now: Temporal.Instant,
): Promise<void> {
  await setPause(deps.db, person, until);
  await releasePaused(deps.db, person, now);
}

/** What became of a card. One that did not go out does not count towards the budget. */
export async function settleCard(db: Db, card: string, outcome: Outcome, now: Temporal.Instant): Promise<void> {
  if (outcome === "failed" || outcome === "cancelled") await dropCard(db, card, now);
}
