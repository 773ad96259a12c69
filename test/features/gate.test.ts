import { describe, expect, test } from "vitest";
import { passGate, type GateRules } from "../../src/platform/teams/gate.ts";
import { readIncoming, type Incoming } from "../../src/platform/teams/incoming.ts";
import { activitiesOf, channel, groupChat, personal, teamsUser, testBot, testTenant } from "../support/teams.ts";

const teams = "https://smba.trafficmanager.net/amer/";
const maya = teamsUser("Maya");
const rules: GateRules = { tenants: new Set([testTenant]), serviceHosts: "teams" };

function arrives(changes: Record<string, unknown>, gate = rules) {
  const passage = passGate({ ...activitiesOf(teams).typed(maya, "help"), ...changes }, gate);
  return passage.open ? "in" : passage.why;
}

test("what Teams sends for an allowed tenant comes in", () => {
  expect(arrives({})).toBe("in");
});

describe("tenants", () => {
  const other = "99999999-9999-4999-8999-999999999999";
  const conversation = { id: "a:1", conversationType: "personal" };

  test.each([
    ["another tenant", { conversation: { ...conversation, tenantId: other }, channelData: {} }, "unknown-tenant"],
    [
      "another tenant in the channel's data",
      { conversation, channelData: { tenant: { id: other } } },
      "unknown-tenant",
    ],
    ["another tenant beside ours", { channelData: { tenant: { id: other } } }, "two-tenants"],
    ["no tenant", { conversation, channelData: {} }, "no-tenant"],
    ["no tenant and no channel data", { conversation, channelData: null }, "no-tenant"],
    ["an empty tenant", { conversation: { ...conversation, tenantId: "" }, channelData: {} }, "no-activity"],
    ["a tenant that is no text", { conversation: { ...conversation, tenantId: 1 } }, "no-activity"],
    [
      "ours in capitals",
      { conversation: { ...conversation, tenantId: testTenant.toUpperCase() }, channelData: {} },
      "in",
    ],
    ["ours in the conversation alone", { channelData: null }, "in"],
    ["ours in the channel's data alone", { conversation }, "in"],
  ])("%s", (_, changes, verdict) => {
    expect(arrives(changes)).toBe(verdict);
  });

  test("in local mode any tenant comes in, but one there must be", () => {
    const local: GateRules = { tenants: new Set(), serviceHosts: "loopback" };
    const serviceUrl = "http://localhost:56150/_connector";
    expect(arrives({ serviceUrl, conversation: { ...conversation, tenantId: other }, channelData: {} }, local)).toBe(
      "in",
    );
    expect(arrives({ serviceUrl, conversation, channelData: {} }, local)).toBe("no-tenant");
  });
});

describe("channels other than Teams", () => {
  test.each(["emulator", "webchat", "directline", "AseChannel", "MSTEAMS", ""])("%j stays out", (channelId) => {
    expect(arrives({ channelId })).toBe("other-channel");
  });
});

describe("service addresses, to which our token would go", () => {
  test.each([
    ["https://smba.trafficmanager.net/teams/", "in"],
    ["https://smba.trafficmanager.net/amer/11111111-1111-4111-8111-111111111111/", "in"],
    ["https://smba.infra.gcc.teams.microsoft.com/teams", "in"],
    ["https://smba.infra.gov.teams.microsoft.us/teams", "in"],
    ["https://smba.infra.dod.teams.microsoft.us/teams", "in"],
    ["http://smba.trafficmanager.net/teams/", "service-address"],
    ["https://smba.trafficmanager.net:8443/teams/", "service-address"],
    ["https://smba.trafficmanager.net.evil.example/teams/", "service-address"],
    ["https://evil-smba.trafficmanager.net/teams/", "service-address"],
    ["https://evil.trafficmanager.net/teams/", "service-address"],
    ["https://smba.trafficmanager.net@evil.example/", "service-address"],
    ["https://user:word@smba.trafficmanager.net/", "service-address"],
    ["https://169.254.169.254/metadata", "service-address"],
    ["http://127.0.0.1:3978/", "service-address"],
    ["http://localhost/", "service-address"],
    ["file:///etc/passwd", "service-address"],
    ["no address", "service-address"],
    ["", "service-address"],
  ])("%s", (serviceUrl, verdict) => {
    expect(arrives({ serviceUrl })).toBe(verdict);
  });

  test("a missing one stays out", () => {
    expect(arrives({ serviceUrl: undefined })).toBe("no-activity");
  });

  test.each([
    ["http://127.0.0.1:9/", "in", "in"],
    ["http://localhost:56150/_connector", "in", "in"],
    ["http://[::1]:9/", "in", "in"],
    ["http://127.0.0.1.evil.example/", "service-address", "service-address"],
    ["http://10.0.0.1/", "service-address", "service-address"],
    ["ftp://localhost/", "service-address", "service-address"],
    [teams, "service-address", "in"],
  ])("%s in local mode, and in tests of authentication", (serviceUrl, local, both) => {
    expect(arrives({ serviceUrl }, { ...rules, serviceHosts: "loopback" })).toBe(local);
    expect(arrives({ serviceUrl }, { ...rules, serviceHosts: "both" })).toBe(both);
  });
});

