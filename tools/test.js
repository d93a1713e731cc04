// npm test: sets up a fresh machine, then runs the tests on this Node, in at most three minutes.
//     npm test                          the quick tests
//     npm test -- test/http1 test/tcp   only these tests
//     npm run test:all                  all tests: slow tests too, the checks in their full form, other lines of Node
//     node tools/test.js --rest         what `npm run test:all` runs and `npm test` does not
import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { fetchNode, nodeLines } from "./nodes.js";
import { installMissingPeers } from "./peers.js";

const root = fileURLToPath(new URL("../", import.meta.url));
const words = process.argv.slice(2);
const all = words.includes("--all");
const rest = words.includes("--rest");
const named = words.filter((word) => !word.startsWith("--"));

/**
 * Too slow for `npm test`: these tests install the package anew, start every line of Node, try every octet or every cut at
 * every place, break the code to see tests fail, or wait for timeouts, silent workers and the system to run out, or open
 * Chromium for every part of the page (test/lab/page.test.ts stays in the quick tests).
 */
const slow = [
  "test/checks/bombs.test.ts",
  "test/checks/cuts.test.ts",
  "test/checks/differential.test.ts",
  "test/checks/drain.test.ts",
  "test/checks/emfile.test.ts",
  "test/checks/fuzz.test.ts",
  "test/checks/idle.test.ts",
  "test/checks/injection.test.ts",
  "test/checks/leaks.test.ts",
  "test/checks/mutants.test.ts",
  "test/checks/poison.test.ts",
  "test/checks/proxy.test.ts",
  "test/checks/simulation.test.ts",
  "test/checks/splits.test.ts",
  "test/checks/tls.test.ts",
  "test/cli/listen-handler.test.ts",
  "test/cli/proxy.test.ts",
  "test/cli/record.test.ts",
  "test/cli/recording.test.ts",
  "test/cli/trace.test.ts",
  "test/cli/tracing.test.ts",
  "test/contract/observed-models.test.ts",
  "test/docs/guide.test.ts",
  "test/docs/readme.test.ts",
  "test/docs/screenshots.test.ts",
  "test/examples",
  "test/http/restart.test.ts",
  "test/http1/joined-chunks.test.ts",
  "test/http1/usual-head.test.ts",
  "test/interop/curl-requests.test.ts",
  "test/interop/curl/command-lines.test.ts",
  "test/interop/curl/connections.test.ts",
  "test/interop/curl/contents.test.ts",
  "test/interop/http-client.test.ts",
  "test/interop/http-server.test.ts",
  "test/interop/proxies.test.ts",
  "test/interop/terminal.test.ts",
  "test/lab/brush.test.ts",
  "test/lab/crash.test.ts",
  "test/lab/drawer-access.test.ts",
  "test/lab/drawer.test.ts",
  "test/lab/files.test.ts",
  "test/lab/guard.test.ts",
  "test/lab/hostile.test.ts",
  "test/lab/open.test.ts",
  "test/lab/proxied.test.ts",
  "test/nodes",
  "test/package",
  "test/proxy/admin-browser.test.ts",
  "test/proxy/admin-command.test.ts",
  "test/proxy/real-programs.test.ts",
  "test/proxy/saved.test.ts",
  "test/replay/as-code.test.ts",
  "test/replay/command.test.ts",
  "test/tcp/lost-workers.test.ts",
  "test/tcp/sent-on.test.ts",
  "test/tcp/workers.test.ts",
  "test/trace/explanation-writer.test.ts",
  "test/trace/formats/memory.test.ts",
  "test/trace/formats/pcapng.test.ts",
  "test/trace/secrets.test.ts",
  "test/trace/values/any-octets.test.ts",
  "test/watch/command.test.ts",
  "test/watch/packages.test.ts",
];
/** A minute or more each. They start first, so that the other core has something to do until their end. */
const longest = [
  "test/package",
  "test/docs/readme.test.ts",
  "test/checks/mutants.test.ts",
  "test/proxy/real-programs.test.ts",
  "test/checks/fuzz.test.ts",
  "test/checks/simulation.test.ts",
];
/**
 * Where the versions of Node can make a difference: code that reads bytes, and code that uses sockets. What takes longest
 * comes first. Left out are tests that cut and join octets in thousands of ways: they ask our code, not Node.
 */
