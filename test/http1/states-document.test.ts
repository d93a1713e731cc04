import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as tables from "../../src/http1/state.ts";
import { STATE_MEANINGS } from "../../src/trace/meanings/states.ts";
import { statesDocument } from "../../tools/states-document.js";
import { ROOT } from "../support/root.ts";

test("docs/states.md shows the tables of src/http1/state.ts (npm run docs:states)", () => {
  const page = readFileSync(new URL("docs/states.md", ROOT), "utf8");
  assert.equal(page, statesDocument(tables, STATE_MEANINGS));
});

test("a side has at most one move for each event in each state", () => {
  for (const rows of [tables.TURNS, tables.JOINT_MOVES]) {
    const keys = rows.map(([side, from, why]) => `${side} ${from} ${why}`);
    assert.equal(new Set(keys).size, keys.length);
  }
});
