import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Check, CheckOptions, CheckResult } from "./check.ts";
import type { Costs } from "./linear/child.ts";
import { SUBJECTS, type Subject, TIMES, WHOLE } from "./linear/subjects.ts";

/*
 * What is compared is the CPU time of a byte, in a short input and in one of sixteen times as many bytes, which is four
 * doublings: noise counts only by its fourth root. Four things would make linear code look otherwise, and are kept out:
 *
 *     another process has the core       CPU time is measured; the least of several rounds counts, in turns
 *     the compiler waits for a core      a child process compiles in the thread that runs the code
 *     the collector copies what lives    the child has room for all that a sample makes, and collects before each
 *     a sample is too short to measure   both read as many bytes, the short input as many times more often
 *
 * `test/http1/linear-cost.test.ts` counts blocks of code instead, which is exact, and blind to what is done within
 * one call of a built-in. `npm test` runs that one.
 *
 * A piece costs one call of `receive` and one of `nextEvent`, whatever it contains. If each octet comes in a piece of
 * its own, only that cost shows: the calls take 30 ns, scanning the octet takes 2 ns. So there we compare an octet of
 * any part with an octet of content, which is not scanned, and allow three times its cost in one piece on top. From
 * pieces of 64 octets on the calls no longer matter.
 */

/** For twice the bytes. */
const MAX_GROWTH = 2.3;
/** Four times is quadratic. Nothing else comes near, and to measure that again would take minutes. */
const BEYOND_DOUBT = 3;
const MAX_FACTOR = 3;
/** Whatever is above a bound is measured again, so many times as often. */
const SECOND_THOUGHTS = 6;
const FLAGS = [
  "--expose-gc",
  "--single-threaded",
  "--no-flush-bytecode",
  "--min-semi-space-size=32",
  "--max-semi-space-size=32",
];

export const check: Check = {
  promise: "twice the bytes take twice the time, and little more in pieces than at once",
  runs: { quick: 6, long: 40 },
  run,
};

interface Measured {
  readonly subject: Subject;
  /** The least of all rounds. */
  best: Costs;
}

async function run({ runs, print }: CheckOptions): Promise<CheckResult> {
  const all = SUBJECTS.map((subject): Measured => ({ subject, best: { small: WHOLE, large: WHOLE } }));
  const child = fork(new URL(`./linear/child${import.meta.url.slice(-3)}`, import.meta.url), {
    execArgv: FLAGS,
  });
  try {
    for (let round = 0; round < runs; round++) for (const one of all) await measure(child, one);
    for (let round = 0; round < SECOND_THOUGHTS * runs; round++) {
      const doubtful = verdictsOn(all).filter(({ passed }) => !passed);
      if (doubtful.length === 0) break;
      if (round >= runs && doubtful.some(({ growth }) => growth > BEYOND_DOUBT)) break;
      for (const one of new Set(doubtful.flatMap(({ compared }) => compared))) await measure(child, one);
    }
  } finally {
    child.disconnect();
  }
  const verdicts = verdictsOn(all);
  for (const verdict of verdicts) print(lineOf(verdict));
  const most = (of: (verdict: Verdict) => number) => `× ${Math.max(...verdicts.map(of)).toFixed(2)}`;
  const figures = [
    `twice the bytes: at most ${most(({ growth }) => growth)} (of ${MAX_GROWTH})`,
    `in pieces: at most ${most(({ factor }) => factor)} (of ${MAX_FACTOR})`,
  ];
  return { passed: verdicts.every(({ passed }) => passed), figures: figures.join(", ") };
}

async function measure(child: ChildProcess, one: Measured): Promise<void> {
  const answered = once(child, "message");
  child.send(SUBJECTS.indexOf(one.subject));
  const [costs] = (await answered) as [Costs];
  one.best = {
    small: Math.min(one.best.small, costs.small),
    large: Math.min(one.best.large, costs.large),
  };
}

interface Verdict {
  readonly subject: Subject;
  /** Nanoseconds for a byte of the large input. */
  readonly cost: number;
  /** The factor for twice the bytes; 0 if there is nothing to compare. */
  readonly growth: number;
  /** The factor compared with one piece; 0 if there is nothing to compare. */
  readonly factor: number;
  readonly passed: boolean;
  /** What it is made of. */
  readonly compared: readonly Measured[];
}

function verdictsOn(all: readonly Measured[]): Verdict[] {
  const find = (name: string, pieceSize: number) =>
    all.find(({ subject }) => subject.name === name && subject.pieceSize === pieceSize);
  const contentAlone = find("content", 1);
  return all.map((one) => {
    const { subject, best } = one;
    const { name, pieceSize } = subject;
    // Content in larger pieces is not looked at: next to nothing, and nothing to compare with.
    const growth = name === "content" && pieceSize > 1 ? 0 : growthOf(best);
    const inOnePiece = name === "content" ? undefined : find(name, WHOLE);
    const call = pieceSize === 1 && contentAlone !== undefined ? contentAlone.best.large : 0;
    const factor = inOnePiece === undefined ? 0 : Math.max(best.large - call, 0) / inOnePiece.best.large;
    const compared = [one, inOnePiece, contentAlone].filter((each) => each !== undefined);
    const passed = growth <= MAX_GROWTH && factor <= MAX_FACTOR;
    return { subject, cost: best.large, growth, factor, passed, compared };
  });
}

const growthOf = ({ small, large }: Costs): number => 2 * (large / small) ** (1 / Math.log2(TIMES));

function lineOf({ subject: { name, pieceSize }, cost, growth, factor, passed }: Verdict): string {
  const pieces = pieceSize === WHOLE ? "in one piece" : `${pieceSize} at a time`;
  return (
    `${passed ? "✓" : "✗"} ${name.padEnd(38)} ${pieces.padEnd(13)} ${cost.toFixed(2).padStart(8)} ns a byte, ` +
    `twice as many: × ${growth.toFixed(2)}, beside one piece: × ${factor.toFixed(2)}`
  );
}
