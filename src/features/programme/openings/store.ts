import { and, eq, exists, inArray, ne, notExists, sql } from "drizzle-orm";
import type { Db } from "../../../core/db.ts";
import type { Address, Opening } from "../../../core/feature.ts";
import type { PersonId } from "../../../core/ids.ts";
import { contacts, memberships, openings, people } from "../schema.ts";

/** Their chat is gone, but they may be written to in a new one: that is tried, unless it was before. */
export async function offerOpening(db: Db, person: PersonId, now: Temporal.Instant): Promise<void> {
  const { tenantId, botId, serviceUrl, userId } = contacts;
  await db
    .insert(openings)
    .select(
      db
        .select({
          person: contacts.person,
          tenantId,
          botId,
          serviceUrl,
          userId,
          state: sql`'untried'`.as("state"),
          stateSince: sql`${now.toString()}::timestamptz`.as("state_since"),
          greetAt: sql`null::timestamptz`.as("greet_at"),
        })
        .from(contacts)
        .where(eq(contacts.person, person)),
    )
    .onConflictDoNothing();
}

/**
 * A chat's roster told how Teams calls these people. Kept for those who have a role and have never had a chat with the bot.
 *
 * @param userIds `29:...` by person
 */
export async function learnOpenings(
  db: Db,
  { tenantId, botId, serviceUrl }: Address,
  userIds: ReadonlyMap<PersonId, string>,
  now: Temporal.Instant,
): Promise<void> {
  if (userIds.size === 0) return;
  const strangers = await db
    .select({ person: people.id, welcomedAt: people.welcomedAt })
    .from(people)
    .where(
      and(
        inArray(people.id, [...userIds.keys()]),
        notExists(db.select({ person: contacts.person }).from(contacts).where(eq(contacts.person, people.id))),
        exists(
          db
            .select({ id: memberships.id })
            .from(memberships)
            .where(and(eq(memberships.person, people.id), eq(memberships.isActive, true))),
        ),
      ),
    );
  const rows = strangers.flatMap(({ person, welcomedAt }) => {
    const userId = userIds.get(person);
    const greetAt = welcomedAt === null ? now : null;
    return userId === undefined
      ? []
      : [{ person, tenantId, botId, serviceUrl, userId, stateSince: now, greetAt, state: "untried" as const }];
  });
  if (rows.length === 0) return;
  await db
    .insert(openings)
    .values(rows)
    .onConflictDoUpdate({
      target: openings.person,
      set: {
        userId: sql`excluded.user_id`,
        state: sql`excluded.state`,
        stateSince: sql`excluded.state_since`,
        greetAt: sql`excluded.greet_at`,
      },
      // The same id was tried already, or is about to be.
      setWhere: ne(openings.userId, sql`excluded.user_id`),
    });
}

/** Null: there is none, or it was tried already. */
export async function findOpening(db: Db, person: PersonId): Promise<Opening | null> {
  const [row] = await db
    .select()
    .from(openings)
    .where(and(eq(openings.person, person), eq(openings.state, "untried")));
  if (row === undefined) return null;
  const { serviceUrl, botId, tenantId, userId } = row;
  return { from: { serviceUrl, botId, tenantId, conversationId: "" }, userId };
}

export async function settleOpening(
  db: Db,
  person: PersonId,
  state: "opened" | "refused",
  now: Temporal.Instant,
): Promise<void> {
  const refused = state === "refused" ? { greetAt: null } : {};
  await db
    .update(openings)
    .set({ state, stateSince: now, ...refused })
    .where(eq(openings.person, person));
}

/** The bot opened their chat: they can be written to, though nobody has seen them there. */
export async function saveOpenedChat(
  db: Db,
  person: PersonId,
  { userId, address }: { readonly userId: string; readonly address: Address },
  now: Temporal.Instant,
): Promise<void> {
  const { serviceUrl, conversationId, botId, tenantId } = address;
  const fresh = { serviceUrl, conversationId, botId, tenantId, userId, state: "reachable" as const, stateSince: now };
  await db
    .insert(contacts)
    .values({ person, ...fresh, lastSeen: null })
    .onConflictDoUpdate({ target: contacts.person, set: fresh, setWhere: ne(contacts.state, "reachable") });
}
