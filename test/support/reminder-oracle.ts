/**
 * What must be said about meetings, to whom and when, read off the specification: slow, day by day and list by list, and
 * without a line of `src`. Moments are milliseconds since 1970, days `YYYY-MM-DD`, times of day `HH:MM`.
 *
 * Everything that happens is told to it in the order in which it happens; `cards` and `posts` is what must have been said.
 */
export interface OracleRules {
  readonly zone: string;
  readonly remindAt: string;
  readonly quiet: { readonly from: string; readonly to: string; readonly days: readonly number[] };
  readonly blackouts: readonly { readonly from: string; readonly to: string; readonly who: string }[];
  readonly beforeCloseDays: number;
  readonly afterMeetingHours: number;
  readonly mentorPerDay: number;
  readonly mentorPerWeek: number;
  readonly menteePerWeek: number;
  /** All days on which anything can happen. */
  readonly from: string;
  readonly to: string;
}

export interface OraclePerson {
  readonly name: string;
  readonly zone: string;
  readonly isReachable: boolean;
}

export interface OracleGroup {
  readonly name: string;
  readonly mentors: readonly string[];
  readonly mentees: readonly string[];
  readonly hasChat: boolean;
}

export interface OracleCard {
  readonly at: string;
  readonly to: string;
  /** `opens of Maple/induction`, in the order of the alphabet. */
  readonly says: readonly string[];
}

interface Meeting {
  readonly name: string;
  readonly opens: string;
  readonly closes: string;
  readonly ears: readonly Ear[];
  plan: { at: number; end: number; madeAt: number } | null;
  planVersion: number;
  isHeld: boolean;
  isExcused: boolean;
  /** The mentor who looks after it. */
  keeper: string | null;
}

/** Somebody who may hear of a meeting, and what of it they have heard. */
interface Ear {
  /** A person's name, or that of the group whose chat it is. */
  readonly who: string;
  readonly as: "mentor" | "mentee" | "chat";
  readonly hears: Set<"tomorrow" | "all">;
  readonly heard: Set<string>;
  snoozedUntil: string | null;
  /** When each reminder is to be said. */
  promises: Promised[];
}

/** Something that is to be said at some time. */
interface Due {
  readonly kind: string;
  /** Said once each. */
  readonly key: string;
  /** Of two about the same meeting, the higher one replaces the lower. */
  readonly rank: number;
  readonly due: number;
  /** Never before. */
  readonly opens: number;
  /** From then on no more. */
  readonly until: number;
  /** Tied to a moment, not to a day. */
  readonly isExact?: boolean;
  /** Better early than never. */
  readonly mayBeEarly?: boolean;
}

type Promised = Due & { at: number };

interface Person {
  readonly name: string;
  readonly zone: string;
  isReachable: boolean;
  welcomedOn: string | null;
  pausedUntil: string | null;
  readonly cardsAt: number[];
  waiting: Waiting[];
}

interface Waiting {
  readonly meeting: Meeting;
  readonly kind: string;
  readonly planVersion: number;
  readonly as: "mentor" | "mentee";
  readonly until: number;
  lookAt: number;
  isHeld: boolean;
  isPaused: boolean;
}

const hour = 3_600_000;
const stages = ["opens", "halfway", "closing", "after-close"];

export class ReminderOracle {
  readonly cards: OracleCard[] = [];
  readonly posts: OracleCard[] = [];
  readonly #rules: OracleRules;
  readonly #people: Map<string, Person>;
  readonly #meetings: Map<string, Meeting>;
  readonly #days: readonly string[];
  readonly #mornings = new Map<string, { at: number; day: string; isGood: boolean }[]>();

