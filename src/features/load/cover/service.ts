import { NotAllowed } from "../../../core/errors.ts";
import type { Deps, Reply, Turn } from "../../../core/feature.ts";
import { as, type CoverId, type PersonId } from "../../../core/ids.ts";
import { dayIn, isDayBefore, startOfDay } from "../../../core/time.ts";
import { addNotices, dropNotices } from "../../notices/service.ts";
import { findProgramme, groupsOfProgramme, loadGroup } from "../../programme/store.ts";
import { groupChangedHands } from "../hands/service.ts";
import { endCover } from "../ending/service.ts";
import { coverSubject, turnToTopic } from "../rules.ts";
import {
  askedAlready,
  askedCard,
  coverForm,
  coveringCard,
  handedBack,
  neverMind,
  noGroupOfYourOwn,
  noLongerNeeded,
  nobodyToAsk,
  oneIsEnough,
  overAlready,
  parseAsk,
  parseCover,
  takenAlready,
  takenBack,
  type CoverForm,
} from "./cards.ts";
import { colleaguesToAsk, mayCover, readCoverDay } from "./rules.ts";
import {
  addCover,
  beginMembership,
  findCover,
  lockPerson,
  ownGroups,
  runningAround,
  setAway,
  takeCover,
  type Cover,
} from "./store.ts";

/** @param typed the day, if one was typed after the word */
export async function openForm(deps: Deps, turn: Turn, typed: string): Promise<Reply> {
  const groups = await ownGroups(deps.db, turn.speaker.person);
  if (groups.length === 0) return { kind: "text", text: noGroupOfYourOwn };
  const today = dayIn(turn.now, turn.speaker.timeZone);
  const until = typed === "" ? today.add({ days: 7 }).toString() : typed;
  const day = readCoverDay(until, today);
  const cover = as<CoverId>(deps.newId());
  const problem = day.ok ? null : day.problem;
  return formReply({ cover, groups, typed: { group: null, until }, problem, today });
}

function formReply(form: CoverForm): Reply {
  return { kind: "card", card: coverForm(form) };
}

/** One form asks once, however often it is sent. */
export async function askColleagues(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const { db } = deps;
  const { now } = turn;
  const { person: mentor } = turn.speaker;
  const form = parseAsk(data);
  if (form === null) throw new NotAllowed("load.ask-cover");
  const groups = await ownGroups(db, mentor);
  const group = groups.find(({ id }) => id === form.group);
  const programme = group === undefined ? null : await findProgramme(db, group.programme);
  if (group === undefined || programme === null) throw new NotAllowed("load.ask-cover", form.group);
  const today = dayIn(now, programme.timeZone);
  const day = readCoverDay(form.until, today);
  if (!day.ok) {
    const typed = { group: form.group, until: form.until };
    return formReply({ cover: form.cover, groups, typed, problem: day.problem, today });
  }
  await lockPerson(db, mentor);
  const running = (await runningAround(db, mentor)).find((each) => each.group.id === group.id);
  if (running !== undefined && running.id !== form.cover) return { kind: "text", text: askedAlready(running) };
  const asked = colleaguesToAsk(await groupsOfProgramme(db, programme.id), group.id, mentor, now);
  if (running === undefined && asked.length === 0) return { kind: "text", text: nobodyToAsk };
  const row = { id: form.cover, group: group.id, mentor, until: day.until, askedAt: now };
  const isNew = running === undefined && (await addCover(db, row));
  const cover = await findCover(db, form.cover);
  if (cover?.mentor.id !== mentor) throw new NotAllowed("load.ask-cover", form.cover);
  if (cover.state === "over") return { kind: "text", text: overAlready };
  if (cover.state === "taken") return { kind: "text", text: askedAlready(cover) };
  if (isNew) {
    await addNotices(
      deps,
      asked.map((person) => ({
        person,
        programme: programme.id,
        role: "mentor",
        kind: "load.cover-wanted",
        ref: { cover: cover.id },
        topic: coverSubject(cover.id),
        dedupeKey: `load.cover-wanted:${cover.id}:${person}`,
        dueAt: now,
        usefulUntil: startOfDay(cover.until, cover.timeZone),
      })),
      now,
    );
  }
  return { kind: "card", card: askedCard(cover, asked.length) };
}

