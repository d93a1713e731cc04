import { quote } from "../src/bytes/text.ts";
import { readCases, type WireCase } from "../wire/case.ts";
import { runCase, type Trace } from "../wire/run-case.ts";
import type { Check, CheckOptions, CheckResult } from "./check.ts";
import { Random } from "./random.ts";

/** What is tried in addition to random cuts; their number is the number of runs. */
interface Thoroughness {
  /** Inputs up to this length are cut at every pair of places. */
  readonly pairsUpTo: number;
  /** Inputs up to this length are cut at every place, longer inputs at some hundred places. */
  readonly everyCutUpTo: number;
}

const QUICK: Thoroughness = { pairsUpTo: 64, everyCutUpTo: 1000 };
const LONG: Thoroughness = { pairsUpTo: 200, everyCutUpTo: Number.POSITIVE_INFINITY };
/** The number of cuts of an input that is too long for all cuts: at both ends and evenly between. */
const SOME_CUTS = 150;
const MAX_SHOWN = 5;

export const check: Check = {
  promise: "how a message is read does not depend on how its bytes were cut",
  runs: { quick: 4_000, full: 20_000, long: 200_000 },
  run,
};

async function run({ runs, seed, print }: CheckOptions): Promise<CheckResult> {
  const cases = readCases().map((wire) => new Cutting(wire));
  const { pairsUpTo, everyCutUpTo } = runs >= check.runs.long ? LONG : QUICK;
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0; // half of the cases are refused, and nobody reads the stacks
  try {
    for (const one of cases) {
      one.tryPieces(Array.from({ length: one.length - 1 }, (_, index) => index + 1));
      one.tryEach(one.length <= everyCutUpTo ? everyCut(one.length) : someCuts(one.length));
      if (one.length <= pairsUpTo) one.tryEach(everyPair(one.length));
    }
    const random = new Random(seed);
    for (let i = 0; i < runs; i++) {
      const one = random.pick(cases);
      one.tryPieces(randomCuts(random, one.length));
    }
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  const differing = cases.filter(({ differences }) => differences > 0);
  for (const one of differing.slice(0, MAX_SHOWN)) one.show(print);
  const sum = (of: (one: Cutting) => number) => number(cases.reduce((total, one) => total + of(one), 0));
  const figures = [
    `${number(cases.length)} messages`,
    `${sum(({ tried }) => tried)} ways to cut them (all pairs up to ${pairsUpTo} bytes, ${number(runs)} at random)`,
    `${sum(({ differences }) => differences)} differences`,
  ];
  return { passed: differing.length === 0, figures: figures.join(", ") };
}

/** One case: its trace in one piece, and the traces in several pieces. */
class Cutting {
  readonly #wire: WireCase;
  readonly #whole: string;
  #firstDifference: { readonly cuts: readonly number[]; readonly trace: string } | undefined;
  tried = 0;
  differences = 0;

  constructor(wire: WireCase) {
    this.#wire = wire;
    this.#whole = asText(runCase(wire, [wire.bytes], true));
  }

  get length(): number {
    return this.#wire.bytes.length;
  }

  tryEach(ways: Iterable<readonly number[]>): void {
    for (const cuts of ways) this.tryPieces(cuts);
  }

  tryPieces(cuts: readonly number[]): void {
    const { bytes } = this.#wire;
    const pieces = [0, ...cuts].map((from, index) => bytes.subarray(from, cuts[index] ?? bytes.length));
    const trace = asText(runCase(this.#wire, pieces, true));
    this.tried++;
    if (trace === this.#whole) return;
    this.differences++;
    this.#firstDifference ??= { cuts, trace };
  }

  show(print: (line: string) => void): void {
    const { file, heading, bytes } = this.#wire;
    const { cuts = [], trace = "" } = this.#firstDifference ?? {};
    print(`${file}, "${heading}": ${quote(bytes, 200)}`);
    print(`  in one piece:       ${this.#whole}`);
    print(`  cut at ${cuts.join(", ")}: ${trace}`);
  }
}

const asText = (trace: Trace): string => JSON.stringify(trace);

function* everyCut(length: number): Iterable<number[]> {
  for (let at = 1; at < length; at++) yield [at];
}

function* someCuts(length: number): Iterable<number[]> {
  const atTheEnds = SOME_CUTS / 3;
  const step = Math.ceil(length / atTheEnds);
  for (let at = 1; at < length; at += at < atTheEnds || at > length - atTheEnds ? 1 : step) yield [at];
}

function* everyPair(length: number): Iterable<number[]> {
  for (let a = 1; a < length; a++) for (let b = a + 1; b < length; b++) yield [a, b];
}

/** Cuts into pieces of the same order of magnitude: bytes, lines, or segments. */
function randomCuts(random: Random, length: number): number[] {
  const largest = 1 << random.below(14);
  const cuts: number[] = [];
  for (let at = 1 + random.below(largest); at < length; at += 1 + random.below(largest)) cuts.push(at);
  return cuts;
}

const number = (value: number): string => value.toLocaleString("en");
