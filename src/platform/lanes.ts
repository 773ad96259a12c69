/** So many at a time; the others wait in line. */
export interface Lanes {
  /** @returns what to call when the lane is free again */
  enter(): Promise<() => void>;
}

export function createLanes(count: number): Lanes {
  const inLine: (() => void)[] = [];
  let free = count;
  const leave = (): void => {
    const next = inLine.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return {
    async enter() {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => inLine.push(resolve));
      return leave;
    },
  };
}
