import { describe, expect, test } from "vitest";
import {
  goodMoment,
  isGoodTime,
  isWorkingDay,
  nextGoodMoment,
  rhythmOf,
  type Occasion,
  type Rhythm,
} from "../../src/features/calendar/rules.ts";
import { settingsSchema } from "../../src/features/programme/rules.ts";

const malaysia = "Asia/Kuala_Lumpur";

/** Weekends and 20:00 to 08:00 are quiet, people are reminded at 09:00; days in the reader's zone. */
function rhythm(
  change: {
    zone?: string;
    at?: string;
    quiet?: readonly [from: string, to: string];
    days?: readonly number[];
    blackouts?: readonly (readonly [from: string, to: string])[];
  } = {},
): Rhythm {
  const [from, to] = change.quiet ?? ["20:00", "08:00"];
  return {
    timeZone: change.zone ?? malaysia,
    remindAt: Temporal.PlainTime.from(change.at ?? "09:00"),
    quiet: { from: Temporal.PlainTime.from(from), to: Temporal.PlainTime.from(to), days: change.days ?? [6, 7] },
    blackouts: (change.blackouts ?? []).map(([first, last]) => ({
      from: Temporal.PlainDate.from(first),
      to: Temporal.PlainDate.from(last),
    })),
  };
}

/** `2026-09-14T09:00` on the reader's wall. */
function at(local: string, zone = malaysia): Temporal.Instant {
  return Temporal.PlainDateTime.from(local).toZonedDateTime(zone).toInstant();
}

/** As the reader's wall shows it, with the offset: two moments of one autumn night look the same without. */
function onTheWall(moment: Temporal.Instant | null, zone = malaysia): string | null {
  return moment?.toString({ timeZone: zone, smallestUnit: "minute" }) ?? null;
}

function occasion(dueAt: string, change: Partial<Record<"opensAt" | "usefulUntil", string>> = {}): Occasion {
  return {
    dueAt: at(dueAt),
    opensAt: at(change.opensAt ?? dueAt),
    usefulUntil: at(change.usefulUntil ?? "2027-06-30T00:00"),
    precision: "day",
  };
}

describe("a working day", () => {
  const busy = rhythm({
    blackouts: [
      ["2026-12-14", "2026-12-18"],
      ["2026-12-21", "2026-12-21"],
    ],
  });

  test.each([
    ["Friday before the blackout", "2026-12-11", true],
    ["Saturday", "2026-12-12", false],
    ["Sunday", "2026-12-13", false],
    ["first day of the blackout", "2026-12-14", false],
    ["in the blackout", "2026-12-16", false],
    ["last day of the blackout", "2026-12-18", false],
    ["a blackout of one day", "2026-12-21", false],
    ["the day after it", "2026-12-22", true],
  ])("%s (%s): %s", (_what, day, expected) => {
    expect(isWorkingDay(Temporal.PlainDate.from(day), busy)).toBe(expected);
  });

  test("a programme without quiet days works on Sundays, one whose week ends on Thursday rests on Fridays", () => {
    const sunday = Temporal.PlainDate.from("2026-12-13");
    expect(isWorkingDay(sunday, rhythm({ days: [] }))).toBe(true);
    expect(isWorkingDay(sunday, rhythm({ days: [5, 6] }))).toBe(true);
    expect(isWorkingDay(sunday.subtract({ days: 2 }), rhythm({ days: [5, 6] }))).toBe(false);
  });

  test("mentors, mentees and a group's chat each keep the blackouts that concern them", () => {
    const settings = settingsSchema.parse({
      id: "p",
      name: "P",
      timezone: malaysia,
      year: { starts: "2026-09-07", ends: "2027-06-11" },
      meetings: [{ key: "one", title: "One", opens: "2026-09-14", closes: "2026-10-02" }],
      blackouts: [
        { from: "2026-10-05", to: "2026-10-05", who: "mentors", title: "Exams of Year 2" },
        { from: "2026-10-06", to: "2026-10-06", who: "mentees", title: "Exams of Year 1" },
        { from: "2026-10-07", to: "2026-10-07", who: "all", title: "Holiday" },
      ],
    });
    const free = (whom: "mentors" | "mentees" | "everybody") =>
      ["2026-10-05", "2026-10-06", "2026-10-07"].map((day) =>
        isWorkingDay(Temporal.PlainDate.from(day), rhythmOf(settings, whom, malaysia)),
      );
    expect(free("mentors")).toEqual([false, true, false]);
    expect(free("mentees")).toEqual([true, false, false]);
    expect(free("everybody")).toEqual([true, true, false]);
  });
});

