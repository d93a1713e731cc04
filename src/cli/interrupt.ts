import { constants } from "node:os";
import { CommandError, EXIT } from "./exit-codes.ts";

const SIGNALS = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated } as const;

/** A signal ended the command. The exit code is 130 for SIGINT, 143 for SIGTERM. */
class Interrupted extends CommandError {
  override readonly name = "Interrupted";
}

/**
 * Aborts at the first SIGINT or SIGTERM, with `Interrupted` as the reason. The second signal ends the process at once.
 */
export function interruptSignal(): AbortSignal {
  shared ??= listenToSignals();
  return shared;
}

/** One for the whole process: every part of a command hears of the same first signal. */
let shared: AbortSignal | undefined;

function listenToSignals(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(SIGNALS[name]);
      controller.abort(new Interrupted(SIGNALS[name], name === "SIGINT" ? "interrupted" : "terminated"));
    });
  }
  return controller.signal;
}

/** Resolves at the first signal, with its exit code. */
export function interrupted(signal: AbortSignal): Promise<number> {
  return new Promise((resolve) => {
    const settle = () => resolve((signal.reason as Interrupted).exitCode);
    if (signal.aborted) settle();
    else signal.addEventListener("abort", settle, { once: true });
  });
}

/** Without a listener, these two end the process before anything can be removed, as the file of a Unix socket. */
export function exitAtHangup(): void {
  for (const name of ["SIGHUP", "SIGQUIT"] as const)
    process.on(name, () => process.exit(128 + constants.signals[name]));
}
