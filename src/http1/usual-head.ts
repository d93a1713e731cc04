import { CR, HTAB, isTargetOctet, isTchar, SP } from "../bytes/octets.ts";
import type { ReceiveBuffer } from "../bytes/receive-buffer.ts";
import { latin1, partToKeep } from "../bytes/text.ts";
import type { RequestHead, ResponseHead } from "./events.ts";
import { EMPTY_FIELDS, Fields } from "./fields.ts";
import { type KnownName, nameAt, standsAt } from "./known-names.ts";
import type { Http1Limits } from "./limits.ts";
import type { SpanAt } from "./line-reader.ts";
import { addName, type NameNode, rootOfNames } from "./name-tree.ts";

/*
 * A head as nearly all are: complete in what has arrived, nothing folded, nothing wrong. It is read in one pass, four
 * octets at a time, from memory of ours that ends with a zero which no class of octets has; then it becomes one
 * string, of which all its parts are slices.
 *
 * This reader only ever agrees. At the first octet that is not usual it gives up, having changed nothing, and the
 * grammar proper reads the head from its beginning and says what is wrong, and where. What both make of a head, and
 * which octet they give to which rule, is held equal by test/http1/usual-head.test.ts.
 *
 * Measured against the grammar alone: four times as fast (bench/parser.ts).
 */

/** Longer heads are read by the grammar. */
const MAX_BYTES = 16 * 1024;
const LEAST_COPIED_BYTES = 512;
/** What is behind a head, a content or other messages, need not be copied as well: heads are about as long as the last. */
let usualBytes = LEAST_COPIED_BYTES;
/** A word may be read, and a name compared, a little behind the zero. */
const memory = new Uint8Array(MAX_BYTES + 512);
const words = new DataView(memory.buffer);

const HTTP = 0x50545448; // "HTTP", little-endian
const SLASH_1_1 = 0x312e312f; // "/1.1"
const CRLF = 0x0a0d;

const MAX_LINES = 256;
/** For each field line read: the ends of its name, of the blanks behind the colon, and of its value. */
let ends: Int32Array = new Int32Array(3 * MAX_LINES);
/** While somebody is told of them, who may read another head meanwhile, this takes their place. */
let otherEnds: Int32Array | undefined = new Int32Array(3 * MAX_LINES);
/** Their names, so many of them, and where in the tree of names the last of them stands, if it does. */
const names: string[] = [];
let lineCount = 0;
let lastNode: NameNode | undefined;

/** Takes the request head that begins the buffer, if it is a usual one. */
export function takeUsualRequest(
  buffer: ReceiveBuffer,
  limits: Http1Limits,
  span: SpanAt,
): RequestHead | undefined {
  const copied = usualBytes;
  const head = readRequest(buffer, copied, limits, span);
  if (head !== undefined || buffer.length <= copied) return head;
  return readRequest(buffer, MAX_BYTES, limits, span);
}

function readRequest(
  buffer: ReceiveBuffer,
  mostBytes: number,
  limits: Http1Limits,
  span: SpanAt,
): RequestHead | undefined {
  copyIn(buffer, mostBytes);
  let at = 0;
  while (isTchar(memory[at] as number)) at++;
  const methodEnd = at;
  if (methodEnd === 0 || memory[at++] !== SP) return undefined;
  while (isTargetOctet(memory[at] as number)) at++;
  const targetEnd = at;
  if (targetEnd === methodEnd + 1 || memory[at++] !== SP || !isHttp11(at)) return undefined;
  const lineEnd = at + 8;
  if (lineEnd > limits.maxStartLineBytes || words.getUint16(lineEnd, true) !== CRLF) return undefined;
  if (!readFieldLines(lineEnd + 2, limits)) return undefined;
  const { start } = buffer;
  const text = takeText(buffer);
  const fields = fieldsOf(text);
  if (span !== undefined) {
    const lines = keptEnds();
    span("method", start, start + methodEnd);
    span("SP", start + methodEnd, start + methodEnd + 1);
    span("request-target", start + methodEnd + 1, start + targetEnd);
    span("SP", start + targetEnd, start + targetEnd + 1);
    span("HTTP-version", start + targetEnd + 1, start + lineEnd);
    showFieldLines(span, buffer.bytes, start, lineEnd, lines);
  }
  return {
    type: "request",
    method: text.slice(0, methodEnd),
    target: partToKeep(text.slice(methodEnd + 1, targetEnd), text.length),
    version: "1.1",
    fields,
  };
}

/** Takes the head of the final response that begins the buffer, if it is a usual one. */
export function takeUsualResponse(
  buffer: ReceiveBuffer,
  limits: Http1Limits,
  span: SpanAt,
): ResponseHead | undefined {
  const copied = usualBytes;
  const head = readResponse(buffer, copied, limits, span);
  if (head !== undefined || buffer.length <= copied) return head;
  return readResponse(buffer, MAX_BYTES, limits, span);
}

