import { CR, HTAB, isTargetOctet, isTchar, isWhitespace, SP } from "../../bytes/octets.ts";
import type { ReceiveBuffer } from "../../bytes/receive-buffer.ts";
import { latin1, partToKeep } from "../../bytes/text.ts";
import type { RequestHead, ResponseHead } from "../events.ts";
import { EMPTY_FIELDS, Fields } from "../fields.ts";
import type { Http1Limits } from "../limits.ts";
import type { SpanAt } from "../line-reader.ts";
import { type KnownName, KnownNames, standsAt } from "./known-names.ts";
import { type NameNode, NameTree } from "./name-tree.ts";

/** Longer heads are read by the grammar. */
const MAX_BYTES = 16 * 1024;
const LEAST_COPIED_BYTES = 512;
/** The widest read behind the zero: a word, or a whole name. */
const BYTES_BEHIND = 512;

const HTTP = 0x50545448; // "HTTP", little-endian
const SLASH_1_1 = 0x312e312f; // "/1.1"
const CRLF = 0x0a0d;

const MAX_LINES = 256;
/** Each field line has three ends: of its name, of the whitespace behind the colon, and of its value. */
const newEnds = () => new Int32Array(3 * MAX_LINES);

/**
 * Reads a usual head: one that has arrived as a whole, that is HTTP/1.1, and in which nothing is folded or wrong.
 *
 * The head is copied into memory of this reader. Behind the copy stands a zero, which is in no class of octets, so no
 * loop needs to look for the end. One pass finds all ends, four octets at a time. Then the head becomes one string,
 * and its parts are slices of that string.
 *
 * This reader never refuses a head. At the first unusual octet it gives up and has changed nothing. Then the grammar
 * (`MessageReader`) reads the head from its beginning, and says what is wrong and where.
 */
export class UsualHeads {
  readonly #octets = new Uint8Array(MAX_BYTES + BYTES_BEHIND);
  readonly #words = new DataView(this.#octets.buffer);
  readonly #known = new KnownNames();
  readonly #tree = new NameTree();
  /**
   * How many octets are copied at first. Content or other messages may follow the head, and need no copy. Heads are
   * about as long as the last one. It pays where many requests arrive in one read (see the README).
   */
  #copied = LEAST_COPIED_BYTES;

  // The head last read.
  #length = 0;
  #lineCount = 0;
  readonly #names: string[] = [];
  #ends: Int32Array = newEnds();
  /** Takes the place of `#ends` while an observer is told the spans: the observer may read another head meanwhile. */
  #spareEnds: Int32Array | undefined = newEnds();
  /** The place of the last name in the tree; `undefined` where the tree has no room for it. */
  #lastNode: NameNode | undefined;

  /** Takes the request head that begins the buffer. `undefined`: it is not a usual one. */
  takeRequest(buffer: ReceiveBuffer, limits: Http1Limits, span: SpanAt): RequestHead | undefined {
    const copied = this.#copied;
    const head = this.#readRequest(buffer, copied, limits, span);
    if (head !== undefined || buffer.length <= copied) return head;
    return this.#readRequest(buffer, MAX_BYTES, limits, span);
  }

  /** Takes the head of the final response that begins the buffer. `undefined`: it is not a usual one. */
  takeResponse(buffer: ReceiveBuffer, limits: Http1Limits, span: SpanAt): ResponseHead | undefined {
    const copied = this.#copied;
    const head = this.#readResponse(buffer, copied, limits, span);
    if (head !== undefined || buffer.length <= copied) return head;
    return this.#readResponse(buffer, MAX_BYTES, limits, span);
  }

