import { z } from "zod/v4";
import { button, card, choiceInput, facts, link, note, paragraph, problem, textInput } from "../../core/card.ts";
import type { Action, Card, Element } from "../../core/card.ts";
import type { Role } from "../../core/feature.ts";
import { as } from "../../core/ids.ts";
import type { FlagId } from "../../core/ids.ts";
import { count, sayMoment } from "../../core/time.ts";
import { longestQuestion } from "./rules.ts";
import type { FlagState, QuestionProblem } from "./rules.ts";

/**
 * What was typed is given back up to here: Teams takes messages of 100 KB, two bytes a character, so this leaves a
 * fifth for the rest of the card.
 */
const longestGivenBack = 40_000;

const problems = {
  empty: "there is nothing to send yet. One sentence is enough.",
  "too-long": `this is longer than ${longestQuestion} characters. Could you shorten it a little?`,
} as const satisfies Record<QuestionProblem, string>;

export interface AskForm {
  /** Becomes the question's id: sending the same form twice makes one question. */
  readonly flag: FlagId;
  readonly about: string | null;
  readonly programmes: readonly { readonly id: string; readonly name: string }[];
  readonly typed: string;
  readonly problem: QuestionProblem | null;
  readonly emergency: readonly { readonly label: string; readonly phone: string }[];
  /** An earlier question from the same form has gone out. */
  readonly isSecond: boolean;
}

export function askForm(form: AskForm): Card {
  const body: Element[] = [];
  const [only, ...others] = form.programmes;
  if (form.isSecond) body.push(paragraph("Your first question has gone out. Would you like to ask this one too?"));
  if (others.length > 0) {
    body.push(
      choiceInput({
        id: "programme",
        label: "Which programme is it about?",
        value: only?.id,
        choices: form.programmes.map(({ id, name }) => ({ title: name, value: id })),
        required: true,
      }),
    );
  }
  if (form.problem !== null) body.push(problem(problems[form.problem]));
  body.push(
    textInput({
      id: "question",
      label: "What would you like to ask?",
      value: form.typed.slice(0, longestGivenBack),
      maxLength: longestQuestion,
      multiline: true,
      placeholder: "For example: can our group meet after the exams instead?",
    }),
    note(
      `Who reads this: every coordinator of ${others.length > 0 ? "that programme" : (only?.name ?? "your programme")}, with your name and group. Nobody else.`,
    ),
    note("Please don't name or describe another person's troubles here. Ask for a call instead: that's fine."),
  );
  if (form.emergency.length > 0) {
    const numbers = form.emergency.map(({ label, phone }) => `${label}: ${phone}`).join(", ");
    body.push(note(`Nobody may see this at once. If somebody could be in danger, call now. ${numbers}.`));
  }
  const data = { flag: form.flag, ...(form.about === null ? {} : { id: form.about }) };
  return card(
    "Ask a coordinator",
    body,
    [button("Send", "flags.send", data, "positive")],
    "Ask a coordinator: this form needs a newer version of Teams. You can also write to your coordinators directly.",
  );
}

const control = /[\u0000-\u0008\u000b-\u001f\u007f]/g;

const askSchema = z.object({
  flag: z.uuid().transform((id) => as<FlagId>(id.toLowerCase())),
  id: z.string().nullable().default(null).catch(null),
  programme: z.string().nullable().default(null).catch(null),
  question: z
    .string()
    .catch("")
    .transform((text) => text.replaceAll("\r\n", "\n").replaceAll(control, "").trim()),
});

/** What the form sends; null when it is not a form of ours. */
export function parseAsk(data: unknown): z.output<typeof askSchema> | null {
  return askSchema.safeParse(data).data ?? null;
}

const aboutSchema = z.object({ id: z.uuid() });

/** The group whose card the button was on, if any. */
export function parseAbout(data: unknown): string | null {
  return aboutSchema.safeParse(data).data?.id ?? null;
}

const flagSchema = z.object({ flag: z.uuid().transform((id) => as<FlagId>(id.toLowerCase())) });

