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
  type Action,
  type Card,
  type Element,
} from "../../../core/card.ts";
import { as, type GroupId, type MeetingId, type PersonId } from "../../../core/ids.ts";
import { sayDay } from "../../../core/time.ts";
import { fieldWords, formWords, namesOf, topicWords, type Subject } from "../cards.ts";
import type { Mentee } from "../rules.ts";
import { longestText, minutesAllowed, readDay, type Field, type Problem, type Problems, type Typed } from "./rules.ts";

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
