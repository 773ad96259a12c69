import type { Db } from "./core/db.ts";
import type { Feature, Message, Roster } from "./core/feature.ts";
import type { ProgrammeId } from "./core/ids.ts";
import type { NewId } from "./core/ports.ts";
import { createChats } from "./features/chats/bot.ts";
import { lookSoon } from "./features/chats/service.ts";
import { createFlags } from "./features/flags/bot.ts";
import { createHelp } from "./features/help/bot.ts";
import { logbook } from "./features/logbook/bot.ts";
import { meetingNotices, meetings } from "./features/meetings/bot.ts";
import { groupChanged, programmeChanged } from "./features/meetings/service.ts";
import { createNotices } from "./features/notices/bot.ts";
import { hearAgain } from "./features/notices/held/service.ts";
import { outreach, outreachNotices } from "./features/outreach/bot.ts";
import { outreachChanged } from "./features/outreach/climb/service.ts";
import { planning, planningNotices } from "./features/planning/bot.ts";
import { privacy } from "./features/privacy/bot.ts";
import { progress } from "./features/progress/bot.ts";
import { roster } from "./features/programme/service.ts";
import { createReach } from "./features/reach/bot.ts";
import { sides, sidesNotices } from "./features/sides/bot.ts";
import { notHeldFlags } from "./features/sides/service.ts";
import { welcoming } from "./features/welcome/bot.ts";
import { ledger } from "./platform/ledger.ts";
import type { House } from "./platform/teams/turns.ts";

const said: readonly Feature[] = [
  // First contact before anything else that a person may hear on becoming reachable.
  welcoming,
  meetings,
  planning,
  logbook,
  progress,
  createChats(groupChanged),
  createFlags(notHeldFlags),
  sides,
  outreach,
  privacy,
  createNotices([...meetingNotices, ...planningNotices, ...sidesNotices, ...outreachNotices]),
];

const reach = createReach(
  ledger,
  said.flatMap((feature) => feature.messages ?? []),
);

const help = createHelp([...said, reach].flatMap((feature) => feature.commands ?? []));

/** The visible list: every feature of the house, in the order in which they hear of things. */
export const features: readonly Feature[] = [...said, reach, help.feature];

/** How a chat is opened with somebody who has none: what was held for them goes out then. */
export const openings: Pick<Roster, "openingOf" | "opened" | "notOpened"> = {
  openingOf: roster.openingOf,
  opened: async (db, person, chat, now) => {
    await roster.opened(db, person, chat, now);
    await hearAgain(db, person, now);
  },
  notOpened: roster.notOpened,
};

export const messages: readonly Message[] = features.flatMap((feature) => feature.messages ?? []);

/** An import or an erasure has changed a programme or its people: what features do about it, in the same transaction. */
export async function rosterChanged(
  db: Db,
  newId: NewId,
  programme: ProgrammeId,
  now: Temporal.Instant,
): Promise<void> {
  await programmeChanged(db, newId, programme, now);
  await outreachChanged(db, programme, now);
  await lookSoon(db, programme, now);
}

/** What is told when an answer got lost. */
export const unanswered = help.unanswered;

/** What the platform must ask the features. */
export const introductions: Pick<House, "roster" | "features" | "help" | "strangerText"> = {
  roster,
  features,
  help: help.answer,
  strangerText: help.strangerText,
};
