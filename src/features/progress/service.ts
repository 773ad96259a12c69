import type { Db } from "../../core/db.ts";
import { NotAllowed } from "../../core/errors.ts";
import type { Turn } from "../../core/feature.ts";
import type { GroupId } from "../../core/ids.ts";
import { attendanceAt, meetingsOfGroups, meetingsOfProgramme, type Meeting } from "../meetings/store.ts";
import { loadGroups, type Group } from "../programme/store.ts";
import type { Side } from "../sides/rules.ts";
import { sidesAt } from "../sides/store.ts";
import { cellOf, type Cell } from "./rules.ts";

/** The groups that somebody may ask about here: in a chat the one that is linked to it, if they are in it. */
export async function progressGroups(db: Db, turn: Turn): Promise<readonly Group[]> {
  return loadGroups(db, groupsHere(turn));
}

function groupsHere(turn: Turn): GroupId[] {
  const { place, speaker } = turn;
  const own = speaker.memberships.flatMap(({ role, group }) =>
    role === "coordinator" || group === null ? [] : [group],
  );
  return [...new Set(own)].filter((group) => place.kind === "personal" || place.group === group);
}

export async function groupProgress(
  db: Db,
  turn: Turn,
  id: GroupId,
): Promise<{
  readonly group: Group;
  readonly meetings: readonly Meeting[];
  readonly timeZone: string;
  readonly isMentor: boolean;
}> {
  const [group] = groupsHere(turn).includes(id) ? await loadGroups(db, [id]) : [];
  if (group === undefined) throw new NotAllowed("progress.group", id);
  const meetings = await meetingsOfGroups(db, [id]);
  const isMentor = group.mentors.some((mentor) => mentor.person === turn.speaker.person);
  const timeZone = turn.place.kind === "personal" ? turn.speaker.timeZone : (meetings[0]?.settings.timezone ?? "UTC");
  return { group, meetings, timeZone, isMentor };
}

/** One of a mentee's own cells, with what they said about it. */
export interface OwnRow {
  readonly meeting: Meeting;
  readonly cell: Cell;
  /** The log knows about them: they can say how it was. */
  readonly isLogged: boolean;
  readonly side: Side | null;
}

/** A mentee's own cells in a group; null for somebody who is no mentee of it. */
export async function ownProgress(
  db: Db,
  turn: Turn,
  id: GroupId,
): Promise<{
  readonly group: Group;
  readonly rows: readonly OwnRow[];
} | null> {
  const [group] = groupsHere(turn).includes(id) ? await loadGroups(db, [id]) : [];
  const mentee = group?.mentees.find((member) => member.person === turn.speaker.person);
  if (group === undefined || mentee === undefined) return null;
  const meetings = await meetingsOfGroups(db, [id]);
  const ids = meetings.map((meeting) => meeting.id);
  const [attendance, sides] = [await attendanceAt(db, ids), await sidesAt(db, ids)];
  return {
    group,
    rows: meetings.map((meeting) => {
      const status = attendance.get(meeting.id)?.get(mentee.person);
      const side = sides.get(meeting.id)?.get(mentee.person);
      const cell = cellOf(meeting.facts, status, mentee.joinedOn, side);
      return { meeting, cell, isLogged: status !== undefined && meeting.facts.heldOn !== null, side: side ?? null };
    }),
  };
}

/** All meetings of the programmes that a coordinator looks after; the card picks the overdue ones. */
export async function overdueMeetings(db: Db, turn: Turn): Promise<readonly Meeting[]> {
  const programmes = new Set(
    turn.speaker.memberships.flatMap(({ role, programme }) => (role === "coordinator" ? [programme] : [])),
  );
  const found: Meeting[] = [];
  for (const programme of programmes) found.push(...(await meetingsOfProgramme(db, programme)));
  return found;
}
