/** How values stand in exported files. */

/** `2026-09-14T09:00:00+08:00` */
export function writeInstant(at: Temporal.Instant, timeZone: string): string {
  return at.toString({ timeZone, smallestUnit: "second" });
}

/** Values of one cell. None of them has a `;` of its own: keys and e-mail addresses have no use for it. */
export function writeList(values: readonly string[]): string {
  return values.join(";");
}
