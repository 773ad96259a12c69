import { sayDay } from "../../core/time.ts";
import type { Deps, Reply, Speaker, Turn } from "../../core/feature.ts";
import type { PersonId } from "../../core/ids.ts";
import { listProgrammes, loadGroups } from "../programme/store.ts";
import type { Group } from "../programme/store.ts";
import { installationCard, welcomeCard } from "./cards.ts";
import type { NewRole } from "./cards.ts";
import { reportInstallations } from "./rules.ts";
import { claimWelcome, listInstallations } from "./store.ts";

/** Says hello the first time that somebody of the programme can be reached, and never again. */
export async function welcome(deps: Deps, speaker: Speaker | null, now: Temporal.Instant): Promise<Reply> {
  if (speaker === null || speaker.isWelcomed || speaker.memberships.length === 0) return { kind: "nothing" };
  if (!(await claimWelcome(deps.db, speaker.person, now))) return { kind: "nothing" };

  const { memberships, name } = speaker;
  const groups = await loadGroups(
    deps.db,
    memberships.flatMap(({ group }) => (group === null ? [] : [group])),
  );
  const programmes = (await listProgrammes(deps.db)).filter(({ id }) =>
    memberships.some(({ programme }) => programme === id),
  );
  const roles = memberships.flatMap(({ role, group: id, programme }): NewRole[] => {
    if (role === "coordinator") {
      return [{ role, programme: programmes.find((each) => each.id === programme)?.name ?? "" }];
    }
    const group = groups.find((each) => each.id === id);
    return group === undefined ? [] : [asNewRole(role, group, speaker.person)];
  });
  const about = programmes.map(({ name, settings }) => ({ name, meetings: settings.meetings.length }));
  return { kind: "card", card: welcomeCard({ name, programmes: about, roles }) };
}

function asNewRole(role: "mentor" | "mentee", group: Group, self: PersonId): NewRole {
  const mentors = group.mentors
    .filter(({ person }) => person !== self)
    // A colleague who looks after the group for a while is no mentor of it for the year.
    .map(({ name, coversUntil }) => (coversUntil === null ? name : `${name} (until ${sayDay(coversUntil)})`));
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