const everyNode = [
  "test/contract",
  "test/tcp",
  "test/http1",
  "!test/http1/hostile-fields.test.ts",
  "!test/http1/joined-chunks.test.ts",
  "!test/http1/usual-head.test.ts",
  "test/http",
  "test/wire",
  "test/bytes",
  "test/watch/hooks.test.ts",
  "test/checks/verdicts.test.ts",
];
const total = { passed: 0, failed: 0, skipped: 0 };
/** Two values that differ are told with the first lines of their difference. */
const linesOfFailure = 8;
/**
 * The heading and the first lines of every failure. They are told again at the end: a CI system may show only the end of the
 * output.
 *
 * @type {string[]}
 */
const failures = [];
process.on("uncaughtException", (error) => {
  console.log(`${error.stack}\n${total.passed} passed, ${total.failed + 1} failed`);
  process.exit(1);
});

installMissingPeers(console.log);
mustRun([`${root}tools/build.js`, "--if-needed"]);
mustRun([`${root}node_modules/typescript/bin/tsc`, "-p", `${root}tsconfig.test.json`]);
if (named.length > 0) {
  await runOn(process.execPath, named);
} else if (rest) {
  await runOn(process.execPath, [...new Set([...longest, ...slow, "test/checks"])], "full");
} else if (all) {
  await runOn(process.execPath, [], "full");
} else {
  await runOn(
    process.execPath,
    slow.map((name) => `!${name}`),
  );
}
if (all || rest) await runOnOtherNodes();
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
if (failures.length > 0) console.log(`\nfailed:\n${failures.join("\n")}`);
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

async function runOnOtherNodes() {
  const current = Number(process.versions.node.split(".")[0]);
  for (const line of nodeLines.filter((each) => each !== current)) {
    const node = fetchNode(line, console.log);
    if ("path" in node) {
      await runOn(node.path, everyNode);
    } else {
      console.log(`\n${node.problem}`);
      total.skipped += 1;
    }
  }
}

/**
 * Runs the tests on one Node, and adds its closing line to the total.
 *
 * @param {string} node
 * @param {string[]} names files and folders; with `!` before it, all but that one
 * @param {"quick" | "full"} [checks] the form in which the checks run
 */
async function runOn(node, names, checks = "quick") {
  const version = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();
  console.log(`\nNode ${version}${names.length > 0 ? `: ${names.join(" ")}` : ""}`);
  const tests = spawn(node, [`${root}tools/run-tests.js`, ...names], {
    cwd: root,
    env: { ...process.env, WIREPANE_CHECKS: checks },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let last = "";
  let told = linesOfFailure;
  for await (const line of createInterface({ input: tests.stdout })) {
    console.log(line);
    // run-tests.js prints a failure as one line, and then what was thrown, indented.
    if (/^✗ .*\.test\.ts(:\d| did| ended)/.test(line)) {
      failures.push(`${line} (${version})`);
      told = 0;
    } else if (told < linesOfFailure && line.startsWith("    ") && line.trim() !== "") {
      failures.push(line);
      told += 1;
    }
    last = line;
  }
  const closing = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/.exec(last);
  if (!closing) {
    failures.push(`✗ the tests on ${version} ended without a result`);
    console.log(failures.at(-1));
  }
  total.passed += Number(closing?.[1] ?? 0);
  total.failed += Number(closing?.[2] ?? 1);
  total.skipped += Number(closing?.[3] ?? 0);
}

/** @param {string[]} args */
function mustRun(args) {
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (status === 0) return;
  console.log("the build failed, so no test was run\n0 passed, 1 failed");
  process.exit(1);
}
