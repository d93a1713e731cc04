/*
 * A check is a machine that looks for what examples do not show: it tries a great many cases, counts, and says one
 * closing line. `npm test` runs each in its quick form, `npm run test:all` in its full form;
 * `npm run check:NAME -- --long` takes its time.
 *
 * A file of this folder that is a check exports `check`, and is run by `tools/check.js NAME`.
 */
export interface Check {
  /** The promise, in a sentence that could stand in the docs. */
  readonly promise: string;
  /** How many cases: in `npm test`; in `npm run test:all` where that has the time for more; with `--long`. */
  readonly runs: { readonly quick: number; readonly full?: number; readonly long: number };
  /** Never throws for a promise that is broken: that is `passed: false`, and the first cases in `print`. */
  run(options: CheckOptions): Promise<CheckResult>;
}

export interface CheckOptions {
  readonly runs: number;
  /** The same seed, the same cases. */
  readonly seed: number;
  /** Run this one case again and show all of it, where a check has cases with numbers. */
  readonly replay?: number | undefined;
  /** A line for whoever waits or looks for the reason: progress, a case that failed. */
  readonly print: (line: string) => void;
}

export interface CheckResult {
  readonly passed: boolean;
  /** What was found, with its figures: `412 messages, 1,204,332 ways to cut them, 0 differences`. */
  readonly figures: string;
}
