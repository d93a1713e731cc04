import { copyOf } from "../bytes/copy.ts";
import { counted, latin1 } from "../bytes/text.ts";
import type { ProtocolError, ProtocolErrorCode } from "../http1/errors.ts";
import { readingsOf } from "./ambiguity.ts";
import { PROTOCOL_ERROR_ADVICE, PROTOCOL_ERROR_MEANINGS } from "./meanings/errors.ts";
import type { Problem } from "./node.ts";
import { type ReadBytes, readBytes } from "./read-bytes.ts";
import { type Fault, fieldLines, lineAt, repaired } from "./repair.ts";
import type { Span, Stream } from "./streams.ts";

/** What the grammar and its guesses make of bytes. */
export interface ReadOn {
  readonly message: "request" | "response";
  /** In order, and without a gap up to where nobody would read on. */
  readonly spans: readonly Span[];
  /** The spans up to the first fault. */
  readonly certain: readonly Span[];
  /** The first rule that was broken, if one was. */
  readonly error: ProtocolError | undefined;
  /** From where on the bytes were read after a fault. `undefined`: they were not. */
  readonly guessedFrom: number | undefined;
  /** Every broken rule, in the order in which they were found. */
  readonly problems: readonly Problem[];
}

/** More faults than this are not worth a guess. Each costs one more reading of the bytes. */
const MAX_FAULTS = 16;
const MAX_REPAIRED_BYTES = 16 * 1024 * 1024;

/**
 * Reads the messages in `bytes`, and after a fault goes on as a generous reader would.
 *
 * @param offset where `bytes` begin in their stream: all places are told as places of the stream.
 * @throws {ProtocolError} blame "local": `method` is no method.
 */
export function readOn(
  bytes: Uint8Array,
  message?: "request" | "response",
  method?: string,
  offset = 0,
): ReadOn {
  const first = readBytes(bytes, message, method);
  const problems: Problem[] = [];
  let work: Draft = { bytes, added: [], offset };
  let read = first;
  while (read.error !== undefined) {
    const fault = faultOf(read.error, read);
    problems.push(problemOf(read.error, fault, work, { message: first.message, method }));
    if (problems.length === MAX_FAULTS || bytes.length > MAX_REPAIRED_BYTES) break;
    const next = draftOf(work, fault);
    if (next === undefined) break;
    const again = readBytes(next.bytes, first.message, method);
    // A repair that changes nothing would be tried for ever.
    if (again.error?.code === fault.code && real(next, again.error.offset ?? 0) <= real(work, fault.offset))
      break;
    work = next;
    read = again;
  }
  return {
    message: first.message,
    spans: realSpans(work, read.spans),
    certain: realSpans({ bytes, added: [], offset }, first.spans),
    error: first.error,
    guessedFrom: work.bytes === bytes ? undefined : offset + guessedFrom(first),
    problems,
  };
}

/** The last message of a stream is read again only if it is not longer. */
const MAX_AGAIN_BYTES = 256 * 1024;

/**
 * Why the grammar stopped within the last message of a stream, and what a generous reader makes of the rest: a recording
 * has spans, but no errors. `undefined`: the message is right so far, or too long, or was read by other rules than ours.
 */
export function readOnStream(
  { base, bytes, spans }: Pick<Stream, "base" | "bytes" | "spans">,
  message: "request" | "response",
): Pick<ReadOn, "spans" | "guessedFrom" | "problems"> | undefined {
  if (spans.length === 0 || spans.at(-1)?.rule === "tunnel") return undefined;
  const from = lastBeginning(spans);
  const start = from === undefined ? undefined : spans[from]?.start;
  if (from === undefined || start === undefined || base + bytes.length - start > MAX_AGAIN_BYTES)
    return undefined;
  const read = readOn(bytes.subarray(start - base), message, undefined, start);
  // What is incomplete may only not have arrived.
  if (read.error === undefined || read.error.code.startsWith("INCOMPLETE")) return undefined;
  // The reader of the connection stopped at the same byte.
  if (read.certain.at(-1)?.end !== spans.at(-1)?.end) return undefined;
  const problems = read.problems.filter(({ code }) => !code.startsWith("INCOMPLETE"));
  return { ...read, problems, spans: [...spans.slice(0, from), ...read.spans] };
}

