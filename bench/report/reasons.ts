/** Reads `docs/performance/reasons.md`, which says why rows lose: a heading is the id of a row, the text below its reason. */

/** Id → text. The text before the first heading is for people who edit the file. */
export function parseReasons(markdown: string): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>();
  for (const section of markdown.split(/^## /m).slice(1)) {
    const [id = "", ...lines] = section.split("\n");
    reasons.set(id.trim(), lines.join("\n").trim());
  }
  return reasons;
}
