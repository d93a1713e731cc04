import type { Rule } from "../../http1.ts";
import { type Address, type ConnectionEvent, formatAddress } from "../../tcp.ts";

/** The leniencies of AS_CURL that have a rule of their own: what is forgiven, and where the rule stands. */
const FORGIVEN: Partial<Record<Rule, readonly [what: string, reference: string]>> = {
  "bare-LF": ["a line ends with LF alone", "RFC 9112 §2.2"],
  "obs-fold": ["a folded field line", "RFC 9112 §5.2"],
  "discarded-trailer": ["a field that must not be a trailer, discarded", "RFC 9110 §6.5.1"],
  "any-field-name": ["a field name that is no token, kept as it stands", "RFC 9112 §5.1"],
  "any-chunk-ext": ["what follows a chunk-size and is no extension, skipped", "RFC 9112 §7.1.1"],
};

/** The line for the use of a leniency. */
export function forgivenLine(rule: Rule, start: number): string | undefined {
  const forgiven = FORGIVEN[rule];
  return forgiven && `Forgiven: ${forgiven[0]} (byte ${start}, ${forgiven[1]})`;
}

/** The line of -v for what happens on a connection. */
export function connectionLine(event: ConnectionEvent): string | undefined {
  switch (event.kind) {
    case "resolve":
      return `${event.host} is ${event.addresses.join(", ")}`;
    case "attempt":
      return `  Trying ${formatAddress(event.remote)}...`;
    case "attempt-failed":
      return `connect to ${formatAddress(event.remote)} failed: ${event.error}`;
    case "connected":
      return `Established connection to ${withPort(event.remote)} from ${withPort(event.local)}`;
    case "tls":
      return `${event.protocol}, ${event.cipher}${event.alpn === undefined ? "" : `, ALPN ${event.alpn}`}`;
    case "peer-end":
      return "The server ended the connection";
    case "peer-abort":
      return "The server reset the connection";
    default:
      return undefined;
  }
}

const withPort = (address: Address): string =>
  address.family === "unix" ? formatAddress(address) : `${address.host} port ${address.port}`;
