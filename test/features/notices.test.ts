import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Card } from "../../src/core/card.ts";
import { paragraph } from "../../src/core/card.ts";
import type { Outcome } from "../../src/core/feature.ts";
import { createNotices } from "../../src/features/notices/bot.ts";
import { mergedCard } from "../../src/features/notices/cards.ts";
import { noticeCards, notices as noticeTable } from "../../src/features/notices/schema.ts";
import { addNotices, dropNotices, reviewNotices, type NoticeKind } from "../../src/features/notices/service.ts";
import { claimHearers, type NewNotice } from "../../src/features/notices/store.ts";
import { contacts, people } from "../../src/features/programme/schema.ts";
import { roster } from "../../src/features/programme/service.ts";
import { welcoming } from "../../src/features/welcome/bot.ts";
import { nextDue } from "../support/due.ts";
import { buttonsOf, createWorld, personalAddress, senderOf, wordsOf, type Name, type World } from "../support/world.ts";

const malaysia = "Asia/Kuala_Lumpur";

function at(local: string, zone = malaysia): Temporal.Instant {
  return Temporal.PlainDateTime.from(local).toZonedDateTime(zone).toInstant();
}

/** Something that a feature says: `what` it is about, until it is `done`. */
const done = new Set<string>();
const news: NoticeKind = {
  kind: "test.news",
  wanted: (_db, ref) => {
    const isDone = done.has(ref["what"] ?? "");
    return Promise.resolve(isDone ? { wanted: false, reason: "it is done" } : { wanted: true });
  },
  draw: (_deps, ref) => {
    const what = ref["what"] ?? "";
    const deadline = ref["deadline"] === undefined ? null : Temporal.Instant.from(ref["deadline"]);
    return Promise.resolve({ title: what, body: [paragraph(`About ${what}.`)], actions: [], fallback: what, deadline });
  },
  subjects: (ref) => [`thing:${ref["what"] ?? ""}`],
};
const notices = createNotices([news, { ...news, kind: "test.olds" }]);

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(async () => {
  done.clear();
  await world.reset();
});
afterAll(() => world.close());

interface Told {
  readonly to?: Name;
  readonly role?: "mentor" | "mentee";
  readonly topic?: string;
  readonly key?: string;
  readonly kind?: string;
  readonly until?: string;
  readonly deadline?: string;
}

/** A feature has something to say, now. */
async function tell(what: string, told: Told = {}): Promise<void> {
  await addNotices(world.deps, [asNotice(what, told)], world.clock.now());
}

function asNotice(
  what: string,
  { to = "aisyah", role = "mentor", topic = what, key, kind, until, deadline }: Told,
): NewNotice {
  return {
    person: world.people[to].id,
    programme: world.programme,
    role,
    kind: kind ?? "test.news",
    ref: { what, ...(deadline === undefined ? {} : { deadline: at(deadline).toString() }) },
    topic,
    dedupeKey: key ?? `${what} to ${to}`,
    dueAt: world.clock.now(),
    usefulUntil: at(until ?? "2027-06-01T00:00"),
  };
}

/** The service looks at what is due, at this time in Malaysia or elsewhere. */
async function look(local: string, zone = malaysia): Promise<void> {
  world.clock.moveTo(at(local, zone).toString());
  await sayAt(world.clock.now());
}

async function sayAt(now: Temporal.Instant): Promise<void> {
  for (const job of notices.jobs ?? []) await job.run(world.deps, now);
}

async function lookEveryHour(from: string, to: string): Promise<void> {
  const last = at(to);
  let next = await nextDue(world.db);
  for (let now = at(from); Temporal.Instant.compare(now, last) <= 0; now = now.add({ hours: 1 })) {
    if (next === null || Temporal.Instant.compare(now, next) < 0) continue;
    await look(now.toZonedDateTimeISO(malaysia).toPlainDateTime().toString());
    next = await nextDue(world.db);
  }
  world.clock.moveTo(last.toString());
}

