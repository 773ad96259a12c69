import type { Deps, Feature, Reply, Turn } from "../../core/feature.ts";
import { sayDay } from "../../core/time.ts";
import type { NoticeKind } from "../notices/service.ts";
import { aboutMeeting, chatRef, excuseAnswer, excuseForm, reminderPart, reminderRef, tomorrowInChat } from "./cards.ts";
import {
  drawReminder,
  excuse,
  findForCard,
  isReminderWanted,
  meetingForMentor,
  remindAgainIn,
  remindOfMeetings,
  subjectOf,
  takeOver,
} from "./service.ts";
import { card } from "../../core/card.ts";

export const meetings: Feature = {
  name: "meetings",
  actions: [
    { verb: "meetings.later", handle: remindLater },
    { verb: "meetings.on-it", handle: onIt },
    { verb: "meetings.excuse-form", handle: askWhy },
    { verb: "meetings.excuse", handle: saveExcuse },
    { verb: "meetings.not-excused", handle: takeExcuseBack },
  ],
  jobs: [{ name: "meetings", run: remindOfMeetings }],
  messages: [
    {
      kind: "meetings.tomorrow-in-chat",
      whenUncertain: "once",
      wanted: (db, ref, now) => isReminderWanted(db, { ...chatRef.parse(ref), kind: "tomorrow" }, now),
      render: async (deps, ref, _to, now) => {
        const meeting = await findForCard(deps.db, chatRef.parse(ref).meeting);
        return tomorrowInChat(meeting, now);
      },
    },
  ],
};

/** What is said to one person about a meeting, by its occasion. */
export const meetingNotices: readonly NoticeKind[] = (
  ["opens", "halfway", "closing", "after-close", "again", "how-did-it-go", "tomorrow"] as const
).map((kind) => ({
  kind: `meetings.${kind}`,
  wanted: (db, ref, now) => isReminderWanted(db, reminderRef.parse(ref), now),
  draw: (deps, ref, person, now) => drawReminder(deps.db, reminderRef.parse(ref), person, now),
  subjects: (ref) => [subjectOf(reminderRef.parse(ref).meeting)],
}));

async function remindLater(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const meeting = await meetingForMentor(deps, turn, aboutMeeting.parse(data).id, "meetings.later");
  const until = await remindAgainIn(deps, meeting, turn.speaker, 3, turn.now);
  return { kind: "text", text: `Fine. I'll come back to this one on ${sayDay(until)}, or the next working day.` };
}

async function onIt(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const meeting = await meetingForMentor(deps, turn, aboutMeeting.parse(data).id, "meetings.on-it");
  await takeOver(deps, meeting, turn.speaker.person, turn.now);
  return {
    kind: "text",
    text: "Thank you. Your co-mentor can see that you're on it and gets no more reminders about it.",
  };
}

async function askWhy(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  return {
    kind: "card",
    card: excuseForm(await meetingForMentor(deps, turn, aboutMeeting.parse(data).id, "meetings.excuse")),
  };
}

async function saveExcuse(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const { id, reason } = excuseAnswer.parse(data);
  const meeting = await meetingForMentor(deps, turn, id, "meetings.excuse");
  return redraw(turn, await excuse(deps, meeting, turn.speaker.person, reason, turn.now));
}

async function takeExcuseBack(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const meeting = await meetingForMentor(deps, turn, aboutMeeting.parse(data).id, "meetings.excuse");
  return redraw(turn, await excuse(deps, meeting, turn.speaker.person, null, turn.now));
}

function redraw(turn: Turn, meeting: Parameters<typeof reminderPart>[0]): Reply {
  const part = reminderPart(meeting, "after-close", turn.speaker, turn.now);
  return { kind: "card", card: card(part.title, part.body, part.actions, part.fallback) };
}
