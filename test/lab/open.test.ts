import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { practice, serve } from "wirepane/http";
import { openPage } from "../support/browser.ts";

test("--open shows what a command does, and the page stays until Ctrl-C", async () => {
  await using server = await serve({ handler: practice() });
  await using opened = await openPage({
    words: ["http", "-sS", new URL("/status/418", server.url).href, "--open"],
  });
  const { page, command } = opened;
  await page.getByRole("option", { name: /GET \/status\/418/ }).waitFor();
  await page.getByText("complete recording").waitFor();
  // The server was not ours to record: its lane is there, and says so.
  await page.getByText("server: not recorded").waitFor();
  await page.reload();
  await page.getByRole("option", { name: /GET \/status\/418/ }).waitFor();
  assert.deepEqual(
    opened.complaints.filter((each) => !each.includes("favicon")),
    [],
  );
  command.kill("SIGINT");
  assert.deepEqual(await once(command, "exit"), [0, null]);
});
