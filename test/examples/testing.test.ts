import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ROOT } from "../support/root.ts";

test("the example of wirepane/testing passes with node:test", () => {
  const built = import.meta.url.endsWith(".js")
    ? "build/examples/testing/resume.test.js"
    : "examples/testing/resume.test.ts";
  // The runner of this test tells its children to report to it.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const args = ["--test", "--test-reporter=tap", fileURLToPath(new URL(built, ROOT))];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    env,
    encoding: "utf8",
    timeout: 100_000,
  });
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /^ok 1 - the client retries once after a reset and resumes at byte 1,000$/m);
  assert.match(stdout, /^# pass 1$/m);
});
