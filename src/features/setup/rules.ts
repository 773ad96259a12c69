import { showValue } from "../../core/files.ts";
import type { Document, Problem, ProgrammeFiles } from "../../core/files.ts";
import { startOfDay } from "../../core/time.ts";
import { nextGoodMoment, rhythmOf } from "../calendar/rules.ts";
import type { Settings } from "../programme/rules.ts";
import { checkPeople } from "./people/rules.ts";
import type { Listed } from "./people/rules.ts";
import { checkSettings } from "./settings/rules.ts";

/** What a folder without problems says. */
export interface CheckedProgramme {
  readonly settings: Settings;
  /** `programme.yaml` as plain data, which is what the database keeps. */
  readonly stored: unknown;
  readonly listed: readonly Listed[];
}

export interface Check {
  /** Null when there is any problem. */
  readonly programme: CheckedProgramme | null;
  readonly problems: readonly Problem[];
  /** Allowed, but probably not meant. */
  readonly warnings: readonly Problem[];
}

/** Says everything that is wrong with a programme's files: nothing is imported before they are right. */
export function checkProgramme(files: ProgrammeFiles): Check {
  const { settings, parts, ...ofSettings } = checkSettings(files.settings);
  const { listed, ...ofPeople } = checkPeople(files.people, parts.year ?? null);
  const windows = settings === null ? [] : checkWindows(settings, listed, files.settings);
  const problems = [...ofSettings.problems, ...ofPeople.problems, ...windows];
  return {
    programme: settings === null || problems.length > 0 ? null : { settings, stored: files.settings.value, listed },
    problems,
    warnings: [...ofSettings.warnings, ...ofPeople.warnings],
  };
}

/** A window in which some mentor can never be reminded would pass unnoticed. */
function checkWindows(settings: Settings, listed: readonly Listed[], document: Document): readonly Problem[] {
  const mentors = listed.filter((person) => person.role === "mentor");
  const zones = new Set([settings.timezone, ...mentors.map((mentor) => mentor.timeZone ?? settings.timezone)]);
  return settings.meetings.flatMap(({ opens, closes }, index) => {
    const from = startOfDay(opens, settings.timezone);
    const until = startOfDay(closes.add({ days: 1 }), settings.timezone);
    const without = [...zones].find(
      (zone) => nextGoodMoment(from, until, rhythmOf(settings, "mentors", zone)) === null,
    );
    if (without === undefined) return [];
    const path = ["meetings", index, "opens"];
    return [
      {
        file: document.file,
        ...document.placeOf(path, "value"),
        value: showValue(document.textOf(path)),
        wrong: `the window (${opens.toString()} to ${closes.toString()}) has no moment at which mentors in ${without} may be reminded`,
        remedy: "widen the window, or shorten the blackouts and quiet days in it",
      },
    ];
  });
}
