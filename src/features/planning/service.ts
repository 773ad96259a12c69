import type { Db } from "../../core/db.ts";
import { NotAllowed } from "../../core/errors.ts";
import type { CalendarEvent, Deps, Message, Reply, Turn, Wanted } from "../../core/feature.ts";
import { as, type MeetingId, type PersonId } from "../../core/ids.ts";
import type { OutgoingMessage } from "../../core/ports.ts";
import { isBefore } from "../../core/time.ts";
import { rhythmOf } from "../calendar/rules.ts";
import { meetingForMember, meetingForMentor, meetingsChanged, subjectOf } from "../meetings/service.ts";
import { findMeeting, meetingsOfGroups, updateMeeting, type Meeting } from "../meetings/store.ts";
import type { Part } from "../notices/cards.ts";
import { addNotices, dropNotices, type NoticeKind } from "../notices/service.ts";
import type { NewNotice } from "../notices/store.ts";
import type { Member } from "../programme/store.ts";
import {
  asCard,
  calledOff,
  cancelQuestion,
  invitation,
  mentorComes,
  mentorView,
  newerBelow,
  noLongerHere,
  noLongerYours,
  parse,
  planForm,
  sayMeanwhile,
  suggestForm,
  whichMeeting,
  wish,
  wishOfOnlyMentee,
  wishPassedOn,
  type Answer,
  type MentorView,
  type PlanForm,
  type PlanView,
  type Words,
} from "./cards.ts";
import {
  asTyped,
  isSamePlan,
  linkEnds,
  plannable,
  readMoment,
  readPlan,
  seriesStart,
  standingOf,
  suggestPlan,
  theOneMeant,
  warningsAbout,
  wishPauseHours,
  wishUsefulUntil,
  type PlanValues,
} from "./rules.ts";
import {
  addPlanVersion,
  answersTo,
  heardOf,
  lockMeeting,
  markPosted,
  noteWish,
  planHistory,
  saveAnswer,
  type PlanVersion,
  type StoredAnswer,
} from "./store.ts";

type Ref = Readonly<Record<string, string>>;
type Drawing = Pick<Deps, "db" | "links">;

/** What a plan's cards are drawn from. */
interface Loaded {
  readonly meeting: Meeting;
  /** The newest first. */
  readonly history: readonly PlanVersion[];
}

// Planning

/** The word `plan`: straight to the form when it is clear which meeting is meant. */
export async function planByWord(deps: Deps, turn: Turn, named: string): Promise<Reply> {
  const choices = await choicesOf(deps, turn, "mentor");
  const meant = theOneMeant(choices, named, turn.now);
  if (meant !== null) return await openForm(deps, turn, meant, false, choices.length > 1);
  if (choices.length === 0) return { kind: "text", text: "There is no meeting left to plan. Well done!" };
  return { kind: "card", card: whichMeeting(choices.map(asChoice), "planning.open", turn.speaker.timeZone) };
}

export async function chooseMeeting(deps: Deps, turn: Turn): Promise<Reply> {
  const choices = await choicesOf(deps, turn, "mentor");
  return { kind: "card", card: whichMeeting(choices.map(asChoice), "planning.open", turn.speaker.timeZone) };
}

async function choicesOf(deps: Deps, turn: Turn, role: "mentor" | "mentee"): Promise<readonly Meeting[]> {
  const groups = turn.speaker.memberships.flatMap((each) =>
    each.role === role && each.group !== null ? [each.group] : [],
  );
  return plannable(await meetingsOfGroups(deps.db, groups), turn.now);
}

function asChoice(meeting: Meeting) {
  const { id, title, group, facts } = meeting;
  return { id, title, groupName: group.name, plannedAt: facts.plan?.at ?? null };
}

export async function openPlan(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const asked = parse.meeting(data);
  if (asked === null) throw new NotAllowed("planning.open");
  const meeting = await meetingForMentor(deps, turn, asked.id, "planning.open");
  return await openForm(deps, turn, meeting, asked.again, false);
}

