import { mkdirSync } from "node:fs";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  groupChat,
  others,
  sendInPlayground,
  startPlayground,
  type Playground,
  type PlaygroundPerson,
} from "../../sample/playground.ts";
import { launchBrowser } from "../support/browser.ts";
import { startDemo, type RunningDemo } from "../support/demo.ts";

/**
 * The main job in a real browser: the mentor of the demo finds the *Meeting due* card, plans with two taps, a mentee
 * answers, and she logs it; then the mentee confirms it, says that it did not happen, and a coordinator settles it.
 * `PICTURES=docs/pictures` keeps the pictures that the README shows.
 */
const pictures = process.env["PICTURES"];

let demo: RunningDemo;
let browser: Browser;
let page: Page;
/** Every card that the chats were sent, as the page received it. */
const frames: string[] = [];
const playgrounds: Playground[] = [];

beforeAll(async () => {
  demo = await startDemo();
  browser = await launchBrowser();
  page = await newPage();
  page.on("websocket", (socket) => {
    socket.on("framereceived", ({ payload }) => frames.push(payload.toString()));
  });
  await page.goto(demo.playground);
});

async function newPage(): Promise<Page> {
  const opened = await browser.newPage({ viewport: { width: 1280, height: 1100 } });
  // The page's icons come from a network that is not there.
  await opened.route(
    (url) => !["127.0.0.1", "localhost"].includes(url.hostname),
    (route) => route.abort(),
  );
  return opened;
}

/** A Playground shows one person's own chat: somebody else sits down at another one, before the same service. */
async function sitDown(who: PlaygroundPerson): Promise<Page> {
  const folder = `${demo.folder}/${who.id.replace("29:", "")}`;
  const playground = await startPlayground({ endpoint: demo.endpoint, folder, port: 0, who });
  playgrounds.push(playground);
  const theirs = await newPage();
  await theirs.goto(playground.url);
  return theirs;
}

afterEach(async ({ task }) => {
  if (task.result?.state === "fail") await keepPicture("failed");
});

afterAll(async () => {
  await browser.close();
  await Promise.all(playgrounds.map((playground) => playground.stop()));
  await demo.stop();
});

async function keepPicture(name: string, of = page): Promise<void> {
  if (pictures === undefined) return;
  mkdirSync(pictures, { recursive: true });
  // The chat alone, without the Playground's lists and log beside it.
  await of.screenshot({ path: `${pictures}/${name}.png`, clip: { x: 340, y: 60, width: 600, height: 960 } });
}

async function open(chat: "Personal Chat" | "Angsana"): Promise<void> {
  await page.getByText(chat, { exact: true }).first().click();
}

/** The newest card that says this. */
function cardWith(text: string | RegExp, on = page): Locator {
  return on.locator(".ac-adaptiveCard").filter({ hasText: text }).last();
}

async function say(text: string): Promise<void> {
  await page.locator('[data-lexical-editor="true"]').click();
  await page.keyboard.type(text);
  await page.keyboard.press("Enter");
}

test("a mentor finds the meeting that is due, plans it with two taps, hears who can come, and logs it", async () => {
  // A chat that the Playground has not opened yet loses what arrives in it.
  await cardWith("Induction with Angsana").waitFor();
  const isOpened = page.waitForResponse((response) => response.url().includes("installation"));
  await open("Angsana");
  await isOpened;
  await open("Personal Chat");
  const due = cardWith("Induction with Angsana");
  await due.getByRole("button", { name: "Plan it" }).waitFor();
  await keepPicture("meeting-due");

  await due.getByRole("button", { name: "Plan it" }).click();
  const form = cardWith("Post it");
  await form.getByRole("button", { name: "Post it" }).waitFor();
  await keepPicture("plan-form");
  await form.getByRole("button", { name: "Post it" }).click();
  await cardWith(/planned/i).waitFor();
  await keepPicture("planned");

  const isInvitation = (frame: string): boolean => frame.includes("planning.answer") && frame.includes(groupChat);
  await expect.poll(() => frames.some(isInvitation), { timeout: 20_000 }).toBe(true);
  await open("Angsana");
  const invitation = cardWith("Yes, I'll come");
  await invitation.waitFor();
  await keepPicture("invitation");
  const sent = frames.find(isInvitation) ?? "";
  const id = /"id":"([0-9a-f-]{36})"/.exec(sent)?.[1];
  const plan = Number(/"plan":(\d+)/.exec(sent)?.[1]);
  expect(id, "the invitation in the group's chat names its meeting").toBeDefined();
  await sendInPlayground(
    demo.playground,
    others[0],
    { id: groupChat, kind: "groupChat" },
    {
      type: "message",
      value: { verb: "planning.answer", id, plan, answer: "yes" },
    },
  );

  await open("Personal Chat");
  const answers = cardWith("will come");
  await answers.waitFor();
  expect(await answers.innerText()).toMatch(/Tan Wei Jie\s+will come/);
  await keepPicture("answers");

  await say("log");
  await cardWith("Which meeting").getByRole("button", { name: "Log Induction" }).click();
  const log = cardWith("What we did");
  await log.getByRole("button", { name: "Save" }).waitFor();
  await log.getByLabel(/what we did/i).fill("We got to know each other and looked at the timetable.");
  await keepPicture("log-form");
  await log.getByRole("button", { name: "Save" }).click();
  await cardWith(/1 of 5/).waitFor();
  await keepPicture("logged");

  await say("meetings");
  await cardWith(/Angsana: 1 of 5/).waitFor();
  await keepPicture("meetings");
});

test("a mentee confirms the meeting, then says that it did not happen; a coordinator settles it, and the mentor sees nothing of it", async () => {
  const [weiJie, , , grace] = others;
  const [mentee, coordinator] = [await sitDown(weiJie), await sitDown(grace)];
  await cardWith(/Angsana: 1 of 5/).waitFor();
  const before = await page.locator(".ac-adaptiveCard").allInnerTexts();

  const question = cardWith("Induction: were you there?", mentee);
  await question.getByRole("button", { name: "Yes, I was there" }).waitFor();
  await keepPicture("were-you-there", mentee);
  await question.getByRole("button", { name: "Yes, I was there" }).click();
  const confirmed = cardWith("Induction: you were there", mentee);
  await confirmed.getByRole("button", { name: "This did not happen" }).waitFor();

  await confirmed.getByRole("button", { name: "This did not happen" }).click();
  await cardWith("they ask you first", mentee).waitFor();
  await keepPicture("not-held", mentee);

  const flag = cardWith("Tan Wei Jie says that a meeting did not take place.", coordinator);
  await flag.getByRole("button", { name: "I'll take it" }).click();
  const taken = cardWith("You took it.", coordinator);
  await taken.getByRole("button", { name: "It took place" }).waitFor();
  await keepPicture("ask-the-mentee-first", coordinator);
  await taken.getByRole("button", { name: "It took place" }).click();
  await cardWith("Noted: it took place.", coordinator).waitFor();
  await keepPicture("settled", coordinator);
  await cardWith("A coordinator noted that it did take place", mentee).waitFor();

  expect(await page.locator(".ac-adaptiveCard").allInnerTexts()).toEqual(before);
});
