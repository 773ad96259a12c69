import { z } from "zod/v4";
import { button, card, note, paragraph, type Action, type Card } from "../../core/card.ts";
import { as, type FlagId, type MeetingId, type PersonId } from "../../core/ids.ts";
import { sayDay } from "../../core/time.ts";
import type { Details } from "../flags/kinds/cards.ts";
import type { Part } from "../notices/rules.ts";
import { answers, settlements, type Answer, type Settlement, type Side } from "./rules.ts";

/** What a mentee is shown of a meeting and of what they said about it. */
export interface SideView {
  readonly id: MeetingId;
  readonly title: string;
  readonly group: { readonly name: string; readonly mentors: readonly { readonly name: string }[] };
  /** As logged: the meeting itself, or the catch-up with this mentee. */
  readonly on: Temporal.PlainDate;
  readonly isCatchUp: boolean;
  /** The log lists them. */
  readonly isListed: boolean;
  readonly side: Side | null;
}

const buttonWords = {
  there: "Yes, I was there",
  could_not: "I could not come",
  not_held: "This did not happen",
} as const satisfies Record<Answer, string>;

/** The question, or what they said and how to change it. */
export function sidePart(view: SideView): Part {
  const { id, title, side } = view;
  const heading = `${title}: ${side === null ? "were you there?" : said(view, side).title}`;
  const written = `${writer(view)} ${view.isCatchUp ? `a catch-up on ${title} with you` : title} in the logbook, on ${sayDay(view.on)}.`;
  const listed = view.isListed ? "" : " You are not on the list of those who came.";
  const answer = side === null ? "One tap is enough." : said(view, side).text;
  const others = answers.filter((each) => each !== side?.answer);
  return {
    title: heading,
    body: [paragraph(`${written}${listed}`), paragraph(answer), note(whoReads)],
    actions: others.map((each) => asButton(id, each)),
    fallback: `${heading} ${written}${listed} ${answer}`,
    deadline: null,
  };
}

function asButton(id: MeetingId, answer: Answer): Action {
  return button(buttonWords[answer], "sides.answer", { id, answer });
}

const whoReads =
  "It changes your own attendance only. The coordinators can see it, and ask you first if you say that it did not happen. Your mentors are never told, whatever you say.";

function writer({ group }: SideView): string {
  const names = group.mentors.map(({ name }) => name);
  return names.length === 1 ? `${names[0] ?? ""} wrote` : "Your mentors wrote";
}

function said({ group }: SideView, { answer, settled }: Side): { readonly title: string; readonly text: string } {
  const mentors = group.mentors.map(({ name }) => name).join(" or ");
  switch (answer) {
    case "there":
      return { title: "you were there", text: "Thank you, it counts for you. You can change this at any time." };
    case "could_not":
      return {
        title: "you could not come",
        text: `That happens. If you'd like to catch up, a word to ${mentors === "" ? "your mentor" : mentors} is enough; I won't say it for you.`,
      };
    case "not_held":
      return {
        title: "you say that it did not take place",
        text: notHeldWords(settled),
      };
  }
}

function notHeldWords(settled: Settlement | null): string {
  if (settled === "took_place") return "A coordinator noted that it did take place, so it counts as logged.";
  if (settled === "did_not_take_place") return "A coordinator noted that it did not take place. It stays open for you.";
  return "Thank you for saying so. It goes to the coordinators alone; they ask you first, and nothing happens before that.";
}

/** Looked up by themselves: whoever is listed may also read what was done. */
export function sideCard(view: SideView): Card {
  const { title, body, actions, fallback } = sidePart(view);
  const read = view.isListed ? [button("What we did", "logbook.read", { id: view.id })] : [];
  return card(title, body, [...actions, ...read], fallback);
}

/** In place of a question that is none any more. */
export function noQuestionPart(): Part {
  const text = "There is nothing to answer here any more.";
  return { title: "A meeting", body: [paragraph(text)], actions: [], fallback: text, deadline: null };
}

/** For the coordinators: which meeting it is, and what they found out. */
export function notHeldDetails(
  flag: FlagId,
  meeting: { readonly title: string; readonly heldOn: Temporal.PlainDate | null } | null,
  settled: Settlement | null,
  isClosed: boolean,
): Details {
  const settle = (title: string, outcome: Settlement | "open"): Action =>
    button(title, "sides.settle", { flag, outcome });
  return {
    rows: meeting === null ? [] : [["Meeting", meetingWords(meeting)]],
    outcome: settled === null ? null : settledWords[settled],
    actions: isClosed
      ? [settle("Take that back", "open")]
      : [settle("It took place", "took_place"), settle("It did not take place", "did_not_take_place")],
  };
}

function meetingWords({
  title,
  heldOn,
}: {
  readonly title: string;
  readonly heldOn: Temporal.PlainDate | null;
}): string {
  return heldOn === null ? title : `${title}, logged for ${sayDay(heldOn)}`;
}

const settledWords = {
  took_place: "Noted: it took place. Their attendance counts as it was logged.",
  did_not_take_place:
    "Noted: it did not take place. It stays open for them; the log and its mentor's cards are as they were.",
} as const satisfies Record<Settlement, string>;

export const answerElsewhere =
  'Let\'s do that in our own chat, so that nobody else sees it: write "meetings" to me there.';
export const notLoggedYet = "This meeting isn't in the logbook yet, so there is nothing to say about it so far.";
export const notOnTheList =
  "This meeting was before you joined the group, so it counts neither for you nor against you.";

const meetingId = z.uuid().transform((id) => as<MeetingId>(id.toLowerCase()));

/** What the buttons about one meeting carry. */
export const aboutSide = z.object({ id: meetingId });
export const sideAnswer = z.object({ id: meetingId, answer: z.enum(answers) });
export const settleAnswer = z.object({
  flag: z.uuid().transform((id) => as<FlagId>(id.toLowerCase())),
  outcome: z.enum([...settlements, "open"]),
});

/** What a question's message carries. */
export const sideRef = z.object({ meeting: meetingId, person: z.uuid().transform((id) => as<PersonId>(id)) });
