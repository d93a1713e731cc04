import { counted } from "../bytes/text.ts";
import { FORBIDDEN_TRAILERS, parseChunkLine, tooLongChunkLine } from "./chunked.ts";
import type { ProtocolError } from "./errors.ts";
import { type Data, type EndOfMessage, NEED_DATA } from "./events.ts";
import { type BodyCounts, joinChunks } from "./fast/joined-chunks.ts";
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

/** Reads the bodies of messages, one after the other, each as its framing says (RFC 9112 §6, §7). */
export class BodyReader {
  readonly #reader: LineReader;
  readonly #limits: Http1Limits;
  readonly #trailers: FieldSection;
  readonly #anyChunkExt: boolean;

  #phase: Phase = "finished";
  #framing: BodyFraming = { kind: "none" };
  readonly #counts: BodyCounts = { remaining: 0, contentBytes: 0, chunkOverhead: 0 };
  #chunkExtBytes = 0;
  readonly #tooLongChunkLine: TooLong = (reader, maxBytes) =>
    tooLongChunkLine(reader, maxBytes, this.#limits.maxChunkSizeDigits);

  constructor(reader: LineReader, limits: Http1Limits, leniency: Http1Leniency = STRICT) {
    this.#reader = reader;
    this.#limits = limits;
    this.#anyChunkExt = leniency.anyChunkExt === true;
    this.#trailers = new FieldSection(reader, {
      maxBytes: limits.maxTrailerBytes,
      tooLarge: trailersTooLarge,
      maxLines: limits.maxTrailerFieldLines,
      tooMany: "TRAILERS_TOO_LARGE",
      mayFold: leniency.obsFold === true,
      forbidden: FORBIDDEN_TRAILERS,
      discards: leniency.forbiddenTrailers === true,
      anyName: leniency.anyFieldName,
      controlOctets: leniency.controlOctets,
    });
  }

  get finished(): boolean {
    return this.#phase === "finished";
  }

  /** Octets to come of the content, or of the chunk whose size was read last. 0 while nobody knows. */
  get remaining(): number {
    return this.#framing.kind === "close" ? 0 : this.#counts.remaining;
  }

  start(framing: BodyFraming): void {
    const counts = this.#counts;
    this.#framing = framing;
    counts.remaining = framing.kind === "length" ? framing.length : 0;
    counts.contentBytes = 0;
    counts.chunkOverhead = 0;
    this.#phase = framing.kind === "length" && framing.length === 0 ? "end" : FIRST_PHASE[framing.kind];
    this.#chunkExtBytes = 0;
    this.#trailers.reset();
  }

  /** @param ended the peer has sent FIN; nothing comes behind the buffered bytes. */
  next(ended: boolean): Data | EndOfMessage | typeof NEED_DATA {
    for (;;) {
      switch (this.#phase) {
        case "content":
          return this.#takeContent("content", "end");
        case "close-delimited":
          this.#counts.remaining = this.#reader.buffer.length;
          if (this.#counts.remaining > 0) return this.#takeContent("close-delimited", "close-delimited");
          if (!ended) return NEED_DATA;
          this.#phase = "end";
          break;
        case "chunk-size":
          if (!this.#readChunkLine()) return NEED_DATA;
          break;
        case "chunk-data":
          return this.#takeContent("chunk-data", "chunk-end");
        case "chunk-end":
          // Any two octets were once taken for this CRLF by h11 (CVE-2025-43859).
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

  /** The error for a connection that ends here. */
  cutOff(): ProtocolError {
    const framing = this.#framing;
    const bytes =
      framing.kind === "length"
        ? `${this.#counts.contentBytes} of ${counted(framing.length, "byte")} of content`
        : `${counted(this.#counts.contentBytes, "byte")} of content, before the last chunk was complete`;
    return this.#reader.refuse("INCOMPLETE_BODY", `the peer ended the connection after ${bytes}`);
  }

  #end(trailers: Fields): EndOfMessage {
    this.#phase = "finished";
    return trailers === EMPTY_FIELDS ? END : { type: "end", trailers };
  }

  #takeContent(rule: Rule, after: Phase): Data | typeof NEED_DATA {
    const { buffer, span } = this.#reader;
    const counts = this.#counts;
    const length = Math.min(counts.remaining, buffer.length);
    if (length === 0) return NEED_DATA;
    const { start } = buffer;
    const end = start + length;
    span?.(rule, start, end);
    buffer.start = end;
    counts.remaining -= length;
    counts.contentBytes += length;
    if (counts.remaining === 0) this.#phase = after;
    // Observers are told each chunk, so nothing is joined for them.
    const joins = after === "chunk-end" && buffer.mayOverwrite && span === undefined;
    return { type: "data", bytes: buffer.bytes.subarray(start, joins ? this.#joinChunks(end) : end) };
  }

  /** @returns the end of the content, to which the content of the next chunks was moved. */
  #joinChunks(contentEnd: number): number {
    const { buffer } = this.#reader;
    const { maxChunkSizeDigits } = this.#limits;
    const end = joinChunks(buffer, contentEnd, this.#counts, maxChunkSizeDigits, this.#allowedOverhead);
    if (this.#counts.remaining > 0) this.#phase = "chunk-data";
    return end;
  }

  #readChunkLine(): boolean {
    const reader = this.#reader;
    const { maxChunkSizeDigits, maxChunkExtBytes } = this.#limits;
    const longest = maxChunkSizeDigits + maxChunkExtBytes;
    if (!reader.take(longest, this.#tooLongChunkLine)) return false;
    const { size, extLength } = parseChunkLine(reader, this.#limits, this.#anyChunkExt);
    // The CRLF behind the chunk-data is chunk framing, too.
    this.#countFraming(reader.lineLength + 2, extLength, size);
    reader.finishLine("CRLF");
    this.#counts.remaining = size;
    this.#phase = size === 0 ? "trailers" : "chunk-data";
    return true;
  }

  #countFraming(overhead: number, extLength: number, size: number): void {
    const { maxMessageChunkExtBytes } = this.#limits;
    this.#chunkExtBytes += extLength;
    if (this.#chunkExtBytes > maxMessageChunkExtBytes) {
      throw this.#reader.refuse(
        "CHUNK_EXT_TOO_LONG",
        `the chunk extensions of the message are longer than ${maxMessageChunkExtBytes} bytes`,
      );
    }
    this.#counts.chunkOverhead += overhead;
    if (this.#counts.chunkOverhead > this.#allowedOverhead(size)) {
      throw this.#reader.refuse("CHUNK_OVERHEAD", "the chunk framing is far longer than the content");
    }
  }

  /** How many octets of chunk framing the message may have, once it has a chunk of this size. */
  readonly #allowedOverhead = (size: number): number => {
    const { maxChunkOverheadBytes, maxChunkOverheadRatio } = this.#limits;
    return Math.max(maxChunkOverheadBytes, maxChunkOverheadRatio * (this.#counts.contentBytes + size));
  };
}
