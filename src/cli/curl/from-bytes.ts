import type { RequestInput } from "../../http.ts";
import { connect } from "../../tcp.ts";
import { type ExplanationNode, explainTree, printable } from "../../trace.ts";
import { say, writeOut } from "../output.ts";
import { readInput } from "./content.ts";
import { CurlError } from "./curl-error.ts";
import type { Session } from "./session.ts";

/**
 * --from FILE: sends the octets of a file as they are, broken or not, then FIN, and prints all that comes back. The
 * rules that they break are named on stderr.
 */
export async function sendFile(
  file: string,
  { url, timeoutMs, connect: options }: RequestInput,
  session: Session,
): Promise<void> {
  const octets = readInput(file);
  for (const line of brokenRules(octets)) say(line);
  const { protocol, hostname, port } = new URL(url);
  const tls = protocol === "https:";
  const { signal } = session;
  const { tls: tlsOptions = true, ...rest } = options ?? {};
  const observer = session.tracing.observe("client");
  const connection = await connect({
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port) || (tls ? 443 : 80),
    ...rest,
    ...(tls && { tls: tlsOptions }),
    ...(observer !== undefined && { observer }),
    signal,
  });
  signal.addEventListener("abort", () => connection.abort());
  const sending = connection.write(octets).then(() => connection.end());
  // A server may answer and close before it has read everything.
  sending.catch(() => {});
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(
          () => connection.abort(new CurlError(OPERATION_TIMED_OUT, "the time of -m is over")),
          timeoutMs,
        );
  let received = 0;
  for (let bytes = await connection.read(); bytes !== undefined; bytes = await connection.read()) {
    received += bytes.length;
    await writeOut(bytes);
  }
  clearTimeout(timer);
  connection.abort();
  if (received === 0) throw new CurlError(EMPTY_REPLY, "the server closed the connection without a response");
}

const OPERATION_TIMED_OUT = 28;
const EMPTY_REPLY = 52;

/** A line for each rule of HTTP/1.1 that the octets of a request break. */
function brokenRules(octets: Uint8Array): string[] {
  const { nodes } = explainTree(octets, { message: "request" });
  const lines: string[] = [];
  const visit = (node: ExplanationNode): void => {
    const { problem } = node;
    if (problem !== undefined) {
      const section = problem.section === "" ? "" : ` (${problem.section})`;
      lines.push(printable(`broken at byte ${problem.start}: ${problem.code}: ${problem.message}${section}`));
    }
    node.parts.forEach(visit);
  };
  nodes.forEach(visit);
  return lines.length > 0 ? lines : ["these octets break no rule"];
}
