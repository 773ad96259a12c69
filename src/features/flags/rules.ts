import type { Membership } from "../../core/feature.ts";
import type { GroupId, PersonId, ProgrammeId } from "../../core/ids.ts";

/** `withdrawn`: who asked has taken it back. */
export type FlagState = "open" | "taken" | "closed" | "withdrawn";

/** A question has words of its own; what the others say is said by their kind. */
export const flagKinds = ["question", "contact", "not-held", "another-mentor", "leave"] as const;
export type FlagKind = (typeof flagKinds)[number];
export type RaisedKind = Exclude<FlagKind, "question">;

/** Who may read it and act on it: of those who are it today. */
export type Audience = "coordinators" | "mentors";

/** In characters. Long enough to explain, short enough that a coordinator reads it between two lectures. */
export const longestQuestion = 1000;

export type QuestionProblem = "empty" | "too-long";

/** @param question without the space around it */
export function checkQuestion(question: string): QuestionProblem | null {
  if (question === "") return "empty";
  return Array.from(question).length > longestQuestion ? "too-long" : null;
}

/** Whose coordinators a question goes to, and from which group it comes. */
export interface Origin {
  readonly programme: ProgrammeId;
  /** Null when the asker is in several groups and did not say which. */
  readonly group: GroupId | null;
}

/**
 * Mentors and mentees ask the coordinators of their own programme.
 *
 * @param about the group that the button was about, if it was about one; anything else is passed over
 * @param chosen the programme that they picked, when there are several
 * @returns all that are possible: none, when they may not ask; several, when they must choose
 */
export function originsOf(memberships: readonly Membership[], about: string | null, chosen: string | null): Origin[] {
  const own = memberships.filter(({ role }) => role !== "coordinator");
  const meant = own.find(({ group }) => group !== null && group === about);
  if (meant !== undefined) return [{ programme: meant.programme, group: meant.group }];

  const programmes = new Map<ProgrammeId, Origin>();
  for (const { programme, group } of own) {
    const isFirst = !programmes.has(programme);
    programmes.set(programme, { programme, group: isFirst ? group : null });
  }
  const all = [...programmes.values()];
  const picked = all.filter(({ programme }) => programme === chosen);
  return picked.length > 0 ? picked : all;
}

/** A group's mentors never read what one of its mentees tells the coordinators about them, also when they are both. */
export function readersOf<Reader extends { readonly person: PersonId }>(
  flag: { readonly kind: FlagKind; readonly audience: Audience },
  coordinators: readonly Reader[],
  mentors: readonly Reader[],
): readonly Reader[] {
  if (flag.audience === "mentors") return mentors;
  if (flag.kind === "question") return coordinators;
  return coordinators.filter(({ person }) => !mentors.some((mentor) => mentor.person === person));
}

/** Who took it says when it is done; another reader does, when that one is no longer there. */
export function showsDone(
  viewer: PersonId,
  takenBy: PersonId,
  readers: readonly { readonly person: PersonId }[],
): boolean {
  return viewer === takenBy || !readers.some(({ person }) => person === takenBy);
}
