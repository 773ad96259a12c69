import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { inFileOrder, sayProblem } from "../../src/core/files.ts";
import { checkProgramme } from "../../src/features/setup/rules.ts";
import { readCsv } from "../../src/platform/csv.ts";
import { readProgrammeFolder } from "../../src/platform/folder.ts";
import { createFolders, goodFiles, goodPeople, goodProgramme } from "../support/programme-folder.ts";
import type { Files } from "../support/programme-folder.ts";

const folders = createFolders();
afterAll(folders.removeAll);

async function checkFolder(folder: string) {
  const { problems, warnings, programme } = checkProgramme(await readProgrammeFolder(folder));
  return {
    said: inFileOrder(problems).map(sayProblem),
    warned: inFileOrder(warnings).map(sayProblem),
    programme,
  };
}

const check = (files: Files) => checkFolder(folders.with(files));

/** Exchanges one piece of the good file, which must be there exactly once. */
function instead(whole: string, piece: string, other: string): string {
  expect(whole.split(piece)).toHaveLength(2);
  return whole.replace(piece, () => other);
}
const settings = (piece: string, other: string): Files => ({
  ...goodFiles,
  "programme.yaml": instead(goodProgramme, piece, other),
});
const moreSettings = (text: string): Files => ({ ...goodFiles, "programme.yaml": goodProgramme + text });
const people = (piece: string, other: string): Files => ({
  ...goodFiles,
  "people.csv": instead(goodPeople, piece, other),
});
const morePeople = (text: string): Files => ({ ...goodFiles, "people.csv": goodPeople + text });
const without = (name: string): Files =>
  Object.fromEntries(Object.entries(goodFiles).filter(([each]) => each !== name));

test("a coordinator's good folder has no problems", async () => {
  const { said, warned, programme } = await check(goodFiles);
  expect(said).toEqual([]);
  expect(warned).toEqual([]);
  expect(programme?.listed).toHaveLength(6);
});

