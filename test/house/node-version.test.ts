import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { scripts } = JSON.parse(readFileSync(`${root}/package.json`, "utf8")) as { scripts: Record<string, string> };

/** Runs the guard on a Node that says it is of that version. */
function startOn(version: string): { readonly status: number | null; readonly said: string } {
  const pretend = `data:text/javascript,Object.defineProperty(process,"versions",{value:{node:"${version}"}})`;
  const { status, stderr } = spawnSync(process.execPath, ["--import", pretend, "./src/node-version.js"], {
    cwd: root,
    encoding: "utf8",
  });
  return { status, said: stderr };
}

test.each(["18.20.8", "20.20.2", "22.18.0", "24.11.0"])(
  "somebody with Node %s reads in one sentence what to do",
  (version) => {
    const { status, said } = startOn(version);
    expect(status).toBe(1);
    expect(said).toBe(
      `Waymark needs Node 26 and this is Node ${version}: run \`npm ci --ignore-scripts=false\` (it brings the right Node into the project) and start it again with npm.\n`,
    );
  },
);

test.each(["26.0.0", "26.10.0", "28.1.0"])("Node %s starts without a word", (version) => {
  expect(startOn(version)).toEqual({ status: 0, said: "" });
});

test.each(Object.entries(scripts).filter(([, line]) => /\bnode .*\.ts\b|\bvitest\b|npm run/.test(line)))(
  "npm run %s asks for the version before anything else",
  (_name, line) => {
    expect(line).toMatch(/^node (--import \.\/src\/node-version\.js \S+\.ts$|src\/node-version\.js && )/);
  },
);

test("the tests run on the project's own Node", () => {
  expect(Number(process.versions.node.split(".")[0])).toBeGreaterThanOrEqual(26);
});
