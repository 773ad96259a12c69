import type { Db } from "../../core/db.ts";
import { NotAllowed } from "../../core/errors.ts";
import type { Deps, Reply, Turn, Wanted } from "../../core/feature.ts";
import type { MeetingId, PersonId } from "../../core/ids.ts";
import type { DetailsOf } from "../flags/messages/service.ts";
import { flagForReader, mayClose, raiseFlag, setClosed, showFlag, withdrawFlag } from "../flags/service.ts";
import { subjectOf } from "../meetings/rules.ts";
import { findMeeting, findMeetings, type Meeting } from "../meetings/store.ts";
import type { Part } from "../notices/rules.ts";
import { addNotices } from "../notices/service.ts";
import {
  answerElsewhere,
  noQuestionPart,
  notHeldDetails,
  notLoggedYet,
  notOnTheList,
  sideCard,
  sidePart,
  type SideView,
} from "./cards.ts";
import { flagKey, sideSubject, type Answer, type Settlement } from "./rules.ts";
import { claimUnasked, findPresence, forgetTakenOff, saveAnswer, settleReply } from "./store.ts";

/** Long enough for a fortnight away; later than that nobody remembers. */
const usefulDays = 14;

/** Few enough that a transaction is short. */
const peopleAtOnce = 200;

/** Asks whom a log lists as there, to the last one. Several processes share the work. */
export async function askWhoWasThere(deps: Deps, now: Temporal.Instant): Promise<void> {
  await forgetTakenOff(deps.db);
  while (await deps.db.transaction((tx) => askSome({ ...deps, db: tx }, now)));
}

/** @returns whether there may be more */
async function askSome(deps: Deps, now: Temporal.Instant): Promise<boolean> {
  const claimed = await claimUnasked(deps.db, now, peopleAtOnce);
  if (claimed.length === 0) return false;
  const found = await findMeetings(deps.db, [...new Set(claimed.map(({ meeting }) => meeting))]);
  const meetingOf = new Map(found.map((meeting) => [meeting.id, meeting]));
  await addNotices(
    deps,
    claimed.flatMap(({ meeting: id, person }) => {
      const meeting = meetingOf.get(id);
      // Who has left the group since is not asked.
      if (meeting === undefined || !isMentee(meeting, person)) return [];
      return [
        {
          person,
          programme: meeting.group.programme,
          role: "mentee" as const,
          kind: "sides.was-there",
          ref: { meeting: id, person },
          topic: sideSubject(id, person),
          // Who is put on the list anew, as after a catch-up, is asked anew.
          dedupeKey: `sides.was-there:${id}@${now.toString()}:${person}`,
          dueAt: now,
          usefulUntil: now.add({ hours: 24 * usefulDays }),
        },
      ];
    }),
    now,
  );
  return true;
}

function isMentee(meeting: Meeting, person: PersonId): boolean {
  return meeting.group.mentees.some((mentee) => mentee.person === person);
}

/** What this mentee is shown of it; a sentence when there is nothing to say about it yet. */
async function viewFor(db: Db, meeting: Meeting, person: PersonId): Promise<SideView | string> {
  const { heldOn } = meeting.facts;
  const presence = await findPresence(db, meeting.id, person);
  if (heldOn === null) return notLoggedYet;
  if (presence === null) return notOnTheList;
  const { status, caughtUpOn, side } = presence;
  return {
    id: meeting.id,
    title: meeting.title,
    group: meeting.group,
    on: caughtUpOn ?? heldOn,
    isCatchUp: caughtUpOn !== null,
    isListed: status === "held",
    side,
  };
}

/** The meeting, for one of its group's mentees of today; anybody else is refused as if it did not exist. */
async function meetingForMentee(deps: Deps, turn: Turn, id: MeetingId, what: string): Promise<Meeting> {
  const meeting = await findMeeting(deps.db, id);
  if (meeting === null || !isMentee(meeting, turn.speaker.person)) throw new NotAllowed(what, id);
  return meeting;
}

export async function openSide(deps: Deps, turn: Turn, id: MeetingId): Promise<Reply> {
  if (turn.place.kind !== "personal") return { kind: "text", text: answerElsewhere };
  return await shown(deps, turn, await meetingForMentee(deps, turn, id, "sides.open"));
}

