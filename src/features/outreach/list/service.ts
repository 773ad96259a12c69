import type { Db } from "../../../core/db.ts";
import { NotAllowed } from "../../../core/errors.ts";
import type { Deps, Reply, Turn } from "../../../core/feature.ts";
import type { ProgrammeId } from "../../../core/ids.ts";
import { dropNotices } from "../../notices/service.ts";
import { groupsOfProgramme, listProgrammes, type Programme } from "../../programme/store.ts";
import { parse } from "../cards.ts";
import { asTaken, loadMentees, type Mentee } from "../facts/service.ts";
import { isOnList, isSnoozed, snoozeHours } from "../ladder/rules.ts";
import { assessGroup, standings, topicOf, type GroupFacts, type Standing } from "../rules.ts";
import { changed } from "../service.ts";
import { addSteps, findStep, formerMentees, lockStep, markUndone, type StepWithAnswers } from "../store.ts";
import { listCard, type ListedMentee, type ListView } from "./cards.ts";

/** The word of the coordinators: who has gone quiet in each of their programmes. */
export async function showList(deps: Deps, turn: Turn, first: readonly string[] = []): Promise<Reply> {
  const own = new Set(
    turn.speaker.memberships.flatMap(({ role, programme }) => (role === "coordinator" ? [programme] : [])),
  );
  const views: ListView[] = [];
  for (const programme of (await listProgrammes(deps.db)).filter(({ id }) => own.has(id))) {
    views.push(await viewOf(deps.db, programme, turn.now));
  }
  return { kind: "card", card: listCard(views, turn.speaker.timeZone, first) };
}

/** How everybody stands: each mentee and each group once. */
export async function viewOf(db: Db, programme: Programme, now: Temporal.Instant): Promise<ListView> {
  const groups = await groupsOfProgramme(db, programme.id);
  const mentees = await loadMentees(
    db,
    groups.map(({ id }) => id),
    now,
  );
  const present = new Set(mentees.map(({ member }) => member.person));
  const gone = new Set((await formerMentees(db, programme.id)).map(({ person }) => person)).difference(present);
  const ofGroup = Map.groupBy(mentees, ({ group }) => group.id);
  const assessed = groups.map((group) => ({
    name: group.name,
    ...assessGroup(groupFacts(programme, group.mentors, ofGroup.get(group.id) ?? []), now),
  }));
  const onList = mentees.filter(({ assessment, steps }) => isOnList(assessment, steps.map(asTaken)));
  const isLater = ({ steps }: Mentee): boolean => isSnoozed(steps.map(asTaken), now);
  return {
    programme: programme.name,
    mentees: countStandings([
      ...mentees.map(({ assessment }) => assessment.standing),
      ...[...gone].map(() => "left" as const),
    ]),
    groups: countStandings(assessed.map(({ standing }) => standing)),
    listed: onList
      .filter((mentee) => !isLater(mentee))
      .map(asListed)
      .toSorted(longestFirst),
    snoozed: onList.filter(isLater).flatMap(asSnoozed),
    groupsAtRisk: assessed.filter(({ standing }) => standing === "at_risk"),
  };
}

function groupFacts({ settings }: Programme, mentors: GroupFacts["mentors"], mentees: readonly Mentee[]): GroupFacts {
  const [any] = mentees;
  return {
    programmeZone: settings.timezone,
    mentors,
    mentees: mentees.map(({ assessment }) => assessment.standing),
    meetings: (any?.meetings ?? []).flatMap(({ title, facts: { window, heldOn, excused } }) =>
      window === null ? [] : [{ title, window, heldOn, isExcused: excused !== null }],
    ),
  };
}

function countStandings(found: readonly Standing[]): Readonly<Record<Standing, number>> {
  const count = (wanted: Standing): number => found.filter((standing) => standing === wanted).length;
  const [on_track, needs_a_nudge, at_risk, paused, left] = standings.map(count);
  return {
    on_track: on_track ?? 0,
    needs_a_nudge: needs_a_nudge ?? 0,
    at_risk: at_risk ?? 0,
    paused: paused ?? 0,
    left: left ?? 0,
  };
}