/** @param again with the plan that was called off */
async function openForm(deps: Deps, turn: Turn, meeting: Meeting, again: boolean, hasOthers: boolean): Promise<Reply> {
  if (meeting.facts.heldOn !== null) return await shown(deps, turn, meeting.id);
  const mentor = memberOf(meeting.group.mentors, turn);
  const suggested = suggestPlan(meeting.facts, mentor.timeZone, workingRhythms(meeting, mentor), turn.now);
  const cancelled = again ? (await planHistory(deps.db, meeting.id)).find((version) => version.isCancelled) : undefined;
  const plan = presentPlan(meeting) ?? cancelled ?? suggested;
  // Of a plan whose time is past, all but the time is still a good guess.
  const offered = isBefore(turn.now, plan.at) ? plan : { ...plan, at: suggested.at };
  const typed = asTyped(offered, mentor.timeZone);
  return formReply(meeting, mentor, { typed, version: meeting.planVersion, hasOthers });
}

function workingRhythms({ settings }: Meeting, mentor: Member) {
  return [rhythmOf(settings, "mentors", mentor.timeZone), rhythmOf(settings, "mentees", settings.timezone)];
}

function formReply(
  meeting: Meeting,
  mentor: Member,
  form: Pick<PlanForm, "typed" | "version"> & Partial<Pick<PlanForm, "problems" | "first" | "hasOthers">>,
): Reply {
  const wasExcused = meeting.facts.excused === null ? [] : ["You said that it could not be; a plan takes that back."];
  return {
    kind: "card",
    card: planForm({
      problems: {},
      hasOthers: false,
      ...form,
      first: [...wasExcused, ...(form.first ?? [])],
      id: meeting.id,
      title: meeting.title,
      groupName: meeting.group.name,
      window: meeting.facts.window,
      timeZone: mentor.timeZone,
      isChange: meeting.facts.plan !== null,
      hasChat: meeting.group.chat !== null,
    }),
  };
}

export async function usePlanSuggestion(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const used = parse.suggestion(data);
  if (used === null) throw new NotAllowed("planning.use-time");
  const meeting = await meetingForMentor(deps, turn, used.id, "planning.use-time");
  const mentor = memberOf(meeting.group.mentors, turn);
  const plan = presentPlan(meeting);
  const answers = await answersTo(deps.db, meeting.id, meeting.planVersion);
  const at = answers.find(({ person }) => person === used.by)?.suggestedAt ?? null;
  if (plan === null || at === null || used.plan !== meeting.planVersion) {
    return await shown(deps, turn, meeting.id, ["That suggestion is out of date. This is how it stands now."]);
  }
  const typed = asTyped({ ...plan, at }, mentor.timeZone);
  return formReply(meeting, mentor, { typed, version: meeting.planVersion });
}

/** One plan, however often the form is sent; of two different ones the later is told what the earlier changed. */
export async function savePlan(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const form = parse.saved(data);
  if (form === null) throw new NotAllowed("planning.save");
  await lockMeeting(deps.db, form.id, "update");
  const meeting = await meetingForMentor(deps, turn, form.id, "planning.save");
  if (meeting.facts.heldOn !== null) return await shown(deps, turn, meeting.id);
  const mentor = memberOf(meeting.group.mentors, turn);
  const typed = { date: form.date, time: form.time, minutes: form.minutes, form: form.form, place: form.place };
  const read = readPlan(typed, mentor.timeZone, turn.now);
  if (!read.ok) return formReply(meeting, mentor, { typed, version: form.plan, problems: read.problems });
  const present = presentPlan(meeting);
  if (present !== null && isSamePlan(present, read.values))
    return await shown(deps, turn, meeting.id, ["It is planned."]);
  const history = await planHistory(deps.db, meeting.id);
  if (form.plan !== meeting.planVersion) {
    return formReply(meeting, mentor, {
      typed,
      version: meeting.planVersion,
      first: meanwhile({ meeting, history }, mentor),
    });
  }
  await storePlan(deps, { meeting, history }, mentor.person, read.values, turn.now);
  const howTold =
    meeting.group.chat === null ? "Your mentees hear of it from me, one by one." : "It goes to your group's chat now.";
  return await shown(deps, turn, meeting.id, [howTold]);
}

