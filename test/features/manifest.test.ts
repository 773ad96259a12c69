import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import AjvDraft04 from "ajv-draft-04";
import ajvFormats from "ajv-formats";
import { describe, expect, test } from "vitest";
import { fill, placeholders } from "../../manifest/fill.ts";
import { zip } from "../../manifest/zip.ts";
import { features } from "../../src/app.ts";

interface Manifest {
  readonly id: string;
  readonly version: string;
  readonly name: { readonly short: string };
  readonly description: { readonly short: string; readonly full: string };
  readonly icons: { readonly color: string; readonly outline: string };
  readonly accentColor: string;
  readonly bots: readonly {
    readonly botId: string;
    readonly scopes: readonly string[];
    readonly commandLists: readonly {
      readonly scopes: readonly string[];
      readonly commands: readonly { readonly title: string; readonly description: string }[];
    }[];
  }[];
}

const folder = new URL("../../manifest/", import.meta.url);
const template = readFileSync(new URL("manifest.json", folder), "utf8");
const filling = {
  VERSION: "1.2.3",
  APP_ID: "6c0f4c2e-57a9-4d0e-9c55-2f1f6a3d8b11",
  DEVELOPER_NAME: 'The "Waymark" authors',
  WEBSITE_URL: "https://example.edu/waymark",
  PRIVACY_URL: "https://example.edu/waymark/privacy",
  TERMS_URL: "https://example.edu/waymark/terms",
};
const manifest = JSON.parse(fill(template, filling)) as Manifest;
const lists = manifest.bots.flatMap((bot) => bot.commandLists);

describe("the manifest that an administrator uploads", () => {
  const validate = schemaOf("teams-manifest-1.24.schema.json");

  test("is what Microsoft's schema asks for", () => {
    validate(manifest);
    expect(validate.errors ?? []).toEqual([]);
  });

  test.each([
    [
      "a scope in another spelling",
      { ...manifest, bots: manifest.bots.map((bot) => ({ ...bot, scopes: ["groupchat"] })) },
    ],
    ["an id that was not filled in", JSON.parse(template)],
    ["a key that Teams does not know", { ...manifest, colour: "green" }],
  ])("would be refused with %s", (_what, wrong) => {
    expect(validate(wrong)).toBe(false);
  });

  test("has every place filled in, and nothing to fill in that it does not use", () => {
    expect(fill(template, filling)).not.toContain("${{");
    for (const name of placeholders) expect(template).toContain(`\${{${name}}}`);
    expect(() => fill("${{NOBODY}}", filling)).toThrow("NOBODY");
  });

  test("keeps to one bot in three scopes, and to the standard channels of a team", () => {
    expect(manifest.bots).toHaveLength(1);
    expect(manifest.bots[0]?.botId).toBe(manifest.id);
    expect(manifest.bots[0]?.scopes).toEqual(["personal", "groupChat", "team"]);
    // Private and shared channels bring guests of other organisations, who are not in the programme.
    expect(manifest).not.toHaveProperty("supportsChannelFeatures");
    // It reads what it is told, not what people write to each other.
    expect(manifest).not.toHaveProperty("authorization");
  });

  test("keeps to the limits of Teams' lists of commands", () => {
    expect(lists.length).toBeLessThanOrEqual(3);
    for (const { commands } of lists) {
      expect(commands.length).toBeLessThanOrEqual(10);
      for (const { title, description } of commands) {
        expect(title.length).toBeLessThanOrEqual(32);
        expect(description.length).toBeLessThanOrEqual(128);
      }
    }
  });
});

describe("a command that Teams offers", () => {
  const commands = features.flatMap((feature) => feature.commands ?? []);
  const offered = lists.flatMap((list) =>
    list.scopes.flatMap((scope) =>
      list.commands.map(({ title }) => ({ title, scope, place: scope === "personal" ? "personal" : "chat" })),
    ),
  );

  test.each(offered)("$title is answered in $scope", ({ title, place }) => {
    expect(commands.find((command) => command.words[0] === title)?.where).toContain(place);
  });

  /** Teams offers ten at most. These are for now and then, and `help` tells of them. */
  const toldByHelp = ["cover me until", "open to guests", "no guests"];

  test("is missing for no other word that mentors or mentees can type in their own chat", () => {
    const titles = offered.filter(({ scope }) => scope === "personal").map(({ title }) => title);
    const forStudents = commands.filter(
      ({ where, who }) =>
        where.includes("personal") && (who === "everybody" || who.some((role) => role !== "coordinator")),
    );
    expect(
      forStudents
        .map(({ words }) => words[0])
        .filter((word) => !titles.includes(word))
        .toSorted(),
    ).toEqual(toldByHelp.toSorted());
  });
});

