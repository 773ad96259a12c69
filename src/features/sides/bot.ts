import type { z } from "zod/v4";
import { NotAllowed } from "../../core/errors.ts";
import type { Feature } from "../../core/feature.ts";
import type { NoticeKind } from "../notices/service.ts";
import { aboutSide, settleAnswer, sideAnswer, sideRef } from "./cards.ts";
import {
  answerSide,
  askWhoWasThere,
  drawQuestion,
  isQuestionWanted,
  openSide,
  questionSubjects,
  settleSide,
} from "./service.ts";

/** The two sides of a meeting: what its log says, and what each mentee says of their own part in it. */
export const sides: Feature = {
  name: "sides",
  actions: [
    {
      verb: "sides.open",
      handle: (deps, turn, data) => openSide(deps, turn, parsed(aboutSide, data, "sides.open").id),
    },
    {
      verb: "sides.answer",
      handle: (deps, turn, data) => {
        const { id, answer } = parsed(sideAnswer, data, "sides.answer");
        return answerSide(deps, turn, id, answer);
      },
    },
    {
      verb: "sides.settle",
      handle: (deps, turn, data) => settleSide(deps, turn, parsed(settleAnswer, data, "sides.settle")),
    },
  ],
  jobs: [{ name: "sides", run: askWhoWasThere }],
};

export const sidesNotices: readonly NoticeKind[] = [
  {
    kind: "sides.was-there",
    wanted: (db, ref, _now, person) => isQuestionWanted(db, sideRef.parse(ref).meeting, person),
    draw: (deps, ref, person) => drawQuestion(deps.db, sideRef.parse(ref).meeting, person),
    subjects: (ref) => questionSubjects(sideRef.parse(ref)),
  },
];

/** No card of ours sends anything else: who made it up is refused as if it were not theirs. */
function parsed<Output>(schema: z.ZodType<Output>, data: unknown, what: string): Output {
  const result = schema.safeParse(data);
  if (!result.success) throw new NotAllowed(what);
  return result.data;
}
