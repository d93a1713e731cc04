import { readFileSync } from "node:fs";
import { ROOT } from "../test/support/root.ts";
import type { Check, CheckOptions, CheckResult } from "./check.ts";
import { MUTANTS } from "./mutants/all.ts";
import { type Mutant, problemOf } from "./mutants/mutant.ts";
import { type Finding, watchTests } from "./mutants/watch-tests.ts";
import { Workshop } from "./mutants/workshop.ts";
import { Random } from "./random.ts";

/*
 * A test that cannot fail proves nothing. Each row of checks/mutants/ breaks one line of `src/` that keeps a promise,
 * in a copy, and names the tests that must fail then. The text of every row is looked up in `src/`, however few rows
 * are run: a row whose text is gone would test nothing.
 */
export const check: Check = {
  promise: "a line that keeps a promise cannot be broken without a test that fails",
  runs: { quick: 1, full: 6, long: Number.POSITIVE_INFINITY },
  run: (options) => tryMutants(MUTANTS, options),
};

/** Two cores, as with the tests. */
const AT_ONCE = 2;
/** A test that hangs is ended after this time, or after four times the time that it takes with unbroken code. */
const MIN_LIMIT_MS = 30_000;
const LIMIT_FACTOR = 4;
/** The time for a test with unbroken code. */
const MAX_GREEN_MS = 300_000;

export async function tryMutants(
  mutants: readonly Mutant[],
  { runs, seed, replay, print }: CheckOptions,
): Promise<CheckResult> {
  const counts = { caught: 0, survived: 0, wrong: 0 };
  const sound = mutants.filter((mutant) => {
    const problem = problemOf(mutant, sourceOf(mutant));
    if (problem === undefined) return true;
    counts.wrong++;
    print(`✗ ${nameOf(mutants, mutant)}: ${problem}`);
    return false;
  });
  const chosen =
    replay === undefined ? someOf(sound, runs, seed) : sound.filter((one) => one === mutants[replay]);
  const left = [...chosen];
  const whole: Whole = new Map();
  await Promise.all(
    Array.from({ length: Math.min(AT_ONCE, chosen.length) }, async () => {
      using workshop = await Workshop.open();
      const bench = new Bench(workshop, whole);
      for (let mutant = left.shift(); mutant !== undefined; mutant = left.shift()) {
        const { kind, sentence } = await bench.try(mutant);
        counts[kind]++;
        print(`${kind === "caught" ? "✓" : "✗"} ${nameOf(mutants, mutant)}: ${sentence}`);
      }
    }),
  );
  const { caught, survived, wrong } = counts;
  return {
    passed: survived === 0 && wrong === 0 && caught > 0,
    figures: `${mutants.length} rows, ${chosen.length} tried: ${caught} caught, ${survived} survived, ${wrong} wrong`,
  };
}

interface Verdict {
  readonly kind: "caught" | "survived" | "wrong";
  readonly sentence: string;
}

/** The result of each test with unbroken code: a test that fails anyway catches nothing. */
type Whole = Map<string, Promise<Finding>>;

/** Runs tests in one workshop. */
class Bench {
  readonly #workshop: Workshop;
  readonly #whole: Whole;

  constructor(workshop: Workshop, whole: Whole) {
    this.#workshop = workshop;
    this.#whole = whole;
  }

  async try(mutant: Mutant): Promise<Verdict> {
    // First the unbroken code, since the command in dist/ is built anew after each change.
    for (const test of mutant.tests) {
      const whole = await this.#withoutChange(test);
      if (whole.kind !== "green") {
        return { kind: "wrong", sentence: `${test} fails without the change: ${described(whole)}` };
      }
    }
    return this.#workshop.broken(mutant, async () => {
      for (const test of mutant.tests) {
        const whole = await this.#withoutChange(test);
        const usualMs = whole.kind === "green" ? whole.ms : 0;
        const finding = await watchTests(
          await this.#workshop.prepared(test),
          Math.max(MIN_LIMIT_MS, LIMIT_FACTOR * usualMs),
        );
        if (finding.kind === "broken") {
          return { kind: "wrong", sentence: `with the change ${test} does not run: ${described(finding)}` };
        }
        if (finding.kind !== "green") {
          return { kind: "caught", sentence: `${mutant.promise} (${test}: ${described(finding)})` };
        }
      }
      return { kind: "survived", sentence: `no test sees it, and the promise is: ${mutant.promise}` };
    });
  }

  #withoutChange(test: string): Promise<Finding> {
    let finding = this.#whole.get(test);
    if (finding === undefined) {
      finding = this.#asIs(test);
      this.#whole.set(test, finding);
    }
    return finding;
  }

  /** Runs a test a second time if it fails: to find flaky tests is the task of `npm test`. */
  async #asIs(test: string): Promise<Finding> {
    const file = await this.#workshop.prepared(test);
    const first = await watchTests(file, MAX_GREEN_MS);
    return first.kind === "green" ? first : watchTests(file, MAX_GREEN_MS);
  }
}

function described(finding: Finding): string {
  switch (finding.kind) {
    case "green":
      return "green";
    case "red":
      return finding.test;
    case "hangs":
      return "does not end";
    case "broken":
      return `no test runs: ${finding.output.trim().slice(-500)}`;
    default:
      return finding satisfies never;
  }
}

function someOf(mutants: readonly Mutant[], count: number, seed: number): Mutant[] {
  if (count >= mutants.length) return [...mutants];
  const left = mutants.filter(({ slow }) => slow !== true);
  const random = new Random(seed);
  return Array.from({ length: Math.min(count, left.length) }, () =>
    left.splice(random.below(left.length), 1),
  ).flat();
}

function sourceOf({ file }: Mutant): string | undefined {
  try {
    return readFileSync(new URL(`src/${file}`, ROOT), "utf8");
  } catch {
    return undefined; // ENOENT: the file was moved
  }
}

const nameOf = (mutants: readonly Mutant[], mutant: Mutant): string =>
  `row ${mutants.indexOf(mutant)}, ${mutant.file}`;
