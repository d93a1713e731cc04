import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Fault, faultOf } from "../../../src/tcp/faults/fault.ts";
import { FaultError } from "../../../src/tcp/faults/fault-error.ts";
import { faultOfJson, faultToJson } from "../../../src/tcp/faults/fault-json.ts";
import { FAULT_KINDS } from "../../../src/tcp/faults/kinds.ts";
import { formatFault, parseFault } from "../../../src/tcp/faults/text.ts";
import type { Range, When, WhenEvent } from "../../../src/tcp/faults/when.ts";
import type { AttributeSpec, FaultKind } from "../../../src/tcp/faults/work.ts";

const EXAMPLES: Readonly<Record<string, Partial<Fault>>> = {
  "down:latency 100ms±20ms": {
    name: "latency_downstream",
    type: "latency",
    stream: "downstream",
    toxicity: 1,
    attributes: { latency: 100, jitter: 20 },
    when: {},
  },
  "upstream:latency latency=1.5s jitter=20": {
    stream: "upstream",
    attributes: { latency: 1500, jitter: 20 },
  },
  "latency 100ms+-20ms": { stream: "downstream", attributes: { latency: 100, jitter: 20 } },
  "up:bandwidth 2MB/s": { name: "bandwidth_upstream", attributes: { rate: 2000 } },
  "slicer 64B±16B delay=10ms": { attributes: { average_size: 64, size_variation: 16, delay: 10_000 } },
  "limit_data 1KiB name=my%20limit": { name: "my limit", attributes: { bytes: 1024 } },
  "down:cut after=1000B on=conn#1": {
    attributes: { by: "fin" },
    when: { after: 1000, connections: [{ first: 1, last: 1 }] },
  },
  "cut rst on=conn#1,3-5,9- on=chunk#3": {
    attributes: { by: "rst" },
    when: {
      connections: [
        { first: 1, last: 1 },
        { first: 3, last: 5 },
        { first: 9, last: Number.POSITIVE_INFINITY },
      ],
      event: { kind: "chunk", index: 3 },
    },
  },
  "timeout 0 from=2s to=5s p=0.3": { toxicity: 0.3, when: { from: 2000, to: 5000 } },
  "respond status=503 every=5": { attributes: { status: 503 }, when: { every: 5 } },
  "stall 2s on=exchange#2": { attributes: { for: 2000 }, when: { exchanges: [{ first: 2, last: 2 }] } },
  "refuse on=conn#1-3": { name: "refuse", when: { connections: [{ first: 1, last: 3 }] } },
};

for (const [text, expected] of Object.entries(EXAMPLES)) {
  test(`reads ${text}`, () => {
    const fault = parseFault(text);
    assert.deepEqual({ ...fault, ...expected }, fault);
  });
}

