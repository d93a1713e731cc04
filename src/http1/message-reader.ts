import { CR, isTchar, LF } from "../bytes/octets.ts";
import { latin1 } from "../bytes/text.ts";
import { BodyReader } from "./body-reader.ts";
import type { ProtocolError } from "./errors.ts";
import {
  type Data,
  type EndOfMessage,
  type InformationalHead,
  NEED_DATA,
  type RequestHead,
  type ResponseHead,
  type Version,
} from "./events.ts";
import { SHARED_MEMORY } from "./fast/memory.ts";
import { FieldSection, headTooLarge } from "./field-section.ts";
import { EMPTY_FIELDS, type Fields } from "./fields.ts";
import {
  type BodyFraming,
  type FramingRules,
  requestFraming,
  responseFraming,
  switchesToTunnel,
} from "./framing.ts";
import { type Http1Leniency, STRICT } from "./leniency.ts";
import type { Http1Limits } from "./limits.ts";
import { LineReader } from "./line-reader.ts";
import type { DirectionObserver } from "./observer.ts";
import {
  parseRequestLine,
  parseStatusLine,
  type RequestLine,
  type StatusLine,
  tooLongRequestLine,
  tooLongStatusLine,
} from "./start-line.ts";
import { checkHost, targetForm } from "./target.ts";

/*
 * The grammar of one direction: bytes in, one event out. Between two calls the reader is in one of these phases:
 *
 *     start-line → fields → body → finished          101, CONNECT: tunnel
 *       ↑    ↑___1xx___│               │
 *       └───── startNextMessage() ─────┘
 *
 * Events and errors depend on the bytes alone, never on how the bytes were cut.
 */
type Phase = "start-line" | "fields" | "body" | "finished" | "tunnel";

/** What a response's meaning depends on (RFC 9112 §6.3): the request that it answers. */
export interface RequestContext {
  /** The method of the request. */
  readonly method: string;
  /** The HTTP version of the request. */
  readonly version: Version;
  /** Whether the request asks to change the protocol by Upgrade (RFC 9110 §7.8). */
  readonly asksForUpgrade: boolean;
}

export interface MessageReaderOptions {
  readonly reads: "request" | "response";
  readonly limits: Http1Limits;
  readonly leniency: Http1Leniency;
  /** Host may disagree with a target in absolute-form. `false` by default. */
  readonly targetWins?: boolean;
  /** Is told offsets that count this direction's bytes from 0. */
  readonly observer: DirectionObserver | undefined;
}

type MessageEvent = RequestHead | InformationalHead | ResponseHead | Data | EndOfMessage;

const HTTP_NAME = "HTTP/";
/** This bit tells lower case from upper case; "/" has it, too. */
const LOWER_CASE = 0x20;
const HEAD_METHOD = "HEAD ";
const HEAD_REQUEST = { method: "HEAD", version: "1.1" } as const;

export class MessageReader {
  readonly #reads: "request" | "response";
  readonly #limits: Http1Limits;
  readonly #leniency: Http1Leniency;
  readonly #targetWins: boolean;
  /** For errors about a whole head. */
  readonly #rules: FramingRules;
  readonly #reader: LineReader;
  readonly #fields: FieldSection;
  readonly #body: BodyReader;

  #phase: Phase = "start-line";
  #ended = false;
  #context: RequestContext = { method: "GET", version: "1.1", asksForUpgrade: false };

  // The message being read.
  #startLine: RequestLine | StatusLine | undefined;
  #emptyLines = 0;
  #informational = 0;
  #mayBeUsual = true;
  #framing: BodyFraming | undefined;