/** What somebody heard, a line a card: `Mon 14 09:00 rain, snow`. */
async function heardBy(name: Name, zone = malaysia): Promise<string[]> {
  const rows = await world.db
    .select({ at: noticeCards.at, id: noticeCards.id, ref: noticeTable.ref })
    .from(noticeCards)
    .innerJoin(noticeTable, eq(noticeTable.card, noticeCards.id))
    .where(eq(noticeCards.person, world.people[name].id))
    .orderBy(noticeCards.at, noticeTable.usefulUntil, noticeTable.id);
  return [...Map.groupBy(rows, (row) => row.id).values()].map((parts) => {
    const local = (parts[0]?.at ?? at("2026-01-01T00:00")).toZonedDateTimeISO(zone);
    const date = local.toPlainDate().toLocaleString("en-GB", { weekday: "short", day: "2-digit" }).replace(",", "");
    const time = local.toPlainTime().toString({ smallestUnit: "minute" });
    return `${date} ${time} ${parts.map((part) => part.ref["what"]).join(", ")}`;
  });
}

/** What became of a notice. */
async function fateOf(what: string): Promise<string | undefined> {
  const rows = await world.db.select().from(noticeTable);
  const row = rows.find((each) => each.ref["what"] === what);
  return row === undefined ? undefined : `${row.state}${row.reason === null ? "" : `: ${row.reason}`}`;
}

const cardsTo = (name: Name) => world.outbox.to(world.people[name].id);

async function settle(name: Name, outcome: Outcome): Promise<void> {
  const message = cardsTo(name).at(-1);
  const kind = notices.messages?.find((each) => each.kind === message?.kind);
  await kind?.settled?.(world.db, message?.ref ?? {}, outcome, world.clock.now());
}

async function leave(name: Name): Promise<void> {
  await roster.unreachable(world.db, { person: world.people[name].id }, "blocked", world.clock.now());
}

/** The bot can write to them again, or for the first time. */
async function arrive(name: Name): Promise<void> {
  const person = world.people[name];
  await roster.remember(world.db, person.id, senderOf(person), personalAddress(person), world.clock.now());
  await world.happen(welcoming, { kind: "reachable" }, person);
  await world.happen(notices, { kind: "reachable" }, person);
}

describe("what is due together", () => {
  test("is one card, which the ledger names by the nearest deadline", async () => {
    await tell("rain", { until: "2026-10-01T00:00" });
    await tell("snow", { until: "2026-09-20T00:00", kind: "test.olds" });
    await tell("hail", { to: "grace" });
    await look("2026-09-14T09:00");
    expect(await heardBy("aisyah")).toEqual(["Mon 14 09:00 snow, rain"]);
    expect(await heardBy("grace")).toEqual(["Mon 14 09:00 hail"]);
    expect(cardsTo("aisyah")).toMatchObject([
      {
        kind: "test.olds",
        priority: "planned",
        subjects: ["thing:snow", "thing:rain"],
        // As long as one of its parts is of use.
        usefulUntil: at("2026-10-01T00:00"),
      },
    ]);
  });

  test("shows every part as it stands, the nearest deadline first and what has none last", async () => {
    await tell("whenever");
    await tell("later", { deadline: "2026-10-02T00:00" });
    await tell("sooner", { deadline: "2026-09-18T00:00" });
    await look("2026-09-14T09:00");
    const shown = await world.draw(notices, cardsTo("aisyah")[0]);
    expect(titlesOf(shown)).toEqual(["3 things for you", "sooner", "later", "whenever"]);
    expect(shown?.fallbackText).toBe("sooner later whenever");
  });

  test("alone, is a card of its own", async () => {
    await tell("rain");
    await look("2026-09-14T09:00");
    expect(titlesOf(await world.draw(notices, cardsTo("aisyah")[0]))).toEqual(["rain"]);
  });

  test("is wanted as long as one part of it is", async () => {
    await tell("rain");
    await tell("snow");
    await look("2026-09-14T09:00");
    done.add("rain");
    expect(wordsOf(await world.draw(notices, cardsTo("aisyah")[0]))).toContain("About snow.");
    done.add("snow");
    expect(await world.draw(notices, cardsTo("aisyah")[0])).toBe(null);
  });

  test("of parts with the same deadline keeps its order", () => {
    const part = (title: string, deadline: string | null) => ({
      title,
      body: [],
      actions: [],
      fallback: title,
      deadline: deadline === null ? null : at(deadline),
    });
    const day = "2026-09-18T00:00";
    expect(titlesOf(mergedCard([part("a", null), part("b", day), part("c", day), part("d", null)]))).toEqual([
      "4 things for you",
      "b",
      "c",
      "a",
      "d",
    ]);
  });
});

