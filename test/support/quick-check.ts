import assert from "node:assert/strict";
import { test } from "node:test";
import type { Check } from "../../checks/check.ts";

/**
 * The check as a test: in its quick form, or in its full form if `npm run test:all` asks for that. Each run has a new
 * seed. A failure prints the seed.
 */
export function quickCheck(check: Check): void {
  test(check.promise, async () => {
    const seed = Number(process.env.WIREPANE_SEED ?? Date.now() % 2 ** 31);
    const isFull = process.env.WIREPANE_CHECKS === "full";
    const lines: string[] = [];
    const { passed, figures } = await check.run({
      runs: isFull ? (check.runs.full ?? check.runs.quick) : check.runs.quick,
      seed,
      print: (line) => lines.push(line),
    });
    assert.ok(passed, `${figures} (seed ${seed})\n${lines.slice(-40).join("\n")}`);
  });
}
