import type { Deps, Identified, Roster, Sender } from "../../core/feature.ts";
import type { TeamsDirectory } from "./directory.ts";
import type { Incoming } from "./incoming.ts";

export type Recognise = (
  deps: Deps,
  incoming: Incoming,
  sender: Sender,
  now: Temporal.Instant,
) => Promise<Identified | null>;

/** Who is speaking: by Entra id, else at first contact by the e-mail that Teams' own roster has for the sender. */
export function createRecognition(roster: Roster, memberOf: TeamsDirectory["member"]): Recognise {
  return async (deps, incoming, sender, now) => {
    const known = await roster.identify(deps.db, sender);
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
        (sender.aadObjectId === null ? await roster.identify(tx, named) : null) ??
        (await roster.recognise(tx, named, emails, now)),
    );
  };
}
