import { CR, isBlank, isTchar, LF } from "../bytes/octets.ts";
import { ReceiveBuffer } from "../bytes/receive-buffer.ts";
import { FORBIDDEN_TRAILERS, parseChunkLine } from "./chunked.ts";
import type { ProtocolError, ProtocolErrorCode } from "./errors.ts";
import {
  type Data,
  type EndOfMessage,
  type HttpEvent,
  type InformationalHead,
  NEED_DATA,
  type RequestHead,
  type ResponseHead,
  type Version,
} from "./events.ts";
import { parseFieldLine, parseFoldedLine } from "./field-line.ts";
import { EMPTY_FIELDS, Fields } from "./fields.ts";
import { type BodyFraming, requestFraming, responseFraming, switchesToTunnel } from "./framing.ts";
import type { Http1Leniency } from "./leniency.ts";
import type { Http1Limits } from "./limits.ts";
import type { Rule } from "./observer.ts";
import {
  parseRequestLine,
  parseStatusLine,
  type RequestLine,
  refuse,
  type SpanAt,
  type StatusLine,
} from "./start-line.ts";
import { checkHost, targetForm } from "./target.ts";

/*
 * The grammar of one direction. Bytes in, one event out; between two calls everything it knows is its phase:
 *
 *   start-line → fields → content ─────────────┐
 *       ↑ ↑________│1xx   chunk-size ⇄ chunk-data│→ end → finished
 *       │                     └→ trailers ──────┤
 *       │                 close-delimited ──────┘
 *       └───────────── startNextMessage()              101, CONNECT: tunnel
 *
 * An error depends on the bytes alone, never on how they were cut: whatever is checked before a line is complete
 * is checked in the order of the stream.
 */

type Phase =
  | "start-line"
  | "fields"
  | "content"
  | "chunk-size"
  | "chunk-data"
  | "chunk-end"
  | "trailers"
  | "close-delimited"
  | "end"
  | "finished"
  | "tunnel";

/** What a response's meaning depends on (RFC 9112 §6.3): the request it answers. */
export interface RequestContext {
  readonly method: string;
  readonly asksForUpgrade: boolean;
}

export interface MessageReaderOptions {
  readonly reads: "request" | "response";
  readonly limits: Http1Limits;
  readonly leniency: Http1Leniency;
  /** Offsets count this direction's bytes from 0. */
  readonly span: ((rule: Rule, start: number, end: number) => void) | undefined;
}

const HTTP_NAME = "HTTP/";

export class MessageReader {
  readonly #reads: "request" | "response";
  readonly #limits: Http1Limits;
  readonly #leniency: Http1Leniency;
  readonly #buffer = new ReceiveBuffer();
  readonly #span: SpanAt;

  #phase: Phase = "start-line";
  #ended = false;
  #failure: ProtocolError | undefined;
  #context: RequestContext = { method: "GET", asksForUpgrade: false };

  // The line last taken: content [start, lineEnd), the next one from lineNext. `scanned` octets of an
  // incomplete line are known to hold no line end, so that no octet is looked at twice.
  #lineEnd = 0;
  #lineNext = 0;
  #scanned = 0;

  // The message being read.
  #requestLine: RequestLine | undefined;
  #statusLine: StatusLine | undefined;
  #lines: string[] = [];
  #emptyLines = 0;
  #sectionBytes = 0;
  #informational = 0;
  #framing: BodyFraming | undefined;
  #remaining = 0;
  #contentBytes = 0;
  #chunkOverhead = 0;
  #chunkExtBytes = 0;

