import type { Http1Leniency, Http1Observer, Rule } from "../../http1.ts";
import type { Address, ConnectionEvent, TcpObserver } from "../../tcp.ts";
import { endOfLine, FramingLines, unfolded } from "./head-lines.ts";

/** What is told while an exchange happens. The bytes are the callee's own. */
export interface WireEvents {
  /**
   * A line of a head that was received, with its line end, as curl prints it: octet by octet, but a folded line is
   * joined. `trailer`: it came behind the content, and is told by `finish`, behind what the caller made of the content.
   * With `onRawBody` it is a part of that.
   */
  onHeadLine?(line: Uint8Array, trailer: boolean): void;
  /** A piece of a body as it is on the wire, with the framing of its chunks (--raw). */
  onRawBody?(bytes: Uint8Array): void;
  /** The head of a request, whole. */
  onRequestHead?(head: Uint8Array): void;
  /** A piece of the content of a request as it is on the wire. */
  onRequestBody?(bytes: Uint8Array): void;
}

export interface WireOptions extends WireEvents {
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** Of the client: which lines stop curl depends on it. */
  readonly leniency?: Http1Leniency;
}

/** When the steps of an exchange were over, on the clock of `now`; `undefined`: the step was not needed, or not reached. */
export interface WireTimes {
  /** `next` was called. */
  start: number;
  /** The name was looked up (%{time_namelookup}). */
  resolved?: number;
  /** TCP was connected (%{time_connect}). */
  connected?: number;
  /** TLS was agreed on (%{time_appconnect}). */
  secured?: number;
  /** The first byte of the request was about to leave (%{time_pretransfer}). */
  requested?: number;
  /** The last byte of the request that was sent so far left (%{time_posttransfer}). */
  sent?: number;
  /** The first byte of the response came (%{time_starttransfer}). */
  firstByte?: number;
  /** `finish` was called (%{time_total}). */
  end?: number;
}

/** What is known of the connection that an exchange used. */
export interface WireConnection {
  readonly local: Address | undefined;
  readonly remote: Address | undefined;
  readonly tls:
    | { readonly protocol: string; readonly cipher: string; readonly alpn: string | undefined }
    | undefined;
}

const NOT_CONNECTED: WireConnection = { local: undefined, remote: undefined, tls: undefined };

/**
 * The octets, counts and times of the exchanges of one client that come one after the other: what -i, -D, -v, --raw and
 * -w show. Only for those: watching costs a copy of what is read.
 *
 *     observe: () => wire.observe()        next() ─► … onHeadLine, onRawBody … ─► finish()
 */
export class Wire {
  readonly #options: WireOptions;
  /** Bytes of the heads and trailers that were printed (%{size_header}). */
  headBytes = 0;
  /** Field lines of the last head (%{num_headers}). */
  headLines = 0;
  /** Bytes of requests, their bodies included, as curl counts them (%{size_request}). */
  requestBytes = 0;
  /** Bytes of content that were received, without the framing of chunks, with content codings (%{size_download}). */
  sizeDownload = 0;
  /** Bytes of bodies as they are on the wire, received (%{size_download} with --raw). */
  rawDownload = 0;
  /** Bytes of bodies that were sent, with the framing of chunks (%{size_upload}). */
  sizeUpload = 0;
  /** Connections that were opened (%{num_connects}). */
  numConnects = 0;
  /** The number of the connection, counted from 0 (%{conn_id}). -1: none was tried. */
  connectionId = -1;
  #connections = 0;
  times: WireTimes;
  connection: WireConnection = NOT_CONNECTED;
  /** The last request that was sent is HEAD: its response has no content. */
  asksForHead = false;

  constructor(options: WireOptions) {
    this.#options = options;
    this.times = { start: options.now() };
  }

  /** Another transfer begins, or another try of it. */
  begin(): void {
    this.headBytes = 0;
    this.headLines = 0;
    this.requestBytes = 0;
    this.numConnects = 0;
    this.connectionId = -1;
    this.connection = NOT_CONNECTED;
    this.next();
  }