function titlesOf(shown: Card | null): string[] {
  const found: string[] = [];
  const seek = (part: unknown): void => {
    if (Array.isArray(part)) part.forEach(seek);
    else if (typeof part === "object" && part !== null) {
      if ("style" in part && part.style === "heading" && "text" in part) found.push(String(part.text));
      Object.values(part).forEach(seek);
    }
  };
  seek(shown?.body);
  return found;
}

describe("a notice", () => {
  test("is said once, however often it is told", async () => {
    await tell("rain");
    await tell("rain");
    await look("2026-09-14T09:00");
    await tell("rain");
    await lookEveryHour("2026-09-14T10:00", "2026-09-16T10:00");
    expect(await heardBy("aisyah")).toEqual(["Mon 14 09:00 rain"]);
    expect(cardsTo("aisyah")).toHaveLength(1);
  });

  test.each([
    ["in the night", "2026-09-14T22:00", "2026-09-15T12:00", "Tue 15 09:00 rain"],
    ["at eight, which is early but good", "2026-09-14T08:00", "2026-09-14T12:00", "Mon 14 08:00 rain"],
    ["before eight", "2026-09-14T07:00", "2026-09-14T12:00", "Mon 14 09:00 rain"],
    ["on a Saturday", "2026-09-19T11:00", "2026-09-21T12:00", "Mon 21 09:00 rain"],
    ["in the mentors' exams", "2026-12-14T11:00", "2026-12-21T12:00", "Mon 21 09:00 rain"],
  ])("due %s is said at a good time", async (_when, due, until, expected) => {
    world.clock.moveTo(at(due).toString());
    await tell("rain");
    await lookEveryHour(due, until);
    expect(await heardBy("aisyah")).toEqual([expected]);
  });

  test("for a mentee does not wait for the mentors' exams", async () => {
    world.clock.moveTo(at("2026-12-14T11:00").toString());
    await tell("rain", { to: "ben", role: "mentee" });
    await look("2026-12-14T11:00");
    expect(await heardBy("ben")).toEqual(["Mon 14 11:00 rain"]);
  });

  test("goes by the wall of who hears it", async () => {
    await tell("rain", { to: "jin", role: "mentee" });
    await look("2026-09-14T09:00");
    await look("2026-09-14T08:59", "Europe/London");
    // Two in the morning in London when it was told: it waits for nine there.
    expect(await heardBy("jin")).toEqual([]);
    await look("2026-09-14T09:00", "Europe/London");
    expect(await heardBy("jin", "Europe/London")).toEqual(["Mon 14 09:00 rain"]);
  });

  test.each([
    ["before it is looked at", "2026-09-14T12:00", "2026-09-14T09:00", "2026-09-14T12:00", "its use was over"],
    [
      "before the next good moment",
      "2026-09-15T09:00",
      "2026-09-14T21:00",
      "2026-09-14T22:00",
      "no good moment before its use was over",
    ],
  ])("whose use is over %s is not said", async (_when, until, told, looked, reason) => {
    world.clock.moveTo(at(told).toString());
    await tell("rain", { until });
    await look(looked);
    expect(await heardBy("aisyah")).toEqual([]);
    expect(await fateOf("rain")).toBe(`cancelled: ${reason}`);
  });

  test("that became needless is not said; with its topic, for one or for all", async () => {
    await tell("rain", { topic: "weather" });
    await tell("snow", { to: "grace", topic: "weather", key: "snow to grace" });
    await dropNotices(world.db, "weather", world.people.aisyah.id);
    await look("2026-09-14T09:00");
    expect(await heardBy("aisyah")).toEqual([]);
    expect(await heardBy("grace")).toEqual(["Mon 14 09:00 snow"]);
    await tell("hail", { topic: "weather" });
    await dropNotices(world.db, "weather");
    await look("2026-09-15T09:00");
    expect(await heardBy("aisyah")).toEqual([]);
    // Said is said.
    expect(await fateOf("snow")).toBe("on_card");
  });

  test("that a new look finds needless is not said, the others of its topic are", async () => {
    await tell("rain", { topic: "weather" });
    await tell("snow", { to: "grace", topic: "weather" });
    await tell("wind", { to: "grace", topic: "air" });
    await reviewNotices(world.db, ["weather"], ({ person }) =>
      person === world.people.grace.id ? { wanted: false, reason: "grace knows" } : { wanted: true },
    );
    await look("2026-09-14T09:00");
    expect(await heardBy("aisyah")).toEqual(["Mon 14 09:00 rain"]);
    expect(await heardBy("grace")).toEqual(["Mon 14 09:00 wind"]);
    expect(await fateOf("snow")).toBe("cancelled: grace knows");
  });
});

