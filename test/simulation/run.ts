import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { answers, calibrate, kinds, meetsAfterwards, study } from "./behaviour.ts";
import { simulateYear, type Year } from "./year.ts";

/**
 * `npm run simulate`: years of the sample programme, 36 groups and 108 mentees, through the real services on the embedded
 * database, with and without the ladder. Exits with 1 when a promise is broken. `--seeds 1,2`, `--short`: one seed and no
 * sensitivity rows.
 */
const { values } = parseArgs({
  options: { seeds: { type: "string", default: "1,2" }, short: { type: "boolean", default: false } },
});
const seeds = values.short ? [1] : values.seeds.split(",").map(Number);
/** Nobody has measured how many of those who were asked would answer: a guess, and what other guesses would give. */
const guess = 0.3;
const responses = values.short ? [guess] : [0, 0.15, guess, 0.5];
const folder = fileURLToPath(new URL("../../sample", import.meta.url));

const percent = (share: number): string => `${(100 * share).toFixed(0).padStart(3)} %`;
const broken: string[] = [];
const check = (isKept: boolean, promise: string): void => {
  console.log(`  ${isKept ? "kept  " : "BROKEN"} ${promise}`);
  if (!isKept) broken.push(promise);
};

function shares(years: readonly Year[]): readonly [number, number, number] {
  const all = years.flatMap(({ meetings }) => meetings);
  const of = (from: number, to: number): number => all.filter((n) => n >= from && n <= to).length / all.length;
  return [of(5, 99), of(2, 4), of(0, 1)];
}

function row(name: string, [five, some, few]: readonly [number, number, number]): void {
  console.log(`  ${name.padEnd(52)} ${percent(five)}   ${percent(some)}   ${percent(few)}`);
}

async function run(withLadder: boolean, responds: number): Promise<readonly Year[]> {
  const years: Year[] = [];
  for (const seed of seeds)
    years.push(
      await simulateYear({
        folder,
        seed,
        withLadder,
        responds,
        withUndo: withLadder && responds === guess && seed === seeds[0],
      }),
    );
  return years;
}

/** The most questions of these kinds that one person was asked in any seven days. */
function mostInAWeek(year: Year, kindsCounted: readonly string[]): number {
  const byPerson = Map.groupBy(
    year.asked.filter(({ kind }) => kindsCounted.includes(kind)),
    ({ to }) => to,
  );
  let most = 0;
  for (const cards of byPerson.values()) {
    for (const { at } of cards) {
      const end = at.add({ hours: 24 * 7 });
      const inside = cards.filter(
        (other) => Temporal.Instant.compare(other.at, at) >= 0 && Temporal.Instant.compare(other.at, end) < 0,
      );
      most = Math.max(most, inside.length);
    }
  }
  return most;
}

console.log(
  `Seeds ${seeds.join(", ")}; 108 mentees of 36 groups each year; meetings of a mentee: five, two to four, one or none.`,
);
console.log(
  `Kinds of mentees, so that the study comes out: ${calibrate()
    .map((share, place) => `${kinds[place]?.name ?? ""} ${percent(share).trim()}`)
    .join(", ")}.`,
);
console.log(`\n  ${"".padEnd(52)}  five    2-4    0-1`);
row("the study (64 mentees)", study);
const without = await run(false, 0);
row("simulated without the ladder", shares(without));
const withLadder: Year[] = [];
for (const responds of responses) {
  const years = await run(true, responds);
  row(
    `with it, if ${percent(responds).trim()} of those asked answer${responds === guess ? " (the guess)" : ""}`,
    shares(years),
  );
  withLadder.push(...years);
  if (responds === 0)
    check(
      JSON.stringify(years.map(({ meetings }) => meetings)) === JSON.stringify(without.map(({ meetings }) => meetings)),
      "if nobody answers, the ladder changes nothing",
    );
}
console.log(
  `\nThat a mentee answers is an assumption, and so is what they do then: ${Object.entries(answers)
    .map(([name, share]) => `${name.replaceAll("_", " ")} ${percent(share).trim()}`)
    .join(
      ", ",
    )}; of those who ask for another time ${percent(meetsAfterwards).trim()} meet within ten days. Nobody has measured it: this shows that the ladder works as built, not that it helps.\n`,
);
const sum = (count: (year: Year) => number): number => withLadder.reduce((total, year) => total + count(year), 0);
check(
  sum((year) => year.listed.missing.length) === 0 && sum((year) => year.listed.days) > 0,
  `who is at risk is on the coordinators' list within 7 days: ${sum((year) => year.listed.mentees)} mentees, ${sum((year) => year.listed.days)} days recounted by a slow oracle, ${sum((year) => year.listed.missing.length)} missing`,
);
const asks = ["outreach.ask", "outreach.joint"];
check(
  Math.max(...withLadder.map((year) => mostInAWeek(year, asks))) === 1,
  `no mentee is asked twice in seven days: ${sum((year) => year.asked.filter(({ kind }) => asks.includes(kind)).length)} cards`,
);
const guests = Math.max(...withLadder.map((year) => mostInAWeek(year, ["outreach.guest"])));
check(
  (guests >= 1 && guests <= 2) || (values.short && guests <= 2),
  `no mentor is asked about more than two people in seven days: the most was ${guests}`,
);
check(
  sum((year) => year.wrongSums.length) === 0,
  "each mentee and each group has one state: the counts add up every day",
);
check(
  sum((year) => year.undone.failed.length) === 0 && sum((year) => year.undone.steps) > 0,
  `every step can be undone: ${sum((year) => year.undone.steps)} steps, ${sum((year) => year.undone.failed.length)} that could not`,
);
for (const year of withLadder) for (const line of year.listed.missing.slice(0, 5)) console.log(`    missing: ${line}`);
process.exitCode = broken.length > 0 ? 1 : 0;
