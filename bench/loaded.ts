/** Servers under load. Each is started anew for every round, warmed up, loaded, and its CPU time is taken. */

import { spawnSync } from "node:child_process";
import { LOAD_CORE, outputOf, type Served } from "./processes.ts";
import type { Candidate, Measurement, Settings } from "./row.ts";

export interface ServerPeer {
  readonly name: string;
  readonly start: () => Promise<Served>;
}

/**
 * A program of bench/c that gives work to a server and prints its measurement as JSON. The times are CPU time of the
 * server: other work on the machine makes a round longer, but its figures not worse.
 */
export type LoadCommand = (
  server: Served,
  warmUpMs: number,
  measureMs: number,
) => readonly (string | number)[];

export function underLoad(
  peers: readonly ServerPeer[],
  load: LoadCommand,
  { warmUpMs, measureMs }: Settings,
): Candidate[] {
  return peers.map(({ name, start }) => ({
    name,
    measure: async () => {
      const server = await start();
      try {
        const command = load(server, warmUpMs, measureMs).map(String);
        const { value, cpu } = JSON.parse(outputOf(LOAD_CORE, command)) as Required<Measurement>;
        return { value, cpu };
      } finally {
        await server.stop();
      }
    },
  }));
}

/** The version that a program prints, from its first digit on; empty if the program is not installed. */
export function versionOf(name: string, command: string, ...args: readonly string[]): string[] {
  const { stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  const version = /\d+\.\d+(\.\d+)?/.exec(`${stdout}${stderr}`)?.[0];
  return error || version === undefined ? [] : [`${name} ${version}`];
}
