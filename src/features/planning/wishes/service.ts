import { NotAllowed } from "../../../core/errors.ts";
import type { Deps, Reply, Turn } from "../../../core/feature.ts";
import { meetingForMember } from "../../meetings/service.ts";
import { addNotices } from "../../notices/service.ts";
import { parse, whichMeeting } from "../cards.ts";
import { theOneMeant, wishPauseHours, wishUsefulUntil } from "../rules.ts";
import { asChoice, choicesOf } from "../service.ts";
import { noteWish, planHistory } from "../store.ts";
import { wishTopic } from "../telling/service.ts";
import type { PlanView } from "../view/cards.ts";
import { planView, shown } from "../view/service.ts";
import { wishOfOnlyOne, wishPassedOn } from "./cards.ts";

export async function askForDateByWord(deps: Deps, turn: Turn, named: string): Promise<Reply> {
  const choices = await choicesOf(deps, turn, "mentee");
  const meant = theOneMeant(choices, named, turn.now);
  if (meant !== null) return await askForDate(deps, turn, { id: meant.id });
  if (choices.length === 0) return { kind: "text", text: "There is no meeting left that needs a date." };
  const card = whichMeeting(choices.map(asChoice), "planning.ask-for-date", turn.speaker.timeZone);
  return { kind: "card", card };
}

/** The mentors hear that somebody would like a date, never who; once a week, whoever asks. */
export async function askForDate(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const asked = parse.meeting(data);
  if (asked === null) throw new NotAllowed("planning.ask-for-date");
  const { now } = turn;
  const meeting = await meetingForMember(deps, turn, asked.id, "planning.ask-for-date");
  const { mentors, mentees } = meeting.group;
  if (!mentees.some(({ person }) => person === turn.speaker.person)) {
    return { kind: "text", text: 'You are the mentor, so the date is yours to choose: write "plan".' };
  }
  const view = planView(deps, { meeting, history: await planHistory(deps.db, meeting.id) }, now);
  if (!isDateMissing(view)) {
    return await shown(deps, turn, meeting.id, view.standing === "ahead" ? ["There is a date already."] : []);
  }
  const present = mentors.filter(({ awayUntil }) => awayUntil === null);
  const names = present.map(({ name }) => name);
  if (present.length === 0) {
    return { kind: "text", text: 'Your group has no mentor at the moment. Write "ask" to ask a coordinator.' };
  }
  // A mentor sees on the plan's card who has not installed the bot: nobody else can have asked.
  if (mentees.filter(({ isReachable }) => isReachable).length <= 1 && !asked.sure) {
    return { kind: "card", card: wishOfOnlyOne(view, mentees.length === 1 ? "mentee" : "reachable", names) };
  }
  if (await noteWish(deps.db, meeting.id, now, now.subtract({ hours: wishPauseHours }))) {
    await addNotices(
      deps,
      present.map(({ person }) => ({
        person,
        programme: meeting.group.programme,
        role: "mentor",
        kind: "planning.wanted",
        ref: { meeting: meeting.id },
        topic: wishTopic(meeting.id),
        dedupeKey: `planning.wanted:${meeting.id}@${now.toString()}:${person}`,
        dueAt: now,
        usefulUntil: wishUsefulUntil(now),
      })),
      now,
    );
  }
  return { kind: "card", card: wishPassedOn(view, names) };
}

function isDateMissing({ standing }: PlanView): boolean {
  return standing === "none" || standing === "cancelled" || standing === "over";
}
