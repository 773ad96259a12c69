import type { Role } from "../../core/feature.ts";
import type { GroupId, PersonId, ProgrammeId } from "../../core/ids.ts";

/**
 * - `linked`: the group's posts go there
 * - `asked`: a mentor has been asked whether and for which group
 * - `declined`: the mentor does not want posts there
 * - `wrong`: people sit there who are not in the group, and the mentor was told
 * - `unknown`: no group of ours
 * - `unread`: Teams did not say who sits there; nothing is posted until it does
 */
export type Verdict = "linked" | "asked" | "declined" | "wrong" | "unknown" | "unread";

/** Somebody in a chat whom we know, with the roles that they have today. */
export interface KnownSeat {
  readonly person: PersonId;
  readonly memberships: readonly {
    readonly programme: ProgrammeId;
    readonly group: GroupId | null;
    readonly role: Role;
  }[];
}

export interface Seats {
  readonly known: readonly KnownSeat[];
  /** How many sit there whom we do not know. */
  readonly strangers: number;
}

/** A group that may be meant. */
export interface Candidate {
  readonly id: GroupId;
  readonly programme: ProgrammeId;
  readonly mentors: readonly PersonId[];
  readonly mentees: readonly PersonId[];
}

/** How many people in the chat are neither in the group nor coordinators of its programme. */
export function countOutsiders(seats: Seats, group: Candidate): number {
  const belongs = ({ memberships }: KnownSeat): boolean =>
    memberships.some(
      (membership) =>
        membership.group === group.id ||
        (membership.role === "coordinator" && membership.programme === group.programme),
    );
  return seats.strangers + seats.known.filter((seat) => !belongs(seat)).length;
}

/** The group may be posted to here: one of its mentors is present and nobody who does not belong. */
export function fits(seats: Seats, group: Candidate): boolean {
  return hasMentor(seats, group) && countOutsiders(seats, group) === 0;
}

function hasMentor(seats: Seats, group: Candidate): boolean {
  return seats.known.some(({ person }) => group.mentors.includes(person));
}

export type Finding =
  /** This group and no other: link it without asking. */
  | { readonly kind: "found"; readonly group: GroupId }
  /** Which group it is, or whether it is meant for the whole of it, only a mentor can say. */
  | { readonly kind: "unsure"; readonly mentor: PersonId }
  /** A mentor's group, and people who do not belong: the mentor is told. */
  | { readonly kind: "wrong"; readonly group: GroupId; readonly mentor: PersonId; readonly outsiders: number }
  /** Nobody to ask. */
  | { readonly kind: "unknown" };

/**
 * Which group's chat is this?
 *
 * @param groups all groups that somebody present is a mentor of
 * @param addedBy who added the bot, if we know them: asked rather than another mentor
 * @param taken groups that speak in another chat already: moving is the mentor's choice
 */
export function findGroup(
  seats: Seats,
  groups: readonly Candidate[],
  addedBy: PersonId | null,
  taken: readonly GroupId[],
): Finding {
  const mentored = groups.filter((group) => hasMentor(seats, group));
  const fitting = mentored.filter((group) => fits(seats, group));
  const [group, ...others] = fitting;
  if (group !== undefined && others.length === 0 && !taken.includes(group.id) && isMostlyThere(seats, group)) {
    return { kind: "found", group: group.id };
  }
  if (group !== undefined) {
    const mentor = mentorToAsk(seats, fitting, addedBy);
    return mentor === null ? { kind: "unknown" } : { kind: "unsure", mentor };
  }
  // With the mentors of many groups in one room, telling each of them would be noise: only who added the bot hears.
  const own = mentored.filter(({ mentors }) => addedBy !== null && mentors.includes(addedBy));
  const concerned = mentored.length === 1 ? mentored : own;
  const [nearest] = concerned.toSorted((a, b) => countOutsiders(seats, a) - countOutsiders(seats, b));
  const mentor = mentorToAsk(seats, concerned, addedBy);
  return nearest === undefined || mentor === null
    ? { kind: "unknown" }
    : { kind: "wrong", group: nearest.id, mentor, outsiders: countOutsiders(seats, nearest) };
}

/**
 * At least half of the mentees: what is posted reaches only who sits there, and a mentor with one of three mentees is
 * more likely in a talk of two than in the group's chat.
 */
