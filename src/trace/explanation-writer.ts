import { copyOf, joined } from "../bytes/copy.ts";
import { quote } from "../bytes/text.ts";
import { EndNames } from "./ends.ts";
import {
  type ExplainedSpan,
  formatExplanation,
  MAX_SHOWN_OCTETS,
  Meanings,
  NO_GRAMMAR,
  NOT_READ,
} from "./explain.ts";
import { StreamMask } from "./masking.ts";
import type { BytesRecord, Direction, TraceRecord } from "./record.ts";
import { CONTINUES, type Span } from "./streams.ts";

/** How an `ExplanationWriter` shows. */
export interface ExplanationWriterOptions {
  /** Show the values of secret fields (Authorization, Cookie, …). `false` by default. */
  readonly reveal?: boolean;
  /** Use the colours of a terminal. `false` by default. */
  readonly colour?: boolean;
}

/** So many bytes without a rule are kept, in case the grammar gets to them. */
const MAX_UNTOLD_OCTETS = 64 * 1024;
/** A row whose span may continue. Only the front of its bytes is shown. */
type OpenRow = { -readonly [Key in keyof ExplainedSpan]: ExplainedSpan[Key] } & { front: Uint8Array };

/** One direction of one end. */
interface OpenStream {
  readonly mask: StreamMask;
  readonly meanings: Meanings;
  /** Spans that were reported, but whose bytes were not all seen. */
  spans: Span[];
  /** Bytes from `base` on that have no span yet. */
  bytes: Uint8Array;
  base: number;
  rows: ExplainedSpan[];
  open: OpenRow | undefined;
}

interface End {
  name: string;
  readonly in: OpenStream;
  readonly out: OpenStream;
  speaksHttp: boolean;
}

/**
 * Explains while it happens: every byte of both directions once, in a table for what was sent or read in one turn of
 * the event loop. A body is one line, shown when the body is complete. The writer keeps only what is not explained yet.
 *
 * Call `flush` when a turn of the event loop is over, and `end` after the last record.
 */
export class ExplanationWriter {
  readonly #lines: (lines: readonly string[]) => void;
  readonly #reveal: boolean;
  readonly #colour: boolean;
  readonly #names = new EndNames();
  readonly #ends = new Map<number, End>();
  /** Bytes, and streams whose message is complete, in their order. They wait for the end of the turn. */
  #waiting: { readonly end: End; readonly direction: Direction; readonly record?: BytesRecord }[] = [];

  /** @param lines is called with each table. */
  constructor(
    lines: (lines: readonly string[]) => void,
    { reveal = false, colour = false }: ExplanationWriterOptions = {},
  ) {
    this.#lines = lines;
    this.#reveal = reveal;
    this.#colour = colour;
  }

