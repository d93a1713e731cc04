import { described, UsageError } from "./exit-codes.ts";
import { OutputClosed, say } from "./output.ts";

/** Prints the one line of an error (none where nobody reads our output any more); returns the exit code. */
export async function report(error: unknown): Promise<number> {
  if (error instanceof OutputClosed) return error.exitCode;
  const { exitCode, message } = described(error);
  const { printable } = await import("../index.ts");
  const hint = error instanceof UsageError ? " (wirepane help)" : "";
  say(`wirepane: (${exitCode}) ${printable(message)}${hint}`);
  if (process.env.WIREPANE_DEBUG && error instanceof Error) say(error.stack ?? "");
  return exitCode;
}
