import { CR, LF } from "../bytes/octets.ts";
import { ReceiveBuffer } from "../bytes/receive-buffer.ts";
import { quote } from "../bytes/text.ts";
import { ProtocolError, type ProtocolErrorCode } from "./errors.ts";
import { type DirectionObserver, type Rule, tellHead, tellSpan } from "./observer.ts";

/** Tells where a rule matched, as indexes of the buffer. Undefined: there is no observer. */
export type SpanAt = ((rule: Rule, start: number, end: number) => void) | undefined;
/** Tells where a whole head stands. Undefined: the observer wants its spans, or there is none. */
export type HeadAt = ((start: number, end: number) => void) | undefined;

/** Makes the error for a line that has more than `limit` octets and no line end so far. */
export type TooLong = (reader: LineReader, limit: number) => ProtocolError;

/**
 * The received bytes of one direction, taken line by line (RFC 9112 §2.2) or as content.
 *
 * Every octet is read once, in the order of the stream. So errors and their offsets do not depend on how the bytes
 * were cut.
 */
export class LineReader {
  readonly buffer = new ReceiveBuffer();
  readonly span: SpanAt;
  readonly head: HeadAt;
  /** The line last taken is `[buffer.start, lineEnd)`; the next line begins at `lineNext`. */
  lineEnd = 0;
  lineNext = 0;
  readonly #mayEndWithBareLf: boolean;
  /** How many octets of the incomplete line were searched: no line end is among them. */
  #scanned = 0;

  constructor(mayEndWithBareLf: boolean, observer: DirectionObserver | undefined) {
    this.#mayEndWithBareLf = mayEndWithBareLf;
    const { buffer } = this;
    if (observer === undefined) return;
    this.span = (rule, start, end) => {
      if (start < end) tellSpan(observer, rule, buffer.offsetOf(start), buffer.offsetOf(end));
    };
    if (observer.observer.head === undefined) return;
    this.head = (start, end) => tellHead(observer, buffer.offsetOf(start), buffer.offsetOf(end));
  }

  /** Octets of the line last taken, with its line end. */
  get lineLength(): number {
    return this.lineNext - this.buffer.start;
  }

  /** Whether the line last taken is empty. */
  get lineIsEmpty(): boolean {
    return this.lineEnd === this.buffer.start;
  }

  /**
   * Finds the end of the line that begins the buffer. False: the end has not arrived.
   *
   * @param maxBytes how long the line may be.
   * @param limit what `tooLong` is told: the limit that this line may share with the lines before it.
   */
  take(maxBytes: number, tooLong: TooLong, limit = maxBytes): boolean {
    const { bytes, start, end } = this.buffer;
    let at = start + this.#scanned;
    for (; at < end; at++) {
      const octet = bytes[at] as number;
      if (octet === CR) {
        if (at + 1 === end) break;
        if (bytes[at + 1] !== LF) throw this.refuse("BARE_CR", "a CR without LF", at, at + 1);
        return this.#found(at, at + 2);
      }
      if (octet === LF) {
        if (!this.#mayEndWithBareLf) throw this.refuse("BARE_LF", "a line ends with LF alone", at, at + 1);
        return this.#found(at, at + 1);
      }
      if (at - start >= maxBytes) throw tooLong(this, limit);
    }
    this.#scanned = at - start;
    return false;
  }

  /** Takes a line end, which must stand here. False: it has not arrived. */
  takeLineEnd(code: ProtocolErrorCode, sentence: string): boolean {
    const { buffer } = this;
    const { bytes, start } = buffer;
    if (buffer.length === 0) return false;
    if (bytes[start] === LF && this.#mayEndWithBareLf) return this.#found(start, start + 1);
    if (bytes[start] !== CR) throw this.refuse(code, sentence, start, start + 1);
    if (buffer.length === 1) return false;
    if (bytes[start + 1] !== LF) throw this.refuse(code, sentence, start, start + 2);
    return this.#found(start, start + 2);
  }

  /** Moves behind the line last taken. */
  finishLine(rule: "CRLF" | "empty-line" | "empty-line-before"): void {
    const bare = this.lineNext - this.lineEnd === 1;
    this.span?.(bare ? "bare-LF" : rule, this.lineEnd, this.lineNext);
    this.buffer.start = this.lineNext;
  }

  /**
   * The error for the octet at `at`. The octets up to `end` are shown.
   *
   * The sentence goes into logs and into the 400, and is not masked there as a trace is. So show only the wrong
   * octet, and nothing that may hold a secret: no name or value of a field, no target.
   */
  refuse(code: ProtocolErrorCode, sentence: string, at = this.buffer.start, end = at): ProtocolError {
    const seen = at < end ? `: ${quote(this.buffer.bytes.subarray(at, end))}` : "";
    return new ProtocolError(code, sentence + seen, { blame: "remote", offset: this.buffer.offsetOf(at) });
  }

  #found(end: number, next: number): true {
    this.lineEnd = end;
    this.lineNext = next;
    this.#scanned = 0;
    return true;
  }
}
