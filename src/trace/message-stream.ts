import { copyOf, joined } from "../bytes/copy.ts";
import { latin1 } from "../bytes/text.ts";
import type { Rule } from "../http1/observer.ts";
import type { BytesRecord } from "./record.ts";
import { CONTINUES, type Span } from "./streams.ts";

/** A request or a response, as far as it was recorded. Times are nanoseconds of the recording's clock. */
export interface RecordedMessage {
  /** The method of a request; empty in a response. */
  readonly method: string;
  /** The request-target, as it was sent; empty in a response. */
  readonly target: string;
  /** The version, as it was sent: "HTTP/1.1". */
  readonly version: string;
  /** The status of a response; 0 in a request. */
  readonly status: number;
  /** The reason-phrase of a response; may be empty. */
  readonly reason: string;
  /** The field lines of the head, in their order and letter case. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** The field lines behind a chunked body. */
  readonly trailers: readonly (readonly [name: string, value: string])[];
  /** Where the first byte of the message is in its stream. */
  readonly offset: number;
  /** Bytes from the first one to the empty line, which counts. 0: the head is not complete. */
  readonly headBytes: number;
  /** Bytes behind the head, as they are on the wire: content, chunk-sizes, trailers. */
  readonly bodyBytes: number;
  /** Bytes of the content alone. */
  readonly contentBytes: number;
  /** The content in its pieces, still coded; empty if it was left out. */
  readonly content: readonly Uint8Array[];
  /** The content was longer than the limit, or there was too much of it at a time. */
  readonly contentLeftOut: boolean;
  /** When the first byte was written or read. */
  readonly startedNs: number;
  /** When the last byte so far was written or read. */
  readonly endedNs: number;
  /** Whether the message was sent or received to its end. */
  readonly complete: boolean;
}

/** The same while it is put together. */
export type Open<T> = {
  -readonly [Key in keyof T]: T[Key] extends readonly (infer Item)[] ? Item[] : T[Key];
};

/** More pieces of one content are made one. */
const MAX_PIECES = 64 * 1024;

/** How much content may be kept. All streams of a recording share the second number. */
export interface ContentBudget {
  readonly maxMessageBytes: number;
  freeBytes: number;
}

/** What a stream of messages tells. */
interface Told {
  started(message: Open<RecordedMessage>): void;
  ended(message: Open<RecordedMessage>): void;
}

/** Bytes whose spans have not come: more than any head of ours, or any lead of requests over responses. */
const MAX_UNREAD_BYTES = 1024 * 1024;

/** Spans whose bytes have not come: more than a head may have, and chunks that are written together. */
const MAX_WAITING_SPANS = 64 * 1024;

const END = "end";

/**
 * Puts the messages of one direction of one connection together. Spans and bytes come in either order: what we send has
 * its spans first, what we receive has its bytes first.
 */
export class MessageStream {
  readonly #isRequest: boolean;
  readonly #budget: ContentBudget;
  readonly #told: Told;
  /** Bytes whose spans have not come. */
  #chunks: BytesRecord[] = [];
  #unread = 0;
  /** Spans whose bytes have not all come, and ends of messages between them. */
  #waiting: (Span | typeof END)[] = [];
  #message: Open<RecordedMessage> | undefined;

  constructor(isRequest: boolean, budget: ContentBudget, told: Told) {
    this.#isRequest = isRequest;
    this.#budget = budget;
    this.#told = told;
  }

  /** The message that is not complete. */
  get open(): Open<RecordedMessage> | undefined {
    return this.#message;
  }

  bytes(record: BytesRecord): void {
    if (record.bytes.length === 0) return;
    this.#chunks.push(record);
    this.#unread += record.bytes.length;
    this.#advance();
    while (this.#unread > MAX_UNREAD_BYTES) this.#dropFirst();
  }

  span(span: Span): void {
    this.#waiting.push(span);
    if (this.#waiting.length > MAX_WAITING_SPANS) this.#waiting.splice(0, MAX_WAITING_SPANS / 2);
    this.#advance();
  }

  /** The state machine of the recorded end said that the message is complete. */
  end(): void {
    this.#waiting.push(END);
    this.#advance();
  }

  #advance(): void {
    const last = this.#chunks.at(-1);
    const available = last === undefined ? 0 : last.offset + last.bytes.length;
    let done = 0;
    for (const next of this.#waiting) {
      if (next === END) this.#finish();
      else if (next.end <= available) this.#take(next);
      else if (CONTINUES.has(next.rule) && next.start < available) {
        this.#take({ ...next, end: available });
        this.#waiting[done] = { ...next, start: available };
        break;
      } else break;
      done++;
    }
    this.#waiting.splice(0, done);
  }

  #take({ rule, start, end }: Span): void {
    const pieces: Uint8Array[] = [];
    let first: BytesRecord | undefined;
    let last: BytesRecord | undefined;
    for (let chunk = this.#chunks[0]; chunk !== undefined && chunk.offset < end; chunk = this.#chunks[0]) {
      const chunkEnd = chunk.offset + chunk.bytes.length;
      if (chunkEnd > start) {
        first ??= chunk;
        last = chunk;
        pieces.push(chunk.bytes.subarray(Math.max(start - chunk.offset, 0), end - chunk.offset));
      }
      if (chunkEnd > end) break;
      this.#dropFirst();
    }
    // Bytes that were dropped from the recording say nothing.
    if (first === undefined || last === undefined) return;
    if (startsMessage(rule, this.#isRequest, this.#message)) {
      this.#finish();
      this.#message = newMessage(start, first.t);
      this.#told.started(this.#message);
    }
    const message = this.#message;
    if (message === undefined) return;
    message.endedNs = last.t;
    if (message.headBytes > 0) message.bodyBytes += end - start;
    this.#read(message, rule, pieces, end);
  }

  #dropFirst(): void {
    this.#unread -= this.#chunks.shift()?.bytes.length ?? 0;
  }