const broken: readonly (readonly [what: string, files: Files, said: readonly string[]])[] = [
  [
    "nothing in it",
    {},
    [
      "people.csv:1:1: (missing): the file is not in the folder; add people.csv, as in the sample folder",
      "programme.yaml:1:1: (missing): the file is not in the folder; add programme.yaml, as in the sample folder",
    ],
  ],
  [
    "no people.csv",
    without("people.csv"),
    ["people.csv:1:1: (missing): the file is not in the folder; add people.csv, as in the sample folder"],
  ],
  [
    "a workbook instead of people.csv",
    { ...without("people.csv"), "People.xlsx": "PK" },
    [
      "people.csv:1:1: People.xlsx: the file must be called people.csv; in Excel choose File, Save As, CSV UTF-8 (comma delimited)",
    ],
  ],
  [
    "a workbook that was renamed",
    { ...goodFiles, "people.csv": Buffer.from("PK\u0003\u0004rest") },
    [
      "people.csv:1:1: (binary data): this is a workbook or zip file, not text; in Excel choose File, Save As, CSV UTF-8 (comma delimited)",
    ],
  ],
  [
    "programme.yml",
    { ...without("programme.yaml"), "programme.yml": goodProgramme },
    ["programme.yaml:1:1: programme.yml: the file must be called programme.yaml; rename it"],
  ],
  [
    "an empty people.csv",
    { ...goodFiles, "people.csv": "\r\n" },
    ["people.csv:1:1: (empty): the file is empty; write into it what the sample's people.csv shows"],
  ],
  [
    "a header and nobody below",
    { ...goodFiles, "people.csv": "email,name,role,group\n" },
    ["people.csv:1:1: email: there is nobody in this file; list the people of the programme, one row each"],
  ],
  [
    "people.csv saved as Windows-1252",
    { ...goodFiles, "people.csv": Buffer.from(instead(goodPeople, "Bea Okoro", "B\u00e9a Okoro"), "latin1") },
    [
      "people.csv:5:18: éa Okoro: the file is saved as Windows-1252, not UTF-8; in Excel choose File, Save As, CSV UTF-8 (comma delimited)",
    ],
  ],
  [
    "people.csv saved as Unicode text",
    { ...goodFiles, "people.csv": Buffer.from(`\ufeff${goodPeople}`, "utf16le") },
    [
      "people.csv:1:1: email,name,role,group,timezone,joined_on,previous_email,a...: the file is saved as UTF-16, not UTF-8; in Excel choose File, Save As, CSV UTF-8 (comma delimited)",
    ],
  ],
  [
    "a programme.yaml of images",
    { ...goodFiles, "programme.yaml": Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 13]) },
    ["programme.yaml:1:1: (binary data): this is data, not text; save it as plain text with the encoding UTF-8"],
  ],
  [
    "a list where keys belong",
    { ...goodFiles, "programme.yaml": "- id: x\n" },
    [
      "programme.yaml:1:1: - id: x: this does not describe a programme; write its keys below it, each on a line of its own and indented, as in the sample's programme.yaml",
    ],
  ],
  [
    "a tab for an indent",
    settings("  - { key: exams-1", "\t- { key: exams-1"),
    [
      "programme.yaml:7:1: - { key: exams-1, title: Exams 1, opens: 2026-11-30, clos...: there is a tab at the beginning of this line; indent with spaces, two for each level",
    ],
  ],
  [
    "an open bracket",
    settings("closes: 2026-10-02 }", "closes: 2026-10-02"),
    [
      "programme.yaml:7:3: - { key: exams-1, title: Exams 1, opens: 2026-11-30, clos...: this line is indented differently from those it belongs to, or a bracket above is never closed; begin lines of the same level in the same column, and close every bracket",
    ],
  ],
  [
    "a key twice",
    moreSettings("name: Another\n"),
    ["programme.yaml:8:1: name: Another: the same key stands here twice; keep one of them"],
  ],
  [
    "a bomb of aliases",
    moreSettings("quiet: &a { days: [*b, *b] }\n"),
    [
      "programme.yaml:8:20: *b, *b] }: refers to another place of the file; write the value itself here",
      "programme.yaml:8:24: *b] }: refers to another place of the file; write the value itself here",
    ],
  ],
  [
    "brackets without end",
    moreSettings(`blackouts: ${"[".repeat(50_000)}`),
    [
      "programme.yaml:8:1: blackouts: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[...: too many brackets or levels inside each other; write it like the sample's programme.yaml",
    ],
  ],
  [
    "a misspelt key",
    settings("opens: 2026-09-14", "opnes: 2026-09-14"),
    ["programme.yaml:6:41: opnes: is not a key of meetings, item 1; did you mean opens?"],
  ],
  [
    "a key that nobody knows",
    moreSettings("colour: green\n"),
    [
      "programme.yaml:8:1: colour: is not a key of programme.yaml; remove it (what can stand here: id, name, timezone, year, meetings, quiet, blackouts, reminders, budget, digest, safeguarding, emergency, checkins)",
    ],
  ],
  [
    "a missing key",
    settings("timezone: Asia/Kuala_Lumpur\n", ""),
    ["programme.yaml:1:1: timezone: is missing; add timezone and a value for it, as in the sample's programme.yaml"],
  ],
  [
    "a day that does not exist",
    settings("opens: 2026-11-30", "opens: 2026-11-31"),
    [
      "programme.yaml:7:44: 2026-11-31: is not a value that meetings, item 2, opens can have; write a day as YYYY-MM-DD, such as 2026-09-14",
    ],
  ],
  [
    "a zone that does not exist",
    settings("Asia/Kuala_Lumpur", "Asia/KL"),
    [
      "programme.yaml:3:11: Asia/KL: is not a value that timezone can have; use a zone's name from the IANA list, such as Asia/Kuala_Lumpur",
    ],
  ],
  [
    "a year that ends before it starts",
    settings("ends: 2027-06-11", "ends: 2026-06-11"),
    [
      "programme.yaml:4:35: 2026-06-11: the year ends before it starts (2026-09-07); write the last day of the programme",
    ],
  ],
  [
    "a window that closes before it opens",
    settings("closes: 2026-10-02", "closes: 2026-09-02"),
    [
      "programme.yaml:6:68: 2026-09-02: the window closes before it opens (2026-09-14); write the last day of the window",
      "programme.yaml:6:68: 2026-09-02: this day is outside the programme's year (2026-09-07 to 2027-06-11); write a day inside it, or correct year",
    ],
  ],
  [
    "a window outside the year",
    settings("closes: 2026-12-18", "closes: 2027-12-18"),
    [
      "programme.yaml:7:64: 2027-12-18: this day is outside the programme's year (2026-09-07 to 2027-06-11); write a day inside it, or correct year",
    ],
  ],
  [
    "windows out of order",
    settings("opens: 2026-09-14, closes: 2026-10-02", "opens: 2027-01-11, closes: 2027-01-29"),
    [
      "programme.yaml:7:44: 2026-11-30: the window opens before that of the meeting above it (induction, 2027-01-11); list the meetings in the order of the year, or correct the day",
    ],
  ],
  [
    "a meeting's key twice",
    settings("key: exams-1", "key: induction"),
    ["programme.yaml:7:12: induction: meeting 1 has this key too; give every meeting a key of its own"],
  ],
  [
    "a blackout over a whole window",
    moreSettings("blackouts: [{ from: 2026-11-28, to: 2026-12-20, who: mentors, title: Exams }]\n"),
    [
      "programme.yaml:7:44: 2026-11-30: the window (2026-11-30 to 2026-12-18) has no moment at which mentors in Asia/Kuala_Lumpur may be reminded; widen the window, or shorten the blackouts and quiet days in it",
    ],
  ],
  [
    "a blackout backwards",
    moreSettings("blackouts:\n  - { from: 2026-12-18, to: 2026-12-14, who: all, title: Break }\n"),
    ["programme.yaml:9:29: 2026-12-14: the blackout ends before it begins (2026-12-18); write its last day"],
  ],
  [
    "reminders in quiet hours",
    moreSettings('reminders: { at: "21:30" }\n'),
    [
      'programme.yaml:8:18: "21:30": reminders at 21:30 would fall into the quiet hours (20:00 to 08:00); write a time outside quiet.from and quiet.to',
    ],
  ],
  [
    "numbers where text belongs",
    moreSettings("emergency: { country: MY, numbers: [{ label: Police, phone: 999 }], checked_on: 2026-09-01 }\n"),
    [
      'programme.yaml:8:61: 999: is not a value that emergency, numbers, item 1, phone can have; put it in quotation marks: "999"',
    ],
  ],
  [
    "a check-in after a meeting that does not exist",
    moreSettings(
      "checkins:\n  - { key: mood, question: How are you?, kind: faces, who: mentees, every: exam-1, closes_after_days: 7 }\n",
    ),
    ["programme.yaml:9:76: exam-1: is no meeting's key; did you mean exams-1?"],
  ],
  [
    "a check-in without choices",
    moreSettings(
      "checkins:\n  - { key: mood, question: How are you?, kind: choice, who: mentees, every: month, closes_after_days: 7 }\n",
    ),
    ["programme.yaml:9:48: choice: a choice needs something to choose from; add choices: [one answer, another answer]"],
  ],
  [
    "a column misspelt",
    people("email,name", "e-mail,nmae"),
    [
      "people.csv:1:1: e-mail: is not a column of people.csv; did you mean email?",
      "people.csv:1:8: nmae: is not a column of people.csv; did you mean name?",
    ],
  ],
  [
    "a column missing",
    { ...goodFiles, "people.csv": "email,name,group\nmei@example.edu,Mei Tan,Maple\n" },
    ["people.csv:1:12: role: this column is missing; add it to the first line: email,name,role,group"],
  ],
  [
    "an unknown column",
    people(",aad_object_id", ",shoe size"),
    [
      "people.csv:1:57: shoe size: is not a column of people.csv; remove it (what can stand here: email, name, role, group, aad_object_id, timezone, joined_on, previous_email)",
    ],
  ],
  [
    "no e-mail, no name, no group",
    people("ali@example.edu,Ali Haddad,mentee,Maple", ",,mentee,"),
    [
      "people.csv:4:1: (empty): the e-mail address is missing; write the address that the person uses in Teams",
      "people.csv:4:2: (empty): the name is missing; write the name that others see",
      "people.csv:4:10: (empty): mentors and mentees belong to a group; write the group's name",
    ],
  ],
  [
    "an address that is none",
    people("ali@example.edu", "ali@example"),
    [
      "people.csv:4:1: ali@example: is not an e-mail address; write one address and nothing else, such as name@example.edu",
    ],
  ],
  [
    "a role that is none",
    people("Eva Nair,mentee", "Eva Nair,mentees"),
    ["people.csv:7:26: mentees: is not a role; did you mean mentee?"],
  ],
  [
    "markup in a name",
    people("Ali Haddad", "<b>Ali</b> Haddad"),
    ["people.csv:4:17: <b>Ali</b> Haddad: looks like markup or a link; write the plain name, without < > or ]("],
  ],
  [
    "a link in a name",
    people("Ali Haddad", "[Ali](https://example.org)"),
    [
      "people.csv:4:17: [Ali](https://example.org): looks like markup or a link; write the plain name, without < > or ](",
    ],
  ],
  [
    "a formula in a name",
    people("Ali Haddad", '"=HYPERLINK(""x"")"'),
    ['people.csv:4:17: =HYPERLINK("x"): looks like a formula; begin it with a letter or number'],
  ],
  [
    "a name without end",
    people("Ali Haddad", "A".repeat(121)),
    [
      "people.csv:4:17: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA...: is longer than 120 characters; shorten it",
    ],
  ],
  [
    "garbled accents",
    people("Bea Okoro", "B\u00c3\u00a9a Okoro"),
    [
      "people.csv:5:17: BÃ©a Okoro: letters were garbled when the file was saved; type it anew, and save as CSV UTF-8 (comma delimited)",
    ],
  ],
  [
    "somebody twice",
    morePeople("EVA@example.edu ,Eva Nair,mentee,Cedar,,,,\n"),
    [
      "people.csv:8:1: EVA@example.edu: line 7 already lists this person with this role and group; remove one of the two rows",
    ],
  ],
  [
    "one address, two names",
    morePeople("eva@example.edu,Evan Air,mentee,Maple,,,,\n"),
    [
      "people.csv:8:17: Evan Air: line 7 has another name for eva@example.edu; write the same in both rows, or correct the e-mail address",
    ],
  ],
  [
    "three mentors",
    morePeople("dan@example.edu,Dan Lim,mentor,Cedar,,,,\nfay@example.edu,Fay Lim,mentor,Cedar,,,,\n"),
    ["people.csv:9:32: Cedar: the group has 3 mentors; keep one or two, and give the others a group of their own"],
  ],
  [
    "a group without mentor",
    people("Jun Park,mentor", "Jun Park,mentee"),
    ["people.csv:6:33: Cedar: the group has no mentor; add a row with the role mentor, or correct the group's name"],
  ],
  [
    "a group spelt in two ways",
    people("Bea Okoro,mentee,Maple", "Bea Okoro,mentee,maple"),
    ["people.csv:5:34: maple: line 3 spells this group Maple; spell it the same way everywhere"],
  ],
  [
    "mentor of oneself",
    morePeople("mei@example.edu,Mei Tan,mentee,Maple,,,,\n"),
    ["people.csv:8:32: Maple: the same person is mentor and mentee of this group; keep one of the two rows"],
  ],
  [
    "a day as Excel writes it",
    people("Ali Haddad,mentee,Maple,,,,", "Ali Haddad,mentee,Maple,,14/9/2026,,"),
    [
      "people.csv:4:42: 14/9/2026: is not a day; write it as YYYY-MM-DD, such as 2026-09-14 (in Excel format the column as Text first)",
    ],
  ],
  [
    "joined after the year",
    people("Ali Haddad,mentee,Maple,,,,", "Ali Haddad,mentee,Maple,,2027-07-01,,"),
    [
      "people.csv:4:42: 2027-07-01: is after the programme's last day (2027-06-11); write the day on which the person joined",
    ],
  ],
  [
    "a zone by its city",
    people("Ali Haddad,mentee,Maple,,,,", "Ali Haddad,mentee,Maple,Asia/Kuala Lumpur,,,"),
    ["people.csv:4:41: Asia/Kuala Lumpur: is not a time zone; did you mean Asia/Kuala_Lumpur?"],
  ],
  [
    "an object id cut short",
    people("Ali Haddad,mentee,Maple,,,,", "Ali Haddad,mentee,Maple,,,,1b4e28ba-2fa1-11d2-883f"),
    [
      "people.csv:4:44: 1b4e28ba-2fa1-11d2-883f: is not an Entra object id; copy it from Entra, or leave the cell empty: people are found by e-mail too",
    ],
  ],
  [
    "one object id, two people",
    {
      ...goodFiles,
      "people.csv": goodPeople.replaceAll(/(Ali Haddad|Eva Nair)(.*),$/gm, "$1$2,1B4E28BA-2FA1-11D2-883F-0016D3CCA427"),
    },
    [
      "people.csv:7:42: 1B4E28BA-2FA1-11D2-883F-0016D3CCA427: line 4 has the same object id with another e-mail; copy each person's own id from Entra",
    ],
  ],
  [
    "a former address still in use",
    people("Ali Haddad,mentee,Maple,,,,", "Ali Haddad,mentee,Maple,,,bea@example.edu,"),
    ["people.csv:4:43: bea@example.edu: line 5 still has this e-mail; remove that row, or leave this cell empty"],
  ],
  [
    "an unquoted comma",
    people("Ali Haddad,mentee,Maple,,,,", "Haddad, Ali,mentee,Maple,,,,"),
    [
      "people.csv:4:25: Ali: is not a role; write mentor, mentee, coordinator",
      "people.csv:4:36: Maple: is not a time zone; use a zone's name from the IANA list, such as Asia/Kuala_Lumpur",
    ],
  ],
  [
    "a quote that is never closed",
    people("Bea Okoro", '"Bea Okoro'),
    [
      'people.csv:5:17: "Bea Okoro,mentee,Maple,,,,: a quotation mark is opened and never closed; close it with another ", or leave both out',
    ],
  ],
  [
    "a quote in the middle",
    people("Bea Okoro", 'Bea "Bee" Okoro'),
    [
      'people.csv:5:17: Bea "Bee" Okoro,mentee,Maple,,,,: a quotation mark stands in the middle of a cell; put the whole cell in quotation marks and double those inside, such as "Siti ""Nana"" Rahman"',
    ],
  ],
];

