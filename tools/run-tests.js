// Runs built tests on the Node that runs this file: node tools/run-tests.js [test/http1 test/tcp/…]
// Prints a line per file, every failure in full, and closes with `N passed, N failed`.
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { run } from "node:test";
import { fileURLToPath } from "node:url";

const build = fileURLToPath(new URL("../build/", import.meta.url));
const wanted = process.argv.slice(2).map((name) => name.replace(/\.ts$/, ".js"));
const files = readdirSync(join(build, "test"), { recursive: true, encoding: "utf8" })
  .map((name) => join("test", name))
  .filter((name) => name.endsWith(".test.js"))
  .filter(
    (name) => wanted.length === 0 || wanted.some((part) => name === part || name.startsWith(`${part}/`)),
  )
  .sort()
  .map((name) => join(build, name));

/** @typedef {{ passed: number, failed: number, skipped: number, ms: number }} Tally */
/** @type {Map<string, Tally>} */
const tallies = new Map();
/** Complaints of the test processes, shown with the failures. @type {Map<string, string[]>} */
const outputs = new Map();
/** @type {string[]} */
const failures = [];

// One process at a time on two cores: the tests of sockets start servers of their own beside them.
const events = run({ files, concurrency: 2, timeout: 240_000 });
for await (const { type, data } of /** @type {AsyncIterable<{ type: string, data: any }>} */ (events)) {
  if (type === "test:stderr" || type === "test:stdout") noteOutput(data.file, data.message);
  if (type === "test:pass" || type === "test:fail") count(type === "test:pass", data);
}
report();

/**
 * @param {boolean} passed
 * @param {any} data
 */
function count(passed, data) {
  const file = data.file ?? data.name;
  // A suite's own result repeats what its tests said; so does the wrapper of a file (named by its path).
  const isWrapper =
    data.details.type === "suite" || data.name === file || data.name === relative(process.cwd(), file);
  const tally = tallies.get(file) ?? { passed: 0, failed: 0, skipped: 0, ms: 0 };
  tallies.set(file, tally);
  if (data.nesting === 0) tally.ms += data.details.duration_ms;
  if (isWrapper && (passed || data.details.error?.failureType === "subtestsFailed")) return;
  if (data.skip !== undefined || data.todo !== undefined) {
    tally.skipped += 1;
    console.log(`  skipped: ${data.name} (${data.skip || data.todo || "no reason given"})`);
  } else if (passed) {
    tally.passed += 1;
  } else {
    tally.failed += 1;
    failures.push(describeFailure(file, data));
  }
}

/**
 * @param {string} file
 * @param {any} data
 */
function describeFailure(file, data) {
  const error = data.details.error;
  const cause = error?.cause ?? error;
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause?.message ?? cause);
  return `✗ ${shortName(file)}:${data.line ?? ""} ${data.name}\n${text.replace(/^/gm, "    ")}`;
}

/**
 * @param {string | undefined} file
 * @param {string} message
 */
function noteOutput(file, message) {
  if (file === undefined) return;
  const lines = outputs.get(file) ?? [];
  outputs.set(file, lines);
  if (lines.length < 200) lines.push(message.trimEnd());
}

function report() {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const [file, tally] of [...tallies].sort()) {
    const failed = tally.failed > 0 ? `, ${tally.failed} FAILED` : "";
    console.log(
      `${tally.failed > 0 ? "✗" : "✓"} ${shortName(file)}: ${tally.passed} passed${failed} (${Math.round(tally.ms)} ms)`,
    );
    total.passed += tally.passed;
    total.failed += tally.failed;
    total.skipped += tally.skipped;
    const output = outputs.get(file);
    if (tally.failed > 0 && output) console.log(output.join("\n").replace(/^/gm, "    | "));
  }
  for (const failure of failures) console.log(`\n${failure}`);
  if (total.passed === 0) console.log("no test was run");
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
  console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
}

/** @param {string} file */
function shortName(file) {
  return relative(build, file).replace(/\.js$/, ".ts");
}