function meanwhile({ meeting, history }: Loaded, mentor: Member): readonly string[] {
  const [newest] = history;
  const other = meeting.group.mentors.find(({ person }) => person === newest?.madeBy && person !== mentor.person);
  return sayMeanwhile(other?.name ?? null, presentPlan(meeting), [mentor.timeZone, meeting.settings.timezone]);
}

async function storePlan(
  deps: Deps,
  { meeting, history }: Loaded,
  mentor: PersonId,
  values: PlanValues,
  now: Temporal.Instant,
): Promise<void> {
  const version = meeting.planVersion + 1;
  await addPlanVersion(deps.db, meeting.id, { ...values, version, isCancelled: false, madeBy: mentor }, now);
  await updateMeeting(deps.db, meeting.id, {
    plannedAt: values.at,
    plannedMinutes: values.minutes,
    plannedForm: values.form,
    plannedPlace: values.place,
    planMadeAt: now,
    plannedBefore: meeting.facts.plan?.at ?? null,
    planVersion: version,
    takenBy: mentor,
    excused: null,
  });
  await dropNotices(deps.db, wishTopic(meeting.id));
  // Before anything is enqueued: what is drawn for the first time needs no update.
  await meetingsChanged(deps, [meeting.id], now);
  const start = seriesStart(history, version);
  const { chat } = meeting.group;
  await deps.outbox.enqueue(deps.db, [
    toMentor(meeting, mentor, start, now),
    ...(chat === null
      ? []
      : [toChat(meeting, chat, version === start ? "invitation" : "moved", version, values.at, now)]),
  ]);
  await addNotices(deps, inviteOneByOne(meeting, mentor, version, start, values.at, now), now);
}

/** An answer to what the mentor did, once for all changes of a plan: the card is kept true. */
function toMentor(meeting: Meeting, mentor: PersonId, start: number, now: Temporal.Instant): OutgoingMessage {
  return {
    kind: "planning.mentor-view",
    ref: { meeting: meeting.id },
    to: { person: mentor },
    dedupeKey: `planning.mentor-view:${meeting.id}@${start}:plan:${mentor}`,
    dueAt: now,
    usefulUntil: null,
    priority: "answer",
    subjects: [subjectOf(meeting.id), answersSubject(meeting.id)],
  };
}

function toChat(
  meeting: Meeting,
  chat: NonNullable<Meeting["group"]["chat"]>,
  what: "invitation" | "moved" | "called-off",
  version: number,
  usefulUntil: Temporal.Instant,
  now: Temporal.Instant,
): OutgoingMessage {
  return {
    kind: `planning.${what}`,
    ref: { meeting: meeting.id, plan: String(version), chat },
    to: { chat },
    dedupeKey: `planning.${what}:${meeting.id}@${version}:plan:${chat}`,
    dueAt: now,
    usefulUntil,
    priority: "planned",
    subjects: [subjectOf(meeting.id)],
  };
}

/** The other mentor always; the mentees where no chat tells them. */
function inviteOneByOne(
  meeting: Meeting,
  mentor: PersonId,
  version: number,
  start: number,
  usefulUntil: Temporal.Instant,
  now: Temporal.Instant,
): readonly NewNotice[] {
  const hasChat = meeting.group.chat !== null;
  const others = meeting.group.mentors.filter(({ person }) => person !== mentor);
  return [
    // Where a chat tells of changes, their card is only kept true.
    ...others.map(({ person }) =>
      asNotice(meeting, person, "mentor", "planning.planned", version, hasChat ? start : version),
    ),
    ...(hasChat ? [] : meeting.group.mentees).map(({ person }) =>
      asNotice(meeting, person, "mentee", "planning.invited", version, version),
    ),
  ].map((notice) => ({ ...notice, dueAt: now, usefulUntil }));
}

