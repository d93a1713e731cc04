import { joined } from "../bytes/copy.ts";
import { spansOfHead } from "../http1/spans-of-head.ts";
import type { BytesRecord, Direction, SpanRecord, TraceRecord } from "./record.ts";

/** A head as a recorder keeps it: where it stands. */
interface HeadEntry extends Omit<SpanRecord, "type" | "rule"> {
  readonly type: "head";
}

export type Entry = TraceRecord | HeadEntry;

/** One direction of one connection, read from its beginning to its end. */
interface Chunks {
  readonly records: BytesRecord[];
  /** Those before it are behind us. */
  first: number;
}

/** The same with each head told rule by rule, by the grammar that read it, as far as its bytes are still here. */
export function withSpansOfHeads(entries: readonly Entry[]): TraceRecord[] {
  const streams = new Map<string, Chunks>();
  for (const entry of entries) {
    if (entry.type !== "bytes") continue;
    const chunks = streams.get(nameOf(entry));
    if (chunks === undefined) streams.set(nameOf(entry), { records: [entry], first: 0 });
    else chunks.records.push(entry);
  }
  const records: TraceRecord[] = [];
  for (const entry of entries) {
    if (entry.type === "head") addSpans(records, entry, streams.get(nameOf(entry)));
    else records.push(entry);
  }
  return records;
}

const nameOf = ({ connection, direction }: { connection: number; direction: Direction }): string =>
  `${connection} ${direction}`;

function addSpans(records: TraceRecord[], head: HeadEntry, chunks: Chunks | undefined): void {
  const bytes = chunks && bytesOf(head, chunks);
  if (bytes === undefined) return;
  const { v, t, connection, role, direction } = head;
  const isRequest = (role === "client") === (direction === "out");
  spansOfHead(isRequest ? "request" : "response", bytes, head.start, (rule, start, end) => {
    records.push({ v, t, connection, role, type: "span", direction, rule, start, end });
  });
}

/** Nothing if some were dropped, or never left. */
function bytesOf({ start, end }: HeadEntry, chunks: Chunks): Uint8Array | undefined {
  const { records } = chunks;
  const endOf = ({ offset, bytes }: BytesRecord): number => offset + bytes.length;
  while (chunks.first < records.length && endOf(records[chunks.first] as BytesRecord) <= start)
    chunks.first++;
  const parts: Uint8Array[] = [];
  for (let i = chunks.first, at = start; at < end; i++) {
    const record = records[i];
    if (record === undefined || record.offset > at) return undefined;
    parts.push(record.bytes.subarray(at - record.offset, end - record.offset));
    at = endOf(record);
  }
  return joined(parts);
}