describe("a newer notice about the same", () => {
  test("replaces an older one that waits, for the same person only", async () => {
    await tell("rain", { topic: "weather" });
    await tell("wind", { topic: "air" });
    await tell("hail", { to: "grace", topic: "weather" });
    await tell("snow", { topic: "weather" });
    await look("2026-09-14T09:00");
    expect(await heardBy("aisyah")).toEqual(["Mon 14 09:00 wind, snow"]);
    expect(await heardBy("grace")).toEqual(["Mon 14 09:00 hail"]);
    expect(await fateOf("rain")).toBe("cancelled: a newer one says more");
  });

  test("told at once to many replaces each one's own", async () => {
    await tell("rain", { topic: "weather" });
    await tell("hail", { to: "grace", topic: "weather" });
    await addNotices(
      world.deps,
      [asNotice("snow", { topic: "weather" }), asNotice("sun", { to: "grace", topic: "weather" })],
      world.clock.now(),
    );
    await look("2026-09-14T09:00");
    expect(await heardBy("aisyah")).toEqual(["Mon 14 09:00 snow"]);
    expect(await heardBy("grace")).toEqual(["Mon 14 09:00 sun"]);
  });

  test("that was told already replaces nothing", async () => {
    await tell("snow", { topic: "weather" });
    await look("2026-09-14T09:00");
    await tell("rain", { topic: "weather" });
    await tell("snow", { topic: "weather" });
    await look("2026-09-15T09:00");
    expect(await heardBy("aisyah")).toEqual(["Mon 14 09:00 snow", "Tue 15 09:00 rain"]);
  });

  test("leaves what was said", async () => {
    await tell("rain", { topic: "weather" });
    await look("2026-09-14T09:00");
    await tell("snow", { topic: "weather" });
    await look("2026-09-15T09:00");
    expect(await heardBy("aisyah")).toEqual(["Mon 14 09:00 rain", "Tue 15 09:00 snow"]);
  });
});

