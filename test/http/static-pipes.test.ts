import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { staticFiles } from "../../src/http/server/files/static-files.ts";
import { rawClient } from "./raw-client.ts";

const root = mkdtempSync(join(tmpdir(), "wirepane-pipes-"));
after(() => rmSync(root, { recursive: true }));

test("a named pipe below the root is not found, and does not block even if nobody writes to it", async () => {
  execFileSync("mkfifo", [join(root, "pipe")]);
  const client = rawClient(staticFiles(root));
  client.send("GET /pipe HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  assert.match(await client.toEnd(), /^HTTP\/1\.1 404 /);
});
