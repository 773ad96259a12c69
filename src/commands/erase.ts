import { rosterChanged } from "../app.ts";
import { UserError } from "../core/errors.ts";
import { count } from "../core/time.ts";
import { erasePerson } from "../features/privacy/service.ts";
import { createOutbox } from "../platform/outbox.ts";
import { WrongUse } from "./command.ts";
import type { CliCommand } from "./command.ts";

export const eraseCommand: CliCommand = {
  name: "erase",
  usage: "EMAIL",
  does: "removes a person: name, addresses and the words they wrote; counts stay. There is no way back",
  options: {},
  run: async ({ positionals }, terminal) => {
    const [email, ...others] = positionals;
    if (email === undefined) throw new WrongUse("Name the e-mail address of the person to remove.");
    if (others.length > 0) throw new WrongUse("Name one address only: people are removed one by one.");
    try {
      const erased = await terminal.withDatabase(({ db, newId, now }) =>
        erasePerson(
          {
            db,
            outbox: createOutbox({ newId, clock: { now: () => now } }),
            onLeft: (tx, programme) => rosterChanged(tx, newId, programme, now),
          },
          email,
          now,
        ),
      );
      const { roles, questions, entries, reflections, answers } = erased;
      terminal.print(
        `Removed: ${[
          count(roles, "role"),
          count(questions, "question"),
          count(answers, "answer to a date or question", "answers to dates and questions"),
          `the words of ${count(entries, "logbook entry", "logbook entries")}`,
          count(reflections, "reflection"),
        ].join(", ")}.`,
      );
      if (entries > 0) {
        terminal.tell(
          "Each sentence that they were the first to save in a logbook entry is gone, also where a co-mentor saved it again. One that a co-mentor has reworded is the co-mentor's and stays: please look through shared entries.",
        );
      }
      terminal.tell("If the person is still in people.csv, the next import adds them again: take the row out.");
      return 0;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      terminal.tell(error.message);
      return 1;
    }
  },
};
