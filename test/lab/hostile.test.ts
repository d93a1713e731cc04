import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { connect, listen } from "wirepane/tcp";
import { recordTrace, toNdjson } from "wirepane/trace";
import { seriousFindings } from "../support/axe.ts";
import { openPage } from "../support/browser.ts";

// Bytes of a peer become text on the page and nothing else (W-07), and axe finds nothing serious in any state of it.

const folder = mkdtempSync(join(tmpdir(), "wirepane-lab-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const HOSTILE = [
  "</script><script>window.ran=1</script>",
  "<img src=x onerror=window.ran=1>",
  "<svg onload=window.ran=1>",
  '"><iframe src=javascript:window.top.ran=1>',
  "<style>@import url(http://127.0.0.1:9/a.css)</style>",
  "<link rel=prefetch href=http://127.0.0.1:9/>",
  "{{constructor.constructor('window.ran=1')()}}",
  "__proto__",
  "\u202eevil\u0000\u001b[31m\u009b",
].join(" ");

/** A recording of a conversation in which every place that a peer can choose has hostile bytes. */
async function hostileRecording(): Promise<string> {
  const recorder = recordTrace();
  const hostile = Buffer.from(HOSTILE, "latin1");
  const server = await listen({
    handler: async (connection) => {
      await connection.read();
      await connection.write(
        Buffer.concat([Buffer.from("HTTP/1.1 200 "), hostile, Buffer.from("\r\nX-"), hostile]),
      );
      await connection.end();
    },
    observe: () => recorder.observe("server"),
  });
  const { address } = server;
  assert.ok(address.family !== "unix");
  const client = await connect({
    host: address.host,
    port: address.port,
    observer: recorder.observe("client"),
  });
  await client.write(
    Buffer.concat([Buffer.from("GET /"), hostile, Buffer.from(" HTTP/1.1\r\nHost: a\r\n\r\n")]),
  );
  while ((await client.read()) !== undefined);
  await client.end();
  await client.closed;
  await server.stop();
  const [first] = recorder.records;
  assert.ok(first);
  const events = [
    { kind: "resolve", host: HOSTILE, addresses: [HOSTILE] },
    { kind: "attempt-failed", remote: { family: "unix", path: HOSTILE }, error: HOSTILE },
    { kind: "error", code: HOSTILE, message: HOSTILE },
    { kind: "closed", how: HOSTILE, bytesIn: 0, bytesOut: 0 },
  ] as const;
  const others = events.map((event) => ({ ...first, connection: 99, type: "connection" as const, event }));
  const spans = (["method", "request-target", "field-name", "field-value"] as const).map((rule, index) => ({
    v: 1 as const,
    t: first.t,
    connection: 1,
    role: "client" as const,
    type: "span" as const,
    direction: "out" as const,
    rule,
    start: index * 20,
    end: index * 20 + 20,
  }));
  const path = join(folder, "hostile.ndjson");
  writeFileSync(
    path,
    [...recorder.records, ...spans, ...others].map((record) => `${toNdjson(record)}\n`).join(""),
  );
  return path;
}

test("hostile bytes in every pane: no script runs, and no request leaves", async () => {
  await using opened = await openPage({ words: ["lab", "--no-open", await hostileRecording()] });
  const { page, complaints } = opened;
  await page.getByRole("option").nth(1).waitFor();
  for (const row of await page.getByRole("option").all()) {
    await row.click();
    for (const box of await page.locator("svg g.box").all()) {
      await box.click();
      for (const name of ["Fields", "Bytes", "Time"]) await page.getByRole("tab", { name }).click();
    }
  }
  await page.getByRole("searchbox").fill("evil");
  await page.getByRole("searchbox").fill(`"${HOSTILE.replaceAll('"', "")}"`);
  await page.getByRole("searchbox").fill("");
  assert.equal(await page.evaluate("window.ran"), undefined);
  assert.deepEqual(
    await page.locator("#app script, #app img, #app iframe, #app style, #app link").count(),
    0,
  );
  assert.deepEqual(complaints, []);
});

describe("axe finds nothing serious", () => {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`in the ${colorScheme} page, in each view, wide and narrow`, async () => {
      await using opened = await openPage({ colorScheme });
      const { page } = opened;
      await page.getByRole("option", { name: /GET \/hello/ }).click();
      assert.deepEqual(await seriousFindings(page), []);
      await page.locator("svg g.box.server.write").click();
      for (const name of ["Bytes", "Time", "Fields"]) {
        await page.getByRole("tab", { name }).click();
        assert.deepEqual(await seriousFindings(page), [], name);
      }
      await page.keyboard.press("Escape");
      await page.keyboard.press("?");
      assert.deepEqual(await seriousFindings(page), [], "help");
      await page.keyboard.press("Escape");
      await page.setViewportSize({ width: 480, height: 800 });
      assert.deepEqual(await seriousFindings(page), [], "narrow");
    });
  }
});
