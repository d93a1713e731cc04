import { printable } from "../../bytes/text.ts";
import type { TransportErrorCode } from "../../tcp/errors.ts";
import type { ConnectionRecord } from "../record.ts";
import { type Meaning, own } from "./meaning.ts";

/** What happened below HTTP: which side did it, what it means, and what to check. */
export interface TcpMeaning {
  /** What it means, in a sentence. */
  readonly meaning: string;
  /** Where it is written: "RFC 9293 §3.6"; empty without one. */
  readonly section: string;
  /** Whose act it was: this end's, the other end's, something between them, or both ends'. */
  readonly side: "this end" | "the other end" | "the way between" | "both ends";
  /** What to check, in a sentence; empty if nothing is wrong. */
  readonly check: string;
}

type Kind = Exclude<ConnectionRecord["event"]["kind"], "pause" | "resume" | "drain">;
type Row = readonly [side: TcpMeaning["side"], meaning: string, section: string, check?: string];

const EVENTS = {
  resolve: ["this end", "the name became addresses; each is tried until one answers", "RFC 8305 §3"],
  attempt: ["this end", "SYN: asks this address for a connection", "RFC 9293 §3.5"],
  "attempt-failed": [
    "the other end",
    "this address did not take the connection",
    "RFC 9293 §3.5",
    "does something listen there, and does no firewall stand between? `wirepane doctor PORT` tells who listens",
  ],
  connected: [
    "both ends",
    "SYN, SYN-ACK, ACK: the kernels have agreed; no byte of the programs was sent",
    "RFC 9293 §3.5",
  ],
  accepted: [
    "this end",
    "the kernel had completed the handshake before: now the program has the connection",
    "RFC 9293 §3.5",
  ],
  tls: [
    "both ends",
    "from here on the bytes are encrypted; what is shown stands inside the encryption",
    "RFC 8446 §2",
  ],
  end: ["this end", "FIN: this end sends no more; it can still read", "RFC 9293 §3.6"],
  "peer-end": ["the other end", "FIN: the other end sends no more; it may still read", "RFC 9293 §3.6"],
  abort: [
    "this end",
    "RST: this end breaks the connection off; bytes on the way in either direction are lost",
    "RFC 9293 §3.5.2",
    "was it a limit (idle, size), a cancelled request, or a fault of the other end?",
  ],
  "peer-abort": [
    "the other end",
    "RST: the other end broke the connection off; what it had not read is lost",
    "RFC 9293 §3.5.2",
    "did the other program crash, close with unread bytes, or reach a time limit? its log may tell",
  ],
  closed: ["both ends", "the connection is over; its pair of ports may be used again later", "RFC 9293 §3.6"],
  error: ["this end", "the connection failed", ""],
  dropped: [
    "this end",
    "not recorded: the worker had more to tell than its busy parent could take",
    "",
    "is the loop of the main thread blocked? the connection itself lost nothing",
  ],
  relayed: ["this end", "a proxy opens this connection for one that a client opened to it", ""],
  fault: [
    "this end",
    "the proxy did this on purpose, as its user asked",
    "",
    "does the program behind the proxy cope? the same seed makes the same faults again",
  ],
} as const satisfies Record<Kind, Row>;

/** By the codes of our own errors, and by the names that systems have for them. */
const ERRORS: Readonly<Partial<Record<TransportErrorCode, Row>> & Record<string, Row>> = {
  ADDRESS_IN_USE: [
    "this end",
    "another socket listens on this address and port already (EADDRINUSE)",
    "POSIX bind()",
    "`wirepane doctor PORT` tells who listens; take another port, or end that program",
  ],
  ADDRESS_NOT_AVAILABLE: [
    "this end",
    "this machine does not have the address, or has no free port for it (EADDRNOTAVAIL)",
    "POSIX bind()",
    "is the address one of this machine's?",
  ],
  PERMISSION: [
    "this end",
    "the system does not allow it (EACCES): ports below 1024 are reserved",
    "POSIX bind()",
    "take a port from 1024 on",
  ],
  DNS: [
    "the way between",
    "the name has no address, or no server could tell (ENOTFOUND, EAI_AGAIN)",
    "RFC 1035 §4.1.1",
    "is the name spelt right? does this machine reach its name server?",
  ],
  CONNECT_REFUSED: [
    "the other end",
    "RST in answer to SYN: the machine is there, but nothing listens on this port (ECONNREFUSED)",
    "RFC 9293 §3.10.7.1",
    "is the server running, on this port and this address (127.0.0.1 is not 0.0.0.0)?",
  ],
  CONNECT_RESET: [
    "the other end",
    "RST before the connection was ready (ECONNRESET)",
    "RFC 9293 §3.5.2",
    "is a proxy or firewall between, or is the server's backlog full?",
  ],
  CONNECT_UNREACHABLE: [
    "the way between",
    "no route leads to this address (EHOSTUNREACH, ENETUNREACH)",
    "RFC 792",
    "is the network up, and does this machine have an address of this family (IPv4, IPv6)?",
  ],
  TIMEOUT_CONNECT: [
    "the way between",
    "nobody answered SYN in time (ETIMEDOUT): no machine, or a firewall that drops it",
    "RFC 9293 §3.8.3",
    "is the address right? a refusal would have come at once",
  ],
  TIMEOUT_IDLE: [
    "this end",
    "nothing came for so long that this end gave up",
    "",
    "is the other end stuck, or was it gone without a FIN?",
  ],
  TIMEOUT_WRITE: [
    "the other end",
    "the other end read nothing for so long that this end gave up",
    "RFC 9293 §3.8.6",
    "does the other program still read?",
  ],
  PEER_RESET: [
    "the other end",
    "RST: the other end broke the connection off (ECONNRESET)",
    "RFC 9293 §3.5.2",
    "did the other program crash, close with unread bytes, or reach a time limit?",
  ],
  PEER_CLOSED_BEFORE_RESPONSE: [
    "the other end",
    "FIN before a response: the server took the request and closed",
    "RFC 9112 §9.5",
    "was the connection idle for long? a safe request may be sent again",
  ],
  WRITE_FAILED: [
    "the other end",
    "written to a connection that the other end had closed already (EPIPE)",
    "RFC 9293 §3.6",
    "look at what the other end sent last: it may say why",
  ],
  BODY_TRUNCATED: [
    "the other end",
    "the connection ended before the content did",
    "RFC 9112 §8",
    "did the server crash, or declare a wrong length?",
  ],
  TLS_HANDSHAKE: [
    "both ends",
    "the two ends did not agree on TLS",
    "RFC 8446 §4",
    "does this port speak TLS at all?",
  ],
  TLS_VERIFY: [
    "this end",
    "the certificate is not one that this end trusts for this name",
    "RFC 9525 §6",
    "is the name right? --cacert adds an authority",
  ],
};

