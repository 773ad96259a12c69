import { button, card, note, paragraph } from "../../../core/card.ts";
import type { Card } from "../../../core/card.ts";
import type { PlanView, Words } from "../view/cards.ts";

/** To a mentor: somebody would like a date. It never says who. */
export function wish(view: PlanView): Words {
  const isOpen = view.standing === "none" || view.standing === "cancelled" || view.standing === "over";
  const title = `A date for ${view.title}?`;
  const line = `Somebody in ${view.groupName} would like a date for ${view.title}.`;
  return {
    title,
    body: [paragraph(line), ...(isOpen ? [] : [note("That is settled meanwhile. Thank you!")])],
    actions: isOpen ? [button("Plan it", "planning.open", { id: view.id }, "positive")] : [],
    fallback: line,
  };
}

export function wishPassedOn(view: PlanView, mentors: readonly string[]): Card {
  return card("Thank you for asking", [
    paragraph(
      `I'll tell ${mentors.join(" and ")} that somebody in ${view.groupName} would like a date for ${view.title}.`,
    ),
    note("Your name is not told, and I don't keep who asked. A mentor hears of it once a week at most."),
  ]);
}

const onlyOne = {
  mentee: "you are the only mentee in",
  reachable: "you are the only mentee who has installed me in",
} as const;

/** With one mentee who could have asked, "somebody" is no secret. */
export function wishOfOnlyOne(view: PlanView, why: keyof typeof onlyOne, mentors: readonly string[]): Card {
  return card(
    `Ask for a date for ${view.title}?`,
    [
      paragraph(
        `I would not tell your name. But ${onlyOne[why]} ${view.groupName}, so ${mentors.join(" and ")} may guess that it was you.`,
      ),
    ],
    [button("Ask all the same", "planning.ask-for-date", { id: view.id, sure: 1 }, "positive")],
  );
}
