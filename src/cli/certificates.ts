import { readFileSync } from "node:fs";
import { CommandError, fileProblem } from "./exit-codes.ts";

const CA_FILE_UNREADABLE = 77;

/** The certificate authorities of --cacert. */
export function authorities(file: string): string[] {
  try {
    return [readFileSync(file, "utf8")];
  } catch (error) {
    throw new CommandError(
      CA_FILE_UNREADABLE,
      `cannot read the certificates of ${file}: ${fileProblem(error)}`,
    );
  }
}
