/**
 * What may be logged of an error: its kind, a code, and the place in our code. Never its message: a database's quotes
 * the parameters, that is, what people wrote.
 */
export function errorFields(error: unknown): { readonly error: string; readonly code?: string; readonly at?: string } {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = codeOf(error.cause) ?? codeOf(error);
  const at = /^ +at (.*(?:\/src\/|\/test\/).*)$/m.exec(error.stack ?? "")?.[1];
  return { error: error.name, ...(code === undefined ? {} : { code }), ...(at === undefined ? {} : { at }) };
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** PostgreSQL's code (`23505`) or the system's (`ECONNREFUSED`). */
export function errorCode(error: unknown): string | null {
  return errorFields(error).code ?? null;
}

/** The database went away or gave up on a statement: the same will work later. */
export function isPassing(error: unknown): boolean {
  // Connection (08), deadlock or conflict (40), out of resources (53), stopped or cancelled (57); the rest is the driver's.
  return /^(08|40|53|57)...$|^CONNECT|^ECONN|^EPIPE$|^ETIMEDOUT$|^ENOTFOUND$|^EAI_AGAIN$/.test(errorCode(error) ?? "");
}