export function parseFlag(data: unknown): FlagId | null {
  return flagSchema.safeParse(data).data?.flag ?? null;
}

/** To the asker, after sending. */
export function askedCard(asked: {
  readonly question: string;
  readonly programme: string;
  readonly coordinators: number;
  readonly reachable: number;
}): Card {
  const title = asked.coordinators === 0 ? "Your question is saved" : "Your question is on its way";
  const next =
    asked.coordinators === 0
      ? `${asked.programme} has no coordinator in my list at the moment. Please write to your school's office too.`
      : `${count(asked.coordinators, "coordinator")} of ${asked.programme} will get it. I'll tell you here who takes it.`;
  const slow = asked.coordinators > 0 && asked.reachable === 0;
  return card(title, [
    paragraph(asked.question),
    paragraph(next),
    ...(slow ? [note("None of them has opened me in Teams yet, so an e-mail to them may be faster.")] : []),
  ]);
}

export interface QuestionView {
  readonly flag: FlagId;
  readonly question: string;
  readonly asker: { readonly name: string; readonly email: string | null };
  readonly group: string | null;
  readonly role: Role | null;
  readonly programme: string;
  readonly askedAt: Temporal.Instant;
  readonly state: FlagState;
  readonly takenBy: string | null;
}

/** To a coordinator. */
export function questionCard(
  view: QuestionView,
  viewer: { readonly timeZone: string; readonly isTaker: boolean; readonly canClose: boolean },
): Card {
  const from = [view.asker.name, [view.role, view.group].filter((part) => part !== null).join(" in ")];
  const rows: (readonly [string, string])[] = [
    ["From", from.filter((part) => part !== "").join(", ")],
    ["Programme", view.programme],
    ["Asked", sayMoment(view.askedAt, viewer.timeZone)],
  ];
  const actions: Action[] = [];
  let status: string;
  if (view.state === "open") {
    status = "Nobody has taken it yet.";
    actions.push(button("I'll take it", "flags.take", { flag: view.flag }, "positive"));
  } else if (view.state === "taken") {
    status = viewer.isTaker
      ? `You took it. ${view.asker.name} knows, and waits to hear from you.`
      : `${view.takenBy ?? "Somebody"} took it. Nothing to do for you.`;
    if (viewer.isTaker && view.asker.email !== null) {
      actions.push(link(`Write to ${view.asker.name}`, chatLink(view.asker.email)));
    }
    if (viewer.canClose) actions.push(button("Done", "flags.close", { flag: view.flag }));
  } else if (view.state === "withdrawn") {
    status = `${view.asker.name} has taken it back. Nothing to do for you.`;
  } else {
    status = viewer.isTaker ? "Done. Thank you!" : `Done, by ${view.takenBy ?? "somebody"}.`;
  }
  return card(
    `A question from ${view.asker.name}`,
    [facts(rows), paragraph(view.question), note(status)],
    actions,
    `${view.asker.name} asks: ${view.question} (${status})`,
  );
}

/** To somebody who may no longer read it, in place of what they were sent. */
export function formerCard(): Card {
  return card("A question", [paragraph("The coordinators of the programme look after it.")]);
}

/** To the asker, in place of who took it. */
export function takenBackCard(): Card {
  return card("You took it back", [paragraph("Nothing more happens. You can say it again whenever you like.")]);
}

export function chatLink(email: string): string {
  return `https://teams.microsoft.com/l/chat/0/0?users=${encodeURIComponent(email)}`;
}

/** To the asker: who took the question. */
export function takenCard(taken: {
  readonly question: string;
  readonly takenBy: string;
  readonly isClosed: boolean;
}): Card {
  const title = `${taken.takenBy} has taken your question`;
  return card(title, [
    paragraph(taken.question),
    taken.isClosed
      ? paragraph(`${taken.takenBy} marked it as done. Something still open? Type "ask" and ask again, that's fine.`)
      : paragraph(`You'll hear from ${taken.takenBy} in Teams or by e-mail.`),
  ]);
}

export const askElsewhere =
  'Let\'s do that in our own chat, so that only the coordinators read it: write "ask" to me there.';
