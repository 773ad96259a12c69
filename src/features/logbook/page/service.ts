import { NotAllowed } from "../../../core/errors.ts";
import type { Deps, Reply, Turn } from "../../../core/feature.ts";
import type { MeetingId, PersonId } from "../../../core/ids.ts";
import { dayIn } from "../../../core/time.ts";
import { notHeldYet, wasThere, type EntryView } from "../cards.ts";
import { entryForm, type AboutEntry, type EntryForm } from "../form/cards.ts";
import { candidates, suggestedDay, type Typed } from "../form/rules.ts";
import { editableUntil, isEditable, isReadableBy, wasIn, type Mentee } from "../rules.ts";
import { findLogbook, type Logbook, type Saved } from "../store.ts";

/** A meeting in the logbook, or a catch-up with one mentee, before one of the group's mentors. */
export interface Page {
  readonly log: Logbook;
  readonly readerSince: Temporal.PlainDate;
  readonly catchUpFor: Mentee | null;
  /** A further meeting that comes into being with the first save. */
  readonly isNewMeeting: boolean;
}

/** Anybody but a mentor of the group is refused, in words that do not tell whether the meeting exists. */
export async function openPage(deps: Deps, turn: Turn, { id, person }: AboutEntry, what: string): Promise<Page> {
  const log = await findLogbook(deps.db, id, turn.speaker.person, person);
  return asPage(log, id, person, what);
}

export function asPage(
  log: Logbook | null,
  id: MeetingId,
  person: PersonId | null,
  what: string,
  isNewMeeting = false,
): Page {
  const catchUpFor = log?.mentees.find((mentee) => mentee.person === person && mentee.isActive) ?? null;
  if (log === null || log.readerSince === null) throw new NotAllowed(what, id);
  if (person !== null && catchUpFor === null) throw new NotAllowed(what, id);
  return { log, readerSince: log.readerSince, catchUpFor, isNewMeeting };
}

/** Why there is nothing to catch up on; null when there is. */
export function refusalOf({ log, catchUpFor }: Page): string | null {
  if (catchUpFor === null || log.saved !== null) return null;
  if (log.meeting.heldOn === null) return notHeldYet;
  return catchUpFor.status === "held" ? wasThere : null;
}

/** What the form shows beyond a blank one. */
type Filled = Partial<Pick<EntryForm, "typed" | "version" | "problems" | "conflict">>;

export function formReply(page: Page, turn: Turn, filled: Filled): Reply {
  const { meeting, mentees, saved, yearStarts } = page.log;
  const today = dayIn(turn.now, turn.speaker.timeZone);
  // Whoever left a group a month before an extra meeting is not asked about.
  const since = meeting.opens ?? today.subtract({ days: 30 });
  const form: EntryForm = {
    subject: subjectOf(page),
    isNewMeeting: page.isNewMeeting,
    version: 0,
    typed: blank(page, turn),
    mentees: candidates(mentees, since, saved?.entry.attended ?? []),
    yearStarts,
    today,
    problems: {},
    conflict: null,
    ...filled,
  };
  return { kind: "card", card: entryForm(form) };
}

/** As likely as can be told: as it was planned, and everybody came. */
function blank({ log, catchUpFor }: Page, turn: Turn): Typed {
  const { plannedAt, plannedMinutes, plannedForm } = log.meeting;
  const heldOn = suggestedDay(catchUpFor === null ? plannedAt : null, turn.now, turn.speaker.timeZone);
  return {
    heldOn: heldOn.toString(),
    // A catch-up is short; a meeting without a plan lasts about an hour, as most do.
    minutes: String(catchUpFor === null ? (plannedMinutes ?? 60) : 30),
    form: catchUpFor === null ? (plannedForm ?? "") : "",
    attended: log.mentees
      .filter((mentee) => wasIn(mentee, heldOn))
      .map((mentee) => mentee.person)
      .join(","),
    topics: "",
    summary: "",
    reflection: "",
  };
}

function subjectOf({ log, catchUpFor }: Page): EntryForm["subject"] {
  return { meeting: log.meeting.id, title: log.meeting.title, group: log.group, catchUpFor };
}

export function viewOf(page: Page, saved: Saved, turn: Turn): EntryView {
  const { entry, mentorName, reflection } = saved;
  // The last instant of the two weeks, so that the day named is one on which it still works.
  const lastMoment = editableUntil(entry.firstSavedAt).subtract({ milliseconds: 1 });
  return {
    subject: subjectOf(page),
    entry,
    mentorName,
    reflection: reflection?.text ?? "",
    mentees: page.log.mentees,
    isReadable: isReadable(page, saved, turn),
    editableUntil: isEditable(entry.firstSavedAt, turn.now) ? dayIn(lastMoment, turn.speaker.timeZone) : null,
  };
}

function isReadable({ log, readerSince }: Page, { entry, isByPresentMentor }: Saved, turn: Turn): boolean {
  const firstSavedOn = dayIn(entry.firstSavedAt, log.timeZone);
  const since = log.readerCoversUntil === null ? readerSince : null;
  return isReadableBy(turn.speaker.person, since, { mentor: entry.mentor, isByPresentMentor, firstSavedOn });
}

export function mayChange(page: Page, saved: Saved, turn: Turn): boolean {
  return isReadable(page, saved, turn) && isEditable(saved.entry.firstSavedAt, turn.now);
}
