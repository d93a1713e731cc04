import type { DrainResult, OverloadInfo } from "../tcp.ts";
import { counted } from "../trace.ts";
import { EXIT } from "./exit-codes.ts";
import { interrupted, interruptSignal } from "./interrupt.ts";
import { say } from "./output.ts";

const DEFAULT_DRAIN_MS = 10_000;
/** Refusals may come by the thousand: say so once a second. */
const OVERLOAD_LINE_EVERY_MS = 1_000;

interface Server {
  readonly open: number;
  readonly refused: number;
  stop(options: { readonly drainMs: number }): Promise<DrainResult>;
}

/**
 * Serves until SIGINT or SIGTERM, then gives open connections ten seconds (or `drainMs`) to end. A second signal ends the
 * wait.
 * Resolves with the exit code: 0 if all connections ended, as usual for a server that was asked to stop.
 */
export async function serveUntilInterrupted(
  server: Server,
  summary: () => string,
  drainMs = DEFAULT_DRAIN_MS,
): Promise<number> {
  const exitCode = await interrupted(interruptSignal());
  if (server.open > 0) {
    say(
      `stopping: ${counted(server.open, "connection")} may end within ${drainMs / 1000} s; Ctrl-C again stops now`,
    );
  }
  const { drained, aborted } = await server.stop({ drainMs });
  const refused = server.refused > 0 ? `, ${server.refused} refused` : "";
  say(`stopped: ${summary()}${refused}${aborted > 0 ? `, ${aborted} cut off` : ""}`);
  return drained ? EXIT.ok : exitCode;
}

const OVERLOAD_REASONS = {
  "max-connections": "no more are allowed",
  descriptors: "no file descriptors left for more (ulimit -n)",
  "accept-error": "the system could not hand over a connection",
} as const;

/** For `onOverload`: a line when the overload begins, then one a second while it lasts. */
export function overloadLines(): (info: OverloadInfo) => void {
  let spokenAt = Number.NEGATIVE_INFINITY;
  return ({ reason, open, refused }) => {
    const now = performance.now();
    if (now - spokenAt < OVERLOAD_LINE_EVERY_MS) return;
    spokenAt = now;
    say(
      `overloaded: ${counted(open, "connection")} open, ${OVERLOAD_REASONS[reason]}; ${refused} refused so far`,
    );
  };
}
