import { and, eq } from "drizzle-orm";
import type { MeetingId } from "../../src/core/ids.ts";
import { logbook } from "../../src/features/logbook/bot.ts";
import { meetings } from "../../src/features/meetings/schema.ts";
import { memberships } from "../../src/features/programme/schema.ts";
import { wordsOf, type Name, type World } from "./world.ts";

/** A mentor sends the logbook's form about a meeting that everybody of the group came to, and it is saved. */
export async function logMeeting(world: World, mentor: Name, id: MeetingId, heldOn: string): Promise<void> {
  const mentees = await world.db
    .select({ person: memberships.person })
    .from(memberships)
    .innerJoin(meetings, eq(meetings.group, memberships.group))
    .where(and(eq(meetings.id, id), eq(memberships.role, "mentee"), eq(memberships.isActive, true)));
  const attended = mentees.map(({ person }) => person).join(",");
  const form = { id, version: 0, heldOn, minutes: "45", form: "online", attended, topics: "other", summary: "We met." };
  const reply = await world.press(logbook, world.people[mentor], "logbook.save", form);
  if (reply.kind !== "card" || !wordsOf(reply).includes("is in the logbook"))
    throw new Error(`It was not saved: ${wordsOf(reply)}`);
}
