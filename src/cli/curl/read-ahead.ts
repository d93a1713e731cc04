import { dataOf } from "./content.ts";
import { ownLines } from "./own-lines.ts";
import type { Settings } from "./settings.ts";

/**
 * curl reads the files of -d and -H together with the command line, and every -F. What is wrong there ends the command
 * before its first transfer, wherever it stands.
 *
 * @throws {CurlError}
 */
export async function readAhead(operations: readonly Settings[]): Promise<void> {
  for (const settings of operations) {
    dataOf(settings);
    ownLines(settings);
    if (settings.last("form", "form-string") !== undefined) (await import("./form.ts")).formOf(settings);
  }
}
