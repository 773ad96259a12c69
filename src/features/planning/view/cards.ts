import { button, card, facts, link, note, paragraph } from "../../../core/card.ts";
import type { Action, Card, Element } from "../../../core/card.ts";
import type { MeetingId } from "../../../core/ids.ts";
import { count } from "../../../core/time.ts";
import type { Part } from "../../notices/rules.ts";
import { sayInZones, type Form, type PlanValues, type Standing } from "../rules.ts";

/** What a card says; a notice can be one part of several on a card. */
export type Words = Omit<Part, "deadline">;

/** @param first said before all else, such as what has just happened */
export function asCard({ title, body, actions, fallback }: Words, first: readonly string[] = []): Card {
  return card(title, [...first.map(paragraph), ...body], actions, [...first, fallback].join(" "));
}

export const formNames = { online: "Online", in_person: "In person", both: "Both" } as const satisfies Record<
  Form,
  string
>;

/** A meeting's plan as everybody of the group may see it. */
export interface PlanView {
  readonly id: MeetingId;
  readonly title: string;
  readonly groupName: string;
  readonly version: number;
  readonly standing: Standing;
  /** The plan, or the one that was called off; null when there was none. */
  readonly plan: PlanValues | null;
  /** The time before the latest change. */
  readonly before: Temporal.Instant | null;
  /** The programme's zone. */
  readonly timeZone: string;
  readonly calendarLink: string | null;
}

export type Answer = { readonly kind: "yes" | "no" } | { readonly kind: "other_time"; readonly at: Temporal.Instant };

/** The programme's clocks in the chat, the reader's own first in a personal chat. */
export function zonesFor(view: PlanView, reader: string | null): readonly string[] {
  return reader === null ? [view.timeZone] : [reader, view.timeZone];
}

export function planFacts(plan: PlanValues, zones: readonly string[]): Element {
  return facts([
    ["When", sayInZones(plan.at, zones)],
    ["Length", count(plan.minutes, "minute")],
    ["How", formNames[plan.form]],
    ...(plan.place === null ? [] : ([["Where", plan.place]] as const)),
  ]);
}

export function movedLine(view: PlanView, zones: readonly string[]): string | null {
  if (view.before === null || view.plan === null || view.before.equals(view.plan.at)) return null;
  return `Moved: was ${sayInZones(view.before, zones)}, now ${sayInZones(view.plan.at, zones)}.`;
}

export function titleOf(view: PlanView): string {
  const titles = {
    none: `No date yet: ${view.title}`,
    cancelled: `Called off: ${view.title}`,
    ahead: `${view.before === null ? "Planned" : "New plan"}: ${view.title}`,
    started: `Planned: ${view.title}`,
    over: `Planned: ${view.title}`,
    held: `Held: ${view.title}`,
    excused: `Not held: ${view.title}`,
  } as const satisfies Record<Standing, string>;
  return titles[view.standing];
}

/** Why there is nothing to press on a card whose time is gone. */
const closingLines = {
  none: "There is no date for it at the moment.",
  cancelled: "It was called off. There may be a new date later.",
  started: "It has begun.",
  over: "Its time is over.",
  held: "It has taken place.",
  excused: "It does not take place.",
} as const satisfies Record<Exclude<Standing, "ahead">, string>;

/** Who looks at an invitation; null: a group's chat. */
export interface Reader {
  readonly timeZone: string;
  readonly answer: Answer | null;
}

/** What a group, or a mentee, sees of a plan. It never shows who answered what, nor how many did. */
export function invitation(view: PlanView, reader: Reader | null): Words {
  const zones = zonesFor(view, reader?.timeZone ?? null);
  const title = titleOf(view);
  const { plan } = view;
  if (plan === null || view.standing !== "ahead") {
    const line = view.standing === "ahead" ? closingLines.none : closingLines[view.standing];
    const when = plan === null ? [] : [facts([["When", sayInZones(plan.at, zones)]])];
    return { title, body: [...when, paragraph(line)], actions: [], fallback: `${title}. ${line}` };
  }
  const moved = movedLine(view, zones);
  const isAskedAgain = view.before !== null && (reader === null || reader.answer === null);
  return {
    title,
    body: [
      ...(moved === null ? [] : [paragraph(moved)]),
      ...(isAskedAgain ? [paragraph("Earlier answers no longer count: please answer again.")] : []),
      planFacts(plan, zones),
      ...(reader === null || reader.answer === null ? [] : [paragraph(sayAnswer(reader.answer, zones))]),
      note("Only mentors of the group see who answers what, and nobody is asked why. You can change your answer."),
    ],
    actions: [
      button("Yes, I'll come", "planning.answer", { id: view.id, plan: view.version, answer: "yes" }, "positive"),
      button("I can't", "planning.answer", { id: view.id, plan: view.version, answer: "no" }),
      button("Suggest another time", "planning.suggest", { id: view.id, plan: view.version }),
      ...calendarButton(view),
    ],
    fallback: `${title}: ${moved ?? sayPlan(plan, zones)}`,
  };
}

function sayAnswer(answer: Answer, zones: readonly string[]): string {
  if (answer.kind === "other_time") return `You suggested ${sayInZones(answer.at, zones)}.`;
  return answer.kind === "yes" ? "You said that you'll come." : "You said that you can't come.";
}

export function sayPlan(plan: PlanValues, zones: readonly string[]): string {
  const place = plan.place === null ? "" : `, ${plan.place}`;
  return `${sayInZones(plan.at, zones)}, ${count(plan.minutes, "minute")}, ${formNames[plan.form].toLowerCase()}${place}`;
}

export function calendarButton(view: PlanView): Action[] {
  return view.calendarLink === null ? [] : [link("Add to my calendar", view.calendarLink)];
}

/** The meeting moved again since this card: the newest one can be answered. */
export function newerBelow(view: PlanView): Words {
  const title = `Moved again: ${view.title}`;
  const when = view.plan === null ? "" : `It is now ${sayInZones(view.plan.at, [view.timeZone])}. `;
  const line = `${when}Please answer the newest card.`;
  return { title, body: [paragraph(line)], actions: [], fallback: `${title}. ${line}` };
}

/** A group that knew of the plan hears that it was called off. */
export function calledOff(view: PlanView, reader: string | null): Words {
  const title = `Called off: ${view.title}`;
  const when = view.plan === null ? "" : `The meeting on ${sayInZones(view.plan.at, zonesFor(view, reader))} `;
  const line = `${when === "" ? "This meeting " : when}does not take place.`;
  return {
    title,
    body: [paragraph(line), ...(view.standing === "ahead" ? [note("Since then there is a new plan.")] : [])],
    actions: [],
    fallback: `${title}. ${line}`,
  };
}

/** For somebody who is no longer in the group: the card that they were sent stays, and tells nothing. */
export function noLongerYours(): Words {
  const title = "This meeting";
  const line = "You are not in its group any more.";
  return { title, body: [paragraph(line)], actions: [], fallback: line };
}

/** A chat in which the group does not speak any more. */
export function noLongerHere(): Words {
  const title = "This meeting";
  const line = "Its group's plans are not shown in this chat any more.";
  return { title, body: [paragraph(line)], actions: [], fallback: line };
}
