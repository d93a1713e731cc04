/** Why a row loses, by hand: `docs/performance/reasons.md` has a heading for each, the row's id, and text below it. */

/** Id → text. What stands before the first heading is for who edits the file. */
export function parseReasons(markdown: string): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>();
  for (const section of markdown.split(/^## /m).slice(1)) {
    const [id = "", ...lines] = section.split("\n");
    reasons.set(id.trim(), lines.join("\n").trim());
  }
  return reasons;
}
