/** How values stand in exported files. */

/** `2026-09-14T09:00:00+08:00` */
export function writeInstant(at: Temporal.Instant, timeZone: string): string {
  return at.toString({ timeZone, smallestUnit: "second" });
}
