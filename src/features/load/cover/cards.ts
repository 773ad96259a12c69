import { z } from "zod/v4";
import { button, card, choiceInput, dateInput, note, paragraph, problem } from "../../../core/card.ts";
import type { Action, Card } from "../../../core/card.ts";
import { as, type CoverId, type GroupId } from "../../../core/ids.ts";
import { count, sayDay } from "../../../core/time.ts";
import type { Part } from "../../notices/rules.ts";
import { longestCoverDays, type CoverDay } from "./rules.ts";

type DayProblem = Extract<CoverDay, { ok: false }>["problem"];

const problems = {
  "no-day": "choose a day, such as 2026-10-05.",
  "not-ahead": "choose a day after today.",
  "too-long": `this can last ${longestCoverDays} days at most. For longer, please ask a coordinator.`,
} as const satisfies Record<DayProblem, string>;

export interface CoverForm {
  /** Becomes the cover's id: sending the same form twice asks once. */
  readonly cover: CoverId;
  readonly groups: readonly { readonly id: GroupId; readonly name: string }[];
  readonly typed: { readonly group: string | null; readonly until: string };
  readonly problem: DayProblem | null;
  /** The programme's. */
  readonly today: Temporal.PlainDate;
}

export function coverForm({ cover, groups, typed, problem: wrong, today }: CoverForm): Card {
  const [only, ...others] = groups;
  return card(
    "Shall a colleague look after your group?",
    [
      paragraph("I'll ask your colleagues. Whoever is willing takes it with one tap, and you hear who it is."),
      ...(others.length === 0
        ? []
        : [
            choiceInput({
              id: "group",
              label: "Which group?",
              value: typed.group ?? only?.id,
              choices: groups.map(({ id, name }) => ({ title: name, value: id })),
              required: true,
            }),
          ]),
      ...(wrong === null ? [] : [problem(problems[wrong])]),
      dateInput({
        id: "until",
        label: "The day on which you are back",
        value: typed.until,
        min: today.add({ days: 1 }).toString(),
        max: today.add({ days: longestCoverDays }).toString(),
        required: true,
      }),
      note(
        "Who reads this: the mentors of your programme who have no pause (your name, the group, the day) and the coordinators. Nobody is asked or told why.",
      ),
      note(
        "Your colleague sees dates, who comes and who came; nothing that you wrote. You can take the group back at any time.",
      ),
    ],
    [
      button("Ask my colleagues", "load.ask-cover", {
        cover,
        ...(others.length === 0 ? { group: only?.id ?? "" } : {}),
      }),
    ],
    "Type cover me until and a date, such as: cover me until 2026-10-05",
  );
}

const idOf = <Id extends string>() => z.uuid().transform((id) => as<Id>(id.toLowerCase()));

const askSchema = z.object({
  cover: idOf<CoverId>(),
  group: idOf<GroupId>(),
  until: z.string().max(40).catch(""),
});
const aboutSchema = z.object({ cover: idOf<CoverId>() });

/** What the form sends; null when it is not a form of ours. */
export function parseAsk(data: unknown): z.output<typeof askSchema> | null {
  return askSchema.safeParse(data).data ?? null;
}

export function parseCover(data: unknown): CoverId | null {
  return aboutSchema.safeParse(data).data?.cover ?? null;
}

/** What cards show of a cover. */
export interface CoverView {
  readonly id: CoverId;
  readonly group: { readonly name: string };
  readonly mentor: { readonly name: string };
  readonly until: Temporal.PlainDate;
  readonly state: "open" | "taken" | "over";
  readonly coveredBy: { readonly name: string } | null;
}

/** To the mentor, in answer to their asking. */
export function askedCard(view: CoverView, asked: number): Card {
  const title = `I'm asking ${count(asked, "colleague")}`;
  return card(
    title,
    [
      paragraph(
        `They read that you look for somebody for ${view.group.name} until ${sayDay(view.until)}. The first who is willing takes it, and you hear who.`,
      ),
      note("Until somebody has taken it the group is with you. If it gets tight, ask a coordinator."),
    ],
    [button("Never mind, I'm here", "load.hand-back", { cover: view.id }), button("Ask a coordinator", "flags.ask")],
  );
}

/** To a colleague: could you? And what became of it. */
export function wantedPart(view: CoverView, mentees: number, isTaker: boolean): Part {
  const { group, mentor, until, state, coveredBy } = view;
  const title = `Could you look after ${group.name} for a while?`;
  if (state === "open") {
    const text = `${mentor.name} looks for somebody who takes ${group.name} (${count(mentees, "mentee")}) until ${sayDay(until)}.`;
    return {
      title,
      body: [
        paragraph(text),
        note("You would get its reminders, and see dates, who comes and who came. You can hand it back at any time."),
        note("No is a good answer too: then do nothing. Nobody sees who did not take it."),
      ],
      actions: [button("I'll take it", "load.take-cover", { cover: view.id }, "positive")],
      fallback: text,
      deadline: null,
    };
  }
  const text = state === "over" || coveredBy === null ? noLongerNeeded : takenBy(coveredBy.name, isTaker);
  return { title, body: [paragraph(text)], actions: [], fallback: text, deadline: null };
}

