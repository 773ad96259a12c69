/**
 * How mentees of the study behave, as a model. What is the study's: 10, 33 and 21 of 64 mentees had five, two to four, and
 * one or no meetings. What is assumed: that three kinds of mentees explain it, and all of how they answer a card.
 */

/** The study's mentees: five meetings, two to four, one or none. */
export const study = [10 / 64, 33 / 64, 21 / 64] as const;

export const windows = 5;

/** In how many of their group's meetings each kind is. The shares of the kinds follow from the study: `calibrate`. */
export const kinds = [
  { name: "steady", comes: 0.95 },
  { name: "loose", comes: 0.55 },
  { name: "quiet", comes: 0.1 },
] as const;

/** A mentor makes a date in a window, or does not. The figures above are of all windows, this included. */
export const mentorPlans = 0.97;
/** Replies to a date by who will come, and by who will not. */
export const replies = { comes: 0.8, staysAway: 0.15 } as const;

/**
 * What a mentee does who answers a card at all. An assumption: nobody has measured it. Of those who ask for another time,
 * so many meet their mentor within ten days and it is logged; a joint session that all three want takes place as often.
 */
export const answers = {
  another_time: 0.7,
  fine: 0.1,
  pause: 0.1,
  another_mentor: 0.05,
  leave: 0.05,
} as const;
export const meetsAfterwards = 0.6;

/** How likely each number of meetings is for one kind: binomial, as every window is a chance of its own. */
function sharesOf(comes: number): readonly [number, number, number] {
  const exactly = Array.from(
    { length: windows + 1 },
    (_, k) => choose(windows, k) * comes ** k * (1 - comes) ** (windows - k),
  );
  const sum = (from: number, to: number): number => exactly.slice(from, to + 1).reduce((a, b) => a + b, 0);
  return [sum(5, 5), sum(2, 4), sum(0, 1)];
}

function choose(n: number, k: number): number {
  return k === 0 ? 1 : (choose(n, k - 1) * (n - k + 1)) / k;
}

/** How many mentees are of each kind, so that on average the study's figures come out. Solved exactly (Cramer's rule). */
export function calibrate(): readonly number[] {
  const columns = kinds.map(({ comes }) => sharesOf(comes));
  const all = determinant(columns);
  return columns.map((_column, place) => determinant(columns.with(place, study)) / all);
}

function determinant([a, b, c]: readonly (readonly [number, number, number])[]): number {
  if (a === undefined || b === undefined || c === undefined) throw new Error("three columns, please");
  return a[0] * (b[1] * c[2] - b[2] * c[1]) - b[0] * (a[1] * c[2] - a[2] * c[1]) + c[0] * (a[1] * b[2] - a[2] * b[1]);
}

/**
 * From 0 to 1, the same for the same question: whether somebody comes does not depend on what else was asked, so that two
 * years differ in nothing but the ladder (FNV-1a, then mixed as in murmur3).
 */
export function draw(seed: number, ...about: readonly (string | number)[]): number {
  let hash = 0x811c9dc5 ^ seed;
  for (const letter of about.join("/")) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** The first whose share of the sum the draw falls into. */
export function pick<Name extends string>(at: number, shares: Readonly<Record<Name, number>>): Name {
  const names = Object.keys(shares) as Name[];
  let left = at;
  for (const name of names) {
    left -= shares[name];
    if (left < 0) return name;
  }
  return names.at(-1) as Name;
}

/**
 * Each mentee's kind: the exact shares, dealt out in an order that the seed shuffles.
 *
 * @param mentees how many there are
 */
export function dealKinds(seed: number, mentees: number): readonly (typeof kinds)[number][] {
  const shares = calibrate();
  const dealt = Array.from({ length: mentees }, (_, place) => {
    let left = (place + 0.5) / mentees;
    return kinds.find((_kind, index) => (left -= shares[index] ?? 0) < 0) ?? kinds[2];
  });
  const order = dealt.map((_, place) => place).toSorted((a, b) => draw(seed, "kind", a) - draw(seed, "kind", b));
  return order.map((place) => dealt[place] ?? kinds[2]);
}
