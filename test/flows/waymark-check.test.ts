import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { createFolders, goodProgramme } from "../support/programme-folder.ts";

const folders = createFolders();
afterAll(folders.removeAll);

const cli = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));
const sample = fileURLToPath(new URL("../../sample", import.meta.url));

/** Runs `waymark` as a person would, and has it say at its end how much memory it took at most. */
async function waymark(...given: readonly string[]) {
  const sayPeak = 'data:text/javascript,process.on("exit",()=>console.error("peak",process.resourceUsage().maxRSS))';
  const args = ["--import", sayPeak, cli, ...given];
  const { stdout, stderr, code } = await new Promise<{ stdout: string; stderr: string; code: number }>((resolve) => {
    const options = { maxBuffer: 2 ** 26, env: { PATH: process.env["PATH"] } };
    const child = execFile(process.execPath, args, options, (_error, stdout, stderr) => {
      resolve({ stdout, stderr, code: child.exitCode ?? -1 });
    });
  });
  const [, kilobytes = "0"] = /peak (\d+)/.exec(stderr) ?? [];
  return {
    code,
    said: stdout.split("\n").filter((line) => line !== ""),
    told: stderr,
    megabytes: Number(kilobytes) / 1024,
  };
}

function crowd(count: number, row: (index: number) => string): Record<string, string> {
  const rows = Array.from({ length: count - 1 }, (_, index) => row(index));
  const people = ["email,name,role,group,timezone", "cora@example.edu,Cora Ng,coordinator,,", ...rows].join("\n");
  return { "programme.yaml": goodProgramme, "people.csv": people };
}
const roleOf = (index: number) => (index % 4 === 0 ? "mentor" : "mentee");
const good = (index: number) =>
  `person${index}@example.edu,Person Number ${index},${roleOf(index)},Group ${Math.floor(index / 4)},Asia/Dubai`;
const bad = (index: number) =>
  `person${index}example.edu,<b>${index},${roleOf(index)}s,Group ${Math.floor(index / 4)},Asia/Dubay`;

describe("waymark check", () => {
  test("of the sample finds nothing, and says so beside its result", async () => {
    const { code, said, told } = await waymark("check", sample);
    expect({ code, said }).toEqual({ code: 0, said: [] });
    expect(told).toContain("No problems found.");
  });

  test("of a broken folder prints a line for each problem, or all of them as JSON, and ends with 1", async () => {
    const folder = folders.with({
      "programme.yaml": goodProgramme,
      "people.csv": "email,name,role,group\nmei,Mei,mentor,Maple\n",
    });
    const wrong = "is not an e-mail address";
    const remedy = "write one address and nothing else, such as name@example.edu";
    const lines = await waymark("check", folder);
    expect(lines).toMatchObject({ code: 1, said: [`people.csv:2:1: mei: ${wrong}; ${remedy}`] });
    const json = await waymark("check", folder, "--json");
    expect(json.code).toBe(1);
    expect(JSON.parse(json.said.join(""))).toEqual([
      { file: "people.csv", line: 2, column: 1, value: "mei", wrong, remedy },
    ]);
  });

  test.each([
    ["no command", [], "waymark check DIR"],
    ["a command that does not exist", ["chekc"], "There is no command chekc."],
    ["no folder", ["check"], "Name a folder."],
    ["two folders", ["check", "a", "b"], "Name one folder only"],
    ["an unknown option", ["check", "a", "--yaml"], "Unknown option '--yaml'"],
    ["a folder that does not exist", ["check", "/does/not/exist"], "cannot be read as a folder (ENOENT)"],
    ["a name that every object has", ["constructor"], "There is no command constructor."],
  ])("called with %s ends with 2 and says how it is used", async (_how, given, words) => {
    const { code, said, told } = await waymark(...given);
    expect(code).toBe(2);
    expect(told + said.join("\n")).toContain(words);
  });

  // A fresh Node takes 45 MB, the parsers as much again; the rest is what 10,000 people take. The bound leaves room for
  // other machines, and is far below what holding the file several times over would cost.
  test("of 10,000 people ends in bounded memory, whether all are right or all are wrong", async () => {
    const few = await waymark("check", folders.with(crowd(101, good)));
    const many = await waymark("check", folders.with(crowd(10_001, good)));
    const wrong = await waymark("check", folders.with(crowd(10_001, bad)));
    expect([few.code, many.code, wrong.code]).toEqual([0, 0, 1]);
    expect(wrong.said).toHaveLength(40_000);
    console.log(
      `Peak memory of check: ${few.megabytes.toFixed(0)} MB for 100 people, ${many.megabytes.toFixed(0)} MB for 10,000, ` +
        `${wrong.megabytes.toFixed(0)} MB for 10,000 with 40,000 problems`,
    );
    expect(many.megabytes).toBeLessThan(256);
    expect(wrong.megabytes).toBeLessThan(384);
  });
});