function asNotice(
  meeting: Meeting,
  person: PersonId,
  role: "mentor" | "mentee",
  kind: string,
  version: number,
  occasion: number,
): Omit<NewNotice, "dueAt" | "usefulUntil"> {
  return {
    person,
    programme: meeting.group.programme,
    role,
    kind,
    ref: { meeting: meeting.id, plan: String(version), person },
    topic: planTopic(meeting.id),
    dedupeKey: `${kind}:${meeting.id}@${occasion}:${person}`,
  };
}

export async function showPlan(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const asked = parse.meeting(data);
  if (asked === null) throw new NotAllowed("planning.see");
  await meetingForMember(deps, turn, asked.id, "planning.see");
  return await shown(deps, turn, asked.id);
}

/** The plan as the speaker may see it, who is known to belong to the group. */
async function shown(deps: Deps, turn: Turn, id: MeetingId, first: readonly string[] = []): Promise<Reply> {
  const loaded = await load(deps.db, id);
  if (loaded === null) throw new NotAllowed("planning.see", id);
  return { kind: "card", card: asCard(await wordsFor(deps, loaded, turn.speaker.person, turn.now), first) };
}

export async function askToCancel(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const asked = parse.plan(data);
  if (asked === null) throw new NotAllowed("planning.cancel");
  await meetingForMentor(deps, turn, asked.id, "planning.cancel");
  const loaded = await load(deps.db, asked.id);
  const standing = loaded === null ? "none" : planView(deps, loaded, turn.now).standing;
  if (loaded === null || !isStanding(standing)) return await shown(deps, turn, asked.id);
  return { kind: "card", card: cancelQuestion(await mentorViewOf(deps, loaded, turn.speaker.person, turn.now)) };
}

/** There is a plan that can be taken back. */
function isStanding(standing: PlanView["standing"]): boolean {
  return standing === "ahead" || standing === "started" || standing === "over";
}

export async function cancelPlan(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const asked = parse.plan(data);
  if (asked === null) throw new NotAllowed("planning.cancel-now");
  await lockMeeting(deps.db, asked.id, "update");
  const meeting = await meetingForMentor(deps, turn, asked.id, "planning.cancel-now");
  const history = await planHistory(deps.db, meeting.id);
  const plan = presentPlan(meeting);
  if (plan === null || !isStanding(planView(deps, { meeting, history }, turn.now).standing)) {
    return await shown(deps, turn, meeting.id);
  }
  if (asked.plan !== meeting.planVersion) {
    return await shown(deps, turn, meeting.id, ["Nothing was cancelled: the plan has changed meanwhile. It is now:"]);
  }
  const mentor = turn.speaker.person;
  const version = meeting.planVersion + 1;
  await addPlanVersion(deps.db, meeting.id, { ...plan, version, isCancelled: true, madeBy: mentor }, turn.now);
  await updateMeeting(deps.db, meeting.id, {
    plannedAt: null,
    plannedMinutes: null,
    plannedForm: null,
    plannedPlace: null,
    planMadeAt: null,
    plannedBefore: plan.at,
    planVersion: version,
    takenBy: mentor,
  });
  await meetingsChanged(deps, [meeting.id], turn.now);
  if (isBefore(turn.now, plan.at)) await tellCalledOff(deps, { meeting, history }, plan.at, mentor, turn.now);
  return await shown(deps, turn, meeting.id);
}

