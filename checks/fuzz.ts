import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { quote } from "../src/bytes/text.ts";
import type { Check, CheckOptions, CheckResult } from "./check.ts";
import { bundleTargets } from "./fuzz/bundle.ts";
import { asLine, readCorpus, writeCorpus } from "./fuzz/corpus.ts";
import type { Find } from "./fuzz/loop.ts";
import { wireSeeds } from "./fuzz/seeds.ts";
import { TARGETS } from "./fuzz/targets.ts";
import { countOf, inputOf, watchedInput } from "./fuzz/watched-input.ts";
import type { Done, Job, WorkerTask } from "./fuzz/worker.ts";

/** An input that takes longer than this is taken to hang. */
const STUCK_MS = 30_000;

export const check: Check = {
  promise: "no bytes from outside make a reader throw a wrong error, hang, or contradict itself",
  runs: { quick: 60_000, full: 600_000, long: 30_000_000 },
  run,
};

async function run({ runs, seed, print }: CheckOptions): Promise<CheckResult> {
  const folder = mkdtempSync(join(tmpdir(), "wirepane-fuzz-"));
  try {
    const file = join(folder, "targets.mjs");
    const counters = await bundleTargets(file);
    const jobs = jobsFor(runs, seed);
    const done = await runJobs({ bundle: pathToFileURL(file).href, counters, jobs }, (one) => {
      report(one, print);
      // Reversed: the latest inputs reach the rarest code.
      if (runs >= check.runs.long) writeCorpus(one.target, one.corpus.toReversed());
    });
    return resultOf(done);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function jobsFor(runs: number, seed: number): Job[] {
  const weights = TARGETS.reduce((sum, { weight }) => sum + weight, 0);
  return TARGETS.map(({ name, weight, seeds }, index) => ({
    target: name,
    seed: seed + index,
    executions: Math.ceil((runs * weight) / weights),
    // The shortest first, so that a longer input is kept only for what it adds.
    inputs: [
      ...readCorpus(name),
      ...seeds.map((text) => Buffer.from(text, "latin1")),
      ...wireSeeds(name),
    ].sort((a, b) => a.length - b.length),
  }));
}

async function runJobs(task: Omit<WorkerTask, "watched">, onDone: (one: Done) => void): Promise<Done[]> {
  const watched = watchedInput(Math.max(...TARGETS.map(({ maxBytes }) => maxBytes)));
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const worker = new Worker(new URL(`fuzz/worker.${extension}`, import.meta.url), {
    workerData: { ...task, watched } satisfies WorkerTask,
  });
  const done: Done[] = [];
  const add = (one: Done) => {
    done.push(one);
    onDone(one);
  };
  return new Promise((resolve, reject) => {
    let count = -1;
    const watchdog = setInterval(() => {
      const before = count;
      count = countOf(watched);
      if (count !== before) return;
      const target = task.jobs[done.length]?.target ?? "";
      const find = { data: inputOf(watched), reason: `does not come back within ${STUCK_MS / 1000} s` };
      add({ target, executions: 1, branches: 0, seconds: 0, finds: [find], corpus: [] });
      void worker.terminate();
    }, STUCK_MS);
    worker.on("message", add);
    worker.on("error", reject);
    worker.on("exit", () => {
      clearInterval(watchdog);
      resolve(done);
    });
  });
}

function report(
  { target, executions, seconds, branches, finds, corpus }: Done,
  print: (line: string) => void,
): void {
  const perSecond = number(Math.round(executions / Math.max(seconds, 0.001)));
  print(
    `${target.padEnd(10)} ${number(executions).padStart(10)} executions, ${perSecond.padStart(7)}/s, ` +
      `${number(branches)} branches, ${number(corpus.length)} inputs lead to them`,
  );
  for (const { data, reason } of finds) printFind(target, { data, reason }, print);
}

/** Prints the input in full, and as a line of the corpus: inputs of the corpus are tried first. */
function printFind(target: string, { data, reason }: Find, print: (line: string) => void): void {
  print(`  ${reason}`);
  print(`    ${quote(data, data.length)}`);
  print(`    ${Buffer.from(data).toString("hex")}`);
  print(
    `    to try it first, put this line into checks/fuzz/corpus/${target}.jsonl: ${asLine(data).trimEnd()}`,
  );
}

function resultOf(done: readonly Done[]): CheckResult {
  const sum = (of: (one: Done) => number) => done.reduce((total, one) => total + of(one), 0);
  const finds = sum(({ finds }) => finds.length);
  const figures = [
    `${number(sum(({ executions }) => executions))} executions of ${done.length} readers`,
    `${number(sum(({ branches }) => branches))} branches reached`,
    `${number(finds)} finds`,
  ];
  return { passed: finds === 0 && done.length === TARGETS.length, figures: figures.join(", ") };
}

const number = (value: number): string => value.toLocaleString("en");
