import { describe, expect, test } from "vitest";
import { cellOf, progressOf, sidesOf, type Cell, type CellMeeting } from "../../src/features/progress/rules.ts";

const day = (text: string) => Temporal.PlainDate.from(text);
const window = { opens: day("2026-09-14"), closes: day("2026-10-02") };
const open: CellMeeting = { window, heldOn: null, excused: null };
const held: CellMeeting = { ...open, heldOn: day("2026-09-18") };
const excused: CellMeeting = { ...open, excused: "exams" };
const extra: CellMeeting = { window: null, heldOn: day("2026-10-20"), excused: null };
const early = "2026-09-07";

describe("a mentee's cell", () => {
  test.each<[string, CellMeeting, "held" | "absent" | "excused" | undefined, string, Cell]>([
    ["who came was there", held, "held", early, "held"],
    ["who missed it was not", held, "absent", early, "absent"],
    ["who missed it and caught up was there", held, "held", early, "held"],
    ["who was excused is, though the meeting was held", held, "excused", early, "excused"],
    ["nothing is known before it is held", open, undefined, early, "open"],
    ["a meeting that could not be is nobody's fault", excused, undefined, early, "excused"],
    ["who joins on the last day of the window can still come", open, undefined, "2026-10-02", "open"],
    ["who joins the day after cannot", open, undefined, "2026-10-03", "before_joining"],
    ["nor be excused from it", excused, undefined, "2026-10-03", "before_joining"],
    ["who joins after the meeting, in the window, was not yet there", held, undefined, "2026-09-19", "before_joining"],
    ["who joins late and caught up was there", held, "held", "2026-11-01", "held"],
    ["a further meeting before they joined", extra, undefined, "2026-10-21", "before_joining"],
    [
      "a meeting held late, after the window in which they joined",
      { ...open, heldOn: day("2026-10-20") },
      undefined,
      "2026-10-10",
      "open",
    ],
  ])("%s", (_why, meeting, status, joinedOn, cell) => {
    expect(cellOf(meeting, status, day(joinedOn), undefined)).toBe(cell);
  });
});

test("a group's progress counts what the programme asks for; further meetings come on top", () => {
  expect(progressOf([held, open, excused, extra, { ...extra, heldOn: null }])).toEqual({ held: 1, asked: 3, extra: 1 });
});

test("only a held meeting has sides", () => {
  expect([sidesOf(held, []), sidesOf(open, []), sidesOf(excused, [])]).toEqual(["one_sided", null, null]);
});