/** Whoever was invited hears of it once, where they were invited. */
async function tellCalledOff(
  deps: Deps,
  { meeting, history }: Loaded,
  startsAt: Temporal.Instant,
  mentor: PersonId,
  now: Temporal.Instant,
): Promise<void> {
  const { chat, mentors, mentees } = meeting.group;
  const version = meeting.planVersion + 1;
  const start = seriesStart(history, version);
  const heard = await heardOf(deps.db, planTopic(meeting.id), ["planning.invited", "planning.planned"], start);
  await dropNotices(deps.db, planTopic(meeting.id));
  const isPosted = history.some((each) => each.version >= start && each.isPosted);
  if (chat !== null && (isPosted || heard.length === 0)) {
    await deps.outbox.enqueue(deps.db, [toChat(meeting, chat, "called-off", version, startsAt, now)]);
    return;
  }
  const isToHear = ({ person }: Member): boolean => person !== mentor && (isPosted || heard.includes(person));
  const notices = [...mentors, ...mentees]
    .filter(isToHear)
    .map(({ person, role }) =>
      asNotice(meeting, person, role === "mentor" ? "mentor" : "mentee", "planning.called-off", version, version),
    );
  await addNotices(
    deps,
    notices.map((notice) => ({ ...notice, dueAt: now, usefulUntil: startsAt })),
    now,
  );
}

// Answering

export async function answerPlan(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const said = parse.answer(data);
  if (said === null) throw new NotAllowed("planning.answer");
  await lockMeeting(deps.db, said.id, "share");
  const asked = await askedOf(deps, turn, said, "planning.answer");
  if (asked.kind === "reply") return asked.reply;
  const { mentee, view } = asked;
  let answer: Answer;
  if (said.answer === "other_time") {
    const read = readMoment(said, mentee.timeZone, turn.now);
    if (!read.ok) {
      const card = suggestForm(view, mentee.timeZone, said, { [read.field]: read.problem });
      return { kind: "card", card };
    }
    answer = { kind: "other_time", at: read.at };
  } else {
    answer = { kind: said.answer };
  }
  const suggestedAt = answer.kind === "other_time" ? answer.at : null;
  const row = { meeting: view.id, planVersion: view.version, person: mentee.person, answer: answer.kind, suggestedAt };
  await saveAnswer(deps.db, row, turn.now);
  await deps.outbox.refresh(deps.db, [answersSubject(view.id)], turn.now);
  return {
    kind: "card",
    card: asCard(invitation(view, { timeZone: mentee.timeZone, answer }), ["Thank you for letting your mentor know."]),
  };
}

export async function openSuggestion(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const pressed = parse.plan(data);
  if (pressed === null) throw new NotAllowed("planning.suggest");
  const asked = await askedOf(deps, turn, pressed, "planning.suggest");
  if (asked.kind === "reply") return asked.reply;
  const { mentee, view } = asked;
  const { date, time } = view.plan === null ? { date: "", time: "" } : asTyped(view.plan, mentee.timeZone);
  return { kind: "card", card: suggestForm(view, mentee.timeZone, { date, time }, {}) };
}

type Asked =
  | { readonly kind: "asked"; readonly mentee: Member; readonly view: PlanView }
  | { readonly kind: "reply"; readonly reply: Reply };

/** The mentee and the plan that they are asked about; or why they are not, in words for them. */
async function askedOf(
  deps: Deps,
  turn: Turn,
  pressed: { readonly id: MeetingId; readonly plan: number },
  what: string,
): Promise<Asked> {
  const meeting = await meetingForMember(deps, turn, pressed.id, what);
  const mentee = meeting.group.mentees.find(({ person }) => person === turn.speaker.person);
  if (mentee === undefined) return { kind: "reply", reply: { kind: "text", text: mentorComes } };
  const view = planView(deps, { meeting, history: await planHistory(deps.db, meeting.id) }, turn.now);
  if (view.standing === "ahead" && view.version === pressed.plan) return { kind: "asked", mentee, view };
  const first =
    view.standing === "ahead"
      ? "The plan has changed since the card that you pressed. This is the newest one: please answer it."
      : "The card that you pressed is out of date.";
  return { kind: "reply", reply: await shown(deps, turn, meeting.id, [first]) };
}

