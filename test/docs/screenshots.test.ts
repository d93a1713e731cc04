import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ROOT } from "../support/root.ts";

// The screenshots of README.md and of docs/guide. A picture cannot be read; what the page said beside it can, and the
// documents quote it.

const SCREENSHOTS = [
  { name: "lab.png", folder: "docs/", document: "README.md", maxBytes: 200 * 1024 },
  {
    name: "who-waits.png",
    folder: "docs/guide/",
    document: "docs/guide/04-who-waits.md",
    maxBytes: 150 * 1024,
  },
  {
    name: "two-lengths.png",
    folder: "docs/guide/",
    document: "docs/guide/06-two-lengths.md",
    maxBytes: 150 * 1024,
  },
] as const;

describe("the screenshots", () => {
  const fresh = mkdtempSync(join(tmpdir(), "wirepane-screenshots-"));
  let said = "";
  before(() => {
    const tool = fileURLToPath(new URL("tools/pictures.js", ROOT));
    const args = [tool, "--screenshots", "--to", fresh];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      encoding: "utf8",
      timeout: 120_000,
    });
    assert.equal(status, 0, stderr);
    said = shape(stdout);
  });
  after(() => rmSync(fresh, { recursive: true }));

  for (const { name, folder, document, maxBytes } of SCREENSHOTS)
    test(`${name} is a small PNG as wide as a new one, and ${document} shows it`, () => {
      const path = fileURLToPath(new URL(folder + name, ROOT));
      const picture = readFileSync(path);
      assert.ok(picture.length <= maxBytes, `${picture.length} bytes`);
      assert.equal(widthOf(picture), widthOf(readFileSync(join(fresh, name))));
      assert.match(
        readFileSync(new URL(document, ROOT), "utf8"),
        new RegExp(`!\\[[^\\]]{20,}\\]\\([\\w/]*${name}\\)`),
      );
    });

  for (const { document } of SCREENSHOTS.filter(({ folder }) => folder === "docs/guide/"))
    test(`${document} quotes what the page says`, () => {
      const quotes = quotesOf(readFileSync(new URL(document, ROOT), "utf8"));
      assert.equal(quotes.length, 2);
      for (const quote of quotes) assert.ok(said.includes(shape(quote)), `${quote}\nis not in\n${said}`);
    });
});

/** The width in the header of a PNG, which is its first chunk (§11.2.1). */
function widthOf(png: Buffer): number {
  assert.equal(png.toString("latin1", 0, 16), "\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
  return png.readUInt32BE(16);
}

/** The paragraphs that are quoted. */
const quotesOf = (markdown: string): string[] =>
  [...markdown.matchAll(/(?:^> .*\n)+/gm)].map(([lines]) => lines.replaceAll(/^> /gm, ""));

/** What stays the same from run to run. */
const shape = (text: string): string =>
  text
    .replaceAll(/\d+(?:\.\d+)?/g, "#")
    .replaceAll(/\b(?:ms|s)\b/g, "time")
    .replaceAll(/[:\s]+/g, " ")
    .trim();