describe("what came in is read in our own words", () => {
  const make = activitiesOf(teams);
  const maple = groupChat("maple");
  const sender = { tenantId: testTenant, aadObjectId: maya.aadObjectId, userId: maya.userId };
  const at = (conversationId: string) => ({ serviceUrl: teams, conversationId, botId: testBot, tenantId: testTenant });

  function kindOf(activity: unknown): Incoming["kind"] | "nothing" {
    return readIncoming(activity)?.kind ?? "nothing";
  }

  test("a message in somebody's own chat", () => {
    expect(readIncoming(make.typed(maya, " help "))).toMatchObject({
      kind: "typed",
      text: "help",
      sender,
      address: at(`a:${maya.userId}`),
      scope: { kind: "personal" },
    });
  });

  test("a mention in a channel's thread belongs to the channel, without the mention", () => {
    expect(readIncoming(make.typed(maya, "meetings", channel("year-1", "maple", "77")))).toMatchObject({
      kind: "typed",
      text: "meetings",
      address: at("19:maple@thread.tacv2"),
      scope: { kind: "chat", facts: { kind: "channel", name: "maple", teamId: "19:year-1@thread.tacv2" } },
    });
  });

  test("what is said in a chat to others is not for the bot", () => {
    const mention = { type: "mention", mentioned: { id: "29:ben" }, text: "<at>Ben</at>" };
    expect(kindOf({ ...make.typed(maya, "help", maple), entities: [] })).toBe("nothing");
    expect(kindOf({ ...make.typed(maya, "help", maple), entities: [mention, null, { type: "clientInfo" }] })).toBe(
      "nothing",
    );
    expect(kindOf({ ...make.typed(maya, "help", maple), entities: null })).toBe("nothing");
  });

  test("both kinds of button are one thing, with what was typed into the form", () => {
    expect(readIncoming(make.execute(maya, "logbook.save", { minutes: "60" }))).toMatchObject({
      kind: "press",
      via: "execute",
      verb: "logbook.save",
      data: { minutes: "60" },
    });
    expect(readIncoming(make.submit(maya, "logbook.save", { minutes: "60" }, maple))).toMatchObject({
      kind: "press",
      via: "submit",
      verb: "logbook.save",
      data: { minutes: "60" },
    });
  });

  test("a quick reply that shows a text counts as typed", () => {
    expect(kindOf({ ...make.submit(maya, "x.y"), text: "help" })).toBe("typed");
  });

  test.each([
    ["a message without text or value", make.update(maya, personal(maya), { type: "message" }), "typed"],
    ["a value that is no button's", { ...make.submit(maya, "x.y"), value: "{}" }, "typed"],
    ["a press without an action", { ...make.execute(maya, "x.y"), value: {} }, "nothing"],
    ["a press without a verb", { ...make.execute(maya, "x.y"), value: { action: {} } }, "press"],
    ["an invoke of another kind", { ...make.execute(maya, "x.y"), name: "task/fetch" }, "nothing"],
    ["a reaction", make.update(maya, maple, { type: "messageReaction" }), "nothing"],
    ["an edited message", { ...make.typed(maya, "help"), type: "messageUpdate" }, "nothing"],
    ["an installation", make.installation(maya, "add", personal(maya)), "added"],
    ["an upgrade", make.installation(maya, "add-upgrade", personal(maya)), "added"],
    ["the first half of an upgrade", make.installation(maya, "remove-upgrade", personal(maya)), "nothing"],
    ["a removal", make.installation(maya, "remove", maple), "removed"],
    ["the bot among new members", make.update(maya, maple, { membersAdded: [{ id: testBot }] }), "added"],
    ["the bot among those gone", make.update(maya, maple, { membersRemoved: [{ id: testBot }] }), "removed"],
    ["somebody came", make.update(maya, maple, { membersAdded: [{ id: "29:ben" }] }), "changed"],
    ["somebody went", make.update(null, maple, { membersRemoved: [{ id: "29:ben" }] }), "changed"],
    ["a group chat with a new name", make.update(maya, maple, { topicName: "Maple trees" }), "changed"],
    ["nothing known", make.update(maya, maple, {}), "nothing"],
    ["no conversation", { type: "message", channelId: "msteams" }, "nothing"],
  ])("%s is %s", (_, activity, kind) => {
    expect(kindOf(activity)).toBe(kind);
  });

  test.each([
    ["channelRenamed", "changed"],
    ["teamRenamed", "changed"],
    ["channelDeleted", "removed"],
    ["teamHardDeleted", "removed"],
    ["channelCreated", "nothing"],
  ])("%s of a team is %s", (eventType, kind) => {
    expect(kindOf(make.update(maya, channel("year-1", "year-1"), { channelData: { eventType } }))).toBe(kind);
  });

  test("news of a channel are about that channel, though its team tells them", () => {
    const told = make.update(maya, channel("year-1", "year-1"), {
      channelData: { eventType: "channelRenamed", channel: { id: "19:maple@thread.tacv2", name: "Maple" } },
    });
    expect(readIncoming(told)).toMatchObject({
      address: at("19:maple@thread.tacv2"),
      scope: { facts: { name: "Maple", teamId: "19:year-1@thread.tacv2" } },
    });
  });

  test("an event that nobody caused has no sender", () => {
    expect(readIncoming(make.installation(null, "add", maple))?.sender).toBeNull();
  });
});
