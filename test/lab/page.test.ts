import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startLab } from "wirepane/lab";
import { type OpenedPage, openBrowser, openPage } from "../support/browser.ts";

// The page in a real browser, with real conversations. What is asked here is what a person would do and see.

describe("the page, as wirepane lab opens it", () => {
  let opened: OpenedPage;
  before(async () => {
    opened = await openPage();
    await opened.page.getByRole("option", { name: /GET \/hello/ }).waitFor();
  });
  after(() => opened[Symbol.asyncDispose]());

  test("both ends of a connection are one row: an echo and an exchange have happened", async () => {
    const rows = opened.page.getByRole("option");
    await rows.nth(1).waitFor();
    const texts = (await rows.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, " "));
    assert.equal(texts.length, 2);
    // "hello\n" and a long text, there and back.
    assert.match(texts[0] ?? "", /^#1 TCP 127\.0\.0\.1:\d+ closed 132,012 B [\d.]+ ms$/);
    assert.match(texts[1] ?? "", /^#2 GET \/hello 200 closed \d+ B [\d.]+ ms$/);
  });

  test("the ladder shows each write and the read that its bytes came out of", async () => {
    const { page } = opened;
    await page.getByRole("option", { name: /GET \/hello/ }).click();
    const boxes = await page
      .locator("svg g.box")
      .evaluateAll((all) => all.map((box) => box.getAttribute("aria-label")));
    const said = boxes.map(
      (label) => /^(client|server) (write|read|FIN|FIN arrives)\b/.exec(label ?? "")?.[0],
    );
    assert.deepEqual(said.filter((each) => each !== undefined).slice(0, 4), [
      "client write",
      "server read",
      "server write",
      "client read",
    ]);
    assert.equal(await page.locator("svg path.band").count(), 2);
    assert.ok((await page.locator("svg g.bar.handler").count()) === 1, "the handler's time is a block");
  });

  test("the first opening shows one write that is read in pieces, and says where to look", async () => {
    const { page } = opened;
    await page.getByText("Look at #1: one long write is read in pieces").waitFor();
    await page.getByRole("option", { name: /#1 TCP/ }).click();
    const boxes = await page
      .locator("svg g.box")
      .evaluateAll((all) => all.map((box) => box.getAttribute("aria-label") ?? ""));
    // The read of "hello\n", and more than one read of the long text.
    assert.ok(boxes.filter((label) => label.startsWith("server read")).length > 2);
    assert.equal(boxes.filter((label) => label.startsWith("client write")).length, 2);
  });

  test("a mark has its sentence, too: what a FIN means, and where that is defined", async () => {
    const { page } = opened;
    await page.getByRole("option", { name: /GET \/hello/ }).click();
    await page.locator('svg g.box[aria-label^="client FIN sends"]').click();
    assert.match(
      await page.locator(".detail-box").innerText(),
      /FIN sends no more\s+FIN: this end sends no more; it can still read\s*RFC 9293 §3\.6/,
    );
  });

  test("a byte leads to its field, its sentence and the section of the RFC, and back", async () => {
    const { page } = opened;
    await page.getByRole("option", { name: /GET \/hello/ }).click();
    await page.locator("svg g.box.server.write").click();
    await page.getByRole("tab", { name: "Bytes" }).click();
    await page.locator('.octets [data-offset="9"]').click(); // the 2 of "HTTP/1.1 200 OK"
    assert.match(await page.locator(".detail-box").innerText(), /status-code[\s\S]*RFC 9110 §15/);
    assert.deepEqual(await page.locator(".octets .selected").allInnerTexts(), ["32", "30", "30"]);
    await page.getByRole("tab", { name: "Fields" }).click();
    assert.match(await page.locator(".tree .node.selected").innerText(), /status-code\s*"200"/);
    await page.getByRole("treeitem", { name: /^reason-phrase/ }).click();
    await page.getByRole("tab", { name: "Bytes" }).click();
    assert.deepEqual(await page.locator(".octets .selected").allInnerTexts(), ["4f", "4b"]);
  });

  test("the whole of it goes by keyboard alone", async () => {
    const { page } = opened;
    await page.locator("body").press("Escape");
    await page.keyboard.press("]");
    await page.keyboard.press("[");
    await page.keyboard.press("j");
    await page.locator("svg g.box.chosen").waitFor();
    const first = await page.locator("svg g.box.chosen").getAttribute("aria-label");
    await page.keyboard.press("j");
    assert.notEqual(await page.locator("svg g.box.chosen").getAttribute("aria-label"), first);
    await page.keyboard.press("k");
    assert.equal(await page.locator("svg g.box.chosen").getAttribute("aria-label"), first);
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    assert.match(await page.getByRole("dialog").innerText(), /next conversation/);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    const size = () => page.evaluate<string>("getComputedStyle(document.querySelector('.lab')).fontSize");
    const before = await size();
    await page.keyboard.press("+");
    assert.ok(Number.parseFloat(await size()) > Number.parseFloat(before));
    await page.keyboard.press("0");
    assert.equal(await size(), before);
    await page.keyboard.press("/");
    await page.keyboard.type("status:4xx");
    await page.getByText("No conversation matches").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("searchbox").fill("");
  });

  test("a filter shows what matches, and says what it cannot understand", async () => {
    const { page } = opened;
    await page.getByRole("searchbox").fill("status:200 method:GET");
    assert.equal(await page.getByRole("option").count(), 1);
    await page.getByRole("searchbox").fill("status:");
    await page.getByRole("alert").waitFor();
    await page.getByRole("searchbox").fill("");
    await page.getByRole("option").nth(1).waitFor();
  });

  test("no script fails, nothing is logged, and no request leaves", () => {
    assert.deepEqual(opened.complaints, []);
  });
});

test("the page says that the connection was lost when the command ends", async () => {
  await using opened = await openPage();
  await opened.page.getByRole("option", { name: /GET \/hello/ }).waitFor();
  opened.command.kill("SIGINT");
  await opened.page.getByText("connection lost").waitFor();
  // What was recorded is still there.
  assert.equal(await opened.page.getByRole("option").count(), 2);
});

test("two rows of a held picture that became one row break nothing when the list is drawn again", async () => {
  await using lab = await startLab();
  await using browser = await openBrowser();
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  await page.goto(lab.url);
  const client = { family: "IPv4", host: "127.0.0.1", port: 9001 } as const;
  const server = { ...client, port: 9000 } as const;
  const common = { v: 1, type: "connection" } as const;
  const begun = { kind: "attempt", remote: server } as const;
  lab.add({ ...common, t: 0, connection: 1, role: "client", event: begun });
  // Which client this is, nobody knows before the client knows its own port.
  const accepted = { kind: "accepted", local: server, remote: client } as const;
  lab.add({ ...common, t: 1, connection: 2, role: "server", event: accepted });
  await page.getByRole("option").nth(1).waitFor();
  await page.getByRole("button", { name: "hold" }).click();
  const connected = { kind: "connected", local: client, remote: server } as const;
  lab.add({ ...common, t: 2, connection: 1, role: "client", event: connected });
  lab.end();
  await page.getByText("complete recording").waitFor();
  // The list has another height: it draws its rows again, and the picture stands still.
  await page.setViewportSize({ width: 1400, height: 700 });
  await page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))");
  await page.getByRole("button", { name: "go on" }).click();
  await page.getByRole("option").nth(1).waitFor({ state: "detached" });
  assert.equal(await page.getByRole("option").count(), 1);
  assert.deepEqual(errors, []);
});
