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
  /** As it looks to a mentor, who knows the log and nothing of what mentees say of it: all that a mentor may notice. */
  readonly openly: Assessment;
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
      const factsWith = (isByBoth: boolean): MenteeFacts => ({
        timeZone: member.timeZone,
        programmeZone: own[0]?.settings.timezone ?? member.timeZone,
        hasLeft: false,
        askedToLeaveAt: answeredAt(taken, member.person, "leave"),
        pausedUntil: member.pausedUntil,
        saidFineAt: answeredAt(taken, member.person, "fine"),
        isReachable: member.isReachable,
        meetings: own.flatMap((meeting) => {
          const status = attendance.get(meeting.id)?.get(member.person);
          const isReplied = replies.has(replyKey(meeting.id, meeting.planVersion, member.person));
          const side = isByBoth ? sides.get(meeting.id)?.get(member.person) : undefined;
          return asMenteeMeeting(meeting, cellOf(meeting.facts, status, member.joinedOn, side), isReplied);
        }),
      });
      const facts = factsWith(true);
      const openly = assessMentee(factsWith(false), now);
      return { group, member, meetings: own, facts, assessment: assessMentee(facts, now), openly, steps: taken };
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
