import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { after, before, describe, test } from "node:test";
import { HttpClient, practice, serve } from "wirepane/http";
import { seriousFindings } from "../support/axe.ts";
import { type OpenedPage, openPage, until } from "../support/browser.ts";

// `wirepane proxy --open` in a real browser: one conversation, and the proxy's two lanes in the middle.

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

const rowsOf = ({ page }: OpenedPage) =>
  page.getByRole("listbox", { name: "conversations" }).getByRole("option");

describe("the page of a proxy", () => {
  let opened: OpenedPage;
  let server: Awaited<ReturnType<typeof serve>>;
  let url: string;
  async function get(...paths: readonly string[]): Promise<void> {
    await using client = new HttpClient();
    for (const path of paths) await (await client.request({ url: new URL(path, url) })).bytes();
    await client.close();
  }
  before(async () => {
    server = await serve({ handler: practice() });
    const port = await freePort();
    const { host } = new URL(server.url);
    opened = await openPage({ words: ["proxy", String(port), host, "--silent", "--open"] });
    url = `http://127.0.0.1:${port}`;
    await get("/hello", "/bytes/10");
    await opened.page.getByRole("option", { name: /GET \/bytes\/10/ }).waitFor();
  });
  after(async () => {
    await opened[Symbol.asyncDispose]();
    await server.stop();
  });

  test("has one row for both hops, with its exchanges once", async () => {
    const rows = await rowsOf(opened).allInnerTexts();
    assert.equal(rows.length, 1);
    assert.match((rows[0] ?? "").replaceAll(/\s+/g, " "), /^#1 GET \/bytes\/10 200 .*via proxy 2 exchanges/);
  });

  test("draws the proxy's ends between the programs, which were not recorded", async () => {
    const { page } = opened;
    const lanes = (await page.locator(".lanes .lane").allInnerTexts()).map((text) => text.split(/\s+/)[0]);
    assert.deepEqual(lanes, ["client", "proxy·client", "proxy·server", "server"]);
    assert.equal(await page.getByText("not recorded").count(), 2);
    assert.equal(await page.locator("svg path.band").count(), 4);
    const labels = await page
      .locator("svg g.box.of-client")
      .evaluateAll((all) =>
        all.map((box) => box.getAttribute("aria-label")?.split(" ").slice(0, 2).join(" ")),
      );
    assert.deepEqual(labels.slice(0, 2), ["proxy·client read", "proxy·server write"]);
  });

  test("says on first opening where its faults are", async () => {
    const { page } = opened;
    const welcome = page.getByLabel("where to look");
    await welcome.getByText("Below, under faults,").waitFor();
    assert.equal(await welcome.getByText("under servers").count(), 0);
  });

  test("marks the whole way of chosen bytes, and says at which lane they are looked at", async () => {
    const { page } = opened;
    await page.locator("svg g.box.of-client.read").first().click();
    assert.equal(await page.locator("svg g.box.of-client.covered").count(), 2);
    const lane = page.getByRole("combobox", { name: "as seen at" });
    assert.equal(await lane.inputValue(), "proxy·client");
    await page.locator("svg g.box.of-client.write").first().click();
    assert.equal(await lane.inputValue(), "proxy·server");
    await lane.selectOption("proxy·client");
    await page
      .getByRole("treeitem", { name: /^method/ })
      .first()
      .click();
    assert.match(
      await page.locator(".detail-box").innerText(),
      /of what the client sent, 3 in all, at proxy·client/,
    );
  });

  test("is found by via:proxy, and not by fault:", async () => {
    const { page } = opened;
    await page.getByRole("searchbox").fill("via:proxy");
    assert.equal(await rowsOf(opened).count(), 1);
    await page.getByRole("searchbox").fill("fault:");
    await page.getByText("No conversation matches").waitFor();
    await page.getByRole("searchbox").fill("");
    await rowsOf(opened).first().waitFor();
  });

  test("has the proxy's faults in a drawer: what is added there hits the next response, and is marked on its bytes", async () => {
    const { page } = opened;
    await page.keyboard.press("Escape");
    await page.keyboard.press("x");
    const field = page.getByRole("combobox", { name: /a fault/ });
    await field.fill("down:latncy 5ms");
    await field.press("Enter");
    await page.getByRole("alert").getByText("latncy").waitFor();
    await field.fill("down:latency 5ms name=slow");
    await field.press("Enter");
    const fault = page.getByRole("checkbox", { name: /latency 5ms/ });
    await fault.waitFor();
    await get("/hello");
    await rowsOf(opened).filter({ hasText: "slow" }).first().click();
    await page.locator("svg g.box.fault.proxy").first().waitFor();
    assert.ok((await page.locator("svg rect.hit").count()) > 0);
    await page.locator("svg g.box.fault.proxy").first().click();
    assert.match(await page.locator(".detail-box").innerText(), /fault slow: held for \d+ ms/);
    assert.deepEqual(await seriousFindings(page), []);
    await fault.click();
    await page.locator("label.off").waitFor();
    await get("/bytes/3");
    const last = rowsOf(opened).filter({ hasText: "GET /bytes/3" });
    await last.waitFor();
    assert.doesNotMatch(await last.innerText(), /slow/);
    await page.getByRole("button", { name: /remove/ }).click();
    await page.getByText("the bytes pass as they are").waitFor();
    await page.keyboard.press("Escape");
  });

  test("has nothing that axe finds serious, and complains of nothing", async () => {
    assert.deepEqual(await seriousFindings(opened.page), []);
    // The browser itself tells of the fault that was refused.
    assert.deepEqual(
      opened.complaints.filter((each) => !each.includes("status of 422")),
      [],
    );
  });

  test("lets lanes that have no room be scrolled to", async () => {
    const { page } = opened;
    await page.setViewportSize({ width: 400, height: 800 });
    // The page draws for its new width only with the next frame.
    await until(
      page,
      "(() => { const e = document.querySelector('.ladder .scroll'); return e.scrollWidth > e.clientWidth; })()",
    );
    await page.setViewportSize({ width: 1400, height: 900 });
  });
});
