import type { Db } from "../../../core/db.ts";
import type { Deps } from "../../../core/feature.ts";
import type { PersonId, ProgrammeId } from "../../../core/ids.ts";
import { startOfDay } from "../../../core/time.ts";
import { rhythmOf } from "../../calendar/rules.ts";
import { addNotices } from "../../notices/service.ts";
import type { NewNotice } from "../../notices/store.ts";
import { loadGroups, type Group } from "../../programme/store.ts";
import { asTaken, loadMentees, lookKey, type Mentee } from "../facts/service.ts";
import { occasionOf, topicOf } from "../rules.ts";
import { askEveryHours, nextLook, peoplePerMentor, stepsDue, type Ladder, type Step } from "../ladder/rules.ts";
import { hostsIn } from "../guests/store.ts";
import {
  addSteps,
  claimLooks,
  heardSince,
  lockProgrammes,
  lookAtAll,
  saveLooks,
  type Look,
  type StepRow,
} from "../store.ts";

/** An import or an erasure: the windows, or who is in the groups, may be others. */
export async function outreachChanged(db: Db, programme: ProgrammeId, now: Temporal.Instant): Promise<void> {
  await lookAtAll(db, programme, now);
}

/** Looks at the mentees whose moment has come, to the last one. Several processes share the work. */
export async function reachOut(deps: Deps, now: Temporal.Instant): Promise<void> {
  while (await deps.db.transaction((tx) => lookAtSome({ ...deps, db: tx }, now)));
}

/** Few enough that a transaction is short, many enough that a morning after a window takes few of them. */
const menteesAtOnce = 120;

/** @returns whether there may be more */
async function lookAtSome(deps: Deps, now: Temporal.Instant): Promise<boolean> {
  const looks = await claimLooks(deps.db, now, menteesAtOnce);
  if (looks.length === 0) return false;
  const groups = [...new Set(looks.map(({ group }) => group))];
  await lockProgrammes(deps.db, groups);
  const wanted = new Set(looks.map(({ person, group }) => lookKey(person, group)));
  const mentees = (await loadMentees(deps.db, groups, now)).filter(({ member, group }) =>
    wanted.has(lookKey(member.person, group.id)),
  );
  const room = await findRoom(deps.db, mentees, now);
  const rows: StepRow[] = [];
  const notices: NewNotice[] = [];
  const next = new Map<string, Temporal.Instant | null>();
  for (const mentee of mentees) {
    const hearing = room.hearingOf(mentee.member.person);
    const host = room.hostFor(mentee);
    const settings = mentee.meetings[0]?.settings;
    // A programme without meetings has nothing to look for.
    if (settings === undefined) continue;
    const rhythm = rhythmOf(settings, "mentees", mentee.member.timeZone);
    const steps = mentee.steps.map(asTaken);
    const ladder: Ladder = { ...mentee, ...hearing, rhythm, steps, hasHost: host !== null };
    for (const step of stepsDue(ladder, now)) {
      const made = makeStep(deps, mentee, step, host, now);
      rows.push(made.row);
      notices.push(...made.notices);
      room.spend(made.notices);
    }
    next.set(
      lookKey(mentee.member.person, mentee.group.id),
      nextLook(ladder, now, startOfDay(settings.year.ends, settings.timezone)),
    );
  }
  const added = await addSteps(deps.db, rows);
  await addNotices(
    deps,
    notices.filter(({ ref }) => added.has(ref["step"] ?? "")),
    now,
  );
  await saveLooks(
    deps.db,
    looks.map((look: Look) => ({ ...look, nextAt: next.get(lookKey(look.person, look.group)) ?? null })),
  );
  return true;
}

interface Room {
  readonly hearingOf: (person: PersonId) => Pick<Ladder, "lastSaidAt" | "isWaiting">;
  /** A neighbouring mentor, open to guests, who may be asked about somebody this week, as may the mentee's own mentors. */
  readonly hostFor: (mentee: Mentee) => Host | null;
  readonly spend: (notices: readonly NewNotice[]) => void;
}

interface Host {
  readonly person: PersonId;
  readonly group: Group;
}