  /** Takes the next record. */
  add(record: TraceRecord): void {
    const name = this.#names.of(record);
    switch (record.type) {
      case "bytes":
        this.#waiting.push({ end: this.#end(record, name), direction: record.direction, record });
        break;
      case "span": {
        const end = this.#end(record, name);
        end.speaksHttp = true;
        end[record.direction].spans.push(record);
        if (!this.#reveal) end[record.direction].mask.add(record);
        break;
      }
      case "transition": {
        const end = this.#ends.get(record.connection);
        if (end === undefined) break;
        if (record.cause === "end")
          this.#waiting.push({ end, direction: record.side === record.role ? "out" : "in" });
        break;
      }
      case "connection": {
        const end = this.#ends.get(record.connection);
        if (end !== undefined) end.name = name;
        if (record.event.kind === "closed") this.#close(record.connection);
        break;
      }
      default:
        record satisfies never;
    }
  }

  /** Shows what the grammar has read so far. */
  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const [index, { end, direction, record }] of waiting.entries()) {
      if (record === undefined) closeRow(end[direction]);
      else this.#read(record, end);
      const next = waiting[index + 1];
      // Neighbours of one direction are one table.
      if (next?.end !== end || next.direction !== direction) this.#show(end, direction);
    }
  }

  /** Shows all that was not shown yet. */
  end(): void {
    this.flush();
    for (const connection of [...this.#ends.keys()]) this.#close(connection);
  }

  #end({ connection }: TraceRecord, name: string): End {
    let end = this.#ends.get(connection);
    if (end === undefined) {
      end = { name, in: openStream(), out: openStream(), speaksHttp: false };
      this.#ends.set(connection, end);
    }
    return end;
  }

  #close(connection: number): void {
    this.flush();
    const end = this.#ends.get(connection);
    this.#ends.delete(connection);
    if (end === undefined) return;
    for (const direction of ["out", "in"] as const) {
      closeRow(end[direction]);
      explainUntold(end[direction], end.speaksHttp);
      closeRow(end[direction]);
      this.#show(end, direction);
    }
  }

  #read({ direction, offset, bytes: recorded }: BytesRecord, end: End): void {
    const stream = end[direction];
    const bytes = this.#reveal ? recorded : stream.mask.apply(offset, recorded);
    if (stream.bytes.length === 0) stream.base = offset;
    stream.bytes = stream.bytes.length === 0 ? bytes : joined([stream.bytes, bytes]);
    const upTo = offset + bytes.length;
    let count = 0;
    for (; count < stream.spans.length; count++) {
      const span = stream.spans[count] as Span;
      if (span.start >= upTo || (span.end > upTo && !CONTINUES.has(span.rule))) break;
      explainSpan(stream, span, Math.min(span.end, upTo));
      if (span.end > upTo) break;
    }
    stream.spans = stream.spans.slice(count);
    if (stream.bytes.length > MAX_UNTOLD_OCTETS) explainUntold(stream, end.speaksHttp);
  }

  #show(end: End, direction: Direction): void {
    const stream = end[direction];
    const { rows } = stream;
    const [first, last] = [rows[0], rows.at(-1)];
    if (first === undefined || last === undefined) return;
    stream.rows = [];
    const verb = direction === "in" ? "read" : "written";
    const title = `${verb} by ${end.name.includes("#") ? "" : "the "}${end.name}, bytes ${first.start}–${last.end - 1}`;
    this.#lines(formatExplanation({ title, spans: rows }, { colour: this.#colour }));
  }
}

const EMPTY = new Uint8Array(0);

const openStream = (): OpenStream => ({
  mask: new StreamMask(),
  meanings: new Meanings(),
  spans: [],
  bytes: EMPTY,
  base: 0,
  rows: [],
  open: undefined,
});

function explainSpan(stream: OpenStream, span: Span, end: number): void {
  const start = Math.max(span.start, stream.base);
  if (start >= end) return;
  const bytes = stream.bytes.subarray(start - stream.base, end - stream.base);
  const explained = stream.meanings.explain({ rule: span.rule, start, end }, bytes);
  if (CONTINUES.has(span.rule)) addToRow(stream, explained, bytes);
  else {
    closeRow(stream);
    stream.rows.push(explained);
  }
  // An empty view would keep the whole buffer in memory.
  stream.bytes = end - stream.base === stream.bytes.length ? EMPTY : stream.bytes.subarray(end - stream.base);
  stream.base = end;
}

/** Explains bytes that no span describes, and that none will. */
function explainUntold(stream: OpenStream, speaksHttp: boolean): void {
  const { base, bytes } = stream;
  if (bytes.length === 0) return;
  const end = base + bytes.length;
  addToRow(stream, { ...(speaksHttp ? NOT_READ : NO_GRAMMAR), start: base, end, shown: "" }, bytes);
  stream.bytes = EMPTY;
  stream.base = end;
}

/** Continues the open row, or begins one. Only the front of a long row is kept. */
function addToRow(stream: OpenStream, row: ExplainedSpan, bytes: Uint8Array): void {
  let { open } = stream;
  if (open === undefined || open.rule !== row.rule || open.end !== row.start) {
    closeRow(stream);
    open = { ...row, end: row.start, front: EMPTY };
    stream.open = open;
  }
  open.end = row.end;
  const room = MAX_SHOWN_OCTETS + 1 - open.front.length;
  if (room > 0) open.front = joined([open.front, copyOf(bytes.subarray(0, room))]);
}

function closeRow(stream: OpenStream): void {
  if (stream.open === undefined) return;
  const { front, ...row } = stream.open;
  stream.rows.push({ ...row, shown: quote(front, MAX_SHOWN_OCTETS) });
  stream.open = undefined;
}