  #read(message: Open<RecordedMessage>, rule: Rule, pieces: readonly Uint8Array[], end: number): void {
    switch (rule) {
      case "method":
        message.method = textOf(pieces);
        return;
      case "request-target":
        message.target = textOf(pieces);
        return;
      case "HTTP-version":
        message.version = textOf(pieces);
        return;
      case "status-code":
        message.status = Number.parseInt(textOf(pieces), 10);
        return;
      case "reason-phrase":
        message.reason = textOf(pieces);
        return;
      case "field-name":
        linesOf(message).push([textOf(pieces), ""]);
        return;
      case "field-value": {
        const [name, value] = linesOf(message).pop() ?? ["", ""];
        // A folded line goes on: one space stands for the fold (RFC 9112 §5.2).
        linesOf(message).push([name, value === "" ? textOf(pieces) : `${value} ${textOf(pieces)}`]);
        return;
      }
      case "empty-line":
        if (message.headBytes > 0) return;
        message.headBytes = end - message.offset;
        // An informational response has no body. 101 is the last response of its connection (RFC 9110 §15.2).
        if (message.status >= 100 && message.status < 200 && message.status !== 101) this.#finish();
        return;
      case "content":
      case "close-delimited":
      case "chunk-data":
        this.#keep(message, pieces);
        return;
      default: // Delimiters: their bytes count, and mean nothing more.
    }
  }

  #keep(message: Open<RecordedMessage>, pieces: readonly Uint8Array[]): void {
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    message.contentBytes += length;
    if (message.contentLeftOut) return;
    this.#budget.freeBytes -= length;
    // A copy, unless the piece is all of its record: a view would keep the whole record in memory.
    for (const piece of pieces)
      message.content.push(piece.byteLength === piece.buffer.byteLength ? piece : copyOf(piece));
    // A piece of one byte needs a hundred bytes of memory.
    if (message.content.length > MAX_PIECES) message.content = [joined(message.content)];
    if (message.contentBytes <= this.#budget.maxMessageBytes && this.#budget.freeBytes >= 0) return;
    this.#budget.freeBytes += message.contentBytes;
    message.content = [];
    message.contentLeftOut = true;
  }

  #finish(): void {
    const message = this.#message;
    if (message === undefined) return;
    this.#message = undefined;
    message.complete = true;
    this.#told.ended(message);
  }
}

/** A method begins a request, a version begins a response. */
const startsMessage = (
  rule: Rule,
  isRequest: boolean,
  current: Open<RecordedMessage> | undefined,
): boolean =>
  isRequest
    ? rule === "method"
    : rule === "HTTP-version" && (current === undefined || current.version !== "");

const linesOf = (message: Open<RecordedMessage>) =>
  message.headBytes > 0 ? message.trailers : message.fields;

const textOf = (pieces: readonly Uint8Array[]): string =>
  latin1(pieces.length === 1 ? (pieces[0] as Uint8Array) : joined(pieces));

const newMessage = (offset: number, startedNs: number): Open<RecordedMessage> => ({
  method: "",
  target: "",
  version: "",
  status: 0,
  reason: "",
  fields: [],
  trailers: [],
  offset,
  headBytes: 0,
  bodyBytes: 0,
  contentBytes: 0,
  content: [],
  contentLeftOut: false,
  startedNs,
  endedNs: startedNs,
  complete: false,
});

/** The value of the first field line with this name, in lower case. */
export function fieldValue(fields: RecordedMessage["fields"], name: string): string | undefined {
  return fields.find(([each]) => each.toLowerCase() === name)?.[1];
}
