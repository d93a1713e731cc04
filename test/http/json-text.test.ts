import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { jsonText, shapeOf } from "../../src/http/server/json-text.ts";

test("a value is indented, however many levels a short text has", () => {
  for (const value of [{ a: [1, "two", { b: null }] }, [], {}, "text", 1, nested(100)]) {
    assert.equal(jsonText(value), JSON.stringify(value, undefined, 2));
  }
  assert.equal(jsonText(undefined), "null");
});

test("indentation makes a long text at most four times as long", () => {
  const deep = Array.from({ length: 24 }, () => nested(1000));
  assert.equal(jsonText(deep), JSON.stringify(deep));
  const flat = Array.from({ length: 20_000 }, () => ({ name: "value" }));
  assert.equal(jsonText(flat), JSON.stringify(flat, undefined, 2));
});

test("the levels and the length of an indented text are predicted correctly", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const { depth, indentedLength } = shapeOf(JSON.stringify(value));
      // An empty list or object stays on one line.
      const indented = JSON.stringify(value, undefined, 2).length;
      assert.ok(indentedLength >= indented);
      assert.equal(depth, depthOf(value));
    }),
  );
  assert.equal(shapeOf(String.raw`["[{\"[[", "\\"]`).depth, 1, "what stands in a string is no level");
  assert.deepEqual(shapeOf("[[[1]]]"), {
    depth: 3,
    indentedLength: JSON.stringify([[[1]]], undefined, 2).length,
  });
});

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}
