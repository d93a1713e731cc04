// Runs the seeds [first, end) in a thread of its own, and reports them in batches.

import { parentPort, workerData } from "node:worker_threads";
import { runSeed, type SeedResult } from "./run-seed.ts";

export interface Batch {
  readonly seeds: number;
  readonly operations: number;
  readonly faults: number;
  readonly races: number;
  readonly leastOperations: number;
  readonly leastFaults: number;
  /** Seeds with a broken promise. */
  readonly broken: readonly (SeedResult & { readonly seed: number })[];
}

export interface Range {
  readonly first: number;
  readonly end: number;
}

const SEEDS_IN_BATCH = 50;

const { first, end } = workerData as Range;
// Each run makes thousands of errors, and nobody reads their stacks.
Error.stackTraceLimit = 0;

function runBatch(from: number): void {
  const to = Math.min(end, from + SEEDS_IN_BATCH);
  const results = Array.from({ length: to - from }, (_, i) => ({ seed: from + i, ...runSeed(from + i) }));
  const [first] = results;
  // One seed of each batch is run twice.
  if (first !== undefined && runSeed(first.seed).hash !== first.hash) {
    results[0] = {
      ...first,
      broken: [{ invariant: 14, what: "the second run was another" }, ...first.broken],
    };
  }
  const sum = (of: (result: SeedResult) => number): number =>
    results.reduce((total, result) => total + of(result), 0);
  const batch: Batch = {
    seeds: results.length,
    operations: sum(({ operations }) => operations),
    faults: sum(({ faults }) => faults),
    races: sum(({ races }) => races),
    leastOperations: Math.min(...results.map(({ operations }) => operations)),
    leastFaults: Math.min(...results.map(({ faults }) => faults)),
    broken: results.filter(({ broken }) => broken.length > 0),
  };
  parentPort?.postMessage(batch);
  if (to < end) setImmediate(runBatch, to);
}

// A seed runs outside of promise callbacks: see `World`.
setImmediate(runBatch, first);
