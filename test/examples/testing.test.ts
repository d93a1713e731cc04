import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
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

const page = readFileSync(new URL("docs/testing.md", ROOT), "utf8");
const codeOf = (part: string): string =>
  /```ts\n([\s\S]*?)```/.exec(page.slice(page.indexOf(part)))?.[1] ?? "";

test("docs/testing.md shows the example as it is", () => {
  const example = readFileSync(new URL("examples/testing/resume.test.ts", ROOT), "utf8");
  const [, body = ""] = /^(test\([\s\S]*)/m.exec(codeOf("# In tests")) ?? [];
  assert.ok(
    body.length > 100 && example.includes(body),
    "another text than in examples/testing/resume.test.ts",
  );
});

test("the example of docs/testing.md passes with vitest", (context: TestContext) => {
  const folder = mkdtempSync(join(tmpdir(), "wirepane-vitest-"));
  try {
    writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
    const install = ["install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "vitest@3"];
    const installed = spawnSync("npm", install, { cwd: folder, encoding: "utf8", timeout: 300_000 });
    if (installed.status !== 0)
      return context.skip("the registry of npm does not answer, so there is no vitest");
    cpSync(new URL("examples/testing/", ROOT), folder, { recursive: true });
    rmSync(join(folder, "resume.test.ts"));
    writeFileSync(join(folder, "vitest.test.ts"), codeOf("## With vitest"));
    if (!existsSync(join(folder, "node_modules/wirepane"))) {
      mkdirSync(join(folder, "node_modules"), { recursive: true });
      symlinkSync(fileURLToPath(ROOT), join(folder, "node_modules/wirepane"));
    }
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const args = [join(folder, "node_modules/vitest/vitest.mjs"), "run", "--root", folder];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: folder,
      env: { ...env, NO_COLOR: "1" },
      encoding: "utf8",
      timeout: 200_000,
    });
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /Tests +1 passed/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
