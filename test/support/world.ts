import { sql } from "drizzle-orm";
import type { Card } from "../../src/core/card.ts";
import type { Db } from "../../src/core/db.ts";
import type {
  ChatHappening,
  Deps,
  Feature,
  Happening,
  OutsideDeps,
  Reply,
  Role,
  Turn,
} from "../../src/core/feature.ts";
import { as } from "../../src/core/ids.ts";
import type { ChatId, DeliveryId, GroupId, PersonId, ProgrammeId } from "../../src/core/ids.ts";
import type { OutgoingMessage, RosterMember } from "../../src/core/ports.ts";
import { chats, contacts, groups, memberships, people, programmes } from "../../src/features/programme/schema.ts";
import { roster } from "../../src/features/programme/service.ts";
import { isFor } from "../../src/core/words.ts";
import { openTestDatabase } from "./database.ts";

/**
 * A small programme for tests of use cases: three groups, two coordinators, everybody but Liam has installed the bot.
 *
 *     const world = await createWorld();
 *     await world.say(flags, world.people.ben, "ask");
 *     await world.press(flags, world.people.maya, "flags.take", { flag });
 *     world.outbox.messages;                             // what was enqueued, newest last
 *     await world.draw(flags, world.outbox.messages[0]); // the card as it would be sent now
 *     world.clock.moveTo("2026-09-15T01:00:00Z");
 *     await world.close();                               // in afterAll; `reset` in beforeEach is faster than a new world
 */
export type World = Awaited<ReturnType<typeof createWorld>>;

export interface WorldPerson {
  readonly id: PersonId;
  readonly name: string;
  readonly email: string;
  readonly aadObjectId: string;
  readonly userId: string;
}

const tenantId = "7e57ab1e-0000-4000-8000-000000000001";
const serviceUrl = "https://teams.example/";
const botId = "28:waymark";

/** Monday 14 September 2026, 09:00 in Kuala Lumpur: the morning on which the first window opens. */
const firstMorning = "2026-09-14T01:00:00Z";

const settings = {
  id: "medicine-2026",
  name: "Peer mentoring, Medicine 2026/27",
  timezone: "Asia/Kuala_Lumpur",
  year: { starts: "2026-09-07", ends: "2027-06-11" },
  meetings: [
    {
      key: "induction",
      title: "Induction",
      opens: "2026-09-14",
      closes: "2026-10-02",
      talk_about: ["the first weeks"],
    },
    { key: "mid-semester-1", title: "Mid-semester 1", opens: "2026-10-26", closes: "2026-11-13" },
    { key: "exams-1", title: "Exams 1", opens: "2026-12-01", closes: "2026-12-18" },
    { key: "mid-semester-2", title: "Mid-semester 2", opens: "2027-03-01", closes: "2027-03-19" },
    { key: "exams-2", title: "Exams 2", opens: "2027-05-03", closes: "2027-05-21" },
  ],
  blackouts: [{ from: "2026-12-14", to: "2026-12-18", who: "mentors", title: "Year 2 exams" }],
};

const names = {
  aisyah: "Aisyah Rahman",
  ben: "Ben Okafor",
  chen: "Chen Wei",
  dalia: "Dalia Haddad",
  farid: "Farid Yusof",
  grace: "Grace Lim",
  hana: "Hana Sato",
  ivan: "Ivan Petrov",
  jin: "Jin Park",
  kavya: "Kavya Nair",
  liam: "Liam O'Brien",
  maya: "Maya Fernandes",
  noor: "Noor Abdullah",
} as const;
export type Name = keyof typeof names;

/** Farid mentors two groups, one of them with Grace; Jin lives in London. */
const roles: readonly (readonly [Name, Role, "maple" | "cedar" | "birch" | null])[] = [
  ["aisyah", "mentor", "maple"],
  ["ben", "mentee", "maple"],
  ["chen", "mentee", "maple"],
  ["dalia", "mentee", "maple"],
  ["farid", "mentor", "cedar"],
  ["grace", "mentor", "cedar"],
  ["hana", "mentee", "cedar"],
  ["ivan", "mentee", "cedar"],
  ["jin", "mentee", "cedar"],
  ["farid", "mentor", "birch"],
  ["kavya", "mentee", "birch"],
  ["liam", "mentee", "birch"],
  ["maya", "coordinator", null],
  ["noor", "coordinator", null],
];

