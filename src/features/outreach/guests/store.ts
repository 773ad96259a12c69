import { and, asc, eq, inArray } from "drizzle-orm";
import type { Db } from "../../../core/db.ts";
import type { GroupId, PersonId, ProgrammeId } from "../../../core/ids.ts";
import { groups } from "../../programme/schema.ts";
import { outreachHosts } from "../schema.ts";

/** Mentors who are open to guests, in these programmes. */
export async function hostsIn(
  db: Db,
  ids: readonly ProgrammeId[],
): Promise<readonly { readonly person: PersonId; readonly group: GroupId; readonly programme: ProgrammeId }[]> {
  return db
    .select({ person: outreachHosts.person, group: outreachHosts.group, programme: groups.programme })
    .from(outreachHosts)
    .innerJoin(groups, eq(groups.id, outreachHosts.group))
    .where(and(inArray(groups.programme, [...ids]), eq(groups.isActive, true)))
    .orderBy(asc(outreachHosts.since), asc(outreachHosts.person), asc(outreachHosts.group));
}

export async function setHost(
  db: Db,
  person: PersonId,
  ids: readonly GroupId[],
  isOpen: boolean,
  now: Temporal.Instant,
): Promise<void> {
  await db.delete(outreachHosts).where(eq(outreachHosts.person, person));
  if (!isOpen || ids.length === 0) return;
  await db.insert(outreachHosts).values(ids.map((group) => ({ person, group, since: now })));
}

export async function isHost(db: Db, person: PersonId): Promise<boolean> {
  return (await db.$count(outreachHosts, eq(outreachHosts.person, person))) > 0;
}
