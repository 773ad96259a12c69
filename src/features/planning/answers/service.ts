import { NotAllowed } from "../../../core/errors.ts";
import type { Deps, Reply, Turn } from "../../../core/feature.ts";
import type { MeetingId } from "../../../core/ids.ts";
import { meetingForMember } from "../../meetings/service.ts";
import type { Member } from "../../programme/store.ts";
import { mentorComes, parse, suggestForm } from "../cards.ts";
import { asTyped, readMoment } from "../rules.ts";
import { lockMeeting, planHistory, saveAnswer } from "../store.ts";
import { answersSubject } from "../rules.ts";
import { asCard, invitation, type Answer, type PlanView } from "../view/cards.ts";
import { planView, shown } from "../view/service.ts";

export async function answerPlan(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const said = parse.answer(data);
  if (said === null) throw new NotAllowed("planning.answer");
  await lockMeeting(deps.db, said.id, "share");
  const asked = await askedOf(deps, turn, said, "planning.answer");
  if (asked.kind === "reply") return asked.reply;
  const { mentee, view } = asked;
  let answer: Answer;
  if (said.answer === "other_time") {
    const read = readMoment(said, mentee.timeZone, turn.now);
    if (!read.ok) {
      const card = suggestForm(view, mentee.timeZone, said, { [read.field]: read.problem });
      return { kind: "card", card };
    }
    answer = { kind: "other_time", at: read.at };
  } else {
    answer = { kind: said.answer };
  }
  const suggestedAt = answer.kind === "other_time" ? answer.at : null;
  const row = { meeting: view.id, planVersion: view.version, person: mentee.person, answer: answer.kind, suggestedAt };
  await saveAnswer(deps.db, row, turn.now);
  await deps.outbox.refresh(deps.db, [answersSubject(view.id)], turn.now);
  return {
    kind: "card",
    card: asCard(invitation(view, { timeZone: mentee.timeZone, answer }), ["Thank you for letting your mentor know."]),
  };
}

export async function openSuggestion(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const pressed = parse.plan(data);
  if (pressed === null) throw new NotAllowed("planning.suggest");
  const asked = await askedOf(deps, turn, pressed, "planning.suggest");
  if (asked.kind === "reply") return asked.reply;
  const { mentee, view } = asked;
  const { date, time } = view.plan === null ? { date: "", time: "" } : asTyped(view.plan, mentee.timeZone);
  return { kind: "card", card: suggestForm(view, mentee.timeZone, { date, time }, {}) };
}

type Asked =
  | { readonly kind: "asked"; readonly mentee: Member; readonly view: PlanView }
  | { readonly kind: "reply"; readonly reply: Reply };

/** The mentee and the plan that they are asked about; or why they are not, in words for them. */
async function askedOf(
  deps: Deps,
  turn: Turn,
  pressed: { readonly id: MeetingId; readonly plan: number },
  what: string,
): Promise<Asked> {
  const meeting = await meetingForMember(deps, turn, pressed.id, what);
  const mentee = meeting.group.mentees.find(({ person }) => person === turn.speaker.person);
  if (mentee === undefined) return { kind: "reply", reply: { kind: "text", text: mentorComes } };
  const view = planView(deps, { meeting, history: await planHistory(deps.db, meeting.id) }, turn.now);
  if (view.standing === "ahead" && view.version === pressed.plan) return { kind: "asked", mentee, view };
  const first =
    view.standing === "ahead"
      ? "The plan has changed since the card that you pressed. This is the newest one: please answer it."
      : "The card that you pressed is out of date.";
  return { kind: "reply", reply: await shown(deps, turn, meeting.id, [first]) };
}