// Asking for a date

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
  const names = mentors.map(({ name }) => name);
  if (mentors.length === 0) {
    return { kind: "text", text: 'Your group has no mentor at the moment. Write "ask" to ask a coordinator.' };
  }
  if (mentees.length === 1 && !asked.sure) return { kind: "card", card: wishOfOnlyMentee(view, names) };
  if (await noteWish(deps.db, meeting.id, now, now.subtract({ hours: wishPauseHours }))) {
    await addNotices(
      deps,
      mentors.map(({ person }) => ({
        person,
        programme: meeting.group.programme,
        role: "mentor",
        kind: "planning.wanted",
        ref: { meeting: meeting.id, person },
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

// Drawing

async function load(db: Db, id: MeetingId): Promise<Loaded | null> {
  const [meeting, history] = [await findMeeting(db, id), await planHistory(db, id)];
  return meeting === null ? null : { meeting, history };
}

function presentPlan({ facts, plannedForm, plannedPlace }: Meeting): PlanValues | null {
  if (facts.plan === null) return null;
  const { at, minutes } = facts.plan;
  return { at, minutes, form: plannedForm ?? "online", place: plannedPlace };
}

function planView({ links }: Pick<Deps, "links">, { meeting, history }: Loaded, now: Temporal.Instant): PlanView {
  const [newest] = history;
  const wasCancelled = newest?.isCancelled === true;
  const plan = presentPlan(meeting);
  return {
    id: meeting.id,
    title: meeting.title,
    groupName: meeting.group.name,
    version: meeting.planVersion,
    standing: standingOf(meeting.facts, wasCancelled, now),
    plan: plan ?? (wasCancelled ? newest : null),
    before: plan === null ? null : meeting.plannedBefore,
    timeZone: meeting.settings.timezone,
    calendarLink: plan === null ? null : links.sign("calendar", meeting.id, linkEnds(plan)),
  };
}

async function mentorViewOf(
  deps: Drawing,
  loaded: Loaded,
  mentor: PersonId,
  now: Temporal.Instant,
): Promise<MentorView> {
  const view = planView(deps, loaded, now);
  const { mentors, mentees, chat } = loaded.meeting.group;
  const readerTimeZone = mentors.find(({ person }) => person === mentor)?.timeZone ?? view.timeZone;
  const answers = await answersTo(deps.db, view.id, view.version);
  return {
    ...view,
    readerTimeZone,
    hasChat: chat !== null,
    warnings: view.plan === null ? [] : warningsAbout(view.plan.at, loaded.meeting.facts, readerTimeZone, now),
    mentees: mentees.map(({ person, name, isReachable }) => ({
      person,
      name,
      isReachable,
      answer: asAnswer(answers.find((answer) => answer.person === person)),
    })),
  };
}

function asAnswer(stored: StoredAnswer | undefined): Answer | null {
  if (stored === undefined) return null;
  if (stored.answer !== "other_time") return { kind: stored.answer };
  return stored.suggestedAt === null ? null : { kind: "other_time", at: stored.suggestedAt };
}

/** What somebody may see of a plan today: a mentor the answers, a mentee their own, anybody else nothing. */
async function wordsFor(deps: Drawing, loaded: Loaded, person: PersonId, now: Temporal.Instant): Promise<Words> {
  const { mentors, mentees } = loaded.meeting.group;
  if (mentors.some((mentor) => mentor.person === person)) {
    return mentorView(await mentorViewOf(deps, loaded, person, now));
  }
  const mentee = mentees.find((each) => each.person === person);
  if (mentee === undefined) return noLongerYours();
  const view = planView(deps, loaded, now);
  const answers = await answersTo(deps.db, view.id, view.version);
  const answer = asAnswer(answers.find((each) => each.person === person));
  return invitation(view, { timeZone: mentee.timeZone, answer });
}

/** The plan that a card was about, when that one was called off and perhaps another made since. */
function calledOffSince({ history }: Loaded, version: number): PlanVersion | null {
  return history.findLast((each) => each.isCancelled && each.version >= version) ?? null;
}

/** A card in a group's chat as it stands now. */
async function wordsInChat(
  deps: Drawing,
  loaded: Loaded,
  ref: Ref,
  isMovedCard: boolean,
  now: Temporal.Instant,
): Promise<Words> {
  const version = Number(ref["plan"]);
  const view = planView(deps, loaded, now);
  const old = calledOffSince(loaded, version);
  if (old !== null) return calledOff({ ...view, plan: old }, null);
  const start = seriesStart(loaded.history, view.version);
  const isKnown = loaded.history.some((each) => each.isPosted && each.version >= start && each.version < view.version);
  const seen = isKnown ? view : { ...view, before: null };
  const isOld = isMovedCard && version !== view.version && view.standing === "ahead";
  return isOld ? newerBelow(view) : invitation(seen, null);
}

function idIn(ref: Ref): MeetingId {
  return as<MeetingId>(ref["meeting"] ?? "");
}

const no = (reason: string): Wanted => ({ wanted: false, reason });

/** Still true, still ahead, and still the newest plan. */
function judgePlan({ meeting }: Loaded, version: number | null, now: Temporal.Instant): Wanted {
  if (meeting.facts.heldOn !== null) return no("the meeting was held");
  if (meeting.facts.excused !== null) return no("the meeting was called off for good");
  if (meeting.facts.plan === null) return no("the plan was cancelled");
  if (version !== null && version !== meeting.planVersion) return no("there is a newer plan");
  return isBefore(now, meeting.facts.plan.at) ? { wanted: true } : no("the meeting has begun");
}

function judgeCalledOff({ meeting }: Loaded, version: number): Wanted {
  return version === meeting.planVersion ? { wanted: true } : no("there is a newer plan");
}

const isGone = no("the group is not active any more");

function chatMessage(what: "invitation" | "moved" | "called-off"): Message {
  return {
    kind: `planning.${what}`,
    whenUncertain: "once",
    wanted: async (db, ref, now) => {
      const loaded = await load(db, idIn(ref));
      if (loaded === null) return isGone;
      if (loaded.meeting.group.chat !== ref["chat"]) return no("the group does not speak in this chat any more");
      const version = Number(ref["plan"]);
      if (what !== "called-off") return judgePlan(loaded, version, now);
      const start = seriesStart(loaded.history, version);
      const isPosted = loaded.history.some((each) => each.isPosted && each.version >= start && each.version < version);
      return isPosted ? judgeCalledOff(loaded, version) : no("nobody was told of the plan");
    },
    render: async (deps, ref, to, now) => {
      const loaded = await load(deps.db, idIn(ref));
      const isHere = loaded !== null && "chat" in to && loaded.meeting.group.chat === to.chat;
      return asCard(isHere ? await wordsInChat(deps, loaded, ref, what === "moved", now) : noLongerHere());
    },
    settled: async (db, ref, outcome, now) => {
      const mayStand = outcome === "sent" || outcome === "uncertain";
      if (mayStand && what !== "called-off") await markPosted(db, idIn(ref), Number(ref["plan"]), now);
    },
  };
}

export const invitationMessage = chatMessage("invitation");
export const movedMessage = chatMessage("moved");
export const calledOffMessage = chatMessage("called-off");

/** To the mentor who made the plan: who said what. */
export const mentorViewMessage: Message = {
  kind: "planning.mentor-view",
  whenUncertain: "once",
  wanted: async (db, ref, now) => {
    const loaded = await load(db, idIn(ref));
    return loaded === null ? isGone : judgePlan(loaded, null, now);
  },
  render: async (deps, ref, to, now) => {
    const loaded = await load(deps.db, idIn(ref));
    return asCard(
      loaded === null || !("person" in to) ? noLongerYours() : await wordsFor(deps, loaded, to.person, now),
    );
  },
};

function noticeKind(
  kind: string,
  judge: (loaded: Loaded, ref: Ref, now: Temporal.Instant) => Wanted,
  draw: (deps: Drawing, loaded: Loaded, ref: Ref, person: PersonId, now: Temporal.Instant) => Promise<Words>,
): NoticeKind {
  return {
    kind,
    wanted: async (db, ref, now) => {
      const loaded = await load(db, idIn(ref));
      if (loaded === null) return isGone;
      const { mentors, mentees } = loaded.meeting.group;
      const isIn = [...mentors, ...mentees].some(({ person }) => person === ref["person"]);
      return isIn ? judge(loaded, ref, now) : no("not in the group any more");
    },
    draw: async (deps, ref, person, now): Promise<Part> => {
      const loaded = await load(deps.db, idIn(ref));
      if (loaded === null) return { ...noLongerYours(), deadline: null };
      const { mentors, mentees } = loaded.meeting.group;
      const isIn = [...mentors, ...mentees].some((member) => member.person === person);
      const words = isIn ? await draw(deps, loaded, ref, person, now) : noLongerYours();
      return { ...words, deadline: loaded.meeting.facts.plan?.at ?? null };
    },
    subjects: (ref) => [subjectOf(idIn(ref)), ...(kind === "planning.planned" ? [answersSubject(idIn(ref))] : [])],
  };
}

/** To a mentee of a group without a chat. */
export const invitedNotice = noticeKind(
  "planning.invited",
  (loaded, ref, now) => judgePlan(loaded, Number(ref["plan"]), now),
  (deps, loaded, ref, person, now) => wordsUnlessCalledOff(deps, loaded, ref, person, now),
);

/** To the other mentor. */
export const plannedNotice = noticeKind(
  "planning.planned",
  (loaded, _ref, now) => judgePlan(loaded, null, now),
  (deps, loaded, _ref, person, now) => wordsFor(deps, loaded, person, now),
);

export const calledOffNotice = noticeKind(
  "planning.called-off",
  (loaded, ref) => judgeCalledOff(loaded, Number(ref["plan"])),
  (deps, loaded, ref, person, now) => wordsUnlessCalledOff(deps, loaded, ref, person, now),
);

async function wordsUnlessCalledOff(
  deps: Drawing,
  loaded: Loaded,
  ref: Ref,
  person: PersonId,
  now: Temporal.Instant,
): Promise<Words> {
  const old = calledOffSince(loaded, Number(ref["plan"]));
  if (old === null) return await wordsFor(deps, loaded, person, now);
  const { mentors, mentees } = loaded.meeting.group;
  const reader = [...mentors, ...mentees].find((member) => member.person === person)?.timeZone ?? null;
  return calledOff({ ...planView(deps, loaded, now), plan: old }, reader);
}

/** To a mentor: somebody would like a date. */
export const wishNotice = noticeKind(
  "planning.wanted",
  (loaded, _ref, now) => {
    const { facts } = loaded.meeting;
    if (facts.heldOn !== null || facts.excused !== null) return no("the meeting needs no date any more");
    return facts.plan !== null && isBefore(now, facts.plan.at) ? no("there is a date now") : { wanted: true };
  },
  async (deps, loaded, _ref, _person, now) => wish(planView(deps, loaded, now)),
);

/** A meeting in somebody's calendar. */
export async function calendarEntry(deps: Deps, subject: string): Promise<CalendarEvent | null> {
  const loaded = await load(deps.db, as<MeetingId>(subject));
  if (loaded === null) return null;
  const { meeting } = loaded;
  const { plan, standing, version, title, timeZone } = planView(deps, loaded, deps.clock.now());
  if (plan === null) return null;
  return {
    uid: `meeting-${meeting.id}@waymark`,
    sequence: version,
    title: `${title} (${meeting.group.name})`,
    startsAt: plan.at,
    minutes: plan.minutes,
    timeZone,
    place: plan.place,
    isCancelled: standing === "cancelled" || standing === "excused",
  };
}

function memberOf(members: readonly Member[], turn: Turn): Member {
  const member = members.find(({ person }) => person === turn.speaker.person);
  if (member === undefined) throw new Error("somebody who was let in is not in the group");
  return member;
}

/** What is about a plan's answers only: the chat's card does not show them. */
function answersSubject(meeting: MeetingId): string {
  return `answers:${meeting}`;
}

function planTopic(meeting: MeetingId): string {
  return `plan:${meeting}`;
}

function wishTopic(meeting: MeetingId): string {
  return `wanted:${meeting}`;
}
