import { openSync } from "node:fs";
import { fileProblem } from "../exit-codes.ts";
import { say, sayInto } from "../output.ts";

const STDOUT = 1;

/** --stderr: what would go to stderr goes to a file; "-": to stdout. A file that cannot be opened is no failure. */
export function openErrorFile(file: string): void {
  try {
    sayInto(file === "-" ? STDOUT : openSync(file, "w"));
  } catch (error) {
    say(`Warning: cannot write to ${file}: ${fileProblem(error)}`);
  }
}
