import { z } from "zod/v4";
import { bullets, button, card, note, paragraph, section, type Card, type Element } from "../../core/card.ts";
import type { Role } from "../../core/feature.ts";
import { as, type DeliveryId } from "../../core/ids.ts";
import { count, dayIn, sayDay, sayMoment } from "../../core/time.ts";
import { causes, type Cause, type ReachReport, type Unreachable } from "./rules.ts";

/** What is the matter, and what a coordinator can do about it. */
const causeWords = {
  disabled: {
    title: "Turned off by an administrator",
    what: "An administrator of Teams has turned me off for them. Ask your IT team to allow Waymark for these people.",
  },
  blocked: {
    title: "Our chat is blocked",
    what: 'Teams takes nothing from me for them: they blocked or muted our chat. Ask them to open it, unblock me there and write "hello".',
  },
  gone: {
    title: "Our chat is gone",
    what: 'Teams does not know our chat any more. Ask them to open Waymark in Teams and write "hello".',
  },
  removed: {
    title: "They took me out",
    what: "They removed Waymark from their apps, which is fine. Should they want reminders again, ask them to add it once more.",
  },
  refused: {
    title: "I may not write first",
    what: 'I sit in a chat with them, but Teams did not let me write to them. Ask them to open Waymark in Teams and write "hello".',
  },
  never: {
    title: "Have not opened me yet",
    what: 'Ask them to open Waymark in Teams and write "hello". A friendly word from the mentor helps most.',
  },
  "about-to-try": {
    title: "Will hear from me",
    what: "They have not opened me, but I sit in a chat with them and will say hello at a good time. Nothing to do for you.",
  },
} as const satisfies Record<Cause, { readonly title: string; readonly what: string }>;

const roleWords = { mentor: "mentor", mentee: "mentee", coordinator: "coordinator" } as const satisfies Record<
  Role,
  string
>;

/**
 * People listed in all: each takes a line of up to 200 characters, two bytes each in a message of 100 KB. Longer lists nobody
 * reads on a phone.
 */
const longestList = 60;

export interface DoubtfulOnCard {
  readonly id: DeliveryId;
  readonly version: string;
  /** `a reminder` */
  readonly what: string;
  /** `Ben Okafor`, `the chat of Maple` */
  readonly to: string;
  readonly state: "uncertain" | "failed";
  readonly at: Temporal.Instant;
  readonly reason: string | null;
}

export interface ReachView {
  readonly programmes: readonly { readonly name: string; readonly report: ReachReport }[];
  readonly inDoubt: readonly DoubtfulOnCard[];
  /** What a tap has just done. */
  readonly news: string | null;
}

/** For coordinators: who cannot be reached and why, and which messages may not have arrived. */
export function reachCard(view: ReachView, reader: { readonly timeZone: string }): Card {
  const missing = view.programmes.reduce((sum, { report }) => sum + report.people - report.reachable, 0);
  const title = missing === 0 ? "Everybody can be reached" : `${count(missing, "person", "people")} cannot be reached`;
  let room = longestList;
  const body: Element[] = view.news === null ? [] : [paragraph(view.news)];
  for (const { name, report } of view.programmes) {
    const { people, reachable, unreachable } = report;
    const line = `${reachable} of ${count(people, "person", "people")} can be reached.`;
    body.push(view.programmes.length > 1 ? section(name, [paragraph(line)]) : paragraph(line));
    for (const cause of causes) {
      const all = unreachable.get(cause) ?? [];
      if (all.length === 0) continue;
      body.push(causeSection(cause, all, room, reader.timeZone));
      room = Math.max(0, room - all.length);
    }
  }
  if (view.inDoubt.length > 0) body.push(...doubts(view.inDoubt, reader.timeZone));
  body.push(note("Only coordinators see this. Please tell nobody in a group who is on it."));
  return card(title, body, [], `${title}.`);
}

function causeSection(cause: Cause, all: readonly Unreachable[], room: number, timeZone: string): Element {
  const { title, what } = causeWords[cause];
  const shown = all.slice(0, room);
  const rest = all.length - shown.length;
  return section(`${title} (${all.length})`, [
    paragraph(what),
    ...(shown.length > 0 ? [bullets(shown.map((one) => sayPerson(one, timeZone)))] : []),
    ...(rest > 0 ? [note(`And ${rest} more: waymark export writes everybody to people.csv.`)] : []),
  ]);
}

/** `Ben Okafor (mentee, Maple): since Monday 14 September, last heard Friday 11 September, 3 messages wait` */
function sayPerson({ name, roles, since, lastSeen, waiting }: Unreachable, timeZone: string): string {
  const who = roles.map(({ role, group }) => (group === null ? roleWords[role] : `${roleWords[role]}, ${group}`));
  const facts = [
    ...(since === null ? [] : [`since ${sayDay(dayIn(since, timeZone))}`]),
    ...(lastSeen === null ? [] : [`last heard ${sayDay(dayIn(lastSeen, timeZone))}`]),
    ...(waiting === 0 ? [] : [`${count(waiting, "message")} ${waiting === 1 ? "waits" : "wait"}`]),
  ];
  return `${name} (${who.join("; ")})${facts.length === 0 ? "" : `: ${facts.join(", ")}`}`;
}

function doubts(inDoubt: readonly DoubtfulOnCard[], timeZone: string): Element[] {
  return [
    section("Messages that may not have arrived", [
      note(
        "I don't repeat these by myself, as most of them did arrive. Sent again, they say that they may be a repeat.",
      ),
    ]),
    ...inDoubt.map(({ id, version, what, to, state, at, reason }) => ({
      type: "Container",
      spacing: "Medium",
      items: [
        paragraph(
          `${capital(what)} to ${to}, ${sayMoment(at, timeZone)}: ${reason ?? (state === "failed" ? "it failed" : "it may have arrived")}.`,
        ),
        { type: "ActionSet", actions: [button("Send again", "reach.send-again", { delivery: id, version })] },
      ],
    })),
  ];
}

function capital(words: string): string {
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

export const sentAgain = "It is on its way again, if it is still wanted.";
export const sentAlready = "That one was taken care of already: nothing was sent twice.";

const againSchema = z.object({
  delivery: z.uuid().transform((id) => as<DeliveryId>(id.toLowerCase())),
  version: z.uuid(),
});

/** What "Send again" carries; null when it is no button of ours. */
export function parseAgain(data: unknown): z.output<typeof againSchema> | null {
  return againSchema.safeParse(data).data ?? null;
}
