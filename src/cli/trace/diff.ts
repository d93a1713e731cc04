import { printable, redactLine } from "../../trace.ts";
import type { Arguments } from "../arguments.ts";
import { EXIT } from "../exit-codes.ts";
import { say, writeOut } from "../output.ts";
import { differencesOf, timesOf } from "./compare.ts";
import { type Summary, summariesOf } from "./summary.ts";

/**
 * Compares the exchanges of two recordings: which bytes differ, and how the times do. As diff: 1 if bytes differ, or an
 * exchange is in one recording only. Times always differ, and do not count.
 */
export async function diff(args: Arguments<"trace">, pathA: string, pathB: string): Promise<number> {
  const a = await summariesOf(pathA);
  const b = await summariesOf(pathB);
  if (a.leftOut + b.leftOut > 0) say(`only the first 100,000 exchanges of a recording are compared`);
  const mask = args.has("reveal") ? (text: string) => text : redactLine;
  const lines: string[] = [];
  let different = false;
  const ofB = byName(b.summaries);
  const title = (summary: Summary, more = "") => lines.push(printable(`${mask(summary.name)}${more}`));
  for (const summary of a.summaries) {
    const other = ofB.get(summary.name)?.shift();
    const found = other && differencesOf(summary, other, mask);
    different ||= found?.length !== 0;
    if (other === undefined || found === undefined) {
      title(summary, "  only in A");
      continue;
    }
    title(summary, found.length === 0 ? "  the same bytes" : "");
    lines.push(...[...found, timesOf(summary, other)].map((line) => `  ${line}`));
    if (lines.length > 1000) await writeOut(`${lines.splice(0).join("\n")}\n`);
  }
  for (const summary of [...ofB.values()].flat()) {
    different = true;
    title(summary, "  only in B");
  }
  if (lines.length > 0) await writeOut(`${lines.join("\n")}\n`);
  return different ? EXIT.different : EXIT.ok;
}

function byName(summaries: readonly Summary[]): Map<string, Summary[]> {
  const named = new Map<string, Summary[]>();
  for (const summary of summaries) {
    const same = named.get(summary.name);
    if (same === undefined) named.set(summary.name, [summary]);
    else same.push(summary);
  }
  return named;
}
