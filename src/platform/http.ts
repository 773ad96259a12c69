import { isUtf8 } from "node:buffer";
import type { AddressInfo } from "node:net";
import restify, { type Request, type Response } from "restify";
import type { CalendarEvent, Deps, Page } from "../core/feature.ts";
import type { Log } from "../core/ports.ts";
import { calendarFile } from "./calendar-file.ts";
import { errorFields } from "./error-fields.ts";

/** What goes back: `null` is an empty body, anything else is sent as JSON. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface ServerOptions {
  /** `POST /api/messages`: the `Authorization` header (empty when there is none) and a JSON object. */
  readonly receive: (authorization: string, body: Readonly<Record<string, unknown>>) => Promise<HttpAnswer>;
  /** Why the service cannot work now; `null` when it can. */
  readonly findTrouble: () => Promise<string | null>;
  /** What else the answer to a health check tells of a service that can work. */
  readonly describe?: () => Promise<Readonly<Record<string, unknown>>>;
  readonly pages: readonly Page[];
  /** `null` as long as the database is not there. */
  readonly deps: () => Deps | null;
  /** What a signed link leads to; `null` when it is wrong or expired. */
  readonly readLink: (page: string, token: string) => string | null;
  readonly log: Log;
  /** How long a client may take to send its request. */
  readonly patienceMs?: number;
}

export interface HttpServer {
  /** @returns the port that it listens on: `port`, or a free one for 0 */
  listen(port: number, host: string): Promise<number>;
  /** Takes nothing new, finishes what it has, and ends within `graceMs`. */
  close(): Promise<void>;
}

/** Teams' activities are a few KB; a form with all its fields full stays under 60 KB. */
const mostBytes = 256 * 1024;
/** A body that is too big is read on to here, so that its sender can hear why; beyond, the connection is cut. */
const mostDiscardedBytes = 4 * 1024 * 1024;
/** Teams sends a few KB at once. Who takes longer than this holds a place that others need. */
const defaultPatienceMs = 10_000;
/** A quarter of a second of work at full speed, and at most 64 MB of bodies. More would only wait, then time out. */
const mostInFlight = 256;
/** Longer than the 60 s after which common load balancers drop an idle connection: they must be the first. */
const keepAliveMs = 75_000;
/** Under the 10 s that container platforms give before they kill. */
const graceMs = 8_000;
/** A signed link is some 130 characters. */
const longestToken = 512;

/** The service's HTTP side. Nothing that a client sent is ever in an answer. */
export function createServer(options: ServerOptions): HttpServer {
  const { log, patienceMs = defaultPatienceMs } = options;
  const server = restify.createServer({ name: "", maxParamLength: longestToken });
  const node = server.server;
  node.headersTimeout = patienceMs;
  // The reader below answers at `patienceMs`; this cuts what is left of such a request.
  node.requestTimeout = patienceMs * 1.5;
  node.keepAliveTimeout = keepAliveMs;
  // Node looks for late requests this often only; its own 30 s would triple their time.
  Object.assign(node, { connectionsCheckingInterval: patienceMs / 2 });

  let isClosing = false;
  let inFlight = 0;

  const answer = (response: Response, status: number, type: string | null, body: string, close = isClosing) => {
    if (response.headersSent || response.destroyed) return;
    response.writeHead(status, {
      ...securityHeaders,
      ...(type === null ? {} : { "Content-Type": type }),
      ...(close ? { Connection: "close" } : {}),
      "Content-Length": Buffer.byteLength(body),
    });
    response.end(body);
  };
  const answerJson = (response: Response, { status, body }: HttpAnswer, close = isClosing) => {
    if (body === null) answer(response, status, null, "", close);
    else answer(response, status, "application/json; charset=utf-8", JSON.stringify(body), close);
  };

  server.post("/api/messages", async (request, response) => {
    if (inFlight >= mostInFlight) {
      answerJson(response, busy, true);
      return;
    }
    inFlight += 1;
    try {
      const read = await readJson(request, patienceMs);
      if (read.ok) answerJson(response, await options.receive(request.headers.authorization ?? "", read.value));
      else answerJson(response, { status: read.status, body: { error: refusals[read.status] } }, true);
    } finally {
      inFlight -= 1;
    }
  });

  server.get("/health/live", async (_request, response) => {
    answerJson(response, { status: 200, body: { status: "ok" } });
  });

  server.get("/health", async (_request, response) => {
    const reason = await options.findTrouble();
    if (reason === null) answerJson(response, { status: 200, body: { status: "ok", ...(await options.describe?.()) } });
    else answerJson(response, { status: 503, body: { status: "unavailable", reason } });
  });

  for (const page of options.pages) {
    server.get(`/${page.path}/:token`, async (request, response) => {
      const shown = await show(page, request.params["token"] ?? "");
      if (typeof shown.content === "string") {
        answer(response, shown.status, "text/plain; charset=utf-8", shown.content);
        return;
      }
      response.setHeader("Content-Disposition", `attachment; filename="${page.path}.ics"`);
      answer(response, 200, "text/calendar; charset=utf-8; method=PUBLISH", calendarFile(shown.content));
    });
  }

  /** What a link leads to, or a sentence about why it leads nowhere. */
  async function show(page: Page, token: string): Promise<{ status: number; content: CalendarEvent | string }> {
    const subject = options.readLink(page.path, token);
    if (subject === null) return { status: 404, content: linkGone };
    const deps = options.deps();
    if (deps === null) return { status: 503, content: notYet };
    const event = await page.handle(deps, subject);
    return event === null ? { status: 404, content: linkGone } : { status: 200, content: event };
  }

  // restify would answer with the path, or with the message of what was thrown. `done` would let it.
  server.on("restifyError", (_request, response, error) => {
    const status = statusOf(error);
    if (status >= 500) log.error("A request failed", { error: error instanceof Error ? error.name : typeof error });
    answerJson(response, { status, body: { error: refusals[status] ?? "Something went wrong on our side." } });
  });

  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        // restify passes Node's errors on, and throws those that nobody listens for: a port in use, or no handles left.
        server.on("error", (error) => {
          log.error("The HTTP server failed", errorFields(error));
          reject(error);
        });
        server.listen(port, host, () => resolve((node.address() as AddressInfo).port));
      }),
    close: () =>
      new Promise((resolve) => {
        isClosing = true;
        const deadline = setTimeout(() => node.closeAllConnections(), graceMs);
        server.close(() => {
          clearTimeout(deadline);
          resolve();
        });
        // Kept-alive connections without a request; those with one close after their answer.
        node.closeIdleConnections();
      }),
  };
}

