import { describe, expect, test } from "vitest";
import { matchWord, spokenText } from "../../src/core/words.ts";

const choices = [
  { words: ["help"], value: "help" },
  { words: ["meetings", "progress"], value: "meetings" },
  { words: ["log"], value: "log" },
  { words: ["log book"], value: "book" },
  { words: ["plan"], value: "plan" },
  { words: ["pause"], value: "pause" },
  { words: ["resume"], value: "resume" },
  { words: ["overdue"], value: "overdue" },
  { words: ["my data"], value: "my data" },
];

function heard(text: string): string | null {
  return matchWord(text, choices)?.value ?? null;
}

describe("what somebody typed is understood", () => {
  test.each([
    ["help", "help"],
    ["HELP!", "help"],
    ["/help", "help"],
    ["  Help  ", "help"],
    ["“help”", "help"],
    ["ｈｅｌｐ", "help"],
    ["hepl", "help"],
    ["hlp", "help"],
    ["helpp", "help"],
    ["meetigns", "meetings"],
    ["meting", "meetings"],
    ["Progress?", "meetings"],
    ["my data", "my data"],
    ["My  Data", "my data"],
    ["mydata", "my data"],
    ["over due", "overdue"],
    ["over-due", "overdue"],
    ["log", "log"],
    ["log book", "book"],
    ["logbook", "book"],
  ])("%j is %s", (text, word) => {
    expect(heard(text)).toBe(word);
  });
});

describe("what is no word of ours is not guessed", () => {
  test.each([
    ["I felt helpless in class"],
    ["helpless"],
    ["hp"],
    ["lag"],
    ["meatngsx"],
    ["what is a plan"],
    [""],
    ["?!"],
    ["data"],
    ["my"],
    ["x".repeat(50_000)],
  ])("%.40j is nothing", (text) => {
    expect(heard(text)).toBeNull();
  });

  test("between two equally near words it does not choose", () => {
    const near = [
      { words: ["pause"], value: 1 },
      { words: ["cause"], value: 2 },
    ];
    expect(matchWord("bause", near)).toBeNull();
    expect(matchWord("cause", near)?.value).toBe(2);
  });

  test("two words for the same thing are no doubt", () => {
    expect(matchWord("bause", [{ words: ["pause", "cause"], value: 1 }])?.value).toBe(1);
  });
});

test("what follows the word is kept as it was typed", () => {
  expect(matchWord("Puase:  until 5 October, Please", choices)).toEqual({
    value: "pause",
    rest: "until 5 October, Please",
  });
  expect(matchWord("log book 3", choices)?.rest).toBe("3");
  expect(matchWord("help", choices)?.rest).toBe("");
});

describe("a message of Teams is read as a person reads it", () => {
  const mention = "<at>Waymark</at>";
  test.each([
    ["<at>Waymark</at>&nbsp;help", "help"],
    ["help <at>Waymark</at> <at>Waymark</at>", "help"],
    ['<at>Waymark</at> plan with <at id="1">Wei Ling</at>', "plan with Wei Ling"],
    ["<at>Waymark</at> 3 &lt; 4 &amp; 5", "3 < 4 & 5"],
    ["&amp;lt;", "&lt;"],
  ])("%j", (text, spoken) => {
    expect(spokenText(text, [mention])).toBe(spoken);
  });

  test("without a mention nothing is taken away", () => {
    expect(spokenText("help me", [""])).toBe("help me");
  });
});
