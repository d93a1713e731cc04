import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { runCli } from "../support/cli.ts";

const scriptOf = async (shell: string): Promise<string> => {
  const { code, stdout, stderr } = await runCli(["completion", shell]);
  assert.deepEqual([code, stderr], [0, ""]);
  return String(stdout);
};

/** A shell of this machine reads the script and answers a question. `undefined`: there is no such shell. */
function asked(shell: string, words: readonly string[], script: string): string | undefined {
  const { error, status, stdout, stderr } = spawnSync(shell, words, { input: script, encoding: "utf8" });
  if (error !== undefined) return undefined;
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

test("bash completes commands, and the options of a command", async (t) => {
  const script = await scriptOf("bash");
  const completed = (...words: string[]): string | undefined =>
    asked(
      "bash",
      ["--norc"],
      `${script}\nCOMP_WORDS=(${words.join(" ")}); COMP_CWORD=${words.length - 1}; _wirepane; echo "\${COMPREPLY[*]}"\n`,
    );
  if (completed("wirepane", "") === undefined) return t.skip("no bash");
  assert.equal(completed("wirepane", "rep"), "replay");
  assert.equal(completed("wirepane", "curl", "--trace-a"), "--trace-ascii");
  assert.equal(completed("wirepane", "serve", "--no-l"), "--no-listing");
  assert.equal(completed("wirepane", "http", "file"), "");
});

for (const [shell, check] of [
  ["zsh", ["-n"]],
  ["fish", ["--no-execute"]],
] as const) {
  test(`${shell} can read its script`, async (t) => {
    const script = await scriptOf(shell);
    assert.match(script, /listen[: ].*TCP server/);
    if (asked(shell, check, script) === undefined) t.skip(`no ${shell}`);
  });
}

test("another shell is a mistake of the command line", async () => {
  const { code, stderr } = await runCli(["completion", "csh"]);
  assert.equal(code, 2);
  assert.match(stderr, /wants a shell: bash, zsh or fish/);
});
