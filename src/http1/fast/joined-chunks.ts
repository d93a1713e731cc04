import { CR, isHexDigit, LF } from "../../bytes/octets.ts";
import type { ReceiveBuffer } from "../../bytes/receive-buffer.ts";
import { chunkSize } from "../chunked.ts";

/** What the reader of a body counts. Joining chunks counts on. */
export interface BodyCounts {
  /** Octets of content, or of the chunk, that are still to come. */
  remaining: number;
  /** Octets of content so far. */
  contentBytes: number;
  /** Octets of chunk framing so far. */
  chunkOverhead: number;
}

const CRLF_BYTES = 2;
/** A chunk-size with more digits is not usual. */
const USUAL_DIGITS = 7;

/**
 * Moves the content of the next chunks to the content that ends at `contentEnd`, over the chunk framing between them:
 * one piece of content costs less than many small ones. The buffer's memory is overwritten.
 *
 * Only usual chunks are joined: no extension, not the last chunk, no limit in question, and the chunk-size line has
 * arrived. Before anything else this stops, and leaves it to the grammar (`BodyReader`).
 *
 * @param maxOverhead how much chunk framing is allowed with a chunk of this size.
 * @returns the end of the joined content.
 */
export function joinChunks(
  buffer: ReceiveBuffer,
  contentEnd: number,
  counts: BodyCounts,
  maxDigits: number,
  maxOverhead: (size: number) => number,
): number {
  const { bytes, end } = buffer;
  let to = contentEnd;
  while (counts.remaining === 0) {
    const at = buffer.start;
    const digits = usualChunkDigits(bytes, at, end);
    if (digits === 0 || digits > maxDigits) break;
    const size = chunkSize(bytes, at + CRLF_BYTES, digits);
    const overhead = digits + 2 * CRLF_BYTES;
    if (size === 0 || counts.chunkOverhead + overhead > maxOverhead(size)) break;
    counts.chunkOverhead += overhead;
    const from = at + overhead;
    const length = Math.min(size, end - from);
    bytes.copyWithin(to, from, from + length);
    to += length;
    buffer.start = from + length;
    counts.contentBytes += length;
    counts.remaining = size - length;
  }
  return to;
}

/**
 * Between two chunks, at the CRLF behind the chunk-data: the number of digits of the next chunk-size, with a CRLF
 * behind it. 0: something else stands there, or it has not all arrived.
 */
function usualChunkDigits(bytes: Uint8Array, at: number, end: number): number {
  const start = at + CRLF_BYTES;
  const last = Math.min(end - CRLF_BYTES, start + USUAL_DIGITS);
  if (start >= last || bytes[at] !== CR || bytes[at + 1] !== LF) return 0;
  let digitsEnd = start;
  while (digitsEnd < last && isHexDigit(bytes[digitsEnd] as number)) digitsEnd++;
  return bytes[digitsEnd] === CR && bytes[digitsEnd + 1] === LF ? digitsEnd - start : 0;
}
