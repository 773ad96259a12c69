import { as, type NoticeId } from "../../../core/ids.ts";
import { isBefore, isDayBefore, startOfDay } from "../../../core/time.ts";
import { rhythmOf, type Rhythm } from "../../calendar/rules.ts";
import { decide } from "../../notices/rules.ts";
import { nextLook, stepsDue, type Ladder, type StepTaken } from "../../outreach/ladder/rules.ts";
import { assessMentee, earliest, type MenteeFacts } from "../../outreach/rules.ts";
import type { Settings } from "../../programme/rules.ts";
import { cellOf } from "../../progress/rules.ts";
import { firstMoment, type PreviewCard, type PreviewPerson } from "../rules.ts";

/** A mentee of a programme that is not imported yet. */
export interface PreviewMentee extends PreviewPerson {
  readonly joinedOn: Temporal.PlainDate | null;
}

/**
 * What mentees are asked in a year in which no group meets and nobody answers: by the ladder's own rules, look by look as
 * the service looks.
 */
export function previewMentees(settings: Settings, mentees: readonly PreviewMentee[]): PreviewCard[] {
  const byPerson = Map.groupBy(mentees, (mentee) => mentee.email);
  return [...byPerson.values()].flatMap((groups) => previewMentee(settings, groups));
}

interface Track {
  readonly group: string;
  readonly facts: MenteeFacts;
  readonly steps: StepTaken[];
  lookAt: Temporal.Instant | null;
}

interface Question {
  readonly id: NoticeId;
  readonly group: string;
  readonly meeting: string;
  readonly usefulUntil: Temporal.Instant;
  dueAt: Temporal.Instant;
}

function previewMentee(settings: Settings, groups: readonly PreviewMentee[]): PreviewCard[] {
  const [person] = groups;
  if (person === undefined) return [];
  const start = firstMoment(settings);
  const tracks = groups.map((mentee): Track => ({
    group: mentee.group,
    facts: factsOf(settings, mentee),
    steps: [],
    lookAt: start,
  }));
  const rhythm = rhythmOf(settings, "mentees", person.timeZone);
  const cards: PreviewCard[] = [];
  let waiting: Question[] = [];
  for (;;) {
    const now = earliest([
      ...tracks.flatMap(({ lookAt }) => (lookAt === null ? [] : [lookAt])),
      ...waiting.map(({ dueAt }) => dueAt),
    ]);
    if (now === null) return cards;
    for (const track of tracks)
      waiting = [...waiting, ...look(settings, rhythm, track, waiting.length > 0, cards, now)];
    const said = say(settings, rhythm, waiting, cards, now);
    waiting = waiting.filter((question) => !said.gone.has(question.id));
    const [first, ...also] = said.onCard.map(({ group, meeting }) => ({ kind: "outreach.ask", group, meeting }));
    if (first !== undefined) cards.push({ at: now, to: person.email, ...first, also });
  }
}

function factsOf(settings: Settings, { timeZone, joinedOn }: PreviewMentee): MenteeFacts {
  return {
    timeZone,
    programmeZone: settings.timezone,
    hasLeft: false,
    askedToLeaveAt: null,
    pausedUntil: null,
    saidFineAt: null,
    isReachable: true,
    meetings: settings.meetings
      .map((window) => ({
        key: window.key,
        title: window.title,
        window,
        cell: cellOf({ window, heldOn: null, excused: null }, undefined, joinedOn ?? settings.year.starts, undefined),
        heldOn: null,
        date: null,
      }))
      .toSorted((a, b) => (isDayBefore(a.window.opens, b.window.opens) ? -1 : 1)),
  };
}

function look(
  settings: Settings,
  rhythm: Rhythm,
  track: Track,
  isWaiting: boolean,
  cards: readonly PreviewCard[],
  now: Temporal.Instant,
): readonly Question[] {
  if (track.lookAt === null || isBefore(now, track.lookAt)) return [];
  const ladder: Ladder = {
    facts: track.facts,
    assessment: assessMentee(track.facts, now),
    rhythm,
    steps: [...track.steps],
    lastSaidAt: cards.at(-1)?.at ?? null,
    isWaiting,
    hasHost: false,
  };
  track.lookAt = nextLook(ladder, now, startOfDay(settings.year.ends, settings.timezone));
  return stepsDue(ladder, now).flatMap(({ kind, occasion, meeting, dueAt, usefulUntil }): Question[] => {
    track.steps.push({ kind, occasion, at: now, isUndone: false, answer: null, answeredAt: null });
    const id = as<NoticeId>([track.group, kind, occasion].join("/"));
    return kind === "ask" ? [{ id, group: track.group, meeting, usefulUntil, dueAt }] : [];
  });
}

function say(
  settings: Settings,
  rhythm: Rhythm,
  waiting: readonly Question[],
  cards: readonly PreviewCard[],
  now: Temporal.Instant,
): { readonly onCard: readonly Question[]; readonly gone: ReadonlySet<NoticeId> } {
  const due = waiting.filter(({ dueAt }) => !isBefore(now, dueAt));
  const budget = { perDay: null, perWeek: settings.budget.mentee_per_week };
  const verdicts = decide(
    due.map(({ id, usefulUntil }) => ({ id, usefulUntil, wasHeld: false, rhythm, budget })),
    {
      timeZone: rhythm.timeZone,
      isReachable: true,
      welcomedAt: null,
      pausedUntil: null,
      cardsThisWeek: cards.map(({ at }) => at),
    },
    now,
  );
  const gone = new Set<NoticeId>();
  for (const question of due) {
    const verdict = verdicts.get(question.id);
    if (verdict?.kind === "wait") question.dueAt = verdict.until;
    else gone.add(question.id);
  }
  return { onCard: due.filter(({ id }) => verdicts.get(id)?.kind === "say"), gone };
}
