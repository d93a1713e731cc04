import { described, UsageError } from "./exit-codes.ts";
import { OutputClosed, say } from "./output.ts";

/** Prints the one line of an error (none where nobody reads our output any more); returns the exit code. */
export async function report(error: unknown): Promise<number> {
  if (error instanceof OutputClosed) return error.exitCode;
  const { exitCode, message } = described(error);
  const { printable } = await import("../trace.ts");
  say(`wirepane: (${exitCode}) ${printable(message)}${hintFor(error, message)}`);
  if (process.env.WIREPANE_DEBUG && error instanceof Error) say(error.stack ?? "");
  return exitCode;
}

/** Which command tells more. */
function hintFor(error: unknown, message: string): string {
  if (error instanceof UsageError) return " (wirepane help)";
  const { code } = error as { code?: unknown };
  const port = /:(\d+)\b/.exec(message)?.[1];
  if (port === undefined || (code !== "CONNECT_REFUSED" && code !== "ADDRESS_IN_USE")) return "";
  return ` (wirepane doctor ${port})`;
}
