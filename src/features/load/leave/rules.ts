import { isBefore } from "../../../core/time.ts";

/** A slip is seen within days; later, a new import says who is a mentor. */
const undoDays = 7;

export type MayUndo = { readonly ok: true } | { readonly ok: false; readonly why: "imported" | "too-late" };

/** Once an import has said anew who is a mentor, its word counts. */
export function mayUndo(
  part: { readonly endedAt: Temporal.Instant; readonly importedAt: Temporal.Instant },
  now: Temporal.Instant,
): MayUndo {
  if (isBefore(part.endedAt, part.importedAt)) return { ok: false, why: "imported" };
  const isLate = !isBefore(now, part.endedAt.add({ hours: 24 * undoDays }));
  return isLate ? { ok: false, why: "too-late" } : { ok: true };
}
