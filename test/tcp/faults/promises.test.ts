import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Happening, runVirtually, textOf, type VirtualRun } from "./virtual-run.ts";

/** Faults that change no bytes: each may hold them back, leave off the rest, or end. */
const HARMLESS = [
  "latency 30ms±20ms",
  "latency 5ms p=0.5",
  "latency 200ms after=300B",
  "bandwidth 3KB/s",
  "slow_close 40ms",
  "slicer 16B±8B delay=700us",
  "slicer 3B±2B",
  "limit_data 700B",
  "stall 25ms after=100B",
  "stall from=10ms to=60ms",
  "cut after=900B",
  "cut rst after=500B p=0.4",
  "cut half after=1000B",
  "half-open after=800B",
  "reset_peer 50ms after=600B",
  "timeout 90ms after=400B",
  "slow_close 1s from=3s",
];
const CHANGING = [
  "corrupt 5B after=40B",
  "duplicate 30B after=200B",
  "drop 17B after=333B",
  "corrupt 1B",
  "drop 64B p=0.5",
];

/** A stream in which every place looks different, so that a wrong order shows. */
const STREAM = Array.from({ length: 400 }, (_, i) => i.toString(36).padStart(3, "0")).join("");

const faults = (of: readonly string[]): fc.Arbitrary<string[]> =>
  fc
    .uniqueArray(fc.constantFrom(...of), { maxLength: 4 })
    .map((texts) => texts.map((text, i) => `${text} name=f${i}`));

/** The stream in pieces, each some milliseconds after the one before. */
const cutStream = (maxGapMs: number): fc.Arbitrary<Happening[]> =>
  fc
    .array(fc.tuple(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 0, max: maxGapMs })), {
      minLength: 1,
    })
    .map((cuts) => {
      const pieces: Happening[] = [];
      let at = 0;
      let from = 0;
      for (const [length, gap] of [...cuts, [STREAM.length, 0] as const]) {
        at += gap;
        if (from < STREAM.length) pieces.push({ at, bytes: STREAM.slice(from, from + length) });
        from += length;
      }
      return [...pieces, { at, end: true }];
    });

test("without faults that change bytes, what comes out is a prefix of what went in", () => {
  fc.assert(
    fc.property(faults(HARMLESS), cutStream(20), fc.nat(), (chain, pieces, seed) => {
      const text = textOf(runVirtually(chain, pieces, { seed }).sent);
      assert.equal(text, STREAM.slice(0, text.length), chain.join("; "));
    }),
    { numRuns: 500 },
  );
});

test("faults that only hold bytes back lose none, and the end comes last", () => {
  const holding = HARMLESS.filter((text) => /latency|bandwidth|slow_close|slicer|stall (25|from)/.test(text));
  fc.assert(
    fc.property(faults(holding), cutStream(20), fc.nat(), (chain, pieces, seed) => {
      const { sent } = runVirtually(chain, pieces, { seed });
      assert.equal(textOf(sent), STREAM, chain.join("; "));
      assert.equal(sent.at(-1)?.kind, "end");
    }),
    { numRuns: 1000 },
  );
});

test("changes at run time lose no byte and put none out of order", () => {
  const holding = HARMLESS.filter((text) => /latency|bandwidth|slow_close|slicer|stall (25|from)/.test(text));
  const change: fc.Arbitrary<Happening> = fc
    .record({ at: fc.integer({ min: 0, max: 400 }), name: fc.constantFrom("f0", "f1", "f2"), how: fc.nat(2) })
    .map(({ at, name, how }) => ({
      at,
      act: (set) => {
        if (set.get(name) === undefined) return;
        if (how === 0) set.remove(name);
        else set.enable(name, how === 1);
      },
    }));
  fc.assert(
    fc.property(faults(holding), cutStream(20), fc.array(change), (chain, pieces, changes) => {
      assert.equal(textOf(runVirtually(chain, [...pieces, ...changes]).sent), STREAM);
    }),
    { numRuns: 1000 },
  );
});

test("the same seed and traffic give the same hits at the same times: 1,000 runs", () => {
  let runs = 0;
  fc.assert(
    fc.property(faults([...HARMLESS, ...CHANGING]), fc.nat(), cutStream(20), (texts, seed, pieces) => {
      runs++;
      assert.deepEqual(runVirtually(texts, pieces, { seed }), runVirtually(texts, pieces, { seed }));
    }),
    { numRuns: 1000 },
  );
  assert.equal(runs, 1000);
});

test("how the traffic is cut changes neither the bytes that are hit nor what goes on: 1,000 runs", () => {
  // Without the faults that ask for the time, since jitter is drawn for each piece.
  const chain = [...HARMLESS, ...CHANGING, "stall after=700B"].filter(
    (text) => !/from=|reset_peer|timeout|stall 25/.test(text),
  );
  fc.assert(
    fc.property(faults(chain), fc.nat(), cutStream(0), cutStream(0), (given, seed, pieces, others) => {
      // What a fault ahead of an ending sees depends on when the rest comes: one ending, and it comes first.
      const endings = given.filter(isEnding).slice(0, 1);
      const texts = [...endings, ...given.filter((text) => !isEnding(text))];
      const one = runVirtually(texts, pieces, { seed });
      const other = runVirtually(texts, others, { seed });
      assert.deepEqual(rangesOf(one), rangesOf(other), texts.join("; "));
      assert.equal(textOf(one.sent), textOf(other.sent), texts.join("; "));
    }),
    { numRuns: 1000 },
  );
});

test("another seed hits other connections and other bytes", () => {
  const outcomes = Array.from({ length: 20 }, (_, seed) =>
    textOf(runVirtually(["corrupt 5B"], [{ at: 0, bytes: STREAM }], { seed }).sent),
  );
  assert.equal(new Set(outcomes).size, 20);
});

test("one fault's draws do not depend on the other faults", () => {
  const alone = runVirtually(["corrupt 5B after=40B"], [{ at: 0, bytes: STREAM }]);
  const among = runVirtually(
    ["latency 5ms±3ms", "corrupt 5B after=40B", "slicer 9B±4B"],
    [{ at: 0, bytes: STREAM }],
  );
  assert.equal(textOf(alone.sent), textOf(among.sent));
});

function isEnding(text: string): boolean {
  return /cut|limit_data|half-open/.test(text);
}

/** The hits of each fault as ranges, those that touch joined: a cut of the traffic cuts the hits, too. */
function rangesOf({ hits }: VirtualRun): Record<string, number[][]> {
  const ranges: Record<string, number[][]> = {};
  for (const { fault, start, end } of hits) {
    ranges[fault] ??= [];
    const last = ranges[fault].at(-1);
    if (last?.[1] === start) last[1] = end;
    else ranges[fault].push([start, end]);
  }
  return ranges;
}