describe("a good time", () => {
  test.each([
    // Over midnight.
    ["20:00", "08:00", "07:59", false],
    ["20:00", "08:00", "08:00", true],
    ["20:00", "08:00", "19:59", true],
    ["20:00", "08:00", "20:00", false],
    ["20:00", "08:00", "23:59", false],
    ["20:00", "08:00", "00:00", false],
    // At noon.
    ["12:00", "14:00", "11:59", true],
    ["12:00", "14:00", "12:00", false],
    ["12:00", "14:00", "13:59", false],
    ["12:00", "14:00", "14:00", true],
    ["12:00", "14:00", "03:00", true],
    // From or to midnight.
    ["00:00", "08:00", "00:00", false],
    ["00:00", "08:00", "23:59", true],
    ["20:00", "00:00", "23:59", false],
    ["20:00", "00:00", "00:00", true],
    // No quiet hours.
    ["09:00", "09:00", "09:00", true],
    ["09:00", "09:00", "03:00", true],
  ])("quiet from %s to %s: at %s %s", (from, to, time, expected) => {
    expect(isGoodTime(at(`2026-09-14T${time}`), rhythm({ quiet: [from, to] }))).toBe(expected);
  });

  test("the reader's wall counts: Friday evening in London is Saturday in Malaysia", () => {
    const evening = at("2026-09-18T18:00", "Europe/London");
    expect(isGoodTime(evening, rhythm({ zone: "Europe/London" }))).toBe(true);
    expect(isGoodTime(evening, rhythm())).toBe(false);
    expect(isGoodTime(evening, rhythm({ days: [] }))).toBe(false);
  });

  test("a blackout's days are days on the reader's wall", () => {
    const blackouts = [["2026-09-15", "2026-09-15"]] as const;
    const noonInMalaysia = at("2026-09-15T12:00");
    expect(isGoodTime(noonInMalaysia, rhythm({ blackouts }))).toBe(false);
    // There it is 18:00 on the 14th.
    expect(isGoodTime(noonInMalaysia, rhythm({ zone: "Pacific/Honolulu", blackouts }))).toBe(true);
  });
});

describe("the next good moment", () => {
  const next = (from: string, until: string, how: Rhythm) =>
    onTheWall(nextGoodMoment(at(from, how.timeZone), at(until, how.timeZone), how), how.timeZone);

  test.each([
    ["before nine: today", "2026-09-14T08:59", "2026-09-14T09:00+08:00"],
    ["at nine: now", "2026-09-14T09:00", "2026-09-14T09:00+08:00"],
    ["after nine: tomorrow", "2026-09-14T09:01", "2026-09-15T09:00+08:00"],
    ["on a Friday after nine: Monday", "2026-09-18T12:00", "2026-09-21T09:00+08:00"],
    ["in the blackout: after it", "2026-09-23T00:00", "2026-09-29T09:00+08:00"],
    ["on its last day: after it, and after the one that touches it", "2026-09-25T09:00", "2026-09-29T09:00+08:00"],
  ])("%s", (_what, from, expected) => {
    const blackouts = [
      ["2026-09-23", "2026-09-25"],
      ["2026-09-26", "2026-09-28"],
    ] as const;
    expect(next(from, "2026-12-31T00:00", rhythm({ blackouts }))).toBe(expected);
  });

  test("one that would be as late as its use is over is none", () => {
    expect(next("2026-09-14T10:00", "2026-09-15T09:01", rhythm())).toBe("2026-09-15T09:00+08:00");
    expect(next("2026-09-14T10:00", "2026-09-15T09:00", rhythm())).toBe(null);
    expect(next("2026-09-14T10:00", "2026-09-01T00:00", rhythm())).toBe(null);
  });

  test.each([
    ["inside the night", "07:00", ["20:00", "08:00"]],
    ["at its beginning", "20:00", ["20:00", "08:00"]],
    ["inside a quiet noon", "12:30", ["12:00", "14:00"]],
  ] as const)("people who are reminded %s never are", (_where, time, quiet) => {
    expect(next("2026-09-14T00:00", "2026-12-31T00:00", rhythm({ at: time, quiet }))).toBe(null);
  });

  test("people who are reminded as the quiet hours end are", () => {
    expect(next("2026-09-14T00:00", "2026-12-31T00:00", rhythm({ at: "08:00" }))).toBe("2026-09-14T08:00+08:00");
  });
});

