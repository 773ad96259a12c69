import { z } from "zod/v4";
import { button, card, note, paragraph, type Action, type Card, type Element } from "../../core/card.ts";
import type { Part } from "../notices/rules.ts";
import { choices, type Choice } from "./ladder/rules.ts";

/** What a mentee is asked, and what they said. */
export interface AskView {
  readonly step: string;
  readonly version: number;
  readonly title: string;
  readonly groupName: string;
  readonly mentors: readonly string[];
  readonly choice: Choice | null;
  /** Why there is nothing to answer any more; null: there is. */
  readonly over: Over | null;
}

export type Over = "taken-back" | "met" | "not-in-group";

const overWords = {
  "taken-back": "This is settled meanwhile, there is nothing to do for you. Thank you!",
  met: "You have met since. Nothing to do for you, and thank you for making the time.",
  "not-in-group": "This was about a group that you are not in any more. Nothing to do for you.",
} as const satisfies Record<Over, string>;

const choiceWords = {
  another_time: "Another time",
  fine: "I am fine",
  pause: "A pause",
  another_mentor: "Another mentor",
  leave: "Leave the programme",
} as const satisfies Record<Choice, string>;

const saidWords = {
  another_time: "You asked for another time.",
  fine: "You said that you are fine. I won't ask again for four weeks.",
  pause: "You asked for a pause. Choose its end with the word pause, and end it at any time with resume.",
  another_mentor: "You asked for another mentor. Only the coordinators know, and one of them will write to you.",
  leave: "You asked to leave. Only the coordinators know, and one of them will write to you.",
} as const satisfies Record<Choice, string>;

export function askPart(view: AskView): Part {
  const about = `${view.title} with ${view.groupName}`;
  const part = (title: string, body: readonly Element[], actions: readonly Action[], fallback: string): Part => ({
    title,
    body,
    actions,
    fallback: `${about}: ${fallback}`,
    deadline: null,
  });
  if (view.over !== null) {
    return part("Nothing to do", [paragraph(overWords[view.over])], [], overWords[view.over]);
  }
  if (view.choice !== null) {
    const said = saidWords[view.choice];
    return part("Thank you for telling me", [paragraph(said)], [takeBack(view)], said);
  }
  const mentors = view.mentors.length === 0 ? "your mentor" : view.mentors.join(" and ");
  return part(
    "What would suit you?",
    [
      paragraph(
        `${about} has not worked out for you yet. That happens to many, and it is easy to pick up again. What would help you?`,
      ),
      note(
        `Who learns of your answer: "Another time" tells ${mentors} that somebody would like a date, without your name. "I am fine" and "A pause" are seen by the coordinators. The last two go to the coordinators only; ${mentors} won't learn why. You need not answer.`,
      ),
    ],
    choices.map((choice) => button(choiceWords[choice], "outreach.answer", { ...aboutStep(view), choice })),
    "what would suit you? Another time, a pause, another mentor, or are you fine? You need not answer.",
  );
}

export function askCard(view: AskView, first: readonly string[] = []): Card {
  const { title, body, actions, fallback } = askPart(view);
  return card(title, [...first.map(paragraph), ...body], actions, [...first, fallback].join(" "));
}

/** Asked again before it goes to the coordinators. */
export function sureCard(view: AskView, choice: "another_mentor" | "leave"): Card {
  const words = {
    another_mentor: {
      title: "Would you like another mentor?",
      line: "The coordinators will hear that you would like one, and one of them will write to you.",
    },
    leave: {
      title: "Would you like to leave the programme?",
      line: "The coordinators will hear that you would, and one of them will write to you. Until then all stays as it is.",
    },
  }[choice];
  return card(
    words.title,
    [
      paragraph(words.line),
      note("Only the coordinators learn of it. Your mentor won't learn why, and you need give no reason."),
    ],
    [
      button("Yes, tell the coordinators", "outreach.answer", { ...aboutStep(view), choice, sure: 1 }, "positive"),
      button("No, go back", "outreach.see", { step: view.step }),
    ],
  );
}

function takeBack(view: AskView): Action {
  return button("Take it back", "outreach.take-back", aboutStep(view));
}

function aboutStep({ step, version }: Pick<AskView, "step" | "version">) {
  return { step, version };
}

export const outOfDate = "The card that you pressed is out of date. This is how things stand:";
export const alreadySaid = "I have that already, thank you.";
export const flagStays =
  "If a coordinator has read it already, they may still write to you: just tell them that it is settled.";
export const wishStays =
  "If your mentor has heard already that somebody would like a date, that stays. Your name was not told.";

const step = z.uuid().transform((id) => id.toLowerCase());
/** Buttons send a number, and some clients its text. */
const version = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]).pipe(z.int().min(0).max(1_000_000));
const seen = z.object({ step });
const pressed = seen.extend({ version });
const answered = pressed.extend({
  choice: z.enum(choices),
  sure: z.unknown().transform((value) => value !== undefined),
});
const offered = pressed.extend({ answer: z.enum(["yes", "no"]) });

/** Each gives null when it is nothing that a card of ours sends. */
export const parse = {
  seen: (data: unknown) => seen.safeParse(data).data ?? null,
  pressed: (data: unknown) => pressed.safeParse(data).data ?? null,
  answered: (data: unknown) => answered.safeParse(data).data ?? null,
  offered: (data: unknown) => offered.safeParse(data).data ?? null,
} as const;
