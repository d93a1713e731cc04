import { described, UsageError } from "./exit-codes.ts";
import { OutputClosed, say } from "./output.ts";

/** Prints the line of an error and returns the exit code, which the command may choose. Prints nothing if the reader of our output has gone. */
export async function report(error: unknown, exitCode = described(error).exitCode): Promise<number> {
  if (error instanceof OutputClosed) return error.exitCode;
  const { message } = described(error);
  const { printable } = await import("../trace.ts");
  say(`wirepane: (${exitCode}) ${printable(message)}${hintFor(error, message)}`);
  if (process.env.WIREPANE_DEBUG && error instanceof Error) say(error.stack ?? "");
  return exitCode;
}

/** The command that tells more. */
function hintFor(error: unknown, message: string): string {
  if (error instanceof UsageError) return ` (wirepane help${error.command ? ` ${error.command}` : ""})`;
  const { code } = error as { code?: unknown };
  const port = /:(\d+)\b/.exec(message)?.[1];
  if (port === undefined || (code !== "CONNECT_REFUSED" && code !== "ADDRESS_IN_USE")) return "";
  return ` (wirepane doctor ${port})`;
}
