import { bullets, card, note, paragraph, section } from "../../core/card.ts";
import type { Card, Element } from "../../core/card.ts";
import { count } from "../../core/time.ts";
import type { InstallationReport, Missing } from "./rules.ts";

/** A role of the newcomer, with the people who go with it. */
export type NewRole =
  | {
      readonly role: "mentee";
      readonly group: string;
      readonly mentors: readonly string[];
      readonly others: readonly string[];
    }
  | {
      readonly role: "mentor";
      readonly group: string;
      readonly mentees: readonly string[];
      readonly otherMentors: readonly string[];
    }
  | { readonly role: "coordinator"; readonly programme: string };

/** First contact: what the bot is for, who is who, who sees what, how to stop it. No task today. */
export function welcomeCard(newcomer: {
  readonly name: string;
  readonly programmes: readonly { readonly name: string; readonly meetings: number }[];
  readonly roles: readonly NewRole[];
  /** They have not opened the bot: it found them in a chat. */
  readonly isUnasked: boolean;
}): Card {
  const { name, programmes, roles, isUnasked } = newcomer;
  const has = (role: NewRole["role"]): boolean => roles.some((each) => each.role === role);
  const hasGroup = has("mentor") || has("mentee");
  const body: Element[] = [
    paragraph(`I'm Waymark, the helper of ${sayList(programmes.map((programme) => programme.name))}.`),
    ...roles.map((role) => paragraph(sayRole(role))),
    ...(isUnasked ? [note("You have not opened me yet. I sit in a Teams chat with you, so I can say hello.")] : []),
    paragraph("Nothing to do today. This is just to say hello."),
    section("What I'm for", [bullets(purposes(has, Math.max(0, ...programmes.map(({ meetings }) => meetings))))]),
    section("Who can see what you write here", [bullets(readers(has))]),
    section("How to stop me", [
      bullets([
        ...(hasGroup ? ['For some quiet, type "pause"; "resume" brings me back.'] : []),
        "For good: remove Waymark from your apps in Teams, or block this chat. Nobody is told, and you can come back.",
      ]),
    ]),
    note('Type "help" to see all that I understand, "my data" for what is stored about you.'),
  ];
  return card(
    `Hello, ${name}!`,
    body,
    [],
    `Hello, ${name}! I'm Waymark. Nothing to do today. Type "help" to see what I do.`,
  );
}

function sayRole(role: NewRole): string {
  switch (role.role) {
    case "mentee": {
      const mentors = role.mentors.length === 0 ? "" : ` Your ${plural(role.mentors, "mentor is", "mentors are")}`;
      const others = role.others.length === 0 ? "" : ` With you are ${sayList(role.others)}.`;
      return `You are in the group ${role.group}.${mentors === "" ? "" : `${mentors} ${sayList(role.mentors)}.`}${others}`;
    }
    case "mentor": {
      const mentees =
        role.mentees.length === 0
          ? ""
          : ` Your ${plural(role.mentees, "mentee is", "mentees are")} ${sayList(role.mentees)}.`;
      const others = role.otherMentors.length === 0 ? "" : ` You share it with ${sayList(role.otherMentors)}.`;
      return `You are a mentor of the group ${role.group}.${mentees}${others}`;
    }
    case "coordinator":
      return `You are a coordinator of ${role.programme}.`;
  }
}

function plural(names: readonly string[], one: string, many: string): string {
  return names.length === 1 ? one : many;
}

/** `Ana`, `Ana and Ben`, `Ana, Ben and Cai` */
function sayList(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
}

function purposes(has: (role: NewRole["role"]) => boolean, meetings: number): string[] {
  const year = count(meetings, "meeting");
  return [
    ...(has("mentor")
      ? [`I remind you of your group's ${year} in the year, tell the group the date, and keep your logbook.`]
      : []),
    ...(has("mentee")
      ? [`I tell you the dates of your group's ${year} in the year, and you answer with one tap.`]
      : []),
    ...(has("coordinator")
      ? ["I tell you which groups fall behind, and bring you the questions that people ask you."]
      : ["I pass your questions on to the coordinators."]),
  ];
}

function readers(has: (role: NewRole["role"]) => boolean): string[] {
  return [
    ...(has("mentee") ? ["Whether you can come to a date: your mentor alone. Nobody asks you why."] : []),
    ...(has("mentor")
      ? [
          "What you did in a meeting: the coordinators, and your mentees if they ask for it.",
          "Your reflections: you and the coordinators.",
        ]
      : []),
    ...(has("mentor") || has("mentee") ? ["A question to the coordinators: all coordinators, with your name."] : []),
    ...(has("coordinator") ? ["That you took a question: who asked it, and the other coordinators."] : []),
    "Anything else you type to me: I don't keep it. In group chats I only see messages that mention me.",
  ];
}

/**
 * Groups that are listed. Each takes a line of up to some 200 characters, two bytes each in a message of 100 KB; longer
 * lists nobody reads on a phone.
 */
const longestList = 100;

export function installationCard(
  programmes: readonly { readonly name: string; readonly report: InstallationReport }[],
): Card {
  const parts = programmes.map(({ name, report }): { line: string; body: Element[]; name: string } => {
    const done = report.people - report.missing;
    const line =
      report.missing === 0
        ? `All ${count(report.people, "person", "people")} have installed it.`
        : `${done} of ${count(report.people, "person", "people")} have installed it, ${report.missing} not yet.`;
    const shown = report.groups.slice(0, longestList);
    const rest = report.groups.slice(longestList);
    const missing = rest.reduce((sum, group) => sum + group.missing.length, 0);
    const body = [
      paragraph(line),
      ...(shown.length === 0
        ? []
        : [
            bullets(
              shown.map(
                (group) =>
                  `${group.name ?? "Coordinators"} (${group.missing.length} of ${group.people}): ${group.missing
                    .map((one) => sayMissing(one, group.name !== null))
                    .join(", ")}`,
              ),
            ),
          ]),
      ...(rest.length === 0
        ? []
        : [paragraph(`And ${count(rest.length, "more group")} with ${count(missing, "person", "people")}.`)]),
    ];
    return { name, line, body };
  });
  const [first, ...others] = parts;
  const body = others.length === 0 ? (first?.body ?? []) : parts.map((part) => section(part.name, part.body));
  return card(
    "Who has not installed it yet",
    [
      ...body,
      note("Only coordinators see this list. A friendly word from the mentor helps more than a reminder from me."),
    ],
    [],
    parts.map(({ line }) => line).join(" "),
  );
}

function sayMissing({ name, role, hadIt }: Missing, inGroup: boolean): string {
  const remarks = [...(inGroup && role === "mentor" ? ["mentor"] : []), ...(hadIt ? ["removed or blocked it"] : [])];
  return remarks.length === 0 ? name : `${name} (${remarks.join(", ")})`;
}