describe("the icons", () => {
  test("are 192 x 192 in colour, without holes", () => {
    const { width, height, hasAlpha } = readPng(manifest.icons.color);
    expect({ width, height, hasAlpha }).toEqual({ width: 192, height: 192, hasAlpha: false });
  });

  test("are 32 x 32 in outline: white on nothing", () => {
    const { width, height, hasAlpha, pixels } = readPng(manifest.icons.outline);
    expect({ width, height, hasAlpha }).toEqual({ width: 32, height: 32, hasAlpha: true });
    const seen = pixels.filter(([, , , alpha]) => alpha !== 0);
    expect(seen.filter(([red, green, blue]) => red !== 255 || green !== 255 || blue !== 255)).toEqual([]);
    // Neither empty nor a block.
    expect(seen.length / pixels.length).toBeGreaterThan(0.1);
    expect(seen.length / pixels.length).toBeLessThan(0.6);
  });
});

test("the app package is a zip whose directory leads to each file, with its sum", () => {
  const bytes = Buffer.from(
    zip([
      { name: "manifest.json", bytes: Buffer.from("{}") },
      { name: "color.png", bytes: Buffer.from([1, 2, 3]) },
    ]),
  );
  const end = bytes.subarray(-22);
  expect(end.readUInt32LE(0)).toBe(0x06054b50);
  expect(end.readUInt16LE(10)).toBe(2);
  const directory = end.readUInt32LE(16);
  expect(directory + end.readUInt32LE(12)).toBe(bytes.length - 22);
  const second = bytes.indexOf("color.png", directory) - 46;
  expect(bytes.readUInt32LE(second)).toBe(0x02014b50);
  // The CRC-32 of the bytes 1, 2, 3, as `gzip` writes it.
  expect(bytes.readUInt32LE(second + 16)).toBe(0x55bc801d);
  const file = bytes.readUInt32LE(second + 42);
  expect(bytes.readUInt32LE(file)).toBe(0x04034b50);
  expect(bytes.subarray(file + 30, file + 42)).toEqual(Buffer.from([...Buffer.from("color.png"), 1, 2, 3]));
});

function schemaOf(name: string) {
  const ajv = new AjvDraft04.default({ strict: false, allErrors: true });
  ajvFormats.default(ajv);
  const schema = JSON.parse(readFileSync(new URL(`../support/fixtures/${name}`, import.meta.url), "utf8"));
  return ajv.compile(schema);
}

type Pixel = readonly [red: number, green: number, blue: number, alpha: number];

/** A PNG of 8 bits a channel, RGB or RGBA, not interlaced (W3C PNG, third edition). */
function readPng(name: string): { width: number; height: number; hasAlpha: boolean; pixels: readonly Pixel[] } {
  const bytes = readFileSync(new URL(name, folder));
  expect(bytes.subarray(1, 4).toString()).toBe("PNG");
  const width = bytes.readUInt32BE(16);
  const height = bytes.readUInt32BE(20);
  const [depth, colourType] = bytes.subarray(24, 26);
  expect(depth).toBe(8);
  expect([2, 6]).toContain(colourType);
  const channels = colourType === 6 ? 4 : 3;
  const data: Buffer[] = [];
  for (let at = 8; at < bytes.length; at += bytes.readUInt32BE(at) + 12) {
    if (bytes.toString("ascii", at + 4, at + 8) === "IDAT")
      data.push(bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at)));
  }
  const rows = unfiltered(inflateSync(Buffer.concat(data)), width * channels, height, channels);
  const pixels = rows.flatMap((row) =>
    Array.from({ length: width }, (_, x): Pixel => {
      const [red = 0, green = 0, blue = 0, alpha = 255] = row.subarray(x * channels, (x + 1) * channels);
      return [red, green, blue, alpha];
    }),
  );
  return { width, height, hasAlpha: channels === 4, pixels };
}

function unfiltered(raw: Buffer, rowLength: number, height: number, channels: number): Buffer[] {
  const rows: Buffer[] = [];
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (rowLength + 1)] ?? 0;
    const row = Buffer.from(raw.subarray(y * (rowLength + 1) + 1, (y + 1) * (rowLength + 1)));
    const above = rows[y - 1];
    for (let x = 0; x < rowLength; x++) {
      const left = row[x - channels] ?? 0;
      const up = above?.[x] ?? 0;
      const corner = above?.[x - channels] ?? 0;
      const guess = [0, left, up, Math.floor((left + up) / 2), paeth(left, up, corner)][filter] ?? 0;
      row[x] = (row[x] ?? 0) + guess;
    }
    rows.push(row);
  }
  return rows;
}

function paeth(left: number, up: number, corner: number): number {
  const [nearest] = [left, up, corner]
    .map((value) => ({ value, distance: Math.abs(left + up - corner - value) }))
    .toSorted((one, other) => one.distance - other.distance);
  return nearest?.value ?? 0;
}
