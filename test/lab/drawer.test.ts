import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { after, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { type OpenedPage, openBrowser, openPage } from "../support/browser.ts";
import { ROOT } from "../support/root.ts";

// The drawer in a real browser: what is asked here is what a person would do and see.

describe("the drawer", () => {
  let opened: OpenedPage;
  let page: Page;
  before(async () => {
    opened = await openPage();
    page = opened.page;
    await page.getByRole("option", { name: /GET \/hello/ }).waitFor();
  });
  after(() => opened[Symbol.asyncDispose]());
  /** Each test begins with a closed drawer. The first Escape leaves a field, the next one closes. */
  beforeEach(async () => {
    for (let i = 0; i < 3; i++) await page.keyboard.press("Escape");
    await page.locator("#drawer-view").waitFor({ state: "hidden" });
  });

  test("keys and tabs open the same panes, and Escape closes them", async () => {
    for (const [key, name] of [
      ["c", "Compose"],
      ["v", "Servers"],
      ["n", "Step"],
    ] as const) {
      await page.keyboard.press(key);
      const tab = page.getByRole("tab", { name, selected: true });
      await tab.waitFor();
      await page.keyboard.press("Escape");
      await page.keyboard.press("Escape");
      await page.locator("#drawer-view").waitFor({ state: "hidden" });
      await page.getByRole("tab", { name }).click();
      await tab.waitFor();
      await tab.click();
      await page.locator("#drawer-view").waitFor({ state: "hidden" });
    }
  });

  test("the edge of the drawer moves by keyboard", async () => {
    await page.keyboard.press("v");
    const edge = page.getByRole("separator");
    await edge.focus();
    const before = Number(await edge.getAttribute("aria-valuenow"));
    await page.keyboard.press("ArrowUp");
    assert.ok(Number(await edge.getAttribute("aria-valuenow")) > before);
    await page.keyboard.press("ArrowDown");
    assert.equal(Number(await edge.getAttribute("aria-valuenow")), before);
  });

  test("one slow client holds up a sequential server, and not a threaded one", async () => {
    await page.keyboard.press("v");
    await page.getByLabel("clients", { exact: true }).fill("4");
    await page.getByLabel("slow ones").fill("1");
    // Long enough that the others still wait a second where a busy machine lets them come late.
    await page.getByLabel("silent for ms").fill("3000");
    await page.getByRole("button", { name: "compare sequential with threads" }).click();
    const sequential = page.getByRole("region", { name: /who waits: echo, sequential/ });
    const threads = page.getByRole("region", { name: /who waits: echo, threads/ });
    await sequential
      .getByText(/Client \d waited [\d.]+ s, because the server serves one client at a time/)
      .waitFor();
    await sequential.getByText(/Client 1 was silent for [\d.]+ m?s, and the others had to wait/).waitFor();
    await threads.getByText(/Client 1 was silent for [\d.]+ m?s, and delayed nobody/).waitFor();
    // The row of the server in the sequential model: one client after the other, in the order of the backlog.
    const served = await sequential.locator(".worker [role=cell]").getAttribute("aria-label");
    assert.equal(served, "serves client 1, then client 2, then client 3, then client 4");
    const rows = await sequential
      .getByRole("row")
      .getByRole("cell")
      .evaluateAll((cells) => cells.map((cell) => cell.getAttribute("aria-label") ?? ""));
    for (const row of rows.slice(1, 4)) assert.match(row, /waiting for the server (\d{4,} ms|[\d.]+ s)/);
    const workers = await threads.locator(".worker [role=rowheader]").allInnerTexts();
    assert.deepEqual(
      workers.map((text) => text.replace(/\d/, "n")),
      workers.map(() => "worker n"),
    );
    assert.ok(workers.length >= 1);
    // The conversation of a row is one click away.
    await sequential.getByRole("button", { name: "client 2" }).click();
    await page.locator("svg g.box.client.write").first().waitFor();
    await page.locator("svg g.box.server.read").first().waitFor();
    // The lanes have their names, also that of an end which was told of last.
    assert.doesNotMatch(await page.locator(".lanes").innerText(), /not recorded/);
  });

  test("the lane of a server that has not accepted says so", async () => {
    await page.keyboard.press("v");
    await page.getByLabel("what it serves").selectOption("echo");
    await page.getByLabel("concurrency model").selectOption("sequential");
    await page.getByRole("button", { name: "start", exact: true }).click();
    const stop = page.getByRole("button", { name: /^stop the echo, sequential/ });
    await stop.nth(1).waitFor();
    await page.getByLabel("clients", { exact: true }).fill("2");
    await page.getByLabel("slow ones").fill("1");
    await page.getByLabel("silent for ms").fill("10000");
    await page.getByRole("button", { name: "send clients" }).click();
    // The runs of the test above have a client 2, too, and a third one.
    const run = page
      .getByRole("region", { name: /^who waits:/ })
      .filter({ hasNot: page.getByRole("button", { name: "client 3" }) });
    await run.getByRole("button", { name: "client 2" }).click();
    await page.getByText("server: has not accepted yet").waitFor();
    await stop.last().click();
    await page.getByText("server: not recorded").waitFor();
  });

  test("a server is started, and stopped", async () => {
    await page.keyboard.press("v");
    await page.getByLabel("concurrency model").selectOption("event-loop");
    const list = page.getByRole("group", { name: /Servers that run/ }).getByRole("radio");
    const before = await list.count();
    await page.getByRole("button", { name: "start", exact: true }).click();
    await list.nth(before).waitFor();
    await page
      .getByRole("button", { name: /^stop the echo, event-loop/ })
      .last()
      .click();
    await list.nth(before).waitFor({ state: "detached" });
  });

  test("an ambiguous request is underlined, sent all the same, and its conversation is shown", async () => {
    await page.keyboard.press("c");
    const editor = page.getByLabel(/the message: Enter is CRLF/);
    const target = await page.getByLabel("send to").locator("option:checked").textContent();
    const port = /:(\d+)$/.exec(target ?? "")?.[1];
    await editor.fill("");
    await editor.pressSequentially(`POST /post HTTP/1.1\nHost: 127.0.0.1:${port}\nContent-Length: 5\n`);
    await page
      .locator("#compose-problems")
      .getByText(/Not complete yet/)
      .waitFor();
    assert.equal(await page.locator(".editor .wrong").count(), 0);
    await editor.pressSequentially("Transfer-Encoding: chunked\n\n0\n\n");
    await page.locator("#compose-problems").getByText("LENGTH_AND_CODING").waitFor();
    assert.ok((await page.locator(".editor .wrong").count()) > 0);
    await page.keyboard.press("Control+Enter");
    await page.getByText(/^Sent to 127\.0\.0\.1/).waitFor();
    await page.getByRole("option", { name: /POST \/post.*400/, selected: true }).waitFor();
  });

  test("a broken message arrives octet for octet, cut where the user cut it, after the wait", async (t) => {
    const heard: string[] = [];
    const server = createServer();
    t.after(() => server.close());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { readonly port: number };
    const conversation = (async () => {
      const [socket] = (await once(server, "connection")) as [Socket];
      for await (const chunk of socket) heard.push(chunk.toString("latin1"));
    })();
    await page.keyboard.press("c");
    await page.getByLabel("send to").selectOption("-1");
    await page.getByLabel("address and port").fill(`127.0.0.1:${port}`);
    const editor = page.getByLabel(/the message: Enter is CRLF/);
    await editor.fill("GET\\x00 /\\n\nend");
    // Between the NUL and the space, by keyboard: the strip begins between the first two bytes.
    await page.getByRole("group", { name: /bytes of the message/ }).focus();
    for (let i = 0; i < 8; i++) await page.keyboard.press("ArrowLeft");
    for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await page.getByLabel(/wait before piece 2/).fill("1000");
    await page.getByLabel("FIN right behind the last byte").check();
    const began = performance.now();
    await page.getByRole("button", { name: "send 12 bytes" }).click();
    await conversation;
    assert.equal(heard.join(""), "GET\x00 /\n\r\nend");
    assert.equal(heard[0], "GET\x00");
    // A busy machine makes it later, and never sooner.
    assert.ok(performance.now() - began >= 1000, "the second piece waits");
    await page.getByLabel("no end: FIN after the answer").check();
  });

  test("a target that refuses is told in a sentence", async () => {
    await page.keyboard.press("c");
    await page.getByLabel("send to").selectOption("-1");
    await page.getByLabel("address and port").fill("example.com:80");
    await page.getByRole("button", { name: /^send \d/ }).click();
    await page
      .getByRole("alert")
      .getByText(/loopback alone/)
      .waitFor();
    await page.getByLabel("address and port").fill("nonsense");
    await page.getByRole("button", { name: /^send \d/ }).click();
    await page
      .getByRole("alert")
      .getByText(/an address and a port/)
      .waitFor();
  });

  test("a message begins with a line of curl, a form, or the bytes of the ladder", async () => {
    await page.keyboard.press("c");
    const editor = page.getByLabel(/the message: Enter is CRLF/);
    await page.getByRole("button", { name: "curl line" }).click();
    await page.getByLabel("a line of curl", { exact: true }).fill("curl -d a=1 http://localhost:1234/post");
    await page.getByRole("button", { name: "make the message" }).click();
    assert.match(await editor.inputValue(), /^POST \/post HTTP\/1\.1\nHost: localhost:1234\n[\s\S]*\n\na=1$/);
    assert.equal(await page.getByLabel("address and port").inputValue(), "localhost:1234");
    await page.getByRole("button", { name: "form", exact: true }).click();
    await page.getByLabel("method").fill("PUT");
    await page.getByLabel("content", { exact: true }).fill("hi");
    await page.getByRole("button", { name: "make the message" }).click();
    assert.match(await editor.inputValue(), /^PUT \/hello HTTP\/1\.1\nHost: .*\nContent-Length: 2\n\nhi$/);
    await page
      .getByRole("option", { name: /GET \/hello/ })
      .first()
      .click();
    await page.getByRole("button", { name: "from the ladder" }).click();
    assert.match(await editor.inputValue(), /^GET \/hello HTTP\/1\.1\n/);
  });

  test("hostile bytes are text and nothing else", async () => {
    await page.keyboard.press("c");
    const editor = page.getByLabel(/the message: Enter is CRLF/);
    await editor.fill("GET /<img/src=x/onerror=alert(1)> HTTP/1.1\nHost: <script>alert(1)</script>\n\n");
    await page.locator(".compose-rows li").nth(3).waitFor();
    assert.equal(await page.locator(".compose img, .compose script").count(), 0);
  });

  test("one step forwards, one step back: the words, the ladder and the states follow", async () => {
    await page.keyboard.press("n");
    const told = page.locator(".told");
    await told.getByText("Nothing has happened yet").waitFor();
    for (let i = 0; i < 5; i++) await page.keyboard.press("ArrowRight");
    await told
      .getByText(/The server reads an event: the head of a request, GET \/hello\./)
      .first()
      .waitFor();
    assert.equal(await page.locator("svg path.band").count(), 1);
    const lit = page.locator(".state-tables tr.taken");
    assert.deepEqual(
      (await lit.allInnerTexts()).map((text) => text.split(/\s+/).slice(0, 2)),
      [
        ["idle", "request"],
        ["idle", "asked"],
      ],
    );
    const after = await page.locator(".step").innerText();
    await page.keyboard.press("ArrowLeft");
    await told
      .getByText(/42 bytes arrive at the server/)
      .first()
      .waitFor();
    await page.keyboard.press("ArrowRight");
    await told
      .getByText(/reads an event: the head/)
      .first()
      .waitFor();
    assert.equal(await page.locator(".step").innerText(), after);
  });

  test("a stream is cut where somebody clicks, and the live recording comes back", async () => {
    // The ladder draws what is in view: all of this exchange has to be.
    await page.setViewportSize({ width: 1400, height: 1600 });
    await page.keyboard.press("n");
    await page.keyboard.press("Home");
    const strip = page.getByRole("group", { name: /what the client sends/ });
    await strip.locator("[data-offset='4']").click({ position: { x: 1, y: 4 } });
    await page.getByRole("button", { name: "to the end" }).click();
    await page.getByRole("listitem", { name: /^server read 4 B/ }).waitFor();
    assert.equal(await page.locator(".conversation").count(), 1);
    await page.getByRole("tab", { name: "Step" }).click();
    await page.getByRole("option", { name: /TCP/ }).first().waitFor();
    assert.ok((await page.locator(".conversation").count()) > 1);
  });

  test("nothing complained, and nothing was asked of others", () => {
    // Refused actions are answered with 422, which Chromium reports as an error of the network.
    assert.deepEqual(
      opened.complaints.filter((each) => !/status of 422/.test(each)),
      [],
    );
  });
});

test("the page steps and explains without any server, from a folder", async () => {
  await using browser = await openBrowser();
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  await page.goto(`file://${fileURLToPath(new URL("dist/page/index.html", ROOT))}`);
  await page.keyboard.press("v");
  await page.getByText(/This page only looks on/).waitFor();
  await page.keyboard.press("c");
  await page.getByText(/it explains, but cannot send/).waitFor();
  await page.locator(".compose-rows li").first().waitFor();
  await page.getByRole("tab", { name: "Step" }).click();
  await page.keyboard.press("End");
  await page
    .locator(".told")
    .getByText(/The connection is closed/)
    .waitFor();
  await page
    .getByRole("listitem", { name: /^client read/ })
    .first()
    .waitFor();
  assert.deepEqual(errors, []);
});

test("a command that has gone is told in a sentence", async () => {
  await using opened = await openPage();
  const { page, command } = opened;
  await page.getByRole("option", { name: /GET \/hello/ }).waitFor();
  await page.keyboard.press("v");
  command.kill("SIGKILL");
  await once(command, "exit");
  await page.getByRole("button", { name: "start", exact: true }).click();
  await page
    .getByRole("alert")
    .getByText(/does not answer/)
    .waitFor();
});
