import { z } from "zod/v4";
import { button, card, choiceInput, paragraph, type Card } from "../../core/card.ts";
import { as, type GroupId, type MeetingId, type PersonId } from "../../core/ids.ts";
import { isBefore, sayDay, sayMoment } from "../../core/time.ts";
import { endOf, stateOf, type MeetingFacts, type MeetingState } from "./rules.ts";

/** What the cards of a meeting show of it. */
export interface MeetingOnCard {
  readonly id: MeetingId;
  readonly title: string;
  readonly talkAbout: readonly string[];
  readonly facts: MeetingFacts;
  readonly plannedPlace: string | null;
  readonly group: {
    readonly id: GroupId;
    readonly name: string;
    readonly mentors: readonly {
      readonly person: PersonId;
      readonly name: string;
      readonly awayUntil: Temporal.PlainDate | null;
    }[];
    readonly mentees: readonly { readonly name: string }[];
  };
}

/** Who reads the card. */
export interface Reader {
  readonly person: PersonId;
  readonly timeZone: string;
}

/** Why a meeting could not be: what a mentor may choose from, and what coordinators read. */
export const excuseReasons = {
  no_answer: "My mentees did not answer",
  no_time_together: "We found no time that suited us all",
  mentor_away: "I was ill or away",
  exams: "Exams came first",
  other: "Something else",
} as const;

export type ExcuseReason = keyof typeof excuseReasons;

export const stateWords = {
  upcoming: "not open yet",
  open: "open",
  planned: "planned",
  held: "held",
  not_met: "not met yet",
  excused: "could not be",
} as const satisfies Record<MeetingState, string>;

/** `planned: Thursday 17 September, 15:00 (Kuala Lumpur time)` */
export function meetingLine(meeting: MeetingFacts, timeZone: string, now: Temporal.Instant): string {
  const state = stateOf(meeting, now);
  if (state === "held" && meeting.heldOn !== null) return `held on ${sayDay(meeting.heldOn)}`;
  if (state === "planned" && meeting.plan !== null) {
    const when = sayMoment(meeting.plan.at, timeZone);
    return isBefore(now, endOf(meeting.plan)) ? `planned: ${when}` : `was planned: ${when}`;
  }
  if (state === "upcoming" && meeting.window !== null) return `opens on ${sayDay(meeting.window.opens)}`;
  if (state === "open" && meeting.window !== null) return `open until ${sayDay(meeting.window.closes)}`;
  return stateWords[state];
}

/** @param plan the version of the plan that the form was opened on: what is planned since is not undone by it */
export function excuseForm(meeting: MeetingOnCard, plan: number): Card {
  return card(
    `${meeting.title}: it could not be`,
    [
      paragraph("Thank you for saying so. One tap is enough; coordinators see the reason, your mentees don't."),
      choiceInput({
        id: "reason",
        label: "What got in the way?",
        value: "no_time_together",
        choices: Object.entries(excuseReasons).map(([value, title]) => ({ title, value })),
      }),
    ],
    [button("Save", "meetings.excuse", { id: meeting.id, plan }, "positive")],
  );
}

/** What the buttons about one meeting carry. */
export const aboutMeeting = z.object({ id: z.uuid().transform((id) => as<MeetingId>(id)) });

export const excuseAnswer = z.object({
  id: z.uuid().transform((id) => as<MeetingId>(id)),
  plan: z.coerce.number().optional(),
  reason: z.enum(["no_answer", "no_time_together", "mentor_away", "exams", "other"]) satisfies z.ZodType<ExcuseReason>,
});
