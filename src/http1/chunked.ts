import {
  BACKSLASH,
  CR,
  DQUOTE,
  EQUALS,
  hexValue,
  isFieldContent,
  isHexDigit,
  isTchar,
  isWhitespace,
  LF,
  SEMICOLON,
} from "../bytes/octets.ts";
import type { ProtocolError } from "./errors.ts";
import type { Http1Limits } from "./limits.ts";
import type { LineReader } from "./line-reader.ts";

/*
 * chunked-body = *chunk last-chunk trailer-section CRLF               RFC 9112 §7.1
 * chunk        = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
 * last-chunk   = 1*"0" [ chunk-ext ] CRLF
 * chunk-ext    = *( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] )
 */

export interface ChunkLine {
  readonly size: number;
  /** Octets of the extensions, which are checked and ignored (RFC 9112 §7.1.1). */
  readonly extLength: number;
}

export const CRLF_BYTES = 2;
/** More of them are of no usual chunk. */
const USUAL_DIGITS = 7;

/**
 * Between two chunks: how many digits a size has that follows the CRLF at `at`, and is followed by another. 0, if
 * anything else stands there, or it has not all arrived.
 */
export function usualChunkDigits(bytes: Uint8Array, at: number, end: number): number {
  const start = at + CRLF_BYTES;
  const last = Math.min(end - CRLF_BYTES, start + USUAL_DIGITS);
  if (start >= last || bytes[at] !== CR || bytes[at + 1] !== LF) return 0;
  let digitsEnd = start;
  while (digitsEnd < last && isHexDigit(bytes[digitsEnd] as number)) digitsEnd++;
  return bytes[digitsEnd] === CR && bytes[digitsEnd + 1] === LF ? digitsEnd - start : 0;
}

/** The number that so many hexadecimal digits stand for. */
export function chunkSize(bytes: Uint8Array, start: number, digits: number): number {
  let size = 0;
  for (let at = start; at < start + digits; at++) size = size * 16 + hexValue(bytes[at] as number);
  return size;
}

/** Reads the line before each chunk, the one last taken. */
export function parseChunkLine(reader: LineReader, limits: Http1Limits): ChunkLine {
  const { bytes, start } = reader.buffer;
  const { lineEnd: end, span } = reader;
  let at = start;
  while (at < end && isHexDigit(bytes[at] as number)) at++;
  const digits = at - start;
  if (digits === 0)
    throw reader.refuse(
      "INVALID_CHUNK_SIZE",
      "the chunk size is not hexadecimal",
      start,
      Math.min(start + 1, end),
    );
  if (digits > limits.maxChunkSizeDigits) {
    throw reader.refuse(
      "INVALID_CHUNK_SIZE",
      `the chunk size has more than ${limits.maxChunkSizeDigits} digits`,
      start,
      at,
    );
  }
  const size = chunkSize(bytes, start, digits);
  if (!Number.isSafeInteger(size)) {
    throw reader.refuse("CHUNK_SIZE_TOO_LARGE", "the chunk size is above 2^53-1", start, at);
  }
  const extLength = end - at;
  if (extLength > 0) checkChunkExt(reader, at);
  if (extLength > limits.maxChunkExtBytes) {
    throw reader.refuse("CHUNK_EXT_TOO_LONG", `chunk extensions over ${limits.maxChunkExtBytes} bytes`, at);
  }
  if (span !== undefined) {
    span(size === 0 ? "last-chunk" : "chunk-size", start, at);
    span("chunk-ext", at, end);
  }
  return { size, extLength };
}

/** What is wrong with a chunk-size line whose first `maxBytes` octets have no line end: its size, or its extensions. */
export function tooLongChunkLine(reader: LineReader, maxBytes: number, maxDigits: number): ProtocolError {
  const { bytes, start } = reader.buffer;
  let at = start;
  while (at < start + maxBytes && isHexDigit(bytes[at] as number)) at++;
  const digits = at - start;
  if (digits === 0 || digits > maxDigits) {
    return reader.refuse("INVALID_CHUNK_SIZE", `the chunk size is not 1 to ${maxDigits} hexadecimal digits`);
  }
  const octet = bytes[at] as number;
  if (octet !== SEMICOLON && !isWhitespace(octet)) {
    return reader.refuse("INVALID_CHUNK_SIZE", "the chunk size is followed by something else", at, at + 1);
  }
  return reader.refuse("CHUNK_EXT_TOO_LONG", `a chunk-size line over ${maxBytes} bytes`);
}

function checkChunkExt(reader: LineReader, start: number): void {
  const { bytes } = reader.buffer;
  const { lineEnd: end } = reader;
  let at = start;
  const fail = (sentence: string, code: "INVALID_CHUNK_EXT" | "INVALID_CHUNK_SIZE" = "INVALID_CHUNK_EXT") => {
    throw reader.refuse(code, sentence, at, Math.min(at + 1, end));
  };
  const skipWhitespace = () => {
    while (at < end && isWhitespace(bytes[at] as number)) at++;
  };
  const token = () => {
    const from = at;
    while (at < end && isTchar(bytes[at] as number)) at++;
    if (at === from) fail("a chunk extension lacks a name or value");
  };
  const quotedString = () => {
    for (at++; at < end && bytes[at] !== DQUOTE; at++) {
      if (bytes[at] === BACKSLASH) at++;
      if (at >= end || !isFieldContent(bytes[at] as number))
        fail("a quoted chunk extension has a control octet");
    }
    if (at >= end) fail("a quoted chunk extension does not end in its line");
    at++;
  };
  while (at < end) {
    const behindSize = at === start;
    skipWhitespace();
    // Blanks after the size are no extension: some senders pad, but what one reader skips another counts.
    if (bytes[at] !== SEMICOLON || at === end) {
      if (behindSize) fail("the chunk size is followed by something else", "INVALID_CHUNK_SIZE");
      fail("a chunk extension is followed by something else");
    }
    at++;
    skipWhitespace();
    token();
    const nameEnd = at;
    skipWhitespace();
    if (at < end && bytes[at] === EQUALS) {
      at++;
      skipWhitespace();
      if (at < end && bytes[at] === DQUOTE) quotedString();
      else token();
    } else {
      at = nameEnd;
    }
  }
}

/**
 * Field names that have no place in a trailer section: they frame, route, authenticate or describe the message,
 * and are needed before its content (RFC 9110 §6.5.1).
 */
export const FORBIDDEN_TRAILERS: ReadonlySet<string> = new Set([
  "content-length",
  "transfer-encoding",
  "trailer",
  "te",
  "connection",
  "keep-alive",
  "upgrade",
  "host",
  "expect",
  "max-forwards",
  "range",
  "content-encoding",
  "content-type",
  "content-range",
  "cache-control",
  "authorization",
  "proxy-authorization",
  "proxy-authenticate",
  "www-authenticate",
  "cookie",
  "set-cookie",
  "location",
]);