/**
 * A length beside a coding in messages that whoever made the recording took for complete: by the rules of another program,
 * or from a HAR, which knows no bytes. Each is told where it stands, with both readings.
 */
export function lengthsBesideCodings(
  stream: Pick<Stream, "base" | "bytes" | "spans">,
  message: "request" | "response",
): Problem[] {
  const { base, bytes } = stream;
  return headsWithBoth(stream)
    .slice(0, MAX_FAULTS)
    .flatMap(({ start, end }) => {
      const upTo = Math.min(bytes.length, start - base + MAX_AGAIN_BYTES);
      const { problems } = readOn(bytes.subarray(start - base, upTo), message, undefined, start);
      return problems
        .filter((problem) => problem.code === "LENGTH_AND_CODING" && problem.start < end)
        .slice(0, 1);
    });
}

function headsWithBoth({ base, bytes, spans }: Pick<Stream, "base" | "bytes" | "spans">): Range[] {
  const found: Range[] = [];
  let start: number | undefined;
  let names = new Set<string>();
  for (const [index, span] of spans.entries()) {
    if (beginsMessage(spans, index)) {
      start = span.start;
      names = new Set();
    }
    if (span.rule === "field-name")
      names.add(latin1(bytes, span.start - base, span.end - base).toLowerCase());
    if (span.rule !== "empty-line" || start === undefined) continue;
    if (names.has("content-length") && names.has("transfer-encoding")) found.push({ start, end: span.end });
    start = undefined;
  }
  return found;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

const guessedFrom = ({ error, spans }: ReadBytes): number =>
  Math.max(error?.offset ?? 0, spans.at(-1)?.end ?? 0);

/** Changed bytes, and where the octets are that the real bytes do not have. */
interface Draft {
  readonly bytes: Uint8Array;
  readonly added: readonly number[];
  /** Where the real bytes begin in their stream. */
  readonly offset: number;
}

function draftOf({ bytes, added, offset }: Draft, fault: Fault): Draft | undefined {
  const next = repaired(bytes, fault);
  if (next === undefined) return undefined;
  let before = 0;
  const moved = added.map((at) => {
    while ((next.added[before] ?? Number.POSITIVE_INFINITY) <= at + before) before++;
    return at + before;
  });
  return { bytes: next.bytes, added: [...moved, ...next.added].sort((a, b) => a - b), offset };
}

/** The place in the stream of an octet of the draft. */
function real({ added, offset: base }: Draft, offset: number): number {
  let low = 0;
  let high = added.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((added[middle] as number) < offset) low = middle + 1;
    else high = middle;
  }
  return base + offset - low;
}

function realSpans(draft: Draft, spans: readonly Span[]): Span[] {
  return spans.flatMap(({ rule, start, end }): Span[] => {
    const [from, to] = [real(draft, start), real(draft, end)];
    if (from === to) return [];
    return [{ rule: rule === "CRLF" && to - from === 1 ? "bare-LF" : rule, start: from, end: to }];
  });
}

function faultOf(error: ProtocolError, { spans }: ReadBytes): Fault {
  const readEnd = spans.at(-1)?.end ?? 0;
  const offset = Math.max(error.offset ?? readEnd, 0);
  return { code: error.code, offset, messageStart: messageStartOf(spans) };
}

/** Where the last message begins that has a span. */
function messageStartOf(spans: readonly Span[]): number {
  const index = lastBeginning(spans);
  return index === undefined ? 0 : (spans[index] as Span).start;
}

/** The index of the span that begins the last message. */
function lastBeginning(spans: readonly Span[]): number | undefined {
  for (let index = spans.length - 1; index >= 0; index--) if (beginsMessage(spans, index)) return index;
  return undefined;
}

function beginsMessage(spans: readonly Span[], index: number): boolean {
  const rule = spans[index]?.rule;
  return rule === "method" || (rule === "HTTP-version" && spans[index - 1]?.rule !== "SP");
}

