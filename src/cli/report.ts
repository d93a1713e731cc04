import { TransportError } from "../tcp.ts";
import { CommandError, described, UsageError } from "./exit-codes.ts";
import { OutputClosed, say } from "./output.ts";

/** Prints the line of an error and returns the exit code, which the command may choose. Prints nothing if the reader of our output has gone. */
export async function report(error: unknown, exitCode = described(error).exitCode): Promise<number> {
  if (error instanceof OutputClosed) return error.exitCode;
  const { message } = described(error);
  const { printable } = await import("../trace.ts");
  const lines = error instanceof CommandError && error.hasLines ? message.split("\n") : [message];
  say(`wirepane: (${exitCode}) ${lines.map(printable).join("\n")}${await hintFor(error)}`);
  if (process.env.WIREPANE_DEBUG && error instanceof Error) say(error.stack ?? "");
  return exitCode;
}

/** What to do next, in brackets: the command that tells more, or the option that helps. */
async function hintFor(error: unknown): Promise<string> {
  if (error instanceof UsageError) return ` (wirepane help${error.command ? ` ${error.command}` : ""})`;
  if (!(error instanceof TransportError)) return "";
  const { address, port, code } = (error.cause ?? {}) as { address?: string; port?: number; code?: string };
  switch (error.code) {
    case "CONNECT_REFUSED":
    case "ADDRESS_IN_USE": {
      if (address === undefined || !port) return "";
      const { isOfThisMachine } = await import("./own-address.ts");
      return isOfThisMachine(address) ? ` (wirepane doctor ${port})` : "";
    }
    case "TLS_VERIFY": {
      const end = error.phase === "proxy" ? "proxy-" : "";
      // A certificate that expired, or is for another name, does so whoever issued it.
      const trust = /SELF_SIGNED|UNABLE_TO/.test(code ?? "") ? `--${end}cacert FILE trusts its issuer; ` : "";
      return ` (${trust}--${end}insecure verifies nothing)`;
    }
    default:
      return "";
  }
}
