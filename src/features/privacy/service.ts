import type { Db } from "../../core/db.ts";
import { UserError } from "../../core/errors.ts";
import type { Deps, Reply, Turn } from "../../core/feature.ts";
import type { PersonId, ProgrammeId } from "../../core/ids.ts";
import type { Outbox } from "../../core/ports.ts";
import { count, dayIn, sayDay } from "../../core/time.ts";
import { removeQuestions } from "../flags/service.ts";
import { countFlags } from "../flags/store.ts";
import { countAbout, eraseTexts } from "../logbook/records/store.ts";
import { subjectOf } from "../meetings/rules.ts";
import { meetingsAround } from "../meetings/store.ts";
import { topicOf } from "../outreach/rules.ts";
import { countOutreach, eraseOutreach } from "../outreach/store.ts";
import { countAnswers, eraseAnswers } from "../planning/store.ts";
import { answersSubject } from "../planning/rules.ts";
import { addAuditRow } from "../programme/store.ts";
import { countReplies } from "../sides/store.ts";
import { myDataCard } from "./cards.ts";
import type { DataPart } from "./cards.ts";
import { countTraces, endRoles, erasePersonRow, findStoredPerson } from "./store.ts";
import type { StoredPerson } from "./store.ts";

type Describe = (db: Db, person: StoredPerson, timeZone: string) => Promise<readonly DataPart[]>;

/** Every feature that keeps something about people tells it here, and takes it away in `erasePerson`. */
const parts: readonly Describe[] = [
  describePerson,
  describeMeetings,
  describeQuestions,
  describeOutreach,
  describeTraces,
];

/** What is stored about whoever asks, and who can read each part. */
export async function showMyData(deps: Deps, turn: Turn): Promise<Reply> {
  const person = await findStoredPerson(deps.db, { id: turn.speaker.person });
  if (person === null) throw new Error("A speaker is not in the tables.");
  const described: DataPart[] = [];
  for (const describe of parts) described.push(...(await describe(deps.db, person, turn.speaker.timeZone)));
  return { kind: "card", card: myDataCard(described) };
}

async function describePerson(_db: Db, person: StoredPerson, timeZone: string): Promise<readonly DataPart[]> {
  const roles = person.roles.map(({ role, programmeName, group, joinedOn, isActive }) => {
    const where = group === null ? programmeName : `${group}, ${programmeName}`;
    return `${isActive ? "" : "formerly "}${role} (${where}) since ${sayDay(joinedOn)} ${joinedOn.year}`;
  });
  const zone = person.timeZone === null ? "" : ` Your time zone is ${person.timeZone}.`;
  const seen =
    person.lastSeen === null ? "" : ` I last noted a sign of you on ${sayDay(dayIn(person.lastSeen, timeZone))}.`;
  const pause = person.pausedUntil === null ? "" : ` You asked for no reminders before ${sayDay(person.pausedUntil)}.`;
  return [
    {
      title: "Who you are",
      summary: `${person.name}, ${person.email ?? "no e-mail"}. ${count(roles.length, "role")}: ${roles.join("; ")}.${zone}`,
      readers:
        "the coordinators. Your name and role: your group. Your e-mail: your mentors, in a button that opens a new chat of the group.",
    },
    {
      title: "How I find you in Teams",
      summary: `${person.hasEntraId || person.hasRosterId ? "The number that Teams knows you by" : "No number from Teams yet"}, and ${person.hasAddress ? "the address of our chat" : "no address of our chat"}.${seen}${pause}`,
      readers: "nobody. Coordinators see whether you have installed me, and when I last noted a sign of you.",
    },
  ];
}

async function describeMeetings(db: Db, { id, roles }: StoredPerson): Promise<readonly DataPart[]> {
  const { entries, reflections, held, missed } = await countAbout(db, id);
  const [answers, replies] = [await countAnswers(db, id), await countReplies(db, id)];
  const had = (role: string): boolean => roles.some((each) => each.role === role);
  return [
    ...(had("mentee") || held + missed + answers + replies > 0
      ? [
          {
            title: "Your meetings",
            summary: `Your mentors wrote that you were at ${count(held, "meeting")}, and that ${missed} took place without you.`,
            readers: "your mentors and the coordinators.",
          },
          {
            title: "What you said about meetings",
            summary: `${count(replies, "answer")}: that you were there, could not come, or that it did not take place, and each change.`,
            readers: "the coordinators. Never your mentors.",
          },
          {
            title: "Your answers to dates",
            summary: `${count(answers, "answer")}: yes, no, or another time.`,
            readers: "your mentors.",
          },
        ]
      : []),
    ...(had("mentor") || entries + reflections > 0
      ? [
          {
            title: "Your logbook",
            summary: `${count(entries, "entry", "entries")}: the day, how long, who came, topics, what you did. Each sentence is yours if you saved it first; one that a co-mentor has reworded is theirs, and would stay if you were removed.`,
            readers: "the group's mentors and the coordinators. What you did: your mentees too, if they ask for it.",
          },
          {
            title: "Your reflections",
            summary: `${count(reflections, "reflection")}.`,
            readers: "you and the coordinators.",
          },
        ]
      : []),
  ];
}

