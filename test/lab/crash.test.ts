import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Page } from "playwright-core";
import { HttpClient } from "wirepane/http";
import { openBrowser } from "../support/browser.ts";
import { type RunningCli, runCli, startCli } from "../support/cli.ts";

// A crash of the page or of the command loses no recording. The file has every turn of the event loop that was over; a HAR
// has every exchange that was complete by then. Only SIGKILL can take the turn that was running.

const folder = mkdtempSync(join(tmpdir(), "wirepane-crash-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A server of practice that records to the file, and has a page. */
async function recordedServer(file: string, env: Readonly<Record<string, string>> = {}) {
  const command = startCli(["serve", "--port", "0", "--record", file, "--open"], { env });
  const [pageUrl] = await command.waitFor(/http:\/\/127\.0\.0\.1:\d+\/#token=[0-9a-f]+/);
  const [, url = ""] = await command.waitFor(/endpoints on (http:\/\/127\.0\.0\.1:\d+\/)/);
  return { command, pageUrl, url };
}

async function get(path: string, { command, url }: { command: RunningCli; url: string }): Promise<void> {
  await using client = new HttpClient();
  await (await client.request({ url: new URL(path, url) })).text();
  await command.waitFor(new RegExp(`GET ${path} `)); // the exchange is over on this end, too
}

/** Waits until the file has this text so many times. */
async function kept(file: string, text: string, times: number): Promise<void> {
  while (readFileSync(file, "latin1").split(text).length <= times)
    await new Promise((resolve) => setImmediate(resolve));
}

/** What `trace show` makes of the file. It complains of nothing. */
async function shown(file: string): Promise<string> {
  const { code, stdout, stderr } = await runCli(["trace", "show", file]);
  assert.deepEqual([code, stderr], [0, ""]);
  return String(stdout);
}

/** Its renderer dies, as the one of a tab that crashes. */
async function crash(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const crashed = page.waitForEvent("crash");
  devtools.send("Page.crash").catch(() => {}); // there is no answer: who would send it has died
  await crashed;
}

for (const ending of ["ndjson", "har", "pcapng"]) {
  test(`the page crashes, later the command is killed: the ${ending} can be read`, async () => {
    const file = join(folder, `killed.${ending}`);
    const server = await recordedServer(file);
    await using command = server.command;
    const browser = await openBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(server.pageUrl);
      await get("/hello", server);
      await page.getByRole("option", { name: /GET \/hello/ }).waitFor();
      await crash(page);
      await get("/uuid", server);
    } finally {
      await browser.close();
    }
    await get("/status/418", server);
    // The bytes of an NDJSON recording are base64.
    if (ending === "ndjson") await kept(file, '"kind":"closed"', 3);
    else await kept(file, "/status/418", 1);
    await command.stop("SIGKILL");
    const timeline = await shown(file);
    for (const path of ["/hello", "/uuid", "/status/418"]) assert.ok(timeline.includes(path), timeline);
  });

  test(`an exception that nothing caught ends the command: the ${ending} has what happened before`, async () => {
    const file = join(folder, `thrown.${ending}`);
    const fault = 'process.on("SIGUSR2", () => { throw new Error("of a test"); });';
    const server = await recordedServer(file, {
      NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(fault)}`,
    });
    await get("/hello", server);
    server.command.child.kill("SIGUSR2");
    const { code, stderr } = await server.command.ended;
    assert.equal(code, 1);
    assert.match(stderr, /of a test/);
    const timeline = await shown(file);
    assert.match(timeline, /\/hello/);
  });
}