const ERRORS: Readonly<Record<string, readonly [RegExp, string?]>> = {
  "": [/a fault is \[up:\|down:\]TYPE/],
  "down:": [/a fault is/],
  "latancy 100ms": [/there is no fault "latancy"; the faults are latency, bandwidth/, "latancy"],
  "sideways:latency 1ms": [/a direction is up or down, not "sideways"/, "sideways"],
  "latency 100parsec": [/latency is a whole number of ms, with a unit of ms, s.*not "100parsec"/],
  "latency 0.0001ms": [/not "0.0001ms"/],
  "latency -5ms": [/not "-5ms"/],
  "latency 1ms 2ms": [/one too many: "2ms"/],
  "latency 1ms±2ms±3ms": [/takes no ±/],
  "cut fin±rst": [/takes no ±/],
  "cut by=axe": [/by of cut is one of fin, rst, half, not "axe"/, "axe"],
  "half-open now": [/half-open takes words such as on=conn#1/, "now"],
  "latency 1ms jiter=2ms": [/latency has no "jiter"; it has latency, jitter/, "jiter"],
  "latency 1ms p=2": [/p is a number from 0 to 1, not "2"/],
  "latency 1ms every=0": [/every is a whole number from 1, not "0"/],
  "cut on=conn#0": [/numbers count from 1/],
  "cut on=conn#5-3": [/numbers count from 1/],
  "cut on=conn": [/on is one of conn#1/],
  "cut on=chunks#1": [/on is one of/, "chunks"],
  "cut on=head#2": [/on is one of/],
  "cut on=head on=end": [/an HTTP event is given twice/],
  "cut after=1 after=2": [/after is given twice/],
  "respond 99": [/status of respond is a whole number from 200 to 599/],
  "respond 503 on=chunk": [/respond takes no HTTP event/],
  "up:refuse": [/for whole connections: it takes no direction/],
  "refuse after=10B": [/for whole connections: it takes no offset/],
  "cut from=5s to=2s": [/from \(5000 ms\) comes before to \(2000 ms\)/],
  "latency __proto__=1": [/latency has no "__proto__"/, "__proto__"],
};

for (const [text, [message, word]] of Object.entries(ERRORS)) {
  test(`says what is wrong with "${text}"`, () => {
    assert.throws(
      () => parseFault(text),
      (error) => {
        assert.ok(error instanceof FaultError);
        assert.match(error.message, message);
        if (word !== undefined) assert.equal(error.word, word);
        return true;
      },
    );
  });
}

test("the text of a fault, and its JSON, read back are the same fault", () => {
  fc.assert(
    fc.property(anyFault(), (fault) => {
      assert.deepEqual(parseFault(formatFault(fault)), fault, formatFault(fault));
      assert.deepEqual(faultOfJson(JSON.parse(JSON.stringify(faultToJson(fault)))), fault);
    }),
    { numRuns: 500 },
  );
});

test("any text is a fault or a FaultError", () => {
  const word = fc.constantFrom(
    "latency",
    "cut",
    "100ms",
    "on=",
    "conn#1",
    "±",
    "=",
    "p=",
    "#",
    "up:",
    ":",
    ",-",
  );
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(word).map((words) => words.join("")),
    fc.array(word).map((words) => words.join(" ")),
  );
  fc.assert(
    fc.property(text, (given) => {
      try {
        parseFault(given);
      } catch (error) {
        assert.ok(error instanceof FaultError, String(error));
      }
    }),
    { numRuns: 1000 },
  );
});

test("a toxic of toxiproxy is a fault", () => {
  const toxic = { type: "latency", stream: "upstream", attributes: { latency: 1000 } };
  assert.deepEqual(faultToJson(faultOfJson(toxic)), {
    name: "latency_upstream",
    type: "latency",
    stream: "upstream",
    toxicity: 1,
    attributes: { latency: 1000, jitter: 0 },
  });
});

test("JSON that is no toxic is refused", () => {
  const wrong: unknown[] = [
    null,
    [],
    "latency",
    {},
    { type: "latancy" },
    { type: 3 },
    { type: "latency", stream: "sideways" },
    { type: "latency", toxicity: "1" },
    { type: "latency", attributes: [] },
    { type: "latency", attributes: { latency: "100" } },
    { type: "latency", attributes: { latency: -1 } },
    { type: "latency", attributes: { on: ["conn#1"] } },
  ];
  for (const json of wrong) assert.throws(() => faultOfJson(json), FaultError, JSON.stringify(json));
});

function anyFault(): fc.Arbitrary<Fault> {
  return fc.constantFrom(...FAULT_KINDS).chain((kind) =>
    fc
      .record({
        name: fc.string({ unit: "grapheme" }),
        stream: fc.constantFrom("upstream" as const, "downstream" as const),
        toxicity: fc.double({ min: 0, max: 1, noNaN: true }).map((share) => (share === 0 ? 0 : share)),
        attributes: fc.record(Object.fromEntries(Object.entries(kind.attributes).map(anyAttribute)), {
          noNullPrototype: true,
        }),
        when: anyWhen(kind),
      })
      .map((description) => faultOf({ type: kind.type, ...description })),
  );
}

function anyAttribute([name, spec]: [string, AttributeSpec]): [string, fc.Arbitrary<number | string>] {
  if ("choices" in spec) return [name, fc.constantFrom(...spec.choices)];
  return [name, fc.integer({ min: spec.least ?? 0, max: spec.most ?? 1e12 })];
}

function anyWhen(kind: FaultKind): fc.Arbitrary<When> {
  const count = fc.integer({ min: 1, max: 1e9 });
  const range: fc.Arbitrary<Range> = fc
    .tuple(count, fc.oneof(fc.constant(0), count, fc.constant(Number.POSITIVE_INFINITY)))
    .map(([first, more]) => ({ first, last: first + more }));
  const ranges = fc.array(range, { minLength: 1, maxLength: 4 });
  const isWhole = kind.connection !== undefined;
  const event: fc.Arbitrary<WhenEvent> = fc.oneof(
    fc.constantFrom<WhenEvent>({ kind: "head" }, { kind: "end" }, { kind: "line" }, { kind: "chunk" }),
    fc.record(
      { kind: fc.constantFrom("line" as const, "chunk" as const), index: count },
      { noNullPrototype: true },
    ),
  );
  return fc.record(
    {
      connections: ranges,
      every: count,
      from: fc.integer({ min: 0, max: 1e6 }),
      to: fc.integer({ min: 1_000_001, max: 1e9 }),
      ...(!isWhole && { after: fc.integer({ min: 0, max: 1e12 }), exchanges: ranges }),
      ...(!isWhole && kind.event === undefined && { event }),
    },
    { requiredKeys: [], noNullPrototype: true },
  );
}