export const noLongerNeeded = "This is no longer needed. Thank you for having thought about it.";

function takenBy(name: string, isTaker: boolean): string {
  return isTaker ? "You took it. Thank you!" : `${name} has taken it. Thank you for being there.`;
}

/** To somebody who pressed a moment too late. */
export function takenAlready(name: string): string {
  return `${name} was a moment faster and has taken it. Thank you for being willing!`;
}

export function oneIsEnough(group: string, until: Temporal.PlainDate): string {
  return `You look after ${group} until ${sayDay(until)} already, and one group more is plenty. Thank you! Somebody else will take this one.`;
}

/** To the colleague who took it. */
export function coveringCard(view: CoverView): Card {
  const title = `${view.group.name} is with you until ${sayDay(view.until)}`;
  return card(
    title,
    [
      paragraph(`Thank you! ${view.mentor.name} knows, and the mentees hear that they can turn to you.`),
      paragraph(
        'Its reminders come to you now. Type "meetings" or "plan" as for a group of your own: you see dates, who comes and who came. What was written in its logbook stays with its mentors.',
      ),
      note(`On ${sayDay(view.until)} it goes back by itself.`),
    ],
    [handBack(view)],
  );
}

function handBack({ id, group }: CoverView): Action {
  return button(`Hand ${group.name} back`, "load.hand-back", { cover: id });
}

/** To the mentor: who took it. Drawn anew when it is over. */
export function takenCard(view: CoverView): Card {
  const name = view.coveredBy?.name ?? "A colleague";
  if (view.state !== "taken") return overCard(view, true);
  return card(
    `${name} looks after ${view.group.name}`,
    [
      paragraph(`Until ${sayDay(view.until)} I ask ${name} about its meetings, not you. Have a good time.`),
      note("Your own logbook entries and reflections stay yours. You can still do everything yourself."),
    ],
    [button(`I'm back: take ${view.group.name} back`, "load.hand-back", { cover: view.id })],
  );
}

/** @param isMentor to the mentor of the group, not to the colleague */
export function overWords({ group, mentor, coveredBy }: CoverView, isMentor: boolean): [title: string, text: string] {
  if (!isMentor) {
    return [
      `${group.name} is back`,
      `${group.name} is with its own mentors again. Thank you for having looked after it! If you sit in the group's chat, please leave it, so that I can go on posting there.`,
    ];
  }
  const help = coveredBy === null ? "Nobody could take it this time." : `${coveredBy.name} looked after it until now.`;
  return [
    `${group.name} is with you again`,
    `Hello ${mentor.name}, ${group.name} is with you again: I'll remind you of its meetings. ${help}`,
  ];
}

export function overCard(view: CoverView, isMentor: boolean): Card {
  const [title, text] = overWords(view, isMentor);
  return card(title, [paragraph(text)], isMentor ? [button("What is open for me", "load.mine")] : [], text);
}

export function overPart(view: CoverView, isMentor: boolean): Part {
  const [title, text] = overWords(view, isMentor);
  const actions = isMentor ? [button("What is open for me", "load.mine")] : [];
  return { title, body: [paragraph(text)], actions, fallback: text, deadline: null };
}

/** To a mentee of the group. */
export function turnToPart(view: CoverView): Part {
  const { group, mentor, coveredBy, until, state } = view;
  const isOn = state === "taken" && coveredBy !== null;
  const title = isOn ? `${coveredBy.name} looks after ${group.name} for a while` : `${group.name}: as before`;
  const text = isOn
    ? `Until ${sayDay(until)} you can turn to ${coveredBy.name}, who looks after your group for ${mentor.name}, and sees dates and who comes.`
    : "Your group is with its own mentors again.";
  return { title, body: [paragraph(text)], actions: [], fallback: text, deadline: null };
}

export const neverMind = "All right, I ask nobody any more. The group is with you.";
export const takenBack = "Welcome back! The group is with you again, and your colleague knows.";
export const handedBack = "Thank you for having looked after it! Its mentor knows that it is with them again.";
export const overAlready = "This is over already: the group is with its own mentors.";
export const nobodyToAsk =
  'None of your colleagues can be asked at the moment: they have a pause, or a second group already. Please ask a coordinator: type "ask".';
export const noGroupOfYourOwn = "You have no group of your own that a colleague could look after.";

export function askedAlready(view: CoverView): string {
  return view.coveredBy === null
    ? `I'm asking your colleagues about ${view.group.name} already, until ${sayDay(view.until)}. Type "load" to see or end it.`
    : `${view.coveredBy.name} looks after ${view.group.name} already, until ${sayDay(view.until)}. Type "load" to see or end it.`;
}
