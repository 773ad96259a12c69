import { readFileSync } from "node:fs";

/**
 * `node tally.mjs REPORT...`: adds up vitest's JSON reports and prints `N passed, N failed` as the last line. A test that
 * one run leaves out (it needs a PostgreSQL server) counts as passed when another run had it; one that no run had is a
 * failure, and so is a run without a report or without tests.
 */
let passed = 0;
let failed = 0;
const had = new Set();
const leftOut = new Set();

for (const file of process.argv.slice(2)) {
  const suites = read(file);
  const tests = suites.flatMap((suite) =>
    suite.assertionResults.map((test) => ({ ...test, id: `${suite.name} > ${test.fullName}` })),
  );
  const broken = suites.filter(
    (suite) => suite.status === "failed" && suite.assertionResults.every((test) => test.status !== "failed"),
  );
  for (const suite of broken) complain(`${suite.name} could not be run: ${suite.message}`);
  if (tests.length === 0) complain(`${file}: no tests were run`);
  for (const test of tests) {
    if (test.status === "passed") passed++;
    else if (test.status === "failed") complain(`${test.id}: failed`);
    (test.status === "passed" || test.status === "failed" ? had : leftOut).add(test.id);
  }
}
for (const id of leftOut) if (!had.has(id)) complain(`${id}: skipped in every run`);

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

function read(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).testResults;
  } catch (error) {
    console.log(`${file}: no report (${error.code ?? error.name})`);
    return [];
  }
}

function complain(sentence) {
  failed++;
  console.log(sentence);
}
