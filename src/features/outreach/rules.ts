import { dayIn, isBefore, isDayBefore, startOfDay } from "../../core/time.ts";
import type { Cell } from "../progress/rules.ts";

/**
 * How a mentee, or a group, stands. Worked out from meetings, attendance, replies to dates and time: never from polls,
 * and never from what somebody wrote.
 */
export const standings = ["on_track", "needs_a_nudge", "at_risk", "paused", "left"] as const;
export type Standing = (typeof standings)[number];

/** One of the meetings that the programme asks for, as it concerns one mentee. */
export interface MenteeMeeting {
  readonly key: string;
  readonly title: string;
  /** In days of the programme's zone. */
  readonly window: { readonly opens: Temporal.PlainDate; readonly closes: Temporal.PlainDate };
  /** What counts, both sides heard. */
  readonly cell: Cell;
  readonly heldOn: Temporal.PlainDate | null;
  /** The present date, if there is one. `isReplied`: the mentee said yes, no or another time. */
  readonly date: { readonly at: Temporal.Instant; readonly isReplied: boolean } | null;
}

export interface MenteeFacts {
  readonly timeZone: string;
  /** The programme's. */
  readonly programmeZone: string;
  readonly hasLeft: boolean;
  /** They said so, and did not take it back. */
  readonly askedToLeaveAt: Temporal.Instant | null;
  /** First day with reminders again, in their zone. */
  readonly pausedUntil: Temporal.PlainDate | null;
  /** They said that they are fine. */
  readonly saidFineAt: Temporal.Instant | null;
  /** Whoever cannot be asked is not silent. */
  readonly isReachable: boolean;
  /** In the order of their windows. */
  readonly meetings: readonly MenteeMeeting[];
}

/** Something that was to be expected and did not come. */
export interface Signal {
  readonly kind: "no_meeting" | "no_reply";
  readonly meeting: { readonly key: string; readonly title: string };
  readonly at: Temporal.Instant;
}

export interface Assessment {
  readonly standing: Standing;
  /** In words, one thing each; empty for who is on track. */
  readonly evidence: readonly string[];
  /** When it became so; null for who is on track, and where nobody knows. */
  readonly since: Temporal.Instant | null;
  /** What it rests on since their last meeting, oldest first; empty for who has a pause or has left. */
  readonly signals: readonly Signal[];
}

/** Who says that they are fine is believed so long: until about the middle of the next window. */
export const fineDays = 28;

/** What does the work of each threshold, since the last meeting that they were at. */
const isEnough = {
  needs_a_nudge: ({ windows, dates }: Tally) => windows >= 1 || dates >= 2,
  at_risk: ({ windows, dates }: Tally) => windows >= 2 || (windows >= 1 && dates >= 2),
};

interface Tally {
  /** Windows over without a meeting. */
  readonly windows: number;
  /** Dates without a reply. */
  readonly dates: number;
}

export function assessMentee(facts: MenteeFacts, now: Temporal.Instant): Assessment {
  const nothing = { evidence: [], since: null, signals: [] };
  if (facts.hasLeft) return { ...nothing, standing: "left", evidence: ["no longer in the group"] };
  if (facts.askedToLeaveAt !== null) {
    return { ...nothing, standing: "left", evidence: ["asked to leave the programme"], since: facts.askedToLeaveAt };
  }
  if (facts.pausedUntil !== null && isDayBefore(dayIn(now, facts.timeZone), facts.pausedUntil)) {
    return { ...nothing, standing: "paused", evidence: ["asked for a pause"] };
  }
  const signals = signalsOf(facts, now);
  const evidence = sayEvidence(signals);
  const atRiskSince = crossedAt(signals, "at_risk");
  if (atRiskSince !== null && !isFine(facts, now))
    return { standing: "at_risk", evidence, since: atRiskSince, signals };
  const nudgeSince = crossedAt(signals, "needs_a_nudge");
  if (nudgeSince === null) return { ...nothing, standing: "on_track" };
  const said = atRiskSince !== null ? ["said that they are fine"] : [];
  return { standing: "needs_a_nudge", evidence: [...evidence, ...said], since: nudgeSince, signals };
}

/** When the next thing happens that time alone brings about: a window or a date is over, a pause ends. */
export function nextTurningPoint(facts: MenteeFacts, now: Temporal.Instant): Temporal.Instant | null {
  const moments = facts.meetings.flatMap((meeting) => [
    overAt(meeting, facts.programmeZone),
    ...(meeting.date === null ? [] : [meeting.date.at]),
  ]);
  if (facts.pausedUntil !== null) moments.push(startOfDay(facts.pausedUntil, facts.timeZone));
  if (facts.saidFineAt !== null) moments.push(fineUntil(facts.saidFineAt));
  return earliest(moments.filter((at) => isBefore(now, at)));
}

export function earliest(moments: readonly Temporal.Instant[]): Temporal.Instant | null {
  return moments.reduce<Temporal.Instant | null>(
    (first, at) => (first === null || isBefore(at, first) ? at : first),
    null,
  );
}

export function isFine({ saidFineAt }: Pick<MenteeFacts, "saidFineAt">, now: Temporal.Instant): boolean {
  return saidFineAt !== null && isBefore(now, fineUntil(saidFineAt));
}

