import { NotAllowed } from "../../core/errors.ts";
import type { CalendarEvent, Deps, Reply, Turn } from "../../core/feature.ts";
import { as, type MeetingId, type PersonId } from "../../core/ids.ts";
import { isBefore } from "../../core/time.ts";
import { rhythmOf } from "../calendar/rules.ts";
import { meetingForMember, meetingForMentor, meetingsChanged } from "../meetings/service.ts";
import { meetingsOfGroups, updateMeeting, type Meeting } from "../meetings/store.ts";
import { dropNotices } from "../notices/service.ts";
import type { Member } from "../programme/store.ts";
import { cancelQuestion, parse, planForm, sayMeanwhile, whichMeeting, type PlanForm } from "./cards.ts";
import { asTyped, isSamePlan, plannable, readPlan, theOneMeant, type PlanValues } from "./rules.ts";
import { addPlanVersion, answersTo, lockMeeting, planHistory } from "./store.ts";
import { suggestPlan } from "./suggestion/rules.ts";
import { tellCalledOff, tellPlan, wishTopic } from "./telling/service.ts";
import type { PlanView } from "./view/cards.ts";
import { calendarSubject, load, memberOf, planView, presentPlan, shown, type Loaded } from "./view/service.ts";

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

export async function choicesOf(deps: Deps, turn: Turn, role: "mentor" | "mentee"): Promise<readonly Meeting[]> {
  const groups = turn.speaker.memberships.flatMap((each) =>
    each.role === role && each.group !== null ? [each.group] : [],
  );
  return plannable(await meetingsOfGroups(deps.db, groups), turn.now);
}

export function asChoice(meeting: Meeting) {
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
  if (present !== null && meeting.facts.excused === null && isSamePlan(present, read.values)) {
    return await shown(deps, turn, meeting.id, ["It is planned."]);
  }
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
  await tellPlan(deps, { meeting, history }, { version, at: values.at }, mentor, now);
}

export async function showPlan(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const asked = parse.meeting(data);
  if (asked === null) throw new NotAllowed("planning.see");
  await meetingForMember(deps, turn, asked.id, "planning.see");
  return await shown(deps, turn, asked.id);
}

export async function askToCancel(deps: Deps, turn: Turn, data: unknown): Promise<Reply> {
  const asked = parse.plan(data);
  if (asked === null) throw new NotAllowed("planning.cancel");
  await meetingForMentor(deps, turn, asked.id, "planning.cancel");
  const loaded = await load(deps.db, asked.id);
  if (loaded === null || !isStanding(planView(deps, loaded, turn.now).standing)) {
    return await shown(deps, turn, asked.id);
  }
  const { timeZone } = memberOf(loaded.meeting.group.mentors, turn);
  return { kind: "card", card: cancelQuestion(planView(deps, loaded, turn.now), timeZone) };
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

/** A meeting in somebody's calendar. */
export async function calendarEntry(deps: Deps, subject: string): Promise<CalendarEvent | null> {
  const loaded = await load(deps.db, as<MeetingId>(subject.split(".")[0] ?? ""));
  if (loaded === null || calendarSubject(loaded.meeting) !== subject) return null;
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
