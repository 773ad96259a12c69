import type { Db } from "../../core/db.ts";
import type { Address, ChatFacts, Place, Roster, Sender } from "../../core/feature.ts";
import type { Recipient } from "../../core/ports.ts";
import { findChat, removeChat, saveChat, type Chat } from "./chats/store.ts";
import { bindSender, contactAddress, findSenders, saveContact, setReachability } from "./contacts/store.ts";
import { findOpening, offerOpening, saveOpenedChat, settleOpening } from "./openings/store.ts";
import { addAuditRow } from "./store.ts";

/**
 * As stored. Text that PostgreSQL would not take names nobody: people who speak at the same moment are looked up in one
 * statement, and one must not spoil it for all.
 */
function asObjectId(text: string): string | null {
  return text.includes("\0") || !text.isWellFormed() ? null : text.toLowerCase();
}

/** How the platform asks who people are and where they can be reached. */
export const roster: Roster = {
  identify: async (db, senders) => {
    const idOf = ({ aadObjectId }: Sender) => (aadObjectId === null ? null : asObjectId(aadObjectId));
    const found = await findSenders(
      db,
      senders.flatMap((sender) => idOf(sender) ?? []),
    );
    return senders.map((sender) => found.get(idOf(sender)) ?? null);
  },

  recognise: async (db, sender, emails) => {
    const addresses = emails.map((email) => email.trim().toLowerCase()).filter((email) => email !== "");
    const aadObjectId = sender.aadObjectId === null ? null : asObjectId(sender.aadObjectId);
    if (aadObjectId === null || addresses.length === 0) return null;
    await bindSender(db, aadObjectId, addresses);
    return (await findSenders(db, [aadObjectId])).get(aadObjectId) ?? null;
  },

  remember: async (db, person, sender, address, now) =>
    (await saveContact(db, person, sender, address, now)) !== "reachable",

  chatAt: async (db, address, facts) => {
    const known = await findChat(db, address);
    // Most turns change nothing: no write, and so no wait for another turn in the same chat.
    if (known !== null && isUpToDate(known, address, facts)) return asPlace(known);
    await saveChat(db, address, facts);
    const saved = await findChat(db, address);
    if (saved === null) throw new Error("A chat that was just saved is not there.");
    return asPlace(saved);
  },

  addressOf: async (db, to) => ("person" in to ? await contactAddress(db, to.person) : await chatAddress(db, to)),

  unreachable: async (db, to, reason, now) => {
    if ("chat" in to) await removeChat(db, to.chat, now);
    else {
      await setReachability(db, to.person, reason, now);
      if (reason === "gone") await offerOpening(db, to.person, now);
    }
  },

  openingOf: findOpening,

  opened: async (db, person, chat, now) => {
    await saveOpenedChat(db, person, chat, now);
    await settleOpening(db, person, "opened", now);
  },

  notOpened: (db, person, now) => settleOpening(db, person, "refused", now),

  audit: addAuditRow,
};

function isUpToDate(known: Chat, address: Address, facts: ChatFacts): boolean {
  return (
    !known.isRemoved &&
    known.serviceUrl === address.serviceUrl &&
    known.botId === address.botId &&
    known.tenantId === address.tenantId &&
    known.kind === facts.kind &&
    known.teamId === facts.teamId
  );
}

function asPlace({ id, group }: Chat): Extract<Place, { kind: "chat" }> {
  return { kind: "chat", chat: id, group };
}

async function chatAddress(db: Db, to: Extract<Recipient, { chat: unknown }>): Promise<Address | null> {
  const chat = await findChat(db, { id: to.chat });
  if (chat === null || chat.isRemoved) return null;
  const { serviceUrl, conversationId, botId, tenantId } = chat;
  return { serviceUrl, conversationId, botId, tenantId };
}