describe("clocks that change", () => {
  const next = (from: string, how: Rhythm) =>
    onTheWall(
      nextGoodMoment(at(from, how.timeZone), at(from, how.timeZone).add({ hours: 24 * 30 }), how),
      how.timeZone,
    );
  const everyDay = { days: [] } as const;

  test.each([
    ["London falls back: nine stays nine", "Europe/London", "09:00", "2026-10-25T00:00", "2026-10-25T09:00+00:00"],
    [
      "London falls back: the hour that comes twice, once",
      "Europe/London",
      "01:30",
      "2026-10-25T00:00",
      "2026-10-25T01:30+01:00",
    ],
    ["London springs forward: nine stays nine", "Europe/London", "09:00", "2027-03-28T00:00", "2027-03-28T09:00+01:00"],
    [
      "London springs forward: the hour that is not there comes later",
      "Europe/London",
      "01:30",
      "2027-03-28T00:00",
      "2027-03-28T02:30+01:00",
    ],
    [
      "Lord Howe springs forward half an hour",
      "Australia/Lord_Howe",
      "02:15",
      "2026-10-04T00:00",
      "2026-10-04T02:45+11:00",
    ],
    [
      "Lord Howe falls back half an hour: once",
      "Australia/Lord_Howe",
      "01:45",
      "2027-04-04T00:00",
      "2027-04-04T01:45+11:00",
    ],
    ["Cairo has no midnight on that day", "Africa/Cairo", "00:30", "2027-04-30T01:00", "2027-04-30T01:30+03:00"],
  ])("%s", (_what, zone, time, from, expected) => {
    expect(next(from, rhythm({ zone, at: time, quiet: ["00:00", "00:00"], ...everyDay }))).toBe(expected);
  });

  test("after the hour that comes twice there is no second reminder in its second half", () => {
    const how = rhythm({ zone: "Europe/London", at: "01:30", quiet: ["00:00", "00:00"], ...everyDay });
    const first = at("2026-10-25T01:30", "Europe/London");
    const found = nextGoodMoment(first.add({ seconds: 1 }), first.add({ hours: 240 }), how);
    expect(onTheWall(found, "Europe/London")).toBe("2026-10-26T01:30+00:00");
  });

  test("what the change of clocks would move into quiet hours is said the next day", () => {
    const how = rhythm({ zone: "Europe/London", at: "01:30", quiet: ["02:00", "03:00"], ...everyDay });
    expect(next("2027-03-28T00:00", how)).toBe("2027-03-29T01:30+01:00");
    expect(next("2027-03-27T00:00", how)).toBe("2027-03-27T01:30+00:00");
  });

  test("Apia had no Friday 30 December 2011: nobody is reminded on the Saturday instead", () => {
    expect(next("2011-12-29T12:00", rhythm({ zone: "Pacific/Apia" }))).toBe("2012-01-02T09:00+14:00");
    const sevenDays = rhythm({ zone: "Pacific/Apia", days: [] });
    expect(next("2011-12-29T12:00", sevenDays)).toBe("2011-12-31T09:00+14:00");
  });

  test("quiet hours last as long as the wall says, in the long night and in the short one", () => {
    const how = rhythm({ zone: "Europe/London", quiet: ["20:00", "08:00"], ...everyDay });
    for (const [day, hours] of [
      ["2026-10-24", 13],
      ["2027-03-27", 11],
    ] as const) {
      const evening = at(`${day}T20:00`, "Europe/London");
      expect(isGoodTime(evening.subtract({ seconds: 1 }), how)).toBe(true);
      expect(isGoodTime(evening, how)).toBe(false);
      expect(isGoodTime(evening.add({ hours }).subtract({ seconds: 1 }), how)).toBe(false);
      expect(isGoodTime(evening.add({ hours }), how)).toBe(true);
    }
  });
});

