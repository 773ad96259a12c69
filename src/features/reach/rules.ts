import type { Role } from "../../core/feature.ts";
import type { ProgrammeId } from "../../core/ids.ts";

/**
 * Why somebody cannot be written to.
 *
 * - `never`: has not opened the bot
 * - `about-to-try`: neither, but sits in a chat with the bot, which will say hello by itself
 * - `refused`: that was tried, and Teams did not let it
 * - the others: they could be written to before
 */
export type Cause = "never" | "about-to-try" | "refused" | "blocked" | "disabled" | "removed" | "gone";

/** In the order in which a coordinator can do most about it. */
export const causes = ["disabled", "blocked", "gone", "removed", "refused", "never", "about-to-try"] as const;

/** Somebody in one of their roles, and where they can be reached. */
export interface Row {
  readonly person: string;
  readonly name: string;
  readonly role: Role;
  readonly programme: ProgrammeId;
  /** Null for coordinators. */
  readonly group: string | null;
  /** Of their own chat; null: they have none. */
  readonly state: "reachable" | "blocked" | "disabled" | "removed" | "gone" | null;
  readonly since: Temporal.Instant | null;
  readonly lastSeen: Temporal.Instant | null;
  /** Whether the bot could open a chat with them by itself. */
  readonly opening: "untried" | "opened" | "refused" | null;
  readonly openingSince: Temporal.Instant | null;
}

export interface Unreachable {
  readonly name: string;
  /** `mentor in Maple`, for each role. */
  readonly roles: readonly { readonly role: Role; readonly group: string | null }[];
  /** Null: since ever. */
  readonly since: Temporal.Instant | null;
  readonly lastSeen: Temporal.Instant | null;
  /** Messages that wait for them. */
  readonly waiting: number;
}

export interface ReachReport {
  /** People, each counted once, whatever their roles. */
  readonly people: number;
  readonly reachable: number;
  /** Whoever most waits for first, then by name. */
  readonly unreachable: ReadonlyMap<Cause, readonly Unreachable[]>;
}

/** @param rows one for each role that somebody has, of one programme */
export function reportReach(rows: readonly Row[], waiting: ReadonlyMap<string, number>): ReachReport {
  const people = [...Map.groupBy(rows, ({ person }) => person)].flatMap(([person, roles]) => {
    const [first] = roles;
    return first === undefined ? [] : [{ person, first, roles, cause: causeOf(first) }];
  });
  const listed = people.flatMap(({ person, first, roles, cause }) =>
    cause === null
      ? []
      : [
          {
            cause,
            name: first.name,
            roles: roles.map(({ role, group }) => ({ role, group })),
            since: first.state === null ? (cause === "refused" ? first.openingSince : null) : first.since,
            lastSeen: first.lastSeen,
            waiting: waiting.get(person) ?? 0,
          },
        ],
  );
  const sorted = listed.toSorted((a, b) => b.waiting - a.waiting || a.name.localeCompare(b.name, "en"));
  return {
    people: people.length,
    reachable: people.length - listed.length,
    unreachable: Map.groupBy(sorted, ({ cause }) => cause),
  };
}

/** Null: they can be reached. */
export function causeOf({ state, opening }: Pick<Row, "state" | "opening">): Cause | null {
  if (state === "reachable") return null;
  if (state !== null) return state;
  if (opening === "refused") return "refused";
  return opening === "untried" ? "about-to-try" : "never";
}
