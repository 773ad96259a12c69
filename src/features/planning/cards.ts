import { z } from "zod/v4";
import {
  button,
  card,
  choiceInput,
  dateInput,
  note,
  numberInput,
  paragraph,
  problem,
  textInput,
  timeInput,
} from "../../core/card.ts";
import type { Card, Element } from "../../core/card.ts";
import { as, type MeetingId, type PersonId } from "../../core/ids.ts";
import { sayDay, sayZone } from "../../core/time.ts";
import { longestPlace, minutesAllowed, sayInZones } from "./rules.ts";
import type { MinutesProblem, MomentProblem, PlanProblems, PlanValues, TypedMoment, TypedPlan } from "./rules.ts";
import { formNames, sayPlan, zonesFor, type PlanView } from "./view/cards.ts";

const momentProblems = {
  missing: () => "please choose one.",
  "no-such-day": (typed) => `"${typed}" is no day in the calendar.`,
  "no-such-time": (typed) => `"${typed}" is no time of day; write it as 15:30.`,
  skipped: (typed) => `there is no ${typed} that day: the clocks go forward. Please choose another time.`,
  "in-the-past": (typed) => `${typed} is in the past. Did you hold the meeting already? Then write "log" instead.`,
  "too-far": (typed) => `${typed} is more than a year away.`,
} as const satisfies Record<MomentProblem, (typed: string) => string>;

const allowed = `write how many minutes, from ${minutesAllowed.least} to ${minutesAllowed.most}.`;
const minutesProblems = {
  "no-number": () => allowed,
  "too-short": (typed) => `${typed} is very short; ${allowed}`,
  "too-long": (typed) => `${typed} is very long; ${allowed}`,
} as const satisfies Record<MinutesProblem, (typed: string) => string>;

/** What was typed is quoted up to here; a sentence need not be longer. */
const longestQuote = 20;
/** What was typed is given back up to here: Teams takes messages of 100 KB, two bytes a character. */
const longestGivenBack = 40_000;

export interface PlanForm {
  readonly id: MeetingId;
  readonly title: string;
  readonly groupName: string;
  readonly window: { readonly opens: Temporal.PlainDate; readonly closes: Temporal.PlainDate } | null;
  /** The mentor's. */
  readonly timeZone: string;
  readonly version: number;
  readonly typed: TypedPlan;
  readonly problems: PlanProblems;
  /** What to know first: the plan was changed meanwhile, the meeting was called off ... */
  readonly first: readonly string[];
  readonly isChange: boolean;
  readonly hasChat: boolean;
  readonly hasOthers: boolean;
}

export function planForm(form: PlanForm): Card {
  const { typed, problems, window } = form;
  const body: Element[] = form.first.map(paragraph);
  if (window !== null) {
    body.push(note(`Window: ${sayDay(window.opens)} to ${sayDay(window.closes)}. Another day is fine too.`));
  }
  body.push(...momentInputs(typed, problems, form.timeZone));
  if (problems.minutes !== undefined) body.push(problem(minutesProblems[problems.minutes](quoted(typed.minutes))));
  body.push(
    numberInput({
      id: "minutes",
      label: "Length in minutes",
      value: typed.minutes,
      min: minutesAllowed.least,
      max: minutesAllowed.most,
      required: true,
    }),
  );
  if (problems.form !== undefined) body.push(problem("please choose one of the three."));
  body.push(
    choiceInput({
      id: "form",
      label: "Online or in person?",
      value: typed.form,
      choices: Object.entries(formNames).map(([value, title]) => ({ title, value })),
      style: "compact",
      required: true,
    }),
  );
  if (problems.place !== undefined) body.push(problem(`please shorten this to ${longestPlace} characters.`));
  body.push(
    textInput({
      id: "place",
      label: "Place or link (if you know it already)",
      value: typed.place.slice(0, longestGivenBack),
      maxLength: longestPlace,
    }),
    note(
      form.hasChat
        ? `Goes to ${form.groupName}'s chat, where your mentees can say whether they will come. Only mentors see who says what.`
        : `${form.groupName} has no chat that I am in, so each mentee hears of it from me in Teams. You also get a text to paste elsewhere.`,
    ),
  );
  const actions = [button("Post it", "planning.save", { id: form.id, plan: form.version }, "positive")];
  if (form.isChange) actions.push(button("Leave it as it is", "planning.see", { id: form.id }));
  if (form.hasOthers) actions.push(button("Another meeting", "planning.choose"));
  return card(
    `${form.isChange ? "Change" : "Plan"}: ${form.title} (${form.groupName})`,
    body,
    actions,
    `Plan ${form.title}: this form needs a newer version of Teams.`,
  );
}

/**
 * The form was about an older plan: what it is now, before the form with what was typed.
 *
 * @param other who changed it; null: the reader, from elsewhere
 */
