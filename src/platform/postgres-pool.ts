import { Socket } from "node:net";
import { makePgArray } from "drizzle-orm/pg-core";
import postgres from "postgres";
import { asAsked, ConnectionLost, createScope, isOfConnection, type Ask } from "./postgres-scope.ts";

/**
 * Connections to a PostgreSQL server that may go away in the middle of anything. The driver (postgres 3.4.9) uses what it
 * knew of a connection again after that one was lost, which is wrong in five ways (its issues 1208, 1215 and 1216):
 *
 * - a transaction whose connection is gone still rolls back, on nothing: that throws past every caller and ends the process
 * - what was not written yet stays in front of the next greeting: new connections time out for close to a minute
 * - what such a transaction does later runs, and is committed, inside whatever the next connection is at
 * - a query that was in line at a reset is never answered, and its connection never free again
 * - what it asks by itself about arrays has nobody to hear that it failed: that ends the process, too
 *
 * So here no connection is used again: when one is lost, all new work goes to a new set, and the old set ends with its
 * last user. A transaction that lost its connection gets nothing more through to the driver. And as the driver waits for
 * an answer for ever, whoever asks is told after a while that there is none.
 */
export interface Pool {
  /** The part of the driver's client that drizzle uses. */
  readonly client: postgres.Sql;
  /** Lets what is under way end, for at most 5 s. */
  close(): Promise<void>;
}

export interface PoolSettings {
  readonly connections: number;
  readonly applicationName: string;
  /** The server itself gives up on a statement after so long. */
  readonly statementMs: number;
  /** Somewhat longer: a connection that said nothing until then is lost. */
  readonly answerMs: number;
}

/** A set of connections. Nothing is opened before the first query. */
interface Generation {
  readonly client: postgres.Sql;
  readonly sockets: ReadonlySet<Socket>;
  users: number;
  isRetired: boolean;
}

/** Lists without lists in them: of text that needs no reading, and of what does. */
function listOf(number: number, read: (text: string) => unknown = (text) => text) {
  return {
    to: number,
    from: [number],
    serialize: (values: unknown) => (Array.isArray(values) ? makePgArray(values) : values),
    parse: (text: string) =>
      [...text.slice(1, -1).matchAll(/"((?:[^"\\]|\\.)*)"|([^,]+)/gs)].map(([, quoted, bare]) =>
        read(quoted === undefined ? (bare ?? "") : quoted.replaceAll(/\\(.)/gs, "$1")),
      ),
  };
}

/** What tables and queries use, by PostgreSQL's numbers of the lists. */
const arrays = {
  integers: listOf(1007, Number),
  bigIntegers: listOf(1016, Number),
  floats: listOf(1022, Number),
  texts: listOf(1009),
  dates: listOf(1182),
  instants: listOf(1185),
  uuids: listOf(2951),
};

export function openPool(url: string, { connections, applicationName, statementMs, answerMs }: PoolSettings): Pool {
  const waiting: (() => void)[] = [];
  let free = connections;
  let isClosed = false;
  const first = open();
  let current = first;

  function open(): Generation {
    const sockets = new Set<Socket>();
    const settings = {
      max: connections,
      // Seconds. A stopped server is noticed and tried again rather than waited for.
      connect_timeout: 5,
      // A connection that ends was lost: they stay as long as the server lets them.
      idle_timeout: 0,
      max_lifetime: null,
      // Or it asks the server at each connection, unheard: see above.
      fetch_types: false,
      types: arrays,
      onnotice: () => undefined,
      onclose: () => retire(generation),
      connection: {
        application_name: applicationName,
        statement_timeout: statementMs,
        idle_in_transaction_session_timeout: 30_000,
      },
      // Our own, to be told of a loss before the driver is, and to end those that nobody answers on.
      socket: (to: { readonly path?: string | false; readonly host: string[]; readonly port: number[] }) => {
        const socket = new Socket();
        sockets.add(socket);
        for (const event of ["error", "end", "close"]) socket.on(event, () => retire(generation));
        socket.once("close", () => sockets.delete(socket));
        const [host = "", port = 5432] = [to.host[0], to.port[0]];
        if (typeof to.path === "string") socket.connect(to.path);
        else Object.assign(socket, { host, port }).connect(port, host);
        return socket;
      },
    };
    const generation: Generation = { client: postgres(url, settings), sockets, users: 0, isRetired: false };
    return generation;
  }

  /** New work goes elsewhere from now on. */
  function retire(generation: Generation): void {
    if (generation === current && !isClosed) {
      current = open();
      // How values are read and written was settled with the first.
      Object.assign(current.client.options.parsers, first.client.options.parsers);
      Object.assign(current.client.options.serializers, first.client.options.serializers);
    }
    generation.isRetired = true;
    endUnused(generation);
  }

  function endUnused(generation: Generation): void {
    if (generation.isRetired && generation.users === 0) void end(generation, 0);
  }

  async function end({ client, sockets }: Generation, seconds: number): Promise<void> {
    await client.end({ timeout: seconds });
    for (const socket of sockets) socket.destroy();
  }

  /** One connection's worth of work: never more at a time than there are connections, so that none waits in the driver. */
  async function use<Result>(work: (generation: Generation) => Promise<Result>): Promise<Result> {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free -= 1;
    const generation = current;
    generation.users += 1;
    try {
      return await work(generation);
    } finally {
      generation.users -= 1;
      endUnused(generation);
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  }

  /** What the driver answers; after too long, that nobody does. */
  function answered<Result>(
    generation: Generation,
    asked: PromiseLike<Result>,
    isLost = isOfConnection,
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new ConnectionLost("The database does not answer"));
        retire(generation);
      }, answerMs);
      asked.then(
        (answer) => {
          clearTimeout(timer);
          resolve(answer);
        },
        (error: unknown) => {
          clearTimeout(timer);
          // Before whoever asked can ask again.
          if (isLost(error)) retire(generation);
          reject(error instanceof Error ? error : new ConnectionLost("The driver gave no reason"));
        },
      );
    });
  }

  const ask: Ask = (text, values, options) =>
    asAsked((as) => use((generation) => answered(generation, as(generation.client.unsafe(text, values, options)))));

  function begin(work: (inner: postgres.TransactionSql) => Promise<unknown>): Promise<unknown> {
    return use(async (generation) => {
      const scope = createScope((asked) => answered(generation, asked));
      const begun = Promise.withResolvers<null>();
      const worked = Promise.withResolvers<null>();
      let thrown: unknown = null;
      // What the work threw by itself is not about our connection, whatever it looks like.
      const isLost = (error: unknown): boolean => error !== thrown && isOfConnection(error);
      const over = (): void => {
        begun.resolve(null);
        worked.resolve(null);
      };
      const outcome = generation.client.begin((inner) => {
        begun.resolve(null);
        const done = scope.within(inner, work);
        done
          .catch((error: unknown) => {
            thrown = error;
          })
          .finally(over);
        return scope.untilOver(done);
      });
      outcome.catch((error: unknown) => {
        if (isLost(error)) scope.end();
        over();
      });
      try {
        await answered(generation, begun.promise);
        await worked.promise;
        return await answered(generation, Promise.race([outcome, scope.over]), isLost);
      } catch (error) {
        if (isLost(error)) scope.end();
        throw error;
      }
    });
  }

  return {
    // Only what drizzle uses of it.
    client: { options: first.client.options, unsafe: ask, begin } as unknown as postgres.Sql,
    close: async () => {
      isClosed = true;
      await end(current, 5);
    },
  };
}
