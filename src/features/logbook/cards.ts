import {
  button,
  card,
  facts,
  note,
  paragraph,
  section,
  type ButtonData,
  type Card,
  type Element,
} from "../../core/card.ts";
import type { GroupId, MeetingId, PersonId } from "../../core/ids.ts";
import { count, sayDay } from "../../core/time.ts";
import { meetingLine, type MeetingOnCard } from "../meetings/cards.ts";
import { asTyped, type Field, type Typed } from "./form/rules.ts";
import type { Entry, MeetingForm, Mentee, Topic } from "./rules.ts";

export const formWords = {
  online: "Online",
  in_person: "In person",
  both: "Both",
} as const satisfies Record<MeetingForm, string>;

export const topicWords = {
  academic_life: "Academic life",
  well_being: "Well-being",
  university_services: "University services",
  social_integration: "Finding friends, settling in",
  study_methods: "How to study",
  exams: "Exams",
  other: "Something else",
} as const satisfies Record<Topic, string>;

export const fieldWords = {
  heldOn: "Held on",
  minutes: "How long, in minutes",
  form: "How you met",
  attended: "Who came",
  topics: "What it was about",
  summary: "What we did",
  reflection: "My reflection",
} as const satisfies Record<Field, string>;

/** What an entry is about. */
export interface Subject {
  readonly meeting: MeetingId;
  readonly title: string;
  readonly group: { readonly id: GroupId; readonly name: string };
  /** The mentee whose catch-up it is. */
  readonly catchUpFor: { readonly person: PersonId; readonly name: string } | null;
}

/** Null: nobody. */
export function namesOf(mentees: readonly Mentee[], which: (mentee: Mentee) => boolean): string | null {
  const names = mentees.filter(which).map((mentee) => mentee.name);
  return names.length === 0 ? null : names.join(", ");
}

/** What is in the logbook, as one of the group's mentors sees it. */
export interface EntryView {
  readonly subject: Subject;
  readonly entry: Entry;
  /** The reader's own. */
  readonly reflection: string;
  readonly mentorName: string;
  readonly mentees: readonly Mentee[];
  /** False for a successor of who wrote it: dates and attendance only. */
  readonly isReadable: boolean;
  /** The last day on which it can be changed, in the reader's zone; null: it is over. */
  readonly editableUntil: Temporal.PlainDate | null;
}

/** @param intro said first, such as thanks */
export function entryCard(view: EntryView, title = titleOf(view.subject), intro: readonly Element[] = []): Card {
  const { subject, entry, reflection, isReadable } = view;
  const missed = subject.catchUpFor === null ? missedBy(view) : [];
  const body: Element[] = [
    ...intro,
    facts([...heldFacts(view), ...(isReadable ? topicFacts(entry) : [])]),
    ...(isReadable
      ? textsOf(entry, reflection)
      : [
          note(
            `Logged by ${view.mentorName}, who looked after the group then. What was written stays with them and the coordinators.`,
          ),
        ]),
    ...(missed.length === 0 ? [] : [catchUps(subject, missed)]),
    note(editWords(view)),
  ];
  const { catchUpFor } = subject;
  const data: ButtonData = { id: subject.meeting, ...(catchUpFor === null ? {} : { person: catchUpFor.person }) };
  const actions = view.editableUntil !== null && isReadable ? [button("Edit", "logbook.edit", data)] : [];
  return card(title, body, actions, `${title}. Held on ${sayDay(entry.heldOn)}, ${count(entry.minutes, "minute")}.`);
}

function titleOf({ title, group, catchUpFor }: Subject): string {
  return catchUpFor === null
    ? `${title} with ${group.name}: in the logbook`
    : `${title}: catch-up with ${catchUpFor.name}`;
}

function heldFacts({ entry, mentees, subject }: EntryView): (readonly [string, string])[] {
  const caughtUp = mentees.filter((mentee) => mentee.caughtUpOn !== null && subject.catchUpFor === null);
  return [
    [fieldWords.heldOn, sayDay(entry.heldOn)],
    ["How long", count(entry.minutes, "minute")],
    [fieldWords.form, formWords[entry.form]],
    [fieldWords.attended, namesOf(mentees, (mentee) => entry.attended.includes(mentee.person)) ?? "nobody"],
    ...caughtUp.map(
      ({ name, caughtUpOn }) => ["Caught up", `${name}, ${caughtUpOn === null ? "" : sayDay(caughtUpOn)}`] as const,
    ),
  ];
}

function topicFacts(entry: Entry): (readonly [string, string])[] {
  return entry.topics.length === 0
    ? []
    : [[fieldWords.topics, entry.topics.map((topic) => topicWords[topic]).join(", ")]];
}

function textsOf(entry: Entry, reflection: string): Element[] {
  return [
    ...(entry.summary === "" ? [] : [section(fieldWords.summary, [paragraph(entry.summary)])]),
    ...(reflection === ""
      ? []
      : [section(`${fieldWords.reflection} (only you and the coordinators)`, [paragraph(reflection)])]),
  ];
}

