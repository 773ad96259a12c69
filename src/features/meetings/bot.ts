import type { z } from "zod/v4";
import { card } from "../../core/card.ts";
import { NotAllowed } from "../../core/errors.ts";
import type { Deps, Feature, Reply, Turn } from "../../core/feature.ts";
import { sayDay } from "../../core/time.ts";
import type { NoticeKind } from "../notices/service.ts";
import { aboutMeeting, excuseAnswer, excuseForm, type MeetingOnCard } from "./cards.ts";
import { isTomorrowWantedInChat, findForChat, isReminderWanted, drawReminder, subjectsOf } from "./messages/service.ts";
import { chatRef, noLongerInChat, reminderPart, reminderRef, tomorrowInChat } from "./reminders/cards.ts";
import type { ReminderKind } from "./reminders/rules.ts";
import { remindOfMeetings } from "./reminders/service.ts";
import { excuse, meetingForMentor, remindAgainIn, takeOver } from "./service.ts";

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
      wanted: (db, ref, now) => isTomorrowWantedInChat(db, chatRef.parse(ref), now),
      render: async (deps, ref, _to, now) => {
        const { meeting: id, chat } = chatRef.parse(ref);
        const meeting = await findForChat(deps.db, id, chat);
        return meeting === null ? noLongerInChat() : tomorrowInChat(meeting, now);
      },
    },
  ],
};

/** What is said to one person about a meeting, by its occasion. */
export const meetingNotices: readonly NoticeKind[] = (
  ["opens", "halfway", "closing", "after-close", "again", "how-did-it-go", "tomorrow"] as const
).map((kind) => ({
  kind: `meetings.${kind}`,
  wanted: (db, ref, now, person) => isReminderWanted(db, reminderRef.parse(ref), person, now),
  draw: (deps, ref, person, now) => drawReminder(deps.db, reminderRef.parse(ref), person, now),
  subjects: (ref) => subjectsOf(reminderRef.parse(ref).meeting),
}));

async function asked(deps: Deps, turn: Turn, data: unknown, what: string): ReturnType<typeof meetingForMentor> {
  return meetingForMentor(deps, turn, parsed(aboutMeeting, data, what).id, what);
}

/** No card of ours sends anything else: who made it up is refused as if it were not theirs. */
function parsed<Output>(schema: z.ZodType<Output>, data: unknown, what: string): Output {
  const result = schema.safeParse(data);
  if (!result.success) throw new NotAllowed(what);
  return result.data;
}

async function remindLater(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const meeting = await asked(deps, turn, data, "meetings.later");
  const until = await remindAgainIn(deps, meeting, turn.speaker, 3, turn.now);
  if (until === null) return redraw(turn, meeting, "how-did-it-go");
  return { kind: "text", text: `Fine. I'll come back to this one on ${sayDay(until)}, or the next working day.` };
}

async function onIt(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const meeting = await asked(deps, turn, data, "meetings.on-it");
  await takeOver(deps, meeting, turn.speaker.person, turn.now);
  return {
    kind: "text",
    text: "Thank you. Your co-mentor can see that you're on it and gets no more reminders about it.",
  };
}

async function askWhy(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const meeting = await asked(deps, turn, data, "meetings.excuse-form");
  return { kind: "card", card: excuseForm(meeting, meeting.planVersion) };
}

async function saveExcuse(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const meeting = await asked(deps, turn, data, "meetings.excuse");
  const { reason, plan = meeting.planVersion } = parsed(excuseAnswer, data, "meetings.excuse");
  // Planned or changed since the form was opened, by the other mentor perhaps: they see that instead.
  if (plan !== meeting.planVersion) return redraw(turn, meeting, "after-close");
  return redraw(turn, await excuse(deps, meeting, turn.speaker.person, reason, turn.now), "after-close");
}

async function takeExcuseBack(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const meeting = await asked(deps, turn, data, "meetings.not-excused");
  return redraw(turn, await excuse(deps, meeting, turn.speaker.person, null, turn.now), "after-close");
}

function redraw(turn: Turn, meeting: MeetingOnCard, kind: ReminderKind): Reply {
  const part = reminderPart(meeting, kind, turn.speaker, turn.now);
  return { kind: "card", card: card(part.title, part.body, part.actions, part.fallback) };
}
