import type { Http1Observer, Rule } from "../../http1.ts";
import { type ConnectionEvent, formatAddress, type TcpObserver } from "../../tcp.ts";
import { printable, redactText } from "../../trace.ts";
import { say } from "../output.ts";

/**
 * The lines of -v on stderr, with curl's signs: `*` for what happens, `>` for a head that is sent, `<` for one that is
 * received. Secrets are masked unless --reveal is given.
 */
export class Verbose implements TcpObserver, Http1Observer {
  readonly #reveal: boolean;
  /** The part of the head that was sent so far. `undefined`: the head is complete. */
  #head: string | undefined = "";

  constructor(reveal: boolean) {
    this.#reveal = reveal;
  }

  /** A new request begins. */
  next(): void {
    this.#head = "";
  }

  connection(event: ConnectionEvent): void {
    if (event.kind === "write") this.#sent(event.bytes);
    const line = connectionLine(event);
    if (line !== undefined) this.#tell(line);
  }

  /** Each use of a leniency of AS_CURL is a line. */
  span(direction: "in" | "out", rule: Rule, start: number): void {
    if (direction === "out") return;
    if (rule === "bare-LF") this.#tell(`Forgiven: a line ends with LF alone (byte ${start}, RFC 9112 §2.2)`);
    if (rule === "obs-fold") this.#tell(`Forgiven: a folded field line (byte ${start}, RFC 9112 §5.2)`);
    if (rule === "discarded-trailer")
      this.#tell(`Forgiven: a field that must not be a trailer, discarded (byte ${start}, RFC 9110 §6.5.1)`);
  }

  /** A line of a head that was received, with its line end. */
  received(line: Uint8Array): void {
    const text = Buffer.from(line)
      .toString("latin1")
      .replace(/\r?\n$/, "");
    say(`< ${printable(this.#shown(text))}`);
  }

  #sent(bytes: Uint8Array): void {
    if (this.#head === undefined) return;
    this.#head += Buffer.from(bytes).toString("latin1");
    const end = this.#head.indexOf("\r\n\r\n");
    if (end === -1) return;
    for (const line of this.#shown(this.#head.slice(0, end + 2)).split("\r\n")) say(`> ${printable(line)}`);
    this.#head = undefined;
  }

  #shown(head: string): string {
    return this.#reveal ? head : redactText(head);
  }

  #tell(what: string): void {
    say(`* ${printable(what)}`);
  }
}

function connectionLine(event: ConnectionEvent): string | undefined {
  switch (event.kind) {
    case "resolve":
      return `${event.host} is ${event.addresses.join(", ")}`;
    case "attempt":
      return `Trying ${formatAddress(event.remote)}...`;
    case "attempt-failed":
      return `${formatAddress(event.remote)}: ${event.error}`;
    case "connected":
      return `Connected to ${formatAddress(event.remote)} from ${formatAddress(event.local)}`;
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
