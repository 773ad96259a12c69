import { isBefore, later } from "../../../core/time.ts";
import { nextGoodMoment, type Rhythm } from "../../calendar/rules.ts";
import { earliest, isFine, nextTurningPoint, occasionOf, type Assessment, type MenteeFacts } from "../rules.ts";

/**
 * What is done for a mentee who has gone quiet, one step after the other, each with a chance to answer before the next:
 * they are asked what would suit them; a joint session is offered, if a neighbouring mentor is open to guests; the
 * coordinators see them on a list. Values in, value out.
 */

const day = 24;

/** Nobody is asked more than once a week. In hours. */
export const askEveryHours = 7 * day;
/** No mentor is asked about more people than this in `askEveryHours`. */
export const peoplePerMentor = 2;
/** A mentee at risk has so long to answer before the coordinators see it; with it they are on the list within the week. */
export const listAfterHours = 5 * day;
/** A card about a window is of no use when the next is about to come: three weeks leave room for holidays. */
export const askUsefulHours = 21 * day;
/** What nobody tells us of (an attendance changed, a plan was made) is seen so soon: it leaves two days of the week. */
export const longestSleepHours = 2 * day;
/** A coordinator's "later". */
export const snoozeHours = 14 * day;
/** So long the coordinators look after who asked for another mentor, and nobody else asks. */
const withCoordinatorsHours = 28 * day;

export type StepKind = "ask" | "joint" | "list" | "snooze";
export const choices = ["another_time", "fine", "pause", "another_mentor", "leave"] as const;
export type Choice = (typeof choices)[number];

/** A step that was taken for one mentee. */
export interface StepTaken {
  readonly kind: StepKind;
  readonly occasion: string;
  readonly at: Temporal.Instant;
  readonly isUndone: boolean;
  /** What the mentee said to it. */
  readonly answer: string | null;
  readonly answeredAt: Temporal.Instant | null;
}

export interface Ladder {
  readonly facts: MenteeFacts;
  readonly assessment: Assessment;
  /** The mentee's. */
  readonly rhythm: Rhythm;
  readonly steps: readonly StepTaken[];
  /** When the mentee last heard a question of ours, in any group; null: never. */
  readonly lastSaidAt: Temporal.Instant | null;
  /** A question of ours to them waits to be said. */
  readonly isWaiting: boolean;
  /** Some neighbouring mentor is open to guests and may be asked this week. */
  readonly hasHost: boolean;
}

/** The step that is due now, for the newest signal; null: none is. */
export interface Step {
  readonly kind: "ask" | "joint" | "list";
  readonly occasion: string;
  readonly meeting: string;
  readonly dueAt: Temporal.Instant;
  readonly usefulUntil: Temporal.Instant;
}

/** Several may be due at once: the list does not wait for a card. */
export function stepsDue(ladder: Ladder, now: Temporal.Instant): readonly Step[] {
  const { assessment, steps } = ladder;
  const newest = assessment.signals.at(-1);
  if (newest === undefined || !isInTrouble(assessment)) return [];
  const occasion = occasionOf(newest);
  const step = (kind: Step["kind"], usefulUntil: Temporal.Instant, dueAt = now): Step => ({
    kind,
    occasion,
    meeting: newest.meeting.key,
    dueAt,
    usefulUntil,
  });
  const wasTaken = (kind: StepKind): boolean =>
    steps.some((taken) => taken.kind === kind && taken.occasion === occasion);
  const due: Step[] = [];
  if (shouldList(ladder, now) && !wasTaken("list")) due.push(step("list", now));
  if (!mayAsk(ladder, now)) return due;
  const useful = newest.at.add({ hours: askUsefulHours });
  if (!wasTaken("ask")) {
    // What is tied to a day is said in the morning.
    const morning = nextGoodMoment(newest.at, useful, ladder.rhythm);
    if (morning !== null && isBefore(now, useful)) due.push(step("ask", useful, later(now, morning)));
  } else if (!wasTaken("joint") && ladder.hasHost && isUnhelped(steps, occasion)) {
    due.push(step("joint", now.add({ hours: askUsefulHours })));
  }
  return due;
}

/** The card has gone out without bringing about anything. Who wants something else is not offered guests. */
function isUnhelped(steps: readonly StepTaken[], occasion: string): boolean {
  const asked = steps.find((taken) => taken.kind === "ask" && taken.occasion === occasion);
  return asked !== undefined && !asked.isUndone && (asked.answer === null || asked.answer === "another_time");
}

function isInTrouble({ standing }: Assessment): boolean {
  return standing === "needs_a_nudge" || standing === "at_risk";
}

function mayAsk({ facts, steps, isWaiting, lastSaidAt }: Ladder, now: Temporal.Instant): boolean {
  if (isWaiting || isFine(facts, now) || isWithCoordinators(steps, now)) return false;
  return lastSaidAt === null || !isBefore(now, lastSaidAt.add({ hours: askEveryHours }));
}

function isWithCoordinators(steps: readonly StepTaken[], now: Temporal.Instant): boolean {
  return steps.some(
    ({ answer, answeredAt }) =>
      answer === "another_mentor" &&
      answeredAt !== null &&
      isBefore(now, answeredAt.add({ hours: withCoordinatorsHours })),
  );
}

function shouldList({ assessment, steps }: Ladder, now: Temporal.Instant): boolean {
  const { standing, since } = assessment;
  if (standing !== "at_risk" || since === null) return false;
  return !isOnList(assessment, steps) && !isBefore(now, since.add({ hours: listAfterHours }));
}

/** On the coordinators' list, whether or not they look away from it for a while. */
export function isOnList({ standing, since }: Assessment, steps: readonly StepTaken[]): boolean {
  if (standing !== "at_risk" || since === null) return false;
  return steps.some((taken) => taken.kind === "list" && !taken.isUndone && !isBefore(taken.at, since));
}

export function isSnoozed(steps: readonly StepTaken[], now: Temporal.Instant): boolean {
  return steps.some(
    (taken) => taken.kind === "snooze" && !taken.isUndone && isBefore(now, taken.at.add({ hours: snoozeHours })),
  );
}

/** When to look at a mentee again; null: never, unless the roster changes. Always later than `now`. */
export function nextLook(
  { facts, assessment, lastSaidAt }: Ladder,
  now: Temporal.Instant,
  yearEnds: Temporal.Instant,
): Temporal.Instant | null {
  if (facts.hasLeft || !isBefore(now, yearEnds)) return null;
  const turningPoint = nextTurningPoint(facts, now);
  const moments = [
    now.add({ hours: longestSleepHours }),
    ...(turningPoint === null ? [] : [turningPoint]),
    ...(assessment.since === null ? [] : [assessment.since.add({ hours: listAfterHours })]),
    ...(lastSaidAt === null ? [] : [lastSaidAt.add({ hours: askEveryHours })]),
  ];
  return earliest(moments.filter((at) => isBefore(now, at)));
}
