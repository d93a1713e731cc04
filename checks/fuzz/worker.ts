import { parentPort, workerData } from "node:worker_threads";
import { Coverage } from "./coverage.ts";
import { Loop, type Tried } from "./loop.ts";
import type { Target } from "./target.ts";
import type { WatchedInput } from "./watched-input.ts";
import { note } from "./watched-input.ts";

/*
 * Runs targets one after the other in a thread of its own. A target that hangs can only be stopped from another thread.
 */
export interface WorkerTask {
  /** The URL of the module that `bundleTargets` has made, and the number of its counters. */
  readonly bundle: string;
  readonly counters: number;
  readonly watched: WatchedInput;
  readonly jobs: readonly Job[];
}

export interface Job {
  readonly target: string;
  readonly seed: number;
  readonly executions: number;
  readonly inputs: readonly Uint8Array[];
}

export interface Done extends Tried {
  readonly target: string;
  readonly seconds: number;
}

// Most inputs are refused, and nobody reads the stack of these errors.
Error.stackTraceLimit = 0;
const { bundle, counters, watched, jobs } = workerData as WorkerTask;
const { hits, TARGETS } = (await import(bundle)) as { hits: Uint8Array; TARGETS: readonly Target[] };
for (const { target: name, seed, executions, inputs } of jobs) {
  const target = TARGETS.find((each) => each.name === name) as Target;
  const loop = new Loop(target, new Coverage(hits, counters), seed, (data) => note(watched, data));
  const begun = performance.now();
  const tried = loop.run(inputs, executions);
  const done: Done = { ...tried, target: name, seconds: (performance.now() - begun) / 1000 };
  parentPort?.postMessage(done);
}
