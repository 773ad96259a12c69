import { z } from "zod/v4";
import { bullets, button, card, note, paragraph, section } from "../../../core/card.ts";
import type { Card } from "../../../core/card.ts";
import { as, type PartId, type PersonId, type ProgrammeId } from "../../../core/ids.ts";
import { sayList } from "../../../core/time.ts";
import type { MayUndo } from "./rules.ts";

export const howToEnd = "Type end part of and the mentor's e-mail, such as: end part of aisyah@example.edu";

export const chooseFirst = "Please choose a mentor in the list first.";

/** The same for a mentee, a coordinator and nobody at all: who is what is not told to a guess. */
export const noSuchMentor = "I find no mentor with that address in your programmes. Nothing was changed.";

export function endedAlready(name: string): string {
  return `${name}'s part has ended already. Nothing was changed.`;
}

export interface PartView {
  readonly mentor: { readonly id: PersonId; readonly name: string };
  readonly programme: { readonly id: ProgrammeId; readonly name: string };
  readonly groups: readonly { readonly name: string; readonly isLastMentor: boolean }[];
}

/** Asked again before it happens. */
export function confirmCard(name: string, parts: readonly PartView[]): Card {
  const title = `Shall ${name}'s part as a mentor end today?`;
  return card(
    title,
    [
      bullets([
        "They no longer see or change anything of the group, and no reminder reaches them. I thank them kindly.",
        "The mentees hear today whom they can turn to.",
        "What they logged stays. You can undo it for seven days, until the next import.",
      ]),
      note("Please take them out of people.csv too: the next import would bring them back."),
      ...parts.map(({ mentor, programme, groups }) =>
        section(
          programme.name,
          [paragraph(groups.map(sayGroup).join(" "))],
          [button(`End ${name}'s part`, "load.end", { mentor: mentor.id, programme: programme.id }, "destructive")],
        ),
      ),
    ],
    [button("Leave it as it is", "load.show")],
    `${title} This needs a newer version of Teams.`,
  );
}

function sayGroup({ name, isLastMentor }: PartView["groups"][number]): string {
  return isLastMentor ? `${name} will have no mentor.` : `${name} keeps its other mentor.`;
}

/** To the coordinator, when it has happened. */
export function endedCard(part: PartId, name: string, withoutMentor: readonly string[]): Card {
  const title = `${name}'s part has ended`;
  return card(
    title,
    [
      paragraph("Their access and cards ended. They and the mentees are told now."),
      ...(withoutMentor.length === 0
        ? []
        : [paragraph(`Without a mentor for now: ${sayList(withoutMentor)}. Their mentees are told to turn to you.`)]),
      note("Please take them out of people.csv too: the next import would bring them back."),
    ],
    [button("Undo", "load.undo-end", { part })],
  );
}

export function undone(name: string): string {
  return `${name} is a mentor as before. Groups that colleagues looked after are with their own mentors.`;
}

export const undoneAlready = "This was undone already.";

export const notUndone = {
  imported: "An import has come since, so people.csv says who is a mentor. List them there to bring them back.",
  "too-late": "That was more than seven days ago. List them in people.csv and import it to bring them back.",
} as const satisfies Record<Extract<MayUndo, { ok: false }>["why"], string>;

/** To whom it was about. */
export function thanksCard(view: {
  readonly name: string;
  readonly groups: readonly string[];
  readonly isUndone: boolean;
  readonly coordinators: readonly string[];
}): Card {
  const groups = sayList(view.groups);
  if (view.isUndone) {
    const text = `You are a mentor of ${groups} as before.`;
    return card("Welcome back", [paragraph(text)], [], text);
  }
  const title = `Thank you, ${view.name}`;
  const text = `Your time as a mentor of ${groups} has ended, and nothing is left for you to do. Thank you for the time that you gave.`;
  const ask =
    view.coordinators.length === 0
      ? []
      : [
          note(
            `Is that a surprise, or is there something to tell? ${sayList(view.coordinators)} would like to hear it.`,
          ),
        ];
  return card(title, [paragraph(text), ...ask], [], text);
}

/** To a mentee, on the same day. */
export function turnToCard(view: {
  readonly mentor: string;
  readonly group: { readonly id: string; readonly name: string };
  readonly isUndone: boolean;
  /** Who is a mentor of the group now. */
  readonly mentors: readonly string[];
  readonly coordinators: readonly string[];
}): Card {
  const { mentor, group, mentors, coordinators } = view;
  if (view.isUndone) {
    const text = `${mentor} is a mentor of ${group.name} as before.`;
    return card(`${group.name}: as before`, [paragraph(text)], [], text);
  }
  const whom =
    mentors.length > 0
      ? `Please turn to ${sayList(mentors)}, who ${mentors.length === 1 ? "is" : "are"} there for you as before.`
      : coordinators.length > 0
        ? `Until there is a new mentor, you can turn to ${sayList(coordinators)}.`
        : "Until there is a new mentor, your school's office can help.";
  const text = `${mentor} is no longer a mentor of ${group.name}. ${whom}`;
  return card(
    "A change in your group",
    [paragraph(text), note("You have done nothing wrong, and your meetings so far count.")],
    [button("Ask a coordinator", "flags.ask", { id: group.id })],
    text,
  );
}

/** In place of the above, for somebody who is no longer in the group. */
export function elsewhereCard(): Card {
  const text = "This was about a group that you are no longer in.";
  return card("A change in a group", [paragraph(text)], [], text);
}

const person = z.uuid().transform((id) => as<PersonId>(id.toLowerCase()));
const endSchema = z.object({ mentor: person, programme: z.string().transform((id) => as<ProgrammeId>(id)) });
const chosenSchema = z.object({ mentor: person });
const partSchema = z.object({ part: z.uuid().transform((id) => as<PartId>(id.toLowerCase())) });

export function parseEnd(data: unknown): z.output<typeof endSchema> | null {
  return endSchema.safeParse(data).data ?? null;
}

export function parseChosen(data: unknown): PersonId | null {
  return chosenSchema.safeParse(data).data?.mentor ?? null;
}

export function parsePart(data: unknown): PartId | null {
  return partSchema.safeParse(data).data?.part ?? null;
}