async function describeQuestions(db: Db, { id, roles }: StoredPerson): Promise<readonly DataPart[]> {
  const { asked, wished, taken } = await countFlags(db, id);
  const isCoordinator = roles.some(({ role }) => role === "coordinator");
  return [
    {
      title: "Questions to the coordinators",
      summary: `You asked ${count(asked, "question")}${isCoordinator || taken > 0 ? ` and took ${taken}` : ""}.`,
      readers: "the coordinators, and who asked.",
    },
    ...(wished === 0
      ? []
      : [
          {
            title: "When you asked for a person",
            summary: `${wished === 1 ? "Once" : `${wished} times`}: that somebody gets in touch, that a meeting did not take place, or a change of mentor.`,
            readers: "whom you asked: the coordinators without your mentors, or your mentors where you chose them.",
          },
        ]),
  ];
}

async function describeOutreach(db: Db, { id }: StoredPerson): Promise<readonly DataPart[]> {
  const { steps, answers, isHost } = await countOutreach(db, id);
  if (steps + answers === 0 && !isHost) return [];
  return [
    {
      title: "When meetings did not work out",
      summary: `${count(steps, "step")} for you, such as asking what would suit you, and ${count(answers, "answer")} of yours to such a question or to a joint session.${isHost ? " You are open to guests." : ""} How you stand is worked out from meetings, attendance, replies to dates and time; never from check-ins.`,
      readers:
        "the coordinators. Your mentors: only what you said to a joint session. That you would like another mentor, or to leave: the coordinators only.",
    },
  ];
}

async function describeTraces(db: Db, { id }: StoredPerson): Promise<readonly DataPart[]> {
  const { reminders, refused } = await countTraces(db, id);
  return [
    {
      title: "What I did",
      summary: `I reminded you ${reminders === 1 ? "once" : `${reminders} times`}, and keep of each message what kind it was and whether it arrived. ${count(refused, "try", "tries")} of yours at something that others may do: what and when, no words.`,
      readers: "administrators.",
    },
  ];
}

export interface ErasureDeps {
  readonly db: Db;
  readonly outbox: Pick<Outbox, "forget" | "refresh">;
  /** A programme has lost somebody: what was to be said to and about them is planned anew. In the same transaction. */
  readonly onLeft: (tx: Db, programme: ProgrammeId) => Promise<void>;
}

/** What was taken away, in counts. */
export interface Erasure {
  readonly person: PersonId;
  readonly roles: number;
  readonly questions: number;
  /** Of the logbook, with words of theirs. */
  readonly entries: number;
  readonly reflections: number;
  readonly answers: number;
}

/**
 * Removes a person for an administrator: name, addresses, ids and the words that they wrote. Counts stay. Messages that
 * still wait for them are cancelled. Throws a `UserError` when nobody has that address.
 */
export async function erasePerson(deps: ErasureDeps, email: string, now: Temporal.Instant): Promise<Erasure> {
  const address = email.trim().toLowerCase();
  return await deps.db.transaction(async (tx) => {
    const person = await findStoredPerson(tx, { email: address });
    if (person === null) throw new UserError(`Nobody here has the address ${address}. Nothing was changed.`);
    const { id, roles } = person;
    const { reflections } = await countAbout(tx, id);

    const questions = await removeQuestions({ db: tx, outbox: deps.outbox }, id, now);
    const entries = await eraseTexts(tx, id);
    const outreach = await eraseOutreach(tx, id);
    const answers = (await eraseAnswers(tx, id)) + outreach.answers;
    const around = await meetingsAround(tx, id);
    await deps.outbox.refresh(
      tx,
      [...around.map(subjectOf), ...around.map(answersSubject), ...outreach.steps.map(topicOf)],
      now,
    );
    await deps.outbox.forget(tx, id, now);
    const zones = new Map(roles.map(({ programme, timeZone }) => [programme, timeZone]));
    for (const [programme, timeZone] of zones) await endRoles(tx, id, programme, dayIn(now, timeZone));
    await erasePersonRow(tx, id, now);
    await addAuditRow(tx, { what: "privacy.erase", subject: id, person: null, at: now });
    for (const programme of zones.keys()) await deps.onLeft(tx, programme);
    return { person: id, roles: roles.length, questions, entries, reflections, answers };
  });
}
