/** The part of restify 12 that we use. Its own types are community-made and of an older version. */
declare module "restify" {
  import type { IncomingMessage, Server as NodeServer, ServerResponse } from "node:http";

  export interface Request extends IncomingMessage {
    readonly params: Readonly<Record<string, string>>;
  }

  export type Response = ServerResponse;

  /**
   * restify decides by arity and by `async` whether a handler has called `next`: this one form, an async function of exactly two
   * parameters, is the one that we use.
   */
  export type Handler = (request: Request, response: Response) => Promise<void>;

  export interface Server {
    /** Node's own server, for its time-outs and its connections. */
    readonly server: NodeServer;
    post(path: string, handler: Handler): void;
    get(path: string, handler: Handler): void;
    /** Every error on its way to a response: unknown path, wrong method, a handler that threw. */
    on(
      event: "restifyError",
      listener: (request: Request, response: Response, error: unknown, done: () => void) => void,
    ): void;
    on(event: "error", listener: (error: Error) => void): void;
    listen(port: number, host: string, listening: () => void): void;
    close(closed: () => void): void;
  }

  /** @param options.maxParamLength of a path's variable part, in characters */
  function createServer(options: { readonly name: string; readonly maxParamLength?: number }): Server;

  const restify: { readonly createServer: typeof createServer };
  export default restify;
}
