import type { Db } from "../../core/db.ts";
import type { Deps, Identified, Roster, Sender } from "../../core/feature.ts";
import type { TeamsDirectory } from "./directory.ts";
import { together } from "../together.ts";
import type { Incoming } from "./incoming.ts";

export type Recognise = (
  deps: Deps,
  incoming: Incoming,
  sender: Sender,
  now: Temporal.Instant,
) => Promise<Identified | null>;

/** A process has one database, whose pool each of them asks. */
interface SenderAt extends Sender {
  readonly db: Db;
}

/** Who is speaking: by Entra id, else at first contact by the e-mail that Teams' own roster has for the sender. */
export function createRecognition(roster: Roster, memberOf: TeamsDirectory["member"]): Recognise {
  // Who speak at the same moment are looked up together: under load this was a tenth of a turn.
  const identify = together((senders: readonly SenderAt[]) => {
    const [first] = senders;
    return first === undefined ? Promise.resolve([]) : roster.identify(first.db, senders);
  });
  return async (deps, incoming, sender, now) => {
    const known = await identify({ ...sender, db: deps.db });
    if (known !== null) return known;
    const { address, scope } = incoming;
    const teamId = scope.kind === "chat" ? scope.facts.teamId : null;
    const member = await memberOf({ ...address, teamId }, sender.userId);
    if (member === null) return null;
    const ids = [sender.aadObjectId, member.aadObjectId].filter((id) => id !== null);
    const [aadObjectId = null] = ids;
    if (ids.some((id) => id.toLowerCase() !== aadObjectId?.toLowerCase())) return null;
    const named = { ...sender, aadObjectId };
    const emails = [member.userPrincipalName, member.email].filter((email) => email !== null);
    return await deps.db.transaction(
      async (tx) =>
        (sender.aadObjectId === null ? (await roster.identify(tx, [named]))[0] : null) ??
        (await roster.recognise(tx, named, emails, now)),
    );
  };
}