async function findRoom(db: Db, mentees: readonly Mentee[], now: Temporal.Instant): Promise<Room> {
  const since = now.subtract({ hours: askEveryHours });
  const hosts = await hostsIn(db, [...new Set(mentees.map(({ group }) => group.programme))]);
  const groupOf = new Map((await loadGroups(db, [...new Set(hosts.map(({ group }) => group))])).map((g) => [g.id, g]));
  const mentors = mentees.flatMap(({ group }) => group.mentors.map(({ person }) => person));
  const everybody = [
    ...new Set([...mentees.map(({ member }) => member.person), ...mentors, ...hosts.map((h) => h.person)]),
  ];
  const heard = [...(await heardSince(db, everybody, [...toMentees, toMentors], since))];
  const askedAbout = (person: PersonId): number =>
    heard.filter((each) => each.person === person && each.kind === toMentors).length;
  const mayBeAsked = (person: PersonId): boolean => askedAbout(person) < peoplePerMentor;
  return {
    hearingOf: (person) => {
      const own = heard.filter((each) => each.person === person && each.kind !== toMentors);
      const said = own.flatMap(({ at }) => (at === null ? [] : [at]));
      return {
        lastSaidAt: said.toSorted((a, b) => Temporal.Instant.compare(b, a))[0] ?? null,
        isWaiting: own.some(({ at }) => at === null),
      };
    },
    hostFor: ({ group, member, assessment, openly }) => {
      // An offer that rests on what a mentee said of a meeting would tell the mentor that they said it.
      const newest = assessment.signals.at(-1);
      const isOpen = openly.signals.some((signal) => newest !== undefined && occasionOf(signal) === occasionOf(newest));
      if (!isOpen || !member.isReachable || !group.mentors.every(({ person }) => mayBeAsked(person))) return null;
      for (const { person, group: id } of hosts) {
        const open = groupOf.get(id);
        const mentor = open?.mentors.find((candidate) => candidate.person === person);
        const isOther = open !== undefined && open.programme === group.programme && open.id !== group.id;
        const isOwn = group.mentors.some((candidate) => candidate.person === person);
        if (isOther && !isOwn && mentor?.isReachable === true && mayBeAsked(person)) return { person, group: open };
      }
      return null;
    },
    spend: (notices) => {
      heard.push(...notices.map(({ person, kind }) => ({ person, kind, at: null })));
    },
  };
}

/** The kinds of notices that ask a mentee, and the one that asks a mentor about one. */
export const toMentees = ["outreach.ask", "outreach.joint"] as const;
export const toMentors = "outreach.guest";

function makeStep(
  deps: Deps,
  { member, group, meetings }: Mentee,
  { kind, occasion, meeting: key, dueAt, usefulUntil }: Step,
  host: Host | null,
  now: Temporal.Instant,
): { readonly row: StepRow; readonly notices: readonly NewNotice[] } {
  const id = deps.newId();
  const isJoint = kind === "joint" && host !== null;
  const row: StepRow = {
    id,
    person: member.person,
    group: group.id,
    kind,
    occasion,
    meeting: meetings.find((meeting) => meeting.key === key)?.id ?? null,
    hostGroup: isJoint ? host.group.id : null,
    host: isJoint ? host.person : null,
    at: now,
    version: 0,
    undoneAt: null,
    undoneBy: null,
  };
  const notice = (person: PersonId, role: NewNotice["role"], name: string): NewNotice => ({
    person,
    programme: group.programme,
    role,
    kind: name,
    ref: { step: id },
    topic: topicOf(id),
    dedupeKey: `${name}:${id}:${person}`,
    dueAt,
    usefulUntil,
  });
  if (kind === "list") return { row, notices: [] };
  if (!isJoint) return { row, notices: [notice(member.person, "mentee", "outreach.ask")] };
  const mentors: readonly PersonId[] = [...group.mentors.map(({ person }) => person), host.person];
  return {
    row,
    notices: [
      notice(member.person, "mentee", "outreach.joint"),
      ...mentors.map((person) => notice(person, "mentor", toMentors)),
    ],
  };
}
