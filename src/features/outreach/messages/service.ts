import type { Db } from "../../../core/db.ts";
import type { Wanted } from "../../../core/feature.ts";
import type { PersonId } from "../../../core/ids.ts";
import type { NoticeKind } from "../../notices/service.ts";
import type { Part } from "../../notices/rules.ts";
import { askPart } from "../cards.ts";
import { offerPart } from "../guests/cards.ts";
import { offerTo } from "../guests/service.ts";
import { askedBy } from "../service.ts";
import { topicOf } from "../rules.ts";
import { findStep } from "../store.ts";

type Ref = Readonly<Record<string, string>>;

const stepIn = (ref: Ref): string => ref["step"] ?? "";
const gone: Wanted = { wanted: false, reason: "the step is gone" };
const goneText = "This is settled meanwhile, there is nothing to do for you. Thank you!";
const gonePart: Part = { title: "Nothing to do", body: [], actions: [], fallback: goneText, deadline: null };

/** What a mentee is asked. */
const askNotice: NoticeKind = {
  kind: "outreach.ask",
  wanted: async (db, ref, now) => {
    const step = await findStep(db, stepIn(ref));
    if (step === null) return gone;
    const { view, mentee } = await askedBy(db, step, now);
    if (view.over !== null) return { wanted: false, reason: `no need to ask: ${view.over}` };
    if (mentee?.assessment.standing === "paused") return { wanted: false, reason: "the mentee has a pause" };
    return view.choice === null ? { wanted: true } : { wanted: false, reason: "it is answered" };
  },
  draw: async ({ db }, ref, _person, now) => {
    const step = await findStep(db, stepIn(ref));
    return step === null ? gonePart : askPart((await askedBy(db, step, now)).view);
  },
  subjects: (ref) => [topicOf(stepIn(ref))],
};

/** A joint session, to the mentee and to both mentors. */
function offerNotice(kind: string): NoticeKind {
  return {
    kind,
    wanted: (db, ref, now, person) => isOfferWanted(db, ref, now, person),
    draw: async ({ db }, ref, person, now) => {
      const step = await findStep(db, stepIn(ref));
      const view = step === null ? null : await offerTo(db, step, person, now);
      return view === null ? gonePart : offerPart(view);
    },
    subjects: (ref) => [topicOf(stepIn(ref))],
  };
}

async function isOfferWanted(db: Db, ref: Ref, now: Temporal.Instant, person: PersonId): Promise<Wanted> {
  const step = await findStep(db, stepIn(ref));
  const view = step === null ? null : await offerTo(db, step, person, now);
  if (view === null) return gone;
  if (view.isOver) return { wanted: false, reason: "the offer is over" };
  if (view.own !== null) return { wanted: false, reason: "it is answered" };
  return view.others.some(({ answer }) => answer === "no")
    ? { wanted: false, reason: "somebody would rather not" }
    : { wanted: true };
}

/** What outreach says unasked. */
export const outreachKinds: readonly NoticeKind[] = [
  askNotice,
  offerNotice("outreach.joint"),
  offerNotice("outreach.guest"),
];
