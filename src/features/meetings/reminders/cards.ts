import { z } from "zod/v4";
import {
  bullets,
  button,
  card,
  facts,
  note,
  paragraph,
  type Action,
  type Card,
  type Element,
} from "../../../core/card.ts";
import { as, type ChatId, type MeetingId } from "../../../core/ids.ts";
import { count, isBefore, sayDay, sayMoment } from "../../../core/time.ts";
import type { Part } from "../../notices/rules.ts";
import type { MeetingOnCard, Reader } from "../cards.ts";
import { endOf, stateOf, type MeetingFacts } from "../rules.ts";
import type { ReminderKind } from "./rules.ts";

/** *Meeting due*, and what becomes of it: drawn from the facts as they are now, so that no button is dead. */
export function reminderPart(meeting: MeetingOnCard, kind: ReminderKind, reader: Reader, now: Temporal.Instant): Part {
  const state = stateOf(meeting.facts, now);
  const title = `${meeting.title} with ${meeting.group.name}`;
  const deadline = kind === "tomorrow" ? (meeting.facts.plan?.at ?? null) : deadlineOf(meeting.facts);
  const isMentor = meeting.group.mentors.some((mentor) => mentor.person === reader.person);
  const part = (heading: string, body: readonly Element[], actions: readonly Action[], fallback: string): Part => ({
    title: heading,
    body,
    actions,
    fallback: `${heading}. ${fallback}`,
    deadline,
  });
  if (state === "held") {
    if (!isMentor) return part(`${title}: done`, [paragraph(metAlready)], [], metAlready);
    const thanks = "It is in your logbook. Thank you for making the time.";
    return part(
      `${title}: done`,
      [paragraph(thanks)],
      [button("See the entry", "logbook.open", { id: meeting.id })],
      thanks,
    );
  }
  if (state === "excused") {
    if (!isMentor) return part(title, [paragraph(noDate)], [], noDate);
    const noted = "It could not be, and that's noted. If you meet after all, you can still log it.";
    return part(
      `${title}: noted`,
      [paragraph(noted)],
      [logIt(meeting), button("Take it back", "meetings.not-excused", { id: meeting.id })],
      noted,
    );
  }
  if (kind === "tomorrow") return plannedPart(meeting, isMentor, reader, part, title);
  if (meeting.facts.takenBy !== null && meeting.facts.takenBy !== reader.person) {
    const name =
      meeting.group.mentors.find((mentor) => mentor.person === meeting.facts.takenBy)?.name ?? "Your co-mentor";
    const taken = `${name} is on it, so there's nothing you need to do.`;
    return part(title, [paragraph(taken)], [logIt(meeting)], taken);
  }
  if (meeting.facts.plan !== null && isBefore(now, endOf(meeting.facts.plan))) {
    return plannedPart(meeting, isMentor, reader, part, title);
  }
  const words = wordsFor(kind, meeting, reader);
  return part(
    words.title(title),
    [
      paragraph(words.text),
      ...(meeting.talkAbout.length > 0 && kind !== "how-did-it-go"
        ? [note("You could talk about:"), bullets(meeting.talkAbout)]
        : []),
    ],
    dueActions(meeting, kind),
    words.text,
  );
}

const metAlready = "Your group has met. Good to have you with us.";

const noDate = "There is no date for this one at the moment. You will hear when there is one.";

/** The reader has nothing to do with the meeting any more, or it is gone. */
export function gonePart(): Part {
  const text = "This is no longer with you, so there's nothing to do.";
  return { title: "A meeting", body: [paragraph(text)], actions: [], fallback: text, deadline: null };
}

type MakePart = (heading: string, body: readonly Element[], actions: readonly Action[], fallback: string) => Part;

function plannedPart(meeting: MeetingOnCard, isMentor: boolean, reader: Reader, part: MakePart, title: string): Part {
  const { plan } = meeting.facts;
  if (plan === null) {
    return part(title, [paragraph(noDate)], [], noDate);
  }
  const when = sayMoment(plan.at, reader.timeZone);
  const where = meeting.plannedPlace === null ? "" : ` ${meeting.plannedPlace}.`;
  return part(
    `${title} is planned`,
    [
      facts([
        ["When", when],
        ["How long", count(plan.minutes, "minute")],
        ...(where === "" ? [] : [["Where", where.trim()] as const]),
      ]),
    ],
    isMentor
      ? [button("See the plan or change it", "planning.open", { id: meeting.id }), logIt(meeting)]
      : [button("See the plan and answer", "planning.see", { id: meeting.id })],
    `${when}.${where}`,
  );
}

