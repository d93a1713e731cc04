// npm run docs:performance [-- --measure [--quick] [--node PATH]]: makes docs/performance.md and its charts from the
// JSON beside them. With --measure all benchmarks first make that JSON anew: use a machine that does nothing else.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { argumentsOf } from "./arguments.js";

/** @typedef {import("../bench/report/record.ts")} RecordModule */
/** @typedef {import("../bench/report/document.ts")} DocumentModule */
/** @typedef {import("../bench/report/reasons.ts")} ReasonsModule */
/** @typedef {import("../bench/report/peers-chart.ts")} PeersChartModule */
/** @typedef {import("../bench/report/curve-chart.ts")} CurveChartModule */
/** @typedef {import("../bench/report/record.ts").BenchRecord} BenchRecord */
/** @typedef {import("../bench/report/record.ts").CurvesRecord} CurvesRecord */

const root = new URL("../", import.meta.url);
const home = new URL("docs/performance/", root);
const { measure, ...passedOn } = argumentsOf({
  options: {
    measure: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    node: { type: "string", default: process.execPath },
  },
}).values;

const tsc = ["node_modules/typescript/bin/tsc", "-p", "tsconfig.test.json"];
if (spawnSync(process.execPath, tsc, { cwd: fileURLToPath(root), stdio: "inherit" }).status !== 0)
  process.exit(1);
/** @type {RecordModule} */
const { writtenRecord } = await import(new URL("build/bench/report/record.js", root).href);
/** @type {DocumentModule} */
const { performanceDocument } = await import(new URL("build/bench/report/document.js", root).href);
/** @type {ReasonsModule} */
const { parseReasons } = await import(new URL("build/bench/report/reasons.js", root).href);
/** @type {PeersChartModule} */
const { peersChart } = await import(new URL("build/bench/report/peers-chart.js", root).href);
/** @type {CurveChartModule} */
const { curveChart } = await import(new URL("build/bench/report/curve-chart.js", root).href);

mkdirSync(home, { recursive: true });
if (measure) {
  if (
    spawnSync(process.execPath, ["tools/build.js"], { cwd: fileURLToPath(root), stdio: "inherit" }).status !==
    0
  )
    process.exit(1);
  record("bench.json", "build/bench/run.js");
  record("curves.json", "build/bench/curves/run.js");
}
/** @type {BenchRecord} */
const bench = JSON.parse(read("bench.json"));
/** @type {CurvesRecord} */
const curves = JSON.parse(read("curves.json"));
const { markdown, problems } = performanceDocument(bench, curves, parseReasons(read("reasons.md")));
writeFileSync(new URL("peers.svg", home), peersChart(bench.tables, bench.node));
for (const curve of curves.curves) writeFileSync(new URL(`curve-${curve.id}.svg`, home), curveChart(curve));
for (const problem of problems) console.log(problem);
if (problems.length > 0) process.exit(1);
writeFileSync(new URL("docs/performance.md", root), markdown);
console.log(`docs/performance.md: ${bench.tables.length} tables, ${curves.curves.length} curves`);

/**
 * A row that fails is named in the JSON.
 *
 * @param {string} file
 * @param {string} program
 */
function record(file, program) {
  const args = [program, "--json", "--node", passedOn.node, ...(passedOn.quick ? ["--quick"] : [])];
  const { stdout } = spawnSync(process.execPath, args, {
    cwd: fileURLToPath(root),
    encoding: "utf8",
    maxBuffer: 1 << 28,
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (stdout === "") {
    console.log(`${program} left nothing: ${file} stays as it was`);
    process.exit(1);
  }
  writeFileSync(new URL(file, home), writtenRecord(JSON.parse(stdout)));
}

/** @param {string} file */
function read(file) {
  return readFileSync(new URL(file, home), "utf8");
}