/** The names of Node and POSIX for the same. */
const ALIASES: Readonly<Record<string, TransportErrorCode>> = {
  EADDRINUSE: "ADDRESS_IN_USE",
  EADDRNOTAVAIL: "ADDRESS_NOT_AVAILABLE",
  EACCES: "PERMISSION",
  ENOTFOUND: "DNS",
  EAI_AGAIN: "DNS",
  ECONNREFUSED: "CONNECT_REFUSED",
  ECONNRESET: "PEER_RESET",
  EHOSTUNREACH: "CONNECT_UNREACHABLE",
  ENETUNREACH: "CONNECT_UNREACHABLE",
  ETIMEDOUT: "TIMEOUT_CONNECT",
  EPIPE: "WRITE_FAILED",
};

/** How the record of a failed attempt tells of an error: it has no code. */
const ATTEMPTS: readonly (readonly [words: RegExp, code: TransportErrorCode])[] = [
  [/^refused/, "CONNECT_REFUSED"],
  [/^timed out/, "TIMEOUT_CONNECT"],
  [/reset/, "CONNECT_RESET"],
  [/cannot be reached/, "CONNECT_UNREACHABLE"],
  [/permi/, "PERMISSION"],
];

/** Who closed, by the `how` of the event "closed". */
const CLOSED_BY: Readonly<Record<string, Meaning>> = {
  end: ["both ends sent FIN: an orderly end, nothing is lost", "RFC 9293 §3.6"],
  abort: ["this end sent RST", "RFC 9293 §3.5.2"],
  "peer-abort": ["the other end sent RST", "RFC 9293 §3.5.2"],
  error: ["a failure ended it", "RFC 9293 §3.9.1"],
  "handed-over": ["this program gave the socket to another one: the connection goes on there", ""],
};

const meaningOf = ([side, meaning, section, check = ""]: Row): TcpMeaning => ({
  side,
  meaning,
  section,
  check,
});

/** What an error below HTTP means, by its code in `TRANSPORT_ERRORS` or its name in the system (`ECONNRESET`). */
export function tcpErrorMeaning(code: string): TcpMeaning | undefined {
  const key = Object.hasOwn(ALIASES, code) ? (ALIASES[code] as string) : code;
  return Object.hasOwn(ERRORS, key) ? meaningOf(ERRORS[key] as Row) : undefined;
}

/** What an event of a connection means. `undefined`: pauses, which every connection has. */
export function tcpMeaning(event: ConnectionRecord["event"]): TcpMeaning | undefined {
  switch (event.kind) {
    case "pause":
    case "resume":
    case "drain":
      return undefined;
    case "error":
      return tcpErrorMeaning(event.code) ?? meaningOf(EVENTS.error);
    case "fault": {
      const row = meaningOf(EVENTS.fault);
      return { ...row, meaning: `${printable(`${event.fault}: ${event.text}`)}; ${row.meaning}` };
    }
    case "attempt-failed": {
      const code = ATTEMPTS.find(([words]) => words.test(event.error))?.[1];
      return (code && tcpErrorMeaning(code)) ?? meaningOf(EVENTS[event.kind]);
    }
    case "closed": {
      const how = own(CLOSED_BY, event.how);
      const row = meaningOf(EVENTS.closed);
      return how === undefined ? row : { ...row, meaning: how[0], section: how[1] };
    }
    default:
      return meaningOf(EVENTS[event.kind]);
  }
}
