// npm run bench:curves -- [CURVE…] [--quick] [--rounds N] [--node PATH] [--json]

import { spawnSync } from "node:child_process";
import { cpus } from "node:os";
import { argumentsOf } from "../../tools/arguments.js";
import type { CurvesRecord, Run } from "../report/record.ts";
import type { Settings } from "../row.ts";
import { type Curve, growthOf, measured, type Series } from "./curve.ts";
import { medianOf } from "./growth.ts";
import { plans } from "./plans.ts";

const { positionals, values } = argumentsOf({
  allowPositionals: true,
  options: {
    /** Fewer and smaller points, for your work; not to publish. */
    quick: { type: "boolean", default: false },
    rounds: { type: "string", default: "3" },
    node: { type: "string", default: process.execPath },
    json: { type: "boolean", default: false },
  },
});
const unknown = positionals.filter((name) => !(name in plans));
if (unknown.length > 0) {
  console.error(`no curve ${unknown.join(", ")}; there are ${Object.keys(plans).join(", ")}`);
  process.exit(2);
}
const { quick, node } = values;
const settings: Settings = {
  // In CPU time.
  ...(quick ? { warmUpMs: 400, measureMs: 300 } : { warmUpMs: 700, measureMs: 500 }),
  rounds: Number(values.rounds),
  quick,
  node,
  nodes: [node],
};

const curves: Curve[] = [];
const runs: Run[] = [];
for (const [name, plan] of Object.entries(plans)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const started = performance.now();
  const seconds = () => Math.round((performance.now() - started) / 100) / 10;
  try {
    const curve = await measured(await plan(settings), settings.rounds);
    curves.push(curve);
    if (!values.json) print(curve);
    runs.push({ name, seconds: seconds() });
  } catch (error) {
    const failed = error instanceof Error ? error.message : String(error);
    runs.push({ name, seconds: seconds(), failed });
    process.exitCode = 1;
    console.error(`${name}: not measured, ${failed}`);
  }
  if (values.json) console.error(`${name}: ${seconds()} s`);
}
if (values.json) {
  const record: CurvesRecord = {
    node: spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim(),
    machine: `${cpus().length} × ${cpus()[0]?.model.trim()}, ${process.platform} ${process.arch}`,
    day: new Date().toISOString().slice(0, 10),
    settings,
    runs,
    curves,
  };
  console.log(JSON.stringify(record));
}

function print({ title, x, y, load, series }: Curve): void {
  console.log(`\n${title}\n  ${y.label}, ${y.unit}, by ${x.label}; ${load}`);
  for (const one of series) {
    const points = one.points.map(({ x: amount, rounds }) => `${amount}: ${medianOf(rounds).toPrecision(3)}`);
    console.log(`  ${one.name.padEnd(34)} ${points.join("  ")}`);
    console.log(`    ${grown(one)}`);
    for (const { name, reason } of one.missing) console.log(`    ${name}: not measured, ${reason}`);
  }
}

function grown(series: Series): string {
  const growth = growthOf(series);
  if (growth === undefined) return "no exponent: too few points";
  const { fitFrom, maxExponent, reference } = series;
  const bound = reference ? "a peer" : `${growth.withinBound ? "✓" : "✗"} ≤ ${maxExponent}`;
  return `exponent ${growth.exponent.toFixed(2)} from ${fitFrom} on (${bound})`;
}
