import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Each worker may hold an embedded database of its own, 800 MB when it is fresh.
    maxWorkers: 2,
    // A first query on a busy machine with two cores has taken 8 s; what takes longer hangs.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: "waymark",
          // The embedded database, migrated once and copied by each test file.
          globalSetup: ["test/support/global-setup.ts"],
          include: ["test/{features,flows,house,platform}/**/*.test.ts"],
        },
      },
      {
        extends: true,
        // In a real browser, against the running service and the Playground.
        test: { name: "browser", include: ["test/browser/**/*.test.ts"], testTimeout: 120_000, hookTimeout: 120_000 },
      },
    ],
  },
});
