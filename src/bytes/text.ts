/**
 * Text and bytes. Protocol text is latin1: one byte, one character, so that offsets agree and nothing is lost.
 * `TextDecoder("latin1")` will not do: it is windows-1252.
 */

/** What Node's `Buffer` brings to a `Uint8Array`, where there is one: much faster on long input. */
interface NodeBytes {
  latin1Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number, length: number): number;
}

const nodeBytes = (globalThis as { Buffer?: { prototype: NodeBytes } }).Buffer?.prototype;
const nodeLatin1Slice = nodeBytes?.latin1Slice;
const nodeLatin1Write = nodeBytes?.latin1Write;

/** The bytes of `[start, end)` as a string of as many characters. */
export const latin1: (bytes: Uint8Array, start?: number, end?: number) => string =
  nodeLatin1Slice === undefined
    ? latin1ByCodes
    : (bytes, start = 0, end = bytes.length) => nodeLatin1Slice.call(bytes as never, start, end);

function latin1ByCodes(bytes: Uint8Array, start = 0, end = bytes.length): string {
  // In pieces, since every byte becomes an argument on the stack.
  const pieceLength = 8192;
  let text = "";
  for (let at = start; at < end; at += pieceLength) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(at + pieceLength, end)));
  }
  return text;
}

/** V8 copies what is shorter, and lets longer parts of a text keep the whole of it. */
const MIN_SLICE_LENGTH = 13;
/** So much a part may keep with it: less than a value costs in most tables. */
const MAX_KEPT_LENGTH = 512;

/** A text that keeps nothing alive but itself: what was cut out of a longer one keeps that. */
export function independent(text: string): string {
  return text.length < MIN_SLICE_LENGTH ? text : [text.slice(0, 1), text.slice(1)].join("");
}

/** A part of a text of `wholeLength`, for somebody who may keep it for long. */
export function partToKeep(part: string, wholeLength: number): string {
  return wholeLength > MAX_KEPT_LENGTH ? independent(part) : part;
}

/** One byte for each character; the caller has made sure that none is above U+00FF. */
export function latin1Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** Puts the bytes of a text at the front of memory that has room for them; gives their number. */
export function putLatin1(text: string, memory: Uint8Array): number {
  if (nodeLatin1Write !== undefined) return nodeLatin1Write.call(memory as never, text, 0, text.length);
  memory.set(latin1Bytes(text));
  return text.length;
}

const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Malformed sequences become U+FFFD. */
export function utf8(bytes: Uint8Array): string {
  return utf8Decoder.decode(bytes);
}

export function utf8Bytes(text: string): Uint8Array {
  return utf8Encoder.encode(text);
}

/**
 * Octets in double quotes, safe on any terminal or page: printable ASCII as it is, the rest as `\r`, `\n`, `\t`
 * or `\xNN`. Cut after `maxLength` octets (60 by default), with an ellipsis.
 */
export function quote(octets: Uint8Array | string, maxLength = 60): string {
  const text =
    typeof octets === "string" ? octets : latin1(octets, 0, Math.min(octets.length, maxLength + 1));
  let shown = "";
  for (let i = 0; i < text.length && i < maxLength; i++) shown += quotedOctet(text.charCodeAt(i));
  return `"${shown}"${text.length > maxLength ? "…" : ""}`;
}

function quotedOctet(code: number): string {
  switch (code) {
    case 0x0d:
      return "\\r";
    case 0x0a:
      return "\\n";
    case 0x09:
      return "\\t";
    case 0x22:
      return '\\"';
    case 0x5c:
      return "\\\\";
  }
  if (code >= 0x20 && code < 0x7f) return String.fromCharCode(code);
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, "0")}`;
  return `\\u{${code.toString(16)}}`;
}

/**
 * C0 and C1 controls, DEL, the line and paragraph separators, and what turns the writing direction
 * (Trojan Source, CVE-2021-42574).
 */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Text from elsewhere, made safe to show on a terminal: control characters become visible escapes. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.charCodeAt(0);
    return code <= 0xff ? quotedOctet(code) : `\\u{${code.toString(16)}}`;
  });
}
