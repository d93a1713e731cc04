import {
  CRLF_BYTES,
  chunkSize,
  FORBIDDEN_TRAILERS,
  parseChunkLine,
  tooLongChunkLine,
  usualChunkDigits,
} from "./chunked.ts";
import type { ProtocolError } from "./errors.ts";
import { type Data, type EndOfMessage, NEED_DATA } from "./events.ts";
import { FieldSection, trailersTooLarge } from "./field-section.ts";
import { EMPTY_FIELDS, type Fields } from "./fields.ts";
import type { BodyFraming } from "./framing.ts";
import { type Http1Leniency, STRICT } from "./leniency.ts";
import type { Http1Limits } from "./limits.ts";
import type { LineReader, TooLong } from "./line-reader.ts";
import type { Rule } from "./observer.ts";

/*
 *   content ──────────────────────────┐
 *   chunk-size ⇄ chunk-data, chunk-end │
 *       └─→ trailers ─────────────────┼→ end → finished
 *   close-delimited ──────────────────┘
 */
type Phase =
  | "content"
  | "chunk-size"
  | "chunk-data"
  | "chunk-end"
  | "trailers"
  | "close-delimited"
  | "end"
  | "finished";

const FIRST_PHASE = {
  none: "end",
  length: "content",
  chunked: "chunk-size",
  close: "close-delimited",
} as const satisfies Record<BodyFraming["kind"], Phase>;

const END: EndOfMessage = { type: "end", trailers: EMPTY_FIELDS };

/** Reads the body of one message after the other, each as its framing says (RFC 9112 §6, §7). */
export class BodyReader {
  readonly #reader: LineReader;
  readonly #limits: Http1Limits;
  readonly #trailers: FieldSection;

