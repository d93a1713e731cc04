import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { after, before, describe, test } from "node:test";
import { seriousFindings } from "../support/axe.ts";
import { type OpenedPage, openPage, until } from "../support/browser.ts";

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

// The whole recording in a strip: a part of its time is chosen there, and the list and the ladder show that part.

describe("a brush over the whole recording", () => {
  let opened: OpenedPage;
  before(async () => {
    opened = await openPage();
    await opened.page.getByRole("option", { name: /GET \/hello/ }).waitFor();
    await opened.page.getByRole("button", { name: "got it" }).click();
  });
  after(() => opened[Symbol.asyncDispose]());

  const slider = (name: string) => opened.page.getByRole("slider", { name });
  const isShown = (name: RegExp) => opened.page.getByRole("option", { name });

  test("a row says how long its conversation waited", async () => {
    const said = await isShown(/GET \/hello/)
      .getByRole("img")
      .getAttribute("aria-label");
    assert.match(said ?? "", /^waited [\d.]+ ms of [\d.]+ m?s$/);
    assert.ok(
      (
        (await isShown(/GET \/hello/)
          .locator(".waiting path")
          .getAttribute("d")) ?? ""
      ).length > 0,
    );
  });

  test("by keyboard: the list has what happened then, the ladder has veils over the rest, and Escape shows all", async () => {
    const { page } = opened;
    await page.keyboard.press("o");
    assert.equal(await slider("show from").evaluate((e) => e === e.ownerDocument.activeElement), true);
    await slider("show up to").focus();
    for (let i = 0; i < 10; i++) await page.keyboard.press("PageDown");
    // The echo begins first.
    await isShown(/GET \/hello/).waitFor({ state: "detached" });
    await isShown(/TCP/).waitFor();
    await page.locator("svg g.outside").waitFor({ state: "attached" });
    assert.equal(await isShown(/TCP/).getAttribute("aria-selected"), "true");
    await page.keyboard.press("Escape");
    await isShown(/GET \/hello/).waitFor();
    assert.equal(await page.locator("svg g.outside").count(), 0);
  });

  test("an end of the span never passes the other one", async () => {
    const { page } = opened;
    await slider("show from").focus();
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowRight");
    const [from, to] = await Promise.all(
      ["show from", "show up to"].map((name) => slider(name).getAttribute("aria-valuenow")),
    );
    assert.deepEqual([from, to], ["1000", "1000"]);
    await page.keyboard.press("Home");
    assert.ok(await page.getByRole("button", { name: "show all" }).isDisabled());
  });

  test("by mouse: dragging chooses, the ladder moves there, a click shows all", async () => {
    const { page } = opened;
    await isShown(/GET \/hello/).click();
    const box = await page.locator(".overview .track").boundingBox();
    assert.ok(box);
    const y = box.y + box.height / 2;
    // From the middle of the exchange on, wherever its time lies in the recording.
    const times = await page.locator(".chosen-times").boundingBox();
    assert.ok(times);
    await page.mouse.move(times.x + times.width / 2, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 1, y, { steps: 4 });
    await page.mouse.up();
    await isShown(/TCP/).waitFor({ state: "detached" });
    assert.equal(await isShown(/GET \/hello/).getAttribute("aria-selected"), "true");
    const veiled = page.locator("svg g.outside rect").first();
    assert.ok(Number(await veiled.getAttribute("height")) > 30);
    assert.deepEqual(await seriousFindings(page), []);
    await page.mouse.click(box.x + box.width / 2, y);
    await isShown(/TCP/).waitFor();
  });

  test("at true scale the chosen time fills the pane", async () => {
    const { page } = opened;
    const height = () => page.locator(".ladder svg").evaluate((svg) => svg.clientHeight);
    await page.keyboard.press("s");
    const before = await height();
    await slider("show from").focus();
    for (let i = 0; i < 9; i++) await page.keyboard.press("PageUp");
    await until(page, `document.querySelector(".ladder svg").clientHeight !== ${before}`);
    await page.keyboard.press("Escape");
    await until(page, `document.querySelector(".ladder svg").clientHeight === ${before}`);
    await page.keyboard.press("s");
  });

  test("nothing fails, and nothing stands out of a narrow page", async () => {
    const { page } = opened;
    await page.setViewportSize({ width: 480, height: 800 });
    await until(page, "document.documentElement.scrollWidth <= innerWidth");
    assert.deepEqual(await seriousFindings(page), []);
    assert.deepEqual(opened.complaints, []);
  });
});

test("on Linux the kernel's queues stand beside the lanes, once they are asked for", async (t) => {
  if (process.platform !== "linux") return t.skip("only Linux has /proc/net/tcp");
  const port = await freePort();
  await using opened = await openPage({ words: ["listen", String(port), "--echo", "--open"] });
  const { page } = opened;
  await page.getByRole("button", { name: "kernel queues" }).click();
  const client = net.connect(port, "127.0.0.1").pause();
  client.on("error", () => {}); // the command ends before the client
  t.after(() => client.destroy());
  await once(client, "connect");
  // An echo that nobody reads: the echo server can send no more, and stops reading.
  client.write(Buffer.alloc(9_000_000));
  const bar = page.locator(".gauge-bar");
  await bar.getByText(/server not acknowledged [1-9][\d,]+ B/).waitFor();
  assert.match(await bar.innerText(), /client not known/);
  await page.locator("svg .gauges path.send[d^=M]").first().waitFor({ state: "attached" });
  assert.deepEqual(opened.complaints, []);
});
