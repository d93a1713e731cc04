import { timeCondition } from "./conditions.ts";
import { dataOf, urlQueryOf } from "./content.ts";
import { previewOf } from "./not-sent.ts";
import { ownLines } from "./own-lines.ts";
import type { Settings } from "./settings.ts";

/**
 * curl reads the files of -d, --url-query and -H together with the command line, and every -F. What is wrong there ends the command
 * before its first transfer, wherever it stands. The file of -z has the time that it has now.
 *
 * @throws {CurlError}
 */
export async function readAhead(operations: readonly Settings[]): Promise<void> {
  for (const settings of operations) {
    dataOf(settings);
    urlQueryOf(settings);
    ownLines(settings);
    if (settings.on("time-cond")) timeCondition(settings);
    if (previewOf(settings) === "from") (await import("./from-bytes.ts")).octetsOf(settings);
    if (settings.last("form", "form-string") !== undefined) (await import("./form.ts")).formOf(settings);
  }
}
