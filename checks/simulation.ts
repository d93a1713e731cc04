import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Check, CheckOptions } from "./check.ts";
import { INVARIANTS } from "./simulation/ledger.ts";
import { runSeed, type SeedResult } from "./simulation/run-seed.ts";
import type { Batch, Range } from "./simulation/worker.ts";

const PRINTED = 10;
const REPLAYS = 100;
const FEW_SEEDS = 200;

export const check: Check = {
  promise: "client, pool and server keep their promises whatever the network and a bad server do",
  runs: { quick: 300, full: 2_500, long: 1_000_000 },
  async run({ runs, seed, replay, print }) {
    if (replay !== undefined) return replayed(replay, print);
    const total = { seeds: 0, operations: 0, faults: 0, races: 0, broken: 0 };
    const least = { operations: Number.POSITIVE_INFINITY, faults: Number.POSITIVE_INFINITY };
    const onBatch = (batch: Batch): void => {
      total.seeds += batch.seeds;
      total.operations += batch.operations;
      total.faults += batch.faults;
      total.races += batch.races;
      least.operations = Math.min(least.operations, batch.leastOperations);
      least.faults = Math.min(least.faults, batch.leastFaults);
      for (const result of batch.broken) {
        if (total.broken++ < PRINTED) print(`seed ${result.seed}: ${sentence(result)}`);
      }
      if (total.seeds % 10_000 === 0) print(`${total.seeds} seeds, ${total.broken} broken`);
    };
    await Promise.all(ranges(seed, runs).map((range) => inThread(range, onBatch)));
    return {
      passed: total.broken === 0 && total.seeds === runs,
      figures: [
        `${total.seeds} seeds from ${seed} on`,
        `${total.operations} operations (at least ${least.operations} in each)`,
        `${total.faults} faults (at least ${least.faults})`,
        `${INVARIANTS.length - 1} promises, ${total.broken} seeds in which one was broken`,
        `${total.races} answers nobody can tell from the true one`,
      ].join(", "),
    };
  },
};

/** One thread for each core, unless there are too few runs for that. */
function ranges(seed: number, runs: number): Range[] {
  const threads = runs <= FEW_SEEDS ? 1 : Math.min(availableParallelism(), 4);
  const share = Math.ceil(runs / threads);
  return Array.from({ length: threads }, (_, i) => ({
    first: seed + i * share,
    end: seed + Math.min(runs, (i + 1) * share),
  }));
}

function inThread(range: Range, onBatch: (batch: Batch) => void): Promise<void> {
  const file = new URL(
    import.meta.url.endsWith(".ts") ? "./simulation/worker.ts" : "./simulation/worker.js",
    import.meta.url,
  );
  return new Promise((resolve, reject) => {
    const worker = new Worker(file, { workerData: range });
    worker.on("message", onBatch);
    worker.on("error", reject);
    worker.on("exit", () => resolve());
  });
}

/** Prints one seed line by line, then runs it again and again to see that it is always the same. */
async function replayed(seed: number, print: CheckOptions["print"]) {
  const lines: string[] = [];
  // Only outside of promise callbacks: see `World`.
  const results = await new Promise<SeedResult[]>((resolve) =>
    setImmediate(() => {
      const first = runSeed(seed, lines);
      resolve([first, ...Array.from({ length: REPLAYS - 1 }, () => runSeed(seed))]);
    }),
  );
  const [result] = results as [SeedResult];
  const brokenAt = lines.findIndex((line) => line.includes("BROKEN"));
  for (const line of brokenAt === -1 ? lines : lines.slice(0, brokenAt + 1)) print(line);
  const same = results.filter(({ hash }) => hash === result.hash).length;
  const broken = result.broken.length > 0 ? sentence(result) : "no promise was broken";
  return {
    passed: result.broken.length === 0 && same === REPLAYS,
    figures: `seed ${seed}, hash ${result.hash} in ${same} of ${REPLAYS} runs: ${broken}`,
  };
}

function sentence({ broken, hash }: SeedResult): string {
  const [first] = broken;
  return first === undefined
    ? hash
    : `${INVARIANTS[first.invariant]}: ${first.what} (${broken.length} in all, hash ${hash})`;
}