interface Words {
  readonly title: (meeting: string) => string;
  readonly text: string;
}

function wordsFor(kind: Exclude<ReminderKind, "tomorrow">, meeting: MeetingOnCard, reader: Reader): Words {
  const { window, plan } = meeting.facts;
  const until = window === null ? "" : sayDay(window.closes);
  const same = (title: string): string => title;
  switch (kind) {
    case "opens":
      return { title: same, text: `It's time for this one: any day until ${until} is good. Shall we find a date?` };
    case "again":
      return { title: same, text: `You asked me to come back to this one. Its last day is ${until}.` };
    case "halfway":
      return {
        title: same,
        text: `Half of the time for this meeting is over, and no date is set yet. There is time until ${until}.`,
      };
    case "closing":
      return {
        title: same,
        text: `The time for this meeting ends on ${until}. Even a short one counts. Have you met already? Then just log it.`,
      };
    case "after-close":
      return {
        title: (title) => `${title}: not met yet`,
        text: `Its time ended on ${until}, and that happens. You can log it if you met, plan a late one, or say why it could not be.`,
      };
    case "how-did-it-go":
      return {
        title: (title) => `${title}: how did it go?`,
        text:
          plan === null
            ? "If you met, please log it: it takes under a minute."
            : `You planned to meet on ${sayMoment(plan.at, reader.timeZone)}. Please log it: it takes under a minute.`,
      };
  }
}

function dueActions(meeting: MeetingOnCard, kind: ReminderKind): readonly Action[] {
  const id = { id: meeting.id };
  const plan = button(kind === "after-close" ? "Plan a late one" : "Plan it", "planning.open", id, "positive");
  const couldNotBe = button("It could not be", "meetings.excuse-form", id);
  const ask = button("Ask a coordinator", "flags.ask", { id: meeting.group.id });
  if (kind === "how-did-it-go")
    return [logIt(meeting, "Log it"), button("We didn't meet: plan anew", "planning.open", id), couldNotBe, ask];
  if (kind === "after-close") return [logIt(meeting), plan, couldNotBe, ask];
  return [
    plan,
    logIt(meeting),
    button("Remind me in three days", "meetings.later", id),
    button("Pause until a date", "notices.pause-form"),
    ...(meeting.group.mentors.filter(({ awayUntil }) => awayUntil === null).length > 1
      ? [button("I'm on it", "meetings.on-it", id)]
      : []),
    ask,
  ];
}

function logIt(meeting: MeetingOnCard, title = "Already held: log it"): Action {
  return button(title, "logbook.open", { id: meeting.id });
}

/** The last instant of the window, for the order on a card. */
function deadlineOf(meeting: MeetingFacts): Temporal.Instant | null {
  if (meeting.window === null) return null;
  return meeting.window.closes.add({ days: 1 }).toZonedDateTime(meeting.timeZone).toInstant();
}

/** What the group's chat hears the day before: only what the whole group may see. */
export function tomorrowInChat(meeting: MeetingOnCard, now: Temporal.Instant): Card {
  const { plan, timeZone } = meeting.facts;
  if (plan === null) return card(`${meeting.title}: no date at the moment`, [paragraph("The plan was cancelled.")]);
  const when = sayMoment(plan.at, timeZone);
  const isOver = !isBefore(now, endOf(plan));
  const title = isOver ? `${meeting.title}: this was the plan` : `${meeting.title} is coming up`;
  return card(
    title,
    [
      facts([
        ["When", when],
        ["How long", count(plan.minutes, "minute")],
        ...(meeting.plannedPlace === null ? [] : [["Where", meeting.plannedPlace] as const]),
      ]),
    ],
    isOver ? [] : [button("See the plan and answer", "planning.see", { id: meeting.id })],
    `${title}: ${when}.`,
  );
}

/** In place of the above, in a chat that the group no longer speaks in: others may read along there by now. */
export function noLongerInChat(): Card {
  const line = "Its group's plans are not shown in this chat any more.";
  return card("This meeting", [paragraph(line)], [], line);
}

/** What a reminder's row in the outbox points to. */
export const reminderRef = z.object({
  meeting: z.uuid().transform((id) => as<MeetingId>(id)),
  kind: z.enum(["opens", "halfway", "closing", "after-close", "again", "how-did-it-go", "tomorrow"]),
  plan: z.coerce.number(),
});

/** The same for the card in a group's chat. */
export const chatRef = reminderRef.omit({ kind: true }).extend({
  chat: z.uuid().transform((id) => as<ChatId>(id)),
});
