/**
 * The process with few descriptors: `server.ts MODEL | serve`. It echoes or serves, and reports its state when asked.
 */
import { readFileSync } from "node:fs";
import { serve, text } from "../../src/http.ts";
import { echo, type Listener, type ListenOptions, listen, type OverloadInfo } from "../../src/tcp.ts";

export interface Report {
  readonly open: number;
  readonly accepted: number;
  /** Refused connections, by the counter and by the events. */
  readonly refused: number;
  readonly events: number;
  /** Connections that were accepted or refused. */
  readonly seen: number;
  readonly reasons: readonly string[];
  /** The highest limit that an event gave. */
  readonly limit: number;
  /** CPU time of all threads of this process so far. */
  readonly cpuMs: number;
  /** Whether a descriptor is left for something else. */
  readonly opensFiles: boolean;
}

let events = 0;
let limit = 0;
const reasons = new Set<string>();

function onOverload(info: OverloadInfo): void {
  events++;
  limit = Math.max(limit, info.limit);
  reasons.add(info.reason);
}

async function start(model: string | undefined): Promise<Listener> {
  if (model === "serve") return (await serve({ handler: () => text("served"), onOverload })).listener;
  const listed = model as NonNullable<ListenOptions["model"]>;
  return listen({ model: listed, workers: 2, handler: echo, onOverload });
}

const listener = await start(process.argv[2]);

function report(): Report {
  const { user, system } = process.cpuUsage();
  const { open, accepted, refused } = listener;
  return {
    ...{ open, accepted, refused, events, limit },
    seen: accepted + refused,
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