function asListed({ member, group, assessment, steps }: Mentee): ListedMentee {
  const live = steps.filter(({ undoneAt, kind }) => undoneAt === null && kind !== "snooze");
  const last = live.at(-1);
  return {
    name: member.name,
    groupName: group.name,
    evidence: assessment.evidence,
    since: assessment.since,
    listStep: live.findLast(({ kind }) => kind === "list")?.id ?? "",
    last:
      last === undefined
        ? null
        : {
            id: last.id,
            kind: last.kind,
            at: last.at,
            answer: last.answers.find(({ person }) => person === member.person)?.answer ?? null,
          },
  };
}

function asSnoozed({ member, steps }: Mentee): ListView["snoozed"] {
  const snooze = steps.findLast(({ kind, undoneAt }) => kind === "snooze" && undoneAt === null);
  return snooze === undefined
    ? []
    : [{ step: snooze.id, name: member.name, until: snooze.at.add({ hours: snoozeHours }) }];
}

function longestFirst(a: ListedMentee, b: ListedMentee): number {
  if (a.since === null || b.since === null) return Number(a.since === null) - Number(b.since === null);
  return Temporal.Instant.compare(a.since, b.since) || a.name.localeCompare(b.name, "en");
}

/** A coordinator looks after it in their own time: back on the list in two weeks. */
export async function snooze(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const step = await stepForCoordinator(deps, turn, data, "outreach.snooze");
  const mentee = await menteeOf(deps.db, step, turn.now);
  if (mentee === null || !isOnList(mentee.assessment, mentee.steps.map(asTaken))) {
    return await showList(deps, turn, ["This is settled meanwhile. The list as it is now:"]);
  }
  if (isSnoozed(mentee.steps.map(asTaken), turn.now)) {
    return await showList(deps, turn, [`${mentee.member.name} is put off already.`]);
  }
  const id = deps.newId();
  const { person, group, meeting } = step;
  await addSteps(deps.db, [{ id, person, group, meeting, kind: "snooze", occasion: id, at: turn.now }]);
  return await showList(deps, turn, [`${mentee.member.name} comes back on this list in two weeks.`]);
}

/** Takes a step back: a card says that there is nothing to do, a name goes off the list. */
export async function undo(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const step = await stepForCoordinator(deps, turn, data, "outreach.undo");
  if (step.undoneAt !== null) return await showList(deps, turn, ["That is taken back already. The list as it is now:"]);
  await markUndone(deps.db, step.id, turn.speaker.person, turn.now);
  await dropNotices(deps.db, topicOf(step.id));
  await changed(deps, step, turn.now);
  return await showList(deps, turn, ["Taken back. The list as it is now:"]);
}

async function menteeOf(db: Db, step: StepWithAnswers, now: Temporal.Instant): Promise<Mentee | null> {
  return (await loadMentees(db, [step.group], now)).find(({ member }) => member.person === step.person) ?? null;
}

async function stepForCoordinator(deps: Deps, turn: Turn, data: unknown, what: string): Promise<StepWithAnswers> {
  const pressed = parse.seen(data);
  if (pressed === null) throw new NotAllowed(what);
  await lockStep(deps.db, pressed.step);
  const step = await findStep(deps.db, pressed.step);
  const programmes = new Set<ProgrammeId>(
    turn.speaker.memberships.flatMap(({ role, programme }) => (role === "coordinator" ? [programme] : [])),
  );
  const isTheirs = step !== null && (await isInOneOf(deps.db, step, programmes));
  if (!isTheirs) throw new NotAllowed(what, pressed.step);
  return step;
}

async function isInOneOf(db: Db, step: StepWithAnswers, programmes: ReadonlySet<ProgrammeId>): Promise<boolean> {
  for (const programme of programmes) {
    if ((await groupsOfProgramme(db, programme)).some(({ id }) => id === step.group)) return true;
  }
  return false;
}
