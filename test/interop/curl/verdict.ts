import { CURL_OPTIONS } from "../../../src/cli/curl/table.ts";
import { type DetailedCase, wordsOf } from "./case.ts";
import { type Deed, differences } from "./compare.ts";

/** What is wrong with a case; nothing where both did what the case promises. */
export function verdictOf(given: DetailedCase, theirs: Deed, ours: Deed): readonly string[] {
  if (refusalOf(given) !== undefined)
    return isRefusal(ours) ? [] : [`not refused: ${ours.exit} ${ours.stderr}`];
  const found = differences(given, theirs, ours);
  if (ours.exit === "hung") return ["hung", ...found];
  if (given.differs !== undefined)
    return found.length > 0 ? [] : ["is the same, and the case says that it differs"];
  return found.length > 0 ? [...found, `our stderr: ${JSON.stringify(ours.stderr.slice(-300))}`] : [];
}

/** Why we refuse this line: the case tells, or the table does for an option of the line. */
export function refusalOf(given: DetailedCase): string | undefined {
  if (given.refused !== undefined || given.differs !== undefined) return given.refused;
  const options = new Map(Object.entries(CURL_OPTIONS));
  return wordsOf(given.line)
    .map((word) => options.get(word.replace(/^--/, ""))?.refused)
    .find((refused) => refused !== undefined);
}

/** One line, and nothing done. */
function isRefusal({ exit, wire, stderr }: Deed): boolean {
  return typeof exit === "number" && exit !== 0 && wire.length === 0 && /^wirepane: [^\n]+\n$/.test(stderr);
}
