import type { DrainResult } from "../index.ts";
import { interrupted, interruptSignal } from "./interrupt.ts";
import { say } from "./output.ts";

const DRAIN_MS = 10_000;

interface Server {
  readonly open: number;
  stop(options: { readonly drainMs: number }): Promise<DrainResult>;
}

/**
 * Serves until SIGINT or SIGTERM, then lets open connections end, for ten seconds; the second signal does not wait.
 * Resolves with the exit code.
 */
export async function serveUntilInterrupted(server: Server, summary: () => string): Promise<number> {
  const exitCode = await interrupted(interruptSignal());
  if (server.open > 0) {
    say(
      `stopping: ${count(server.open, "connection")} may end within ${DRAIN_MS / 1000} s; once more to stop now`,
    );
  }
  const { aborted } = await server.stop({ drainMs: DRAIN_MS });
  say(`stopped: ${summary()}${aborted > 0 ? `, ${aborted} cut off` : ""}`);
  return exitCode;
}

export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;