/** The field whose line is at fault, where an error is about the whole head. */
const FIELD_AT_FAULT: Readonly<Partial<Record<ProtocolErrorCode, readonly string[]>>> = {
  DUPLICATE_HOST: ["host"],
  INVALID_HOST: ["host"],
  HOST_MISMATCH: ["host"],
  LENGTH_AND_CODING: ["content-length", "transfer-encoding"],
  INVALID_CONTENT_LENGTH: ["content-length"],
  DUPLICATE_CONTENT_LENGTH: ["content-length"],
  CONTENT_LENGTH_TOO_LARGE: ["content-length"],
  INVALID_TRANSFER_CODING: ["transfer-encoding"],
  UNKNOWN_TRANSFER_CODING: ["transfer-encoding"],
  TRANSFER_CODING_IN_HTTP_10: ["transfer-encoding"],
  TRANSFER_CODING_NOT_ALLOWED: ["transfer-encoding"],
};

function problemOf(
  error: ProtocolError,
  fault: Fault,
  draft: Draft,
  read: { message: "request" | "response"; method: string | undefined },
): Problem {
  const { code } = error;
  const names = FIELD_AT_FAULT[code] ?? [];
  const line = fieldLines(draft.bytes, fault.messageStart).findLast(({ name }) => names.includes(name));
  const end = line?.end ?? Math.min(fault.offset + 1, draft.bytes.length);
  // The sentence of the error ends with its place, in bytes that may have been changed, with its code and section.
  const seen = error.message.replace(/(?: \(byte \d+\))? \[[^[]*\]$/, "");
  const { start: lineStart } = lineAt(draft.bytes, fault.offset);
  const octets = latin1(draft.bytes, lineStart, Math.min(lineStart + 40, draft.bytes.length));
  return {
    code,
    start: real(draft, line?.start ?? fault.offset),
    end: real(draft, end),
    message: `${seen} (byte ${real(draft, fault.offset)}): ${PROTOCOL_ERROR_MEANINGS[code]}`,
    section: error.section,
    readings: [...readingsOf(code, read.message, octets), ...endsOf(fault, draft, read)],
    advice: PROTOCOL_ERROR_ADVICE[code],
  };
}

/** Where the message ends for each of two readers, if its fault is about that. */
function endsOf(
  fault: Fault,
  draft: Draft,
  { message, method }: { message: "request" | "response"; method: string | undefined },
): Problem["readings"] {
  if (fault.code !== "LENGTH_AND_CODING" || draft.bytes.length > MAX_REPAIRED_BYTES) return [];
  const readers = [
    ["a reader of Transfer-Encoding", "content-length"],
    ["a reader of Content-Length", "transfer-encoding"],
  ] as const;
  return readers.map(([who, ignored]) => {
    const bytes = copyOf(draft.bytes);
    for (const { name, nameEnd } of fieldLines(bytes, fault.messageStart))
      if (name === ignored) bytes[nameEnd - 1] = 0x5f;
    const { spans, error } = readBytes(bytes, message, method);
    const next = spans.find(({ rule, start }) => start >= fault.offset && BEGINNINGS.has(rule));
    const end = next?.start ?? spans.at(-1)?.end ?? fault.offset;
    return {
      who,
      what: endOf(next === undefined ? error : undefined, real(draft, end), draft.bytes.length - end),
    };
  });
}

/** @param error at the end of the message, or in what follows. @param rest bytes behind the end. */
function endOf(error: ProtocolError | undefined, end: number, rest: number): string {
  switch (error?.code) {
    case undefined:
      return `the message ends at byte ${end}; ${rest === 0 ? "nothing is left" : `the next message has ${counted(rest, "byte")}`}`;
    case "INCOMPLETE_BODY":
      return `waits for more content from byte ${end} on`;
    case "INVALID_CHUNK_SIZE":
    case "CHUNK_SIZE_TOO_LARGE":
    case "MISSING_CHUNK_END":
      return `finds no chunk at byte ${end}`;
    default:
      return `the message ends at byte ${end}; behind it is no message, but ${counted(rest, "byte")}`;
  }
}

const BEGINNINGS: ReadonlySet<string> = new Set(["method", "HTTP-version", "empty-line-before"]);