function fineUntil(saidAt: Temporal.Instant): Temporal.Instant {
  return saidAt.add({ hours: 24 * fineDays });
}

/** The first moment after a window. */
export function overAt({ window }: Pick<MenteeMeeting, "window">, programmeZone: string): Temporal.Instant {
  return startOfDay(window.closes.add({ days: 1 }), programmeZone);
}

function signalsOf({ meetings, programmeZone, isReachable }: MenteeFacts, now: Temporal.Instant): readonly Signal[] {
  const lastMet = meetings
    .flatMap(({ cell, heldOn }) => (cell === "held" && heldOn !== null ? [startOfDay(heldOn, programmeZone)] : []))
    .reduce<Temporal.Instant | null>((last, at) => (last === null || isBefore(last, at) ? at : last), null);
  const found = meetings
    .filter(({ cell }) => cell === "open" || cell === "absent")
    .flatMap((meeting): Signal[] => {
      const about = { key: meeting.key, title: meeting.title };
      const unanswered = isReachable && meeting.date?.isReplied === false ? meeting.date : null;
      return [
        { kind: "no_meeting", meeting: about, at: overAt(meeting, programmeZone) },
        ...(unanswered === null ? [] : [{ kind: "no_reply" as const, meeting: about, at: unanswered.at }]),
      ];
    });
  return found
    .filter(({ at }) => !isBefore(now, at) && (lastMet === null || isBefore(lastMet, at)))
    .toSorted((a, b) => Temporal.Instant.compare(a.at, b.at) || (a.kind < b.kind ? -1 : 1));
}

function crossedAt(signals: readonly Signal[], which: keyof typeof isEnough): Temporal.Instant | null {
  const place = signals.findIndex((_signal, last) => isEnough[which](tally(signals.slice(0, last + 1))));
  return signals[place]?.at ?? null;
}

function tally(signals: readonly Signal[]): Tally {
  const windows = signals.filter(({ kind }) => kind === "no_meeting").length;
  return { windows, dates: signals.length - windows };
}

const numbers = ["no", "one", "two", "three", "four", "five"] as const;

function sayEvidence(signals: readonly Signal[]): readonly string[] {
  const { dates } = tally(signals);
  return [
    ...signals
      .filter(({ kind }) => kind === "no_meeting")
      .map(({ meeting }) => `no meeting in the ${meeting.title} window`),
    ...(dates === 0 ? [] : [`no reply to ${numbers[dates] ?? dates} ${dates === 1 ? "date" : "dates"}`]),
  ];
}

/** What a signal is known by: each brings about a step of each kind once. */
export function occasionOf({ kind, meeting }: Pick<Signal, "kind" | "meeting">): string {
  return `${kind}:${meeting.key}`;
}

/** What cards about a step are found by, to be brought up to date or taken back. */
export function topicOf(step: string): string {
  return `outreach:${step}`;
}

export interface GroupFacts {
  readonly programmeZone: string;
  /** First day with reminders again of each mentor, in their zone; null: no pause. */
  readonly mentors: readonly { readonly timeZone: string; readonly pausedUntil: Temporal.PlainDate | null }[];
  readonly mentees: readonly Standing[];
  /** Those that the programme asks for, in the order of their windows. */
  readonly meetings: readonly (Pick<MenteeMeeting, "title" | "window" | "heldOn"> & { readonly isExcused: boolean })[];
}

/** A group as a whole: what it missed together, and how its mentees stand. */
export function assessGroup(facts: GroupFacts, now: Temporal.Instant): Pick<Assessment, "standing" | "evidence"> {
  const present = facts.mentees.filter((standing) => standing !== "left");
  if (facts.mentors.length === 0) return { standing: "left", evidence: ["no mentor"] };
  if (present.length === 0) return { standing: "left", evidence: ["no mentees"] };
  const awake = present.filter((standing) => standing !== "paused");
  if (awake.length === 0) return { standing: "paused", evidence: ["all mentees have a pause"] };
  const hasPause = (mentor: GroupFacts["mentors"][number]): boolean =>
    mentor.pausedUntil !== null && isDayBefore(dayIn(now, mentor.timeZone), mentor.pausedUntil);
  if (facts.mentors.every(hasPause)) return { standing: "paused", evidence: ["its mentor has a pause"] };
  const lastHeld = facts.meetings.findLastIndex(({ heldOn }) => heldOn !== null);
  const missed = facts.meetings
    .slice(lastHeld + 1)
    .filter((meeting) => !meeting.isExcused && !isBefore(now, overAt(meeting, facts.programmeZone)));
  const atRisk = awake.filter((standing) => standing === "at_risk").length;
  const troubled = awake.filter((standing) => standing !== "on_track").length;
  const evidence = [
    ...missed.map(({ title }) => `no meeting in the ${title} window`),
    ...(atRisk === 0 ? [] : [`${atRisk} of ${present.length} mentees at risk`]),
    ...(troubled === atRisk ? [] : [`${troubled - atRisk} of ${present.length} mentees in need of a nudge`]),
  ];
  if (missed.length >= 2 || atRisk === awake.length) return { standing: "at_risk", evidence };
  return { standing: missed.length === 1 || troubled > 0 ? "needs_a_nudge" : "on_track", evidence };
}
