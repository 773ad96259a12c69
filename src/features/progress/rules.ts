import { isDayBefore } from "../../core/time.ts";
import { agreementOf, cellBySide, type Side } from "../sides/rules.ts";

/**
 * What counts of one meeting for one mentee.
 * - `held`: they were there, or caught up
 * - `absent`: it was held without them
 * - `excused`: it could not be, for them or for the whole group
 * - `before_joining`: it was over before they joined
 */
export type Cell = "held" | "excused" | "absent" | "open" | "before_joining";

/** What a cell needs to know of a meeting. Days in the programme's zone. */
export interface CellMeeting {
  /** Null for an extra meeting. */
  readonly window: { readonly opens: Temporal.PlainDate; readonly closes: Temporal.PlainDate } | null;
  readonly heldOn: Temporal.PlainDate | null;
  readonly excused: string | null;
}

/**
 * @param status what the logbook says about the mentee, if it says anything
 * @param side what the mentee says, if they have said anything that still stands: it goes before the logbook
 */
export function cellOf(
  meeting: CellMeeting,
  status: "held" | "absent" | "excused" | undefined,
  joinedOn: Temporal.PlainDate,
  side: Side | undefined,
): Cell {
  const own = side === undefined ? null : cellBySide(side);
  if (own !== null) return own;
  if (status !== undefined) return status;
  const wasOverOn = meeting.heldOn ?? meeting.window?.closes ?? null;
  if (wasOverOn !== null && isDayBefore(wasOverOn, joinedOn)) return "before_joining";
  return meeting.excused !== null && meeting.heldOn === null ? "excused" : "open";
}

/** How far a group is: of the meetings that the programme asks for, and further ones on top. */
export function progressOf(meetings: readonly CellMeeting[]): {
  readonly held: number;
  readonly asked: number;
  readonly extra: number;
} {
  const asked = meetings.filter((meeting) => meeting.window !== null);
  const isHeld = (meeting: CellMeeting): boolean => meeting.heldOn !== null;
  return {
    held: asked.filter(isHeld).length,
    asked: asked.length,
    extra: meetings.filter((meeting) => meeting.window === null && isHeld(meeting)).length,
  };
}

/** Who says that a meeting was held: its mentor alone, both sides, or they differ. Null for one that was not. */
export function sidesOf(
  meeting: Pick<CellMeeting, "heldOn">,
  sides: readonly Side[],
): "one_sided" | "confirmed" | "disputed" | null {
  return meeting.heldOn === null ? null : agreementOf(sides);
}