  constructor({ reads, limits, leniency: wanted, targetWins = false, observer }: MessageReaderOptions) {
    // No leniency applies to a request.
    const leniency = reads === "response" ? wanted : STRICT;
    this.#reads = reads;
    this.#leniency = leniency;
    this.#limits = limits;
    this.#targetWins = targetWins;
    const reader = new LineReader(leniency.bareLf === true, observer);
    this.#reader = reader;
    this.#rules = {
      blame: "remote",
      get offset() {
        return reader.buffer.offsetOf(reader.buffer.start);
      },
      equalContentLengths: leniency.equalContentLengths === true,
      idleCodings: leniency.idleCodings,
      otherCodings: leniency.otherCodings,
      codingWins: leniency.codingWins,
      ignoreContentLength: leniency.ignoreContentLength,
    };
    this.#body = new BodyReader(this.#reader, limits, leniency);
    this.#fields = new FieldSection(this.#reader, {
      maxBytes: limits.maxHeadBytes,
      tooLarge: headTooLarge,
      maxLines: limits.maxFieldLines,
      tooMany: "TOO_MANY_FIELD_LINES",
      mayFold: leniency.obsFold === true,
      anyName: leniency.anyFieldName,
      controlOctets: leniency.controlOctets,
    });
  }

  get bufferedBytes(): number {
    return this.#reader.buffer.length;
  }

  /** The offset in the stream of the next byte to read. */
  get offset(): number {
    const { buffer } = this.#reader;
    return buffer.offsetOf(buffer.start);
  }

  /** The peer has sent FIN. */
  get ended(): boolean {
    return this.#ended;
  }

  /** How the body of the message being read ends; undefined before its head is complete. */
  get framing(): BodyFraming | undefined {
    return this.#framing;
  }

  /** Octets to come of the content, or of the chunk whose size was read last. 0 while nobody knows. */
  get remaining(): number {
    return this.#body.remaining;
  }

  /**
   * What is known of the request being read, when it is refused. Of a request-line that is refused itself only the
   * method HEAD is known.
   */
  get refusedRequest(): Pick<RequestLine, "method" | "version"> | undefined {
    if (this.#reads === "response") return undefined;
    if (this.#startLine !== undefined) return this.#startLine as RequestLine;
    const { bytes, start, end } = this.#reader.buffer;
    const beginning = latin1(bytes, start, Math.min(start + HEAD_METHOD.length, end));
    return beginning === HEAD_METHOD ? HEAD_REQUEST : undefined;
  }

  /** Whether a message is incomplete: its first octets have arrived, its end has not. */
  get inMessage(): boolean {
    if (this.#phase === "start-line") return this.bufferedBytes > 0 || this.#informational > 0;
    return this.#phase === "fields" || this.#phase === "body";
  }

  receive(chunk: Uint8Array, mayOverwrite?: boolean): void {
    this.#reader.buffer.append(chunk, mayOverwrite);
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
    this.#startLine = undefined;
    this.#emptyLines = 0;
    this.#informational = 0;
    this.#mayBeUsual = true;
    this.#framing = undefined;
    this.#fields.reset();
  }

  /** Takes all bytes that are left. They belong to the protocol that comes after HTTP. */
  takeLeftover(): Uint8Array {
    const { buffer, span } = this.#reader;
    span?.("tunnel", buffer.start, buffer.end);
    return buffer.takeAll();
  }

  /** Copies the bytes that are left: the caller of `receive` may use the same memory again. */
  keep(): void {
    this.#reader.buffer.keep();
  }

  /** @throws {ProtocolError} after that, nothing more can be read. */
  next(): MessageEvent | typeof NEED_DATA {
    const event = this.#next();
    if (event === NEED_DATA) {
      this.keep();
      if (this.#ended && this.inMessage) throw this.#cutOff();
    }
    return event;
  }

  #next(): MessageEvent | typeof NEED_DATA {
    switch (this.#phase) {
      case "start-line":
        if (this.#mayBeUsual && this.bufferedBytes > 0) {
          const head = this.#takeUsualHead();
          if (head !== undefined) return head;
        }
        if (this.#leniency.http09 && this.#lacksHead()) return this.#startWithoutHead();
        if (!this.#readStartLine()) return NEED_DATA;
        return this.#readFields();
      case "fields":
        return this.#readFields();
      case "body": {
        const event = this.#body.next(this.#ended);
        if (this.#body.finished) this.#phase = "finished";
        return event;
      }
      case "finished":
      case "tunnel":
        return NEED_DATA;
      default:
        return this.#phase satisfies never;
    }
  }

  /** Tried once for each message. A head that was not usual is left to the grammar. */
  #takeUsualHead(): RequestHead | ResponseHead | undefined {
    this.#mayBeUsual = false;
    const { buffer, span, head: tellWhole } = this.#reader;
    const { start } = buffer;
    const { usualHeads } = SHARED_MEMORY;
    const toldSpan = tellWhole === undefined ? span : undefined;
    if (this.#reads === "response") {
      const head = usualHeads.takeResponse(buffer, this.#limits, toldSpan);
      if (head === undefined) return undefined;
      tellWhole?.(start, buffer.start);
      return this.#startResponse(head);
    }
    const head = usualHeads.takeRequest(buffer, this.#limits, toldSpan);
    if (head === undefined) return undefined;
    tellWhole?.(start, buffer.start);
    this.#startLine = head;
    return this.#startRequest(head);
  }

  #readStartLine(): boolean {
    const reader = this.#reader;
    const { maxStartLineBytes, maxEmptyLines } = this.#limits;
    const tooLong = this.#reads === "request" ? tooLongRequestLine : tooLongStatusLine;
    for (;;) {
      this.#checkFirstOctets();
      if (!reader.take(maxStartLineBytes, tooLong)) return false;
      if (this.#reads === "response" || !reader.lineIsEmpty) break;
      // RFC 9112 §2.2: a server should ignore at least one empty line before a request-line.
      if (++this.#emptyLines > maxEmptyLines) {
        throw reader.refuse(
          "TOO_MANY_EMPTY_LINES",
          `more than ${maxEmptyLines} empty lines before a request`,
        );
      }
      reader.finishLine("empty-line-before");
    }
    this.#startLine =
      this.#reads === "request" ? parseRequestLine(reader) : parseStatusLine(reader, this.#leniency);
    this.#fields.count(reader.lineLength);
    reader.finishLine("CRLF");
    this.#phase = "fields";
    return true;
  }

  /** Refuses at once what is not HTTP: its line end may never come. */
  #checkFirstOctets(): void {
    const { bytes, start, end } = this.#reader.buffer;
    if (start === end) return;
    if (this.#reads === "request") {
      const first = bytes[start] as number;
      if (isTchar(first) || first === CR || first === LF) return;
      const sentence =
        first === 0x16 ? "this is a TLS handshake, not HTTP" : "a request begins with a method";
      throw this.#reader.refuse("INVALID_METHOD", sentence, start, start + 1);
    }
    const known = this.#httpNameLength();
    if (known === HTTP_NAME.length || start + known === end) return;
    // Only the octets up to the fault are shown: the error must not depend on how many more have arrived.
    const faultEnd = start + known + 1;
    const sentence =
      bytes[start] === 0x15 ? "this is an alert of TLS, not HTTP" : 'a response begins with "HTTP/"';
    throw this.#reader.refuse("MALFORMED_STATUS_LINE", sentence, start, faultEnd);
  }

  /** How many of the next octets are those of "HTTP/". */
  #httpNameLength(): number {
    const { bytes, start, end } = this.#reader.buffer;
    const mask = this.#leniency.looseStatusLine ? LOWER_CASE : 0;
    let length = 0;
    while (
      length < HTTP_NAME.length &&
      start + length < end &&
      ((bytes[start + length] as number) | mask) === (HTTP_NAME.charCodeAt(length) | mask)
    )
      length++;
    return length;
  }

  /** HTTP/0.9: the first octets of the connection are no status-line. */
  #lacksHead(): boolean {
    const { buffer } = this.#reader;
    const known = this.#httpNameLength();
    return this.offset === 0 && known < HTTP_NAME.length && known < buffer.length;
  }

  #startWithoutHead(): ResponseHead {
    this.#startBody({ kind: "close" });
    return { type: "response", status: 200, reason: "", version: "1.0", fields: EMPTY_FIELDS };
  }

  #readFields(): RequestHead | InformationalHead | ResponseHead | typeof NEED_DATA {
    const fields = this.#fields.read();
    if (fields === undefined) return NEED_DATA;
    return this.#reads === "request"
      ? this.#completeRequest(this.#startLine as RequestLine, fields)
      : this.#completeResponse(this.#startLine as StatusLine, fields);
  }

  #completeRequest({ method, target, version }: RequestLine, fields: Fields): RequestHead {
    return this.#startRequest({ type: "request", method, target, version, fields });
  }

  #startRequest(head: RequestHead): RequestHead {
    const { method, target, version, fields } = head;
    const rules = this.#rules;
    targetForm(method, target, rules);
    checkHost(target, version, fields, rules, this.#targetWins);
    this.#startBody(requestFraming(head, rules));
    return head;
  }

  #completeResponse(
    { status, reason, version }: StatusLine,
    fields: Fields,
  ): InformationalHead | ResponseHead {
    if (status < 100) throw this.#reader.refuse("INVALID_STATUS", "the status code is below 100");
    if (status < 200 && status !== 101) {
      if (++this.#informational > this.#limits.maxInformational) {
        const sentence = `more than ${this.#limits.maxInformational} interim responses`;
        throw this.#reader.refuse("TOO_MANY_INFORMATIONAL", sentence);
      }
      const head: InformationalHead = { type: "informational", status, reason, version, fields };
      responseFraming(head, this.#context.method, this.#rules);
      this.#phase = "start-line";
      return head;
    }
    if (status === 101 && !this.#context.asksForUpgrade) {
      if (this.#leniency.unaskedSwitch) return this.#startUnaskedSwitch({ status, reason, version, fields });
      throw this.#reader.refuse("UNASKED_SWITCH", "a 101 (Switching Protocols) that no request asked for");
    }
    return this.#startResponse({ type: "response", status, reason, version, fields });
  }

  #startResponse(head: ResponseHead): ResponseHead {
    const { status } = head;
    const { method } = this.#context;
    this.#startBody(responseFraming(head, method, this.#rules));
    if (status === 101 || switchesToTunnel(status, method)) this.#phase = "tunnel";
    return head;
  }

  #startUnaskedSwitch(head: StatusLine & { readonly fields: Fields }): ResponseHead {
    this.#startBody({ kind: "close" });
    return { type: "response", ...head };
  }

  #startBody(framing: BodyFraming): void {
    this.#framing = framing;
    this.#body.start(framing);
    this.#phase = "body";
  }

  #cutOff(): ProtocolError {
    if (this.#phase === "body") return this.#body.cutOff();
    return this.#reader.refuse(
      "INCOMPLETE_HEAD",
      `the peer ended the connection before the ${this.#reads} head was complete`,
    );
  }
}
