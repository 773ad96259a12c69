import postgres from "postgres";

/** The connection was lost, or gave no answer in time. What was asked may have happened. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";
  readonly code = "CONNECTION_LOST";
}

/** What drizzle asks of a client, in a transaction and outside. */
export interface Asked {
  then: Promise<unknown>["then"];
  values(): Promise<unknown>;
}
export type Ask = (text: string, values?: never[], options?: postgres.UnsafeQueryOptions) => Asked;

const never = new Promise<never>(() => undefined);

/** One transaction, which is over when its connection is. */
export function createScope(answered: <Result>(asked: PromiseLike<Result>) => Promise<Result>) {
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => undefined);
  let isOver = false;

  function end(): void {
    isOver = true;
    lost.reject(new ConnectionLost("The transaction lost its connection"));
  }

  async function through<Result>(start: () => PromiseLike<Result>): Promise<Result> {
    if (isOver) return lost.promise;
    try {
      return await Promise.race([answered(start()), lost.promise]);
    } catch (error) {
      if (isOfConnection(error)) end();
      throw error;
    }
  }

  /** The driver is told of the end of the work only as long as there is a connection to commit or roll back on. */
  async function untilOver<Result>(done: Promise<Result>): Promise<Result> {
    try {
      const result = await done;
      return isOver ? await never : result;
    } catch (error) {
      if (isOver) return await never;
      throw error;
    }
  }

  async function within(
    inner: postgres.TransactionSql,
    work: (inner: postgres.TransactionSql) => Promise<unknown>,
  ): Promise<unknown> {
    if (isOver) return lost.promise;
    const ask: Ask = (text, values, options) => asAsked((as) => through(() => as(inner.unsafe(text, values, options))));
    const savepoint = async (part: typeof work): Promise<unknown> => {
      if (isOver) return lost.promise;
      const done = inner.savepoint((deeper) => untilOver(within(deeper, part)));
      return await Promise.race([done, lost.promise]);
    };
    return await work({ unsafe: ask, savepoint } as unknown as postgres.TransactionSql);
  }

  return { end, within, untilOver, over: lost.promise };
}

/** The driver's queries begin when they are awaited, and drizzle awaits each once, as rows or as lists of values. */
export function asAsked(
  run: (as: (query: postgres.PendingQuery<postgres.Row[]>) => PromiseLike<unknown>) => Promise<unknown>,
): Asked {
  return {
    then: (resolve, reject) => run((query) => query).then(resolve, reject),
    values: () => run((query) => query.values()),
  };
}

/** Not what the server said about a statement, and not a value that the driver could not write. */
export function isOfConnection(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof postgres.PostgresError) return false;
  if (error instanceof TypeError || error instanceof RangeError) return false;
  return "code" in error && !aboutTheQuestion.has(String(error.code));
}

const aboutTheQuestion = new Set(["MAX_PARAMETERS_EXCEEDED", "UNDEFINED_VALUE", "NOT_TAGGED_CALL"]);
