import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

const known = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** A headless browser of this machine: `CHROMIUM`, or where Debian and others put it. Loopback is all it is to reach. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = process.env["CHROMIUM"] ?? known.find((path) => existsSync(path));
  if (executablePath === undefined) {
    throw new Error(
      "The browser tests need Chromium: install Debian's package chromium, or name its file in CHROMIUM.",
    );
  }
  return chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
  });
}
