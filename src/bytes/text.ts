/**
 * Text and bytes. Protocol text is latin1: one byte is one character, so offsets agree and no byte is lost.
 * `TextDecoder("latin1")` is no help: it decodes windows-1252.
 */

/**
 * Methods of Node's `Buffer` that work on any `Uint8Array`. They are much faster on long input, and absent in
 * browsers.
 */
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
  // In pieces, since every byte is an argument on the stack.
  const pieceLength = 8192;
  let text = "";
  for (let at = start; at < end; at += pieceLength) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(at + pieceLength, end)));
  }
  return text;
}

/** V8 copies a shorter slice. A longer slice keeps the whole text in memory. */
const MIN_SLICE_LENGTH = 13;
/** A slice may keep a text of this length in memory: most tables spend more on a value. */
const MAX_KEPT_LENGTH = 512;

/** The same text, in memory of its own: a slice would keep the text that it was cut from in memory. */
export function independent(text: string): string {
  return text.length < MIN_SLICE_LENGTH ? text : [text.slice(0, 1), text.slice(1)].join("");
}

/** A slice of a text of `wholeLength`, for a caller that may keep the slice for long. */
export function partToKeep(part: string, wholeLength: number): string {
  return wholeLength > MAX_KEPT_LENGTH ? independent(part) : part;
}

/** One byte for each character. The caller has checked that no character is above U+00FF. */
export function latin1Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** Writes the bytes of a text to the front of `memory`, which must have room for them. Returns their number. */
export function putLatin1(text: string, memory: Uint8Array): number {
  if (nodeLatin1Write !== undefined) return nodeLatin1Write.call(memory as never, text, 0, text.length);
  memory.set(latin1Bytes(text));
  return text.length;
}

const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Decodes UTF-8. Malformed sequences become U+FFFD. */
export function utf8(bytes: Uint8Array): string {
  return utf8Decoder.decode(bytes);
}

export function utf8Bytes(text: string): Uint8Array {
  return utf8Encoder.encode(text);
}

/** The UTF-8 of a text, one character for each octet: as texts of the protocol are. */
export function utf8Octets(text: string): string {
  return latin1(utf8Bytes(text));
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
 * C0 and C1 controls, DEL, the line and paragraph separators, and the characters that turn the writing direction
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

/** A number with its noun: `1 byte`, `2 bytes`. The plural is the noun with an "s", unless `nouns` gives it. */
export function counted(n: number, noun: string, nouns = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : nouns}`;
}