describe("the good moment of something due", () => {
  const moment = (due: Occasion, how: Rhythm) => onTheWall(goodMoment(due, how));

  test.each([
    ["a window that opens on a Monday", "2026-09-14T00:00", "2026-09-14T09:00+08:00"],
    ["one that opens on a Saturday", "2026-09-12T00:00", "2026-09-14T09:00+08:00"],
    ["due at nine sharp", "2026-09-14T09:00", "2026-09-14T09:00+08:00"],
    ["due after nine", "2026-09-14T09:01", "2026-09-15T09:00+08:00"],
  ])("%s", (_what, due, expected) => {
    expect(moment(occasion(due), rhythm())).toBe(expected);
  });

  test("its use must not be over by then", () => {
    const due = "2026-09-12T00:00";
    expect(moment(occasion(due, { usefulUntil: "2026-09-14T09:01" }), rhythm())).toBe("2026-09-14T09:00+08:00");
    expect(moment(occasion(due, { usefulUntil: "2026-09-14T09:00" }), rhythm())).toBe(null);
  });

  describe("what would fall into a blackout", () => {
    const exams = rhythm({ blackouts: [["2026-12-14", "2026-12-18"]] });
    const opensAt = "2026-12-01T00:00";

    test("goes out on the last working morning before it, if the window was open", () => {
      expect(moment(occasion("2026-12-16T00:00", { opensAt }), exams)).toBe("2026-12-11T09:00+08:00");
      expect(moment(occasion("2026-12-14T00:00", { opensAt }), exams)).toBe("2026-12-11T09:00+08:00");
    });

    test("also from the weekend before it, and on its last day after nine no more", () => {
      expect(moment(occasion("2026-12-12T00:00", { opensAt }), exams)).toBe("2026-12-11T09:00+08:00");
      expect(moment(occasion("2026-12-18T09:00", { opensAt }), exams)).toBe("2026-12-11T09:00+08:00");
      expect(moment(occasion("2026-12-18T09:01", { opensAt }), exams)).toBe("2026-12-21T09:00+08:00");
    });

    test.each([
      ["opened that morning", "2026-12-11T09:00", "2026-12-11T09:00+08:00"],
      ["opened a minute too late", "2026-12-11T09:01", "2026-12-21T09:00+08:00"],
      ["opens in it", "2026-12-14T00:00", "2026-12-21T09:00+08:00"],
    ])("a window that %s", (_what, opens, expected) => {
      expect(moment(occasion("2026-12-16T00:00", { opensAt: opens }), exams)).toBe(expected);
    });

    test("two blackouts that touch, or with a weekend between them, are one", () => {
      for (const second of ["2026-12-19", "2026-12-21"]) {
        const long = rhythm({
          blackouts: [
            ["2026-12-14", "2026-12-18"],
            [second, "2026-12-25"],
          ],
        });
        expect(moment(occasion("2026-12-23T00:00", { opensAt }), long)).toBe("2026-12-11T09:00+08:00");
      }
    });

    test("a working day between two blackouts is used", () => {
      const split = rhythm({
        blackouts: [
          ["2026-12-14", "2026-12-15"],
          ["2026-12-17", "2026-12-18"],
        ],
      });
      expect(moment(occasion("2026-12-17T00:00", { opensAt }), split)).toBe("2026-12-16T09:00+08:00");
    });

    test("blackouts that overlap, in any order, are one", () => {
      const overlapping = rhythm({
        blackouts: [
          ["2026-12-16", "2026-12-25"],
          ["2026-12-14", "2026-12-18"],
        ],
      });
      expect(moment(occasion("2026-12-17T00:00", { opensAt }), overlapping)).toBe("2026-12-11T09:00+08:00");
    });

    test("a blackout over the whole window leaves nothing before its use is over", () => {
      const due = occasion("2026-12-14T00:00", { usefulUntil: "2026-12-19T00:00" });
      expect(moment(due, exams)).toBe(null);
    });
  });

  describe("tied to a moment", () => {
    const afterMeeting = (due: string) => ({ ...occasion(due), precision: "moment" as const });

    test.each([
      ["in the afternoon: then", "2026-09-14T16:37", "2026-09-14T16:37+08:00"],
      ["in the last good second: then", "2026-09-14T19:59", "2026-09-14T19:59+08:00"],
      ["in the evening: the next morning", "2026-09-14T20:00", "2026-09-15T09:00+08:00"],
      ["before eight: at nine", "2026-09-15T07:30", "2026-09-15T09:00+08:00"],
      ["on Friday night: on Monday", "2026-09-18T22:00", "2026-09-21T09:00+08:00"],
      ["on a Saturday afternoon: on Monday", "2026-09-19T15:00", "2026-09-21T09:00+08:00"],
    ])("%s", (_what, due, expected) => {
      expect(moment(afterMeeting(due), rhythm())).toBe(expected);
    });

    test("in a blackout: after it, for before it nothing had happened yet", () => {
      const exams = rhythm({ blackouts: [["2026-12-14", "2026-12-18"]] });
      expect(moment(afterMeeting("2026-12-16T15:00"), exams)).toBe("2026-12-21T09:00+08:00");
    });
  });

  describe("better early than never", () => {
    const dayBefore = (due: string, change: Parameters<typeof occasion>[1]) => ({
      ...occasion(due, change),
      orEarlier: true,
    });

    test("a meeting on Sunday is announced on Friday, one on Monday at noon that morning", () => {
      const opensAt = "2026-09-01T00:00";
      const sunday = dayBefore("2026-09-19T00:00", { opensAt, usefulUntil: "2026-09-20T15:00" });
      expect(moment(sunday, rhythm())).toBe("2026-09-18T09:00+08:00");
      const monday = dayBefore("2026-09-20T00:00", { opensAt, usefulUntil: "2026-09-21T12:00" });
      expect(moment(monday, rhythm())).toBe("2026-09-21T09:00+08:00");
    });

    test("but not before it was planned", () => {
      const due = dayBefore("2026-09-19T00:00", { opensAt: "2026-09-18T09:01", usefulUntil: "2026-09-20T15:00" });
      expect(moment(due, rhythm())).toBe(null);
    });
  });

  test("nine o'clock is nine on the reader's wall, whether they live ahead of the programme or behind it", () => {
    // Midnight in Malaysia, when a window opens.
    const opens = occasion("2026-09-14T00:00");
    expect(onTheWall(goodMoment(opens, rhythm({ zone: "Pacific/Auckland" })), "Pacific/Auckland")).toBe(
      "2026-09-14T09:00+12:00",
    );
    // Sunday noon there.
    expect(onTheWall(goodMoment(opens, rhythm({ zone: "America/New_York" })), "America/New_York")).toBe(
      "2026-09-14T09:00-04:00",
    );
    // It is 04:00 of the day already when it opens, and nine comes five hours later.
    expect(onTheWall(goodMoment(opens, rhythm({ zone: "Pacific/Apia" })), "Pacific/Apia")).toBe(
      "2026-09-14T09:00+13:00",
    );
  });
});
