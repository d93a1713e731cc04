import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { findPeer } from "../../tools/peers.js";
import { ROOT } from "./root.ts";

/** Debian's Chromium, without its own traffic, so that a test sees every request of the page. */
export async function openBrowser(extra: readonly string[] = []): Promise<Browser> {
  const executablePath = findPeer("chromium");
  assert.ok(executablePath, "the tests of the page need Chromium (on Debian: apt-get install chromium)");
  return chromium.launch({ executablePath, args: [...QUIET, ...extra] });
}

const QUIET = [
  "--no-sandbox", // tests may run as root
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

/** A command that prints the URL of its page, and the page in a browser of its own. */
export interface OpenedPage extends AsyncDisposable {
  readonly page: Page;
  readonly url: string;
  readonly command: ChildProcess;
  /** What the page reported as errors, or asked of others than its own server. Must stay empty. */
  readonly complaints: readonly string[];
}

export interface OpenOptions {
  /** The command line; `lab --no-open` by default. */
  readonly words?: readonly string[];
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: "light" | "dark";
}

/** Starts the command, and opens the URL that the command prints first, on stdout or stderr. */
export async function openPage({
  words = ["lab", "--no-open"],
  width = 1400,
  height = 900,
  colorScheme = "light",
}: OpenOptions = {}): Promise<OpenedPage> {
  const command = spawn(process.execPath, [fileURLToPath(new URL("bin/wirepane.cjs", ROOT)), ...words], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const url = await firstUrl(command);
  const browser = await openBrowser();
  const page = await browser.newPage({ viewport: { width, height }, colorScheme });
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith(new URL(url).origin)) complaints.push(`asked ${request.url()}`);
  });
  await page.goto(url);
  return {
    page,
    url,
    command,
    complaints,
    async [Symbol.asyncDispose]() {
      await browser.close();
      if (command.exitCode === null && command.signalCode === null) {
        command.kill("SIGKILL");
        await once(command, "exit");
      }
    },
  };
}

/**
 * Waits until an expression is true in the page. `waitForFunction` does that with `eval` in the page from the second time
 * on, which the Content-Security-Policy of our page forbids: it fails, and the page has an error on its console.
 */
export async function until(page: Page, expression: string, maxMs = 30_000): Promise<void> {
  const end = Date.now() + maxMs;
  while (!(await page.evaluate<boolean>(expression))) {
    assert.ok(Date.now() < end, `not true within ${maxMs} ms: ${expression}`);
    await page.evaluate("new Promise((drawn) => requestAnimationFrame(drawn))");
  }
}

/** The first URL with a token that the command prints. */
function firstUrl(command: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = "";
    const look = (chunk: Buffer) => {
      printed += chunk;
      const [url] = /http:\/\/127\.0\.0\.1:\d+\/#token=[0-9a-f]{32}(?=\s)/.exec(printed) ?? [];
      if (url !== undefined) resolve(url);
    };
    command.stdout?.on("data", look);
    command.stderr?.on("data", look);
    command.on("exit", (code) => reject(new Error(`ended with ${code} before it printed a URL: ${printed}`)));
  });
}
