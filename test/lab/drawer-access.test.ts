import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { seriousColours, seriousFindings } from "../support/axe.ts";
import { openPage, until } from "../support/browser.ts";

// The drawer for everybody: by keyboard alone, in both colour schemes, narrow, and enlarged.

/** Presses Tab until the element with this name has the focus. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let i = 0; i < 60; i++) {
    const found = await page.evaluate<string>(
      `(document.activeElement.getAttribute("aria-label") ?? "") + " " + document.activeElement.textContent`,
    );
    if (name.test(found)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`Tab does not lead to ${name}`);
}

test("servers, compose and step are used by keyboard alone", async () => {
  await using opened = await openPage();
  const { page } = opened;
  await page.getByRole("option", { name: /GET \/hello/ }).waitFor();

  await page.keyboard.press("v");
  await tabTo(page, /compare sequential with threads/);
  await page.keyboard.press("Enter");
  await page
    .getByRole("region", { name: /echo, sequential/ })
    .getByText(/one client at a time\./)
    .waitFor();
  await page.keyboard.press("Escape");

  await page.keyboard.press("c");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("GET /nothing-here HTTP/1.1\nHost: me\n\n");
  await page.keyboard.press("Control+Home");
  for (let i = 0; i < 5; i++) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Control+K");
  await page.getByText("5 bytes", { exact: true }).waitFor();
  await page.keyboard.press("Control+Enter");
  await page.getByRole("option", { name: /GET \/nothing-here.*404/, selected: true }).waitFor();
  // The first Escape leaves the editor, the second closes the drawer.
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");

  await page.keyboard.press("n");
  await page.keyboard.press("End");
  await page
    .locator(".told")
    .getByText(/The connection is closed/)
    .waitFor();
  await page.keyboard.press("Home");
  await page
    .locator(".told")
    .getByText(/Nothing has happened yet/)
    .waitFor();
  await tabTo(page, /what the client sends/);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  assert.equal(await page.locator(".strip .octet.cut").count(), 1);
  await page.keyboard.press("Escape");
  await page.locator("#drawer-view").waitFor({ state: "hidden" });
});

for (const [colorScheme, findings] of [
  ["light", seriousFindings],
  ["dark", seriousColours],
] as const) {
  test(`axe finds nothing serious in any pane, ${colorScheme}`, async () => {
    await using opened = await openPage({ colorScheme });
    const { page } = opened;
    await page.getByRole("option", { name: /GET \/hello/ }).waitFor();
    await page.keyboard.press("v");
    assert.deepEqual(await findings(page), [], "servers, before the first run");
    await page.getByLabel("silent for ms").fill("200");
    await page.getByRole("button", { name: "compare sequential with threads" }).click();
    // Who waits for whom is in drawer.test.ts: a busy machine makes others wait, too.
    const runs = page.getByRole("region", { name: /who waits: echo, (sequential|threads)/ });
    for (const run of [runs.first(), runs.nth(1)]) await run.getByText(/was silent for/).waitFor();
    assert.deepEqual(await findings(page), [], "servers, with two runs");
    await page.getByRole("tab", { name: "Compose" }).click();
    await page.getByLabel("begin with an example").selectOption({ label: "a length and chunks: ambiguous" });
    await page.locator('.strip [data-offset="20"]').click();
    await page.getByRole("button", { name: "form", exact: true }).click();
    assert.deepEqual(await findings(page), [], "compose");
    await page.getByRole("tab", { name: "Step" }).click();
    for (let i = 0; i < 5; i++) await page.getByRole("button", { name: "step →" }).click();
    assert.deepEqual(await findings(page), [], "step");
    await page.setViewportSize({ width: 480, height: 800 });
    assert.deepEqual(await findings(page), [], "step, narrow");
    // Nothing stands out of a narrow page, once it is drawn for its new width.
    await until(page, "document.documentElement.scrollWidth <= innerWidth");
    assert.deepEqual(opened.complaints, []);
  });
}