describe("the budget", () => {
  test("a mentor gets one card a day; what is told later waits for the next working morning, on one card", async () => {
    await tell("rain");
    await look("2026-09-18T09:00");
    await tell("snow");
    await tell("hail");
    await lookEveryHour("2026-09-18T10:00", "2026-09-21T10:00");
    expect(await heardBy("aisyah")).toEqual(["Fri 18 09:00 rain", "Mon 21 09:00 snow, hail"]);
  });

  test("three a week; the fourth waits for Monday", async () => {
    for (const day of ["14", "15", "16", "17", "18"]) {
      await tell(`news of ${day}`);
      await look(`2026-09-${day}T09:00`);
    }
    await lookEveryHour("2026-09-18T10:00", "2026-09-21T10:00");
    expect(await heardBy("aisyah")).toEqual([
      "Mon 14 09:00 news of 14",
      "Tue 15 09:00 news of 15",
      "Wed 16 09:00 news of 16",
      "Mon 21 09:00 news of 17, news of 18",
    ]);
  });

  test("a week goes from Monday to Sunday, over the end of a year too", async () => {
    for (const day of ["2026-12-29", "2026-12-30", "2026-12-31", "2027-01-01"]) {
      await tell(`news of ${day.slice(8)}`);
      await look(`${day}T09:00`);
    }
    await look("2027-01-04T09:00");
    expect(await heardBy("aisyah")).toEqual([
      "Tue 29 09:00 news of 29",
      "Wed 30 09:00 news of 30",
      "Thu 31 09:00 news of 31",
      "Mon 04 09:00 news of 01",
    ]);
  });

  test("a mentee gets two a week, both on one day if need be", async () => {
    for (const [what, when] of [
      ["rain", "2026-09-14T09:00"],
      ["snow", "2026-09-14T15:00"],
      ["hail", "2026-09-16T09:00"],
    ] as const) {
      world.clock.moveTo(at(when).toString());
      await tell(what, { to: "ben", role: "mentee" });
      await look(when);
    }
    await look("2026-09-21T09:00");
    expect(await heardBy("ben")).toEqual(["Mon 14 09:00 rain", "Mon 14 15:00 snow", "Mon 21 09:00 hail"]);
  });

  describe("days and weeks are those on the reader's wall", () => {
    test.each([
      // 09:00 there is 19:00 UTC of the day before; 16:00 is 02:00 UTC of the same.
      ["Pacific/Honolulu", "2026-09-15T09:00", "2026-09-15T16:00", "2026-09-16T09:00"],
      ["Pacific/Auckland", "2026-09-15T09:00", "2026-09-15T16:00", "2026-09-16T09:00"],
    ])("a day in %s", async (zone, first, second, third) => {
      await world.db.update(people).set({ timeZone: zone }).where(eq(people.id, world.people.aisyah.id));
      world.clock.moveTo(at(first, zone).toString());
      await tell("rain");
      await look(first, zone);
      await tell("snow");
      await look(second, zone);
      expect(await heardBy("aisyah", zone)).toEqual(["Tue 15 09:00 rain"]);
      await look(third, zone);
      expect(await heardBy("aisyah", zone)).toEqual(["Tue 15 09:00 rain", "Wed 16 09:00 snow"]);
    });

    test("a week in Auckland begins while it is Sunday in Malaysia and in UTC", async () => {
      const zone = "Pacific/Auckland";
      await world.db.update(people).set({ timeZone: zone }).where(eq(people.id, world.people.aisyah.id));
      for (const day of ["16", "17", "18", "21", "22", "23", "24", "28"]) {
        await tell(`news of ${day}`);
        await look(`2026-09-${day}T09:00`, zone);
      }
      expect(await heardBy("aisyah", zone)).toEqual([
        "Wed 16 09:00 news of 16",
        "Thu 17 09:00 news of 17",
        "Fri 18 09:00 news of 18",
        "Mon 21 09:00 news of 21",
        "Tue 22 09:00 news of 22",
        "Wed 23 09:00 news of 23",
        "Mon 28 09:00 news of 24, news of 28",
      ]);
    });
  });

  test.each<[Outcome, string]>([
    ["sent", "Tue 15 09:00 snow"],
    ["uncertain", "Tue 15 09:00 snow"],
    ["cancelled", "Mon 14 10:00 snow"],
    ["failed", "Mon 14 10:00 snow"],
  ])("counts a card that is %s as it should", async (outcome, expected) => {
    await tell("rain");
    await look("2026-09-14T09:00");
    await settle("aisyah", outcome);
    await tell("snow");
    await lookEveryHour("2026-09-14T10:00", "2026-09-15T10:00");
    expect((await heardBy("aisyah")).at(-1)).toBe(expected);
  });

  test("does not count what others are told", async () => {
    for (const name of ["farid", "grace", "aisyah"] as const) await tell(`news for ${name}`, { to: name });
    await look("2026-09-14T09:00");
    for (const name of ["farid", "grace", "aisyah"] as const) expect(await heardBy(name)).toHaveLength(1);
  });
});

