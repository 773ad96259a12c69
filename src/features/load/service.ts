import { NotAllowed } from "../../core/errors.ts";
import type { Deps, Reply, Turn } from "../../core/feature.ts";
import type { PersonId, ProgrammeId } from "../../core/ids.ts";
import { dayIn, isBefore, isDayBefore, sayDay, startOfDay } from "../../core/time.ts";
import { meetingsOfGroups, type Meeting } from "../meetings/store.ts";
import { weekSearchStart } from "../notices/rules.ts";
import { budgetOf } from "../notices/service.ts";
import { cardsSince } from "../notices/store.ts";
import { findProgramme, groupsOfProgramme, listProgrammes, loadGroups, type Member } from "../programme/store.ts";
import { noGroup, ownLoadCard, parseShow, pickProgrammeCard, programmeLoadCard, type MentorLine } from "./cards.ts";
import { runningAround, runningOf, type Cover } from "./cover/store.ts";
import { coordinated } from "./leave/service.ts";
import { byNeed, countLoad } from "./rules.ts";
import { openQuestionsOf } from "./store.ts";

/** What is open for a mentor; for a coordinator every mentor's load. */
export async function showLoad(deps: Deps, turn: Turn): Promise<Reply> {
  const ids = coordinated(turn);
  if (ids.length === 0) return showOwn(deps, turn);
  const hasOwn = turn.speaker.memberships.some(({ role }) => role === "mentor");
  const [only] = ids;
  if (ids.length === 1 && !hasOwn && only !== undefined) return showProgramme(deps, turn, only, 0);
  const programmes = (await listProgrammes(deps.db)).filter(({ id }) => ids.includes(id));
  return { kind: "card", card: pickProgrammeCard(programmes, hasOwn) };
}

/** A page of it; without a word about which programme, the beginning. */
export async function showPage(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const page = parseShow(data);
  return page === null ? showLoad(deps, turn) : showProgramme(deps, turn, page.programme, page.from);
}

export async function showOwn(deps: Deps, turn: Turn): Promise<Reply> {
  const { db } = deps;
  const { speaker, now } = turn;
  const ids = speaker.memberships.flatMap(({ role, group }) => (role === "mentor" && group !== null ? [group] : []));
  const groups = await loadGroups(db, ids);
  const [first] = groups;
  const programme = first === undefined ? null : await findProgramme(db, first.programme);
  if (programme === null) return { kind: "text", text: noGroup };
  const meetings = await meetingsOfGroups(db, ids);
  const covers = await runningAround(db, speaker.person);
  const me = groups.flatMap(({ mentors }) => mentors).find(({ person }) => person === speaker.person);
  const today = dayIn(now, speaker.timeZone);
  const monday = startOfDay(today.subtract({ days: today.dayOfWeek - 1 }), speaker.timeZone);
  const cards = await cardsSince(db, [speaker.person], weekSearchStart(now));
  const load = {
    groups: groups.map((group) => {
      const cover = covers.find((each) => each.group.id === group.id);
      return {
        name: group.name,
        meetings: meetings.filter((meeting) => meeting.group.id === group.id),
        cover: cover === undefined ? null : { ...cover, isMine: cover.mentor.id === speaker.person },
      };
    }),
    questions: await openQuestionsOf(db, speaker.person),
    remindersThisWeek: cards.filter(({ at }) => !isBefore(at, monday)).length,
    remindersAWeek: budgetOf(programme.settings, "mentor").perWeek,
    pausedUntil: me === undefined ? null : pauseOf(me, now),
  };
  return { kind: "card", card: ownLoadCard(load, speaker, now) };
}

/** Null once it is over. */
function pauseOf({ pausedUntil, timeZone }: Member, now: Temporal.Instant): Temporal.PlainDate | null {
  return pausedUntil !== null && isDayBefore(dayIn(now, timeZone), pausedUntil) ? pausedUntil : null;
}

async function showProgramme(deps: Deps, turn: Turn, id: ProgrammeId, from: number): Promise<Reply> {
  const programme = coordinated(turn).includes(id) ? await findProgramme(deps.db, id) : null;
  if (programme === null) throw new NotAllowed("load.show");
  const groups = await groupsOfProgramme(deps.db, id);
  const meetings = await meetingsOfGroups(
    deps.db,
    groups.map((group) => group.id),
  );
  const covers = await runningOf(deps.db, id);
  const places = groups.flatMap((group) => group.mentors.map((member) => ({ group, member })));
  const mentors = [...Map.groupBy(places, ({ member }) => member.person)].flatMap(([person, own]) => {
    const [first] = own;
    if (first === undefined) return [];
    const isWith = ({ group }: Meeting): boolean =>
      own.some((place) => place.group.id === group.id && place.member.awayUntil === null);
    const names = own.map(({ group }) => group.name);
    return [lineOf(first.member, names, meetings.filter(isWith), covers, person, turn.now)];
  });
  const load = {
    programme,
    mentors: mentors.toSorted(byNeed),
    groupsWithoutMentor: groups.filter((group) => group.mentors.length === 0).map(({ name }) => name),
  };
  return { kind: "card", card: programmeLoadCard(load, from < mentors.length ? from : 0) };
}

function lineOf(
  member: Member,
  groups: readonly string[],
  meetings: readonly Meeting[],
  covers: readonly Cover[],
  person: PersonId,
  now: Temporal.Instant,
): MentorLine {
  const asked = covers.filter(({ mentor }) => mentor.id === person);
  const taken = covers.filter(({ coveredBy }) => coveredBy?.id === person);
  const pausedUntil = pauseOf(member, now);
  return {
    person,
    name: member.name,
    groups,
    ...countLoad(
      meetings.map(({ facts }) => facts),
      now,
    ),
    pausedUntil,
    isWaitingForHelp: asked.some(({ state }) => state === "open"),
    isCovering: taken.length > 0,
    covers: [
      ...asked.map(({ group, until, coveredBy }) =>
        coveredBy === null
          ? `looks for somebody for ${group.name} until ${sayDay(until)}`
          : `${coveredBy.name} covers ${group.name} until ${sayDay(until)}`,
      ),
      ...taken.map(({ group, mentor, until }) => `covers ${group.name} for ${mentor.name} until ${sayDay(until)}`),
    ],
  };
}
