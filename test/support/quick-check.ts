import assert from "node:assert/strict";
import { test } from "node:test";
import type { Check } from "../../checks/check.ts";

/** The check in its quick form, as a test. The seed is a new one each time, and shown when it fails. */
export function quickCheck(check: Check): void {
  test(check.promise, async () => {
    const seed = Number(process.env.WIREPANE_SEED ?? Date.now() % 2 ** 31);
    const lines: string[] = [];
    const { passed, figures } = await check.run({
      runs: check.runs.quick,
      seed,
      print: (line) => lines.push(line),
    });
    assert.ok(passed, `${figures} (seed ${seed})\n${lines.slice(-40).join("\n")}`);
  });
}