  constructor(
    rules: OracleRules,
    people: readonly OraclePerson[],
    groups: readonly OracleGroup[],
    windows: readonly { readonly key: string; readonly opens: string; readonly closes: string }[],
    now: number,
  ) {
    this.#rules = rules;
    this.#days = daysFrom(rules.from, rules.to);
    this.#people = new Map(
      people.map((person) => [
        person.name,
        { ...person, welcomedOn: null, pausedUntil: null, cardsAt: [], waiting: [] },
      ]),
    );
    this.#meetings = new Map(
      groups.flatMap((group) =>
        windows.map(({ key, opens, closes }) => {
          const name = `${group.name}/${key}`;
          return [
            name,
            {
              name,
              opens,
              closes,
              ears: earsOf(group),
              plan: null,
              planVersion: 0,
              isHeld: false,
              isExcused: false,
              keeper: null,
            },
          ];
        }),
      ),
    );
    for (const meeting of this.#meetings.values()) this.#changed(meeting, now);
  }

  // What happens

  plan(name: string, mentor: string, at: number, minutes: number, now: number): void {
    const meeting = this.#meeting(name);
    meeting.plan = { at, end: at + minutes * 60_000, madeAt: now };
    meeting.planVersion += 1;
    meeting.isExcused = false;
    meeting.keeper = mentor;
    this.#changed(meeting, now);
  }

  cancel(name: string, mentor: string, now: number): void {
    const meeting = this.#meeting(name);
    meeting.plan = null;
    meeting.planVersion += 1;
    meeting.keeper = mentor;
    this.#changed(meeting, now);
  }

  log(name: string, mentor: string, now: number): void {
    const meeting = this.#meeting(name);
    meeting.isHeld = true;
    meeting.keeper = mentor;
    this.#changed(meeting, now);
  }

  excuse(name: string, mentor: string, isExcused: boolean, now: number): void {
    const meeting = this.#meeting(name);
    if (meeting.isHeld) return;
    meeting.isExcused = isExcused;
    meeting.keeper = mentor;
    this.#changed(meeting, now);
  }

  onIt(name: string, mentor: string, now: number): void {
    const meeting = this.#meeting(name);
    meeting.keeper = mentor;
    this.#changed(meeting, now);
  }

  later(name: string, mentor: string, now: number): void {
    const meeting = this.#meeting(name);
    if (meeting.isHeld || meeting.isExcused || meeting.plan !== null) return;
    meeting.keeper = mentor;
    const person = this.#person(mentor);
    for (const ear of meeting.ears) {
      if (ear.who === mentor) ear.snoozedUntil = plusDays(dayOf(now, person.zone), 3);
    }
    person.waiting = person.waiting.filter((notice) => notice.meeting !== meeting);
    this.#changed(meeting, now);
  }

  /** @param until the first day with reminders again; null: the pause is over */
  pause(name: string, until: string | null, now: number): void {
    const person = this.#person(name);
    person.pausedUntil = until;
    for (const notice of person.waiting) if (notice.isPaused) notice.lookAt = now;
  }

  leave(name: string): void {
    this.#person(name).isReachable = false;
  }

  /** @param isFirst never before: somebody says hello, and nothing else that day */
  arrive(name: string, isFirst: boolean, now: number): void {
    const person = this.#person(name);
    person.isReachable = true;
    if (isFirst) person.welcomedOn = dayOf(now, person.zone);
    for (const notice of person.waiting) if (notice.isHeld) notice.lookAt = now;
  }

  /** The service looks at what is due. */
  tick(now: number): void {
    for (const meeting of this.#meetings.values()) {
      for (const ear of meeting.ears) this.#remind(meeting, ear, now);
    }
    for (const person of this.#people.values()) this.#say(person, now);
  }

  // Reminders

  #remind(meeting: Meeting, ear: Ear, now: number): void {
    let newest: Promised | null = null;
    for (;;) {
      const said: Promised[] = [];
      const later: Promised[] = [];
      for (const promise of ear.promises) {
        if (promise.at > now) later.push(promise);
        else if (now >= promise.until) continue;
        else if (promise.at === now || this.#isGood(ear, now)) said.push(promise);
        else {
          const next = this.#nextMorning(ear, now, promise.until);
          if (next !== null) later.push({ ...promise, at: next });
        }
      }
      ear.promises = later;
      if (said.length === 0) break;
      for (const promise of said) {
        ear.heard.add(promise.key);
        if (newest === null || promise.rank > newest.rank) newest = promise;
        // Whoever wished to hear of it again has heard of it.
        if (
          stages.includes(promise.kind) &&
          ear.snoozedUntil !== null &&
          dayOf(now, this.#zone(ear)) >= ear.snoozedUntil
        )
          ear.heard.add(`again ${ear.snoozedUntil}`);
      }
      this.#promise(meeting, ear, now);
    }
    if (newest === null) return;
    if (ear.as === "chat") {
      this.posts.push({ at: iso(now), to: ear.who, says: [`${newest.kind} of ${meeting.name}`] });
      return;
    }
    const person = this.#person(ear.who);
    person.waiting = person.waiting.filter((notice) => notice.meeting !== meeting);
    person.waiting.push({
      meeting,
      kind: newest.kind,
      planVersion: meeting.planVersion,
      as: ear.as,
      until: newest.until,
      lookAt: now,
      isHeld: false,
      isPaused: false,
    });
  }

  /** Facts of the meeting are new: all that is to be said of it is thought over. */
  #changed(meeting: Meeting, now: number): void {
    for (const ear of meeting.ears) this.#promise(meeting, ear, now);
    for (const person of this.#people.values()) {
      person.waiting = person.waiting.filter(
        (notice) => notice.meeting !== meeting || isStillNeeded(notice, person.name, now),
      );
    }
  }

  #promise(meeting: Meeting, ear: Ear, now: number): void {
    ear.promises = [];
    for (const due of this.#allDue(meeting, ear)) {
      if (ear.heard.has(due.key) || now >= due.until) continue;
      const moment = this.#goodMoment(ear, due);
      if (moment === null) continue;
      const at = moment >= now ? moment : this.#isGood(ear, now) ? now : this.#nextMorning(ear, now, due.until);
      if (at !== null) ear.promises.push({ ...due, at });
    }
  }

  #allDue(meeting: Meeting, ear: Ear): Due[] {
    const { plan } = meeting;
    if (meeting.isHeld || meeting.isExcused) return [];
    const found: Due[] = [];
    if (plan !== null && ear.hears.has("tomorrow")) {
      const zone = this.#zone(ear);
      const dayBefore = plusDays(dayOf(plan.at, zone), -1);
      if (dayOf(plan.madeAt, zone) < dayBefore) {
        found.push({
          kind: "tomorrow",
          key: `tomorrow ${meeting.planVersion}`,
          rank: 0,
          due: midnight(dayBefore, zone),
          opens: plan.madeAt,
          until: plan.at,
          mayBeEarly: true,
        });
      }
    }
    if (!ear.hears.has("all") || (meeting.keeper !== null && meeting.keeper !== ear.who)) return found;
    const asked = plan === null ? null : plan.end + this.#rules.afterMeetingHours * hour;
    if (asked !== null) {
      found.push({
        kind: "how-did-it-go",
        key: `how-did-it-go ${meeting.planVersion}`,
        rank: 1,
        due: asked,
        opens: asked,
        until: asked + 7 * 24 * hour,
        isExact: true,
      });
    }
    const wakes = ear.snoozedUntil === null ? null : midnight(ear.snoozedUntil, this.#zone(ear));
    const furthest = Math.max(...stages.map((kind, place) => (ear.heard.has(kind) ? place : -1)));
    const ahead = this.#stages(meeting, asked)
      .filter((_stage, place) => place > furthest)
      .filter((stage) => plan === null || stage.kind === "after-close")
      .map((stage) =>
        stage.kind === "after-close" && wakes !== null && wakes > stage.due
          ? { ...stage, due: wakes, opens: wakes }
          : stage,
      )
      .filter((stage) => wakes === null || stage.due >= wakes);
    found.push(...ahead);
    if (wakes !== null && plan === null) {
      found.push({
        kind: "again",
        key: `again ${ear.snoozedUntil ?? ""}`,
        rank: 2,
        due: wakes,
        opens: wakes,
        until: ahead[0]?.due ?? wakes + 14 * 24 * hour,
      });
    }
    return found;
  }

  #stages(meeting: Meeting, asked: number | null): Due[] {
    const start = (day: string): number => midnight(day, this.#rules.zone);
    const days = daysFrom(meeting.opens, meeting.closes);
    const half = days[Math.floor(days.length / 2)] ?? meeting.closes;
    const nearlyOver = plusDays(meeting.closes, -this.#rules.beforeCloseDays);
    const opens = start(meeting.opens);
    const halfway = start(half);
    const closing = start(nearlyOver < meeting.opens ? meeting.opens : nearlyOver);
    const closed = start(plusDays(meeting.closes, 1));
    // "How did it go?" asks the same: a day for the answer.
    const after = asked === null ? closed : Math.max(closed, asked + 24 * hour);
    return [
      { kind: "opens", key: "opens", rank: 3, due: opens, opens, until: halfway },
      { kind: "halfway", key: "halfway", rank: 4, due: halfway, opens, until: closing },
      { kind: "closing", key: "closing", rank: 5, due: closing, opens, until: closed },
      { kind: "after-close", key: "after-close", rank: 6, due: after, opens: after, until: after + 14 * 24 * hour },
    ];
  }

  // Notices

  #say(person: Person, now: number): void {
    const onCard: Waiting[] = [];
    const kept: Waiting[] = [];
    for (const notice of person.waiting) {
      if (notice.lookAt > now) {
        kept.push(notice);
        continue;
      }
      if (now >= notice.until) continue;
      const wait = this.#waitOf(person, notice, now);
      if (wait === null) onCard.push(notice);
      else if (wait.until !== null) {
        kept.push({
          ...notice,
          lookAt: wait.until,
          isHeld: wait.why === "unreachable",
          isPaused: wait.why === "paused",
        });
      }
    }
    person.waiting = kept;
    if (onCard.length === 0) return;
    person.cardsAt.push(now);
    const says = onCard.map((notice) => `${notice.kind} of ${notice.meeting.name}`).toSorted();
    this.cards.push({ at: iso(now), to: person.name, says });
  }

  /** Null: nothing keeps it from being said. `until` null: it never will be. */
  #waitOf(person: Person, notice: Waiting, now: number): { until: number | null; why: string } | null {
    const ear = { as: notice.as, who: person.name };
    const today = dayOf(now, person.zone);
    const morningFrom = (day: string): number | null =>
      this.#nextMorning(ear, midnight(day, person.zone), notice.until);
    if (!person.isReachable) return { until: notice.until, why: "unreachable" };
    if (person.pausedUntil !== null && today < person.pausedUntil)
      return { until: morningFrom(person.pausedUntil), why: "paused" };
    if (person.welcomedOn === today) return { until: morningFrom(plusDays(today, 1)), why: "first day" };
    if (notice.isHeld || !this.#isGood(ear, now)) {
      const next = this.#nextMorning(ear, now, notice.until);
      if (next !== now) return { until: next, why: "quiet" };
    }
    const isMentor = notice.as === "mentor";
    const days = person.cardsAt.map((at) => dayOf(at, person.zone));
    const monday = plusDays(today, 1 - weekdayOf(today));
    const perWeek = isMentor ? this.#rules.mentorPerWeek : this.#rules.menteePerWeek;
    if (days.filter((day) => day >= monday).length >= perWeek)
      return { until: morningFrom(plusDays(monday, 7)), why: "week" };
    if (isMentor && days.filter((day) => day === today).length >= this.#rules.mentorPerDay)
      return { until: morningFrom(plusDays(today, 1)), why: "day" };
    return null;
  }

  // The calendar

  #goodMoment(ear: Pick<Ear, "as" | "who">, due: Due): number | null {
    if (due.isExact === true && this.#isGood(ear, due.due)) return due.due < due.until ? due.due : null;
    const mornings = this.#morningsOf(ear);
    const good = mornings.filter((morning) => morning.isGood).map((morning) => morning.at);
    const wouldBe = mornings.find(
      (morning) => morning.at >= due.due && !this.#rules.quiet.days.includes(weekdayOf(morning.day)),
    );
    if (wouldBe !== undefined && this.#isBlackout(ear, wouldBe.day)) {
      const before = good.findLast((at) => at < wouldBe.at && at >= due.opens);
      if (before !== undefined) return before;
    }
    const next = good.find((at) => at >= due.due && at < due.until);
    if (next !== undefined) return next;
    return due.mayBeEarly === true ? (good.findLast((at) => at < due.due && at >= due.opens) ?? null) : null;
  }

  #nextMorning(ear: Pick<Ear, "as" | "who">, from: number, until: number): number | null {
    const found = this.#morningsOf(ear).find(({ at, isGood }) => isGood && at >= from && at < until);
    return found?.at ?? null;
  }

  /** `reminders.at` of every day, where this one lives. */
  #morningsOf(ear: Pick<Ear, "as" | "who">): { at: number; day: string; isGood: boolean }[] {
    const known = this.#mornings.get(`${ear.as} ${ear.who}`);
    if (known !== undefined) return known;
    const zone = this.#zone(ear);
    const made = this.#days.map((day) => {
      const at = Temporal.PlainDateTime.from(`${day}T${this.#rules.remindAt}`).toZonedDateTime(zone).epochMilliseconds;
      return { at, day, isGood: this.#isGood(ear, at) };
    });
    this.#mornings.set(`${ear.as} ${ear.who}`, made);
    return made;
  }

  #isGood(ear: Pick<Ear, "as" | "who">, at: number): boolean {
    const { from, to, days } = this.#rules.quiet;
    const wall = Temporal.Instant.fromEpochMilliseconds(at).toString({ timeZone: this.#zone(ear) });
    const [day, time] = [wall.slice(0, 10), wall.slice(11, 16)];
    if (days.includes(weekdayOf(day)) || this.#isBlackout(ear, day)) return false;
    if (from === to) return true;
    return from < to ? time < from || time >= to : time < from && time >= to;
  }

  #isBlackout(ear: Pick<Ear, "as" | "who">, day: string): boolean {
    return this.#rules.blackouts.some(
      ({ from, to, who }) => from <= day && day <= to && (who === "all" || who === `${ear.as}s`),
    );
  }

  #zone(ear: Pick<Ear, "as" | "who">): string {
    return ear.as === "chat" ? this.#rules.zone : this.#person(ear.who).zone;
  }

  #person(name: string): Person {
    const person = this.#people.get(name);
    if (person === undefined) throw new Error(`The oracle does not know ${name}`);
    return person;
  }

  #meeting(name: string): Meeting {
    const meeting = this.#meetings.get(name);
    if (meeting === undefined) throw new Error(`The oracle does not know ${name}`);
    return meeting;
  }
}