describe("a pause", () => {
  const say = (words: string) => world.say(notices, world.people.aisyah, words);

  test("keeps what comes, and says it on its last morning's next", async () => {
    expect(wordsOf(await say("pause 2026-09-17"))).toContain("No reminders from me until Thursday 17 September.");
    await tell("rain");
    await tell("snow");
    await lookEveryHour("2026-09-14T09:00", "2026-09-18T09:00");
    expect(await heardBy("aisyah")).toEqual(["Thu 17 09:00 rain, snow"]);
  });

  test("also keeps what is on a card that has not gone out, once", async () => {
    await tell("rain", { topic: "weather" });
    await look("2026-09-14T09:00");
    for (const { dedupeKey } of cardsTo("aisyah")) world.outbox.undelivered.add(dedupeKey);
    await tell("snow", { topic: "weather" });
    await tell("wind");
    await say("pause 2026-09-17");
    expect(await fateOf("rain")).toBe("cancelled: a newer one says more");
    await lookEveryHour("2026-09-14T10:00", "2026-09-18T09:00");
    expect(await heardBy("aisyah")).toEqual(["Thu 17 09:00 snow, wind"]);
  });

  test("leaves what has gone out where it is", async () => {
    await tell("rain");
    await look("2026-09-14T09:00");
    await say("pause 2026-09-17");
    await lookEveryHour("2026-09-14T10:00", "2026-09-18T09:00");
    expect(await heardBy("aisyah")).toEqual(["Mon 14 09:00 rain"]);
  });

  test("that ends on a weekend ends on Monday", async () => {
    await say("pause 2026-09-19");
    await tell("rain");
    await lookEveryHour("2026-09-18T20:00", "2026-09-21T10:00");
    expect(await heardBy("aisyah")).toEqual(["Mon 21 09:00 rain"]);
  });

  test("drops what is of no use by then", async () => {
    await say("pause 2026-09-17");
    await tell("rain", { until: "2026-09-17T09:00" });
    await lookEveryHour("2026-09-14T09:00", "2026-09-17T12:00");
    expect(await heardBy("aisyah")).toEqual([]);
    expect(await fateOf("rain")).toBe("cancelled: no good moment before its use was over");
  });

  test("ended by a word: what waited is said at once in the day, in the morning at night", async () => {
    await say("pause 2026-10-05");
    await tell("rain");
    await look("2026-09-14T10:00");
    world.clock.moveTo(at("2026-09-14T10:59").toString());
    expect(wordsOf(await say("resume"))).toContain("Your reminders are on again.");
    await look("2026-09-14T11:00");
    expect(await heardBy("aisyah")).toEqual(["Mon 14 11:00 rain"]);
    await say("pause 2026-10-05");
    await tell("snow");
    await look("2026-09-15T09:00");
    world.clock.moveTo(at("2026-09-15T22:30").toString());
    await say("resume");
    await lookEveryHour("2026-09-15T23:00", "2026-09-16T10:00");
    expect((await heardBy("aisyah")).at(-1)).toBe("Wed 16 09:00 snow");
  });

  test("made longer keeps what waited, made shorter brings it forward", async () => {
    await say("pause 2026-09-16");
    await tell("rain");
    await look("2026-09-14T10:00");
    await say("pause 2026-09-18");
    await lookEveryHour("2026-09-14T11:00", "2026-09-17T10:00");
    expect(await heardBy("aisyah")).toEqual([]);
    await say("pause 2026-09-18");
    world.clock.moveTo(at("2026-09-16T12:00").toString());
    await say("pause 2026-09-17");
    await lookEveryHour("2026-09-16T13:00", "2026-09-17T10:00");
    expect(await heardBy("aisyah")).toEqual(["Thu 17 09:00 rain"]);
  });

  test("catches what waits for another reason", async () => {
    await tell("rain");
    await look("2026-09-14T22:00");
    await say("pause 2026-09-17");
    await lookEveryHour("2026-09-15T00:00", "2026-09-17T10:00");
    expect(await heardBy("aisyah")).toEqual(["Thu 17 09:00 rain"]);
  });

  test("is one person's own", async () => {
    await say("pause 2026-09-17");
    await tell("rain", { to: "grace" });
    await look("2026-09-14T09:00");
    expect(await heardBy("grace")).toEqual(["Mon 14 09:00 rain"]);
  });

  test("lasts by their own wall: Jin in London is free nine o'clock there", async () => {
    await world.say(notices, world.people.jin, "pause 2026-09-17");
    await tell("rain", { to: "jin", role: "mentee" });
    await look("2026-09-17T09:00");
    await look("2026-09-17T15:59");
    expect(await heardBy("jin")).toEqual([]);
    await look("2026-09-17T16:00");
    expect(await heardBy("jin", "Europe/London")).toEqual(["Thu 17 09:00 rain"]);
  });

  test.each([
    ["today", "pause 2026-09-14", "choose a day after today."],
    ["a day gone by", "pause 2026-09-01", "choose a day after today."],
    ["61 days", "pause 2026-11-14", "a pause can last 60 days at most."],
    ["no day", "pause for a bit", "choose a day, such as 2026-10-05."],
    ["a day that there is not", "pause 2026-09-31", "choose a day, such as 2026-10-05."],
  ])("of %s: a sentence beside the field, and what was typed", async (_what, words, sentence) => {
    const answer = wordsOf(await say(words));
    expect(answer).toContain(sentence);
    expect(answer).toContain(words.replace("pause ", ""));
    const [row] = await world.db.select().from(people).where(eq(people.id, world.people.aisyah.id));
    expect(row?.pausedUntil).toBe(null);
  });

  test("of 60 days, by the form", async () => {
    const form = await say("pause");
    expect(wordsOf(form)).toContain("First day with reminders again");
    const sent = { ...buttonsOf(form)["Pause"], until: "2026-11-13" };
    const answer = await world.press(notices, world.people.aisyah, "notices.pause", sent);
    expect(wordsOf(answer)).toContain("until Friday 13 November");
    await world.press(notices, world.people.aisyah, "notices.resume", buttonsOf(answer)["End the pause now"]);
    const [row] = await world.db.select().from(people).where(eq(people.id, world.people.aisyah.id));
    expect(row?.pausedUntil).toBe(null);
  });
});

