// Plain JavaScript of 2020, so that an old Node can still read it: npm scripts load it ahead of the TypeScript that
// an old Node could not. Node 26 is needed for Temporal and for running TypeScript directly.
const needed = 26;

if (Number(process.versions.node.split(".")[0]) < needed) {
  console.error(
    `Waymark needs Node ${needed} and this is Node ${process.versions.node}: ` +
      "run `npm ci --ignore-scripts=false` (it brings the right Node into the project) and start it again with npm.",
  );
  process.exit(1);
}
