import { NotAllowed } from "../../core/errors.ts";
import type { Deps, Reply, Turn } from "../../core/feature.ts";
import type { ChatId, PersonId, ProgrammeId } from "../../core/ids.ts";
import type { Ledger } from "../../core/ports.ts";
import { addAuditRow, listProgrammes } from "../programme/store.ts";
import { parseAgain, reachCard, sentAgain, sentAlready } from "./cards.ts";
import { causeOf, reportReach } from "./rules.ts";
import { countHeld, listChats, listReach } from "./store.ts";

export interface ReachDeps extends Deps {
  readonly ledger: Ledger;
  /** What a kind of message is, in words. */
  readonly whatOf: (kind: string) => string;
}

/** Each is a paragraph and a button; whoever has more of them looks at the log first. */
const doubtsShown = 8;

/** For a coordinator: who cannot be reached, and which messages may not have arrived. */
export async function showUnreachable(deps: ReachDeps, turn: Turn, news: string | null = null): Promise<Reply> {
  const { db, ledger } = deps;
  const own = programmesOf(turn);
  const programmes = (await listProgrammes(db)).filter(({ id }) => own.includes(id));
  const rows = await listReach(db, own);
  const away = [...new Set(rows.filter((row) => causeOf(row) !== null).map(({ person }) => person))];
  const [held, queued, chats] = [
    await countHeld(db, away, turn.now),
    await ledger.waiting(db, away),
    await listChats(db, own),
  ];
  const waiting = new Map(away.map((person) => [person, (held.get(person) ?? 0) + (queued.get(person) ?? 0)]));
  const names = new Map<PersonId | ChatId, string>([
    ...rows.map(({ person, name }) => [person, name] as const),
    ...chats.map(({ chat, group }) => [chat, `the chat of ${group}`] as const),
  ]);
  const to = { persons: rows.map(({ person }) => person), chats: chats.map(({ chat }) => chat) };
  const inDoubt = (await ledger.inDoubt(db, to, turn.now, doubtsShown)).map((one) => ({
    ...one,
    to: names.get("person" in one.to ? one.to.person : one.to.chat) ?? "somebody",
    what: deps.whatOf(one.kind),
  }));
  const reports = programmes.map(({ id, name }) => ({
    name,
    report: reportReach(
      rows.filter(({ programme }) => programme === id),
      waiting,
    ),
  }));
  return { kind: "card", card: reachCard({ programmes: reports, inDoubt, news }, turn.speaker) };
}

function programmesOf({ speaker }: Turn): readonly ProgrammeId[] {
  return [
    ...new Set(speaker.memberships.flatMap(({ role, programme }) => (role === "coordinator" ? [programme] : []))),
  ];
}

/** One tap, once: the second, and one on an older list, changes nothing. */
export async function sendAgain(deps: ReachDeps, turn: Turn, data: unknown): Promise<Reply> {
  const asked = parseAgain(data);
  const to = asked === null ? null : await deps.ledger.recipientOf(deps.db, asked.delivery);
  if (asked === null || to === null || turn.place.kind !== "personal") throw new NotAllowed("reach.send-again");
  const own = programmesOf(turn);
  const isTheirs =
    "person" in to
      ? (await listReach(deps.db, own)).some(({ person }) => person === to.person)
      : (await listChats(deps.db, own)).some(({ chat }) => chat === to.chat);
  if (!isTheirs) throw new NotAllowed("reach.send-again", asked.delivery);
  const isAgain = await deps.ledger.sendAgain(deps.db, asked.delivery, asked.version, turn.now);
  if (isAgain) {
    const { person } = turn.speaker;
    await addAuditRow(deps.db, { what: "reach.send-again", subject: asked.delivery, person, at: turn.now });
  }
  return await showUnreachable(deps, turn, isAgain ? sentAgain : sentAlready);
}
