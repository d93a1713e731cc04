import { readFileSync, statSync } from "node:fs";
import {
  FAULT_TYPES,
  type Fault,
  FaultError,
  type FaultOptions,
  type Faults,
  formatFault,
  parseFault,
  parseFaults,
} from "../proxy.ts";
import { printable } from "../trace.ts";
import type { Arguments } from "./arguments.ts";
import { CommandError, EXIT, fileProblem, UsageError } from "./exit-codes.ts";
import { nearest } from "./nearest.ts";

/** A file of faults is written by hand: a longer one is something else. */
const MAX_FILE_BYTES = 1024 * 1024;

/** The faults of --fault, in their order, then those of --faults; and the seed. */
export function faultOptions(args: Arguments<"proxy">): FaultOptions {
  const faults = [
    ...args.values("fault").map((text) => named(`--fault ${text}`, () => parseFault(text))),
    ...args.values("faults").flatMap(faultsOfFile),
  ];
  const seed = args.integer("seed", 0);
  const again = faults.find(({ name }, index) => faults.findIndex((each) => each.name === name) < index);
  if (again)
    throw new UsageError(
      `two faults have the name ${printable(again.name)}: give one of them another, by name=…`,
    );
  return { faults, ...(seed !== undefined && { seed }) };
}

function faultsOfFile(path: string): Fault[] {
  const what = `--faults ${path}`;
  let text: string;
  try {
    if (statSync(path).size > MAX_FILE_BYTES)
      throw new UsageError(`${what}: larger than ${MAX_FILE_BYTES} bytes`);
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new CommandError(EXIT.read, `cannot read ${what}: ${fileProblem(error)}`);
  }
  return named(what, () => parseFaults(text));
}

function named<Read>(what: string, read: () => Read): Read {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    const { word = "", expected } = error;
    const near = expected.includes(word) ? undefined : nearest(word, expected);
    throw new UsageError(`${what}: ${error.message}${near === undefined ? "" : `; did you mean ${near}?`}`);
  }
}

/** What `--fault help` prints: a line for each fault. */
export function faultList(): string {
  const width = Math.max(...FAULT_TYPES.map(({ type }) => type.length));
  const lines = FAULT_TYPES.map(({ type, summary }) => `  ${type.padEnd(width)}  ${summary}\n`);
  return `${lines.join("")}docs/faults.md tells when a fault acts: on=conn#1 every=5 p=0.3 after=1000B from=2s to=5s on=chunk#3\n`;
}

/** What the faults are, for the terminal; the seed makes them again. `undefined`: there are none. */
export function describeFaults(set: Faults): string | undefined {
  const faults = set.list().map(({ fault }) => printable(formatFault(fault)));
  if (faults.length === 0) return undefined;
  return `${faults.join(" · ")} · --seed ${set.seed} makes the same again`;
}
