import { pino } from "pino";
import type { Log } from "../core/ports.ts";

/** One JSON line an event, on standard output. Whatever is not an id, a count or a code does not belong in it. */
export function createLog(level: "debug" | "info" | "silent" = "info"): Log {
  // Secrets and people's words must not get here; should a field of such a name appear all the same, it is blanked.
  const redact = { paths: ["authorization", "text", "value", "name", "email", "password"], censor: "[removed]" };
  const logger = pino({ level, base: null, redact, timestamp: pino.stdTimeFunctions.isoTime });
  return {
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
  };
}
