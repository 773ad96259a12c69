import { as, type DeliveryId } from "../core/ids.ts";
import { findByEmail, namesOfRecipients } from "../features/programme/store.ts";
import { ledgerStates, readLedger, retryDelivery, type LedgerState } from "../platform/ledger.ts";
import { WrongUse, type Arguments, type CliCommand, type OpenDatabase, type Terminal } from "./command.ts";

export const deliveries: CliCommand = {
  name: "deliveries",
  usage: `[--state ${ledgerStates.join("|")}] [--person EMAIL] [--json] | --retry ID`,
  does: "lists every message and what became of it; --retry sends one again that is uncertain or failed",
  options: {
    state: { type: "string" },
    person: { type: "string" },
    json: { type: "boolean" },
    retry: { type: "string" },
  },
  run: (given, terminal) => {
    const { retry } = given.values;
    const state = stateOf(given);
    return terminal.withDatabase((open) =>
      typeof retry === "string" ? sendAgain(open, terminal, retry) : list(open, terminal, given, state),
    );
  },
};

function stateOf({ values }: Arguments): LedgerState | null {
  if (typeof values["state"] !== "string") return null;
  const state = ledgerStates.find((name) => name === values["state"]);
  if (state === undefined) throw new WrongUse(`--state ${values["state"]}: write one of ${ledgerStates.join(", ")}.`);
  return state;
}

async function list(
  { db }: OpenDatabase,
  terminal: Terminal,
  given: Arguments,
  state: LedgerState | null,
): Promise<0 | 1> {
  const email = given.values["person"];
  const person = typeof email === "string" ? await findByEmail(db, email) : null;
  if (typeof email === "string" && person === null) {
    terminal.tell(`Nobody has the e-mail ${email}. The export's people.csv lists everybody.`);
    return 1;
  }
  const names = await namesOfRecipients(db);
  const rows = (await readLedger(db, { state, person })).map(
    ({ id, person: to, chat, kind, isUpdate, at, reason, ...row }) => ({
      id,
      to: (to === null ? undefined : names.people.get(to)) ?? (chat === null ? undefined : names.chats.get(chat)) ?? "",
      kind: isUpdate ? `update of ${kind}` : kind,
      state: row.state,
      at: at.toString({ smallestUnit: "second" }),
      reason,
    }),
  );
  if (given.values["json"] === true) terminal.print(JSON.stringify(rows));
  else
    for (const { id, to, kind, at, reason, ...row } of rows) {
      terminal.print(`${at}  ${row.state}  ${to}  ${kind}${reason === null ? "" : `  (${reason})`}  ${id}`);
    }
  return 0;
}

async function sendAgain({ db, now }: OpenDatabase, terminal: Terminal, id: string): Promise<0 | 1> {
  const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
  if (isId && (await retryDelivery(db, as<DeliveryId>(id), now))) {
    terminal.print("It will be sent again, if it is still wanted.");
    return 0;
  }
  terminal.tell(`There is no uncertain or failed message ${id}. waymark deliveries --state uncertain lists them.`);
  return 1;
}
