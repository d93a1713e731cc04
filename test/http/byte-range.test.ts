import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { byteRange } from "../../src/http/server/files/byte-range.ts";

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

test("a number may have any number of digits, and leading zeros", () => {
  const nines = "9".repeat(400);
  for (const [range, size, wanted] of [
    [`0-${nines}`, 12, { start: 0, end: 12 }],
    [`-${nines}`, 12, { start: 0, end: 12 }],
    [`${nines}-`, 12, "unsatisfiable"],
    [`${nines}-${nines}`, 12, "unsatisfiable"],
    [`${nines}9-${nines}`, 12, undefined],
    ["9007199254740993-9007199254740992", 12, undefined],
    [`${"0".repeat(40)}1-${"0".repeat(30)}2`, 12, { start: 1, end: 3 }],
    [`-${"0".repeat(40)}`, 12, "unsatisfiable"],
  ] as const) {
    assert.deepEqual(byteRange(`bytes=${range}`, size), wanted, range);
  }
});

test("for empty content a suffix range is the whole content, and a first byte is outside", () => {
  assert.equal(byteRange("bytes=-5", 0), undefined);
  assert.equal(byteRange("bytes=-0", 0), "unsatisfiable");
  assert.equal(byteRange("bytes=0-", 0), "unsatisfiable");
  assert.equal(byteRange("bytes=0-0", 0), "unsatisfiable");
});

test("a list may have empty members beside its one range", () => {
  assert.deepEqual(byteRange("bytes=, 1-2 ,", 12), { start: 1, end: 3 });
  assert.equal(byteRange("bytes=0-1,2-3", 12), undefined);
  assert.equal(byteRange("bytes=,", 12), undefined);
});

test("every existing byte can be requested", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), fc.nat(), (size, n) => {
      const at = n % size;
      assert.deepEqual(byteRange(`bytes=${at}-${at}`, size), { start: at, end: at + 1 });
    }),
  );
});