describe("who cannot be reached", () => {
  test("is told the newest of each matter, on one card, the next morning after they can be", async () => {
    await leave("aisyah");
    await tell("rain", { topic: "weather" });
    await look("2026-09-14T09:00");
    await tell("snow", { topic: "weather" });
    await tell("wind", { topic: "air" });
    await look("2026-09-15T09:00");
    expect(await heardBy("aisyah")).toEqual([]);
    world.clock.moveTo(at("2026-09-16T11:00").toString());
    await arrive("aisyah");
    await lookEveryHour("2026-09-16T12:00", "2026-09-18T12:00");
    expect(await heardBy("aisyah")).toEqual(["Thu 17 09:00 snow, wind"]);
  });

  test("at nine sharp, is told at once", async () => {
    await leave("aisyah");
    await tell("rain");
    await look("2026-09-14T10:00");
    world.clock.moveTo(at("2026-09-15T08:59").toString());
    await arrive("aisyah");
    await look("2026-09-15T09:00");
    expect(await heardBy("aisyah")).toEqual(["Tue 15 09:00 rain"]);
  });

  test("at nine sharp, with the day's card spent, the next day", async () => {
    await tell("rain");
    await look("2026-09-15T08:30");
    await leave("aisyah");
    await tell("snow");
    await look("2026-09-15T08:40");
    await arrive("aisyah");
    await lookEveryHour("2026-09-15T09:00", "2026-09-16T09:00");
    expect(await heardBy("aisyah")).toEqual(["Tue 15 08:30 rain", "Wed 16 09:00 snow"]);
  });

  test("is not told what is of no use any more", async () => {
    await leave("aisyah");
    await tell("rain", { until: "2026-09-15T12:00" });
    await tell("snow");
    await look("2026-09-14T09:00");
    await look("2026-09-15T12:00");
    expect(await fateOf("rain")).toBe("cancelled: its use was over");
    await arrive("aisyah");
    await lookEveryHour("2026-09-15T12:00", "2026-09-16T10:00");
    expect(await heardBy("aisyah")).toEqual(["Wed 16 09:00 snow"]);
  });

  test("nor anything in a pause that they asked for", async () => {
    await world.say(notices, world.people.aisyah, "pause 2026-09-17");
    await leave("aisyah");
    await tell("rain");
    await look("2026-09-14T09:00");
    await arrive("aisyah");
    await lookEveryHour("2026-09-14T10:00", "2026-09-17T10:00");
    expect(await heardBy("aisyah")).toEqual(["Thu 17 09:00 rain"]);
  });

  test("is not written to when they block the bot while something waits", async () => {
    await tell("rain");
    await look("2026-09-14T22:00");
    await leave("aisyah");
    await lookEveryHour("2026-09-15T08:00", "2026-09-16T10:00");
    expect(cardsTo("aisyah")).toEqual([]);
    await arrive("aisyah");
    await lookEveryHour("2026-09-16T11:00", "2026-09-17T10:00");
    expect(await heardBy("aisyah")).toEqual(["Thu 17 09:00 rain"]);
  });
});

