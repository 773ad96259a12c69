import type { Db } from "../../core/db.ts";
import { NotAllowed } from "../../core/errors.ts";
import type { Deps, Reply, Turn } from "../../core/feature.ts";
import { dayIn, isBefore } from "../../core/time.ts";
import { raiseFlag, withdrawFlag } from "../flags/service.ts";
import { pauseForm } from "../notices/cards.ts";
import { askForDate } from "../planning/wishes/service.ts";
import {
  alreadySaid,
  askCard,
  flagStays,
  outOfDate,
  parse,
  sureCard,
  wishStays,
  type AskView,
  type Over,
} from "./cards.ts";
import { loadMentees, type Mentee } from "./facts/service.ts";
import { offerCard } from "./guests/cards.ts";
import { offerTo } from "./guests/service.ts";
import { choices, type Choice } from "./ladder/rules.ts";
import { topicOf } from "./rules.ts";
import { findStep, lockStep, saveAnswer, saveLooks, type StepWithAnswers } from "./store.ts";

const privately: Reply = { kind: "text", text: "Let's do that in our own chat, so that it stays between us." };

/** A step that asked a mentee, as they see it now; null when it is none of theirs. */
export interface Asked {
  readonly step: StepWithAnswers;
  /** Null: not in the group any more. */
  readonly mentee: Mentee | null;
  readonly view: AskView;
}

export async function askedBy(db: Db, step: StepWithAnswers, now: Temporal.Instant): Promise<Asked> {
  const mentee = (await loadMentees(db, [step.group], now)).find(({ member }) => member.person === step.person) ?? null;
  const said = step.answers.find(({ person }) => person === step.person)?.answer;
  const meeting = mentee?.meetings.find(({ id }) => id === step.meeting);
  const view: AskView = {
    step: step.id,
    version: step.version,
    title: meeting?.title ?? "A meeting",
    groupName: mentee?.group.name ?? "your group",
    mentors: mentee?.group.mentors.map(({ name }) => name) ?? [],
    choice: choices.find((choice) => choice === said) ?? null,
    over: overOf(step, mentee),
  };
  return { step, mentee, view };
}

function overOf(step: StepWithAnswers, mentee: Mentee | null): Over | null {
  if (mentee === null) return "not-in-group";
  const isQuiet = ["needs_a_nudge", "at_risk", "paused", "left"].includes(mentee.assessment.standing);
  // Whoever said that they are fine, or would rather not be here, may still take it back.
  const isAnswered = step.answers.length > 0;
  if (step.undoneAt !== null && !isAnswered) return "taken-back";
  return isQuiet || isAnswered ? null : "met";
}

async function askOf(deps: Deps, turn: Turn, id: string, what: string): Promise<Asked> {
  await lockStep(deps.db, id);
  const step = await findStep(deps.db, id);
  if (step === null || step.kind !== "ask" || step.person !== turn.speaker.person) throw new NotAllowed(what, id);
  return await askedBy(deps.db, step, turn.now);
}

/** The same press twice, from two devices or from an old card, changes nothing twice. */
export async function answerAsk(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const said = parse.answered(data);
  if (said === null) throw new NotAllowed("outreach.answer");
  if (turn.place.kind !== "personal") return privately;
  const { step, mentee, view } = await askOf(deps, turn, said.step, "outreach.answer");
  if (mentee === null || view.over !== null) return asReply(askCard(view));
  if (view.choice === said.choice) return asReply(askCard(view, [alreadySaid]));
  if (view.version !== said.version) return asReply(askCard(view, [outOfDate]));
  const { choice } = said;
  const isForCoordinators = choice === "another_mentor" || choice === "leave";
  if (isForCoordinators && !said.sure) return asReply(sureCard(view, choice));
  await saveAnswer(deps.db, step.id, turn.speaker.person, choice, turn.now);
  await changed(deps, step, turn.now);
  const now = { ...view, version: view.version + 1, choice };
  if (isForCoordinators) await tellCoordinators(deps, turn, mentee, now, choice);
  if (choice === "pause") return asReply(pauseForm(dayIn(turn.now, turn.speaker.timeZone)));
  return choice === "another_time" ? await passWishOn(deps, turn, mentee, now) : asReply(askCard(now));
}

