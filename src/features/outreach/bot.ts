import type { Feature } from "../../core/feature.ts";
import type { NoticeKind } from "../notices/service.ts";
import { reachOut } from "./climb/service.ts";
import { answerOffer, setOpenToGuests } from "./guests/service.ts";
import { showList, snooze, undo } from "./list/service.ts";
import { outreachKinds } from "./messages/service.ts";
import { answerAsk, showAsk, takeAnswerBack } from "./service.ts";

/** Nobody left behind: a mentee who goes quiet is noticed, asked kindly, and seen by the coordinators. */
export const outreach: Feature = {
  name: "outreach",
  commands: [
    {
      words: ["at risk", "quiet", "outreach"],
      help: "mentees who have gone quiet, and what was done",
      where: ["personal"],
      who: ["coordinator"],
      handle: (deps, turn) => showList(deps, turn),
    },
    {
      words: ["open to guests", "guests"],
      help: "let a mentee of another group join a meeting now and then",
      where: ["personal"],
      who: ["mentor"],
      handle: (deps, turn) => setOpenToGuests(deps, turn, true),
    },
    {
      words: ["no guests"],
      help: "end that",
      where: ["personal"],
      who: ["mentor"],
      handle: (deps, turn) => setOpenToGuests(deps, turn, false),
    },
  ],
  actions: [
    { verb: "outreach.answer", handle: answerAsk },
    { verb: "outreach.see", handle: showAsk },
    { verb: "outreach.take-back", handle: takeAnswerBack },
    { verb: "outreach.offer", handle: answerOffer },
    { verb: "outreach.open", handle: (deps, turn) => setOpenToGuests(deps, turn, true) },
    { verb: "outreach.close", handle: (deps, turn) => setOpenToGuests(deps, turn, false) },
    { verb: "outreach.snooze", handle: snooze },
    { verb: "outreach.undo", handle: undo },
  ],
  jobs: [{ name: "outreach", run: reachOut }],
};

/** What outreach says unasked. */
export const outreachNotices: readonly NoticeKind[] = outreachKinds;
