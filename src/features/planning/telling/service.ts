import type { Deps } from "../../../core/feature.ts";
import type { MeetingId, PersonId } from "../../../core/ids.ts";
import type { OutgoingMessage } from "../../../core/ports.ts";
import type { Meeting } from "../../meetings/store.ts";
import { subjectOf } from "../../meetings/rules.ts";
import { addNotices, dropNotices } from "../../notices/service.ts";
import type { NewNotice } from "../../notices/store.ts";
import type { Member } from "../../programme/store.ts";
import { answersSubject, seriesStart } from "../rules.ts";
import { heardOf } from "../store.ts";
import type { Loaded } from "../view/service.ts";

/** A new plan, or a change of one, to all whom it concerns. */
export async function tellPlan(
  deps: Deps,
  { meeting, history }: Loaded,
  plan: { readonly version: number; readonly at: Temporal.Instant },
  mentor: PersonId,
  now: Temporal.Instant,
): Promise<void> {
  const { version, at } = plan;
  const start = seriesStart(history, version);
  const { chat } = meeting.group;
  const what = version === start ? "invitation" : "moved";
  await deps.outbox.enqueue(deps.db, [
    toMentor(meeting, mentor, start, now),
    ...(chat === null ? [] : [toChat(meeting, chat, what, version, at, now)]),
  ]);
  // Who makes the plan need not hear any more of an earlier one by the other mentor.
  await dropNotices(deps.db, planTopic(meeting.id), mentor);
  await addNotices(deps, inviteOneByOne(meeting, mentor, version, start, at, now), now);
}

/** An answer to what the mentor did, once for all changes of a plan: the card is kept true. */
function toMentor(meeting: Meeting, mentor: PersonId, start: number, now: Temporal.Instant): OutgoingMessage {
  return {
    kind: "planning.mentor-view",
    ref: { meeting: meeting.id, mentor },
    to: { person: mentor },
    dedupeKey: `planning.mentor-view:${meeting.id}@${start}:plan:${mentor}`,
    dueAt: now,
    usefulUntil: null,
    priority: "answer",
    subjects: [subjectOf(meeting.id), answersSubject(meeting.id)],
  };
}

function toChat(
  meeting: Meeting,
  chat: NonNullable<Meeting["group"]["chat"]>,
  what: "invitation" | "moved" | "called-off-in-chat",
  version: number,
  usefulUntil: Temporal.Instant,
  now: Temporal.Instant,
): OutgoingMessage {
  return {
    kind: `planning.${what}`,
    ref: { meeting: meeting.id, plan: String(version), chat },
    to: { chat },
    dedupeKey: `planning.${what}:${meeting.id}@${version}:plan:${chat}`,
    dueAt: now,
    usefulUntil,
    priority: "planned",
    subjects: [subjectOf(meeting.id)],
  };
}

/** The other mentor always; the mentees where no chat tells them. */
function inviteOneByOne(
  meeting: Meeting,
  mentor: PersonId,
  version: number,
  start: number,
  usefulUntil: Temporal.Instant,
  now: Temporal.Instant,
): readonly NewNotice[] {
  const hasChat = meeting.group.chat !== null;
  const others = meeting.group.mentors.filter(({ person, awayUntil }) => person !== mentor && awayUntil === null);
  return [
    // Where a chat tells of changes, their card is only kept true.
    ...others.map(({ person }) =>
      asNotice(meeting, person, "mentor", "planning.planned", version, hasChat ? start : version),
    ),
    ...(hasChat ? [] : meeting.group.mentees).map(({ person }) =>
      asNotice(meeting, person, "mentee", "planning.invited", version, version),
    ),
  ].map((notice) => ({ ...notice, dueAt: now, usefulUntil }));
}

function asNotice(
  meeting: Meeting,
  person: PersonId,
  role: "mentor" | "mentee",
  kind: string,
  version: number,
  occasion: number,
): Omit<NewNotice, "dueAt" | "usefulUntil"> {
  return {
    person,
    programme: meeting.group.programme,
    role,
    kind,
    ref: { meeting: meeting.id, plan: String(version) },
    topic: planTopic(meeting.id),
    dedupeKey: `${kind}:${meeting.id}@${occasion}:${person}`,
  };
}

/** Whoever was invited hears of it once, where they were invited. */
export async function tellCalledOff(
  deps: Deps,
  { meeting, history }: Loaded,
  startsAt: Temporal.Instant,
  mentor: PersonId,
  now: Temporal.Instant,
): Promise<void> {
  const { chat, mentors, mentees } = meeting.group;
  const version = meeting.planVersion + 1;
  const start = seriesStart(history, version);
  const heard = await heardOf(deps.db, planTopic(meeting.id), ["planning.invited", "planning.planned"], start);
  await dropNotices(deps.db, planTopic(meeting.id));
  const isPosted = history.some((each) => each.version >= start && each.isPosted);
  // The invitation may be on its way: whether the chat saw it is asked again when this is sent.
  if (chat !== null && (isPosted || !mentees.some(({ person }) => heard.includes(person)))) {
    await deps.outbox.enqueue(deps.db, [toChat(meeting, chat, "called-off-in-chat", version, startsAt, now)]);
    return;
  }
  const isToHear = ({ person, awayUntil }: Member): boolean =>
    person !== mentor && awayUntil === null && (isPosted || heard.includes(person));
  const notices = [...mentors, ...mentees]
    .filter(isToHear)
    .map(({ person, role }) =>
      asNotice(meeting, person, role === "mentor" ? "mentor" : "mentee", "planning.called-off", version, version),
    );
  await addNotices(
    deps,
    notices.map((notice) => ({ ...notice, dueAt: now, usefulUntil: startsAt })),
    now,
  );
}

function planTopic(meeting: MeetingId): string {
  return `plan:${meeting}`;
}

export function wishTopic(meeting: MeetingId): string {
  return `wanted:${meeting}`;
}
