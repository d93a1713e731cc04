import { copyOf, joined } from "../bytes/copy.ts";
import { latin1 } from "../bytes/text.ts";
import {
  isSecretField,
  type SecretRange,
  secretsOfLine,
  secretsOfOpenField,
  secretsOfSecretField,
  secretsOfTarget,
  secretValueStart,
} from "./redact.ts";
import { CONTINUES, type Span } from "./streams.ts";

/*
 * Bytes are masked in the order in which they were recorded, with the spans that are known by then:
 *
 *     … │ with spans: the field name decides │ without spans: a line that is broken, incomplete, or not read yet │
 *
 * Without spans, the name at the front of a line decides. So a recording can be written while it happens, and nothing
 * that is written has to be taken back: if bytes that come later could make a secret of these, these are masked.
 */

const MASK = 0x2a; // "*", one for each octet, so that offsets and lengths stay right
/** An incomplete line that is longer is not read again with each piece that arrives. */
const MAX_LINE_OCTETS = 16 * 1024;
/** How far the grammar may lag behind. A name further back counts as unknown. */
const MAX_UNTOLD_OCTETS = 256 * 1024;

/** The secrets of one direction of one connection. */
export class StreamMask {
  /** Spans that were reported, but whose bytes were not all seen. */
  #spans: Span[] = [];
  /** Bytes from `base` on that have no span yet. */
  #bytes: Uint8Array = EMPTY;
  #base = 0;
  /** Whether the current field line is secret. */
  #secret = false;
  /** The name of the current field. Empty: unknown, or the value is folded. */
  #name = "";
  /** Where the line without spans begins. */
  #line = 0;
  /** The beginning of that line is unknown, or was secret. */
  #hidesLine = false;

  add(span: Span): void {
    if (span.start < span.end) this.#spans.push(span);
  }

  /** The bytes with their secrets masked: a copy, if there are secrets. Call this once for all bytes, in their order. */
  apply(offset: number, bytes: Uint8Array): Uint8Array {
    const end = offset + bytes.length;
    if (offset !== this.#base + this.#bytes.length) this.#startAt(offset);
    this.#bytes = this.#bytes.length === 0 ? bytes : joined([this.#bytes, bytes]);
    const ranges: SecretRange[] = [];
    const last = this.#readSpans(end, ranges);
    if (last?.rule !== "tunnel") this.#readLines(end, ranges);
    this.#forget(end);
    return masked(bytes, offset, ranges);
  }

  /** Bytes are missing before `offset`. So this line may be the rest of a secret, and counts as one. */
  #startAt(offset: number): void {
    this.#bytes = EMPTY;
    this.#base = offset;
    this.#line = offset;
    this.#secret = true;
    this.#name = "";
    this.#hidesLine = true;
  }

