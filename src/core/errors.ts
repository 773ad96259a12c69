/** What a person did cannot be done; `message` is a sentence we can show them. Nothing was changed. */
export class UserError extends Error {
  override readonly name: string = "UserError";
}

/**
 * The person may not do this. They see `message`, which never tells whether the thing exists; an audit row keeps
 * what was tried.
 */
export class NotAllowed extends UserError {
  override readonly name = "NotAllowed";
  /** What was tried, as `feature.verb`, and on which row: ids only. */
  readonly tried: { readonly what: string; readonly subject: string | null };

  constructor(what: string, subject: string | null = null) {
    super("That isn't something you can do here. If you think you should, ask a coordinator.");
    this.tried = { what, subject };
  }
}
