// npm run bench [-- startup client parser] [--quick] [--json]
//
// Every round starts each peer once, in turn and in a process of its own, so that what drifts on the machine drifts
// for all. Only ratios of one run count; they are given as the median of the rounds with their spread.

import { cpus } from "node:os";
import { clientRow } from "./client.ts";
import { parserRow } from "./parser.ts";
import type { Measurement, Settings, Table } from "./row.ts";
import { startupRow } from "./startup.ts";

const rows = { startup: startupRow, client: clientRow, parser: parserRow };

const args = process.argv.slice(2);
const wanted = args.filter((arg) => !arg.startsWith("--"));
const unknown = wanted.filter((name) => !(name in rows));
if (unknown.length > 0) {
  console.error(`no row ${unknown.join(", ")}; there are ${Object.keys(rows).join(", ")}`);
  process.exit(2);
}
const settings: Settings = args.includes("--quick")
  ? { rounds: 3, warmUpMs: 500, measureMs: 700 }
  : { rounds: 7, warmUpMs: 1500, measureMs: 2000 };

const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, ${process.platform} ${process.arch}, Node ${process.version}`;
const tables: Table[] = [];
for (const [name, row] of Object.entries(rows)) {
  if (wanted.length === 0 || wanted.includes(name)) tables.push(...(await row(settings)));
}

if (args.includes("--json")) console.log(JSON.stringify({ machine, settings, tables }, undefined, 2));
else {
  console.log(`${machine}; ${settings.rounds} rounds, interleaved`);
  for (const table of tables) print(table);
}

function print({ title, unit, versions, peers }: Table): void {
  console.log(`\n${title}${versions ? ` (${versions})` : ""}`);
  const reference = peers[0];
  if (!reference) return;
  for (const peer of peers) {
    const times = ratio(peer.rounds, reference.rounds, (round) => round.value);
    const cpu = ratio(peer.rounds, reference.rounds, (round) => round.cpu);
    const value = median(peer.rounds.map((round) => round.value));
    const cpuValue = median(peer.rounds.map((round) => round.cpu ?? Number.NaN));
    const cpuText = Number.isNaN(cpuValue) ? "" : `   CPU ${cpuValue.toFixed(2)} µs each, ${cpu}`;
    console.log(`  ${peer.name.padEnd(36)} ${value.toFixed(1).padStart(10)} ${unit}  ${times}${cpuText}`);
  }
}

/** The ratio to the reference of the same round: median, and the range of all rounds. */
function ratio(
  rounds: readonly Measurement[],
  reference: readonly Measurement[],
  of: (round: Measurement) => number | undefined,
): string {
  const ratios = rounds.map((round, i) => {
    const [mine, theirs] = [of(round), of(reference[i] ?? round)];
    return mine === undefined || theirs === undefined ? Number.NaN : mine / theirs;
  });
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
  return `${median(ratios).toFixed(2)} × (${least.toFixed(2)} to ${most.toFixed(2)})`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
