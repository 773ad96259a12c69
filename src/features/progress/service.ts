import type { Db } from "../../core/db.ts";
import { NotAllowed } from "../../core/errors.ts";
import type { Turn } from "../../core/feature.ts";
import type { GroupId } from "../../core/ids.ts";
import { attendanceAt, meetingsOfGroups, meetingsOfProgramme, type Meeting } from "../meetings/store.ts";
import { loadGroups, type Group } from "../programme/store.ts";
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

/** A mentee's own cells in a group; null for somebody who is no mentee of it. */
export async function ownProgress(
  db: Db,
  turn: Turn,
  id: GroupId,
): Promise<{
  readonly group: Group;
  readonly rows: readonly { readonly meeting: Meeting; readonly cell: Cell }[];
} | null> {
  const [group] = groupsHere(turn).includes(id) ? await loadGroups(db, [id]) : [];
  const mentee = group?.mentees.find((member) => member.person === turn.speaker.person);
  if (group === undefined || mentee === undefined) return null;
  const meetings = await meetingsOfGroups(db, [id]);
  const attendance = await attendanceAt(
    db,
    meetings.map((meeting) => meeting.id),
  );
  return {
    group,
    rows: meetings.map((meeting) => ({
      meeting,
      cell: cellOf(meeting.facts, attendance.get(meeting.id)?.get(mentee.person), mentee.joinedOn),
    })),
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
