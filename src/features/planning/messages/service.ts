import type { Message, Wanted } from "../../../core/feature.ts";
import { as, type MeetingId, type PersonId } from "../../../core/ids.ts";
import { isBefore } from "../../../core/time.ts";
import { subjectOf } from "../../meetings/rules.ts";
import type { NoticeKind } from "../../notices/service.ts";
import type { Part } from "../../notices/rules.ts";
import { seriesStart } from "../rules.ts";
import { markPosted, type PlanVersion } from "../store.ts";
import { answersSubject } from "../rules.ts";
import { asCard, calledOff, invitation, newerBelow, noLongerHere, noLongerYours, type Words } from "../view/cards.ts";
import { load, planView, wordsFor, type Drawing, type Loaded } from "../view/service.ts";
import { wish } from "../wishes/cards.ts";

type Ref = Readonly<Record<string, string>>;

/** The plan that a card was about, when that one was called off and perhaps another made since. */
function calledOffSince({ history }: Loaded, version: number): PlanVersion | null {
  return history.findLast((each) => each.isCancelled && each.version >= version) ?? null;
}

/** A card in a group's chat as it stands now. */
async function wordsInChat(
  deps: Drawing,
  loaded: Loaded,
  ref: Ref,
  isMovedCard: boolean,
  now: Temporal.Instant,
): Promise<Words> {
  const version = Number(ref["plan"]);
  const view = planView(deps, loaded, now);
  const old = calledOffSince(loaded, version);
  if (old !== null) return calledOff({ ...view, plan: old }, null);
  const start = seriesStart(loaded.history, view.version);
  const isKnown = loaded.history.some((each) => each.isPosted && each.version >= start && each.version < view.version);
  const seen = isKnown ? view : { ...view, before: null };
  const isOld = isMovedCard && version !== view.version && view.standing === "ahead";
  return isOld ? newerBelow(view) : invitation(seen, null);
}

function idIn(ref: Ref): MeetingId {
  return as<MeetingId>(ref["meeting"] ?? "");
}

const no = (reason: string): Wanted => ({ wanted: false, reason });

/** Still true, still ahead, and still the newest plan. */
function judgePlan({ meeting }: Loaded, version: number | null, now: Temporal.Instant): Wanted {
  if (meeting.facts.heldOn !== null) return no("the meeting was held");
  if (meeting.facts.excused !== null) return no("the meeting was called off for good");
  if (meeting.facts.plan === null) return no("the plan was cancelled");
  if (version !== null && version !== meeting.planVersion) return no("there is a newer plan");
  return isBefore(now, meeting.facts.plan.at) ? { wanted: true } : no("the meeting has begun");
}

function judgeCalledOff({ meeting }: Loaded, version: number): Wanted {
  return version === meeting.planVersion ? { wanted: true } : no("there is a newer plan");
}

const isGone = no("the group is not active any more");

function chatMessage(what: "invitation" | "moved" | "called-off-in-chat"): Message {
  return {
    kind: `planning.${what}`,
    whenUncertain: "once",
    wanted: async (db, ref, now) => {
      const loaded = await load(db, idIn(ref));
      if (loaded === null) return isGone;
      if (loaded.meeting.group.chat !== ref["chat"]) return no("the group does not speak in this chat any more");
      const version = Number(ref["plan"]);
      if (what !== "called-off-in-chat") return judgePlan(loaded, version, now);
      const start = seriesStart(loaded.history, version);
      const isPosted = loaded.history.some((each) => each.isPosted && each.version >= start && each.version < version);
      return isPosted ? judgeCalledOff(loaded, version) : no("nobody was told of the plan");
    },
    render: async (deps, ref, to, now) => {
      const loaded = await load(deps.db, idIn(ref));
      const isHere = loaded !== null && "chat" in to && loaded.meeting.group.chat === to.chat;
      return asCard(isHere ? await wordsInChat(deps, loaded, ref, what === "moved", now) : noLongerHere());
    },
    settled: async (db, ref, outcome, now) => {
      const mayStand = outcome === "sent" || outcome === "uncertain";
      if (mayStand && what !== "called-off-in-chat") await markPosted(db, idIn(ref), Number(ref["plan"]), now);
    },
  };
}

