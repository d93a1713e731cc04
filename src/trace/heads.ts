import { joined } from "../bytes/copy.ts";
import { spansOfHead } from "../http1/fast/spans-of-head.ts";
import type { BytesRecord, SpanRecord, TraceRecord } from "./record.ts";
import { nameOf } from "./streams.ts";

/** A head as a recorder keeps it: only where its bytes are. */
interface HeadEntry extends Omit<SpanRecord, "type" | "rule"> {
  readonly type: "head";
}

export type Entry = TraceRecord | HeadEntry;

/** One direction of one connection, read from its beginning to its end. */
interface Chunks {
  readonly records: BytesRecord[];
  /** Records before this index are done. */
  first: number;
}

/**
 * The records, with the spans of each head in place of its entry. The grammar that read the head makes the spans again,
 * if the bytes are still there.
 */
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

function addSpans(records: TraceRecord[], head: HeadEntry, chunks: Chunks | undefined): void {
  const bytes = chunks && bytesOf(head, chunks);
  if (bytes === undefined) return;
  const { v, t, connection, role, direction } = head;
  const isRequest = (role === "client") === (direction === "out");
  spansOfHead(isRequest ? "request" : "response", bytes, head.start, (rule, start, end) => {
    records.push({ v, t, connection, role, type: "span", direction, rule, start, end });
  });
}

/** `undefined` if some of the bytes were dropped, or were never sent. */
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

/** What is left of a direction after records were dropped at the front: where its bytes and its spans begin. */
interface Rest {
  bytesStart: number;
  spansStart: number;
}

/**
 * The records without spans whose bytes were dropped, and without bytes whose spans were dropped. Spans of outgoing bytes
 * come before the bytes, so the bytes of a head may still be there when its spans are not.
 */
export function withoutHalves(records: readonly TraceRecord[]): TraceRecord[] {
  const rests = new Map<string, Rest>();
  for (const record of records) {
    if (record.type !== "bytes" && record.type !== "span") continue;
    const rest = rests.get(nameOf(record)) ?? {
      bytesStart: Number.POSITIVE_INFINITY,
      spansStart: Number.POSITIVE_INFINITY,
    };
    if (record.type === "bytes") rest.bytesStart = Math.min(rest.bytesStart, record.offset);
    rests.set(nameOf(record), rest);
  }
  for (const record of records) {
    const rest = record.type === "span" ? rests.get(nameOf(record)) : undefined;
    if (record.type !== "span" || rest === undefined || record.start < rest.bytesStart) continue;
    rest.spansStart = Math.min(rest.spansStart, record.start);
  }
  return records.flatMap((record): TraceRecord[] => {
    if (record.type !== "bytes" && record.type !== "span") return [record];
    const { spansStart } = rests.get(nameOf(record)) as Rest;
    if (record.type === "span") return record.start < spansStart ? [] : [record];
    // A direction without spans is taken for another protocol than HTTP.
    if (spansStart === Number.POSITIVE_INFINITY || record.offset >= spansStart) return [record];
    const bytes = record.bytes.subarray(spansStart - record.offset);
    return bytes.length === 0 ? [] : [{ ...record, offset: spansStart, bytes }];
  });
}
