import {
  BACKSLASH,
  DQUOTE,
  EQUALS,
  hexValue,
  isFieldContent,
  isHexDigit,
  isTchar,
  isWhitespace,
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
  /** Octets of the chunk extensions. Extensions are checked and ignored (RFC 9112 §7.1.1). */
  readonly extLength: number;
}

/** The number that is written with these hexadecimal digits. */
export function chunkSize(bytes: Uint8Array, start: number, digits: number): number {
  let size = 0;
  for (let at = start; at < start + digits; at++) size = size * 16 + hexValue(bytes[at] as number);
  return size;
}

/** Reads the chunk-size line that the reader took last. */
export function parseChunkLine(reader: LineReader, limits: Http1Limits, anyExt = false): ChunkLine {
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
  const odd = extLength > 0 && anyExt && !isChunkExt(reader, at);
  if (extLength > 0 && !anyExt) checkChunkExt(reader, at);
  if (extLength > limits.maxChunkExtBytes) {
    throw reader.refuse(
      "CHUNK_EXT_TOO_LONG",
      `the chunk extensions are longer than ${limits.maxChunkExtBytes} bytes`,
      at,
    );
  }
  if (span !== undefined) {
    span(size === 0 ? "last-chunk" : "chunk-size", start, at);
    span(odd ? "any-chunk-ext" : "chunk-ext", at, end);
  }
  return { size, extLength };
}

/**
 * The error for a chunk-size line without a line end in its first `maxBytes` octets: its size or its extensions are
 * wrong.
 */
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
  return reader.refuse("CHUNK_EXT_TOO_LONG", `the chunk-size line is longer than ${maxBytes} bytes`);
}

function isChunkExt(reader: LineReader, start: number): boolean {
  try {
    checkChunkExt(reader, start);
    return true;
  } catch {
    return false;
  }
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
    // Whitespace behind the size is no extension. Some senders pad; but what one reader skips, another reader counts.
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
 * Fields that must not stand in a trailer section (RFC 9110 §6.5.1). They frame, route, authenticate or describe the
 * message, so the recipient needs them before the content. Names are in lower case.
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