const securityHeaders = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

const linkGone = "This link does not work any more. Ask your mentor or the bot for a new one.";

const notYet = "This is not available right now. Please try again in a minute.";

const busy: HttpAnswer = { status: 503, body: { error: "Too many requests at once. Please try again in a second." } };

const refusals: Readonly<Record<number, string>> = {
  400: "The body must be one JSON object.",
  404: "There is nothing here.",
  405: "That is not possible here.",
  408: "The request took too long to arrive.",
  413: "The body is larger than 256 KB.",
  415: "The body must be plain application/json in UTF-8, not compressed.",
};

function statusOf(error: unknown): number {
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : null;
  return typeof status === "number" && status in refusals ? status : 500;
}

type Read =
  | { readonly ok: true; readonly value: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly status: 400 | 408 | 413 | 415 };

/**
 * Reads a JSON object. Not restify's own body reader: one request with a broken gzip body ends the process there, a small
 * compressed one can become a gigabyte, and multipart bodies are written to disk before anybody asked who sends them.
 */
function readJson(request: Request, patienceMs: number): Promise<Read> {
  const { "content-encoding": encoding, "content-type": type = "", "content-length": length = "0" } = request.headers;
  let refusal: 413 | 415 | null = encoding !== undefined || !jsonType.test(type) ? 415 : null;
  if (refusal === null && Number(length) > mostBytes) refusal = 413;
  if (Number(length) > mostDiscardedBytes) return Promise.resolve({ ok: false, status: refusal ?? 413 });

  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const finish = (read: Read) => {
      clearTimeout(timer);
      request.removeAllListeners("data");
      resolve(read);
    };
    const timer = setTimeout(() => finish({ ok: false, status: 408 }), patienceMs);
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > mostBytes) refusal ??= 413;
      if (refusal === null) chunks.push(chunk);
      else chunks.length = 0;
      if (bytes > mostDiscardedBytes) finish({ ok: false, status: refusal ?? 413 });
    });
    request.once("end", () => finish(refusal === null ? parse(chunks) : { ok: false, status: refusal }));
    // Who went away in the middle hears nothing any more.
    request.once("error", () => finish({ ok: false, status: 400 }));
    request.once("close", () => finish({ ok: false, status: 400 }));
  });
}

const jsonType = /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i;

function parse(chunks: readonly Buffer[]): Read {
  const [first] = chunks;
  const bytes = first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks);
  if (!isUtf8(bytes)) return { ok: false, status: 400 };
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return isObject(value) ? { ok: true, value } : { ok: false, status: 400 };
  } catch {
    return { ok: false, status: 400 };
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
