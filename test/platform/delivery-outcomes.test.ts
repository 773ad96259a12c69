import { describe, expect, test } from "vitest";
import { classify, handlings, type FailureClass } from "../../src/platform/delivery-outcomes.ts";
import { faults } from "../support/connector.ts";

const nested = faults.writesBlocked.message;

describe("what Teams answers", () => {
  test.each<[status: number | null, code: string | null, message: string, FailureClass]>([
    [400, "BadArgument", "", "refused"],
    [401, "BotNotRegistered", "", "misconfigured"],
    [401, null, "Unauthorized", "misconfigured"],
    [403, "BotDisabledByAdmin", "", "disabled"],
    [403, "ConversationBlockedByUser", "", "blocked"],
    [403, "BotNotInConversationRoster", "", "removed"],
    [403, "ForbiddenOperationException", "", "removed"],
    [403, "InvalidBotApiHost", "", "misconfigured"],
    [403, "NotEnoughPermissions", "", "refused"],
    [403, null, nested, "blocked"],
    [403, null, "Forbidden", "blocked"],
    [404, "ConversationNotFound", "", "gone"],
    [404, "ActivityNotFoundInConversation", "", "gone"],
    [404, null, "", "gone"],
    [408, null, "", "may-have-arrived"],
    [409, null, "", "refused"],
    [412, "PreconditionFailed", "", "not-sent"],
    [413, "MessageSizeTooBig", "", "too-big"],
    [429, "Throttled", "", "throttled"],
    [429, null, "", "throttled"],
    [500, "ServiceError", "", "may-have-arrived"],
    [502, null, "", "may-have-arrived"],
    [503, null, "", "may-have-arrived"],
    [504, null, "", "may-have-arrived"],
    [201, "PARSE_ERROR", "", "arrived"],
    [null, "ECONNREFUSED", "", "not-sent"],
    [null, "ENOTFOUND", "", "not-sent"],
    [null, "ECONNRESET", "", "may-have-arrived"],
    [null, "AbortError", "", "may-have-arrived"],
    [null, null, "", "may-have-arrived"],
    [null, "NoToken", "", "misconfigured"],
  ])("%s %s %s means %s", (status, code, message, meaning) => {
    expect(classify({ status, code, message, retryAfterSeconds: null })).toBe(meaning);
  });

  test("is never sent again unasked when it may have arrived", () => {
    expect(handlings["may-have-arrived"].next).toBe("doubt");
  });
});