describe("check names file, line, column, value and remedy of a folder with", () => {
  test.each(broken)("%s", async (_what, files, said) => {
    expect((await check(files)).said).toEqual(said);
  });
});

test("everything that is wrong is told at once, in the order of files and lines", async () => {
  const { said } = await check({
    "programme.yaml": goodProgramme.replace("2026-11-30", "30 November").replace("Asia/Kuala_Lumpur", "KL"),
    "people.csv": goodPeople.replace("Bea Okoro", '"Bea').replace("mei@", "mei").replace("Eva Nair", "<i>Eva</i>"),
  });
  expect(said.map((line) => line.split(": ", 2).join(" "))).toEqual([
    "people.csv:3:1 meiexample.edu",
    'people.csv:5:17 "Bea,mentee,Maple,,,,',
    "people.csv:7:17 <i>Eva</i>",
    "programme.yaml:3:11 KL",
    "programme.yaml:7:44 30 November",
  ]);
});

test("what is allowed but probably not meant is a warning, and keeps nobody from importing", async () => {
  const { said, warned, programme } = await check({
    "programme.yaml": `${goodProgramme}blackouts: [{ from: 2025-12-14, to: 2025-12-18, who: all, title: Last year }]\n`,
    "people.csv": "email,name,role,group\nmei@example.edu,Mei Tan,mentor,Maple\n",
  });
  expect(said).toEqual([]);
  expect(warned).toEqual([
    "people.csv:1:1: email: there is no coordinator; list at least one, so that questions reach somebody",
    "people.csv:2:32: Maple: the group has no mentees; add them, or remove the mentor's row until there are some",
    "programme.yaml:8:21: 2025-12-14: the blackout is outside the programme's year; correct the days, or remove it",
  ]);
  expect(programme).not.toBeNull();
});

