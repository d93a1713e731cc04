import type { RequestInput } from "../../http.ts";
import { connect, TransportError } from "../../tcp.ts";
import { type ExplanationNode, explainTree, printable } from "../../trace.ts";
import { say, writeOut } from "../output.ts";
import { readInput } from "./content.ts";
import { CurlError } from "./curl-error.ts";
import { MAX_TIMER_MS } from "./pause.ts";
import type { Session } from "./session.ts";
import type { Settings } from "./settings.ts";

const OCTETS = new WeakMap<Settings, Buffer>();
const MAX_FROM_BYTES = 64 * 1024 * 1024;
/** So much is read in a moment, however many lines it has. Nobody hears Ctrl-C or -m meanwhile. */
const MAX_CHECKED_BYTES = 256 * 1024;

/** The octets of --from, read once: before the first transfer, since nobody hears Ctrl-C while a file is read. */
export function octetsOf(settings: Settings): Buffer {
  const octets = OCTETS.get(settings) ?? readInput(settings.value("from") ?? "-", MAX_FROM_BYTES);
  OCTETS.set(settings, octets);
  return octets;
}

/**
 * --from FILE: sends the octets of a file as they are, broken or not, then FIN, and prints all that comes back. The
 * rules that they break are named on stderr.
 */
export async function sendFile(
  settings: Settings,
  { url, timeoutMs, connect: options }: RequestInput,
  session: Session,
): Promise<void> {
  const octets = octetsOf(settings);
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
  const late = new CurlError(OPERATION_TIMED_OUT, "the time of -m is over");
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => connection.abort(late), Math.min(timeoutMs, MAX_TIMER_MS));
  let received = 0;
  try {
    for (let bytes = await connection.read(); bytes !== undefined; bytes = await connection.read()) {
      received += bytes.length;
      await writeOut(bytes);
    }
  } catch (error) {
    throw error instanceof TransportError && error.cause === late ? late : error;
  } finally {
    clearTimeout(timer);
    connection.abort();
  }
  if (received === 0) throw new CurlError(EMPTY_REPLY, "the server closed the connection without a response");
}

const OPERATION_TIMED_OUT = 28;
const EMPTY_REPLY = 52;

/** A line for each rule of HTTP/1.1 that the octets of a request break. */
function brokenRules(octets: Uint8Array): string[] {
  const { nodes } = explainTree(octets.subarray(0, MAX_CHECKED_BYTES), { message: "request" });
  const isCut = octets.length > MAX_CHECKED_BYTES;
  const lines: string[] = [];
  const visit = (node: ExplanationNode): void => {
    const { problem } = node;
    // The end of what is checked is not the end of the request.
    if (problem !== undefined && !(isCut && problem.code.startsWith("INCOMPLETE"))) {
      const section = problem.section === "" ? "" : ` (${problem.section})`;
      lines.push(printable(`broken at byte ${problem.start}: ${problem.code}: ${problem.message}${section}`));
    }
    node.parts.forEach(visit);
  };
  nodes.forEach(visit);
  if (isCut) lines.push(`only the first ${MAX_CHECKED_BYTES / 1024} KiB are checked`);
  return lines.length > 0 ? lines : ["these octets break no rule"];
}
