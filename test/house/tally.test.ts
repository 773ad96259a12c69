import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const tally = fileURLToPath(new URL("../../.ci/tally.mjs", import.meta.url));

type Status = "passed" | "failed" | "pending" | "todo";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "waymark-tally-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** What .ci/run ends with after runs in which the tests a, b, ... of one file went so; `null`: the run left no report. */
function closing(...runs: readonly (readonly Status[] | null)[]): {
  readonly code: number | null;
  readonly line: string | undefined;
} {
  const files = runs.map((run, index) => {
    const file = join(folder, `${index}.json`);
    const assertionResults = (run ?? []).map((status, test) => ({ status, fullName: `test ${test}` }));
    const status = run?.includes("failed") === true ? "failed" : "passed";
    if (run !== null)
      writeFileSync(file, JSON.stringify({ testResults: [{ name: "x.test.ts", status, assertionResults }] }));
    return file;
  });
  const { status, stdout } = spawnSync(process.execPath, [tally, ...files], { encoding: "utf8" });
  return { code: status, line: stdout.trimEnd().split("\n").at(-1) };
}

test("all runs passed", () => {
  expect(closing(["passed", "passed"], ["passed"])).toEqual({ code: 0, line: "3 passed, 0 failed" });
});

test("one test failed", () => {
  expect(closing(["passed", "failed"], ["passed"])).toEqual({ code: 1, line: "2 passed, 1 failed" });
});

test("a test that one run left out and another had counts as passed", () => {
  expect(closing(["passed", "pending"], ["passed", "passed"])).toEqual({ code: 0, line: "3 passed, 0 failed" });
});

test.each<Status>(["pending", "todo"])("a test that is %s in every run fails", (status) => {
  expect(closing(["passed", status], ["passed", status])).toEqual({ code: 1, line: "2 passed, 1 failed" });
});

test("a run without a report fails", () => {
  expect(closing(["passed"], null)).toEqual({ code: 1, line: "1 passed, 1 failed" });
});

test("a run without tests fails", () => {
  expect(closing(["passed"], [])).toEqual({ code: 1, line: "1 passed, 1 failed" });
});

test("a file that cannot be loaded fails", () => {
  const file = join(folder, "broken.json");
  writeFileSync(
    file,
    JSON.stringify({ testResults: [{ name: "x.test.ts", status: "failed", message: "no", assertionResults: [] }] }),
  );
  const { status } = spawnSync(process.execPath, [tally, file]);
  expect(status).toBe(1);
});