function isMostlyThere(seats: Seats, group: Candidate): boolean {
  const present = group.mentees.filter((mentee) => seats.known.some(({ person }) => person === mentee)).length;
  return present * 2 >= group.mentees.length;
}

function mentorToAsk(seats: Seats, groups: readonly Candidate[], addedBy: PersonId | null): PersonId | null {
  const mentors = groups.flatMap((group) => group.mentors);
  if (addedBy !== null && mentors.includes(addedBy)) return addedBy;
  return mentors.find((mentor) => seats.known.some(({ person }) => person === mentor)) ?? null;
}

/** What was known of the chat until now. */
export interface Before {
  readonly verdict: Verdict;
  /** The group that speaks here. */
  readonly linked: GroupId | null;
  /** The group that was meant last. */
  readonly meant: GroupId | null;
  /** Some group has been welcomed here: it is only paused when it does not fit. */
  readonly wasLinked: boolean;
  /** Who was asked or told. */
  readonly mentor: PersonId | null;
}

export type Decision =
  | { readonly kind: "keep" }
  | { readonly kind: "link"; readonly group: GroupId }
  | { readonly kind: "ask"; readonly mentor: PersonId }
  /** Nothing is posted here, and this mentor is told why. */
  | { readonly kind: "stop"; readonly group: GroupId; readonly mentor: PersonId | null; readonly outsiders: number }
  /** Nothing is posted here, and nobody is told. */
  | { readonly kind: "leave" };

/**
 * What follows from who sits in a chat now. Each thing is told once: the same seats decided again keep everything.
 *
 * @param groups those that somebody present is a mentor of, and those in `before`, as far as they are still active
 * @param addedBy who added the bot, if we know them
 * @param taken groups that speak in another chat
 */
export function decide(
  before: Before,
  seats: Seats,
  groups: readonly Candidate[],
  addedBy: PersonId | null,
  taken: readonly GroupId[],
): Decision {
  if (before.linked !== null) {
    const linked = groups.find(({ id }) => id === before.linked);
    if (linked === undefined) return { kind: "leave" };
    return fits(seats, linked) ? { kind: "keep" } : stop(seats, linked, addedBy);
  }
  if (before.verdict === "declined") return { kind: "keep" };
  const paused = before.wasLinked ? groups.find(({ id }) => id === before.meant) : undefined;
  if (paused !== undefined && !taken.includes(paused.id)) {
    if (fits(seats, paused)) return { kind: "link", group: paused.id };
    return before.verdict === "wrong" ? { kind: "keep" } : stop(seats, paused, addedBy);
  }
  const finding = findGroup(seats, groups, addedBy ?? before.mentor, taken);
  switch (finding.kind) {
    case "found":
      return { kind: "link", group: finding.group };
    case "unsure":
      return before.verdict === "asked" && before.mentor === finding.mentor
        ? { kind: "keep" }
        : { kind: "ask", mentor: finding.mentor };
    case "wrong":
      return before.verdict === "wrong" && before.meant === finding.group
        ? { kind: "keep" }
        : { kind: "stop", group: finding.group, mentor: finding.mentor, outsiders: finding.outsiders };
    case "unknown":
      return { kind: "leave" };
  }
}

function stop(seats: Seats, group: Candidate, addedBy: PersonId | null): Decision {
  const mentor = mentorToAsk(seats, [group], addedBy) ?? group.mentors[0] ?? null;
  return { kind: "stop", group: group.id, mentor, outsiders: countOutsiders(seats, group) };
}

/** A person as Teams' roster tells, and as our tables do (in lower case). */
interface Account {
  readonly aadObjectId: string | null;
  readonly email: string | null;
}

/**
 * The person behind a seat: by Entra object id, else by e-mail or principal name, as long as that person is not known
 * under another id.
 */
export function matchSeat<Person extends Account>(
  seat: Account & { readonly userPrincipalName: string | null },
  people: readonly Person[],
): Person | null {
  const id = seat.aadObjectId?.toLowerCase();
  const byId = people.find(({ aadObjectId }) => aadObjectId !== null && aadObjectId === id);
  if (byId !== undefined) return byId;
  const names = [seat.email, seat.userPrincipalName].map((name) => name?.trim().toLowerCase());
  const [byName, ...others] = people.filter(
    ({ aadObjectId, email }) => aadObjectId === null && email !== null && names.includes(email),
  );
  return byName !== undefined && others.length === 0 ? byName : null;
}
