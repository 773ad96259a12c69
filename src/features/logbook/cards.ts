import { z } from "zod/v4";
import {
  button,
  card,
  choiceInput,
  dateInput,
  facts,
  note,
  numberInput,
  paragraph,
  problem,
  section,
  textInput,
  type Action,
  type ButtonData,
  type Card,
  type Element,
} from "../../core/card.ts";
import { as, type GroupId, type MeetingId, type PersonId } from "../../core/ids.ts";
import { count, sayDay } from "../../core/time.ts";
import { meetingLine, type MeetingOnCard } from "../meetings/cards.ts";
import {
  asTyped,
  longestText,
  minutesAllowed,
  readDay,
  type Entry,
  type Field,
  type MeetingForm,
  type Mentee,
  type Problem,
  type Problems,
  type Topic,
  type Typed,
} from "./rules.ts";

const formWords = {
  online: "Online",
  in_person: "In person",
  both: "Both",
} as const satisfies Record<MeetingForm, string>;

const topicWords = {
  academic_life: "Academic life",
  well_being: "Well-being",
  university_services: "University services",
  social_integration: "Finding friends, settling in",
  study_methods: "How to study",
  exams: "Exams",
  other: "Something else",
} as const satisfies Record<Topic, string>;

const fieldWords = {
  heldOn: "Held on",
  minutes: "How long, in minutes",
  form: "How you met",
  attended: "Who came",
  topics: "What it was about",
  summary: "What we did",
  reflection: "My reflection",
} as const satisfies Record<Field, string>;

const problemWords = {
  "no-day": "on which day was it?",
  "no-such-day": "that is no day in the calendar.",
  "in-the-future": "that day is still to come. Log the meeting once it has taken place.",
  "before-the-year": "that is before the programme's year began.",
  "no-minutes": "how many minutes was it? A whole number, such as 45.",
  "too-few-minutes": `that is very short: ${minutesAllowed.least} minutes at least.`,
  "too-many-minutes": `that is very long: ${minutesAllowed.most} minutes at most.`,
  "no-form": "choose how you met.",
  "nobody-came": 'tick who came. If nobody could, that happens: choose "It could not be" instead.',
  "not-of-this-group": "somebody ticked here is not a mentee of this group.",
  "not-there-that-day": "somebody ticked here was not in the group on that day. Check the day, or untick them.",
  "unknown-topic": "one of these topics is not on the list.",
  "too-long": `that is longer than ${longestText} characters. Could you shorten it a little?`,
} as const satisfies Record<Problem, string>;

/** What a form is about. */
export interface Subject {
  readonly meeting: MeetingId;
  readonly title: string;
  readonly group: { readonly id: GroupId; readonly name: string };
  /** The mentee whose catch-up it is. */
  readonly catchUpFor: { readonly person: PersonId; readonly name: string } | null;
}

export interface EntryForm {
  readonly subject: Subject;
  /** The version of the entry that the form is based on; 0: none. */
  readonly version: number;
  /** The meeting is added to the group's with the first save. */
  readonly isNewMeeting: boolean;
  readonly typed: Typed;
  readonly mentees: readonly Mentee[];
  readonly yearStarts: Temporal.PlainDate;
  readonly today: Temporal.PlainDate;
  readonly problems: Problems;
  /** Somebody saved since the form was opened. */
  readonly conflict: {
    /** Null: the same person, elsewhere. */
    readonly by: string | null;
    readonly fields: readonly Field[];
    readonly saved: Typed;
  } | null;
}

export function entryForm(form: EntryForm): Card {
  const { subject, typed, conflict, problems } = form;
  const about = subject.catchUpFor === null ? null : subject.catchUpFor.name;
  const name =
    about === null ? `${subject.title} with ${subject.group.name}` : `${subject.title}: catch-up with ${about}`;
  const title = form.version === 0 ? `Log it: ${name}` : `Change the entry: ${name}`;
  const before = (field: Field): Element[] => {
    const wrong = problems[field];
    return [
      ...(conflict?.fields.includes(field) === true
        ? [note(`Saved now: ${sayField(field, conflict.saved, form.mentees)}`)]
        : []),
      ...(wrong === undefined ? [] : [problem(problemWords[wrong])]),
    ];
  };
  const body: Element[] = [
    ...(conflict === null ? [] : conflictWords(conflict)),
    ...before("heldOn"),
    dateInput({
      id: "heldOn",
      label: fieldWords.heldOn,
      value: typed.heldOn,
      min: form.yearStarts.toString(),
      max: form.today.toString(),
      required: true,
    }),
    ...before("minutes"),
    numberInput({
      id: "minutes",
      label: fieldWords.minutes,
      value: typed.minutes,
      min: minutesAllowed.least,
      max: minutesAllowed.most,
      required: true,
    }),
    ...before("form"),
    choiceInput({
      id: "form",
      label: fieldWords.form,
      value: typed.form,
      choices: choicesOf(formWords),
      required: true,
    }),
    ...(about === null ? [...before("attended"), attendedInput(form)] : []),
    ...before("topics"),
    choiceInput({
      id: "topics",
      label: fieldWords.topics,
      value: typed.topics,
      choices: choicesOf(topicWords),
      many: true,
    }),
    ...before("summary"),
    textField(
      "summary",
      typed,
      `${fieldWords.summary}. Coordinators read this and mentees may ask to: please no health or family details.`,
    ),
    ...(about === null
      ? [
          ...before("reflection"),
          textField("reflection", typed, `${fieldWords.reflection}. Only you and the coordinators read this.`),
        ]
      : []),
  ];
  return card(
    title,
    body,
    actionsOf(form),
    `${title}. This form needs a newer version of Teams; your coordinators can help.`,
  );
}