export function sayMeanwhile(
  other: string | null,
  plan: PlanValues | null,
  zones: readonly string[],
): readonly string[] {
  const who = other ?? "you (perhaps on another device)";
  return [
    plan === null
      ? `Meanwhile ${who} called the meeting off. Your entries are below; post them to plan it again.`
      : `Meanwhile ${who} planned this: ${sayPlan(plan, zones)}. Your entries are below; post them to change it.`,
  ];
}

export function momentInputs(
  typed: TypedMoment,
  problems: { readonly date?: MomentProblem; readonly time?: MomentProblem },
  timeZone: string,
): Element[] {
  return [
    ...(problems.date === undefined ? [] : [problem(momentProblems[problems.date](quoted(typed.date)))]),
    dateInput({ id: "date", label: "Date", value: typed.date, required: true }),
    ...(problems.time === undefined ? [] : [problem(momentProblems[problems.time](quoted(typed.time)))]),
    timeInput({ id: "time", label: `Time (${sayZone(timeZone)})`, value: typed.time, required: true }),
  ];
}

function quoted(text: string): string {
  return Array.from(text).slice(0, longestQuote).join("");
}

/** Several meetings can be planned: which? */
export function whichMeeting(
  choices: readonly {
    readonly id: MeetingId;
    readonly title: string;
    readonly groupName: string;
    readonly plannedAt: Temporal.Instant | null;
  }[],
  verb: "planning.open" | "planning.ask-for-date",
  timeZone: string,
): Card {
  const actions = choices.map(({ id, title, groupName, plannedAt }) => {
    const planned =
      plannedAt === null ? "" : `, planned for ${sayDay(plannedAt.toZonedDateTimeISO(timeZone).toPlainDate())}`;
    return button(`${title} (${groupName})${planned}`, verb, { id });
  });
  // Buttons of a row are cut off on a phone; one row each is not.
  const rows = actions.map((action) => ({ type: "ActionSet", actions: [action] }));
  return card("Which meeting?", rows);
}

export function cancelQuestion(view: PlanView, timeZone: string): Card {
  const when = view.plan === null ? "" : ` on ${sayInZones(view.plan.at, zonesFor(view, timeZone))}`;
  return card(
    `Cancel ${view.title}?`,
    [paragraph(`The meeting${when} would be called off, and whoever was invited is told once.`)],
    [
      button("Yes, cancel it", "planning.cancel-now", { id: view.id, plan: view.version }, "destructive"),
      button("Keep it", "planning.see", { id: view.id }),
    ],
  );
}

/** A mentee suggests another time, on the clocks of their own zone. */
export function suggestForm(
  view: PlanView,
  timeZone: string,
  typed: TypedMoment,
  problems: { readonly date?: MomentProblem; readonly time?: MomentProblem },
): Card {
  const planned = view.plan === null ? [] : [note(`Planned: ${sayInZones(view.plan.at, zonesFor(view, timeZone))}`)];
  return card(
    "Suggest another time",
    [...planned, ...momentInputs(typed, problems, timeZone), note("Only mentors of the group see it.")],
    [
      button("Send", "planning.answer", { id: view.id, plan: view.version, answer: "other_time" }, "positive"),
      button("Back", "planning.see", { id: view.id }),
    ],
    "Suggest another time: this form needs a newer version of Teams.",
  );
}

export const mentorComes =
  "You are the mentor, so I take it that you'll be there. To change or cancel it, look into our own chat.";

const meetingId = z.uuid().transform((id) => as<MeetingId>(id.toLowerCase()));
/** Buttons send a number, and some clients its text. */
const version = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]).pipe(z.int().min(0).max(1_000_000));
/** Control characters are no part of what somebody meant to write. */
const typed = z
  .union([z.string(), z.number().transform(String)])
  .catch("")
  .transform((text) => text.replaceAll(/[\u0000-\u001f\u007f]+/g, " ").trim());

const meetingAsked = z.object({
  id: meetingId,
  again: z.unknown().transform((value) => value !== undefined),
  sure: z.unknown().transform((value) => value !== undefined),
});
const planAsked = z.object({ id: meetingId, plan: version });
const planSaved = planAsked.extend({ date: typed, time: typed, minutes: typed, form: typed, place: typed });
const suggestionUsed = planAsked.extend({ by: z.uuid().transform((id) => as<PersonId>(id.toLowerCase())) });
const answered = planAsked.extend({ answer: z.enum(["yes", "no", "other_time"]), date: typed, time: typed });

/** Each gives null when it is nothing that a card of ours sends. */
export const parse = {
  meeting: (data: unknown) => meetingAsked.safeParse(data).data ?? null,
  plan: (data: unknown) => planAsked.safeParse(data).data ?? null,
  saved: (data: unknown) => planSaved.safeParse(data).data ?? null,
  suggestion: (data: unknown) => suggestionUsed.safeParse(data).data ?? null,
  answer: (data: unknown) => answered.safeParse(data).data ?? null,
} as const;
