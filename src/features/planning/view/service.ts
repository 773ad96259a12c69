import type { Db } from "../../../core/db.ts";
import { NotAllowed } from "../../../core/errors.ts";
import type { Deps, Reply, Turn } from "../../../core/feature.ts";
import type { MeetingId, PersonId } from "../../../core/ids.ts";
import { findMeeting, type Meeting } from "../../meetings/store.ts";
import type { Member } from "../../programme/store.ts";
import { type MentorView, mentorView } from "../mentor-view/cards.ts";
import { linkEnds, standingOf, warningsAbout, type PlanValues } from "../rules.ts";
import { answersTo, planHistory, type PlanVersion, type StoredAnswer } from "../store.ts";
import { asCard, invitation, noLongerYours, type Answer, type PlanView, type Words } from "./cards.ts";

export type Drawing = Pick<Deps, "db" | "links">;

/** What a plan's cards are drawn from. */
export interface Loaded {
  readonly meeting: Meeting;
  /** The newest first. */
  readonly history: readonly PlanVersion[];
}

export async function load(db: Db, id: MeetingId): Promise<Loaded | null> {
  const [meeting, history] = [await findMeeting(db, id), await planHistory(db, id)];
  return meeting === null ? null : { meeting, history };
}

export function presentPlan({ facts, plannedForm, plannedPlace }: Meeting): PlanValues | null {
  if (facts.plan === null) return null;
  const { at, minutes } = facts.plan;
  return { at, minutes, form: plannedForm ?? "online", place: plannedPlace };
}

/**
 * What a calendar link is signed for: the meeting, as told in the chat that the group has now. Whoever keeps the link from a
 * chat that the group left, because of an outsider perhaps, does not learn of later dates.
 */
export function calendarSubject({ id, group }: Pick<Meeting, "id" | "group">): string {
  return `${id}.${group.chat ?? "people"}`;
}

export function planView(
  { links }: Pick<Deps, "links">,
  { meeting, history }: Loaded,
  now: Temporal.Instant,
): PlanView {
  const [newest] = history;
  const wasCancelled = newest?.isCancelled === true;
  const plan = presentPlan(meeting);
  return {
    id: meeting.id,
    title: meeting.title,
    groupName: meeting.group.name,
    version: meeting.planVersion,
    standing: standingOf(meeting.facts, wasCancelled, now),
    plan: plan ?? (wasCancelled ? newest : null),
    before: plan === null ? null : meeting.plannedBefore,
    timeZone: meeting.settings.timezone,
    calendarLink: plan === null ? null : links.sign("calendar", calendarSubject(meeting), linkEnds(plan)),
  };
}

export async function mentorViewOf(
  deps: Drawing,
  loaded: Loaded,
  mentor: PersonId,
  now: Temporal.Instant,
): Promise<MentorView> {
  const view = planView(deps, loaded, now);
  const { mentors, mentees, chat } = loaded.meeting.group;
  const readerTimeZone = mentors.find(({ person }) => person === mentor)?.timeZone ?? view.timeZone;
  const answers = await answersTo(deps.db, view.id, view.version);
  return {
    ...view,
    readerTimeZone,
    hasChat: chat !== null,
    warnings: warningsAbout(loaded.meeting.facts, readerTimeZone),
    mentees: mentees.map(({ person, name, isReachable }) => ({
      person,
      name,
      isReachable,
      answer: asAnswer(answers.find((answer) => answer.person === person)),
    })),
  };
}

function asAnswer(stored: StoredAnswer | undefined): Answer | null {
  if (stored === undefined) return null;
  if (stored.answer !== "other_time") return { kind: stored.answer };
  return stored.suggestedAt === null ? null : { kind: "other_time", at: stored.suggestedAt };
}

/** What somebody may see of a plan today: a mentor the answers, a mentee their own, anybody else nothing. */
export async function wordsFor(deps: Drawing, loaded: Loaded, person: PersonId, now: Temporal.Instant): Promise<Words> {
  const { mentors, mentees } = loaded.meeting.group;
  if (mentors.some((mentor) => mentor.person === person)) {
    return mentorView(await mentorViewOf(deps, loaded, person, now));
  }
  const mentee = mentees.find((each) => each.person === person);
  if (mentee === undefined) return noLongerYours();
  const view = planView(deps, loaded, now);
  const answers = await answersTo(deps.db, view.id, view.version);
  const answer = asAnswer(answers.find((each) => each.person === person));
  return invitation(view, { timeZone: mentee.timeZone, answer });
}

/** The plan as the speaker may see it, who is known to belong to the group. */
export async function shown(deps: Deps, turn: Turn, id: MeetingId, first: readonly string[] = []): Promise<Reply> {
  const loaded = await load(deps.db, id);
  if (loaded === null) throw new NotAllowed("planning.see", id);
  return { kind: "card", card: asCard(await wordsFor(deps, loaded, turn.speaker.person, turn.now), first) };
}

export function memberOf(members: readonly Member[], turn: Turn): Member {
  const member = members.find(({ person }) => person === turn.speaker.person);
  if (member === undefined) throw new Error("somebody who was let in is not in the group");
  return member;
}
