/** At most `count` within any `seconds`. */
export type Window = readonly [count: number, seconds: number];

/** Counts what was let through, by key, as a server that limits does. */
export function createSlidingWindows() {
  const times = new Map<string, number[]>();

  function isFull(key: string, windows: readonly Window[], at: number): boolean {
    const known = times.get(key) ?? [];
    return windows.some(([count, seconds]) => known.filter((time) => time > at - seconds * 1000).length >= count);
  }

  return {
    /** All of them or none: what is refused does not count. */
    pass(limits: readonly (readonly [key: string, windows: readonly Window[]])[], at: number): boolean {
      if (limits.some(([key, windows]) => isFull(key, windows, at))) return false;
      for (const [key, windows] of limits) {
        const longest = Math.max(...windows.map(([, seconds]) => seconds));
        const kept = (times.get(key) ?? []).filter((time) => time > at - longest * 1000);
        times.set(key, [...kept, at]);
      }
      return true;
    },
    forget: () => times.clear(),
  };
}