function earsOf(group: OracleGroup): Ear[] {
  const ear = (who: string, as: Ear["as"], ...hears: ("tomorrow" | "all")[]): Ear => ({
    who,
    as,
    hears: new Set(hears),
    heard: new Set(),
    snoozedUntil: null,
    promises: [],
  });
  return group.hasChat
    ? [ear(group.name, "chat", "tomorrow"), ...group.mentors.map((name) => ear(name, "mentor", "all"))]
    : [
        ...group.mentors.map((name) => ear(name, "mentor", "all", "tomorrow")),
        ...group.mentees.map((name) => ear(name, "mentee", "tomorrow")),
      ];
}

function isStillNeeded({ meeting, kind, planVersion }: Waiting, who: string, now: number): boolean {
  const { plan, keeper } = meeting;
  if (meeting.isHeld || meeting.isExcused) return false;
  const isOfThePlan = plan !== null && planVersion === meeting.planVersion;
  if (kind === "tomorrow") return isOfThePlan;
  if (keeper !== null && keeper !== who) return false;
  if (kind === "how-did-it-go") return isOfThePlan;
  return kind === "after-close" ? plan === null || now >= plan.end : plan === null;
}

function dayOf(at: number, zone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(at).toString({ timeZone: zone }).slice(0, 10);
}

function midnight(day: string, zone: string): number {
  return Temporal.PlainDate.from(day).toZonedDateTime(zone).epochMilliseconds;
}

function plusDays(day: string, days: number): string {
  return Temporal.PlainDate.from(day).add({ days }).toString();
}

function weekdayOf(day: string): number {
  return Temporal.PlainDate.from(day).dayOfWeek;
}

function daysFrom(first: string, last: string): string[] {
  const days: string[] = [];
  for (let day = first; day <= last; day = plusDays(day, 1)) days.push(day);
  return days;
}

function iso(at: number): string {
  return Temporal.Instant.fromEpochMilliseconds(at).toString();
}
