import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { byteRange } from "../../src/http/byte-range.ts";

test("a range lies within the content and holds at least one byte", () => {
  const number = fc.option(fc.nat(200), { nil: "" });
  fc.assert(
    fc.property(number, number, fc.nat(100), (first, last, size) => {
      const range = byteRange(`bytes=${first}-${last}`, size);
      if (range === undefined || range === "unsatisfiable") return;
      assert.ok(0 <= range.start && range.start < range.end && range.end <= size);
    }),
  );
});

test("every byte that exists can be asked for", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), fc.nat(), (size, n) => {
      const at = n % size;
      assert.deepEqual(byteRange(`bytes=${at}-${at}`, size), { start: at, end: at + 1 });
    }),
  );
});
