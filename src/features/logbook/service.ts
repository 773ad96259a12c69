import type { Db } from "../../core/db.ts";
import { NotAllowed } from "../../core/errors.ts";
import type { Deps, Reply, Turn } from "../../core/feature.ts";
import { as, type EntryId, type GroupId, type MeetingId } from "../../core/ids.ts";
import { dayIn } from "../../core/time.ts";
import { subjectOf } from "../meetings/rules.ts";
import { addExtraMeeting, meetingsOfGroups } from "../meetings/store.ts";
import { loadGroups } from "../programme/store.ts";
import {
  chooseCard,
  closedCard,
  elsewhere,
  entryCard,
  notWrittenDown,
  readElsewhere,
  savedCard,
  summaryCard,
} from "./cards.ts";
import type { AboutEntry, EntryAnswer } from "./form/cards.ts";
import { asTyped, checkTyped, reconcile, type Checked } from "./form/rules.ts";
import { asPage, formReply, mayChange, openPage, refusalOf, viewOf, type Page } from "./page/service.ts";
import { attendanceAfter, likeliestFirst, onlyLikely, type Mentee } from "./rules.ts";
import { saveEntry } from "./saving/store.ts";
import { findLogbook, findNewMeeting, findVersion, type Saved } from "./store.ts";

const privately: Reply = { kind: "text", text: elsewhere };

/** Somebody wants to log: the form when only one meeting can be meant, else the question which one it is. */
export async function startLogging(deps: Deps, turn: Turn): Promise<Reply> {
  const meetings = await meetingsOfGroups(deps.db, mentoredGroups(turn));
  const only = onlyLikely(meetings, turn.now);
  return only === null
    ? await chooseMeeting(deps, turn)
    : await openEntry(deps, turn, { id: only.id, person: null }, "logbook.open");
}

function mentoredGroups(turn: Turn): readonly GroupId[] {
  return turn.speaker.memberships.flatMap(({ role, group }) => (role === "mentor" && group !== null ? [group] : []));
}

export async function chooseMeeting(deps: Deps, turn: Turn): Promise<Reply> {
  if (turn.place.kind !== "personal") return privately;
  const groups = mentoredGroups(turn);
  if (groups.length === 0) throw new NotAllowed("logbook.choose");
  const [mentored, meetings] = await Promise.all([loadGroups(deps.db, groups), meetingsOfGroups(deps.db, groups)]);
  const card = chooseCard(mentored, likeliestFirst(meetings, turn.now), turn.speaker.timeZone, turn.now);
  return { kind: "card", card };
}

/** The form, or what is in the logbook already. */
export async function openEntry(deps: Deps, turn: Turn, about: AboutEntry, what: string): Promise<Reply> {
  if (turn.place.kind !== "personal") return privately;
  const page = await openPage(deps, turn, about, what);
  const refusal = refusalOf(page);
  if (refusal !== null) return { kind: "text", text: refusal };
  const { saved } = page.log;
  return saved === null ? formReply(page, turn, {}) : { kind: "card", card: entryCard(viewOf(page, saved, turn)) };
}

export async function openExtra(deps: Deps, turn: Turn, group: GroupId): Promise<Reply> {
  if (turn.place.kind !== "personal") return privately;
  const id = as<MeetingId>(deps.newId());
  const log = await findNewMeeting(deps.db, group, id, turn.speaker.person);
  return formReply(asPage(log, id, null, "logbook.extra", true), turn, {});
}

export async function editEntry(deps: Deps, turn: Turn, about: AboutEntry): Promise<Reply> {
  if (turn.place.kind !== "personal") return privately;
  const page = await openPage(deps, turn, about, "logbook.edit");
  const { saved } = page.log;
  if (saved === null) return openEntry(deps, turn, about, "logbook.edit");
  if (!mayChange(page, saved, turn)) return { kind: "card", card: entryCard(viewOf(page, saved, turn)) };
  const typed = asTyped(saved.entry, saved.reflection?.text ?? "");
  return formReply(page, turn, { typed, version: saved.entry.version });
}

/**
 * One entry a meeting, whoever saves it, however often. Who saves on the ground of an earlier version is told what has
 * changed, and gets both.
 */
export async function saveForm(deps: Deps, turn: Turn, answer: EntryAnswer): Promise<Reply> {
  if (turn.place.kind !== "personal") return privately;
  // One round adds a further meeting, once more whenever somebody else was faster: four in one moment is a bug.
  for (let round = 0; round < 4; round++) {
    const reply = await trySaving(deps, turn, answer);
    if (reply !== null) return reply;
  }
  throw new Error("an entry of the logbook could not be saved");
}

