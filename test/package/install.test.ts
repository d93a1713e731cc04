import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ROOT } from "../support/root.ts";

const root = fileURLToPath(ROOT);
const scratch = mkdtempSync(join(tmpdir(), "wirepane-install-"));
const clone = join(scratch, "clone");
const prefix = join(scratch, "prefix");
const installed = join(prefix, "bin", "wirepane");

/** Runs a program to its end, without the variables that npm set for this test. */
function run(cwd: string, program: string, ...args: string[]) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd,
    env: { ...env, npm_config_prefix: prefix },
    encoding: "utf8",
    timeout: 240_000,
  });
  return { status, stdout, said: `${program} ${args.join(" ")}: exit ${status}\n${stdout}${stderr}` };
}

function succeed(cwd: string, program: string, ...args: string[]): string {
  const { status, stdout, said } = run(cwd, program, ...args);
  assert.equal(status, 0, said);
  return stdout;
}

/** Copies what git would put into a clone if everything here were committed: nothing that is built. */
before(() => {
  const listed = succeed(root, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard");
  for (const name of listed.split("\0").filter(Boolean)) {
    mkdirSync(dirname(join(clone, name)), { recursive: true });
    cpSync(join(root, name), join(clone, name));
  }
  const identity = ["-c", "user.name=test", "-c", "user.email=test@example.invalid"];
  succeed(clone, "git", "init", "--quiet");
  succeed(clone, "git", "add", "--all");
  succeed(clone, "git", ...identity, "commit", "--quiet", "--message", "clone");
});

after(() => rmSync(scratch, { recursive: true, force: true }));

test("where scripts are off, the command says that it is not built, and how to build it", () => {
  succeed(clone, "npm", "install", "--global", "--ignore-scripts", ".");
  const { status, said } = run(scratch, installed, "--version");
  assert.equal(status, 1, said);
  assert.match(said, /^wirepane: not built\. Run: cd .+ && npm ci && npm run build$/m);
});

test("npm install of a clone's address in git gives a command and a library that work", () => {
  const user = join(scratch, "user");
  mkdirSync(user);
  writeFileSync(join(user, "package.json"), '{ "private": true, "type": "module" }\n');
  succeed(user, "npm", "install", `git+file://${clone}`);
  assert.match(succeed(user, join("node_modules", ".bin", "wirepane"), "--version"), /^wirepane \d/);
  const { exports } = JSON.parse(readFileSync(join(clone, "package.json"), "utf8"));
  const names = Object.keys(exports).filter((path) => path !== "./package.json");
  assert.ok(names.includes("./testing"));
  const script = names.map(
    (path) =>
      `assert.ok(Object.keys(await import("${path.replace(/^\./, "wirepane")}")).length > 0, "${path}");\n`,
  );
  writeFileSync(join(user, "all.js"), `import assert from "node:assert/strict";\n${script.join("")}`);
  succeed(user, "node", "all.js");
});

test("npm pack in a clean clone packs the command and the library, and prints nothing else on stdout", () => {
  const [packed] = JSON.parse(succeed(clone, "npm", "pack", "--json"));
  const paths: string[] = packed.files.map(({ path }: { path: string }) => path);
  for (const path of [
    "bin/wirepane.cjs",
    "dist/wirepane.cjs",
    "dist/command.cjs",
    "dist/unwatched.cjs",
    "dist/curl.cjs",
    "dist/import-file.cjs",
    "dist/public-suffixes.cjs",
    "dist/index.d.ts",
  ])
    assert.ok(paths.includes(path), path);
});

test("npm install -g . in a clone without node_modules gives a command that works", () => {
  // The build that npm pack asked for stays: npm runs the same script here, and the build takes half a minute.
  rmSync(join(clone, "node_modules"), { recursive: true });
  succeed(clone, "npm", "install", "--global", ".");
  assert.match(succeed(scratch, installed, "--version"), /^wirepane \d/);
});