function missedBy({ mentees }: EntryView): readonly Mentee[] {
  return mentees.filter(
    ({ isActive, status, caughtUpOn }) =>
      isActive && caughtUpOn === null && (status === "absent" || status === "excused"),
  );
}

function catchUps({ meeting }: Subject, missed: readonly Mentee[]): Element {
  return section(
    `Missed it: ${missed.map(({ name }) => name).join(", ")}`,
    [paragraph("That happens. A short chat with them counts as well.")],
    missed.map(({ name, person }) =>
      button(`Add a catch-up with ${name}`, "logbook.catch-up", { id: meeting, person }),
    ),
  );
}

function editWords({ editableUntil, isReadable }: EntryView): string {
  if (!isReadable) return "Is something wrong with it? Ask a coordinator.";
  return editableUntil === null
    ? "The two weeks for changes are over. If something is wrong, ask a coordinator."
    : `You can change this until ${sayDay(editableUntil)}.`;
}

/** How far the group is, this meeting included. */
export interface Progress {
  readonly held: number;
  readonly asked: number;
  readonly isExtra: boolean;
}

/** After a save, and after the same save again. */
export function savedCard(view: EntryView, isFirst: boolean, progress: Progress): Card {
  const { subject } = view;
  const sum = `${progress.held} of ${progress.asked} meetings held`;
  if (!isFirst) return entryCard(view, "Saved", [paragraph(titleOf(subject))]);
  if (subject.catchUpFor !== null) {
    return entryCard(view, `Thank you! ${subject.catchUpFor.name} has caught up`, [paragraph(titleOf(subject))]);
  }
  return entryCard(view, `Thank you! ${subject.title} is in the logbook`, [
    paragraph(
      `${subject.group.name}: ${sum}${progress.isExtra ? ", and this one on top" : ""}. Thank you for making the time.`,
    ),
  ]);
}

/** The entry can no longer be changed; what was typed is given back. */
export function closedCard(view: EntryView, typed: Typed): Card {
  const saved = asTyped(view.entry, view.reflection);
  const lost = (["summary", "reflection"] as const).filter(
    (field) => typed[field] !== "" && typed[field] !== saved[field],
  );
  const words =
    "This can no longer be changed, so what you just sent is not saved. If it should be, ask a coordinator.";
  return entryCard(view, titleOf(view.subject), [
    paragraph(words),
    ...(view.isReadable
      ? lost.map((field) => section(`You typed: ${fieldWords[field].toLowerCase()}`, [paragraph(typed[field])]))
      : []),
  ]);
}

/** To a mentee who came: what was done, without the mentor's reflection. */
export function summaryCard(
  title: string,
  entries: readonly { readonly mentorName: string; readonly entry: Entry }[],
): Card {
  return card(
    title,
    entries.map(({ entry, mentorName }) =>
      section(sayDay(entry.heldOn), [
        facts([
          ["How long", count(entry.minutes, "minute")],
          [fieldWords.form, formWords[entry.form]],
          ...topicFacts(entry),
        ]),
        paragraph(entry.summary === "" ? "Nothing more was written down." : entry.summary),
        note(`Written by ${mentorName}. Coordinators read it too.`),
      ]),
    ),
  );
}

/** Which meeting is it? The likeliest first. */
export function chooseCard(
  groups: readonly { readonly id: GroupId; readonly name: string }[],
  meetings: readonly MeetingOnCard[],
  timeZone: string,
  now: Temporal.Instant,
): Card {
  const line = (meeting: MeetingOnCard): Element[] => [
    paragraph(`${meeting.title} with ${meeting.group.name}`),
    note(meetingLine(meeting.facts, timeZone, now)),
  ];
  const rows = meetings.map((meeting) => {
    const isHeld = meeting.facts.heldOn !== null;
    const open = button(isHeld ? "See the entry" : `Log ${meeting.title}`, "logbook.open", { id: meeting.id });
    return { type: "Container", separator: true, items: [...line(meeting), { type: "ActionSet", actions: [open] }] };
  });
  const several = groups.length > 1;
  return card(
    "Which meeting would you like to log?",
    rows,
    groups.map(({ id, name }) =>
      button(several ? `Another meeting with ${name}` : "Another meeting", "logbook.extra", { group: id }),
    ),
  );
}

export const elsewhere = 'Let\'s do that in our own chat, so that only you see it: write "log" to me there.';
export const readElsewhere = "I'll show you that in our own chat: press the button there.";
export const wasThere = "They were there, so there is nothing to catch up on.";
export const notHeldYet = "Log the meeting itself first; then you can add a catch-up for who missed it.";
export const notWrittenDown = "There is nothing written down yet that I could show you. Your mentor can tell you more.";
