// The pictures of docs/guide and of README.md, each from a recording made now: our own servers and clients on loopback.
//     npm run docs:pictures                 all of them, in their places
//     node tools/pictures.js --to FOLDER    all of them, in FOLDER
// Ladders are drawn by `wirepane trace show --svg`. Screenshots are of the page, in Chromium: what the page says in words
// is printed, since nobody can read it from the picture again. test/docs/guide.test.ts compares both with the documents.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { findPeer } from "./peers.js";

/** @typedef {import("playwright-core").Page} Page */

const root = fileURLToPath(new URL("../", import.meta.url));
const command = join(root, "bin", "wirepane.cjs");
const [flag, given] = process.argv.slice(2);
if (flag !== undefined && (flag !== "--to" || given === undefined)) {
  console.error("usage: pictures.js [--to FOLDER]");
  process.exit(2);
}
const guide = given ?? join(root, "docs", "guide");
const readmePictures = given ?? join(root, "docs");
const folder = mkdtempSync(join(tmpdir(), "wirepane-pictures-"));
mkdirSync(guide, { recursive: true });
try {
  run([command, "demo", "--record", recording("demo")]);
  for (const name of ["two-reads", "half-close", "message-ends", "two-lengths"])
    writeFileSync(recording(name), run([join(root, "docs", "guide", `${name}.js`)]));
  drawLadder("a-bytes-way", recording("demo")); // its first conversation is the echo
  for (const name of ["two-reads", "half-close", "message-ends"]) drawLadder(name, recording(name));

  const executablePath = findPeer("chromium");
  if (executablePath === undefined)
    throw new Error("the screenshots need Chromium (on Debian: apt-get install chromium)");
  // --no-sandbox: the tests may run as root. The fonts of a screenshot should not depend on a graphics card.
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  try {
    /** @param {string[]} words @param {number} width @param {number} height @param {(page: Page) => Promise<void>} use */
    const onPage = async (words, width, height, use) => {
      const lab = spawn(process.execPath, [command, "lab", "--no-open", ...words], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      const page = await browser.newPage({ viewport: { width, height }, colorScheme: "light" });
      try {
        await page.goto(String((await once(lab.stdout, "data"))[0]).split("\n")[0] ?? "");
        await use(page);
      } finally {
        await page.close();
        lab.kill();
      }
    };
    await onPage([], 1280, 760, shootLab);
    await onPage([], 1000, 1300, shootWhoWaits);
    await onPage([recording("two-lengths")], 1700, 1300, shootTwoLengths);
  } finally {
    await browser.close();
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** What `wirepane lab` shows: an exchange, and which bytes are its status code. @param {Page} page */
async function shootLab(page) {
  await page.getByRole("button", { name: "got it" }).click();
  await page.getByRole("option", { name: /GET \/hello/ }).click();
  await page.locator("svg g.box.server.write").click();
  await page.getByRole("treeitem", { name: /^status-code/ }).click();
  await shoot(page.locator(".lab"), join(readmePictures, "lab.png"), page.locator(".detail-box"));
}

/** The same clients at two servers. @param {Page} page */
async function shootWhoWaits(page) {
  await page.getByRole("tab", { name: /^Servers/ }).click();
  await page.getByLabel("silent for ms").fill("500");
  await page.getByRole("button", { name: "compare sequential with threads" }).click();
  const words = page.locator(".who-waits .words");
  await words.filter({ hasText: "had to wait for" }).waitFor();
  await words.filter({ hasText: "delayed nobody" }).waitFor();
  while ((await page.locator(".dot.open").count()) > 0)
    await page.locator(".dot.open").first().waitFor({ state: "detached" });
  await shoot(page.locator(".servers-pictures"), join(guide, "who-waits.png"), words);
}

/** A request with two lengths, and both ways to read it. @param {Page} page */
async function shootTwoLengths(page) {
  await page.locator("svg g.box.server.read").click();
  await page.getByRole("treeitem", { name: /Transfer-Encoding/ }).click();
  await shoot(page.locator(".inspector"), join(guide, "two-lengths.png"), page.locator(".detail-box"));
}

/**
 * @param {import("playwright-core").Locator} what
 * @param {string} path
 * @param {import("playwright-core").Locator} words
 */
async function shoot(what, path, words) {
  await what.screenshot({ path, animations: "disabled" });
  const said = (await words.allInnerTexts()).join(" ").replaceAll(/\s+/g, " ").trim();
  console.log(`${path} (${Math.ceil(statSync(path).size / 1024)} KiB): ${said}`);
}

/** @param {string} name */
function recording(name) {
  return join(folder, `${name}.ndjson`);
}

/** @param {string} name @param {string} file */
function drawLadder(name, file) {
  const path = join(guide, `${name}.svg`);
  writeFileSync(path, run([command, "trace", "show", "--svg", file]));
  console.log(path);
}

/** What a program prints. @param {string[]} args */
function run(args) {
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr}`);
  return stdout;
}