/** The first colleague wins; everybody after them is thanked, and nothing changes. */
export async function takeOn(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const { db } = deps;
  const { person } = turn.speaker;
  const id = parseCover(data);
  const found = id === null ? null : await findCover(db, id);
  if (found === null) throw new NotAllowed("load.take-cover", id);
  // Two cards pressed at once, on two devices, or a part that ends in this moment: one after the other.
  await lockPerson(db, person);
  const groups = await groupsOfProgramme(db, found.programme);
  if (!mayCover(groups, found.group.id, found.mentor.id, person)) throw new NotAllowed("load.take-cover", found.id);
  const own = (await runningAround(db, person)).find((each) => each.coveredBy?.id === person);
  if (own !== undefined && own.id !== found.id) {
    return { kind: "text", text: oneIsEnough(own.group.name, own.until) };
  }
  const today = dayIn(turn.now, found.timeZone);
  const isFirst = isDayBefore(today, found.until) && (await takeCover(db, found.id, person, turn.now));
  const cover = await findCover(db, found.id);
  if (cover === null) throw new Error("A cover that was found is not there.");
  if (isFirst) await begin(deps, cover, person, today, turn.now);
  else if (cover.state !== "taken") return { kind: "text", text: noLongerNeeded };
  else if (cover.coveredBy?.id !== person) return { kind: "text", text: takenAlready(cover.coveredBy?.name ?? "") };
  return { kind: "card", card: coveringCard(cover) };
}

async function begin(
  deps: Deps,
  cover: Cover,
  person: PersonId,
  today: Temporal.PlainDate,
  now: Temporal.Instant,
): Promise<void> {
  await beginMembership(deps.db, cover, person, today, deps.newId());
  await setAway(deps.db, cover.group.id, cover.mentor.id, cover.until);
  await dropNotices(deps.db, coverSubject(cover.id));
  await deps.outbox.enqueue(deps.db, [
    {
      kind: "load.cover-taken",
      ref: { cover: cover.id },
      to: { person: cover.mentor.id },
      dedupeKey: `load.cover-taken:${cover.id}@1:taken:${cover.mentor.id}`,
      dueAt: now,
      usefulUntil: null,
      priority: "answer",
      subjects: [coverSubject(cover.id)],
    },
  ]);
  await tellMentees(deps, cover, now);
  await deps.outbox.refresh(deps.db, [coverSubject(cover.id)], now);
  await groupChangedHands(deps, cover.programme, cover.group.id, now);
}

async function tellMentees(deps: Deps, cover: Cover, now: Temporal.Instant): Promise<void> {
  const group = await loadGroup(deps.db, cover.group.id);
  await addNotices(
    deps,
    (group?.mentees ?? []).map(({ person }) => ({
      person,
      programme: cover.programme,
      role: "mentee",
      kind: "load.turn-to",
      ref: { cover: cover.id },
      topic: turnToTopic(cover.group.id),
      dedupeKey: `load.turn-to:${cover.id}:${person}`,
      dueAt: now,
      usefulUntil: startOfDay(cover.until, cover.timeZone),
    })),
    now,
  );
}

/** The colleague hands the group back, its mentor takes it back, or needs nobody after all. */
export async function handBack(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const id = parseCover(data);
  const cover = id === null ? null : await findCover(deps.db, id);
  const { person } = turn.speaker;
  const isMentor = cover?.mentor.id === person;
  if (cover === null || !(isMentor || cover.coveredBy?.id === person)) throw new NotAllowed("load.hand-back", id);
  const how = !isMentor ? "handed_back" : cover.state === "open" ? "withdrawn" : "taken_back";
  if (!(await endCover(deps, cover, how, turn.now))) return { kind: "text", text: overAlready };
  return { kind: "text", text: { handed_back: handedBack, withdrawn: neverMind, taken_back: takenBack }[how] };
}
