import { card, note, paragraph, section } from "../../core/card.ts";
import type { Card } from "../../core/card.ts";

/** A part of what is stored about somebody, in plain words. */
export interface DataPart {
  readonly title: string;
  /** What there is, with counts. */
  readonly summary: string;
  /** Who can read it. */
  readonly readers: string;
}

export function myDataCard(parts: readonly DataPart[]): Card {
  const opening = "This is everything that I keep about you, and who can read it.";
  return card(
    "What is stored about you",
    [
      paragraph(opening),
      ...parts.map(({ title, summary, readers }) =>
        section(title, [paragraph(summary), note(`Who can read it: ${readers}`)]),
      ),
      section("Good to know", [
        paragraph(
          "Other things that you type to me are not kept. Teams itself keeps our chat, as it does with any chat.",
        ),
        paragraph(
          "Something wrong, or you want to be removed? Tell your coordinators: an administrator can take your name, your address and your words out. Numbers without a name stay.",
        ),
        note(
          "The few people who run the computer that I live on could read what I keep. They do so only to repair it.",
        ),
      ]),
    ],
    [],
    `${opening} ${parts.map(({ title, summary, readers }) => `${title}: ${summary} (${readers})`).join(" ")}`,
  );
}
