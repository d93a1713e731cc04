import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ValuePart } from "../../../src/trace/values/part.ts";
import { partsOfValue, VALUE_READERS } from "../../../src/trace/values/values.ts";

const NAMES = Object.keys(VALUE_READERS);
const SAFE = /^[ -~§–…→←]*$/;

/** Octets of a field value, above all those that mean something. */
const octets = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ..."\"\\,;=<>/*'%:()[]- \t",
        "q=",
        "max-age=",
        "W/",
        "bytes=",
        "0-",
        "filename*=",
        "Basic ",
        "rel=",
      ),
      fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
      fc.constantFrom("a", "Sun, 06 Nov 1994 08:49:37 GMT", "__Host-", "Secure", "'none'", "chunked"),
    ),
    { maxLength: 40 },
  )
  .map((pieces) => pieces.join(""));

test("any octets are taken apart without a throw; parts are in order, and within the value", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...NAMES),
      octets,
      fc.constantFrom("request" as const, "response" as const),
      fc.option(fc.integer({ min: 0, max: 2 ** 42 }), { nil: undefined }),
      (name, value, message, nowMs) =>
        checkParts(partsOfValue(name, value, { message, nowMs }), 0, value.length),
    ),
    { numRuns: 10_000 },
  );
});

function checkParts(parts: readonly ValuePart[], start: number, end: number): void {
  let at = start;
  for (const { start: from, end: to, parts: inner = [], meaning, problem = "", section } of parts) {
    assert.ok(from >= at && to >= from && to <= end, `[${from}, ${to}) of [${at}, ${end})`);
    assert.match(`${meaning}${problem}`, SAFE);
    assert.notEqual(meaning, "");
    assert.notEqual(section, "");
    checkParts(inner, from, to);
    at = to;
  }
}

test("a value of 64 KiB takes no more than a moment, whatever it repeats", () => {
  const repeated = [
    '"',
    "\\",
    ",",
    ";",
    "=",
    "<",
    "a",
    " ",
    "\t",
    "a=",
    "a,",
    ";a=b",
    "'",
    "%",
    "-",
    "0",
    "+a",
    "/",
    "<a>,",
    "a ",
    "\xa0",
  ];
  for (const name of NAMES) {
    for (const piece of repeated) {
      const value = piece.repeat(65_536 / piece.length);
      const begun = performance.now();
      partsOfValue(name, value, { message: "response" });
      const took = performance.now() - begun;
      assert.ok(took < 1000, `${name} of ${JSON.stringify(piece)}: ${took} ms`);
    }
  }
});
