import { isIP } from "node:net";
import { connect as connectTo, formatAddress } from "../../index.ts";
import type { Arguments } from "../arguments.ts";
import { authorities } from "../certificates.ts";
import { converse } from "../conversation.ts";
import { endpointOf } from "../endpoint.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { interruptSignal } from "../interrupt.ts";
import { say, stderrIsTerminal, stdinIsTerminal } from "../output.ts";
import { startTracing } from "../tracing.ts";

/** A TCP client: sends stdin, prints what the peer sends. On a terminal it shows text, in a pipe it passes on bytes. */
export async function connect(args: Arguments<"connect">): Promise<number> {
  const path = args.value("unix");
  const endpoint = endpointOf("connect", args.positionals, path);
  const timeoutMs = args.milliseconds("wait");
  const localAddress = args.value("source");
  if (localAddress !== undefined && isIP(localAddress) === 0)
    throw new UsageError(`--source wants an IP address of this machine, not "${localAddress}"`);
  const ca = args.value("cacert");
  const tls = { insecure: args.has("insecure"), ...(ca !== undefined && { ca: authorities(ca) }) };

  const signal = interruptSignal();
  const tracing = await startTracing(args);
  const observer = tracing.observe("client");
  try {
    const connection = await connectTo({
      ...endpoint,
      signal,
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(localAddress !== undefined && { localAddress }),
      ...(args.has("tls") && { tls }),
      ...(args.has("ipv4") && { family: 4 }),
      ...(args.has("ipv6") && { family: 6 }),
      ...(observer !== undefined && { observer }),
    }).catch((error: unknown) => {
      throw signal.aborted ? signal.reason : error;
    });
    if (stdinIsTerminal() && stderrIsTerminal()) {
      say(
        `connected to ${formatAddress(connection.remote)}; Ctrl-D ends our direction, Ctrl-C the connection`,
      );
    }
    // A typed line ends with Enter. On the wire a line ends with CRLF, in HTTP as in SMTP.
    await converse(connection, signal, { crlf: args.has("crlf") || stdinIsTerminal() });
    await connection.closed;
  } finally {
    await tracing.finish();
  }
  return EXIT.ok;
}
