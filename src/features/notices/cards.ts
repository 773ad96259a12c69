import { card, section, type Action, type Card, type Element } from "../../core/card.ts";

/** A notice's share of a card. */
export interface Part {
  readonly title: string;
  readonly body: readonly Element[];
  readonly actions: readonly Action[];
  /** The whole of it in a sentence. */
  readonly fallback: string;
  /** The nearest comes first. */
  readonly deadline: Temporal.Instant | null;
}

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
