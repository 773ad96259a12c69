import { z } from "zod/v4";
import type { Address, ChatFacts, Sender } from "../../core/feature.ts";
import { spokenText } from "../../core/words.ts";

export type Scope = { readonly kind: "personal" } | { readonly kind: "chat"; readonly facts: ChatFacts };

interface Common {
  /** Teams' id of the activity; `null` when it has none, and then a repeat cannot be told. */
  readonly activityId: string | null;
  /** `null`: nobody in particular, as in some events. */
  readonly sender: Sender | null;
  /** Of the chat, without the thread of a channel. */
  readonly address: Address;
  readonly scope: Scope;
}

/** A pressed button, by the invoke that is answered in place or by the message that older clients send. */
export interface Press extends Common {
  readonly kind: "press";
  readonly via: "execute" | "submit";
  readonly verb: string;
  /** Untrusted. */
  readonly data: unknown;
}

/** Typed text, as a person reads it. */
export interface Typed extends Common {
  readonly kind: "typed";
  readonly text: string;
}

export interface Event extends Common {
  readonly kind: "added" | "removed" | "changed";
  /** Teams announces an installation twice: as itself, and by the bot among the new members. */
  readonly isInstallation: boolean;
}

export type Incoming = Press | Typed | Event;

const id = z.string().min(1);
const account = z.object({ id: z.string(), aadObjectId: id.nullish() });

const activitySchema = z.object({
  type: z.string(),
  id: id.nullish(),
  name: z.string().nullish(),
  action: z.string().nullish(),
  serviceUrl: z.string(),
  from: account.nullish(),
  recipient: account,
  conversation: z.object({
    id,
    name: z.string().nullish(),
    conversationType: z.string().nullish(),
    isGroup: z.boolean().nullish(),
    tenantId: id.nullish(),
  }),
  text: z.string().nullish(),
  value: z.unknown(),
  entities: z.array(z.unknown()).nullish(),
  membersAdded: z.array(account).nullish(),
  membersRemoved: z.array(account).nullish(),
  topicName: z.string().nullish(),
  channelData: z
    .object({
      eventType: z.string().nullish(),
      tenant: z.object({ id: id.nullish() }).nullish(),
      teamsTeamId: id.nullish(),
      team: z.object({ id: id.nullish(), name: z.string().nullish() }).nullish(),
      channel: z.object({ id: id.nullish(), name: z.string().nullish() }).nullish(),
    })
    .nullish(),
});

type Activity = z.output<typeof activitySchema>;

const mentionSchema = z.object({ type: z.literal("mention"), mentioned: z.object({ id }), text: z.string().nullish() });
const executeSchema = z.object({
  action: z.object({ verb: z.string().nullish(), data: z.record(z.string(), z.unknown()).nullish() }),
});
const submitSchema = z.looseObject({ verb: z.string() });

/** An activity that passed the gate, in our own types; `null` when it concerns nothing that the bot does. */
export function readIncoming(activity: unknown): Incoming | null {
  const parsed = activitySchema.safeParse(activity);
  if (!parsed.success) return null;
  switch (parsed.data.type) {
    case "invoke":
      return readExecute(parsed.data);
    case "message":
      return readSubmit(parsed.data) ?? readTyped(parsed.data);
    case "installationUpdate":
      return readInstallation(parsed.data);
    case "conversationUpdate":
      return readChange(parsed.data);
    default:
      return null;
  }
}

function readExecute(activity: Activity): Press | null {
  const parsed = activity.name === "adaptiveCard/action" ? executeSchema.safeParse(activity.value) : null;
  if (parsed === null || !parsed.success) return null;
  const { verb, data } = parsed.data.action;
  const named = verb ?? data?.["verb"];
  return { ...common(activity), kind: "press", via: "execute", verb: typeof named === "string" ? named : "", data };
}