  #phase: Phase = "finished";
  #framing: BodyFraming = { kind: "none" };
  /** Octets of content, or of the chunk, that are still to come. */
  #remaining = 0;
  #contentBytes = 0;
  #chunkOverhead = 0;
  #chunkExtBytes = 0;
  readonly #tooLongChunkLine: TooLong = (reader, maxBytes) =>
    tooLongChunkLine(reader, maxBytes, this.#limits.maxChunkSizeDigits);

  constructor(reader: LineReader, limits: Http1Limits, leniency: Http1Leniency = STRICT) {
    this.#reader = reader;
    this.#limits = limits;
    this.#trailers = new FieldSection(reader, {
      maxBytes: limits.maxTrailerBytes,
      tooLarge: trailersTooLarge,
      maxLines: limits.maxTrailerFieldLines,
      tooMany: "TRAILERS_TOO_LARGE",
      mayFold: leniency.obsFold === true,
      forbidden: FORBIDDEN_TRAILERS,
      discards: leniency.forbiddenTrailers === true,
    });
  }

  get finished(): boolean {
    return this.#phase === "finished";
  }

  start(framing: BodyFraming): void {
    this.#framing = framing;
    this.#remaining = framing.kind === "length" ? framing.length : 0;
    this.#phase = framing.kind === "length" && framing.length === 0 ? "end" : FIRST_PHASE[framing.kind];
    this.#contentBytes = 0;
    this.#chunkOverhead = 0;
    this.#chunkExtBytes = 0;
    this.#trailers.reset();
  }

  /** @param ended the peer has sent FIN behind what is buffered. */
  next(ended: boolean): Data | EndOfMessage | typeof NEED_DATA {
    for (;;) {
      switch (this.#phase) {
        case "content":
          return this.#takeContent("content", "end");
        case "close-delimited":
          this.#remaining = this.#reader.buffer.length;
          if (this.#remaining > 0) return this.#takeContent("close-delimited", "close-delimited");
          if (!ended) return NEED_DATA;
          this.#phase = "end";
          break;
        case "chunk-size":
          if (!this.#readChunkLine()) return NEED_DATA;
          break;
        case "chunk-data":
          return this.#takeContent("chunk-data", "chunk-end");
        case "chunk-end":
          // h11 once took any two octets for it (CVE-2025-43859).
          if (!this.#reader.takeLineEnd("MISSING_CHUNK_END", "no CRLF behind the chunk-data"))
            return NEED_DATA;
          this.#reader.finishLine("CRLF");
          this.#phase = "chunk-size";
          break;
        case "trailers": {
          const trailers = this.#trailers.read();
          return trailers === undefined ? NEED_DATA : this.#end(trailers);
        }
        case "end":
          return this.#end(EMPTY_FIELDS);
        case "finished":
          return NEED_DATA;
        default:
          this.#phase satisfies never;
      }
    }
  }

  /** The error for a connection that ended here. */
  cutOff(): ProtocolError {
    const framing = this.#framing;
    const bytes =
      framing.kind === "length"
        ? `${this.#contentBytes} of ${framing.length} bytes of content`
        : `${this.#contentBytes} bytes of content, before the last chunk was complete`;
    return this.#reader.refuse("INCOMPLETE_BODY", `the peer ended the connection after ${bytes}`);
  }

  #end(trailers: Fields): EndOfMessage {
    this.#phase = "finished";
    return trailers === EMPTY_FIELDS ? END : { type: "end", trailers };
  }

  #takeContent(rule: Rule, after: Phase): Data | typeof NEED_DATA {
    const { buffer } = this.#reader;
    const length = Math.min(this.#remaining, buffer.length);
    if (length === 0) return NEED_DATA;
    const { start } = buffer;
    const end = start + length;
    this.#reader.span?.(rule, start, end);
    buffer.start = end;
    this.#remaining -= length;
    this.#contentBytes += length;
    if (this.#remaining === 0) this.#phase = after;
    const joinedEnd = after === "chunk-end" && buffer.mayOverwrite ? this.#joinChunks(end) : end;
    return { type: "data", bytes: buffer.bytes.subarray(start, joinedEnd) };
  }

  /**
   * Behind most chunks come others that are here as well. Their content is moved together, over the framing in
   * between, and is one piece then: a piece costs more than a small chunk does. As the reader of usual heads this one
   * only ever agrees: before whatever is not usual it stops, and leaves it to the grammar.
   *
   * @returns the end of the content, which began before `contentEnd`.
   */
  #joinChunks(contentEnd: number): number {
    const { buffer, span } = this.#reader;
    const { bytes, end } = buffer;
    let to = contentEnd;
    while (this.#remaining === 0 && span === undefined) {
      const at = buffer.start;
      const digits = usualChunkDigits(bytes, at, end);
      if (digits === 0 || digits > this.#limits.maxChunkSizeDigits) break;
      const size = chunkSize(bytes, at + CRLF_BYTES, digits);
      const overhead = digits + 2 * CRLF_BYTES;
      if (size === 0 || this.#chunkOverhead + overhead > this.#allowedOverhead(size)) break;
      this.#chunkOverhead += overhead;
      const from = at + overhead;
      const length = Math.min(size, end - from);
      bytes.copyWithin(to, from, from + length);
      to += length;
      buffer.start = from + length;
      this.#contentBytes += length;
      this.#remaining = size - length;
    }
    if (this.#remaining > 0) this.#phase = "chunk-data";
    return to;
  }

  #readChunkLine(): boolean {
    const reader = this.#reader;
    const { maxChunkSizeDigits, maxChunkExtBytes } = this.#limits;
    const longest = maxChunkSizeDigits + maxChunkExtBytes;
    if (!reader.take(longest, this.#tooLongChunkLine)) return false;
    const { size, extLength } = parseChunkLine(reader, this.#limits);
    // The CRLF behind the chunk-data is framing as well.
    this.#countFraming(reader.lineLength + 2, extLength, size);
    reader.finishLine("CRLF");
    this.#remaining = size;
    this.#phase = size === 0 ? "trailers" : "chunk-data";
    return true;
  }

  #countFraming(overhead: number, extLength: number, size: number): void {
    const { maxMessageChunkExtBytes } = this.#limits;
    this.#chunkExtBytes += extLength;
    if (this.#chunkExtBytes > maxMessageChunkExtBytes) {
      throw this.#reader.refuse(
        "CHUNK_EXT_TOO_LONG",
        `chunk extensions over ${maxMessageChunkExtBytes} bytes in all`,
      );
    }
    this.#chunkOverhead += overhead;
    if (this.#chunkOverhead > this.#allowedOverhead(size)) {
      throw this.#reader.refuse("CHUNK_OVERHEAD", "far more chunk framing than content");
    }
  }

  /** With a chunk of this size. */
  #allowedOverhead(size: number): number {
    const { maxChunkOverheadBytes, maxChunkOverheadRatio } = this.#limits;
    return Math.max(maxChunkOverheadBytes, maxChunkOverheadRatio * (this.#contentBytes + size));
  }
}