describe("the day of first contact", () => {
  beforeEach(async () => {
    const { id } = world.people.aisyah;
    await world.db.delete(contacts).where(eq(contacts.person, id));
    await world.db.update(people).set({ welcomedAt: null }).where(eq(people.id, id));
  });

  test("brings no task; the next working morning brings the newest, once", async () => {
    await tell("rain", { topic: "weather" });
    await look("2026-09-14T09:00");
    await tell("snow", { topic: "weather" });
    await look("2026-09-17T09:00");
    world.clock.moveTo(at("2026-09-18T08:30").toString());
    await arrive("aisyah");
    await tell("wind");
    await lookEveryHour("2026-09-18T09:00", "2026-09-21T12:00");
    expect(await heardBy("aisyah")).toEqual(["Mon 21 09:00 snow, wind"]);
  });

  test("is a day on their own wall", async () => {
    await world.db.update(people).set({ timeZone: "Pacific/Auckland" }).where(eq(people.id, world.people.aisyah.id));
    // 19:30 on the 14th in Malaysia, 23:30 there.
    world.clock.moveTo(at("2026-09-14T19:30").toString());
    await arrive("aisyah");
    await tell("rain");
    await look("2026-09-14T19:59");
    await look("2026-09-15T09:00", "Pacific/Auckland");
    expect(await heardBy("aisyah", "Pacific/Auckland")).toEqual(["Tue 15 09:00 rain"]);
  });

  test("is not every day on which they come back", async () => {
    await arrive("aisyah");
    await look("2026-09-15T09:00");
    await leave("aisyah");
    await tell("rain");
    await look("2026-09-16T09:00");
    await arrive("aisyah");
    await tell("snow");
    await look("2026-09-16T10:00");
    expect(await heardBy("aisyah")).toEqual(["Wed 16 10:00 snow"]);
  });
});

describe("several processes at once", () => {
  test("make one card a person", async () => {
    // All but Liam, who cannot be reached, and Jin, for whom it is night.
    const names = (Object.keys(world.people) as Name[]).filter((name) => name !== "liam" && name !== "jin");
    for (const name of names) {
      for (const what of ["rain", "snow"]) await tell(what, { to: name, role: "mentee" });
    }
    world.clock.moveTo(at("2026-09-14T09:00").toString());
    const now = world.clock.now();
    await Promise.all([1, 2, 3, 4].map(() => sayAt(now)));
    // Whom another process had in hand is passed over; the next look finds nobody left.
    await look("2026-09-14T09:01");
    for (const name of names) {
      expect(await heardBy(name)).toEqual(["Mon 14 09:00 rain, snow"]);
      expect(cardsTo(name)).toHaveLength(1);
    }
  });

  test("tell the same thing once", async () => {
    await Promise.all(
      [1, 2, 3, 4].map(() =>
        world.inTransaction((deps) => addNotices(deps, [asNotice("rain", {})], world.clock.now())),
      ),
    );
    await look("2026-09-14T09:00");
    expect(await heardBy("aisyah")).toEqual(["Mon 14 09:00 rain"]);
  });

  // The embedded database has one connection, so nothing there runs beside anything else.
  test.skipIf((process.env["DATABASE_URL"] ?? "") === "")(
    "whoever tells more while a card is made waits for nothing, so that neither waits for the other",
    async () => {
      await tell("rain");
      await world.db.transaction(async (tx) => {
        await claimHearers(tx, world.clock.now().add({ hours: 24 }), 10);
        await world.inTransaction(async (deps) => {
          await deps.db.execute(sql`set local lock_timeout = '1s'`);
          await addNotices(deps, [asNotice("snow", {})], world.clock.now());
        });
      });
      expect(await world.db.select().from(noticeTable)).toHaveLength(2);
    },
  );

  test("one says it, another finds it needless: it is on a card or cancelled, never both", async () => {
    for (const round of [1, 2, 3, 4, 5, 6, 7, 8]) {
      await world.reset();
      await tell("rain", { topic: "weather" });
      const drop = () =>
        world.inTransaction((deps) =>
          round % 2 === 0
            ? dropNotices(deps.db, "weather")
            : reviewNotices(deps.db, ["weather"], () => ({ wanted: false, reason: "it is done" })),
        );
      const say = () => sayAt(world.clock.now());
      await Promise.all(round < 5 ? [drop(), say()] : [say(), drop()]);
      const [row] = await world.db.select().from(noticeTable);
      expect([row?.state, row?.card !== null]).toSatisfy(
        ([state, isOnCard]) => (state === "on_card" && isOnCard) || (state === "cancelled" && !isOnCard),
      );
    }
  });
});
