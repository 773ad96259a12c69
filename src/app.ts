import type { Db } from "./core/db.ts";
import type { Feature, Message } from "./core/feature.ts";
import type { ProgrammeId } from "./core/ids.ts";
import type { NewId } from "./core/ports.ts";
import { createChats } from "./features/chats/bot.ts";
import { lookSoon } from "./features/chats/service.ts";
import { flags } from "./features/flags/bot.ts";
import { createHelp } from "./features/help/bot.ts";
import { load, loadNotices } from "./features/load/bot.ts";
import { endCoversWithoutRoles } from "./features/load/ending/service.ts";
import { logbook } from "./features/logbook/bot.ts";
import { meetingNotices, meetings } from "./features/meetings/bot.ts";
import { groupChanged, programmeChanged } from "./features/meetings/service.ts";
import { createNotices } from "./features/notices/bot.ts";
import type { NoticeKind } from "./features/notices/service.ts";
import { planning, planningNotices } from "./features/planning/bot.ts";
import { privacy } from "./features/privacy/bot.ts";
import { progress } from "./features/progress/bot.ts";
import { roster } from "./features/programme/service.ts";
import { welcoming } from "./features/welcome/bot.ts";
import type { House } from "./platform/teams/turns.ts";

/** Everything that is said to people unasked, under one budget. */
export const noticeKinds: readonly NoticeKind[] = [...meetingNotices, ...planningNotices, ...loadNotices];

const said: readonly Feature[] = [
  // First contact before anything else that a person may hear on becoming reachable.
  welcoming,
  meetings,
  planning,
  logbook,
  progress,
  createChats(groupChanged),
  flags,
  load,
  privacy,
  createNotices(noticeKinds),
];

const help = createHelp(said.flatMap((feature) => feature.commands ?? []));

/** The visible list: every feature of the house, in the order in which they hear of things. */
export const features: readonly Feature[] = [...said, help.feature];

export const messages: readonly Message[] = features.flatMap((feature) => feature.messages ?? []);

/** An import or an erasure has changed a programme or its people: what features do about it, in the same transaction. */
export async function rosterChanged(
  db: Db,
  newId: NewId,
  programme: ProgrammeId,
  now: Temporal.Instant,
): Promise<void> {
  await endCoversWithoutRoles({ db, newId }, programme, now);
  await programmeChanged(db, newId, programme, now);
  await lookSoon(db, programme, now);
}

/** What the platform must ask the features. */
export const introductions: Pick<House, "roster" | "features" | "help" | "strangerText"> = {
  roster,
  features,
  help: help.answer,
  strangerText: help.strangerText,
};
