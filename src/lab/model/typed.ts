import { utf8, utf8Bytes } from "../../browser.ts";

/*
 * A message as text that people can type. Each octet has exactly one place in the text:
 *
 *     Enter   CRLF                      \n \r \t   one octet: LF, CR, HTAB
 *     \xNN    the octet with this code  \\         a backslash
 *     else    the character in UTF-8; a backslash before any other character stands for itself
 */

/** A character or an escape, and its bytes: both ranges are half-open. */
export interface Unit {
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly end: number;
}

/** What a text stands for. */
export interface Typed {
  readonly bytes: Uint8Array;
  readonly units: readonly Unit[];
}

const ESCAPES: Readonly<Record<string, number>> = { n: 0x0a, r: 0x0d, t: 0x09, "\\": 0x5c };
const TOKEN = /\\x[0-9a-fA-F]{2}|\\[nrt\\]|\r\n|[\s\S]/gu;

/** The bytes of a text. Any text has some. */
export function typed(text: string): Typed {
  const octets: number[] = [];
  const units: Unit[] = [];
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const start = octets.length;
    octets.push(...octetsOf(token));
    units.push({ from: index, to: index + token.length, start, end: octets.length });
  }
  return { bytes: Uint8Array.from(octets), units };
}

function octetsOf(token: string): Iterable<number> {
  if (token === "\n" || token === "\r\n") return [0x0d, 0x0a];
  if (token.startsWith("\\x")) return [Number.parseInt(token.slice(2), 16)];
  if (token.length === 2 && token.startsWith("\\")) return [ESCAPES[token[1] as string] as number];
  return utf8Bytes(token);
}

/** A text that stands for exactly these bytes. */
export function textOf(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; ) {
    if (bytes[i] === 0x0d && bytes[i + 1] === 0x0a) {
      text += "\n";
      i += 2;
      continue;
    }
    const length = lengthOfCharacter(bytes, i);
    text += length === 0 ? escapeOf(bytes[i] as number) : utf8(bytes.subarray(i, i + length));
    i += Math.max(length, 1);
  }
  return text;
}

/** How many octets the character here has; 0: it must be escaped. */
function lengthOfCharacter(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) return first >= 0x20 && first !== 0x7f && first !== 0x5c ? 1 : 0;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  const octets = bytes.subarray(at, at + length);
  const character = utf8(octets);
  // Only what gives the same octets again, and is seen: no control, format or private character, no surrogate.
  if (!/^[\p{L}\p{N}\p{P}\p{S}]$/u.test(character) || character === "\ufffd") return 0;
  const again = utf8Bytes(character);
  return again.length === length && again.every((octet, i) => octet === octets[i]) ? length : 0;
}

function escapeOf(octet: number): string {
  for (const [letter, code] of Object.entries(ESCAPES)) if (code === octet) return `\\${letter}`;
  return `\\x${octet.toString(16).padStart(2, "0")}`;
}