/** A text beside the value is a quick reply that somebody sees: it counts as typed. */
function readSubmit(activity: Activity): Press | null {
  if ((activity.text ?? "").trim() !== "") return null;
  const parsed = submitSchema.safeParse(activity.value);
  if (!parsed.success) return null;
  return { ...common(activity), kind: "press", via: "submit", verb: parsed.data.verb, data: parsed.data };
}

/** In a chat only what is said to the bot: some clients and permissions let it hear more. */
function readTyped(activity: Activity): Typed | null {
  const mentions = (activity.entities ?? []).flatMap((entity) => {
    const mention = mentionSchema.safeParse(entity);
    return mention.success && mention.data.mentioned.id === activity.recipient.id ? [mention.data.text ?? ""] : [];
  });
  const { scope, ...rest } = common(activity);
  if (scope.kind === "chat" && mentions.length === 0) return null;
  return { ...rest, scope, kind: "typed", text: spokenText(activity.text ?? "", mentions) };
}

/** Not `remove-upgrade`: it is the first half of an upgrade, and the bot stays. */
const installations = new Map<string, Event["kind"]>([
  ["add", "added"],
  ["add-upgrade", "added"],
  ["remove", "removed"],
]);

function readInstallation(activity: Activity): Event | null {
  const kind = installations.get(activity.action ?? "");
  if (kind === undefined) return null;
  // An upgrade comes to everybody at once, and nobody did anything that wants an answer.
  return { ...common(activity), kind, isInstallation: activity.action !== "add-upgrade" };
}

const changes = new Set([
  "channelRenamed",
  "channelRestored",
  "teamRenamed",
  "teamArchived",
  "teamUnarchived",
  "teamRestored",
  "teamMemberAdded",
  "teamMemberRemoved",
]);
const removals = new Set(["channelDeleted", "teamDeleted", "teamHardDeleted"]);

function readChange(activity: Activity): Event | null {
  const happened = (kind: Event["kind"]): Event => ({ ...common(activity), kind, isInstallation: false });
  const isBot = (member: { id: string }) => member.id === activity.recipient.id;
  if (activity.membersAdded?.some(isBot) === true) return happened("added");
  if (activity.membersRemoved?.some(isBot) === true) return happened("removed");
  const eventType = activity.channelData?.eventType ?? "";
  if (removals.has(eventType)) return happened("removed");
  const came = activity.membersAdded?.length ?? 0;
  const went = activity.membersRemoved?.length ?? 0;
  if (came + went > 0 || changes.has(eventType) || typeof activity.topicName === "string") return happened("changed");
  return null;
}

function common(activity: Activity): Common {
  const { from, recipient, serviceUrl, channelData, conversation } = activity;
  // The gate let nothing through without one of them, and no two that differ.
  const tenantId = conversation.tenantId ?? channelData?.tenant?.id ?? "";
  const sender = from === null || from === undefined || from.id === "" ? null : from;
  // News of a channel come through the team's conversation and name the channel beside it.
  const channel = channelData?.eventType?.startsWith("channel") === true ? channelData.channel?.id : null;
  const [conversationId = ""] = conversation.id.split(";messageid=");
  return {
    activityId: activity.id ?? null,
    sender: sender === null ? null : { tenantId, aadObjectId: sender.aadObjectId ?? null, userId: sender.id },
    address: { serviceUrl, conversationId: channel ?? conversationId, botId: recipient.id, tenantId },
    scope: scopeOf(activity),
  };
}

function scopeOf({ conversation, channelData, topicName }: Activity): Scope {
  const teamId = channelData?.team?.id ?? channelData?.teamsTeamId ?? null;
  const isChannel = conversation.conversationType === "channel" || teamId !== null;
  const isGroup = conversation.conversationType === "groupChat" || conversation.isGroup === true;
  if (!isChannel && !isGroup) return { kind: "personal" };
  const name = (isChannel ? channelData?.channel?.name : (topicName ?? conversation.name)) ?? null;
  return { kind: "chat", facts: { kind: isChannel ? "channel" : "group", name, teamId } };
}
