import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LF } from "../../src/bytes/octets.ts";
import { latin1, latin1Bytes, quote } from "../../src/bytes/text.ts";
import { readCases, type WireCase } from "../../wire/case.ts";
import { runCase, type Trace } from "../../wire/run-case.ts";
import { readVerdicts } from "../../wire/verdicts.ts";

// Runs the documents of wire/. `npm run check:splits` cuts them in every other way.

const NEXT_MESSAGE = {
  request: latin1Bytes("GET /next HTTP/1.1\r\nHost: next\r\n\r\n"),
  response: latin1Bytes("HTTP/1.1 204 Next\r\n\r\n"),
};

const cases = readCases();

for (const file of new Set(cases.map((wire) => wire.file))) {
  describe(`wire/${file}`, () => {
    for (const wire of cases.filter((each) => each.file === file)) {
      test(`${wire.heading}: ${wire.row ?? ""} ${quote(wire.bytes, 40)}`, () => checkCase(wire));
    }
  });
}

describe("wire/verdicts.md", () => {
  const wanted = readVerdicts();
  test("every row has a case", () => {
    const ids = cases.filter((wire) => wire.row !== undefined).map((wire) => `${wire.reads} ${wire.row}`);
    assert.deepEqual(ids.toSorted(), [...wanted.keys()].toSorted());
  });
  for (const wire of cases.filter((each) => each.row !== undefined)) {
    test(`${wire.reads} ${wire.row} has its verdict`, () => {
      assert.equal(verdictOf(wire), wanted.get(`${wire.reads} ${wire.row}`)?.core);
    });
  }
});

function checkCase(wire: WireCase): void {
  const { bytes } = wire;
  const whole = runCase(wire, [bytes], true);
  assert.deepEqual(asWritten(whole.lines, wire.events), wire.events);
  checkTiling(whole, bytes);
  if (wire.spans !== undefined) assert.deepEqual(spanLines(whole, bytes), wire.spans);

  assert.deepEqual(runCase(wire, singleBytes(bytes), true), whole, "byte by byte");
  assert.deepEqual(runCase(wire, [bytes], false), { ...whole, spans: [] }, "without an observer");
  checkWithMoreBehind(wire, whole);
}

/** Bytes after a complete message or a fault cannot change how the message was read. */
function checkWithMoreBehind(wire: WireCase, whole: Trace): void {
  const last = whole.lines.at(-1) ?? "";
  const isOpen = last === "NEED_DATA" || last === "closed" || last.startsWith("leftover");
  if (isOpen || wire.closes) return;
  const { bytes } = wire;
  const both = new Uint8Array([...bytes, ...NEXT_MESSAGE[wire.reads]]);
  const trace = runCase(wire, [both], true);
  assert.deepEqual(trace.lines.slice(0, whole.lines.length), whole.lines, "with a message behind it");
  assert.deepEqual(trace.spans.slice(0, whole.spans.length), whole.spans, "with a message behind it");
  if (last.startsWith("error")) assert.equal(trace.lines.length, whole.lines.length);
}

/** Spans begin at 0 and cover every byte that was read, except those of a refused line. */
function checkTiling({ spans, read, lines }: Trace, bytes: Uint8Array): void {
  let at = 0;
  for (const { rule, start, end } of spans) {
    assert.equal(start, at, `${rule} begins where the span before it ends`);
    assert.ok(end > start, `${rule} is not empty`);
    at = end;
  }
  if (lines.at(-1)?.startsWith("error")) {
    const lineStart = bytes.subarray(0, read).lastIndexOf(LF) + 1;
    assert.ok(lineStart <= at && at <= bytes.length, "every byte before the refused line has a span");
  } else assert.equal(at, read, "every byte read has a span");
}

/** The offset of an error is compared only if the case gives one. */
function asWritten(lines: readonly string[], expected: readonly string[]): readonly string[] {
  const last = lines.at(-1);
  if (last?.startsWith("error") !== true || expected.at(-1)?.includes(" at ")) return lines;
  return [...lines.slice(0, -1), last.replace(/ at \d+$/, "")];
}

function spanLines({ spans }: Trace, bytes: Uint8Array): string[] {
  return spans.map(({ rule, start, end }) => `${rule} "${latin1(bytes, start, end)}"`);
}

function singleBytes(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (octet) => Uint8Array.of(octet));
}

function verdictOf(wire: WireCase): string {
  const last = wire.events.at(-1) ?? "";
  const error = /^error \w+ ?(\d+)?/.exec(last);
  if (error === null) return last === "NEED_DATA" ? "NEED_DATA" : "ok";
  if (wire.reads === "request") return error[1] ?? "no status";
  return wire.events.includes("end") ? "ok, then error" : "error";
}
