import { readdirSync } from "node:fs";

/**
 * `npm run bench -- NAME [options]` runs test/bench/NAME.ts; without a name it lists them. Every benchmark takes `--short`:
 * some seconds, to see that it works rather than how fast it is. Files that a benchmark starts end in `-worker.ts`.
 */
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(".ts") && file !== "run.ts" && !file.endsWith("-worker.ts"))
  .map((file) => file.slice(0, -".ts".length))
  .toSorted();

const [name] = process.argv.slice(2);
if (name === undefined || !names.includes(name)) {
  const list = names.map((one) => `  npm run bench -- ${one}`).join("\n");
  console.error(`${name === undefined ? "Name a benchmark" : `There is no benchmark called ${name}`}:\n${list}`);
  process.exit(name === undefined ? 0 : 2);
}
// It finds its own options where they would be if it had been started by itself.
process.argv.splice(1, 2, `${import.meta.dirname}/${name}.ts`);
await import(`./${name}.ts`);
