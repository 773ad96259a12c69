import { isDayBefore } from "../../core/time.ts";

/**
 * One mentee's side of one meeting.
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

/** @param status what the logbook says about the mentee, if it says anything */
export function cellOf(
  meeting: CellMeeting,
  status: "held" | "absent" | "excused" | undefined,
  joinedOn: Temporal.PlainDate,
): Cell {
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

/** Who says that a meeting was held: so far only its mentor. Null for one that was not. */
export function sidesOf(meeting: Pick<CellMeeting, "heldOn">): "one_sided" | null {
  return meeting.heldOn === null ? null : "one_sided";
}
