import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { openBrowser } from "../support/browser.ts";
import { startWorld } from "./admin-world.ts";

/*
 * What a web page can send to the API, sent by Chromium. A page cannot change its User-Agent, but the user can: Origin and
 * Sec-Fetch-Site have to be enough.
 */

for (const userAgent of [undefined, "curl/8.0"]) {
  const who = userAgent === undefined ? "a browser" : `a browser that calls itself ${userAgent}`;
  test(`a page of ${who} changes nothing`, async () => {
    await using world = await startWorld();
    await world.toxiproxy.createProxy({ name: "mine", listen: "", upstream: "127.0.0.1:1" });
    const before = await (await fetch(`${world.base}/proxies`)).text();
    const site = createServer((_, response) => {
      response.setHeader("Content-Type", "text/html").end("<!doctype html><title>a page</title>");
    });
    site.listen(0, "127.0.0.1");
    await once(site, "listening");
    const { port } = site.address() as { port: number };
    const browser = await openBrowser();
    try {
      const context = await browser.newContext(userAgent === undefined ? {} : { userAgent });
      const page = await context.newPage();
      await page.goto(`http://localhost:${port}/`);
      const statuses: number[] = [];
      page.on("response", (response) => statuses.push(response.status()));
      await page.evaluate(sendAll, world.base);
      assert.ok(statuses.length >= 2, `${statuses.length} answers`);
      assert.deepEqual([...new Set(statuses)], [403]);
    } finally {
      await browser.close();
      site.close();
    }
    assert.equal(await (await fetch(`${world.base}/proxies`)).text(), before);
  });
}

/** Runs in the page. Everything here needs no permission of the server (CORS), but the last. */
async function sendAll(base: string): Promise<void> {
  const content = JSON.stringify({ name: "theirs", upstream: "127.0.0.1:1" });
  const send = async (path: string, options: object): Promise<void> => {
    await fetch(base + path, options).catch(() => {});
  };
  await send("/proxies", { method: "POST", mode: "no-cors", body: content });
  await send("/reset", { method: "POST", mode: "no-cors" });
  await send("/populate", {
    method: "POST",
    mode: "no-cors",
    body: `[${content}]`,
    referrerPolicy: "no-referrer",
  });
  await send("/proxies/mine", { method: "DELETE" });
}
