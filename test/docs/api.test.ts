import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ROOT } from "../support/root.ts";

test("docs/api.md describes what is public now, and every public name and member has a docstring", () => {
  const tool = fileURLToPath(new URL("tools/api.js", ROOT));
  const { status, stdout, stderr } = spawnSync(process.execPath, [tool, "--check"], { encoding: "utf8" });
  assert.equal(stderr, "");
  assert.equal(stdout, "");
  assert.equal(status, 0);
});