  /** Another exchange of the transfer begins: its own counts and times begin, too. */
  next(): void {
    this.sizeDownload = 0;
    this.rawDownload = 0;
    this.sizeUpload = 0;
    this.times = { start: this.#options.now() };
  }

  /** The exchange is over, or has failed: a line that might have been folded is told. */
  finish(): void {
    this.#reading?.finish();
    this.times.end = this.#options.now();
  }

  /** A proxy has answered CONNECT: the head counts, as in curl. */
  tunnelHead(head: Uint8Array): void {
    this.headBytes += head.length;
  }

  #reading: Incoming | undefined;

  /** An observer for one more connection of the client. */
  observe(): TcpObserver & Http1Observer {
    const { now, leniency = {} } = this.#options;
    const incoming = new Incoming(this, this.#options, leniency);
    const outgoing = new Outgoing(this, this.#options);
    const id = this.#connections++;
    this.connectionId = id;
    let connection: WireConnection = NOT_CONNECTED;
    let inRequest = false;
    return {
      connection: (event: ConnectionEvent) => {
        switch (event.kind) {
          case "resolve":
            this.times.resolved = now();
            break;
          case "connected":
            this.times.connected = now();
            this.numConnects++;
            connection = { ...NOT_CONNECTED, local: event.local, remote: event.remote };
            this.connection = connection;
            incoming.restart();
            outgoing.restart();
            break;
          case "tls": {
            this.times.secured = now();
            const { protocol, cipher, alpn } = event;
            connection = { ...connection, tls: { protocol, cipher, alpn } };
            this.connection = connection;
            break;
          }
          case "write":
            this.times.sent = now();
            outgoing.written(event.bytes);
            break;
          case "read":
            if (inRequest) this.times.firstByte ??= now();
            incoming.received(event.bytes);
        }
      },
      span: (direction, rule, start, end) => {
        if (direction === "in") {
          incoming.span(rule, start, end);
        } else {
          if (rule === "method") {
            // What came before is the talk with proxies.
            if (!inRequest) incoming.restart();
            inRequest = true;
            this.#reading = incoming;
            this.connection = connection;
            this.connectionId = id;
            this.times.requested = now();
          }
          outgoing.span(rule, start, end);
        }
      },
    };
  }
}

/** Bytes of one direction, from those that no span has covered yet. */
class Stream {
  #bytes: Uint8Array = new Uint8Array(0);
  #offset = 0;

  restart(): void {
    this.#bytes = new Uint8Array(0);
    this.#offset = 0;
  }

  append(bytes: Uint8Array): void {
    this.#bytes = this.#bytes.length === 0 ? new Uint8Array(bytes) : Buffer.concat([this.#bytes, bytes]);
  }

  slice(start: number, end: number): Uint8Array {
    return this.#bytes.subarray(start - this.#offset, end - this.#offset);
  }

  /** The bytes before `end` are not needed any more. */
  dropTo(end: number): void {
    this.#bytes = this.#bytes.subarray(Math.max(0, end - this.#offset));
    this.#offset = end;
  }
}

/** What a connection receives: heads by the line, bodies by the span. */
class Incoming {
  readonly #wire: Wire;
  readonly #events: WireEvents;
  readonly #stream = new Stream();
  readonly #framing: FramingLines;
  #part: "head" | "body" | "last-chunk" | "trailers" = "head";
  #lineStart: number | undefined;
  #isFold = false;
  /** The last line, until it is known that the next line is not folded to it. */
  #line: Uint8Array | undefined;
  #isStatusLine = true;
  readonly #trailers: Uint8Array[] = [];
  /** curl has refused a line, and prints no more of this head. */
  #stopped = false;

  constructor(wire: Wire, events: WireEvents, leniency: Http1Leniency) {
    this.#wire = wire;
    this.#events = events;
    this.#framing = new FramingLines(leniency);
  }

  restart(): void {
    this.#stream.restart();
    this.#part = "head";
    this.#lineStart = undefined;
    this.#line = undefined;
  }

  received(bytes: Uint8Array): void {
    this.#stream.append(bytes);
  }

  span(rule: Rule, start: number, end: number): void {
    if (rule === "HTTP-version") this.#beginHead();
    if (this.#part !== "head" || isContent(rule)) this.#body(rule, start, end);
    if (this.#part === "body") this.#stream.dropTo(end);
    else this.#inLine(rule, start, end);
  }

  /** The exchange is over. */
  finish(): void {
    this.#flush();
    for (const line of this.#trailers.splice(0)) this.#events.onHeadLine?.(line, true);
  }

  #flush(): void {
    const line = this.#line;
    this.#line = undefined;
    if (line !== undefined) this.#tell(line);
  }

  #beginHead(): void {
    this.#part = "head";
    this.#stopped = false;
    this.#trailers.length = 0;
    this.#isStatusLine = true;
    this.#wire.headLines = 0;
  }

  #body(rule: Rule, start: number, end: number): void {
    const wire = this.#wire;
    wire.rawDownload += end - start;
    if (isContent(rule)) {
      this.#part = "body";
      wire.sizeDownload += end - start;
    }
    this.#events.onRawBody?.(new Uint8Array(this.#stream.slice(start, end)));
    if (rule === "last-chunk") this.#part = "last-chunk";
  }

  #inLine(rule: Rule, start: number, end: number): void {
    if (this.#lineStart === undefined) {
      this.#lineStart = start;
      this.#isFold = rule === "obs-fold";
    }
    if (!LINE_ENDS.has(rule)) return;
    const isEmpty = rule === "empty-line" || this.#lineStart === start;
    const line = new Uint8Array(this.#stream.slice(this.#lineStart, end));
    this.#lineStart = undefined;
    this.#stream.dropTo(end);
    if (this.#part === "last-chunk") this.#part = "trailers";
    else this.#lineCame(line, isEmpty);
  }

  #lineCame(line: Uint8Array, isEmpty: boolean): void {
    if (this.#isFold && this.#line !== undefined) {
      this.#line = unfolded(this.#line, line);
      return;
    }
    this.#flush();
    if (!isEmpty) {
      this.#line = line;
      return;
    }
    if (this.#part === "head") this.#tell(line);
    this.#part = "body";
  }

  #tell(line: Uint8Array): void {
    const wire = this.#wire;
    const trailer = this.#part === "trailers";
    if (this.#isStatusLine) this.#framing.reset(wire.asksForHead || hasNoContent(line));
    if (this.#stopped || (!trailer && this.#framing.refuses(line))) {
      this.#stopped = true;
      return;
    }
    if (trailer && this.#events.onRawBody !== undefined) return; // it is a part of the raw body
    // curl ends each trailer field with CRLF.
    const shown = trailer ? Buffer.concat([line.subarray(0, endOfLine(line)), CRLF]) : line;
    wire.headBytes += shown.length;
    if (trailer) {
      this.#trailers.push(shown);
      wire.headLines = this.#trailers.length; // as curl counts: a section behind an empty line begins anew
      return;
    }
    if (endOfLine(line) > 0 && !this.#isStatusLine) wire.headLines++;
    this.#isStatusLine = false;
    this.#events.onHeadLine?.(shown, false);
  }
}

/** Of a status line: 1xx, 204, 304 (RFC 9110 §6.4.1). */
const hasNoContent = (line: Uint8Array): boolean =>
  /^http\/\S+[ \t]+(?:1\d\d|204|304)/i.test(Buffer.from(line).toString("latin1"));

const CRLF = Buffer.from("\r\n");
const LINE_ENDS: ReadonlySet<Rule> = new Set<Rule>(["CRLF", "bare-LF", "empty-line"]);

const isContent = (rule: Rule): boolean =>
  rule === "content" || rule === "close-delimited" || rule === "chunk-data";

/** What a connection sends. Its spans are told before its bytes. */
class Outgoing {
  readonly #wire: Wire;
  readonly #events: WireEvents;
  /** A request was begun. What was written before is for a proxy. */
  #begun = false;
  #inHead = false;
  /** Bytes of the head that is still to be written. */
  #headToCome = 0;
  #head: Uint8Array[] = [];

  constructor(wire: Wire, events: WireEvents) {
    this.#wire = wire;
    this.#events = events;
  }

  restart(): void {
    this.#begun = false;
    this.#inHead = false;
    this.#headToCome = 0;
    this.#head = [];
  }

  span(rule: Rule, start: number, end: number): void {
    const wire = this.#wire;
    const length = end - start;
    wire.requestBytes += length;
    if (rule === "method") {
      this.#begun = true;
      this.#inHead = true;
    }
    if (this.#inHead) this.#headToCome += length;
    else wire.sizeUpload += length;
    if (rule === "empty-line") this.#inHead = false;
  }

  written(bytes: Uint8Array): void {
    if (!this.#begun) {
      if (isConnect(bytes)) this.#events.onRequestHead?.(new Uint8Array(bytes));
      return;
    }
    const piece = bytes.subarray(0, this.#headToCome);
    if (piece.length > 0) this.#headWritten(piece);
    const rest = bytes.subarray(piece.length);
    if (rest.length > 0) this.#events.onRequestBody?.(new Uint8Array(rest));
  }

  #headWritten(piece: Uint8Array): void {
    this.#head.push(new Uint8Array(piece));
    this.#headToCome -= piece.length;
    if (this.#headToCome > 0) return;
    const head = Buffer.concat(this.#head);
    this.#wire.asksForHead = head.toString("latin1", 0, 5) === "HEAD ";
    this.#events.onRequestHead?.(head);
    this.#head = [];
  }
}

/** The head of a request for a tunnel. Other octets for a proxy are SOCKS. */
const isConnect = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.subarray(0, 8)).toString("latin1") === "CONNECT ";
