import { joined } from "../bytes/copy.ts";
import type { Rule } from "../http1/observer.ts";
import type { Role } from "../http1/state.ts";
import type { BytesRecord, Direction, SpanRecord, TraceRecord } from "./record.ts";

/** A rule and the bytes `[start, end)` that follow it. */
export interface Span {
  /** The grammar rule. */
  readonly rule: Rule;
  /** The first byte, counted from 0 in the stream of its direction. */
  readonly start: number;
  /** The byte behind the last one. */
  readonly end: number;
}

/** The bytes and spans of one direction of one end, put together from its records. */
export interface Stream {
  /** The number of the connection's end in its recording. */
  readonly connection: number;
  /** Which end was recorded. */
  readonly role: Role;
  /** Whether the end received or sent the bytes. */
  readonly direction: Direction;
  /** From offset `base` on. What came before was dropped from the recording. */
  readonly bytes: Uint8Array;
  /** The offset of the first byte in the stream of its direction. */
  readonly base: number;
  /** In order, and all within the bytes. Neighbours of the same rule are merged. */
  readonly spans: readonly Span[];
}

/** Bytes without a gap between them. */
interface Piece {
  readonly first: BytesRecord;
  end: number;
  readonly chunks: Uint8Array[];
  readonly spans: Span[];
}

/**
 * Both directions of each connection, in the order in which they first appear. After missing bytes a new stream begins.
 */
export function streamsOf(records: readonly TraceRecord[]): Stream[] {
  const streams = new Map<string, Piece[]>();
  for (const record of records) {
    if (record.type === "bytes" && record.bytes.length > 0) addBytes(streams, record);
  }
  for (const record of records) {
    if (record.type === "span") addSpan(streams.get(nameOf(record)) ?? [], record);
  }
  return [...streams.values()].flat().map(({ first, chunks, spans }) => ({
    connection: first.connection,
    role: first.role,
    direction: first.direction,
    base: first.offset,
    bytes: joined(chunks),
    spans,
  }));
}

/** One name for each direction of each connection. */
export const nameOf = ({ connection, direction }: { connection: number; direction: Direction }): string =>
  `${connection} ${direction}`;

function addBytes(streams: Map<string, Piece[]>, record: BytesRecord): void {
  const pieces = streams.get(nameOf(record)) ?? [];
  if (pieces.length === 0) streams.set(nameOf(record), pieces);
  const last = pieces.at(-1);
  const end = record.offset + record.bytes.length;
  if (last === undefined || last.end !== record.offset) {
    pieces.push({ first: record, end, chunks: [record.bytes], spans: [] });
    return;
  }
  last.chunks.push(record.bytes);
  last.end = end;
}

/** Leaves out a span whose bytes are missing. Of a body, the part that is here is kept. */
function addSpan(pieces: readonly Piece[], { rule, start, end }: SpanRecord): void {
  for (const piece of pieces) {
    const from = CONTINUES.has(rule) ? Math.max(start, piece.first.offset) : start;
    const to = Math.min(end, piece.end);
    const behind = piece.spans.at(-1)?.end ?? piece.first.offset;
    if (from >= behind && from < to) addMerged(piece.spans, { rule, start: from, end: to });
  }
}

/** The span of a body arrives in pieces, like its bytes. */
export function addMerged(spans: Span[], { rule, start, end }: Span): void {
  const last = spans.at(-1);
  const merges = last !== undefined && last.rule === rule && last.end === start && CONTINUES.has(rule);
  if (merges) spans[spans.length - 1] = { rule, start: last.start, end };
  else spans.push({ rule, start, end });
}

/** The rules of a body: their spans come in pieces. */
export const CONTINUES: ReadonlySet<Rule> = new Set(["content", "close-delimited", "chunk-data", "tunnel"]);
