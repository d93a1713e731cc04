import { formatAddress } from "../../tcp.ts";
import { printable, redactText } from "../../trace.ts";
import type { Observer } from "../observers.ts";
import { say, stdoutIsTerminal } from "../output.ts";
import { BodyWatch } from "./body-watch.ts";
import { connectionLine, forgivenLine } from "./connection-lines.ts";
import type { Shown } from "./shown.ts";
import { type Part, TraceFormat } from "./trace-format.ts";
import { type TraceSink, traceSink } from "./trace-sink.ts";

/**
 * What -v, --trace and --trace-ascii show, in curl's formats. Secrets in heads are masked unless --reveal is given;
 * their lengths stay. Control characters are escaped in the lines of -v: they may reach a terminal.
 */
export class Verbose {
  readonly #shown: Shown;
  readonly #reveal: boolean;
  readonly #ignores: (head: string) => boolean;
  readonly #format: TraceFormat;
  readonly #sink: TraceSink;
  #transfer = 0;
  #connections = 0;
  /** The number of the connection that something was told of last. */
  #connection: number | undefined;
  #ending: (() => void) | undefined;
  /** Of the connection that the exchange uses. */
  #body: BodyWatch | undefined;

  /** `ignores`: whether nobody reads the content behind this head. */
  constructor(shown: Shown, reveal: boolean, ignores: (head: string) => boolean) {
    this.#shown = shown;
    this.#reveal = reveal;
    this.#ignores = ignores;
    const besideContent = stdoutIsTerminal() && (shown.to === "-" || shown.to === "%");
    this.#format = new TraceFormat(shown.form, !besideContent);
    this.#sink = traceSink(shown.to, (text) => say(`Warning: ${printable(text)}`));
  }

  /** The next request belongs to the transfer of this number. */
  next(transfer: number): void {
    this.done();
    this.#body = undefined;
    this.#transfer = transfer;
  }

  /** An exchange, or a try, is over. */
  done(): void {
    this.#ending?.();
    this.#ending = undefined;
  }

  /** An observer for one more connection. */
  observe(): Observer {
    const number = this.#connections++;
    const body = new BodyWatch((octets) => this.#tell("data-in", latin1(octets)), this.#ignores);
    let requests = 0;
    let persists = true;
    let bodyBytes = 0;
    let complete = false;
    let inHead = false;
    let server = "";
    const line = (text: string | undefined): void => {
      if (text !== undefined) this.#tell("text", text);
    };
    return {
      connection: (event) => {
        this.#connection = number;
        if (event.kind === "connected") server = formatAddress(event.remote);
        if (event.kind === "read") body.read(event.bytes);
        if (event.kind === "closed") persists = false;
        line(connectionLine(event));
        if (event.kind !== "write" || !complete) return;
        complete = false;
        line(
          bodyBytes > 0 ? `upload completely sent off: ${bodyBytes} bytes` : "Request completely sent off",
        );
      },
      span: (direction, rule, start, end) => {
        this.#connection = number;
        if (direction === "in") {
          line(forgivenLine(rule, start));
          body.span(rule, end);
        } else if (rule === "method") {
          this.#body = body;
          body.next();
          line(requests++ === 0 ? "using HTTP/1.x" : `Reusing existing connection #${number}`);
          bodyBytes = 0;
          inHead = true;
          this.#ending = () =>
            line(
              persists
                ? `Connection #${number} to host ${server} left intact`
                : `shutting down connection #${number}`,
            );
        } else if (rule === "empty-line" && inHead) inHead = false;
        else if (!inHead) bodyBytes += end - start;
      },
      transition: (role, from, to) => {
        if (to === "must-close" || to === "closed" || to === "error") persists = false;
        if (role === "client" && from !== "done" && (to === "done" || to === "must-close")) complete = true;
      },
    };
  }

  /** A line of a head that was received, with its line end. */
  received(line: Uint8Array): void {
    if (this.#body?.headsAreOver) return;
    this.#tell("head-in", this.#masked(latin1(line)));
  }

  sentHead(head: Uint8Array): void {
    this.#tell("head-out", this.#masked(latin1(head)));
  }

  sentBody(octets: Uint8Array): void {
    this.#tell("data-out", latin1(octets));
  }

  #masked(head: string): string {
    return this.#reveal ? head : redactText(head);
  }

  #tell(part: Part, octets: string): void {
    const lines = this.#format.format(part, octets, this.#prefix());
    if (lines !== "") this.#sink(safe(lines));
  }

  /** `17:20:39.123456 [0-0] `: the time, and the numbers of transfer and connection. */
  #prefix(): string {
    const { times, ids } = this.#shown;
    return (times ? `${timeOfDay()} ` : "") + (ids ? `[${this.#transfer}-${this.#connection ?? "x"}] ` : "");
  }
}

const latin1 = (octets: Uint8Array): string => Buffer.from(octets).toString("latin1");

/** Octets that are UTF-8 are shown as such. Line ends stay. */
function safe(lines: string): string {
  return lines
    .split("\n")
    .map((line) => {
      const isCrlf = line.endsWith("\r");
      const octets = Buffer.from(isCrlf ? line.slice(0, -1) : line, "latin1");
      const text = octets.toString();
      return printable(text.includes("\ufffd") ? octets.toString("latin1") : text) + (isCrlf ? "\r" : "");
    })
    .join("\n");
}

/** With microseconds, as curl. */
function timeOfDay(): string {
  const now = performance.timeOrigin + performance.now();
  const date = new Date(now);
  const two = (number: number): string => String(number).padStart(2, "0");
  const micros = String(Math.floor((now % 1000) * 1000)).padStart(6, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${micros}`;
}
