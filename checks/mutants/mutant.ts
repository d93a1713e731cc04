/** A line of `src/` that keeps a promise, broken, and the tests that have to see that. */
export interface Mutant {
  /** Below `src/`. */
  readonly file: string;
  /** Stands in the file exactly once. Not a line number: the code above it may change. */
  readonly text: string;
  /** Takes the place of the text. It compiles to something that runs. */
  readonly becomes: string;
  /** What the code promises, and the broken code does not keep. */
  readonly promise: string;
  /** Test files, the nearest first: one of them has to go red. */
  readonly tests: readonly string[];
  /** The tests take long: only `npm run check:mutants` tries the row. */
  readonly slow?: true;
}

/** Why a row cannot be tried: the code it was written for has changed. */
export function problemOf({ file, text, becomes }: Mutant, source: string | undefined): string | undefined {
  if (source === undefined) return `src/${file} is not there`;
  const times = source.split(text).length - 1;
  if (times !== 1) return `src/${file} has the text ${times} times, not once`;
  return text === becomes ? "nothing is changed" : undefined;
}

/** The mutants of one file; where a row names no tests of its own, these. */
export function mutantsOf(
  file: string,
  tests: readonly string[],
  rows: readonly (Omit<Mutant, "file" | "tests"> & Partial<Pick<Mutant, "tests">>)[],
): Mutant[] {
  return rows.map((row) => ({ file, tests, ...row }));
}