export const invitationMessage = chatMessage("invitation");
export const movedMessage = chatMessage("moved");
export const calledOffMessage = chatMessage("called-off-in-chat");

/** To the mentor who made the plan: who said what. */
export const mentorViewMessage: Message = {
  kind: "planning.mentor-view",
  whenUncertain: "once",
  wanted: async (db, ref, now) => {
    const loaded = await load(db, idIn(ref));
    if (loaded === null) return isGone;
    const isMentor = loaded.meeting.group.mentors.some(({ person }) => person === ref["mentor"]);
    return isMentor ? judgePlan(loaded, null, now) : no("no mentor of the group any more");
  },
  render: async (deps, ref, to, now) => {
    const loaded = await load(deps.db, idIn(ref));
    return asCard(
      loaded === null || !("person" in to) ? noLongerYours() : await wordsFor(deps, loaded, to.person, now),
    );
  },
};

function isIn({ meeting: { group } }: Loaded, person: PersonId): boolean {
  return [...group.mentors, ...group.mentees].some((member) => member.person === person);
}

function noticeKind(
  kind: string,
  judge: (loaded: Loaded, ref: Ref, now: Temporal.Instant) => Wanted,
  draw: (deps: Drawing, loaded: Loaded, ref: Ref, person: PersonId, now: Temporal.Instant) => Promise<Words>,
): NoticeKind {
  return {
    kind,
    wanted: async (db, ref, now, person) => {
      const loaded = await load(db, idIn(ref));
      if (loaded === null) return isGone;
      return isIn(loaded, person) ? judge(loaded, ref, now) : no("not in the group any more");
    },
    draw: async (deps, ref, person, now): Promise<Part> => {
      const loaded = await load(deps.db, idIn(ref));
      if (loaded === null) return { ...noLongerYours(), deadline: null };
      const words = isIn(loaded, person) ? await draw(deps, loaded, ref, person, now) : noLongerYours();
      return { ...words, deadline: loaded.meeting.facts.plan?.at ?? null };
    },
    subjects: (ref) => [subjectOf(idIn(ref)), ...(kind === "planning.planned" ? [answersSubject(idIn(ref))] : [])],
  };
}

/** To a mentee of a group without a chat. */
export const invitedNotice = noticeKind(
  "planning.invited",
  (loaded, ref, now) => judgePlan(loaded, Number(ref["plan"]), now),
  (deps, loaded, ref, person, now) => wordsUnlessCalledOff(deps, loaded, ref, person, now),
);

/** To the other mentor. */
export const plannedNotice = noticeKind(
  "planning.planned",
  (loaded, _ref, now) => judgePlan(loaded, null, now),
  (deps, loaded, _ref, person, now) => wordsFor(deps, loaded, person, now),
);

export const calledOffNotice = noticeKind(
  "planning.called-off",
  (loaded, ref) => judgeCalledOff(loaded, Number(ref["plan"])),
  (deps, loaded, ref, person, now) => wordsUnlessCalledOff(deps, loaded, ref, person, now),
);

async function wordsUnlessCalledOff(
  deps: Drawing,
  loaded: Loaded,
  ref: Ref,
  person: PersonId,
  now: Temporal.Instant,
): Promise<Words> {
  const old = calledOffSince(loaded, Number(ref["plan"]));
  if (old === null) return await wordsFor(deps, loaded, person, now);
  const { mentors, mentees } = loaded.meeting.group;
  const reader = [...mentors, ...mentees].find((member) => member.person === person)?.timeZone ?? null;
  return calledOff({ ...planView(deps, loaded, now), plan: old }, reader);
}

/** To a mentor: somebody would like a date. */
export const wishNotice = noticeKind(
  "planning.wanted",
  (loaded, _ref, now) => {
    const { facts } = loaded.meeting;
    if (facts.heldOn !== null || facts.excused !== null) return no("the meeting needs no date any more");
    return facts.plan !== null && isBefore(now, facts.plan.at) ? no("there is a date now") : { wanted: true };
  },
  async (deps, loaded, _ref, _person, now) => wish(planView(deps, loaded, now)),
);
