import { ZodError } from "zod/v4";
import { NotAllowed, UserError } from "../../core/errors.ts";
import type { Deps, Roster } from "../../core/feature.ts";
import type { PersonId } from "../../core/ids.ts";
import { errorFields, isPassing } from "../error-fields.ts";
import { sentences, tellPrivately, tryLater, type Outgoing } from "./answers.ts";
import { DirectoryUnavailable } from "./directory.ts";
import type { Incoming } from "./incoming.ts";

/** What is known of a turn when it fails. */
export interface Trace {
  person: PersonId | null;
  readonly now: Temporal.Instant;
}

/** What went wrong, told in one sentence. The transaction is rolled back already. */
export async function recover(
  roster: Roster,
  deps: Deps,
  incoming: Incoming,
  trace: Trace,
  error: unknown,
): Promise<Outgoing> {
  if (error instanceof NotAllowed) {
    const { what, subject } = error.tried;
    try {
      await roster.audit(deps.db, { what, subject, person: trace.person, at: trace.now });
    } catch (auditError) {
      deps.log.error("An attempt could not be written to the audit log", { what, ...describe(auditError) });
    }
  }
  if (error instanceof ZodError && incoming.kind === "press") {
    // Not one of our cards, or one of another version: nothing in it could be read.
    const what = `unreadable ${incoming.verb}`.slice(0, longestAct);
    await roster.audit(deps.db, { what, subject: null, person: trace.person, at: trace.now }).catch(() => undefined);
    return tellPrivately(incoming, sentences.outOfDate);
  }
  if (error instanceof UserError) {
    return tellPrivately(incoming, error.message);
  }
  const reference = deps.newId().slice(-8);
  const fields = { reference, activity: incoming.kind, ...describe(error) };
  if (error instanceof DirectoryUnavailable) {
    deps.log.warn("Teams did not say who is in a chat", { ...fields, status: error.status, reason: error.reason });
    return tryLater(incoming, sentences.teamsDown);
  }
  if (isPassing(error)) {
    deps.log.error("A turn could not reach the database", fields);
    return tryLater(incoming, sentences.databaseDown);
  }
  deps.log.error("A turn failed", fields);
  return tellPrivately(incoming, sentences.apology(reference));
}

/** A verb comes from outside, and the audit log keeps it. */
const longestAct = 80;

/** Only the frames of a stack: messages quote what people wrote, a failed query's all its parameters. */
function describe(error: unknown): ReturnType<typeof errorFields> & { readonly stack: string } {
  const lines = error instanceof Error ? (error.stack ?? "").split("\n") : [];
  return { ...errorFields(error), stack: lines.filter((line) => /^\s+at /.test(line)).join("\n") };
}
