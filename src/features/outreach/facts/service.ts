import type { Db } from "../../../core/db.ts";
import type { GroupId, PersonId } from "../../../core/ids.ts";
import { attendanceAt, meetingsOfGroups, type Meeting } from "../../meetings/store.ts";
import { loadGroups, type Group, type Member } from "../../programme/store.ts";
import { cellOf } from "../../progress/rules.ts";
import { sidesAt } from "../../sides/store.ts";
import type { StepTaken } from "../ladder/rules.ts";
import { assessMentee, type Assessment, type MenteeFacts, type MenteeMeeting } from "../rules.ts";
import { replyKey, repliesTo, stepsOf, type StepWithAnswers } from "../store.ts";

/** A mentee of a group, with all that the ladder needs to know. */
export interface Mentee {
  readonly group: Group;
  readonly member: Member;
  /** The meetings that the programme asks for. */
  readonly meetings: readonly Meeting[];
  readonly facts: MenteeFacts;
  readonly assessment: Assessment;
  readonly steps: readonly StepWithAnswers[];
}

/** All mentees who are in these groups today, as they stand at `now`; a handful of queries, however many they are. */
export async function loadMentees(db: Db, ids: readonly GroupId[], now: Temporal.Instant): Promise<readonly Mentee[]> {
  const found = await loadGroups(db, ids);
  const meetings = (await meetingsOfGroups(db, ids)).filter(({ facts }) => facts.window !== null);
  const meetingIds = meetings.map(({ id }) => id);
  const [attendance, sides, replies, steps] = [
    await attendanceAt(db, meetingIds),
    await sidesAt(db, meetingIds),
    await repliesTo(db, meetingIds),
    await stepsOf(db, ids),
  ];
  const meetingsOf = Map.groupBy(meetings, ({ group }) => group.id);
  const stepsFor = Map.groupBy(steps, (step) => lookKey(step.person, step.group));
  return found.flatMap((group) => {
    const own = meetingsOf.get(group.id) ?? [];
    return group.mentees.map((member) => {
      const taken = stepsFor.get(lookKey(member.person, group.id)) ?? [];
      const facts: MenteeFacts = {
        timeZone: member.timeZone,
        programmeZone: own[0]?.settings.timezone ?? member.timeZone,
        hasLeft: false,
        askedToLeaveAt: answeredAt(taken, member.person, "leave"),
        pausedUntil: member.pausedUntil,
        saidFineAt: answeredAt(taken, member.person, "fine"),
        isReachable: member.isReachable,
        meetings: own.flatMap((meeting) => {
          const status = attendance.get(meeting.id)?.get(member.person);
          const side = sides.get(meeting.id)?.get(member.person);
          // Only what speaks for them. That a mentee says otherwise than the log goes to the coordinators as a flag: steps that
          // a mentor sees must not follow from it.
          const heard = side?.answer === "there" ? side : undefined;
          const isReplied = replies.has(replyKey(meeting.id, meeting.planVersion, member.person));
          return asMenteeMeeting(meeting, cellOf(meeting.facts, status, member.joinedOn, heard), isReplied);
        }),
      };
      return { group, member, meetings: own, facts, assessment: assessMentee(facts, now), steps: taken };
    });
  });
}

function asMenteeMeeting(
  { key, title, facts: { window, heldOn, plan } }: Meeting,
  cell: MenteeMeeting["cell"],
  isReplied: boolean,
): MenteeMeeting[] {
  if (window === null) return [];
  return [{ key, title, window, cell, heldOn, date: plan === null ? null : { at: plan.at, isReplied } }];
}

function answeredAt(
  steps: readonly StepWithAnswers[],
  mentee: PersonId,
  wanted: "leave" | "fine",
): Temporal.Instant | null {
  return (
    steps.flatMap(({ answers }) => answers).findLast(({ person, answer }) => person === mentee && answer === wanted)
      ?.at ?? null
  );
}

export function lookKey(person: PersonId, group: GroupId): string {
  return `${person}/${group}`;
}

export function asTaken(step: StepWithAnswers): StepTaken {
  const own = step.answers.find(({ person }) => person === step.person);
  return {
    kind: step.kind,
    occasion: step.occasion,
    at: step.at,
    isUndone: step.undoneAt !== null,
    answer: own?.answer ?? null,
    answeredAt: own?.at ?? null,
  };
}
