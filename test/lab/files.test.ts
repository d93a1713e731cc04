import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { openPage } from "../support/browser.ts";
import { startCli } from "../support/cli.ts";
import { ROOT } from "../support/root.ts";

// A recording is opened again: by the command, and by whoever drops it on the page.

const folder = mkdtempSync(join(tmpdir(), "wirepane-files-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const recording = (format: string) => join(folder, `demo.${format}`);

before(() => {
  for (const format of ["ndjson", "har", "pcapng"]) {
    const command = fileURLToPath(new URL("bin/wirepane.cjs", ROOT));
    const { status } = spawnSync(process.execPath, [command, "demo", "--record", recording(format)]);
    assert.equal(status, 0);
  }
});

for (const format of ["ndjson", "har", "pcapng"]) {
  test(`wirepane lab FILE shows a ${format} recording`, async () => {
    await using opened = await openPage({ words: ["lab", "--no-open", recording(format)] });
    const { page } = opened;
    await page.getByText("complete recording").waitFor();
    await page.getByRole("option", { name: /GET \/hello/ }).click();
    await page.locator("svg g.box.client.read").first().click();
    await page.getByRole("treeitem", { name: /^status-code/ }).click();
    assert.match(await page.locator(".detail-box").innerText(), /RFC 9110 §15\.3\.1/);
    assert.deepEqual(opened.complaints, []);
  });
}

test("a file that is no recording opens no page", () => {
  const command = fileURLToPath(new URL("bin/wirepane.cjs", ROOT));
  for (const file of [join(folder, "missing"), fileURLToPath(new URL("README.md", ROOT))]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [command, "lab", file], {
      encoding: "utf8",
    });
    assert.equal(status, 26);
    assert.equal(stdout, "");
    assert.match(stderr, /^wirepane: \(26\) [^\n]+\n$/);
  }
});

test("Ctrl-C ends the page while its recording is still read", async () => {
  await using lab = startCli(["lab", "--no-open", "-"]);
  lab.child.stdin?.write(readFileSync(recording("ndjson")));
  await lab.waitFor(/#token=/);
  const { code, stderr } = await lab.stop("SIGINT");
  assert.equal(code, 0);
  assert.doesNotMatch(stderr, /wirepane: /);
});

test("a file that is opened in the page replaces what is shown, and a file that is none is told in a sentence", async () => {
  await using opened = await openPage({ words: ["lab", "--no-open", recording("ndjson")] });
  const { page } = opened;
  await page.getByText("complete recording").waitFor();
  const chooser = page.locator(".open-file input");
  await chooser.setInputFiles(recording("pcapng"));
  await page.getByRole("option", { name: /GET \/hello/ }).waitFor();
  writeFileSync(join(folder, "none.ndjson"), "<script>\n");
  await chooser.setInputFiles(join(folder, "none.ndjson"));
  assert.match(await page.getByRole("alert").innerText(), /none\.ndjson: line 1 is no trace record/);
  await page.getByText("This recording has no conversation.").waitFor();
  assert.equal(await page.getByRole("option").count(), 0);
});

test("the page of a recording offers nothing that only a page with servers can do", async () => {
  await using opened = await openPage({ words: ["lab", "--no-open", recording("ndjson")] });
  const { page } = opened;
  await page.getByText("complete recording").waitFor();
  assert.match(await page.getByRole("complementary", { name: "where to look" }).innerText(), /under step/);
  await page.keyboard.press("v");
  await page.getByText(/nothing here can start a server/).waitFor();
  await page.keyboard.press("c");
  assert.ok(await page.getByRole("button", { name: /^send \d+ bytes/ }).isDisabled());
});
