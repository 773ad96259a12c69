import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { stringify } from "yaml";

/** The package's own command; by its file, because the name in `.bin` differs between systems. */
const command = createRequire(import.meta.url).resolve("@microsoft/m365agentsplayground/cli.js");

/** Somebody of the sample, as the Playground shows them. */
export interface PlaygroundPerson {
  readonly id: string;
  readonly name: string;
  readonly userPrincipleName: string;
  readonly aadObjectId: string;
  readonly givenName: string;
  readonly surname: string;
  readonly email: string;
}

const tenantId = "7e57ab1e-0000-4000-8000-000000000001";
const bot = { id: "28:waymark", name: "Waymark" };

function person(number: number, key: string, givenName: string, surname: string, email: string): PlaygroundPerson {
  const aadObjectId = `7e57ab1e-0000-4000-8000-00000000a00${number}`;
  return {
    id: `29:${key}`,
    name: `${givenName} ${surname}`,
    userPrincipleName: email,
    aadObjectId,
    givenName,
    surname,
    email,
  };
}

/** The mentor of the group Angsana: whoever sits at the Playground. */
export const mentor = person(1, "aisyah", "Nur Aisyah", "binti Rahman", "nur.aisyah@example.edu");
/** Her three mentees, and two coordinators: the Playground wants exactly five others. */
export const others = [
  person(2, "weijie", "Tan", "Wei Jie", "tan.wei@example.edu"),
  person(3, "priya", "Priya", "Subramaniam", "priya.subramaniam@example.edu"),
  person(4, "omar", "Omar", "Haddad", "omar.haddad@example.edu"),
  person(5, "grace", "Grace", "Lim Sook Yee", "grace.lim@example.edu"),
  person(6, "rosnah", "Rosnah", "binti Abdul Wahab", "rosnah.abdul@example.edu"),
] as const;

export const personalChat = "a:aisyah";
export const groupChat = "19:angsana@thread.v2";

export interface Conversation {
  readonly id: string;
  readonly kind: "personal" | "groupChat";
}

export interface Playground {
  readonly url: string;
  /** The bot is installed by whoever sits at the Playground, or added to the group's chat. */
  install(conversation: string): Promise<void>;
  /** Somebody else installs the bot. @returns their own chat with it */
  installFor(other: PlaygroundPerson): Promise<string>;
  /** Any activity of anybody, in a conversation of the Playground. */
  send(from: PlaygroundPerson, conversation: Conversation, activity: object): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Microsoft's Agents Playground with the sample's people in it: Teams' chats and cards in a browser, on this machine
 * alone.
 *
 * @param folder for its configuration and log
 * @param port a free one is taken when this one is not
 * @param who sits at it: their own chat with the bot is the one that it shows
 */
export async function startPlayground(options: {
  readonly endpoint: string;
  readonly folder: string;
  readonly port: number;
  readonly who?: PlaygroundPerson;
}): Promise<Playground> {
  const { who = mentor } = options;
  mkdirSync(options.folder, { recursive: true });
  const config = {
    version: "0.1.1",
    tenantId,
    bot,
    currentUser: who,
    users: [mentor, ...others].filter((each) => each !== who),
    personalChat: { id: who.id.replace("29:", "a:") },
    groupChat: { id: groupChat, name: "Angsana" },
    team: {
      id: "19:mentors@thread.tacv2",
      name: "Mentors and coordinators",
      aadGroupId: "7e57ab1e-0000-4000-8000-00000000b001",
      channels: [{ id: "19:mentors-news@thread.tacv2", name: "News" }],
    },
  };
  writeFileSync(`${options.folder}/.m365agentsplayground.yml`, stringify(config));
  const child = spawn(
    process.execPath,
    [command, "start", "-e", options.endpoint, "-c", "msteams", "-p", String(options.port), "--dt"],
    {
      cwd: options.folder,
      env: { ...process.env, TEAMSAPPTESTER_BROWSER: "none" },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const port = await listeningOn(child);
  const url = `http://127.0.0.1:${port}`;
  await untilConfigured(url);

  const post = (path: string, body: object): Promise<unknown> => postToPlayground(url, path, body);
  const send: Playground["send"] = (from, conversation, activity) =>
    sendInPlayground(url, from, conversation, activity);

  return {
    url,
    send,
    install: async (conversation) => {
      await post(`/_debug/conversation/${conversation}/installation`, {});
    },
    installFor: async (other) => {
      const created = await post("/_connector/v3/conversations", {
        isGroup: false,
        bot: { id: bot.id },
        members: [{ id: other.id }],
        tenantId,
      });
      const id = idOf(created);
      await send(other, { id, kind: "personal" }, { type: "installationUpdate", action: "add" });
      return id;
    },
    stop: async () => {
      if (child.exitCode !== null) return;
      const ended = once(child, "exit");
      child.kill();
      await ended;
    },
  };
}

/** Any activity of anybody, in a conversation of the Playground at `url`. */
export async function sendInPlayground(
  url: string,
  from: PlaygroundPerson,
  conversation: Conversation,
  activity: object,
): Promise<void> {
  await postToPlayground(url, "/_internal/v1/customActivities", {
    id: randomUUID(),
    channelId: "msteams",
    serviceUrl: `http://localhost:${new URL(url).port}/_connector`,
    from: { id: from.id, aadObjectId: from.aadObjectId },
    recipient: bot,
    conversation: {
      id: conversation.id,
      conversationType: conversation.kind,
      tenantId,
      ...(conversation.kind === "groupChat" ? { isGroup: true } : {}),
    },
    channelData: { tenant: { id: tenantId } },
    ...activity,
  });
}

async function postToPlayground(url: string, path: string, body: object): Promise<unknown> {
  const response = await fetch(url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`The Playground answered ${response.status} to ${path}: ${text}`);
  return text === "" ? null : JSON.parse(text);
}

function idOf(created: unknown): string {
  if (typeof created === "object" && created !== null && "id" in created && typeof created.id === "string")
    return created.id;
  throw new Error("The Playground made no conversation.");
}

/** It takes another port when the wanted one is in use, and says which. */
async function listeningOn(child: ChildProcess): Promise<number> {
  const found = Promise.withResolvers<number>();
  let printed = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
    const port = /Listening on (\d+)/.exec(printed)?.[1];
    if (port !== undefined) found.resolve(Number(port));
  });
  child.once("exit", () => {
    found.reject(
      new Error("The Agents Playground did not start: its log is in the folder devTools beside its configuration."),
    );
  });
  return found.promise;
}

/** It says that it listens before it has read its configuration, and it ends then if that is wrong. */
async function untilConfigured(url: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const answer = await fetch(`${url}/_internal/v1/testConfig`).catch(() => null);
    if (answer?.ok === true && (await answer.text()).includes(mentor.email)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(
    "The Agents Playground did not become ready: its log is in the folder devTools beside its configuration.",
  );
}