  #readRequest(
    buffer: ReceiveBuffer,
    mostBytes: number,
    limits: Http1Limits,
    span: SpanAt,
  ): RequestHead | undefined {
    this.#copyIn(buffer, mostBytes);
    const octets = this.#octets;
    const words = this.#words;
    let at = 0;
    while (isTchar(octets[at] as number)) at++;
    const methodEnd = at;
    if (methodEnd === 0 || octets[at++] !== SP) return undefined;
    while (isTargetOctet(octets[at] as number)) at++;
    const targetEnd = at;
    if (targetEnd === methodEnd + 1 || octets[at++] !== SP || !isHttp11(words, at)) return undefined;
    const lineEnd = at + 8;
    if (lineEnd > limits.maxStartLineBytes || words.getUint16(lineEnd, true) !== CRLF) return undefined;
    if (!this.#readFieldLines(lineEnd + 2, limits)) return undefined;
    const { start } = buffer;
    const text = this.#takeText(buffer);
    const fields = this.#fieldsOf(text);
    if (span !== undefined) {
      const lines = this.#lendEnds();
      span("method", start, start + methodEnd);
      span("SP", start + methodEnd, start + methodEnd + 1);
      span("request-target", start + methodEnd + 1, start + targetEnd);
      span("SP", start + targetEnd, start + targetEnd + 1);
      span("HTTP-version", start + targetEnd + 1, start + lineEnd);
      this.#showFieldLines(span, buffer.bytes, start, lineEnd, lines);
    }
    return {
      type: "request",
      method: text.slice(0, methodEnd),
      target: partToKeep(text.slice(methodEnd + 1, targetEnd), text.length),
      version: "1.1",
      fields,
    };
  }

  #readResponse(
    buffer: ReceiveBuffer,
    mostBytes: number,
    limits: Http1Limits,
    span: SpanAt,
  ): ResponseHead | undefined {
    this.#copyIn(buffer, mostBytes);
    const octets = this.#octets;
    const words = this.#words;
    if (!isHttp11(words, 0) || octets[8] !== SP || octets[12] !== SP) return undefined;
    const status = finalStatus(octets);
    if (status === undefined) return undefined;
    const lineEnd = contentEnd(octets, words, 13);
    if (lineEnd > limits.maxStartLineBytes || words.getUint16(lineEnd, true) !== CRLF) return undefined;
    if (!this.#readFieldLines(lineEnd + 2, limits)) return undefined;
    const { start } = buffer;
    const text = this.#takeText(buffer);
    const fields = this.#fieldsOf(text);
    if (span !== undefined) {
      const lines = this.#lendEnds();
      span("HTTP-version", start, start + 8);
      span("SP", start + 8, start + 9);
      span("status-code", start + 9, start + 12);
      span("SP", start + 12, start + 13);
      span("reason-phrase", start + 13, start + lineEnd);
      this.#showFieldLines(span, buffer.bytes, start, lineEnd, lines);
    }
    return {
      type: "response",
      status,
      reason: partToKeep(text.slice(13, lineEnd), text.length),
      version: "1.1",
      fields,
    };
  }

  /** Copies what may be a head, and puts a zero behind it. */
  #copyIn({ bytes, start, end }: ReceiveBuffer, mostBytes: number): void {
    const length = Math.min(end - start, mostBytes);
    this.#octets.set(length === bytes.length ? bytes : bytes.subarray(start, start + length));
    this.#octets[length] = 0;
  }

  /** Finds the field lines up to the empty line. */
  #readFieldLines(from: number, { maxFieldLines, maxHeadBytes }: Http1Limits): boolean {
    const octets = this.#octets;
    const words = this.#words;
    const ends = this.#ends;
    const names = this.#names;
    let at = from;
    let node: NameNode | undefined = this.#tree.root;
    let count = 0;
    for (let i = 0; octets[at] !== CR; i += 3) {
      const child: NameNode | undefined = node && childAt(node, words, at);
      const known: KnownName | undefined = child?.known ?? this.#known.nameAt(octets, words, at);
      if (known === undefined || ++count > maxFieldLines || i === ends.length) return false;
      node = child ?? (node && this.#tree.add(node, known));
      names[count - 1] = known.name;
      const nameEnd = at + known.length - 1;
      let valueStart = nameEnd + 1;
      while (isWhitespace(octets[valueStart] as number)) valueStart++;
      const lineEnd = contentEnd(octets, words, valueStart);
      if (words.getUint16(lineEnd, true) !== CRLF) return false;
      let valueEnd = lineEnd;
      while (valueEnd > valueStart && isWhitespace(octets[valueEnd - 1] as number)) valueEnd--;
      ends[i] = nameEnd;
      ends[i + 1] = valueStart;
      ends[i + 2] = valueEnd;
      at = lineEnd + 2;
    }
    const length = at + 2;
    this.#length = length;
    this.#lineCount = count;
    this.#lastNode = node;
    return words.getUint16(at, true) === CRLF && length <= maxHeadBytes;
  }

  /** Moves the buffer behind the head, and gives the head's text. */
  #takeText(buffer: ReceiveBuffer): string {
    const length = this.#length;
    const { start } = buffer;
    buffer.start = start + length;
    this.#copied = Math.min(Math.max(LEAST_COPIED_BYTES, length + (length >> 2)), MAX_BYTES);
    return latin1(buffer.bytes, start, buffer.start);
  }

  #fieldsOf(text: string): Fields {
    const count = this.#lineCount;
    if (count === 0) return EMPTY_FIELDS;
    const names = this.#names;
    const ends = this.#ends;
    const lines = new Array<string>(2 * count);
    for (let i = 0; i < count; i++) {
      lines[2 * i] = names[i] as string;
      lines[2 * i + 1] = text.slice(ends[3 * i + 1], ends[3 * i + 2]);
    }
    return new Fields(lines, this.#lastNode?.index, text.length);
  }

  /** The ends of the lines last read, which no other head overwrites until `#showFieldLines` gives them back. */
  #lendEnds(): LineEnds {
    const lent = { count: this.#lineCount, ends: this.#ends };
    this.#ends = this.#spareEnds ?? newEnds();
    this.#spareEnds = undefined;
    return lent;
  }

  #showFieldLines(
    span: NonNullable<SpanAt>,
    bytes: Uint8Array,
    start: number,
    startLineEnd: number,
    { count, ends }: LineEnds,
  ): void {
    let at = start + startLineEnd;
    span("CRLF", at, at + 2);
    at += 2;
    for (let i = 0; i < 3 * count; i += 3) {
      const nameEnd = start + (ends[i] as number);
      const valueStart = start + (ends[i + 1] as number);
      const valueEnd = start + (ends[i + 2] as number);
      span("field-name", at, nameEnd);
      span("colon", nameEnd, nameEnd + 1);
      span("OWS", nameEnd + 1, valueStart);
      span("field-value", valueStart, valueEnd);
      // Whitespace behind a value is rare, so its end was not kept.
      at = valueEnd;
      while (isWhitespace(bytes[at] as number)) at++;
      if (at > valueEnd) span("OWS", valueEnd, at);
      span("CRLF", at, at + 2);
      at += 2;
    }
    span("empty-line", at, at + 2);
    this.#spareEnds = ends;
  }
}

