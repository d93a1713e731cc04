import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileStream } from "../../../src/cli/curl/file-stream.ts";

test("a stream of a known length ends with its last byte, and reads no more", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "wirepane-stream-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "up"), "uploaded");
  const stream = fileStream(join(folder, "up"), 8);
  assert.equal(Buffer.from((await stream.next()).value ?? "").toString(), "uploaded");
  // Another read would take a turn of the event loop at least.
  const turn = new Promise((resolve) => setImmediate(resolve, "another read"));
  assert.deepEqual(await Promise.race([stream.next(), turn]), { value: undefined, done: true });
});

test("a file that has become shorter is an error", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "wirepane-stream-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "up"), "uploaded");
  await assert.rejects(
    async () => {
      for await (const _ of fileStream(join(folder, "up"), 9));
    },
    { exitCode: 26, message: /ended after 8 of its 9 bytes/ },
  );
});