  constructor(options: MessageReaderOptions) {
    this.#reads = options.reads;
    this.#limits = options.limits;
    this.#leniency = options.leniency;
    const report = options.span;
    if (report !== undefined) {
      const buffer = this.#buffer;
      this.#span = (rule, start, end) => {
        if (start < end) report(rule, buffer.offsetOf(start), buffer.offsetOf(end));
      };
    }
  }

  get bufferedBytes(): number {
    return this.#buffer.length;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** How the body of the message being read ends; undefined before its head is complete. */
  get framing(): BodyFraming | undefined {
    return this.#framing;
  }

  /** Whether a message has begun: its first octets are here, but not its end. */
  get inMessage(): boolean {
    if (this.#phase !== "start-line") return this.#phase !== "finished" && this.#phase !== "tunnel";
    return this.#buffer.length > 0 || this.#informational > 0;
  }

  /** Content octets of the message so far. */
  get contentBytes(): number {
    return this.#contentBytes;
  }

  receive(chunk: Uint8Array): void {
    this.#buffer.append(chunk);
  }

  receiveEnd(): void {
    this.#ended = true;
  }

  /** Says which request the next response answers. */
  answers(context: RequestContext): void {
    this.#context = context;
  }

  startNextMessage(): void {
    this.#phase = "start-line";
    this.#requestLine = undefined;
    this.#statusLine = undefined;
    this.#emptyLines = 0;
    this.#sectionBytes = 0;
    this.#informational = 0;
    this.#framing = undefined;
    this.#contentBytes = 0;
    this.#chunkOverhead = 0;
    this.#chunkExtBytes = 0;
  }

  /** Takes all that is left, as bytes of whatever comes after HTTP. */
  takeLeftover(): Uint8Array {
    const { start, end } = this.#buffer;
    this.#span?.("tunnel", start, end);
    return this.#buffer.takeAll();
  }

  /** Keeps what is left across the next `receive`, whose caller may use the same memory again. */
  keep(): void {
    this.#buffer.keep();
  }

  /** @throws {ProtocolError} the same one from then on. */
  next(): Exclude<HttpEvent, { type: "closed" }> | typeof NEED_DATA {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      const event = this.#advance();
      if (event === NEED_DATA) {
        this.#buffer.keep();
        if (this.#ended && this.inMessage) throw this.#cutOff();
      }
      return event;
    } catch (error) {
      this.#failure = error as ProtocolError;
      throw error;
    }
  }

  #advance(): RequestHead | InformationalHead | ResponseHead | Data | EndOfMessage | typeof NEED_DATA {
    for (;;) {
      switch (this.#phase) {
        case "start-line":
          if (!this.#readStartLine()) return NEED_DATA;
          break;
        case "fields": {
          if (!this.#readSection(this.#limits.maxHeadBytes, this.#limits.maxFieldLines, "HEAD_TOO_LARGE"))
            return NEED_DATA;
          return this.#reads === "request" ? this.#completeRequest() : this.#completeResponse();
        }
        case "content":
          return this.#takeContent("content", "end");
        case "close-delimited":
          if (this.#buffer.length === 0 && this.#ended) {
            this.#phase = "end";
            break;
          }
          this.#remaining = this.#buffer.length;
          return this.#takeContent("close-delimited", "close-delimited");
        case "chunk-size":
          if (!this.#readChunkLine()) return NEED_DATA;
          break;
        case "chunk-data":
          return this.#takeContent("chunk-data", "chunk-end");
        case "chunk-end":
          if (!this.#readChunkEnd()) return NEED_DATA;
          break;
        case "trailers":
          if (
            !this.#readSection(
              this.#limits.maxTrailerBytes,
              this.#limits.maxTrailerFieldLines,
              "TRAILERS_TOO_LARGE",
            )
          ) {
            return NEED_DATA;
          }
          this.#phase = "finished";
          return { type: "end", trailers: this.#takeFields() };
        case "end":
          this.#phase = "finished";
          return { type: "end", trailers: EMPTY_FIELDS };
        case "finished":
        case "tunnel":
          return NEED_DATA;
        default:
          this.#phase satisfies never;
      }
    }
  }

  #readStartLine(): boolean {
    this.#checkFirstOctets();
    const { maxStartLineBytes } = this.#limits;
    if (
      !this.#takeLine(
        maxStartLineBytes,
        "START_LINE_TOO_LONG",
        `the start-line is longer than ${maxStartLineBytes} bytes`,
      )
    )
      return false;
    const buffer = this.#buffer;
    const lineBytes = this.#lineNext - buffer.start;
    if (this.#reads === "response") {
      this.#statusLine = parseStatusLine(buffer, this.#lineEnd, this.#span);
    } else if (this.#lineEnd === buffer.start) {
      // RFC 9112 §2.2: at least one empty line before a request-line is to be ignored.
      if (++this.#emptyLines > this.#limits.maxEmptyLines) {
        throw refuse(
          buffer,
          "TOO_MANY_EMPTY_LINES",
          "empty lines where a request should begin",
          buffer.start,
          this.#lineNext,
        );
      }
      this.#span?.("empty-line-before", buffer.start, this.#lineNext);
      buffer.start = this.#lineNext;
      return this.#readStartLine();
    } else {
      this.#requestLine = parseRequestLine(buffer, this.#lineEnd, this.#span);
    }
    this.#endLine("CRLF");
    this.#sectionBytes += lineBytes;
    this.#phase = "fields";
    return true;
  }

  /** Answers at once what is no HTTP, instead of waiting for a line end that may never come. */
  #checkFirstOctets(): void {
    const { bytes, start, end } = this.#buffer;
    if (start === end) return;
    if (this.#reads === "request") {
      const first = bytes[start] as number;
      if (isTchar(first) || first === CR || first === LF) return;
      const tls = first === 0x16 ? "this is a TLS handshake, not HTTP" : "a request begins with a method";
      throw refuse(this.#buffer, "INVALID_METHOD", tls, start, Math.min(end, start + 1));
    }
    for (let i = 0; i < HTTP_NAME.length && start + i < end; i++) {
      if (bytes[start + i] !== HTTP_NAME.charCodeAt(i)) {
        // Up to the fault only, so that the message does not depend on what else has arrived.
        throw refuse(
          this.#buffer,
          "MALFORMED_STATUS_LINE",
          'a response begins with "HTTP/"',
          start,
          start + i + 1,
        );
      }
    }
  }

  /** Field lines up to the empty line that ends the section. */
  #readSection(maxBytes: number, maxLines: number, tooLarge: ProtocolErrorCode): boolean {
    const buffer = this.#buffer;
    for (;;) {
      const room = Math.max(maxBytes - this.#sectionBytes, 0);
      if (!this.#takeLine(room, tooLarge, `the section is larger than ${maxBytes} bytes`)) return false;
      this.#sectionBytes += this.#lineNext - buffer.start;
      if (this.#lineEnd === buffer.start) {
        this.#endLine("empty-line");
        return true;
      }
      if (isBlank(buffer.bytes[buffer.start] as number)) this.#readFold();
      else {
        if (this.#lines.length >= 2 * maxLines) {
          const code = this.#phase === "fields" ? "TOO_MANY_FIELD_LINES" : tooLarge;
          throw refuse(buffer, code, `more than ${maxLines} field lines`, buffer.start, buffer.start);
        }
        parseFieldLine(buffer, this.#lineEnd, this.#lines, this.#span);
        if (this.#phase === "trailers") this.#checkTrailer();
      }
      this.#endLine("CRLF");
    }
  }

  #readFold(): void {
    const buffer = this.#buffer;
    if (this.#lines.length === 0) {
      // RFC 9112 §2.2: a line that begins with a blank here has been used to hide fields from a filter.
      throw refuse(
        buffer,
        "BLANK_BEFORE_FIELDS",
        "a blank before the first field line",
        buffer.start,
        this.#lineEnd,
      );
    }
    if (this.#reads === "request" || !this.#leniency.obsFold) {
      throw refuse(buffer, "FOLDED_LINE", "a folded field line", buffer.start, this.#lineEnd);
    }
    parseFoldedLine(buffer, this.#lineEnd, this.#lines, this.#span);
  }

  #checkTrailer(): void {
    const name = this.#lines[this.#lines.length - 2] as string;
    if (!FORBIDDEN_TRAILERS.has(name.toLowerCase())) return;
    const { start } = this.#buffer;
    throw refuse(
      this.#buffer,
      "FORBIDDEN_TRAILER",
      "a field that must not be a trailer",
      start,
      start + name.length,
    );
  }

  #completeRequest(): RequestHead {
    const { method, target, version } = this.#requestLine as RequestLine;
    const head: RequestHead = { type: "request", method, target, version, fields: this.#takeFields() };
    const detail = this.#detail();
    targetForm(method, target, detail);
    checkHost(target, version, head.fields, detail);
    this.#startBody(requestFraming(head, detail));
    return head;
  }

  #completeResponse(): InformationalHead | ResponseHead {
    const { version, status, reason } = this.#statusLine as StatusLine;
    const fields = this.#takeFields();
    if (status < 200 && status !== 101) return this.#completeInformational(version, status, reason, fields);
    if (status === 101 && !this.#context.asksForUpgrade) {
      throw this.#refuseHere("UNASKED_SWITCH", "101 (Switching Protocols) without a request to");
    }
    const head: ResponseHead = { type: "response", status, reason, version, fields };
    const rules = { ...this.#detail(), equalContentLengths: this.#leniency.equalContentLengths };
    const framing = responseFraming(head, this.#context.method, rules);
    if (status === 101 || switchesToTunnel(status, this.#context.method)) {
      this.#framing = framing;
      this.#phase = "tunnel";
    } else {
      this.#startBody(framing);
    }
    return head;
  }

  #completeInformational(
    version: Version,
    status: number,
    reason: string,
    fields: Fields,
  ): InformationalHead {
    if (++this.#informational > this.#limits.maxInformational) {
      throw this.#refuseHere(
        "TOO_MANY_INFORMATIONAL",
        `more than ${this.#limits.maxInformational} interim responses`,
      );
    }
    this.#phase = "start-line";
    return { type: "informational", status, reason, version, fields };
  }

  #startBody(framing: BodyFraming): void {
    this.#framing = framing;
    switch (framing.kind) {
      case "none":
        this.#phase = "end";
        break;
      case "length":
        this.#remaining = framing.length;
        this.#phase = framing.length === 0 ? "end" : "content";
        break;
      case "chunked":
        this.#phase = "chunk-size";
        break;
      case "close":
        this.#phase = "close-delimited";
        break;
      default:
        framing satisfies never;
    }
  }

  #takeContent(rule: Rule, after: Phase): Data | typeof NEED_DATA {
    const buffer = this.#buffer;
    const length = Math.min(this.#remaining, buffer.length);
    if (length === 0) return NEED_DATA;
    const { start } = buffer;
    const end = start + length;
    this.#span?.(rule, start, end);
    buffer.start = end;
    this.#remaining -= length;
    this.#contentBytes += length;
    if (this.#remaining === 0) this.#phase = after;
    return { type: "data", bytes: buffer.bytes.subarray(start, end) };
  }

  #readChunkLine(): boolean {
    const buffer = this.#buffer;
    const limits = this.#limits;
    const longest = limits.maxChunkSizeDigits + limits.maxChunkExtBytes;
    if (!this.#takeLine(longest, "CHUNK_EXT_TOO_LONG", `a chunk-size line over ${longest} bytes`))
      return false;
    const { size, extLength } = parseChunkLine(buffer, this.#lineEnd, limits, this.#span);
    this.#chunkExtBytes += extLength;
    // The CRLF behind the chunk-data is framing as well.
    this.#chunkOverhead += this.#lineNext - buffer.start + 2;
    if (this.#chunkExtBytes > limits.maxMessageChunkExtBytes) {
      throw refuse(
        buffer,
        "CHUNK_EXT_TOO_LONG",
        `chunk extensions over ${limits.maxMessageChunkExtBytes} bytes in a message`,
        buffer.start,
        buffer.start,
      );
    }
    if (
      this.#chunkOverhead > limits.maxChunkOverheadBytes &&
      this.#chunkOverhead > limits.maxChunkOverheadRatio * (this.#contentBytes + size)
    ) {
      throw refuse(
        buffer,
        "CHUNK_OVERHEAD",
        "far more chunk framing than content",
        buffer.start,
        buffer.start,
      );
    }
    this.#endLine("CRLF");
    this.#remaining = size;
    this.#sectionBytes = 0;
    this.#phase = size === 0 ? "trailers" : "chunk-data";
    return true;
  }

  /** The CRLF behind chunk-data. h11 once took any two octets for it (CVE-2025-43859). */
  #readChunkEnd(): boolean {
    const buffer = this.#buffer;
    const { bytes, start } = buffer;
    if (buffer.length === 0) return false;
    const first = bytes[start];
    if (first === LF && this.#mayEndWithBareLf) {
      this.#lineEnd = start;
      this.#lineNext = start + 1;
    } else {
      if (first !== CR)
        throw refuse(buffer, "MISSING_CHUNK_END", "no CRLF behind the chunk-data", start, start + 1);
      if (buffer.length === 1) return false;
      if (bytes[start + 1] !== LF)
        throw refuse(buffer, "MISSING_CHUNK_END", "no CRLF behind the chunk-data", start, start + 2);
      this.#lineEnd = start;
      this.#lineNext = start + 2;
    }
    this.#endLine("CRLF");
    this.#phase = "chunk-size";
    return true;
  }

  get #mayEndWithBareLf(): boolean {
    return this.#reads === "response" && this.#leniency.bareLf === true;
  }

  /** Finds the end of the line that begins the buffer. False: not here yet. */
  #takeLine(maxBytes: number, tooLong: ProtocolErrorCode, sentence: string): boolean {
    const { bytes, start, end } = this.#buffer;
    let at = start + this.#scanned;
    for (; at < end; at++) {
      const octet = bytes[at] as number;
      if (octet === CR) {
        if (at + 1 === end) break;
        if (bytes[at + 1] !== LF) throw refuse(this.#buffer, "BARE_CR", "a CR without LF", at, at + 1);
        this.#foundLine(at, at + 2);
        return true;
      }
      if (octet === LF) {
        if (!this.#mayEndWithBareLf)
          throw refuse(this.#buffer, "BARE_LF", "a line ends with LF alone", at, at + 1);
        this.#foundLine(at, at + 1);
        return true;
      }
      if (at - start >= maxBytes) throw refuse(this.#buffer, tooLong, sentence, start, start);
    }
    this.#scanned = at - start;
    return false;
  }

  #foundLine(end: number, next: number): void {
    this.#lineEnd = end;
    this.#lineNext = next;
    this.#scanned = 0;
  }

  #endLine(rule: "CRLF" | "empty-line"): void {
    const bare = this.#lineNext - this.#lineEnd === 1;
    this.#span?.(bare ? "bare-LF" : rule, this.#lineEnd, this.#lineNext);
    this.#buffer.start = this.#lineNext;
  }

  #takeFields(): Fields {
    if (this.#lines.length === 0) return EMPTY_FIELDS;
    const fields = new Fields(this.#lines);
    this.#lines = [];
    return fields;
  }

  #cutOff(): ProtocolError {
    const { start } = this.#buffer;
    const framing = this.#framing;
    if (framing === undefined) {
      return refuse(
        this.#buffer,
        "INCOMPLETE_HEAD",
        `the peer ended the connection before the ${this.#reads} head was complete`,
        start,
        start,
      );
    }
    const expected =
      framing.kind === "length" ? `${this.#contentBytes} of ${framing.length}` : `${this.#contentBytes}`;
    const missing = framing.kind === "length" ? "" : ", before the last chunk was complete";
    return refuse(
      this.#buffer,
      "INCOMPLETE_BODY",
      `the peer ended the connection after ${expected} bytes of content${missing}`,
      start,
      start,
    );
  }

  #detail() {
    return { blame: "remote", offset: this.#buffer.offsetOf(this.#buffer.start) } as const;
  }

  #refuseHere(code: ProtocolErrorCode, sentence: string): ProtocolError {
    return refuse(this.#buffer, code, sentence, this.#buffer.start, this.#buffer.start);
  }
}
