/** Servers under load: each started anew for every round, warmed up, loaded, and its CPU time taken. */

import { spawnSync } from "node:child_process";
import { LOAD_CORE, outputOf, type Served } from "./processes.ts";
import type { Candidate, Measurement, Settings } from "./row.ts";

export interface ServerPeer {
  readonly name: string;
  readonly start: () => Promise<Served>;
}

/** A program that gives work to a port for so long, and prints how much was done and the seconds it took. */
export type LoadCommand = (port: string, ms: number) => readonly string[];

export function underLoad(
  peers: readonly ServerPeer[],
  load: LoadCommand,
  { warmUpMs, measureMs }: Settings,
): Candidate[] {
  const run = (port: string, ms: number) => {
    const [operations = 0, seconds = 1] = outputOf(LOAD_CORE, load(port, ms)).split(" ").map(Number);
    return { operations, seconds };
  };
  const measure = async (start: ServerPeer["start"]): Promise<Measurement> => {
    const server = await start();
    try {
      run(server.port, warmUpMs);
      const before = server.cpu();
      const { operations, seconds } = run(server.port, measureMs);
      return { value: operations / seconds, cpu: (server.cpu() - before) / operations };
    } finally {
      await server.stop();
    }
  };
  return peers.map(({ name, start }) => ({ name, measure: () => measure(start) }));
}

/** What a program says of its version, from the first number on; nothing where it is not here. */
export function versionOf(name: string, command: string, ...args: readonly string[]): string[] {
  const { stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  const version = /\d+\.\d+(\.\d+)?/.exec(`${stdout}${stderr}`)?.[0];
  return error || version === undefined ? [] : [`${name} ${version}`];
}
