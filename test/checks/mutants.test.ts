import assert from "node:assert/strict";
import { test } from "node:test";
import type { Mutant } from "../../checks/mutants/mutant.ts";
import { check, tryMutants } from "../../checks/mutants.ts";
import { quickCheck } from "../support/quick-check.ts";

quickCheck(check);

test("a change that no test notices, and a row whose code has changed, are reported", async () => {
  const row: Mutant = {
    file: "http1/list.ts",
    text: "export function listMembers",
    becomes: "export /* harmless */ function listMembers",
    promise: "a comment changes nothing",
    tests: ["test/http/byte-range.test.ts"],
  };
  const lines: string[] = [];
  const result = await tryMutants([row, { ...row, text: "text of an older version" }], {
    runs: 2,
    seed: 0,
    print: (line) => lines.push(line),
  });
  assert.equal(result.passed, false);
  assert.equal(result.figures, "2 rows, 1 tried: 0 caught, 1 survived, 1 wrong");
  assert.deepEqual(lines, [
    "✗ row 1, http1/list.ts: src/http1/list.ts has the text 0 times, not once",
    "✗ row 0, http1/list.ts: no test sees it, and the promise is: a comment changes nothing",
  ]);
});
