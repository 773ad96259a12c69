import { mkdtempSync, writeFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A small programme without problems: two groups, one coordinator. Tests change a line of it and see what is said. */
export const goodProgramme = `id: nursing-2026
name: Peer mentoring, Nursing 2026/27
timezone: Asia/Kuala_Lumpur
year: { starts: 2026-09-07, ends: 2027-06-11 }
meetings:
  - { key: induction, title: Induction, opens: 2026-09-14, closes: 2026-10-02 }
  - { key: exams-1, title: Exams 1, opens: 2026-11-30, closes: 2026-12-18 }
`;

export const goodPeople = `email,name,role,group,timezone,joined_on,previous_email,aad_object_id
coordinator@example.edu,Cora Ng,coordinator,,,,,
mei@example.edu,Mei Tan,mentor,Maple,,,,
ali@example.edu,Ali Haddad,mentee,Maple,,,,
bea@example.edu,Bea Okoro,mentee,Maple,,,,
jun@example.edu,Jun Park,mentor,Cedar,,,,
eva@example.edu,Eva Nair,mentee,Cedar,,,,
`;

export type Files = Readonly<Record<string, string | Uint8Array>>;

export const goodFiles: Files = { "programme.yaml": goodProgramme, "people.csv": goodPeople };

/** A folder under the system's temporary one, with these files in it. */
export function makeFolder(files: Files): string {
  const folder = mkdtempSync(join(tmpdir(), "waymark-folder-"));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

/** Makes folders, and removes them all at the end of the test file. */
export function createFolders() {
  const made: string[] = [];
  const keep = (folder: string): string => {
    made.push(folder);
    return folder;
  };
  return {
    with: (files: Files): string => keep(makeFolder(files)),
    withFolderNamed: async (files: Files, name: string): Promise<string> => {
      const folder = keep(makeFolder(files));
      await mkdir(join(folder, name));
      return folder;
    },
    removeAll: async (): Promise<void> => {
      await Promise.all(made.map((folder) => rm(folder, { recursive: true, force: true })));
    },
  };
}
