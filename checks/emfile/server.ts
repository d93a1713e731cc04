/** The process that has few descriptors: `server.ts MODEL`. Echoes, and tells how it fares when it is asked. */
import { readFileSync } from "node:fs";
import { echo, type ListenOptions, listen } from "../../src/index.ts";

export interface Report {
  readonly open: number;
  readonly accepted: number;
  /** By the counter, and by the events. */
  readonly refused: number;
  readonly events: number;
  readonly reasons: readonly string[];
  /** The highest limit that an event named. */
  readonly limit: number;
  /** Of all threads of this process, so far. */
  readonly cpuMs: number;
  /** There is still a descriptor for something else. */
  readonly opensFiles: boolean;
}

let events = 0;
let limit = 0;
const reasons = new Set<string>();

const listener = await listen({
  model: process.argv[2] as NonNullable<ListenOptions["model"]>,
  workers: 2,
  handler: echo,
  onOverload(info) {
    events++;
    limit = Math.max(limit, info.limit);
    reasons.add(info.reason);
  },
});

function report(): Report {
  const { user, system } = process.cpuUsage();
  const { open, accepted, refused } = listener;
  return {
    ...{ open, accepted, refused, events, limit },
    reasons: [...reasons],
    cpuMs: (user + system) / 1000,
    opensFiles: opensFiles(),
  };
}

function opensFiles(): boolean {
  try {
    return readFileSync(new URL(import.meta.url)).length > 0;
  } catch {
    return false;
  }
}

process.on("message", () => process.send?.(report()));
process.on("disconnect", () => process.exit(0));
process.send?.({ port: listener.address.family === "unix" ? 0 : listener.address.port });
