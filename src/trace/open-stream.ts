import { joined } from "../bytes/copy.ts";
import { counted, quote } from "../bytes/text.ts";
import { StreamMask } from "./masking.ts";
import { outline } from "./outline.ts";
import type { BytesRecord } from "./record.ts";
import type { Span } from "./streams.ts";
import { tlsText } from "./tls-text.ts";

/** What a timeline has not shown yet of one direction of one end. */
export interface OpenStream {
  readonly mask: StreamMask;
  /** Bytes from `base` on, where an incomplete rule begins. Secrets are masked. */
  bytes: Uint8Array;
  base: number;
  spans: Span[];
  /** Content of the current message. */
  contentBytes: number;
}

const MAX_OCTETS = 48;
const MAX_NAMES = 2;
/** The grammar may lag behind by one line. Bytes beyond that have no rule: the grammar has ended at a fault. */
const MAX_REST_OCTETS = 64 * 1024;
const CONTENT: ReadonlySet<string> = new Set(["content", "chunk-data", "close-delimited"]);
const EMPTY = new Uint8Array(0);

export const openStream = (): OpenStream => ({
  mask: new StreamMask(),
  bytes: EMPTY,
  base: 0,
  spans: [],
  contentBytes: 0,
});

/** The bytes of a record without HTTP. */
export function rawText(stream: OpenStream, record: BytesRecord, bytes: Uint8Array): string {
  startAt(stream, record.offset + record.bytes.length);
  return tlsText(bytes) ?? quote(bytes, MAX_OCTETS);
}

/**
 * Describes the spans that end in the bytes of this record. An incomplete rule waits for the rest of its bytes.
 *
 * @param bytes those of the record, their secrets masked.
 */
export function describe(stream: OpenStream, record: BytesRecord, bytes: Uint8Array): string {
  const { direction } = record;
  const upTo = record.offset + record.bytes.length;
  if (stream.bytes.length === 0) stream.base = record.offset;
  stream.bytes = stream.bytes.length === 0 ? bytes : joined([stream.bytes, bytes]);
  const done = stream.spans
    .filter((span) => span.start < upTo)
    .map((span) => ({ ...span, end: Math.min(span.end, upTo) }));
  stream.spans = stream.spans
    .filter((span) => span.end > upTo)
    .map((span) => ({ ...span, start: Math.max(span.start, upTo) }));
  for (const { rule, start, end } of done) if (CONTENT.has(rule)) stream.contentBytes += end - start;
  // The writer of a message names its fields. The reader says that the message is complete.
  const text = outline(done, stream.bytes, stream.base, direction === "out" ? MAX_NAMES : 0);
  const last = done.at(-1)?.end ?? stream.base;
  startAt(stream, last);
  const rest = upTo - last;
  if (rest > MAX_REST_OCTETS) return `${text} ${rawText(stream, record, bytes)}`.trim();
  return rest > 0 && direction === "in" ? `${text} (${rest} B of a line that is not complete)`.trim() : text;
}

/** How the message ended that was read from this stream. */
export function completion(record: BytesRecord, stream: OpenStream): string {
  const message = record.role === "server" ? "request" : "response";
  const content = stream.contentBytes;
  const why =
    content === 0 ? `empty line, byte ${stream.base - 1}` : `${counted(content, "byte")} of content`;
  return `${message} complete (${why})`;
}

function startAt(stream: OpenStream, offset: number): void {
  const rest = stream.bytes.subarray(offset - stream.base);
  // An empty view would keep the whole buffer in memory.
  stream.bytes = rest.length === 0 ? EMPTY : rest;
  stream.base = offset;
}
