import { z } from "zod/v4";
import {
  button,
  card,
  choiceInput,
  dateInput,
  facts,
  link,
  note,
  numberInput,
  paragraph,
  problem,
  textInput,
  timeInput,
} from "../../core/card.ts";
import type { Action, Card, Element } from "../../core/card.ts";
import { as, type MeetingId, type PersonId } from "../../core/ids.ts";
import { count, sayDay, sayZone } from "../../core/time.ts";
import { longestPlace, minutesAllowed, sayInZones } from "./rules.ts";
import type {
  Form,
  MinutesProblem,
  MomentProblem,
  PlanProblems,
  PlanValues,
  Standing,
  TypedMoment,
  TypedPlan,
  Warning,
} from "./rules.ts";

/** What a card says; a notice can be one part of several on a card. */
export interface Words {
  readonly title: string;
  readonly body: readonly Element[];
  readonly actions: readonly Action[];
  /** The whole of it in a sentence. */
  readonly fallback: string;
}

/** @param first said before all else, such as what has just happened */
export function asCard({ title, body, actions, fallback }: Words, first: readonly string[] = []): Card {
  return card(title, [...first.map(paragraph), ...body], actions, [...first, fallback].join(" "));
}

const formNames = { online: "Online", in_person: "In person", both: "Both" } as const satisfies Record<Form, string>;

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

const warnings = {
  "before-window": "That is before this meeting's window opens. That's fine, it counts all the same.",
  "after-window": "That is after this meeting's window closes. That's fine, it counts all the same.",
  "short-notice": "That is today, so please make sure that everybody has seen it.",
} as const satisfies Record<Warning, string>;

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

