import type { Db } from "../../../core/db.ts";
import type { Deps } from "../../../core/feature.ts";
import type { PersonId, ProgrammeId } from "../../../core/ids.ts";
import type { NewId } from "../../../core/ports.ts";
import { dayIn } from "../../../core/time.ts";
import { addNotices, dropNotices } from "../../notices/service.ts";
import { groupsOfProgramme, type Group } from "../../programme/store.ts";
import { mayCover } from "../cover/rules.ts";
import { closeCover, dueCovers, endMembership, findCover, runningOf, setAway, type Cover } from "../cover/store.ts";
import { groupChangedHands } from "../hands/service.ts";
import { coverSubject, turnToTopic, type CoverEnd } from "../rules.ts";

/** @returns the cover as it was when it ended; null when it was over already */
async function close(db: Db, { id }: Cover, how: CoverEnd, now: Temporal.Instant): Promise<Cover | null> {
  if (!(await closeCover(db, id, how, now))) return null;
  // Only now is its row ours: somebody may have taken it since it was read.
  const cover = await findCover(db, id);
  if (cover === null) throw new Error("A cover that was closed is not there.");
  if (cover.coveredBy !== null) await endMembership(db, cover, cover.coveredBy.id, dayIn(now, cover.timeZone));
  await setAway(db, cover.group.id, cover.mentor.id, null);
  await dropNotices(db, coverSubject(cover.id));
  if (cover.coveredBy !== null) await dropNotices(db, turnToTopic(cover.group.id));
  return cover;
}

/** Somebody ends it with a tap: the other of the two hears at once. False when it was over already. */
export async function endCover(deps: Deps, before: Cover, how: CoverEnd, now: Temporal.Instant): Promise<boolean> {
  const cover = await close(deps.db, before, how, now);
  if (cover === null) return false;
  const other = how === "handed_back" ? cover.mentor : cover.coveredBy;
  if (other !== null) {
    await deps.outbox.enqueue(deps.db, [
      {
        kind: "load.cover-ended",
        ref: { cover: cover.id },
        to: { person: other.id },
        dedupeKey: `load.cover-ended:${cover.id}@1:${how}:${other.id}`,
        dueAt: now,
        usefulUntil: null,
        priority: "answer",
        subjects: [],
      },
    ]);
  }
  await afterwards(deps, cover, now);
  return true;
}

async function afterwards(deps: Deps, cover: Cover, now: Temporal.Instant): Promise<void> {
  await deps.outbox.refresh(deps.db, [coverSubject(cover.id)], now);
  if (cover.coveredBy !== null) await groupChangedHands(deps, cover.programme, cover.group.id, now);
}

/** Its day has come. */
export async function endCoversOfTheDay(deps: Deps, now: Temporal.Instant): Promise<void> {
  for (const due of await dueCovers(deps.db, now)) {
    await deps.db.transaction(async (tx) => {
      const inside = { ...deps, db: tx };
      const cover = await close(tx, due, "day_came", now);
      if (cover === null) return;
      await sayOver(inside, cover, [cover.mentor.id, ...(cover.coveredBy === null ? [] : [cover.coveredBy.id])], now);
      await afterwards(inside, cover, now);
    });
  }
}

/** Unasked, so it waits for its time: nothing of it is urgent. */
async function sayOver(
  deps: { readonly db: Db; readonly newId: NewId },
  cover: Cover,
  persons: readonly PersonId[],
  now: Temporal.Instant,
): Promise<void> {
  await addNotices(
    deps,
    persons.map((person) => ({
      person,
      programme: cover.programme,
      role: "mentor",
      kind: "load.cover-over",
      ref: { cover: cover.id },
      topic: `cover-over:${cover.id}`,
      dedupeKey: `load.cover-over:${cover.id}:${person}`,
      dueAt: now,
      // A week later both know it from their reminders.
      usefulUntil: now.add({ hours: 24 * 7 }),
    })),
    now,
  );
}

/**
 * Roles have changed, by an import, an erasure or a coordinator: whoever may not look after a group any more does not, and
 * whoever is its mentor no longer needs nobody. The caller plans anew what is said about the groups.
 *
 * @returns the covers that ended
 */
export async function endCoversWithoutRoles(
  deps: { readonly db: Db; readonly newId: NewId },
  programme: ProgrammeId,
  now: Temporal.Instant,
): Promise<readonly Cover[]> {
  const running = await runningOf(deps.db, programme);
  if (running.length === 0) return [];
  const groups = await groupsOfProgramme(deps.db, programme);
  const ended: Cover[] = [];
  for (const each of running) {
    if (isStillSound(groups, each)) continue;
    const cover = await close(deps.db, each, "roles_changed", now);
    if (cover === null) continue;
    ended.push(cover);
    const isMentor = (person: PersonId) => groups.some(({ mentors }) => isOwnIn(mentors, person));
    const concerned = [
      ...(isOwnIn(groups.find(({ id }) => id === cover.group.id)?.mentors ?? [], cover.mentor.id)
        ? [cover.mentor]
        : []),
      ...(cover.coveredBy === null ? [] : [cover.coveredBy]),
    ];
    const persons = concerned.map(({ id }) => id).filter(isMentor);
    await sayOver(deps, cover, persons, now);
  }
  return ended;
}

function isStillSound(groups: readonly Group[], { group, mentor, coveredBy }: Cover): boolean {
  const found = groups.find(({ id }) => id === group.id);
  if (found === undefined || !isOwnIn(found.mentors, mentor.id)) return false;
  return coveredBy === null || mayCover(groups, group.id, mentor.id, coveredBy.id);
}

function isOwnIn(mentors: Group["mentors"], person: PersonId): boolean {
  return mentors.some((each) => each.person === person && each.coversUntil === null);
}