export async function createWorld() {
  const database = await openTestDatabase();
  const { db } = database;
  const clock = createClock();
  const outbox = createOutbox();
  const directory = createDirectory();
  const log = createLog();
  const newId = createIds();
  const cast = makePeople();
  const groupIds = {
    maple: as<GroupId>("00000000-0000-7000-8000-00000000a001"),
    cedar: as<GroupId>("00000000-0000-7000-8000-00000000a002"),
    birch: as<GroupId>("00000000-0000-7000-8000-00000000a003"),
  };
  const programme = as<ProgrammeId>(settings.id);
  const deps: OutsideDeps = {
    db,
    clock,
    outbox,
    directory,
    log,
    newId,
    links: { sign: (page, subject) => `https://waymark.example/${page}/${subject}` },
  };

  async function speakerOf(person: WorldPerson) {
    const sender = { tenantId, aadObjectId: person.aadObjectId, userId: person.userId };
    const [found = null] = await roster.identify(db, [sender]);
    if (found === null) throw new Error(`${person.name} is not recognised`);
    return found.speaker;
  }

  /** A turn of this person, in their own chat with the bot unless said otherwise. */
  async function turnOf(person: WorldPerson, place: Turn["place"] = { kind: "personal" }): Promise<Turn> {
    return { speaker: await speakerOf(person), place, now: clock.now() };
  }

  /** As in the app: everything that a turn does is one transaction. */
  function inTransaction<T>(work: (deps: Deps) => Promise<T>): Promise<T> {
    return db.transaction((tx) => work({ ...deps, db: tx }));
  }

  /** Forgets everything that happened: the programme as it was seeded, on its first morning. */
  async function reset(): Promise<void> {
    clock.moveTo(firstMorning);
    outbox.clear();
    directory.clear();
    log.clear();
    await empty(db);
    await seed();
  }

  async function seed(): Promise<void> {
    const now = clock.now();
    const { name, timezone: timeZone } = settings;
    const [starts, ends] = [Temporal.PlainDate.from(settings.year.starts), Temporal.PlainDate.from(settings.year.ends)];
    await db.insert(programmes).values({ id: programme, name, timeZone, starts, ends, settings, importedAt: now });
    await db.insert(groups).values([
      { id: groupIds.maple, programme, name: "Maple" },
      { id: groupIds.cedar, programme, name: "Cedar" },
      { id: groupIds.birch, programme, name: "Birch" },
    ]);
    const liam = cast.liam;
    await db.insert(people).values(
      Object.values(cast).map((person) => ({
        id: person.id,
        email: person.email,
        name: person.name,
        timeZone: person === cast.jin ? "Europe/London" : null,
        aadObjectId: person === liam ? null : person.aadObjectId,
        createdAt: now,
        welcomedAt: person === liam ? null : now.subtract({ hours: 72 }),
      })),
    );
    await db.insert(memberships).values(
      roles.map(([who, role, group]) => ({
        id: newId(),
        person: cast[who].id,
        programme,
        group: group === null ? null : groupIds[group],
        role,
        joinedOn: starts,
      })),
    );
    await db.insert(contacts).values(
      Object.values(cast)
        .filter((person) => person !== liam)
        .map((person) => ({
          person: person.id,
          ...personalAddress(person),
          userId: person.userId,
          state: "reachable" as const,
          stateSince: now,
          lastSeen: now,
        })),
    );
  }

  await seed();
  return {
    db,
    deps,
    clock,
    outbox,
    directory,
    log,
    programme,
    groups: groupIds,
    people: cast,
    speakerOf,
    turnOf,
    inTransaction,
    reset,
    close: () => database.close(),

    /** Somebody types: the first word that begins the text and may be used there by them is obeyed. */
    async say(feature: Feature, person: WorldPerson, text: string, place?: Turn["place"]): Promise<Reply> {
      const turn = await turnOf(person, place);
      const command = feature.commands?.find(
        ({ words, where, who }) =>
          words.some((word) => text === word || text.startsWith(`${word} `)) &&
          where.includes(turn.place.kind) &&
          isFor(who, turn.speaker.memberships),
      );
      if (command === undefined) throw new Error(`${person.name} cannot say "${text}" there`);
      const word = command.words.find((each) => text.startsWith(each)) ?? "";
      return await inTransaction((inTurn) => command.handle(inTurn, turn, text.slice(word.length).trim()));
    },

    /** Somebody presses a button or sends a form. */
    async press(feature: Feature, person: WorldPerson, verb: string, data: unknown = {}, place?: Turn["place"]) {
      const action = feature.actions?.find((each) => each.verb === verb);
      if (action === undefined) throw new Error(`No button does ${verb}`);
      const turn = await turnOf(person, place);
      const handle = "handle" in action ? action.handle : await action.prepare(deps, turn, data);
      return await inTransaction((inTurn) => handle(inTurn, turn, data));
    },

    /** Something happens around the bot; the answer is that of the feature's listener. */
    async happen(feature: Feature, happening: Happening, person: WorldPerson | null): Promise<Reply> {
      const listener = feature.listeners?.find((each) => each.to === happening.kind);
      if (listener === undefined) throw new Error(`${feature.name} does not listen to ${happening.kind}`);
      const context = { speaker: person === null ? null : await speakerOf(person), now: clock.now() };
      const handle =
        "handle" in listener ? listener.handle : await listener.prepare(deps, happening as ChatHappening, context);
      return await inTransaction((inTurn) => handle(inTurn, happening, context));
    },

    /** Draws a message as the sender would now; null when it is no longer wanted. */
    async draw(feature: Feature, message: OutgoingMessage | undefined): Promise<Card | null> {
      if (message === undefined) throw new Error("There is no such message");
      const kind = feature.messages?.find((each) => each.kind === message.kind);
      if (kind === undefined) throw new Error(`${feature.name} does not send ${message.kind}`);
      const answer = await kind.wanted(db, message.ref, clock.now());
      return answer.wanted ? await kind.render(deps, message.ref, message.to, clock.now()) : null;
    },

    /** A group chat that the bot sits in; `members` are what Teams says about who else does. */
    async addChat(
      members: readonly WorldPerson[],
      kind: "group" | "channel" = "group",
      name = "chat",
    ): Promise<ChatId> {
      const conversationId = `19:${name}@thread.v2`;
      const teamId = kind === "channel" ? `19:${name}-team@thread.tacv2` : null;
      directory.seat(conversationId, members);
      const address = { serviceUrl, conversationId, botId, tenantId };
      return (await roster.chatAt(db, address, { kind, name, teamId }, clock.now())).chat;
    },

    /** Who sits in a chat changes; nobody is told. */
    async reseat(chat: ChatId, members: readonly WorldPerson[]): Promise<void> {
      const [row] = await db
        .select({ id: chats.conversationId })
        .from(chats)
        .where(sql`${chats.id} = ${chat}`);
      directory.seat(row?.id ?? "", members);
    },
  };
}

