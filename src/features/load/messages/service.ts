import type { Db } from "../../../core/db.ts";
import type { Message, Wanted } from "../../../core/feature.ts";
import { as, type CoverId, type PersonId } from "../../../core/ids.ts";
import type { NoticeKind } from "../../notices/service.ts";
import { groupsOfProgramme, loadGroup } from "../../programme/store.ts";
import { overCard, overPart, takenCard, turnToPart, wantedPart } from "../cover/cards.ts";
import { mayCover } from "../cover/rules.ts";
import { findCover, type Cover } from "../cover/store.ts";
import { coverSubject } from "../rules.ts";

type Ref = Readonly<Record<string, string>>;

async function coverIn(db: Db, ref: Ref): Promise<Cover> {
  const cover = await findCover(db, as<CoverId>(ref["cover"] ?? ""));
  if (cover === null) throw new Error("A cover that was spoken of is not there.");
  return cover;
}

const no = (reason: string): Wanted => ({ wanted: false, reason });

/** To a colleague: could you look after the group? */
export const coverWanted: NoticeKind = {
  kind: "load.cover-wanted",
  wanted: async (db, ref, _now, person) => {
    const cover = await coverIn(db, ref);
    if (cover.state !== "open") return no("nobody is looked for any more");
    const groups = await groupsOfProgramme(db, cover.programme);
    return mayCover(groups, cover.group.id, cover.mentor.id, person) ? { wanted: true } : no("no colleague any more");
  },
  draw: async ({ db }, ref, person) => {
    const cover = await coverIn(db, ref);
    const groups = await groupsOfProgramme(db, cover.programme);
    const mentees = groups.find(({ id }) => id === cover.group.id)?.mentees.length ?? 0;
    // Who is no colleague any more reads what everybody reads when it is over.
    const isColleague = mayCover(groups, cover.group.id, cover.mentor.id, person);
    return wantedPart(isColleague ? cover : { ...cover, state: "over" }, mentees, cover.coveredBy?.id === person);
  },
  subjects: (ref) => [coverSubject(as<CoverId>(ref["cover"] ?? ""))],
};

/** To the mentor and to the colleague: the day has come, or a role has changed. */
export const coverOver: NoticeKind = {
  kind: "load.cover-over",
  wanted: () => Promise.resolve({ wanted: true }),
  draw: async ({ db }, ref, person) => {
    const cover = await coverIn(db, ref);
    return overPart(cover, cover.mentor.id === person);
  },
  subjects: () => [],
};

/** To the mentees: whom they can turn to meanwhile. */
export const turnTo: NoticeKind = {
  kind: "load.turn-to",
  wanted: async (db, ref, _now, person) => {
    const cover = await coverIn(db, ref);
    if (cover.state !== "taken") return no("the group is with its own mentors");
    const group = await loadGroup(db, cover.group.id);
    const isMentee = group?.mentees.some((mentee) => mentee.person === person) === true;
    return isMentee ? { wanted: true } : no("not in the group any more");
  },
  draw: async ({ db }, ref) => turnToPart(await coverIn(db, ref)),
  subjects: (ref) => [coverSubject(as<CoverId>(ref["cover"] ?? ""))],
};

/** To the mentor who asked: somebody has taken it. */
export const coverTaken: Message = {
  kind: "load.cover-taken",
  whenUncertain: "once",
  wanted: async (db, ref) => {
    const { state } = await coverIn(db, ref);
    return state === "taken" ? { wanted: true } : no("it is over already");
  },
  render: async ({ db }, ref) => takenCard(await coverIn(db, ref)),
};

/** To the other of the two, when one has ended it with a tap. */
export const coverEnded: Message = {
  kind: "load.cover-ended",
  whenUncertain: "once",
  wanted: () => Promise.resolve({ wanted: true }),
  render: async ({ db }, ref, to) => {
    const cover = await coverIn(db, ref);
    return overCard(cover, isTo(to, cover.mentor.id));
  },
};

function isTo(to: Parameters<Message["render"]>[2], person: PersonId): boolean {
  return "person" in to && to.person === person;
}
