import type { Card } from "../../core/card.ts";
import type { Db } from "../../core/db.ts";
import type { Deps, Message, Reply, Speaker, Turn } from "../../core/feature.ts";
import { as, type PersonId } from "../../core/ids.ts";
import type { OutgoingMessage } from "../../core/ports.ts";
import { isGoodTime, nextGoodMoment, rhythmOf } from "../calendar/rules.ts";
import { hearAgain } from "../notices/held/service.ts";
import { listProgrammes, loadGroups } from "../programme/store.ts";
import type { Group } from "../programme/store.ts";
import { installationCard, welcomeCard } from "./cards.ts";
import type { NewRole } from "./cards.ts";
import { reportInstallations } from "./rules.ts";
import { claimGreetings, claimWelcome, findNewcomer, greetLater, listInstallations } from "./store.ts";
import type { Newcomer } from "./store.ts";

/** Says hello the first time that somebody of the programme can be reached, and never again. */
export async function welcome(deps: Deps, speaker: Speaker | null, now: Temporal.Instant): Promise<Reply> {
  if (speaker === null || speaker.isWelcomed || speaker.memberships.length === 0) return { kind: "nothing" };
  if (!(await claimWelcome(deps.db, speaker.person, now))) return { kind: "nothing" };
  return { kind: "card", card: await drawWelcome(deps.db, speaker, false) };
}

async function drawWelcome(db: Db, newcomer: Newcomer, isUnasked: boolean): Promise<Card> {
  const { memberships, name } = newcomer;
  const groups = await loadGroups(
    db,
    memberships.flatMap(({ group }) => (group === null ? [] : [group])),
  );
  const programmes = (await listProgrammes(db)).filter(({ id }) =>
    memberships.some(({ programme }) => programme === id),
  );
  const roles = memberships.flatMap(({ role, group: id, programme }): NewRole[] => {
    if (role === "coordinator") {
      return [{ role, programme: programmes.find((each) => each.id === programme)?.name ?? "" }];
    }
    const group = groups.find((each) => each.id === id);
    return group === undefined ? [] : [asNewRole(role, group, newcomer.person)];
  });
  const about = programmes.map(({ name, settings }) => ({ name, meetings: settings.meetings.length }));
  return welcomeCard({ name, programmes: about, roles, isUnasked });
}

/** Each is a query or two; what is left waits for the next tick. */
const greetingsAtOnce = 50;

/**
 * Whoever sits in a chat with the bot without having opened it is said hello to in a chat of their own, when that is a good
 * time for them: the delivery opens it, if Teams lets it. Nothing else is said unasked before that.
 */
export async function greetNewcomers(deps: Deps, now: Temporal.Instant): Promise<void> {
  await deps.db.transaction(async (tx) => {
    const programmes = await listProgrammes(tx);
    for (const person of await claimGreetings(tx, now, greetingsAtOnce)) {
      const newcomer = await findNewcomer(tx, person);
      const [first] = newcomer?.memberships ?? [];
      const programme = programmes.find(({ id }) => id === first?.programme);
      if (newcomer === null || newcomer.isWelcomed || first === undefined || programme === undefined) {
        await greetLater(tx, person, null);
        continue;
      }
      const rhythm = rhythmOf(programme.settings, first.role === "mentee" ? "mentees" : "mentors", newcomer.timeZone);
      const isGood = isGoodTime(now, rhythm);
      if (isGood) await deps.outbox.enqueue(tx, [helloTo(person, now)]);
      // What becomes of the hello ends this; asked again before that, the same hello is not said twice.
      const tomorrow = now.add({ hours: 24 });
      await greetLater(
        tx,
        person,
        isGood ? tomorrow : (nextGoodMoment(now, now.add(longestQuiet), rhythm) ?? tomorrow),
      );
    }
  });
}

/** No blackout is likely to be longer. */
const longestQuiet = { hours: 24 * 31 };

function helloTo(person: PersonId, now: Temporal.Instant): OutgoingMessage {
  return {
    kind: "welcome.hello",
    ref: { person },
    to: { person },
    dedupeKey: `welcome.hello:${person}@1:seated:${person}`,
    dueAt: now,
    usefulUntil: null,
    priority: "planned",
    subjects: [],
  };
}

/** First contact by the bot itself. */
export const helloMessage: Message = {
  kind: "welcome.hello",
  what: "the first hello",
  whenUncertain: "once",
  wanted: async (db, ref) => {
    const newcomer = await findNewcomer(db, personIn(ref));
    if (newcomer === null) return { wanted: false, reason: "no longer in a programme" };
    return newcomer.isWelcomed ? { wanted: false, reason: "they have opened the bot themselves" } : { wanted: true };
  },
  render: async ({ db }, ref) => {
    const newcomer = await findNewcomer(db, personIn(ref));
    if (newcomer === null) throw new Error("A newcomer is not there.");
    return await drawWelcome(db, newcomer, true);
  },
  settled: async (db, ref, outcome, now) => {
    const person = personIn(ref);
    if (outcome === "sent" || outcome === "uncertain") await claimWelcome(db, person, now);
    await greetLater(db, person, null);
    await hearAgain(db, person, now);
  },
};

function personIn(ref: Readonly<Record<string, string>>): PersonId {
  return as<PersonId>(ref["person"] ?? "");
}

function asNewRole(role: "mentor" | "mentee", group: Group, self: PersonId): NewRole {
  const mentors = group.mentors.filter(({ person }) => person !== self).map(({ name }) => name);
  const mentees = group.mentees.filter(({ person }) => person !== self).map(({ name }) => name);
  return role === "mentee"
    ? { role, group: group.name, mentors, others: mentees }
    : { role, group: group.name, mentees, otherMentors: mentors };
}

/** For a coordinator: who has not installed the bot, group by group. */
export async function showNotInstalled(deps: Deps, turn: Turn): Promise<Reply> {
  const own = turn.speaker.memberships.filter(({ role }) => role === "coordinator").map(({ programme }) => programme);
  const programmes = (await listProgrammes(deps.db)).filter(({ id }) => own.includes(id));
  const rows = await listInstallations(deps.db, own);
  const reports = programmes.map(({ id, name }) => ({
    name,
    report: reportInstallations(rows.filter(({ programme }) => programme === id)),
  }));
  return { kind: "card", card: installationCard(reports) };
}
