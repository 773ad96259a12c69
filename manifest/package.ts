import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { fill } from "./fill.ts";
import { zip } from "./zip.ts";

/**
 * `npm run package -- --website URL --privacy URL --terms URL [--developer NAME]` with `MicrosoftAppId` in the environment
 * makes build/waymark.zip, the app package that is uploaded to Teams. Run it again with a higher version in package.json
 * for each upload.
 */
const usage =
  "Write: MicrosoftAppId=UUID npm run package -- --website https://... --privacy https://... --terms https://... [--developer NAME]";

const { values } = parseArgs({
  options: {
    website: { type: "string" },
    privacy: { type: "string" },
    terms: { type: "string" },
    developer: { type: "string", default: "The Waymark authors" },
  },
});

const appId = process.env["MicrosoftAppId"];
const { website, privacy, terms, developer } = values;
const addresses = [website, privacy, terms];
if (appId === undefined || website === undefined || privacy === undefined || terms === undefined) giveUp(usage);
if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(appId))
  giveUp(`MicrosoftAppId is ${JSON.stringify(appId)}: write the app's id, a UUID`);
for (const address of addresses) {
  if (address !== undefined && !/^https:\/\/[^/]/i.test(address))
    giveUp(`${JSON.stringify(address)}: Teams takes https addresses only`);
}

// Teams' limit.
if (developer.length > 32) giveUp(`--developer ${JSON.stringify(developer)}: shorten it to 32 characters`);

const { version } = JSON.parse(read("../package.json").toString()) as { version: string };
const manifest = fill(read("manifest.json").toString(), {
  VERSION: version,
  APP_ID: appId,
  DEVELOPER_NAME: developer,
  WEBSITE_URL: website,
  PRIVACY_URL: privacy,
  TERMS_URL: terms,
});

const folder = new URL("../build/", import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(
  new URL("waymark.zip", folder),
  zip([
    { name: "manifest.json", bytes: Buffer.from(manifest) },
    { name: "color.png", bytes: read("color.png") },
    { name: "outline.png", bytes: read("outline.png") },
  ]),
);
console.log("Made build/waymark.zip: upload it in Teams under Apps > Manage your apps, or in the admin centre.");

function read(name: string): Buffer {
  return readFileSync(new URL(name, import.meta.url));
}

function giveUp(reason: string): never {
  console.error(reason);
  process.exit(2);
}
