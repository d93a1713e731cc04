import { joined } from "../bytes/copy.ts";
import { printable, quote } from "../bytes/text.ts";
import type { Role } from "../http1/state.ts";
import { type Address, formatAddress } from "../tcp/address.ts";
import { EndNames } from "./ends.ts";
import { StreamMask } from "./masking.ts";
import { stateMeaning } from "./meanings/states.ts";
import { outline } from "./outline.ts";
import type { BytesRecord, ConnectionRecord, Direction, TraceRecord, TransitionRecord } from "./record.ts";
import type { Span } from "./streams.ts";

/** How a timeline is shown. */
export interface TimelineOptions {
  /** Show the values of secret fields (Authorization, Cookie, …). `false` by default. */
  readonly reveal?: boolean;
  /** Use the colours of a terminal. `false` by default. */
  readonly colour?: boolean;
}

/** What is not shown yet of one direction of one end. */
interface OpenStream {
  readonly mask: StreamMask;
  /** Bytes from `base` on, where an incomplete rule begins. Secrets are masked. */
  bytes: Uint8Array;
  base: number;
  spans: Span[];
  /** Content of the current message. */
  contentBytes: number;
}

interface End {
  readonly in: OpenStream;
  readonly out: OpenStream;
  speaksHttp: boolean;
  peerEnded: boolean;
  /** Bytes that were read, and wait for their spans. */
  pending: { readonly record: BytesRecord; readonly transitions: TransitionRecord[] } | undefined;
}

const MAX_OCTETS = 48;
const MAX_NAMES = 2;

/**
 * A line for each thing that happens, both ends in the order of time:
 *
 *     0.34 ms  client  write   78 B  GET /hello HTTP/1.1⏎ Host: … ⏎ ⏎
 *     0.41 ms  server  read    78 B  GET /hello HTTP/1.1⏎ … request complete (the empty line ends it, byte 76)
 *
 * Bytes that were read are shown with what the grammar says of them: call `flush` when a turn of the event loop is over.
 */
export class TimelineWriter {
  readonly #line: (line: string) => void;
  readonly #reveal: boolean;
  readonly #colour: boolean;
  #beginning: number | undefined;
  readonly #ends = new Map<number, End>();
  readonly #names = new EndNames();
  /** Ends with pending bytes, in their order. */
  readonly #waiting = new Set<End>();

  /** @param line called with each line. */
  constructor(line: (line: string) => void, { reveal = false, colour = false }: TimelineOptions = {}) {
    this.#line = line;
    this.#reveal = reveal;
    this.#colour = colour;
  }

  /** Takes the next record. */
  add(record: TraceRecord): void {
    this.#beginning ??= record.t;
    const end = this.#end(record);
    switch (record.type) {
      case "span":
        end.speaksHttp = true;
        end[record.direction].spans.push(record);
        if (!this.#reveal) end[record.direction].mask.add(record);
        break;
      case "transition":
        if (end.pending === undefined) this.#showState(record);
        else end.pending.transitions.push(record);
        break;
      case "bytes":
        this.flush();
        this.#takeBytes(record, end);
        break;
      case "connection":
        this.flush();
        this.#showEvent(record, end);
        break;
      default:
        record satisfies never;
    }
  }

  /** Shows what was read so far. */
  flush(): void {
    for (const end of this.#waiting) this.#showRead(end);
    this.#waiting.clear();
  }

  #end({ connection }: TraceRecord): End {
    let end = this.#ends.get(connection);
    if (end === undefined) {
      end = { in: openStream(), out: openStream(), speaksHttp: false, peerEnded: false, pending: undefined };
      this.#ends.set(connection, end);
    }
    return end;
  }

  #takeBytes(record: BytesRecord, end: End): void {
    if (record.direction === "in") {
      end.pending = { record, transitions: [] };
      this.#waiting.add(end);
      return;
    }
    this.#show(record, "write", sizeText(record), this.#describe(end, "out", record));
  }