async function shown(deps: Deps, turn: Turn, meeting: Meeting): Promise<Reply> {
  const view = await viewFor(deps.db, meeting, turn.speaker.person);
  return typeof view === "string" ? { kind: "text", text: view } : { kind: "card", card: sideCard(view) };
}

/**
 * A mentee says how it was. It changes their own attendance and nothing that a mentor sees: their cards are neither
 * changed nor drawn anew.
 */
export async function answerSide(deps: Deps, turn: Turn, id: MeetingId, answer: Answer): Promise<Reply> {
  if (turn.place.kind !== "personal") return { kind: "text", text: answerElsewhere };
  const meeting = await meetingForMentee(deps, turn, id, "sides.answer");
  const { person } = turn.speaker;
  const view = await viewFor(deps.db, meeting, person);
  if (typeof view === "string") return { kind: "text", text: view };
  if (await saveAnswer(deps.db, { meeting: id, person, answer }, turn.now)) {
    const dedupeKey = flagKey(id, person);
    if (answer === "not_held") {
      const { id: group, programme } = meeting.group;
      const flag = { programme, group, asker: person, kind: "not-held", audience: "coordinators" } as const;
      await raiseFlag(deps, { ...flag, meeting: id, dedupeKey }, turn.now);
    } else await withdrawFlag(deps, dedupeKey, turn.now);
    await deps.outbox.refresh(deps.db, [sideSubject(id, person)], turn.now);
  }
  return await shown(deps, turn, meeting);
}

/** The question is wanted as long as the log lists this mentee and they have said nothing about it. */
export async function isQuestionWanted(db: Db, id: MeetingId, person: PersonId): Promise<Wanted> {
  const meeting = await findMeeting(db, id);
  if (meeting === null || !isMentee(meeting, person)) return no("not in the group any more");
  const view = await viewFor(db, meeting, person);
  if (typeof view === "string" || !view.isListed) return no("the log does not list them any more");
  return view.side === null ? { wanted: true } : no("they have answered");
}

function no(reason: string): Wanted {
  return { wanted: false, reason };
}

export async function drawQuestion(db: Db, id: MeetingId, person: PersonId): Promise<Part> {
  const meeting = await findMeeting(db, id);
  const view = meeting === null || !isMentee(meeting, person) ? "" : await viewFor(db, meeting, person);
  return typeof view === "string" ? noQuestionPart() : sidePart(view);
}

/** The question changes when the log does, and with the mentee's own answer. */
export function questionSubjects(ref: { readonly meeting: MeetingId; readonly person: PersonId }): readonly string[] {
  return [subjectOf(ref.meeting), sideSubject(ref.meeting, ref.person)];
}

/** What a coordinator sees of a meeting that did not take place, and how they settle it after asking the mentee. */
export const notHeldFlags: DetailsOf = {
  "not-held": async (db, flag) => {
    const meeting = flag.meeting === null ? null : await findMeeting(db, flag.meeting);
    const presence = flag.meeting === null ? null : await findPresence(db, flag.meeting, flag.asker.id);
    const about = meeting === null ? null : { title: meeting.title, heldOn: meeting.facts.heldOn };
    return notHeldDetails(flag.id, about, presence?.side?.settled ?? null, flag.state === "closed");
  },
};

/** @param outcome `open` takes an earlier one back */
export async function settleSide(
  deps: Deps,
  turn: Turn,
  { flag: id, outcome }: { readonly flag: Parameters<typeof showFlag>[2]; readonly outcome: Settlement | "open" },
): Promise<Reply> {
  const flag = await flagForReader(deps, turn, id, "sides.settle");
  if (flag.kind !== "not-held" || flag.meeting === null) throw new NotAllowed("sides.settle", id);
  const { meeting } = flag;
  const person = flag.asker.id;
  const { now } = turn;
  // Who pressed "It took place" twice, or after the mentee changed their mind, is shown how it stands.
  const isTheirs = await mayClose(deps.db, flag, turn.speaker.person);
  const settled = outcome === "open" ? null : outcome;
  if (isTheirs && (await settleReply(deps.db, { meeting, person }, settled, turn.speaker.person, now))) {
    await setClosed(deps, id, settled !== null, turn);
    await deps.outbox.refresh(deps.db, [sideSubject(meeting, person)], now);
  }
  return await showFlag(deps, turn, id, notHeldFlags);
}
