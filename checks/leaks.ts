import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Check, CheckOptions, CheckResult } from "./check.ts";
import type { LeakReport } from "./leaks/child.ts";

export const check: Check = {
  promise: "a request or connection that fails, is aborted or vanishes leaves nothing behind",
  runs: { quick: 600, full: 2000, long: 20_000 },
  run,
};

const MAX_HEAP_GROWTH_BYTES = 5 * 1024 * 1024;
/** From the report of the process to its end. */
const END_MS = 3000;
const PLACES = 64;

async function run({ runs, seed, print }: CheckOptions): Promise<CheckResult> {
  const { report, endedByItself, stderr } = await runChild(runs, seed);
  if (report === undefined) {
    print(stderr);
    return { passed: false, figures: "the process that fails did not come to its report" };
  }
  const broken = [
    ...report.hung.map((name) => `never settled: ${name}`),
    ...report.untyped.map((error) => `untyped error: ${error}`),
    ...report.warnings.map((warning) => `warning: ${warning}`),
    ...report.resources.map((name) => `left behind: ${name}`),
    ...(["listeners", "descriptors", "timers", "streams", "handlers", "openAtServers"] as const)
      .filter((name) => report[name] !== 0)
      .map((name) => `${name}: ${report[name]} left`),
    ...(report.places === PLACES
      ? []
      : [`only ${report.places} of ${PLACES} places of the pool can be taken`]),
    ...(report.heapGrowth <= MAX_HEAP_GROWTH_BYTES ? [] : ["the heap grew"]),
    ...(endedByItself ? [] : ["the process did not end by itself"]),
  ];
  for (const line of new Set(broken)) print(`✗ ${line}`);
  const figures =
    `${report.attempts} failures, heap ${(report.heapGrowth / 1024).toFixed(0)} KB more, ` +
    `${report.descriptors} descriptors, ${report.timers} timers, ${report.listeners} listeners, ` +
    `${report.resources.length} resources, ${report.warnings.length} warnings left`;
  return { passed: broken.length === 0 && stderr === "", figures };
}

async function runChild(
  runs: number,
  seed: number,
): Promise<{ report: LeakReport | undefined; endedByItself: boolean; stderr: string }> {
  const module = new URL(`./leaks/child${import.meta.url.slice(-3)}`, import.meta.url);
  const flags = ["--expose-gc", "--unhandled-rejections=strict", "--throw-deprecation"];
  const child = spawn(process.execPath, [...flags, fileURLToPath(module), String(runs), String(seed)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  let timer: NodeJS.Timeout | undefined;
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
    if (stdout.endsWith("\n")) timer ??= setTimeout(() => child.kill("SIGKILL"), END_MS);
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const [code] = (await once(child, "close")) as [number | null];
  clearTimeout(timer);
  const report = stdout.endsWith("\n") ? (JSON.parse(stdout) as LeakReport) : undefined;
  return { report, endedByItself: code === 0, stderr };
}
