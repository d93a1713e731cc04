import type { Check, CheckOptions, CheckResult } from "./check.ts";
import { acceptedOf, cellOf, isRefused, missesOf } from "./verdicts/compare.ts";
import { type Column, everybody, oursHere, type Panel } from "./verdicts/panel.ts";

/*
 * Runs every row of wire/verdicts.md over real sockets: requests against our server, responses against our client. Uses
 * this Node, or with --long every line of Node, together with node:http, nginx, Apache, undici and curl.
 */
export const check: Check = {
  promise: "server and client give every bad input the verdict that is written down, on every Node",
  /** Lines of Node. */
  runs: { quick: 1, long: 4 },
  run,
};

async function run({ runs, print }: CheckOptions): Promise<CheckResult> {
  const panel = runs > 1 ? await everybody() : await oursHere();
  if (runs > 1) printTable(panel, print);
  const misses = missesOf(panel);
  for (const { row, where, got } of misses)
    print(`✗ ${row.reads} ${row.id}: ${where} ${got}, wanted ${row.wanted}`);
  for (const problem of panel.problems) print(`✗ ${problem}`);
  const nodes = panel.requests[0]?.versions.length ?? 0;
  return {
    passed: misses.length === 0 && panel.problems.length === 0 && nodes >= 1,
    figures: [
      `${panel.rows.length} rows × ${nodes} ${nodes === 1 ? "Node" : "Nodes"}, ${misses.length} differ from what is wanted`,
      ...peerFigures(panel, "requests", "request"),
      ...peerFigures(panel, "responses", "response"),
    ].join("; "),
  };
}

function peerFigures({ rows, ...columns }: Panel, side: "requests" | "responses", reads: string): string[] {
  const refused = rows.filter((row) => row.reads === reads && isRefused(row));
  const peers = columns[side].filter(({ isOurs }) => !isOurs);
  if (peers.length === 0) return [];
  const accepted = peers.map((peer) => `${peer.name} accepts ${acceptedOf(peer, refused)}`);
  return [`of ${refused.length} ${side} refused here ${accepted.join(", ")}`];
}

function printTable({ rows, requests, responses }: Panel, print: (line: string) => void): void {
  for (const [reads, columns] of [
    ["request", requests],
    ["response", responses],
  ] as const) {
    const shown = columns.filter(({ name }) => name !== "wirepane fetch");
    const line = (cells: readonly string[]) =>
      print(cells.map((cell, index) => clipped(cell, WIDTHS[index] ?? 24)).join(" | "));
    line(["id", "bytes", "wanted", ...shown.map(({ name }) => name)]);
    for (const row of rows.filter((each) => each.reads === reads)) {
      line([row.id, row.wire.notation, row.wanted, ...shown.map((column: Column) => cellOf(column, row))]);
    }
    print("");
  }
}

const WIDTHS = [22, 44, 28];

const clipped = (cell: string, width: number): string =>
  cell.length > width ? `${cell.slice(0, width - 1)}…` : cell.padEnd(width);
