import { button, card, note, paragraph, type Action, type Card, type Element } from "../../../core/card.ts";
import type { Part } from "../../notices/rules.ts";

/** A joint session as one of its people sees it. It never says why it is offered. */
export interface OfferView {
  readonly step: string;
  readonly version: number;
  readonly reader: "mentee" | "mentor" | "host";
  readonly title: string;
  readonly mentee: string;
  readonly groupName: string;
  readonly hostName: string;
  readonly hostGroupName: string;
  readonly own: "yes" | "no" | null;
  readonly others: readonly { readonly name: string; readonly answer: "yes" | "no" }[];
  readonly isOver: boolean;
}

export function offerPart(view: OfferView): Part {
  const about = `${view.title} with ${view.groupName}`;
  const part = (title: string, body: readonly Element[], actions: readonly Action[], fallback: string): Part => ({
    title,
    body,
    actions,
    fallback: `${about}: ${fallback}`,
    deadline: null,
  });
  if (view.isOver) {
    const settled = "The joint session is settled meanwhile. Nothing to do for you, and thank you.";
    return part("Nothing to do", [paragraph(settled)], [], settled);
  }
  const line = {
    mentee: `${view.hostName} of ${view.hostGroupName} is open to guests. Would you like to join one of their meetings?`,
    mentor: `${view.hostName} of ${view.hostGroupName} is open to guests: ${view.mentee} could join you both for a session.`,
    host: `You are open to guests: ${view.mentee} of ${view.groupName} could join one of your meetings.`,
  }[view.reader];
  const said = view.others.map(({ name, answer }) =>
    answer === "yes" ? `${name} would like that.` : `Not this time, says ${name}.`,
  );
  const answers: Element[] = [
    ...(view.own === null ? [] : [paragraph(view.own === "yes" ? "You said: good idea." : "You said: not this time.")]),
    ...said.map(paragraph),
    note(
      "You are free to say no, without a reason. The three of you see what each says, and the coordinators do. When it suits all, agree on a day in a chat.",
    ),
  ];
  const data = { step: view.step, version: view.version };
  const actions =
    view.own === null
      ? [
          button("Good idea", "outreach.offer", { ...data, answer: "yes" }, "positive"),
          button("Not this time", "outreach.offer", { ...data, answer: "no" }),
        ]
      : [button("Take it back", "outreach.take-back", data)];
  return part("A joint session?", [paragraph(line), ...answers], actions, line);
}

export function offerCard(view: OfferView, first: readonly string[] = []): Card {
  const { title, body, actions, fallback } = offerPart(view);
  return card(title, [...first.map(paragraph), ...body], actions, [...first, fallback].join(" "));
}

export function openCard(isOpen: boolean): Card {
  return isOpen
    ? card(
        "You are open to guests",
        [
          paragraph(
            "Thank you! Now and then I may ask whether a mentee of another group can join one of your meetings. You can say no each time.",
          ),
          note("You are asked about two people a week at most."),
        ],
        [button("No guests any more", "outreach.close")],
        "You are open to guests. Type no guests to end it.",
      )
    : card(
        "No guests",
        [paragraph("I won't ask you about guests. Thank you all the same.")],
        [button("Open to guests", "outreach.open")],
        "No guests. Type open to guests to be asked again.",
      );
}