/** Somebody whom the programme does not know. */
export function stranger(name = "Sam Stranger"): WorldPerson {
  const short = name.split(" ")[0]?.toLowerCase() ?? "stranger";
  return {
    id: as("00000000-0000-7000-8000-00000000ffff"),
    name,
    email: `${short}@elsewhere.example`,
    aadObjectId: `00000000-0000-4000-8000-${short
      .padEnd(12, "f")
      .slice(0, 12)
      .replaceAll(/[^a-f]/g, "0")}`,
    userId: `29:${short}`,
  };
}

export function senderOf(person: WorldPerson) {
  return { tenantId, aadObjectId: person.aadObjectId, userId: person.userId };
}

export function personalAddress(person: WorldPerson) {
  return { serviceUrl, conversationId: `a:${person.userId}`, botId, tenantId };
}

/** All that a reply or card says, for `toContain`: buttons and labels included. */
export function wordsOf(shown: Reply | Card | null): string {
  if (shown === null) return "";
  if ("kind" in shown && shown.kind === "nothing") return "";
  if ("kind" in shown && shown.kind === "text") return shown.text;
  const found: string[] = [];
  collect("kind" in shown ? shown.card : shown, found);
  return found.join("\n");
}

function collect(part: unknown, found: string[]): void {
  if (Array.isArray(part)) for (const each of part) collect(each, found);
  else if (typeof part === "object" && part !== null) {
    for (const [key, value] of Object.entries(part)) {
      if (typeof value !== "string") collect(value, found);
      else if (["text", "title", "label", "fallbackText", "value", "placeholder"].includes(key)) found.push(value);
    }
  }
}

/** What the buttons of a reply or card send, by their titles. */
export function buttonsOf(shown: Reply | Card | null): Record<string, Record<string, unknown>> {
  const found: Record<string, Record<string, unknown>> = {};
  const look = (part: unknown): void => {
    if (Array.isArray(part)) part.forEach(look);
    else if (typeof part === "object" && part !== null) {
      if ("type" in part && part.type === "Action.Execute" && "title" in part && "data" in part) {
        found[String(part.title)] = part.data as Record<string, unknown>;
      } else Object.values(part).forEach(look);
    }
  };
  look(shown);
  return found;
}

