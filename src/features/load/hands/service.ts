import type { Deps } from "../../../core/feature.ts";
import type { GroupId, ProgrammeId } from "../../../core/ids.ts";
import { lookSoon } from "../../chats/service.ts";
import { subjectOf } from "../../meetings/rules.ts";
import { groupChanged } from "../../meetings/service.ts";
import { meetingsOfGroups } from "../../meetings/store.ts";
import { answersSubject } from "../../planning/rules.ts";

/**
 * Others are the mentors of a group from now on: its reminders go to them, what waits for those who went is not said, the
 * cards that stand in their chats become neutral, and who sits in its chat is looked at.
 */
export async function groupChangedHands(
  deps: Deps,
  programme: ProgrammeId,
  group: GroupId,
  now: Temporal.Instant,
): Promise<void> {
  await groupChanged(deps, group, now);
  const meetings = await meetingsOfGroups(deps.db, [group]);
  await deps.outbox.refresh(
    deps.db,
    meetings.flatMap(({ id }) => [subjectOf(id), answersSubject(id)]),
    now,
  );
  await lookSoon(deps.db, programme, now);
}
