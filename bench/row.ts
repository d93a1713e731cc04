import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface Settings {
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface Measurement {
  /** In the table's unit. */
  readonly value: number;
  /** CPU time of the measured process per operation, µs. */
  readonly cpu?: number;
}

export interface Table {
  readonly title: string;
  readonly unit: string;
  readonly versions?: string;
  /** The first one is what the others are compared with. */
  readonly peers: readonly { readonly name: string; readonly rounds: readonly Measurement[] }[];
}

/** Measures every peer once a round, in turn. */
export function interleave(rounds: number, peers: ReadonlyMap<string, () => Measurement>): Table["peers"] {
  const results = [...peers].map(([name, measure]) => ({ name, measure, rounds: [] as Measurement[] }));
  for (let round = 0; round < rounds; round++) {
    for (const result of results) result.rounds.push(result.measure());
  }
  return results.map(({ name, rounds: measured }) => ({ name, rounds: measured }));
}

/** Runs a built file of this folder in a fresh process; it prints its measurement as JSON. */
export function measureIn(file: string, args: readonly string[], core?: number): Measurement {
  const program = [process.execPath, fileURLToPath(new URL(file, import.meta.url)), ...args];
  const [command = "", ...rest] = core === undefined ? program : pinned(core, program);
  const { stdout, stderr, status } = spawnSync(command, rest, { encoding: "utf8", timeout: 60_000 });
  if (status !== 0) throw new Error(`${file} ${args.join(" ")}: ${stderr}`);
  return JSON.parse(stdout) as Measurement;
}

/** The command on one core, where the system can do that. */
export function pinned(core: number, command: readonly string[]): string[] {
  const canPin = spawnSync("taskset", ["--cpu-list", String(core), "true"]).status === 0;
  return canPin ? ["taskset", "--cpu-list", String(core), ...command] : [...command];
}

/**
 * Repeats `operation` for the given time and prints what one costs. It runs in batches, since asking for the time
 * costs more than some operations do.
 */
export function reportOperation(operation: () => void, batch: number): void {
  const [warmUpMs = 0, measureMs = 0] = process.argv.slice(2).map(Number).slice(-2);
  repeat(operation, batch, warmUpMs);
  const cpu = process.cpuUsage();
  const { operations, elapsedNs } = repeat(operation, batch, measureMs);
  const { user, system } = process.cpuUsage(cpu);
  const measurement: Measurement = { value: elapsedNs / operations, cpu: (user + system) / operations };
  console.log(JSON.stringify(measurement));
}

function repeat(operation: () => void, batch: number, ms: number) {
  const start = process.hrtime.bigint();
  for (let operations = batch; ; operations += batch) {
    for (let i = 0; i < batch; i++) operation();
    const elapsedNs = Number(process.hrtime.bigint() - start);
    if (elapsedNs >= ms * 1e6) return { operations, elapsedNs };
  }
}