function readResponse(
  buffer: ReceiveBuffer,
  mostBytes: number,
  limits: Http1Limits,
  span: SpanAt,
): ResponseHead | undefined {
  copyIn(buffer, mostBytes);
  const status = isHttp11(0) && memory[8] === SP && memory[12] === SP ? finalStatus() : undefined;
  if (status === undefined) return undefined;
  const lineEnd = contentEnd(13);
  if (lineEnd > limits.maxStartLineBytes || words.getUint16(lineEnd, true) !== CRLF) return undefined;
  if (!readFieldLines(lineEnd + 2, limits)) return undefined;
  const { start } = buffer;
  const text = takeText(buffer);
  const fields = fieldsOf(text);
  if (span !== undefined) {
    const lines = keptEnds();
    span("HTTP-version", start, start + 8);
    span("SP", start + 8, start + 9);
    span("status-code", start + 9, start + 12);
    span("SP", start + 12, start + 13);
    span("reason-phrase", start + 13, start + lineEnd);
    showFieldLines(span, buffer.bytes, start, lineEnd, lines);
  }
  return {
    type: "response",
    status,
    reason: partToKeep(text.slice(13, lineEnd), text.length),
    version: "1.1",
    fields,
  };
}

/** What may be a head, with a zero behind it. */
function copyIn({ bytes, start, end }: ReceiveBuffer, mostBytes: number): void {
  const length = Math.min(end - start, mostBytes);
  memory.set(length === bytes.length ? bytes : bytes.subarray(start, start + length));
  memory[length] = 0;
}

function isHttp11(at: number): boolean {
  return words.getInt32(at, true) === HTTP && words.getInt32(at + 4, true) === SLASH_1_1;
}

/** 200 to 999. Interim responses are not usual: they are counted. */
function finalStatus(): number | undefined {
  let status = 0;
  for (let at = 9; at < 12; at++) {
    const digit = (memory[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    status = status * 10 + digit;
  }
  return status < 200 ? undefined : status;
}

/** Octets of the head last read. */
let headLength = 0;

/** Finds the field lines up to the empty one. */
function readFieldLines(from: number, { maxFieldLines, maxHeadBytes }: Http1Limits): boolean {
  let at = from;
  let node: NameNode | undefined = rootOfNames();
  let count = 0;
  for (let i = 0; memory[at] !== CR; i += 3) {
    const child: NameNode | undefined = node && childAt(node, at);
    const known: KnownName | undefined = child?.known ?? nameAt(memory, words, at);
    if (known === undefined || ++count > maxFieldLines || i === ends.length) return false;
    node = child ?? (node && addName(node, known));
    names[count - 1] = known.name;
    const nameEnd = at + known.length - 1;
    let valueStart = nameEnd + 1;
    while (isWhitespace(memory, valueStart)) valueStart++;
    const lineEnd = contentEnd(valueStart);
    if (words.getUint16(lineEnd, true) !== CRLF) return false;
    let valueEnd = lineEnd;
    while (valueEnd > valueStart && isWhitespace(memory, valueEnd - 1)) valueEnd--;
    ends[i] = nameEnd;
    ends[i + 1] = valueStart;
    ends[i + 2] = valueEnd;
    at = lineEnd + 2;
  }
  headLength = at + 2;
  lineCount = count;
  lastNode = node;
  return words.getUint16(at, true) === CRLF && headLength <= maxHeadBytes;
}

const isWhitespace = (bytes: Uint8Array, at: number): boolean => bytes[at] === SP || bytes[at] === HTAB;

function childAt({ children }: NameNode, at: number): NameNode | undefined {
  for (let c = 0; c < children.length; c++) {
    const child = children[c] as NameNode;
    if (standsAt(child.known as KnownName, words, at)) return child;
  }
  return undefined;
}

/** The first octet from `from` on that a field value cannot have (RFC 9110 §5.5); the zero at the end is one. */
function contentEnd(from: number): number {
  for (let at = from; ; at += 4) {
    const word = words.getInt32(at, true);
    const flipped = word ^ 0x7f7f7f7f;
    // The top bit of an octet is set where it is below SP, or DEL; octets from 0x80 on are neither.
    const suspects = ((word - 0x20202020) | ((flipped - 0x01010101) & ~flipped)) & ~word & -0x7f7f7f80;
    if (suspects === 0) continue;
    // The lowest bit is that of the first such octet; a carry can only be wrong behind it.
    const first = at + ((31 - Math.clz32(suspects & -suspects)) >> 3);
    if (memory[first] !== HTAB) return first;
    at = first - 3;
  }
}

/** Moves the buffer behind the head. */
function takeText(buffer: ReceiveBuffer): string {
  const { start } = buffer;
  buffer.start = start + headLength;
  usualBytes = Math.min(Math.max(LEAST_COPIED_BYTES, headLength + (headLength >> 2)), MAX_BYTES);
  return latin1(buffer.bytes, start, buffer.start);
}

function fieldsOf(text: string): Fields {
  if (lineCount === 0) return EMPTY_FIELDS;
  const lines = new Array<string>(2 * lineCount);
  for (let i = 0; i < lineCount; i++) {
    lines[2 * i] = names[i] as string;
    lines[2 * i + 1] = text.slice(ends[3 * i + 1], ends[3 * i + 2]);
  }
  return new Fields(lines, lastNode?.index, text.length);
}

interface LineEnds {
  readonly count: number;
  readonly ends: Int32Array;
}

function keptEnds(): LineEnds {
  const kept = { count: lineCount, ends };
  ends = otherEnds ?? new Int32Array(3 * MAX_LINES);
  otherEnds = undefined;
  return kept;
}

function showFieldLines(
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
    // The blanks behind a value are rare, so where they end was not kept.
    at = valueEnd;
    while (isWhitespace(bytes, at)) at++;
    if (at > valueEnd) span("OWS", valueEnd, at);
    span("CRLF", at, at + 2);
    at += 2;
  }
  span("empty-line", at, at + 2);
  otherEnds = ends;
}
