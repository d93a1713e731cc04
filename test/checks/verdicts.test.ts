import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ownCells } from "../../checks/verdicts/document.ts";
import { readRows } from "../../checks/verdicts/rows.ts";
import { check } from "../../checks/verdicts.ts";
import { quickCheck } from "../support/quick-check.ts";
import { ROOT } from "../support/root.ts";

quickCheck(check);

test("docs/conformance.md has the current rows, with the verdicts of Wirepane", () => {
  const published = readFileSync(new URL("docs/conformance.md", ROOT), "utf8")
    .split("\n")
    .filter((line) => /^\| [\w-]+ \|/.test(line) && !/^\| (id|requests|responses) \|/.test(line))
    .map((line) => line.split(" | ").slice(0, 4).join(" | "));
  const current = readRows().map((row) => `| ${ownCells(row).join(" | ")}`);
  assert.deepEqual(published.toSorted(), current.toSorted(), "npm run docs:conformance writes it anew");
});
