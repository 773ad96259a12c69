import { expect, test } from "vitest";
import { createVerifiedTokens } from "../../src/platform/teams/verified-tokens.ts";

const presented = { authorization: "Bearer a.b.c", serviceUrl: "https://smba.example/emea/", channelId: "msteams" };
const hour = 3_600_000;
const minute = 60_000;

function atNoon() {
  const clock = { now: 12 * hour };
  return { clock, tokens: createVerifiedTokens<string>(() => clock.now) };
}

test("a verified token is trusted for five minutes, then it is verified again", () => {
  const { clock, tokens } = atNoon();
  expect(tokens.find(presented)).toBeNull();
  tokens.keep(presented, clock.now + hour, "somebody");
  clock.now += 5 * minute - 1;
  expect(tokens.find(presented)).toBe("somebody");
  clock.now += 1;
  expect(tokens.find(presented)).toBeNull();
});

test("it is never trusted for longer than it lasts", () => {
  const { clock, tokens } = atNoon();
  tokens.keep(presented, clock.now + minute, "somebody");
  clock.now += minute;
  expect(tokens.find(presented)).toBeNull();
  tokens.keep(presented, clock.now, "somebody");
  expect(tokens.find(presented)).toBeNull();
});

test.each([
  ["another token", { authorization: "Bearer a.b.d" }],
  ["another service address", { serviceUrl: "https://smba.example/amer/" }],
  ["another channel", { channelId: "webchat" }],
  ["parts that only look the same when put together", { authorization: "Bearer a.b", serviceUrl: ".c" }],
])("%s is not trusted for it", (_, other) => {
  const { clock, tokens } = atNoon();
  tokens.keep(presented, clock.now + hour, "somebody");
  expect(tokens.find({ ...presented, ...other })).toBeNull();
});

test("however many tokens come, only so many are remembered", () => {
  const { clock, tokens } = atNoon();
  for (let at = 0; at <= 1000; at += 1)
    tokens.keep({ ...presented, authorization: `Bearer ${at}` }, clock.now + hour, "somebody");
  expect(tokens.find({ ...presented, authorization: "Bearer 0" })).toBeNull();
  expect(tokens.find({ ...presented, authorization: "Bearer 1000" })).toBe("somebody");
});
