import { mkdirSync } from "node:fs";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { groupChat, others, sendInPlayground } from "../../sample/playground.ts";
import { launchBrowser } from "../support/browser.ts";
import { startDemo, type RunningDemo } from "../support/demo.ts";

/**
 * The main job in a real browser: the mentor of the demo finds the *Meeting due* card, plans with two taps, a mentee
 * answers, and she logs it. `PICTURES=docs/pictures` keeps the pictures that the README shows.
 */
const pictures = process.env["PICTURES"];

let demo: RunningDemo;
let browser: Browser;
let page: Page;
/** Every card that the chats were sent, as the page received it. */
const frames: string[] = [];

beforeAll(async () => {
  demo = await startDemo();
  browser = await launchBrowser();
  page = await browser.newPage({ viewport: { width: 1280, height: 1100 } });
  // The page's icons come from a network that is not there.
  await page.route(
    (url) => !["127.0.0.1", "localhost"].includes(url.hostname),
    (route) => route.abort(),
  );
  page.on("websocket", (socket) => {
    socket.on("framereceived", ({ payload }) => frames.push(payload.toString()));
  });
  await page.goto(demo.playground);
});

afterEach(async ({ task }) => {
  if (task.result?.state === "fail") await keepPicture("failed");
});

afterAll(async () => {
  await browser.close();
  await demo.stop();
});

async function keepPicture(name: string): Promise<void> {
  if (pictures === undefined) return;
  mkdirSync(pictures, { recursive: true });
  // The chat alone, without the Playground's lists and log beside it.
  await page.screenshot({ path: `${pictures}/${name}.png`, clip: { x: 340, y: 60, width: 600, height: 960 } });
}

async function open(chat: "Personal Chat" | "Angsana"): Promise<void> {
  await page.getByText(chat, { exact: true }).first().click();
}

/** The newest card that says this. */
function cardWith(text: string | RegExp): Locator {
  return page.locator(".ac-adaptiveCard").filter({ hasText: text }).last();
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
