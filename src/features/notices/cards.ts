import { z } from "zod/v4";
import { button, card, dateInput, note, paragraph, problem, section, type Card } from "../../core/card.ts";
import { sayDay } from "../../core/time.ts";
import type { Part } from "./rules.ts";

/** What is due together is one card; the nearest deadline comes first, what has none last. */
export function mergedCard(parts: readonly Part[]): Card {
  const ordered = parts.toSorted((a, b) => {
    if (a.deadline === null || b.deadline === null) return Number(a.deadline === null) - Number(b.deadline === null);
    return Temporal.Instant.compare(a.deadline, b.deadline);
  });
  const [only] = ordered;
  if (only !== undefined && ordered.length === 1) return card(only.title, only.body, only.actions, only.fallback);
  return card(
    `${ordered.length} things for you`,
    ordered.map((part) => section(part.title, part.body, part.actions)),
    [],
    ordered.map((part) => part.fallback).join(" "),
  );
}

/** The longest pause: a coordinator should know of anything longer. */
export const longestPauseDays = 60;

/** Asks until when somebody wants quiet. @param today in their zone */
export function pauseForm(
  today: Temporal.PlainDate,
  typed?: { readonly until: string; readonly problem: string },
): Card {
  return card(
    "A pause from reminders",
    [
      paragraph(
        "I'll stay quiet until the day you choose. You can still write to me, and end the pause at any time with the word resume.",
      ),
      ...(typed === undefined ? [] : [problem(typed.problem)]),
      dateInput({
        id: "until",
        label: "First day with reminders again",
        value: typed?.until ?? today.add({ days: 7 }).toString(),
        min: today.add({ days: 1 }).toString(),
        max: today.add({ days: longestPauseDays }).toString(),
        required: true,
      }),
    ],
    [button("Pause", "notices.pause", {}, "positive")],
    "Type pause and a date, such as: pause 2026-10-05",
  );
}

export function pausedCard(until: Temporal.PlainDate): Card {
  return card(
    "You have a pause",
    [
      paragraph(`No reminders from me until ${sayDay(until)}.`),
      note("Your coordinators see that you have a pause, so nobody wonders. Meetings you planned stay as they are."),
    ],
    [button("End the pause now", "notices.resume")],
    `No reminders from me until ${sayDay(until)}. Type resume to end the pause.`,
  );
}

export const pauseAnswer = z.object({ until: z.string().max(40).default("") });

export type PauseDay =
  { readonly ok: true; readonly until: Temporal.PlainDate } | { readonly ok: false; readonly problem: string };

/** @param today in the person's zone */
export function parsePauseDay(text: string, today: Temporal.PlainDate): PauseDay {
  const until = /^\d{4}-\d\d-\d\d$/.test(text.trim()) ? dayOrNull(text.trim()) : null;
  if (until === null) return { ok: false, problem: "choose a day, such as 2026-10-05." };
  const days = today.until(until).days;
  if (days < 1) return { ok: false, problem: "choose a day after today." };
  if (days > longestPauseDays) {
    return {
      ok: false,
      problem: `a pause can last ${longestPauseDays} days at most. For longer, please ask a coordinator.`,
    };
  }
  return { ok: true, until };
}

function dayOrNull(text: string): Temporal.PlainDate | null {
  try {
    return Temporal.PlainDate.from(text);
  } catch {
    return null;
  }
}
