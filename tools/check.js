// npm run check:NAME -- [--long] [--runs N] [--seed N] [--replay N]
// Runs one of the checks of checks/, and closes with its figures. The exit code is 1 if the promise is broken.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { argumentsOf } from "./arguments.js";

/** @typedef {import("../checks/check.ts").Check} Check */

const root = fileURLToPath(new URL("../", import.meta.url));
const { positionals, values } = argumentsOf({
  allowPositionals: true,
  options: {
    long: { type: "boolean", default: false },
    runs: { type: "string" },
    seed: { type: "string" },
    replay: { type: "string" },
  },
});
const [name = ""] = positionals;
if (!/^[a-z]+$/.test(name)) {
  console.error("check: which one? `npm run` lists them");
  process.exit(2);
}
const build = [
  ["tools/build.js", "--if-needed"],
  ["node_modules/typescript/bin/tsc", "-p", "tsconfig.test.json"],
];
for (const args of build) {
  if (spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status !== 0) process.exit(1);
}
/** @type {{ check: Check }} */
const { check } = await import(new URL(`../build/checks/${name}.js`, import.meta.url).href);
const startedAt = performance.now();
const { passed, figures } = await check.run({
  runs: number(values.runs) ?? (values.long ? check.runs.long : check.runs.quick),
  seed: number(values.seed) ?? Date.now() % 2 ** 31,
  replay: number(values.replay),
  print: console.log,
});
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
console.log(`${passed ? "✓" : "✗"} ${check.promise}: ${figures} (${seconds} s)`);
process.exitCode = passed ? 0 : 1;

/** @param {string | undefined} text */
function number(text) {
  if (text === undefined) return undefined;
  const value = Number(text.replaceAll("_", ""));
  if (Number.isSafeInteger(value) && value >= 0) return value;
  console.error(`check: not a whole number: ${text}`);
  process.exit(2);
}
