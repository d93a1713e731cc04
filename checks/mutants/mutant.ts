import { transformSync } from "esbuild";

/** A line of `src/` that keeps a promise, how it is broken, and the tests that must fail then. */
export interface Mutant {
  /** The path below `src/`. */
  readonly file: string;
  /** Occurs exactly once in the file. It is no line number, since the code above may change. */
  readonly text: string;
  /** Replaces the text. The result compiles and runs. */
  readonly becomes: string;
  /** What the code promises and the broken code does not do. */
  readonly promise: string;
  /** Test files, the most specific first. One of them must fail. */
  readonly tests: readonly string[];
  /** The tests take long, so only `npm run check:mutants` tries the row. */
  readonly slow?: true;
}

/** Why a row cannot be tried: its code has changed, or the change is no code. */
export function problemOf({ file, text, becomes }: Mutant, source: string | undefined): string | undefined {
  if (source === undefined) return `src/${file} is not there`;
  const times = source.split(text).length - 1;
  if (times !== 1) return `src/${file} has the text ${times} times, not once`;
  if (text === becomes) return "nothing is changed";
  try {
    transformSync(
      source.replace(text, () => becomes),
      { loader: "ts", logLevel: "silent" },
    );
    return undefined;
  } catch (error) {
    return `the changed code cannot be built: ${(error as Error).message.split("\n")[1]}`;
  }
}

/** The mutants of one file. A row without tests of its own has these tests. */
export function mutantsOf(
  file: string,
  tests: readonly string[],
  rows: readonly (Omit<Mutant, "file" | "tests"> & Partial<Pick<Mutant, "tests">>)[],
): Mutant[] {
  return rows.map((row) => ({ file, tests, ...row }));
}