/** As the anonymous wish for a date that mentees can always make, about the first meeting that has none. */
async function passWishOn(deps: Deps, turn: Turn, mentee: Mentee, view: AskView): Promise<Reply> {
  const open = mentee.meetings.filter(
    ({ facts: { heldOn, excused, plan } }) =>
      heldOn === null && excused === null && (plan === null || !isBefore(turn.now, plan.at)),
  );
  const about = open.find(({ title }) => title === view.title) ?? open[0];
  if (about !== undefined && mentee.group.mentors.length > 0) return await askForDate(deps, turn, { id: about.id });
  return asReply(
    askCard(view, ['There is no meeting without a date at the moment. Write "ask" to ask a coordinator.']),
  );
}

async function tellCoordinators(
  deps: Deps,
  turn: Turn,
  { group }: Mentee,
  view: AskView,
  choice: "another_mentor" | "leave",
): Promise<void> {
  await raiseFlag(
    deps,
    {
      programme: group.programme,
      group: group.id,
      asker: turn.speaker.person,
      kind: choice === "leave" ? "leave" : "another-mentor",
      audience: "coordinators",
      meeting: null,
      dedupeKey: flagKey(view),
    },
    turn.now,
  );
}

/** Said anew after it was taken back, it is a new request. */
function flagKey({ step, version }: Pick<AskView, "step" | "version">): string {
  return `outreach:${step}@${version}`;
}

export async function showAsk(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const pressed = parse.seen(data);
  if (pressed === null) throw new NotAllowed("outreach.see");
  if (turn.place.kind !== "personal") return privately;
  return asReply(askCard((await askOf(deps, turn, pressed.step, "outreach.see")).view));
}

/** Whoever answered a step, a question or an offer, may take that back. */
export async function takeAnswerBack(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const pressed = parse.pressed(data);
  if (pressed === null) throw new NotAllowed("outreach.take-back");
  if (turn.place.kind !== "personal") return privately;
  await lockStep(deps.db, pressed.step);
  const step = await findStep(deps.db, pressed.step);
  const own = step?.answers.find(({ person }) => person === turn.speaker.person);
  const isTheirs = step !== null && (own !== undefined || step.person === turn.speaker.person);
  if (!isTheirs) throw new NotAllowed("outreach.take-back", pressed.step);
  const isCurrent = own !== undefined && step.version === pressed.version;
  if (isCurrent) {
    await saveAnswer(deps.db, step.id, turn.speaker.person, null, turn.now);
    if (isChoiceForCoordinators(own.answer)) {
      await withdrawFlag(deps, flagKey({ step: step.id, version: step.version }), turn.now);
    }
    await changed(deps, step, turn.now);
  }
  const first = !isCurrent ? [outOfDate] : [...afterTakingBack(own.answer)];
  const newest = await findStep(deps.db, step.id);
  if (newest === null) throw new NotAllowed("outreach.take-back", step.id);
  if (newest.kind === "joint") {
    const offer = await offerTo(deps.db, newest, turn.speaker.person, turn.now);
    if (offer === null) throw new NotAllowed("outreach.take-back", step.id);
    return asReply(offerCard(offer, first));
  }
  return asReply(askCard((await askedBy(deps.db, newest, turn.now)).view, first));
}

function isChoiceForCoordinators(answer: string): answer is Extract<Choice, "another_mentor" | "leave"> {
  return answer === "another_mentor" || answer === "leave";
}

function afterTakingBack(answer: string): readonly string[] {
  if (isChoiceForCoordinators(answer)) return ["Taken back.", flagStays];
  return answer === "another_time" ? ["Taken back.", wishStays] : ["Taken back."];
}

/** Posted cards are drawn anew, and the mentee is looked at again. */
export async function changed(deps: Deps, step: StepWithAnswers, now: Temporal.Instant): Promise<void> {
  await deps.outbox.refresh(deps.db, [topicOf(step.id)], now);
  await saveLooks(deps.db, [{ person: step.person, group: step.group, nextAt: now }]);
}

function asReply(card: Extract<Reply, { kind: "card" }>["card"]): Reply {
  return { kind: "card", card };
}