interface LineEnds {
  readonly count: number;
  readonly ends: Int32Array;
}

function isHttp11(words: DataView, at: number): boolean {
  return words.getInt32(at, true) === HTTP && words.getInt32(at + 4, true) === SLASH_1_1;
}

/** 200 to 999. An interim response is not usual, since the grammar counts interim responses. */
function finalStatus(octets: Uint8Array): number | undefined {
  let status = 0;
  for (let at = 9; at < 12; at++) {
    const digit = (octets[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    status = status * 10 + digit;
  }
  return status < 200 ? undefined : status;
}

function childAt({ children }: NameNode, words: DataView, at: number): NameNode | undefined {
  for (let c = 0; c < children.length; c++) {
    const child = children[c] as NameNode;
    if (standsAt(child.known as KnownName, words, at)) return child;
  }
  return undefined;
}

/** The first octet from `from` on that a field value cannot have (RFC 9110 §5.5); the zero at the end is one. */
function contentEnd(octets: Uint8Array, words: DataView, from: number): number {
  for (let at = from; ; at += 4) {
    const word = words.getInt32(at, true);
    const flipped = word ^ 0x7f7f7f7f;
    // The top bit of an octet is set where the octet is below SP, or DEL. Octets from 0x80 on are neither.
    const suspects = ((word - 0x20202020) | ((flipped - 0x01010101) & ~flipped)) & ~word & -0x7f7f7f80;
    if (suspects === 0) continue;
    // The lowest bit is that of the first such octet. A carry makes only later octets wrong.
    const first = at + ((31 - Math.clz32(suspects & -suspects)) >> 3);
    if (octets[first] !== HTAB) return first;
    at = first - 3;
  }
}