function attendedInput({ mentees, typed }: EntryForm): Element {
  return choiceInput({
    id: "attended",
    label: fieldWords.attended,
    value: typed.attended,
    choices: mentees.map((mentee) => ({
      title:
        mentee.isActive || mentee.leftOn === null
          ? mentee.name
          : `${mentee.name} (in the group until ${sayDay(mentee.leftOn)})`,
      value: mentee.person,
    })),
    many: true,
  });
}

/** What is too long is shown whole, so that its writer can shorten it. */
function textField(id: "summary" | "reflection", typed: Typed, label: string): Element {
  return textInput({
    id,
    label,
    value: typed[id],
    maxLength: Math.max(longestText, typed[id].length),
    multiline: true,
  });
}

function choicesOf(words: Readonly<Record<string, string>>): { title: string; value: string }[] {
  return Object.entries(words).map(([value, title]) => ({ title, value }));
}

function actionsOf({ subject, version, isNewMeeting, problems }: EntryForm): readonly Action[] {
  const id = { id: subject.meeting };
  if (subject.catchUpFor !== null) {
    return [button("Save", "logbook.save", { ...id, person: subject.catchUpFor.person, version }, "positive")];
  }
  const data = { ...id, version, ...(isNewMeeting ? { group: subject.group.id } : {}) };
  const isNobody = problems.attended === "nobody-came" && version === 0 && !isNewMeeting;
  return [
    button("Save", "logbook.save", data, "positive"),
    ...(isNobody ? [button("It could not be", "meetings.excuse-form", id)] : []),
    ...(version === 0 ? [button("Another meeting", "logbook.choose")] : []),
  ];
}

function conflictWords({ by, fields }: NonNullable<EntryForm["conflict"]>): Element[] {
  const who = by === null ? "You saved this on another device or from another card" : `${by} saved this`;
  const what = fields.map((field) => fieldWords[field].toLowerCase()).join(", ");
  return [
    paragraph(`${who} since you opened the form. It differs in: ${what}.`),
    note(
      "Nothing is lost: below is what you typed, and above it what is saved now. Save again to keep what the form says.",
    ),
  ];
}

function sayField(field: Field, typed: Typed, mentees: readonly Mentee[]): string {
  const text = typed[field];
  const chosen = text.split(",");
  const words: Readonly<Record<string, string>> = field === "form" ? formWords : topicWords;
  if (field === "heldOn") return sayHeld(text);
  if (field === "attended") return namesOf(mentees, (mentee) => chosen.includes(mentee.person)) ?? "nobody";
  if (field === "form" || field === "topics")
    return text === "" ? "nothing" : chosen.map((key) => words[key] ?? key).join(", ");
  return text === "" ? "nothing" : text;
}

function sayHeld(text: string): string {
  const day = readDay(text);
  return day === null ? text : sayDay(day);
}

function namesOf(mentees: readonly Mentee[], which: (mentee: Mentee) => boolean): string | null {
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

function id<Id extends string>() {
  return z.uuid().transform((text) => as<Id>(text.toLowerCase()));
}

const text = z.union([z.string(), z.number().transform(String)]).catch("");
/** A null byte has no place in PostgreSQL's text, half a character in no text at all. */
const words = text.transform((typed) =>
  typed
    .replaceAll(/\r\n?/g, "\n")
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "")
    .toWellFormed()
    .trim(),
);

/** What the buttons of this feature carry. `person`: the mentee whose catch-up it is about. */
export const aboutEntry = z.object({ id: id<MeetingId>(), person: id<PersonId>().nullable().default(null) });
export type AboutEntry = z.output<typeof aboutEntry>;
export const aboutGroup = z.object({ group: id<GroupId>() });

/** What the form sends: strings, lists joined by commas, nothing for what was left empty. */
export const entryAnswer = aboutEntry.extend({
  /** Only for a meeting that is added with this save. */
  group: id<GroupId>().nullable().default(null),
  // More versions than anybody saves in two weeks, and few enough for PostgreSQL's integers.
  version: z.coerce.number().int().min(0).max(1_000_000).catch(0),
  heldOn: words,
  minutes: words,
  form: words,
  attended: words,
  topics: words,
  summary: words,
  reflection: words,
});
export type EntryAnswer = z.output<typeof entryAnswer>;
