import { joined } from "../bytes/copy.ts";
import type { Rule } from "../http1/observer.ts";
import type { Role } from "../http1/state.ts";
import type { Direction, TraceRecord } from "./record.ts";

/** A rule and the bytes `[start, end)` that follow it. */
export interface Span {
  readonly rule: Rule;
  readonly start: number;
  readonly end: number;
}

/** One direction of one end, put together from its records. */
export interface Stream {
  readonly connection: number;
  readonly role: Role;
  readonly direction: Direction;
  /** From offset `base` on: what came before was dropped from the recording. */
  readonly bytes: Uint8Array;
  readonly base: number;
  /** In order, neighbours of one rule merged. */
  readonly spans: readonly Span[];
}

/** Both directions of each connection, in the order in which they first appear. */
export function streamsOf(records: readonly TraceRecord[]): Stream[] {
  const found = new Map<
    string,
    { stream: Omit<Stream, "bytes" | "spans">; chunks: Uint8Array[]; spans: Span[] }
  >();
  for (const record of records) {
    if (record.type !== "bytes" && record.type !== "span") continue;
    const { connection, role, direction } = record;
    const key = `${connection} ${direction}`;
    let entry = found.get(key);
    if (entry === undefined) {
      const base = record.type === "bytes" ? record.offset : record.start;
      entry = { stream: { connection, role, direction, base }, chunks: [], spans: [] };
      found.set(key, entry);
    }
    if (record.type === "bytes") entry.chunks.push(record.bytes);
    else addMerged(entry.spans, record);
  }
  return [...found.values()].map(({ stream, chunks, spans }) => ({
    ...stream,
    bytes: joined(chunks),
    spans,
  }));
}

/** Body spans arrive in pieces, as the bytes do. */
export function addMerged(spans: Span[], { rule, start, end }: Span): void {
  const last = spans.at(-1);
  const merges = last !== undefined && last.rule === rule && last.end === start && CONTINUES.has(rule);
  if (merges) spans[spans.length - 1] = { rule, start: last.start, end };
  else spans.push({ rule, start, end });
}

const CONTINUES: ReadonlySet<Rule> = new Set(["content", "close-delimited", "chunk-data", "tunnel"]);