function makePeople(): Record<Name, WorldPerson> {
  const made = Object.entries(names).map(([short, name], index) => {
    const digits = (index + 1).toString().padStart(12, "0");
    const person = {
      id: as<PersonId>(`00000000-0000-7000-8000-${digits}`),
      name,
      email: `${short}@students.example`,
      aadObjectId: `abcdef00-0000-4000-8000-${digits}`,
      userId: `29:${short}`,
    };
    return [short, person] as const;
  });
  return Object.fromEntries(made) as Record<Name, WorldPerson>;
}

function createClock() {
  let now = Temporal.Instant.from(firstMorning);
  return {
    now: () => now,
    moveTo: (instant: string) => {
      now = Temporal.Instant.from(instant);
    },
    forward: (duration: Temporal.DurationLike) => {
      now = now.add(duration);
    },
  };
}

/** Keeps what was enqueued, once per key, as the real one does. */
function createOutbox() {
  const messages: OutgoingMessage[] = [];
  const refreshed: string[] = [];
  const undelivered = new Set<string>();
  return {
    messages,
    refreshed,
    enqueue: (_tx: Db, wanted: readonly OutgoingMessage[]) => {
      const fresh = wanted.filter((each) => !messages.some(({ dedupeKey }) => dedupeKey === each.dedupeKey));
      messages.push(...fresh);
      return Promise.resolve(fresh.map(({ dedupeKey }) => as<DeliveryId>(dedupeKey)));
    },
    refresh: (_tx: Db, subjects: readonly string[]) => {
      refreshed.push(...subjects);
      return Promise.resolve();
    },
    takeBack: (_tx: Db, person: PersonId, kinds: readonly string[]) => {
      const isTaken = ({ to, kind }: OutgoingMessage) => "person" in to && to.person === person && kinds.includes(kind);
      // Those before are long delivered, as far as tests of use cases are concerned.
      const taken = messages.filter((each) => undelivered.has(each.dedupeKey) && isTaken(each));
      for (const { dedupeKey } of taken) undelivered.delete(dedupeKey);
      return Promise.resolve(taken.map(({ ref }) => ref));
    },
    /** Keys of messages that could not be delivered: they wait. */
    undelivered,
    forgetCards: () => Promise.resolve(),
    forget: (_tx: Db, person: PersonId) => {
      const kept = messages.filter(({ to }) => !("person" in to && to.person === person));
      messages.splice(0, messages.length, ...kept);
      return Promise.resolve();
    },
    /** Those of one kind, or to one person or chat. */
    of: (kind: string) => messages.filter((message) => message.kind === kind),
    to: (id: PersonId | ChatId) => messages.filter(({ to }) => ("person" in to ? to.person : to.chat) === id),
    clear: () => {
      messages.length = 0;
      refreshed.length = 0;
      undelivered.clear();
    },
  };
}

/** Teams' answer to who sits where. `fail` makes it unreachable until the next `clear`. */
function createDirectory() {
  const seats = new Map<string, readonly WorldPerson[]>();
  let isFailing = false;
  return {
    seat: (conversationId: string, members: readonly WorldPerson[]) => {
      seats.set(conversationId, members);
    },
    fail: (failing = true) => {
      isFailing = failing;
    },
    members: (chat: { conversationId: string }): Promise<readonly RosterMember[]> => {
      if (isFailing) return Promise.reject(new Error("Teams does not answer"));
      const found = seats.get(chat.conversationId) ?? [];
      return Promise.resolve(
        found.map(({ userId, aadObjectId, email }) => ({ userId, aadObjectId, email, userPrincipalName: email })),
      );
    },
    clear: () => {
      seats.clear();
      isFailing = false;
    },
  };
}

function createLog() {
  const lines: { level: "info" | "warn" | "error"; message: string; fields: Readonly<Record<string, unknown>> }[] = [];
  const at =
    (level: "info" | "warn" | "error") =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      lines.push({ level, message, fields });
    };
  return {
    lines,
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    clear: () => {
      lines.length = 0;
    },
  };
}

/** Version 7 UUIDs that count up, so that a failing test fails the same way twice. */
function createIds() {
  let made = 0;
  return () => {
    made += 1;
    return `00000000-0000-7000-9000-${made.toString().padStart(12, "0")}`;
  };
}

async function empty(db: Db): Promise<void> {
  const tables = await db
    .select({ name: sql<string>`tablename` })
    .from(sql`pg_tables`)
    .where(sql`schemaname = 'public'`);
  // One statement, as references are checked at its end; truncating makes new files, which takes PostgreSQL seconds.
  const deletions = tables.map(({ name }, index) => `deleted_${index} as (delete from "${name}")`);
  await db.execute(sql.raw(`with ${deletions.join(", ")} select 1`));
}
