import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

test("zsh can read its script", async (t) => {
  const script = await scriptOf("zsh");
  assert.match(script, /listen:TCP server/);
  if (asked("zsh", ["-n"], script) === undefined) t.skip("no zsh");
});

test("fish completes commands, and the options of a command", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "wirepane-fish-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "wirepane.fish");
  writeFileSync(file, await scriptOf("fish"));
  const completed = (line: string): string | undefined =>
    asked("fish", ["--no-config", "-c", `source ${file}; complete -C "${line}"`], "");
  if (completed("wirepane ") === undefined) return t.skip("no fish");
  assert.match(completed("wirepane rep") ?? "", /^replay\t.*$/);
  assert.match(completed("wirepane curl --trace-a") ?? "", /^--trace-ascii\t.*$/);
  assert.match(completed("wirepane serve --no-l") ?? "", /^--no-listing\t.*$/);
});

test("another shell is a mistake of the command line", async () => {
  const { code, stderr } = await runCli(["completion", "csh"]);
  assert.equal(code, 2);
  assert.match(stderr, /wants a shell: bash, zsh or fish/);
});