describe("people.csv may come from a spreadsheet", () => {
  const expected = [
    { email: "mei@example.edu", name: "Mei Tan", role: "mentor", group: "Maple" },
    { email: "zoe@example.edu", name: "Zo\u00eb, the younger", role: "mentee", group: "Maple" },
  ];
  const rows = [
    ["email", "name", "role", "group"],
    ["mei@example.edu", "Mei Tan", "mentor", "Maple"],
    ["zoe@example.edu", '"Zo\u00eb, the younger"', "mentee", "Maple"],
  ];
  const lines = (separator: string, end: string) => rows.map((row) => row.join(separator) + end).join("");

  test.each([
    ["as it should be", lines(",", "\n")],
    ["with a byte order mark", `\ufeff${lines(",", "\n")}`],
    ["with Windows' line ends", lines(",", "\r\n")],
    ["with an old Mac's line ends", lines(",", "\r")],
    ["with line ends of several kinds", lines(",", "\n").replace("\n", "\r\n")],
    ["with semicolons", lines(";", "\r\n")],
    ["with tabs", lines("\t", "\r\n")],
    ["with Excel's line about the separator", `sep=;\r\n${lines(";", "\r\n")}`],
    ["with spaces around cells", lines(" , ", " \n")],
    ["with hard spaces", lines(",", "\n").replace("Mei Tan", "\u00a0Mei\u00a0Tan\u200b")],
    [
      "with every cell in quotes",
      '"email","name","role","group"\n"mei@example.edu","Mei Tan","mentor","Maple"\n"zoe@example.edu","Zo\u00eb, the younger","mentee","Maple"\n',
    ],
    ["with a line end inside a cell", lines(",", "\n").replace("Zo\u00eb, the", "Zo\u00eb,\r\nthe")],
    ["with an accent written as two characters", lines(",", "\n").replace("\u00eb", "e\u0308")],
    [
      "with capitals in the address and the role",
      lines(",", "\n").replace("mei@example.edu", "Mei@Example.EDU").replace("mentor", "Mentor"),
    ],
    ["with capitals and spaces in the header", lines(",", "\n").replace("email,name", "Email, NAME ")],
    ["with empty rows and columns left over", `${lines(",", ",,\r\n")},,,,,\r\n\r\n`],
    ["without a line end after the last row", lines(",", "\n").trimEnd()],
    [
      "with the columns in another order",
      'group,role,name,email\nMaple,mentor,Mei Tan,mei@example.edu\nMaple,mentee,"Zo\u00eb, the younger",zoe@example.edu\n',
    ],
  ])("%s", async (_how, text) => {
    const { said, programme } = await check({ ...goodFiles, "people.csv": text });
    expect(said).toEqual([]);
    expect(programme?.listed.map(({ email, name, role, group }) => ({ email, name, role, group }))).toEqual(expected);
  });

  test("whatever its cells hold and however it is written, every cell is read as it was, from where it stands", () => {
    const cell = fc.string({ unit: "grapheme", maxLength: 12 }).map((text) => text.replaceAll(/[\s\p{C}'"]/gu, "x"));
    const awkward = fc.array(fc.constantFrom("a", ",", ";", '"', "\n", "\r\n", "\u00e9", "\u{1f600}", " "), {
      maxLength: 6,
    });
    const content = fc.oneof(
      cell,
      awkward.map((parts) => `x${parts.join("")}x`),
    );
    fc.assert(
      fc.property(
        fc
          .integer({ min: 2, max: 5 })
          .chain((width) =>
            fc.array(fc.array(content, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 8 }),
          ),
        fc.constantFrom(",", ";", "\t"),
        fc.constantFrom("\n", "\r\n", "\r"),
        fc.boolean(),
        (table, separator, end, quotesAll) => {
          const header = table[0]?.map((_, index) => `column${index}`) ?? [];
          const write = (text: string) =>
            quotesAll || /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
          const text = [header, ...table].map((row) => row.map(write).join(separator)).join(end);
          const read = readCsv("people.csv", Buffer.from(text));
          expect(read.problems).toEqual([]);
          const kept = table.filter((row) => row.some((each) => each !== ""));
          expect(read.rows.map((row) => row.map((each) => each.text))).toEqual(kept);
          const textLines = text.split(/\r\n|\r|\n/);
          for (const each of read.rows.flat()) {
            const { line, column } = read.placeOf(each);
            const rest = Array.from(textLines[line - 1] ?? "")
              .slice(column - 1)
              .join("");
            const [start = ""] = write(each.text).split(/\r\n|\r|\n/);
            expect(rest.startsWith(start)).toBe(true);
          }
        },
      ),
    );
  });

  test("no text whatever makes it fail or read for ever", () => {
    const piece = fc.constantFrom('"', ",", ";", "\n", "\r", "a", " ", "\t", "=", "\u00e9", "email", "name,role,group");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const table = readCsv("people.csv", Buffer.from(pieces.join("")));
        for (const each of [table.header, ...table.rows].flat()) expect(table.placeOf(each).line).toBeGreaterThan(0);
      }),
      { numRuns: 2000 },
    );
  });
});
