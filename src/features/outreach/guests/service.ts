import type { Db } from "../../../core/db.ts";
import { NotAllowed } from "../../../core/errors.ts";
import type { Deps, Reply, Turn } from "../../../core/feature.ts";
import type { PersonId } from "../../../core/ids.ts";
import { loadGroup } from "../../programme/store.ts";
import { alreadySaid, outOfDate, parse } from "../cards.ts";
import { loadMentees } from "../facts/service.ts";
import { topicOf } from "../rules.ts";
import { findStep, lockStep, saveAnswer, type StepWithAnswers } from "../store.ts";
import { offerCard, openCard, type OfferView } from "./cards.ts";
import { isHost, setHost } from "./store.ts";

/** A mentor is open to guests from other groups, or is not any more. */
export async function setOpenToGuests(deps: Deps, turn: Turn, isOpen: boolean): Promise<Reply> {
  const groups = turn.speaker.memberships.flatMap(({ role, group }) =>
    role === "mentor" && group !== null ? [group] : [],
  );
  if (groups.length === 0) throw new NotAllowed("outreach.open");
  await setHost(deps.db, turn.speaker.person, groups, isOpen, turn.now);
  return { kind: "card", card: openCard(isOpen) };
}

/** A joint session as one of its people sees it; null for anybody else. */
export async function offerTo(
  db: Db,
  step: StepWithAnswers,
  person: PersonId,
  now: Temporal.Instant,
): Promise<OfferView | null> {
  if (step.kind !== "joint" || step.host === null || step.hostGroup === null) return null;
  const mentee = (await loadMentees(db, [step.group], now)).find(({ member }) => member.person === step.person);
  const hostGroup = await loadGroup(db, step.hostGroup);
  const host = hostGroup?.mentors.find((mentor) => mentor.person === step.host);
  const mentors = mentee?.group.mentors ?? [];
  const reader =
    person === step.person
      ? "mentee"
      : person === step.host
        ? "host"
        : mentors.some((mentor) => mentor.person === person)
          ? "mentor"
          : null;
  if (reader === null) return null;
  const isOpen = host !== undefined && (await isHost(db, host.person));
  const names = new Map(
    [...mentors, ...(mentee === undefined ? [] : [mentee.member]), ...(host === undefined ? [] : [host])].map((m) => [
      m.person,
      m.name,
    ]),
  );
  const said = step.answers.flatMap(({ person: who, answer }) =>
    answer === "yes" || answer === "no" ? [{ who, answer }] : [],
  );
  const isPaused = mentee?.assessment.standing === "paused";
  return {
    step: step.id,
    version: step.version,
    reader,
    title: mentee?.meetings.find(({ id }) => id === step.meeting)?.title ?? "A meeting",
    mentee: mentee?.member.name ?? "Somebody",
    groupName: mentee?.group.name ?? "another group",
    hostName: host?.name ?? "A mentor",
    hostGroupName: hostGroup?.name ?? "another group",
    own: said.find(({ who }) => who === person)?.answer ?? null,
    others: said.flatMap(({ who, answer }) => {
      const name = names.get(who);
      return who === person || name === undefined ? [] : [{ name, answer }];
    }),
    isOver: step.undoneAt !== null || mentee === undefined || isPaused || !isOpen,
  };
}

export async function answerOffer(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const said = parse.offered(data);
  if (said === null) throw new NotAllowed("outreach.offer");
  await lockStep(deps.db, said.step);
  const step = await findStep(deps.db, said.step);
  const view = step === null ? null : await offerTo(deps.db, step, turn.speaker.person, turn.now);
  if (view === null) throw new NotAllowed("outreach.offer", said.step);
  if (view.isOver) return { kind: "card", card: offerCard(view) };
  if (view.own === said.answer) return { kind: "card", card: offerCard(view, [alreadySaid]) };
  if (view.own !== null) return { kind: "card", card: offerCard(view, [outOfDate]) };
  await saveAnswer(deps.db, said.step, turn.speaker.person, said.answer, turn.now);
  await deps.outbox.refresh(deps.db, [topicOf(said.step)], turn.now);
  return { kind: "card", card: offerCard({ ...view, own: said.answer, version: view.version + 1 }) };
}
