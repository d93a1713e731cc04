import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runs } from "../http1/runs.ts";
import { runCase } from "./run-case.ts";
import { readCases, type WireCase } from "./wire-case.ts";

/*
 * Every case, spoiled at random: octets changed, removed, repeated, put in from another case. Nothing but a
 * ProtocolError may come of it (`runCase` sees to that), and the same of every cut.
 */

/** Long ones only cost time: what they are about is their length. */
const corpus = readCases().filter((wire) => wire.bytes.length <= 2000);

/** What parsers stumble over. */
const TROUBLE = [0x00, 0x09, 0x0a, 0x0d, 0x20, 0x22, 0x2c, 0x3a, 0x3b, 0x30, 0x31, 0x66, 0x7f, 0x80, 0xff];

const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const octet = fc.oneof(fc.constantFrom(...TROUBLE), fc.integer({ min: 0, max: 255 }));
const mutation = fc.oneof(
  fc.record({ kind: fc.constant("change" as const), place, octet }),
  fc.record({ kind: fc.constant("insert" as const), place, octet }),
  fc.record({ kind: fc.constant("remove" as const), place, length: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ kind: fc.constant("repeat" as const), place, length: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ kind: fc.constant("splice" as const), place, other: fc.nat(corpus.length - 1) }),
);
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

const spoiled = fc.record({
  from: fc.nat(corpus.length - 1),
  mutations: fc.array(mutation, { minLength: 1, maxLength: 4 }),
  pieceSizes: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
  closes: fc.boolean(),
});

test("spoiled input raises nothing but a ProtocolError, the same one however it is cut", () => {
  fc.assert(
    fc.property(spoiled, ({ from, mutations, pieceSizes, closes }) => {
      const original = corpus[from] as WireCase;
      const bytes = mutations.reduce(mutated, original.bytes);
      // 101 cannot be sent to a request that has lost its Upgrade field.
      const wire = { ...original, bytes, closes, answer: 200 };
      const whole = runCase(wire, [bytes], true);
      assert.deepEqual(runCase(wire, cut(bytes, pieceSizes), true), whole);
      assert.deepEqual(runCase(wire, cut(bytes, [1]), false), { ...whole, spans: [] });
    }),
    runs(20_000),
  );
});

function mutated(bytes: Uint8Array, change: Mutation): Uint8Array {
  const at = Math.floor(change.place * bytes.length);
  const before = bytes.subarray(0, at);
  switch (change.kind) {
    case "change":
      return Buffer.concat([before, Uint8Array.of(change.octet), bytes.subarray(at + 1)]);
    case "insert":
      return Buffer.concat([before, Uint8Array.of(change.octet), bytes.subarray(at)]);
    case "remove":
      return Buffer.concat([before, bytes.subarray(at + change.length)]);
    case "repeat":
      return Buffer.concat([before, bytes.subarray(at, at + change.length), bytes.subarray(at)]);
    case "splice": {
      const other = (corpus[change.other] as WireCase).bytes;
      return Buffer.concat([before, other.subarray(Math.floor(change.place * other.length))]);
    }
    default:
      return change satisfies never;
  }
}

function* cut(bytes: Uint8Array, pieceSizes: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = pieceSizes[turn % pieceSizes.length] as number;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}
