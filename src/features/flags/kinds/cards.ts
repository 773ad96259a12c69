import { button, card, facts, link, note, paragraph, type Action, type Card } from "../../../core/card.ts";
import { sayMoment } from "../../../core/time.ts";
import { chatLink, type QuestionView } from "../cards.ts";
import type { RaisedKind } from "../rules.ts";

/** What is said about a flag without words of its own: its kind says it all. */
interface KindWords {
  /** @param name who asks */
  readonly title: (name: string) => string;
  /** What the reader should know before they act. */
  readonly advice: (name: string) => string;
  /** To the asker. @param taker who took it */
  readonly taken: (taker: string) => string;
  readonly next: (taker: string) => string;
}

const words = {
  contact: {
    title: (name) => `${name} would like somebody to get in touch.`,
    advice: (name) =>
      `I asked for no reason, and ${name} need not give one. A few friendly words and a question how things are: that is all it takes.`,
    taken: (taker) => `${taker} will get in touch with you`,
    next: (taker) => `You'll hear from ${taker} in Teams or by e-mail.`,
  },
  "not-held": {
    title: (name) => `${name} says that a meeting did not take place.`,
    advice: (name) =>
      `Please ask ${name} first, before anybody else: often it is a wrong day, or a slip of the thumb. The mentor must not learn who said it. In so small a group any hint would tell.`,
    taken: (taker) => `${taker} looks after what you told me`,
    next: (taker) => `${taker} asks you first, before anything else happens. Your mentor isn't told that you said it.`,
  },
  "another-mentor": {
    title: (name) => `${name} would like another mentor.`,
    advice: (name) =>
      `Please talk with ${name} first. That it doesn't fit is nobody's fault, and the mentor never learns why.`,
    taken: (taker) => `${taker} looks after your wish for another mentor`,
    next: (taker) => `You'll hear from ${taker} in Teams or by e-mail. Your mentor isn't told why.`,
  },
  leave: {
    title: (name) => `${name} would like to leave the programme.`,
    advice: (name) =>
      `Please talk with ${name} first: nobody has to stay, and nobody should leave for want of help. The mentor never learns why.`,
    taken: (taker) => `${taker} looks after your wish to leave`,
    next: (taker) => `You'll hear from ${taker} in Teams or by e-mail. Your mentor isn't told why.`,
  },
} as const satisfies Record<RaisedKind, KindWords>;

export interface RaisedView extends Omit<QuestionView, "question"> {
  readonly kind: RaisedKind;
}

/** What another feature adds to a flag of a kind that it raises. */
export interface Details {
  readonly rows: readonly (readonly [label: string, value: string])[];
  /** How it was settled; null: not yet, or this kind is only taken and done. */
  readonly outcome: string | null;
  /** In place of "Done", for who took it. */
  readonly actions: readonly Action[];
}

/** To one of those who may act on it. */
export function raisedCard(
  view: RaisedView,
  viewer: { readonly timeZone: string; readonly isTaker: boolean; readonly canClose: boolean },
  details: Details | null,
): Card {
  const { title, advice } = words[view.kind];
  const { name, email } = view.asker;
  const from = [name, [view.role, view.group].filter((part) => part !== null).join(" in ")];
  const isWithdrawn = view.state === "withdrawn";
  const actions: Action[] = [];
  if (view.state === "open") actions.push(button("I'll take it", "flags.take", { flag: view.flag }, "positive"));
  if (view.state === "taken" && viewer.isTaker && email !== null)
    actions.push(link(`Write to ${name}`, chatLink(email)));
  if (!isWithdrawn && viewer.canClose) {
    if (details !== null) actions.push(...details.actions);
    else if (view.state === "taken") actions.push(button("Done", "flags.close", { flag: view.flag }));
  }
  const status = statusOf(view, viewer.isTaker);
  return card(
    title(name),
    [
      facts([
        ["From", from.filter((part) => part !== "").join(", ")],
        ["Programme", view.programme],
        ...(details?.rows ?? []),
        ["Said", sayMoment(view.askedAt, viewer.timeZone)],
      ]),
      ...(isWithdrawn ? [] : [paragraph(advice(name))]),
      ...(details?.outcome === null || details === null ? [] : [paragraph(details.outcome)]),
      note(status),
    ],
    actions,
    `${title(name)} (${status})`,
  );
}

function statusOf(view: RaisedView, isTaker: boolean): string {
  const taker = view.takenBy ?? "somebody";
  switch (view.state) {
    case "open":
      return "Nobody has taken it yet.";
    case "taken":
      return isTaker
        ? `You took it. ${view.asker.name} knows, and waits to hear from you.`
        : `${taker} took it. Nothing to do for you.`;
    case "closed":
      return isTaker ? "Done. Thank you!" : `Done, by ${taker}.`;
    case "withdrawn":
      return `${view.asker.name} has taken it back. Nothing to do for you.`;
  }
}

/** To the asker: who took it. */
export function raisedTakenCard(kind: RaisedKind, takenBy: string, isClosed: boolean): Card {
  const { taken, next } = words[kind];
  const rest = isClosed
    ? `${takenBy} marked it as done. Something still open? Type "ask" and write to the coordinators, that's fine.`
    : next(takenBy);
  return card(taken(takenBy), [paragraph(rest)], [], `${taken(takenBy)}. ${rest}`);
}
