/** Prints a table on the terminal. */

import { ratioOf, type Spread, spreadOf, type Verdict, verdicts } from "./ratio.ts";
import type { Peer, Table } from "./row.ts";

export function printed(table: Table): string {
  const { title, unit, load, versions, ours, peers, missing, operation } = table;
  const lines = ["", title, `  load: ${load}`];
  if (versions.length > 0) lines.push(`  ${versions.join(", ")}`);
  const own = peers.find(({ name }) => name === ours);
  const rows = peers.map((peer) => cells(peer, own));
  const heading = ["", unit, `CPU µs/${operation}`, `${ours} to it`, "in CPU"];
  lines.push(...aligned(withoutEmptyColumns([heading, ...rows])));
  for (const { name, reason } of missing) lines.push(`  ${name}: not measured, ${reason}`);
  const judged = verdicts(table);
  if (judged.length > 0) lines.push("  aims:", ...judged.map((verdict) => `    ${sentence(verdict)}`));
  return lines.join("\n");
}

function cells(peer: Peer, own: Peer | undefined): string[] {
  const [value, cpu] = [spreadOf(peer, "value"), spreadOf(peer, "cpu")];
  const compared = own !== undefined && own !== peer;
  const ratio = (figure: "value" | "cpu") => shownRatio(compared ? ratioOf(own, peer, figure) : undefined);
  return [
    peer.name,
    value ? shown(value.median) : "",
    cpu ? shown(cpu.median) : "",
    ratio("value"),
    ratio("cpu"),
  ];
}

function shownRatio(spread: Spread | undefined): string {
  return spread ? `${shown(spread.median)} × (${shown(spread.least)}–${shown(spread.most)})` : "";
}

const MARKS = {
  stretch: "✓ stretch",
  reached: "✓ reached",
  missed: "✗ missed",
  "short of stretch": "· short of stretch",
  "not measured": "? not measured",
} as const;

function sentence({ peer, against, figure, bound, stretch, measured, outcome }: Verdict): string {
  const what = figure === "cpu" ? "CPU" : "value";
  const aim = `${bound.replace(">=", "≥").replace("<=", "≤")}${against === undefined ? "" : " ×"}`;
  const more = stretch === undefined ? "" : `, stretch ${stretch.replace(">=", "≥").replace("<=", "≤")}`;
  const seen = measured === undefined ? "" : ` ${shown(measured.median)}`;
  const beside = against === undefined ? "" : ` against ${against}`;
  return `${MARKS[outcome]}${seen} (${what} ${aim}${more}): ${peer}${beside}`;
}

/** Three significant digits, with commas between thousands. */
export function shown(figure: number): string {
  if (figure >= 100) return Math.round(figure).toLocaleString("en");
  return figure.toFixed(figure >= 10 ? 1 : 2);
}

/** Some tables have no CPU time. */
function withoutEmptyColumns(rows: readonly (readonly string[])[]): string[][] {
  const isFilled = (column: number) => rows.slice(1).some((row) => row[column] !== "");
  return rows.map((row) => row.filter((_, column) => isFilled(column)));
}

/** Aligns columns: the first to the left, the others to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) => {
    const padded = row.map((cell, i) =>
      i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0),
    );
    return `  ${padded.join("  ").trimEnd()}`;
  });
}
