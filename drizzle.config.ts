import { defineConfig } from "drizzle-kit";

/** `npm run migrations -- --name add_meeting_reminders` writes the next SQL file: read it before you commit it. */
export default defineConfig({
  dialect: "postgresql",
  casing: "snake_case",
  schema: ["./src/features/*/schema.ts", "./src/platform/schema.ts"],
  out: "./migrations",
});
