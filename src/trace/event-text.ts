import { counted, printable } from "../bytes/text.ts";
import { otherRole, type Role } from "../http1/state.ts";
import { type Address, formatAddress } from "../tcp/address.ts";
import type { ConnectionRecord } from "./record.ts";

/** What is known of a connection when an event comes. */
export interface Ending {
  peerEnded: boolean;
  /** The side that ended or reset its direction first. */
  firstToEnd: Role | undefined;
}

/** Notes which side ended first. */
export function noteEnding({ event, role }: ConnectionRecord, ending: Ending): void {
  if (event.kind === "peer-end") ending.peerEnded = true;
  if (event.kind === "end" || event.kind === "abort") ending.firstToEnd ??= role;
  if (event.kind === "peer-end" || event.kind === "peer-abort") ending.firstToEnd ??= otherRole(role);
}

/** The path of a Unix socket may be anything. */
const shown = (address: Address): string => printable(formatAddress(address));

/** An event of a connection in one word, and in a few. `before`: the name of the end that a proxy opened this one for. */
export function eventText(
  { event, role }: ConnectionRecord,
  { peerEnded, firstToEnd }: Ending,
  before: string | undefined,
): [verb: string, text: string] {
  switch (event.kind) {
    case "resolve":
      return ["resolve", `${printable(event.host)} → ${event.addresses.map(printable).join(", ")}`];
    case "attempt":
      return ["connect", `→ ${shown(event.remote)}`];
    case "attempt-failed":
      return ["failed", `${shown(event.remote)}: ${printable(event.error)}`];
    case "connected":
      return ["connected", `${shown(event.local)} → ${shown(event.remote)}`];
    case "accepted":
      return [
        "accept",
        `${shown(event.local)} ← ${shown(event.remote)}${event.proxy ? `, says ${shown(event.proxy)}` : ""}`,
      ];
    case "tls":
      return [
        "tls",
        printable(`${event.protocol}, ${event.cipher}${event.alpn ? `, ALPN ${event.alpn}` : ""}`),
      ];
    case "pause":
      return ["pause", "reading stops until the bytes that are here are used"];
    case "resume":
      return ["resume", "reading goes on"];
    case "drain":
      return ["drain", "the kernel has taken all queued bytes"];
    case "peer-end":
      return [
        "peer end",
        firstToEnd === role
          ? "FIN: the peer sends no more, either"
          : "FIN: the peer sends no more, but may still read",
      ];
    case "end":
      return ["end", peerEnded ? "FIN: we send no more, either" : "FIN: we send no more, but go on reading"];
    case "abort":
      return ["abort", "RST: both directions are over, queued bytes are lost"];
    case "peer-abort":
      return ["reset", "RST: the peer broke off the connection"];
    case "closed":
      return [
        "closed",
        `${event.bytesIn} B in, ${event.bytesOut} B out; ${whoClosed(event.how, role, firstToEnd)}`,
      ];
    case "error":
      return ["error", printable(`${event.message} [${event.code}]`)];
    case "dropped":
      return ["dropped", `${gapText(event.events)}: ${event.bytesIn} B in, ${event.bytesOut} B out`];
    case "relayed":
      return ["opened", `for ${before ?? `connection ${event.connection}`}`];
    case "fault":
      return ["fault", printable(`${event.fault}: ${event.text}, ${placeOf(event)}`)];
    default:
      return event satisfies never;
  }
}

/** A watched program may move bytes where nobody sees them, as HTTP/2 of Node does: they are counted, not told. */
const gapText = (events: number): string =>
  events === 0
    ? "bytes were counted, but not seen"
    : `${counted(events, "event")} came too fast to be recorded`;

const placeOf = ({ start, end }: { readonly start: number; readonly end: number }): string =>
  start === end ? `at byte ${start}` : `bytes ${start}–${end - 1}`;

function whoClosed(how: string, role: Role, firstToEnd: Role | undefined): string {
  switch (how) {
    case "end":
      return firstToEnd === undefined ? "closed" : `closed by the ${firstToEnd} first`;
    case "abort":
      return `reset by the ${role}`;
    case "peer-abort":
      return `reset by the ${otherRole(role)}`;
    case "handed-over":
      return "handed over: it goes on elsewhere";
    default:
      return `closed after an ${printable(how)}`;
  }
}
