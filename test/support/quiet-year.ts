import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { z } from "zod/v4";
import { readSettings, type Settings } from "../../src/features/programme/rules.ts";
import type { Files } from "./programme-folder.ts";
import { waymark } from "./service-process.ts";

/** What a year of a programme should bring when nobody reacts, as `waymark preview` tells it. */

export const sampleFolder = fileURLToPath(new URL("../../sample", import.meta.url));

/**
 * A programme beside the sample's, made so that most of its reminders fall on days of the sample's. London's clocks change on
 * 25 October, the day on which the first window opens, and on 28 March, in the middle of the second; all is worked out in
 * September.
 */
export const londonFiles: Files = {
  "programme.yaml": `id: law-2026
name: Peer mentoring, Law 2026/27
timezone: Europe/London
year: { starts: 2026-09-07, ends: 2027-06-11 }
meetings:
  - { key: autumn, title: Autumn, opens: 2026-10-25, closes: 2026-11-13 }
  - { key: spring, title: Spring, opens: 2027-03-22, closes: 2027-05-21 }
`,
  "people.csv": `email,name,role,group,timezone
dean@law.example.edu,Dean Park,coordinator,,
olu@law.example.edu,Olu Bello,mentor,Thames,
zoe@law.example.edu,Zoe Chan,mentee,Thames,
ines@law.example.edu,Ines Costa,mentor,Fleet,Asia/Dubai
max@law.example.edu,Max Weber,mentee,Fleet,
`,
};

/** A card of the preview. */
export interface Announced {
  readonly at: Temporal.Instant;
  /** E-mail. */
  readonly to: string;
  readonly kind: string;
  /** `Induction with Angsana`: the card's words begin so. */
  readonly about: string;
}

const previewShape = z.array(
  z.object({
    at: z.string(),
    to: z.string(),
    kind: z.string(),
    group: z.string(),
    meeting: z.string(),
    // Nobody there has two groups: no card has a second part.
    also: z.array(z.never()),
  }),
);

export async function previewOf(folder: string): Promise<readonly Announced[]> {
  const titles = new Map(settingsOf(folder).meetings.map(({ key, title }) => [key, title]));
  const { said } = await waymark({}, "preview", folder, "--json");
  return previewShape.parse(JSON.parse(said)).map(({ at, to, kind, group, meeting }) => ({
    at: Temporal.Instant.from(at),
    to,
    kind,
    about: `${titles.get(meeting) ?? meeting} with ${group}`,
  }));
}

export function settingsOf(folder: string): Settings {
  return readSettings(parse(readFileSync(join(folder, "programme.yaml"), "utf8")));
}

/** The announced card that this one is, by its words; null: none was announced like that. */
export function findAnnounced(among: readonly Announced[], to: string, words: string): Announced | null {
  return among.find((card) => card.to === to && words.startsWith(card.about)) ?? null;
}
