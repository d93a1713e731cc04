// Runs built tests on the Node that runs this file: node tools/run-tests.js [test/http1 test/tcp/… !test/package …]
// Every file runs in a process of its own. Prints a line for each file and every failure in full, and closes with
// `N passed, N failed`.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A file that takes longer than this hangs. */
const fileTimeoutMs = 600_000;
/** We count on two cores. Tests of sockets run servers in processes of their own. */
const filesAtOnce = 3;

const build = fileURLToPath(new URL("../build/", import.meta.url));
const reporter = new URL("test-events.js", import.meta.url).href;
const names = process.argv.slice(2).map((name) => name.replace(/\.ts$/, ".js").replace(/\/$/, ""));
const wanted = names.filter((name) => !name.startsWith("!"));
const unwanted = names.filter((name) => name.startsWith("!")).map((name) => name.slice(1));
const files = readdirSync(join(build, "test"), { recursive: true, encoding: "utf8" })
  .map((name) => join("test", name))
  .filter((name) => name.endsWith(".test.js"))
  .filter((name) => existsSync(join(build, "..", name.replace(/\.js$/, ".ts")))) // not one that was renamed or removed
  .filter((name) => (wanted.length === 0 || isIn(wanted, name)) && !isIn(unwanted, name))
  .sort()
  .sort((a, b) => placeOf(a) - placeOf(b)); // in the order of the names given: the slowest first, so that no core waits

const total = { passed: 0, failed: 0, skipped: 0 };
/** @type {string[]} */
const failures = [];
const scratch = mkdtempSync(join(tmpdir(), "wirepane-tests-"));
try {
  const queue = [...files.entries()];
  await Promise.all(
    Array.from({ length: filesAtOnce }, async () => {
      for (let next = queue.shift(); next; next = queue.shift())
        await runFile(next[1], join(scratch, `${next[0]}.json`));
    }),
  );
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
for (const failure of failures) console.log(`\n${failure}`);
if (files.length === 0) console.log("no test file has that name");
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

/** @param {string[]} parts @param {string} name */
function isIn(parts, name) {
  return parts.some((part) => name === part || name.startsWith(`${part}/`));
}

/** @param {string} name */
function placeOf(name) {
  return wanted.findIndex((part) => isIn([part], name));
}

/**
 * @param {string} file
 * @param {string} resultsPath
 */
async function runFile(file, resultsPath) {
  const start = performance.now();
  const args = [
    `--test-reporter=${reporter}`,
    `--test-reporter-destination=${resultsPath}`,
    join(build, file),
  ];
  // A process group of its own, so that a file that hangs ends with everything it started.
  const child = spawn(process.execPath, ["--enable-source-maps", ...args], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => (output = (output + chunk).slice(-20_000)));
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    if (child.pid) process.kill(-child.pid, "SIGKILL");
  }, fileTimeoutMs);
  const [code, signal] = await once(child, "exit");
  clearTimeout(timer);

  const results = readResults(resultsPath);
  const counted = results.filter(({ repeats }) => !repeats);
  const failed = counted.filter((result) => !result.passed);
  const skips = counted.filter((result) => result.passed && result.skipped !== undefined);
  for (const { name, skipped } of skips)
    console.log(`  skipped: ${name} (${skipped === true ? "no reason given" : skipped})`);
  for (const { name, line, failure } of failed) {
    failures.push(`✗ ${source(file)}:${line} ${name}\n${String(failure).replace(/^/gm, "    ")}`);
  }
  let failedCount = failed.length;
  if (failedCount === 0 && (code !== 0 || counted.length === 0)) {
    failedCount = 1;
    const why = hung
      ? `did not end within ${fileTimeoutMs / 1000} s`
      : `ended with ${code ?? signal}, without a failed test`;
    failures.push(`✗ ${source(file)} ${why}`);
  }
  const passedCount = counted.length - failed.length - skips.length;
  total.passed += passedCount;
  total.failed += failedCount;
  total.skipped += skips.length;
  const ms = Math.round(performance.now() - start);
  console.log(
    `${failedCount ? "✗" : "✓"} ${source(file)}: ${passedCount} passed${failedCount ? `, ${failedCount} FAILED` : ""} (${ms} ms)`,
  );
  if (failedCount > 0 && output) console.log(output.trimEnd().replace(/^/gm, "    | "));
}

/**
 * @typedef {{ name: string, line: number, passed: boolean, repeats: boolean, skipped?: string | true, failure?: string
 * }} Result
 * @param {string} path
 * @returns {Result[]}
 */
function readResults(path) {
  try {
    return readFileSync(path, "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  } catch {
    return []; // it ended before it reported anything, which counts as a failure
  }
}

/** @param {string} file */
function source(file) {
  return file.replace(/\.js$/, ".ts");
}