  #showRead(end: End): void {
    const { pending } = end;
    if (pending === undefined) return;
    end.pending = undefined;
    const { record, transitions } = pending;
    const said = this.#describe(end, "in", record);
    const complete = transitions.some(({ cause, side, role }) => cause === "end" && side !== role);
    const text = complete ? `${said}  ${completion(record, end.in)}` : said;
    if (complete) end.in.contentBytes = 0;
    this.#show(record, "read", sizeText(record), text);
    for (const transition of transitions) this.#showState(transition);
  }

  #showState(record: TransitionRecord): void {
    const meaning = stateMeaning(record.to);
    if (meaning === undefined) return;
    const [sentence, section] = meaning;
    const verb = record.to === "error" ? "error" : "state";
    this.#show(record, verb, "", `the ${record.side} ${sentence} [${section}]`);
  }

  /** Describes the spans that end in these bytes. An incomplete rule waits for the rest of its bytes. */
  #describe(end: End, direction: Direction, record: BytesRecord): string {
    const stream = end[direction];
    const upTo = record.offset + record.bytes.length;
    const bytes = this.#reveal ? record.bytes : stream.mask.apply(record.offset, record.bytes);
    if (!end.speaksHttp) {
      startAt(stream, upTo);
      return quote(bytes, MAX_OCTETS);
    }
    if (stream.bytes.length === 0) stream.base = record.offset;
    stream.bytes = stream.bytes.length === 0 ? bytes : joined([stream.bytes, bytes]);
    const done = stream.spans
      .filter((span) => span.start < upTo)
      .map((span) => ({ ...span, end: Math.min(span.end, upTo) }));
    stream.spans = stream.spans
      .filter((span) => span.end > upTo)
      .map((span) => ({ ...span, start: Math.max(span.start, upTo) }));
    for (const { rule, start, end: spanEnd } of done)
      if (CONTENT.has(rule)) stream.contentBytes += spanEnd - start;
    // The writer of a message names its fields. The reader says that the message is complete.
    const text = outline(done, stream.bytes, stream.base, direction === "out" ? MAX_NAMES : 0);
    const last = done.at(-1)?.end ?? stream.base;
    startAt(stream, last);
    const rest = upTo - last;
    return rest > 0 && direction === "in"
      ? `${text} (${rest} B of a line that is not complete)`.trim()
      : text;
  }

  #showEvent(record: ConnectionRecord, end: End): void {
    const { event } = record;
    if (event.kind === "peer-end") end.peerEnded = true;
    const [verb, text] = eventText(event, end.peerEnded);
    this.#show(record, verb, "", text);
    if (event.kind === "closed") this.#ends.delete(record.connection);
  }

  #show(record: TraceRecord, verb: string, size: string, text: string): void {
    const time = ((record.t - (this.#beginning ?? 0)) / 1e6).toFixed(2).padStart(8);
    const line =
      `${time} ms  ${this.#names.of(record).padEnd(8)} ${verb.padEnd(9)} ${size.padStart(9)}  ${text}`.trimEnd();
    this.#line(this.#colour ? coloured(record.role, verb, line) : line);
  }
}

/** The timeline of a recording: its lines. See `TimelineWriter` for a timeline while it happens. */
export function formatTimeline(records: readonly TraceRecord[], options: TimelineOptions = {}): string[] {
  const lines: string[] = [];
  const writer = new TimelineWriter((line) => lines.push(line), options);
  for (const record of records) writer.add(record);
  writer.flush();
  return lines;
}

const CONTENT: ReadonlySet<string> = new Set(["content", "chunk-data", "close-delimited"]);

const EMPTY = new Uint8Array(0);

const openStream = (): OpenStream => ({
  mask: new StreamMask(),
  bytes: EMPTY,
  base: 0,
  spans: [],
  contentBytes: 0,
});

function startAt(stream: OpenStream, offset: number): void {
  const rest = stream.bytes.subarray(offset - stream.base);
  // An empty view would keep the whole buffer in memory.
  stream.bytes = rest.length === 0 ? EMPTY : rest;
  stream.base = offset;
}

function completion(record: BytesRecord, stream: OpenStream): string {
  const message = record.role === "server" ? "request" : "response";
  const content = stream.contentBytes;
  const why =
    content === 0 ? `the empty line ends it, byte ${stream.base - 1}` : `${content} bytes of content`;
  return `${message} complete (${why})`;
}

const sizeText = (record: BytesRecord): string => `${record.bytes.length} B`;

/** The path of a Unix socket may be anything. */
const shown = (address: Address): string => printable(formatAddress(address));

function eventText(event: ConnectionRecord["event"], peerEnded: boolean): [verb: string, text: string] {
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
      return ["peer end", "FIN: the peer sends no more, but may still read"];
    case "end":
      return ["end", peerEnded ? "FIN: we send no more, either" : "FIN: we send no more, but go on reading"];
    case "abort":
      return ["abort", "RST: both directions are over, queued bytes are lost"];
    case "peer-abort":
      return ["reset", "RST: the peer broke off the connection"];
    case "closed":
      return ["closed", `${event.bytesIn} B in, ${event.bytesOut} B out (${printable(event.how)})`];
    case "error":
      return ["error", printable(`${event.message} [${event.code}]`)];
    case "dropped":
      return [
        "dropped",
        `${event.events} events with ${event.bytesIn} B in, ${event.bytesOut} B out came too fast to be recorded`,
      ];
    default:
      return event satisfies never;
  }
}

const CYAN = "\u001b[36m";
const YELLOW = "\u001b[33m";
const RED = "\u001b[31m";
const PLAIN = "\u001b[0m";

function coloured(role: Role, verb: string, line: string): string {
  const colour =
    verb === "error" || verb === "reset" || verb === "failed" ? RED : role === "client" ? CYAN : YELLOW;
  return `${colour}${line}${PLAIN}`;
}
