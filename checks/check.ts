/*
 * A check is a program that looks for faults that examples do not show. It tries a great many cases, counts them, and
 * prints one closing line. `npm test` runs the quick form of each check, `npm run test:all` the full form.
 * `npm run check:NAME -- --long` tries the most cases.
 *
 * Each check is a file of this folder that exports `check`. `tools/check.js NAME` runs it.
 */
export interface Check {
  /** The promise, in a sentence that could stand in the docs. */
  readonly promise: string;
  /**
   * The number of cases: `quick` for `npm test`, `full` for `npm run test:all` (without it, `quick`), `long` for
   * `--long`.
   */
  readonly runs: { readonly quick: number; readonly full?: number; readonly long: number };
  /** Does not throw if the promise is broken: returns `passed: false`, and prints the first cases with `print`. */
  run(options: CheckOptions): Promise<CheckResult>;
}

export interface CheckOptions {
  readonly runs: number;
  /** The same seed tries the same cases. */
  readonly seed: number;
  /** Run only the case with this number, and show all of it. Only for checks that number their cases. */
  readonly replay?: number | undefined;
  /** Prints a line for the person who runs the check: progress, or a case that failed. */
  readonly print: (line: string) => void;
}

export interface CheckResult {
  readonly passed: boolean;
  /** The result in figures: `412 messages, 1,204,332 ways to cut them, 0 differences`. */
  readonly figures: string;
}