/** @returns null when things have changed in this very moment: the next round sees them */
async function trySaving(deps: Deps, turn: Turn, answer: EntryAnswer): Promise<Reply | null> {
  const page = await pageToSave(deps, turn, answer);
  const { log, catchUpFor } = page;
  const refusal = refusalOf(page);
  if (refusal !== null) return { kind: "text", text: refusal };
  if (log.saved !== null && !mayChange(page, log.saved, turn)) {
    return { kind: "card", card: closedCard(viewOf(page, log.saved, turn), answer) };
  }
  const checked = checkTyped(answer, {
    today: dayIn(turn.now, turn.speaker.timeZone),
    yearStarts: log.yearStarts,
    mentees: log.mentees,
    catchUpFor: catchUpFor?.person ?? null,
  });
  if (!checked.ok) return formReply(page, turn, { typed: answer, version: answer.version, problems: checked.problems });
  if (log.saved === null) return saveOnTop(deps, turn, page, checked);

  const { saved } = log;
  const base = await baseOf(deps.db, saved, answer.version);
  const outcome = reconcile(base, { ...saved, version: saved.entry.version }, checked);
  if (outcome.kind === "save") return saveOnTop(deps, turn, page, checked);
  if (outcome.kind === "same") return savedReply(page, saved, turn);
  return formReply(page, turn, {
    typed: outcome.merged,
    version: saved.entry.version,
    conflict: {
      by: saved.entry.mentor === turn.speaker.person ? null : saved.mentorName,
      fields: outcome.fields,
      saved: asTyped(saved.entry, saved.reflection?.text ?? ""),
    },
  });
}

async function pageToSave(deps: Deps, turn: Turn, answer: EntryAnswer): Promise<Page> {
  const { id, person, group } = answer;
  const log = await findLogbook(deps.db, id, turn.speaker.person, person);
  if (log !== null || group === null || person !== null) return asPage(log, id, person, "logbook.save");
  return asPage(await findNewMeeting(deps.db, group, id, turn.speaker.person), id, null, "logbook.save", true);
}

async function baseOf(db: Db, { entry }: Saved, version: number) {
  if (version === entry.version) return { entry, version };
  return version === 0 ? null : await findVersion(db, entry.id, version);
}

type Sound = Extract<Checked, { ok: true }>;

async function saveOnTop(deps: Deps, turn: Turn, page: Page, { entry, reflection }: Sound): Promise<Reply | null> {
  const { log, catchUpFor } = page;
  if (page.isNewMeeting) {
    await addExtraMeeting(deps.db, log.meeting.id, log.group.id);
    return null;
  }
  const { meeting, saved, mentees } = log;
  const { person, name } = turn.speaker;
  const attendance =
    catchUpFor === null ? attendanceAfter(entry, mentees) : new Map([[catchUpFor.person, "held" as const]]);
  const saving = {
    meeting: meeting.id,
    catchUpFor: catchUpFor?.person ?? null,
    mentor: person,
    entry,
    reflection: reflection === (saved?.reflection?.text ?? "") ? null : reflection,
    onTopOf: saved?.entry ?? null,
    newEntry: as<EntryId>(deps.newId()),
    attendance,
  };
  // Side by side, the shorter one first: they leave in one packet. Whoever wins, the meeting's cards change.
  const [, isSaved] = await Promise.all([
    catchUpFor === null ? deps.outbox.refresh(deps.db, [subjectOf(meeting.id)], turn.now) : undefined,
    saveEntry(deps.db, saving, turn.now),
  ]);
  if (!isSaved) return null;
  const version = (saved?.entry.version ?? 0) + 1;
  const after: Saved = {
    entry: {
      ...entry,
      id: saving.onTopOf?.id ?? saving.newEntry,
      version,
      mentor: person,
      firstSavedAt: saved?.entry.firstSavedAt ?? turn.now,
      savedAt: turn.now,
    },
    mentorName: name,
    isByPresentMentor: true,
    reflection: saving.reflection === null ? (saved?.reflection ?? null) : { text: reflection, version },
  };
  const known = (mentee: Mentee): Mentee => ({ ...mentee, status: attendance.get(mentee.person) ?? null });
  return savedReply(
    { ...page, log: { ...log, mentees: catchUpFor === null ? mentees.map(known) : mentees } },
    after,
    turn,
  );
}

function savedReply(page: Page, saved: Saved, turn: Turn): Reply {
  const { meeting, othersHeld, othersAsked } = page.log;
  const isExtra = meeting.opens === null;
  const own = isExtra ? 0 : 1;
  const progress = { held: othersHeld + own, asked: othersAsked + own, isExtra };
  return { kind: "card", card: savedCard(viewOf(page, saved, turn), saved.entry.version === 1, progress) };
}

/** A mentee who came may read what was done, without the mentor's reflection. */
export async function readSummary(deps: Deps, turn: Turn, { id }: AboutEntry): Promise<Reply> {
  if (turn.place.kind !== "personal") return { kind: "text", text: readElsewhere };
  const { person, memberships } = turn.speaker;
  const [ofGroup, ofCatchUp] = await Promise.all([
    findLogbook(deps.db, id, person, null),
    findLogbook(deps.db, id, person, person),
  ]);
  const isMentee = memberships.some(({ role, group }) => role === "mentee" && group === ofGroup?.group.id);
  if (ofGroup === null || !isMentee) throw new NotAllowed("logbook.read", id);
  const entries = [ofGroup.saved, ofCatchUp?.saved ?? null].filter((saved) => saved !== null);
  const theirs = entries.filter(({ entry }) => entry.attended.includes(person));
  if (theirs.length === 0) return { kind: "text", text: notWrittenDown };
  return { kind: "card", card: summaryCard(ofGroup.meeting.title, theirs) };
}