function momentInputs(
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
function zonesFor(view: PlanView, reader: string | null): readonly string[] {
  return reader === null ? [view.timeZone] : [reader, view.timeZone];
}

function planFacts(plan: PlanValues, zones: readonly string[]): Element {
  return facts([
    ["When", sayInZones(plan.at, zones)],
    ["Length", count(plan.minutes, "minute")],
    ["How", formNames[plan.form]],
    ...(plan.place === null ? [] : ([["Where", plan.place]] as const)),
  ]);
}

function movedLine(view: PlanView, zones: readonly string[]): string | null {
  if (view.before === null || view.plan === null || view.before.equals(view.plan.at)) return null;
  return `Moved: was ${sayInZones(view.before, zones)}, now ${sayInZones(view.plan.at, zones)}.`;
}

function titleOf(view: PlanView): string {
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

function sayPlan(plan: PlanValues, zones: readonly string[]): string {
  const place = plan.place === null ? "" : `, ${plan.place}`;
  return `${sayInZones(plan.at, zones)}, ${count(plan.minutes, "minute")}, ${formNames[plan.form].toLowerCase()}${place}`;
}

function calendarButton(view: PlanView): Action[] {
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
    body: [paragraph(line), ...(view.standing === "cancelled" ? [] : [note("Since then there is a new plan.")])],
    actions: [],
    fallback: `${title}. ${line}`,
  };
}

/** What a mentor alone sees. */
export interface MentorView extends PlanView {
  /** The mentor's own zone. */
  readonly readerTimeZone: string;
  readonly mentees: readonly {
    readonly person: PersonId;
    readonly name: string;
    readonly answer: Answer | null;
    readonly isReachable: boolean;
  }[];
  readonly hasChat: boolean;
  readonly warnings: readonly Warning[];
}

export function mentorView(view: MentorView): Words {
  const { plan, standing } = view;
  const zones = zonesFor(view, view.readerTimeZone);
  const title = `${titleOf(view)} (${view.groupName})`;
  if (plan === null || standing !== "ahead") return endedView(view, title, zones);
  const moved = movedLine(view, zones);
  const data = { id: view.id, plan: view.version };
  return {
    title,
    body: [
      ...(moved === null ? [] : [paragraph(moved)]),
      planFacts(plan, zones),
      ...view.warnings.map((warning) => note(warnings[warning])),
      facts(view.mentees.map(({ name, answer }) => [name, saidBy(answer, zones)] as const)),
      ...suggestions(view, zones),
      ...(view.hasChat ? [] : elsewhere(view, plan)),
      note("Only mentors of the group see this."),
    ],
    actions: [
      ...calendarButton(view),
      button("Change", "planning.open", { id: view.id }),
      button("Cancel it", "planning.cancel", data, "destructive"),
    ],
    fallback: `${title}: ${moved ?? sayPlan(plan, zones)}`,
  };
}

function endedView(view: MentorView, title: string, zones: readonly string[]): Words {
  const { plan, standing } = view;
  const line = {
    none: "There is no date for it at the moment.",
    cancelled: "You can plan it again whenever you like; reminders go on as before.",
    ahead: "There is no date for it at the moment.",
    started: 'It has begun. Afterwards, write "log" to put it into your logbook.',
    over: 'Its time is over. How did it go? Write "log" to put it into your logbook.',
    held: "It is in your logbook. Thank you!",
    excused: 'You said that it could not be. If it can after all, write "plan".',
  }[standing];
  return {
    title,
    body: [...(plan === null ? [] : [planFacts(plan, zones)]), paragraph(line)],
    actions:
      standing === "cancelled"
        ? [button("Plan it again", "planning.open", { id: view.id, again: view.version }, "positive")]
        : [],
    fallback: `${title}. ${line}`,
  };
}

function saidBy(answer: Answer | null, zones: readonly string[]): string {
  if (answer === null) return "no answer yet";
  if (answer.kind === "other_time") return `suggests ${sayInZones(answer.at, zones)}`;
  return answer.kind === "yes" ? "will come" : "can't come";
}

function suggestions(view: MentorView, zones: readonly string[]): Element[] {
  return view.mentees.flatMap(({ person, answer }) =>
    answer?.kind !== "other_time"
      ? []
      : [
          {
            type: "ActionSet",
            actions: [
              button(`Use this time: ${sayInZones(answer.at, zones.slice(0, 1))}`, "planning.use-time", {
                id: view.id,
                plan: view.version,
                by: person,
              }),
            ],
          },
        ],
  );
}

/** A group without a chat: whom the bot cannot reach, and words for a chat elsewhere. */
function elsewhere(view: MentorView, plan: PlanValues): Element[] {
  const unreachable = view.mentees.filter((mentee) => !mentee.isReachable).map(({ name }) => name);
  const lines = [
    `${view.title}: ${sayInZones(plan.at, [view.timeZone])}`,
    `${count(plan.minutes, "minute")}, ${formNames[plan.form].toLowerCase()}${plan.place === null ? "" : `: ${plan.place}`}`,
    ...(view.calendarLink === null ? [] : [`Calendar: ${view.calendarLink}`]),
  ];
  const text = lines.join("\n");
  return [
    ...(unreachable.length === 0
      ? []
      : [note(`I cannot write to ${unreachable.join(" and ")} yet: please tell them.`)]),
    textInput({ id: "paste", label: "To paste into a chat elsewhere", value: text, maxLength: 1000, multiline: true }),
  ];
}

export function cancelQuestion(view: MentorView): Card {
  const when = view.plan === null ? "" : ` on ${sayInZones(view.plan.at, zonesFor(view, view.readerTimeZone))}`;
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

/** With a single mentee, "somebody" is no secret. */
export function wishOfOnlyMentee(view: PlanView, mentors: readonly string[]): Card {
  return card(
    `Ask for a date for ${view.title}?`,
    [
      paragraph(
        `I would not tell your name. But you are the only mentee in ${view.groupName}, so ${mentors.join(" and ")} may guess that it was you.`,
      ),
    ],
    [button("Ask all the same", "planning.ask-for-date", { id: view.id, sure: 1 }, "positive")],
  );
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

export const mentorComes =
  "You are the mentor, so I take it that you'll be there. To change or cancel it, look into our own chat.";

const meetingId = z.uuid().transform((id) => as<MeetingId>(id.toLowerCase()));
/** Buttons send a number, and some clients its text. */
const version = z.coerce.number().int().min(0).max(1_000_000);
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
