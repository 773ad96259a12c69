import { z } from "zod/v4";
import type { SendFailure } from "../delivery-outcomes.ts";

/** How Teams explains itself: a code, or in older answers a number whose message is JSON again. */
const bodySchema = z.object({
  error: z.object({ code: z.string().nullish(), message: z.string().nullish() }).nullish(),
  errorCode: z.union([z.string(), z.number()]).nullish(),
  message: z.string().nullish(),
});
const nestedSchema = z.object({ subCode: z.string().nullish(), errorSubCode: z.string().nullish() });

const errorSchema = z.object({
  name: z.string().optional(),
  message: z.string().optional(),
  code: z.union([z.string(), z.number()]).nullish(),
  statusCode: z.number().nullish(),
  response: z
    .object({
      bodyAsText: z.string().nullish(),
      headers: z.custom<{ get(name: string): string | null | undefined }>(
        (value) => typeof value === "object" && value !== null && "get" in value && typeof value.get === "function",
      ),
    })
    .nullish(),
});

/** What Teams or the network said when a call failed: the SDK's errors and anything else that was thrown. */
export function readFailure(thrown: unknown): SendFailure {
  const parsed = errorSchema.safeParse(thrown);
  if (!parsed.success) return { status: null, code: null, message: "", retryAfterSeconds: null };
  const error = parsed.data;
  const body = readBody(error.response?.bodyAsText ?? "");
  return {
    status: error.statusCode ?? null,
    code: body.code ?? (error.code === null || error.code === undefined ? (error.name ?? null) : String(error.code)),
    message: body.message ?? error.message ?? "",
    retryAfterSeconds: readRetryAfter(error.response?.headers.get("retry-after") ?? null),
  };
}

function readBody(text: string): { readonly code: string | null; readonly message: string | null } {
  const parsed = bodySchema.safeParse(parseJson(text));
  if (!parsed.success) return { code: null, message: text === "" ? null : text };
  const { error, errorCode, message } = parsed.data;
  const said = error?.message ?? message ?? null;
  const nested = nestedSchema.safeParse(parseJson(said ?? ""));
  const sub = nested.success ? (nested.data.subCode ?? nested.data.errorSubCode) : null;
  const outer = error?.code ?? errorCode ?? null;
  return { code: sub ?? (outer === null ? null : String(outer)), message: said };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Seconds, or a date as HTTP also allows. Never negative. */
function readRetryAfter(header: string | null): number | null {
  if (header === null || header === "") return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - Date.now()) / 1000));
}