  /** Takes the spans of these bytes and returns the last of them. */
  #readSpans(end: number, ranges: SecretRange[]): Span | undefined {
    let told = this.#base;
    let count = 0;
    let last: Span | undefined;
    for (; count < this.#spans.length; count++) {
      const span = this.#spans[count] as Span;
      if (span.start >= end) break;
      // The spans of the bytes between were dropped: mask these bytes.
      if (span.start > told) {
        ranges.push({ start: told, end: span.start });
        this.#name = "";
      }
      this.#readSpan(span, Math.min(span.end, end), ranges);
      last = span;
      told = Math.max(told, span.end);
      // The rest of this span is in the next bytes.
      if (span.end > end) break;
    }
    this.#spans = this.#spans.slice(count);
    if (last !== undefined) this.#goBehind(last, end);
    return last;
  }

  #goBehind({ rule, end: spanEnd }: Span, end: number): void {
    const told = Math.min(spanEnd, end);
    if (told > this.#line) {
      this.#line = told;
      this.#hidesLine = false;
    }
    // Content with a span is done. A name or value is read as a whole, so its beginning is kept until its end is there.
    if (told <= this.#base || (spanEnd > end && !CONTINUES.has(rule))) return;
    this.#bytes = this.#bytes.subarray(told - this.#base);
    this.#base = told;
  }

  #readSpan({ rule, start, end: spanEnd }: Span, end: number, ranges: SecretRange[]): void {
    const known = start >= this.#base;
    const text = known ? latin1(this.#bytes, start - this.#base, end - this.#base) : "";
    switch (rule) {
      case "field-name":
        this.#secret = !known || isSecretField(text.trim());
        this.#name = known ? text : "";
        return;
      case "field-value":
        if (!known || (this.#secret && (spanEnd > end || this.#name === "")))
          ranges.push({ start, end: spanEnd });
        else if (this.#secret) addFrom(start, secretsOfSecretField(this.#name, text), ranges);
        else addFrom(start, secretsOfOpenField(this.#name, text, spanEnd <= end), ranges);
        return;
      case "request-target":
        if (!known) ranges.push({ start, end: spanEnd });
        else addFrom(start, secretsOfTarget(text, spanEnd <= end), ranges);
        return;
      case "colon":
      case "any-field-name":
      case "discarded-trailer":
      case "OWS":
      case "CRLF":
      case "bare-LF":
        return;
      case "obs-fold":
        this.#name = "";
        return;
      default:
        this.#secret = false;
    }
  }

  #readLines(end: number, ranges: SecretRange[]): void {
    let secret = this.#secret || this.#hidesLine;
    const from = Math.max(this.#line, this.#base);
    const text = latin1(this.#bytes, from - this.#base, end - this.#base);
    for (let at = 0; at < text.length; ) {
      LINE_END.lastIndex = at;
      const lineEnd = LINE_END.exec(text)?.index;
      const line = text.slice(at, lineEnd);
      if (line !== "") secret = this.#readLine(line, from + at, lineEnd !== undefined, secret, ranges);
      if (lineEnd === undefined) {
        this.#line = from + at;
        this.#secret = secret;
        return;
      }
      // A bare CR ends no line for many programs: the rest of a secret value may stand behind it (RFC 9112 §2.2).
      this.#hidesLine = secret && text[lineEnd] === "\r" && text[lineEnd + 1] !== "\n";
      at = lineEnd + 1;
    }
    this.#line = end;
    this.#secret = secret;
  }

  /** Returns whether the line is secret. A line that continues a secret line is secret, too. */
  #readLine(line: string, offset: number, whole: boolean, secret: boolean, ranges: SecretRange[]): boolean {
    const continues = this.#hidesLine || /^[ \t]/.test(line);
    if (secret && continues) {
      ranges.push({ start: offset, end: offset + line.length });
      return true;
    }
    addFrom(offset, secretsOfLine(line, whole), ranges);
    return secretValueStart(line) !== undefined;
  }

  #forget(end: number): void {
    // The names in so long a line are no longer known, so its rest is masked if its beginning may be that of a head.
    if (end - this.#line > MAX_LINE_OCTETS) {
      this.#hidesLine =
        this.#secret || mayBeOfHead(latin1(this.#bytes, Math.max(this.#line - this.#base, 0)));
      this.#line = end;
    }
    if (this.#bytes.length <= MAX_UNTOLD_OCTETS) {
      if (this.#bytes.length === 0) this.#bytes = EMPTY; // an empty view would keep the whole buffer in memory
      return;
    }
    this.#bytes = copyOf(this.#bytes.subarray(this.#bytes.length - MAX_LINE_OCTETS));
    this.#base = end - this.#bytes.length;
  }
}

const EMPTY = new Uint8Array(0);
const LINE_END = /[\r\n]/g;

function addFrom(offset: number, found: readonly SecretRange[], ranges: SecretRange[]): void {
  for (const { start, end } of found) ranges.push({ start: offset + start, end: offset + end });
}

/** Whether this is the beginning of a field line or of a request-line: a secret may follow in it. */
const mayBeOfHead = (line: string): boolean => HEAD_LINE.test(line);
const HEAD_LINE = /^[!#$%&'*+.^_`|~\w-]+(?:[ \t]*:| +(?:\/|[a-z][a-z0-9+.-]*:\/\/))/i;

function masked(bytes: Uint8Array, offset: number, ranges: readonly SecretRange[]): Uint8Array {
  let copy: Uint8Array | undefined;
  for (const { start, end } of ranges) {
    if (end <= offset || start >= offset + bytes.length) continue;
    copy ??= copyOf(bytes);
    copy.fill(MASK, Math.max(start - offset, 0), end - offset);
  }
  return copy ?? bytes;
}

/** Whether two octets of recordings may have been the same: one end may have masked more than another. */
export const mayBeSame = (one: number | undefined, other: number | undefined): boolean =>
  one === other || ((one === MASK || other === MASK) && one !== undefined && other !== undefined);
