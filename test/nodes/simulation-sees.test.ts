import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Network } from "../../checks/simulation/network.ts";
import { runSeed } from "../../checks/simulation/run-seed.ts";

/** Runs seeds in a world that is broken on purpose: whether one of them shows this broken promise, by its number. */
function isSeen(invariant: number, sabotage: (network: Network) => void): Promise<boolean> {
  const seeds = Array.from({ length: 3000 }, (_, seed) => seed);
  const isBrokenIn = (seed: number) =>
    runSeed(seed, undefined, sabotage).broken.some((broken) => broken.invariant === invariant);
  // Outside of promise callbacks: see `World`.
  return new Promise((resolve) => setImmediate(() => resolve(seeds.some(isBrokenIn))));
}

describe("the simulation sees", () => {
  test("a connection that is used again without a look into the kernel", async () => {
    const seen = await isSeen(10, ({ world }) => {
      world.poll = () => {};
    });
    assert.ok(seen);
  });

  test("a connection that leads to another origin", async () => {
    const seen = await isSeen(12, (network) => {
      const { dial } = network;
      network.dial = ({ port = 80, ...options }) => dial({ ...options, port: port === 8001 ? 8002 : port });
    });
    assert.ok(seen);
  });

  test("a clock whose timers cannot be stopped", async () => {
    const seen = await isSeen(9, ({ world }) => {
      const after = world.after.bind(world);
      world.after = (ms, action) => {
        after(ms, action);
        return () => {};
      };
    });
    assert.ok(seen);
  });
});
