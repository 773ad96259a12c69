import type { Feature } from "../../core/feature.ts";
import type { NoticeKind } from "../notices/service.ts";
import { answerPlan, openSuggestion } from "./answers/service.ts";
import {
  calledOffMessage,
  calledOffNotice,
  invitationMessage,
  invitedNotice,
  mentorViewMessage,
  movedMessage,
  plannedNotice,
  wishNotice,
} from "./messages/service.ts";
import {
  askToCancel,
  calendarEntry,
  cancelPlan,
  chooseMeeting,
  openPlan,
  planByWord,
  savePlan,
  showPlan,
  usePlanSuggestion,
} from "./service.ts";
import { askForDate, askForDateByWord } from "./wishes/service.ts";

/** A mentor plans a meeting, the group answers, mentees ask for a date. */
export const planning: Feature = {
  name: "planning",
  commands: [
    {
      words: ["plan", "plan a meeting"],
      help: "plan a meeting with your group, or change one",
      where: ["personal"],
      who: ["mentor"],
      handle: planByWord,
    },
    {
      words: ["ask for a date", "ask for date"],
      help: "let your mentor know that somebody would like a date for a meeting",
      where: ["personal"],
      who: ["mentee"],
      handle: askForDateByWord,
    },
  ],
  actions: [
    { verb: "planning.open", handle: openPlan },
    { verb: "planning.choose", handle: chooseMeeting },
    { verb: "planning.save", handle: savePlan },
    { verb: "planning.see", handle: showPlan },
    { verb: "planning.use-time", handle: usePlanSuggestion },
    { verb: "planning.cancel", handle: askToCancel },
    { verb: "planning.cancel-now", handle: cancelPlan },
    { verb: "planning.answer", handle: answerPlan },
    { verb: "planning.suggest", handle: openSuggestion },
    { verb: "planning.ask-for-date", handle: askForDate },
  ],
  messages: [invitationMessage, movedMessage, calledOffMessage, mentorViewMessage],
  pages: [{ path: "calendar", handle: calendarEntry }],
};

/** What planning says unasked. */
export const planningNotices: readonly NoticeKind[] = [invitedNotice, plannedNotice, calledOffNotice, wishNotice];
