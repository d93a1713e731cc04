import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ROOT } from "../support/root.ts";

test("what README and the guide tell their reader to type works in a fresh checkout", async () => {
  const typing = spawn(process.execPath, ["tools/readme.js"], {
    cwd: fileURLToPath(ROOT),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said = await text(typing.stdout);
  const failures = /^✗.*(?:\n {4}.*)*/gm;
  assert.deepEqual(said.match(failures) ?? [], []);
  assert.match(said, /^[1-9]\d* passed, 0 failed$/m);
});
