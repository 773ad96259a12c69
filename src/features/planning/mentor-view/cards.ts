import { button, facts, note, paragraph, textInput } from "../../../core/card.ts";
import type { Action, Element } from "../../../core/card.ts";
import type { PersonId } from "../../../core/ids.ts";
import { count } from "../../../core/time.ts";
import { sayInZones, type PlanValues, type Warning } from "../rules.ts";
import {
  calendarButton,
  formNames,
  movedLine,
  planFacts,
  sayPlan,
  titleOf,
  zonesFor,
  type Answer,
  type PlanView,
  type Words,
} from "../view/cards.ts";

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

const warnings = {
  "before-window": "That is before this meeting's window opens. That's fine, it counts all the same.",
  "after-window": "That is after this meeting's window closes. That's fine, it counts all the same.",
  "short-notice": "That is today, so please make sure that everybody has seen it.",
} as const satisfies Record<Warning, string>;

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
    excused: "You said that it could not be.",
  }[standing];
  return {
    title,
    body: [...(plan === null ? [] : [planFacts(plan, zones)]), paragraph(line)],
    actions: againActions(view),
    fallback: `${title}. ${line}`,
  };
}

function againActions(view: MentorView): Action[] {
  const again = { id: view.id, again: view.version };
  switch (view.standing) {
    case "none":
      return [button("Plan it", "planning.open", { id: view.id }, "positive")];
    case "cancelled":
      return [button("Plan it again", "planning.open", again, "positive")];
    case "excused":
      return [button("Plan it after all", "planning.open", { id: view.id })];
    case "ahead":
    case "started":
    case "over":
    case "held":
      return [];
  }
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
    // Several of these may be parts of one card, and ids of inputs must differ.
    textInput({
      id: `paste-${view.id}`,
      label: "To paste into a chat elsewhere",
      value: text,
      maxLength: 1000,
      multiline: true,
    }),
  ];
}
