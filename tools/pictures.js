// The pictures of docs/guide and of README.md, each from a recording made now: our own servers and clients on loopback.
//     npm run docs:pictures                              all of them, in their places
//     node tools/pictures.js --ladders --to FOLDER       only those that `wirepane trace show --svg` draws, in FOLDER
//     node tools/pictures.js --screenshots --to FOLDER   only those of the page, in Chromium
// What the page says in words beside a screenshot is printed: nobody can read it from the picture again. The tests of
// test/docs compare all this with the documents.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { withPalette } from "./palette.js";
import { findPeer } from "./peers.js";

/**
 * @typedef {import("playwright-core").Page} Page
 * @typedef {import("playwright-core").Locator} Locator
 */

const root = fileURLToPath(new URL("../", import.meta.url));
const command = join(root, "bin", "wirepane.cjs");
const { values } = parseArgs({
  options: { to: { type: "string" }, ladders: { type: "boolean" }, screenshots: { type: "boolean" } },
});
/** On the page: a conversation that goes on. */
const GOES_ON = ".dot.connecting, .dot.open";
const guide = values.to ?? join(root, "docs", "guide");
const folder = mkdtempSync(join(tmpdir(), "wirepane-pictures-"));
try {
  if (!values.screenshots) drawLadders();
  if (!values.ladders) await shootPages();
} finally {
  rmSync(folder, { recursive: true });
}

function drawLadders() {
  const demo = join(folder, "demo.ndjson");
  run([command, "demo", "--record", demo]);
  drawLadder("a-bytes-way", demo); // the demo's first conversation is the echo
  for (const name of ["two-reads", "half-close", "message-ends"]) drawLadder(name, recordingOf(name));
}

/** @param {string} name @param {string} recording */
function drawLadder(name, recording) {
  writeFileSync(join(guide, `${name}.svg`), run([command, "trace", "show", "--svg", recording]));
}

/** Runs a program of the guide, and keeps the recording that it prints. @param {string} name */
function recordingOf(name) {
  const path = join(folder, `${name}.ndjson`);
  writeFileSync(path, run([join(root, "docs", "guide", `${name}.js`)]));
  return path;
}

/** What a program prints. @param {string[]} args */
function run(args) {
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr}`);
  return stdout;
}

async function shootPages() {
  const executablePath = findPeer("chromium");
  if (executablePath === undefined)
    throw new Error("the screenshots need Chromium (on Debian: apt-get install chromium)");
  // --no-sandbox: the tests may run as root.
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  /** @param {string[]} words @param {{ width: number, height: number }} viewport @param {(page: Page) => Promise<void>} use */
  const onPage = async (words, viewport, use) => {
    const lab = spawn(process.execPath, [command, "lab", "--no-open", ...words], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const page = await browser.newPage({ viewport, colorScheme: "light" });
    try {
      const [printed] = await once(lab.stdout, "data", { signal: AbortSignal.timeout(30_000) });
      await page.goto(String(printed).split("\n")[0] ?? "");
      await use(page);
    } finally {
      await page.close();
      lab.kill();
    }
  };
  try {
    await onPage([], { width: 1280, height: 700 }, shootLab);
    await onPage([], { width: 1000, height: 1300 }, shootWhoWaits);
    await onPage([recordingOf("two-lengths")], { width: 1700, height: 1300 }, shootTwoLengths);
  } finally {
    await browser.close();
  }
}

/** What `wirepane lab` shows: an exchange, and which bytes are its status code. @param {Page} page */
async function shootLab(page) {
  await page.getByRole("button", { name: "got it" }).click();
  await page.getByRole("option", { name: /GET \/hello/ }).click();
  await page.locator("svg g.box.server.write").click();
  await page.getByRole("treeitem", { name: /^status-code/ }).click();
  await page.locator(GOES_ON).first().waitFor({ state: "detached" });
  const path = values.to ?? join(root, "docs");
  await shoot(page.locator(".lab"), join(path, "lab.png"), page.locator(".detail-box"));
}

/** The same clients at two servers. @param {Page} page */
async function shootWhoWaits(page) {
  await page.getByRole("tab", { name: /^Servers/ }).click();
  await page.getByLabel("silent for ms").fill("500");
  await page.getByRole("button", { name: "compare sequential with threads" }).click();
  const words = page.locator(".who-waits .words");
  await words.filter({ hasText: "had to wait for" }).waitFor();
  await words.filter({ hasText: "delayed nobody" }).waitFor();
  await page.locator(".conversation").nth(9).waitFor(); // two from the start, and four clients of each server
  await page.locator(GOES_ON).first().waitFor({ state: "detached" });
  await shoot(page.locator(".servers-pictures"), join(guide, "who-waits.png"), words);
}

/** A request with two lengths, and both ways to read it. @param {Page} page */
async function shootTwoLengths(page) {
  await page.locator("svg g.box.server.read").click();
  await page.getByRole("treeitem", { name: /Transfer-Encoding/ }).click();
  await shoot(page.locator(".inspector"), join(guide, "two-lengths.png"), page.locator(".detail-box"));
}

/** @param {Locator} what @param {string} path @param {Locator} words what to print beside it */
async function shoot(what, path, words) {
  writeFileSync(path, withPalette(await what.screenshot({ animations: "disabled" })));
  console.log((await words.allInnerTexts()).join(" ").replaceAll(/\s+/g, " ").trim());
}
