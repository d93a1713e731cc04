import { COLON, isTchar } from "../bytes/octets.ts";
import { latin1 } from "../bytes/text.ts";

/*
 * The field names of the heads that came before. Heads repeat, so the names of the next one are mostly recognised, a
 * word at a time, and need not be read, checked or made strings again. Only names are remembered; every value is read
 * and checked anew.
 *
 * They are kept for all connections together, so that an idle one holds none of them, and are bounded: beyond
 * `MAX_NAMES` all are forgotten, and come again with the heads that come.
 */

/** A name, and its octets with the colon behind it: four to a word as a little-endian machine has them. */
export interface KnownName {
  /** As it stood on the wire. */
  readonly name: string;
  /** Octets, the colon counted. */
  readonly length: number;
  readonly words: readonly number[];
  /** What the words leave over; of the word that begins there only `tailMask` counts. */
  readonly tail: number;
  readonly tailMask: number;
}

/** Longer names are none that repeat. */
const MAX_NAME_BYTES = 64;
const MAX_NAMES = 1024;

/** By the first octets, as far as the colon. */
const names = new Map<number, KnownName[]>();
let count = 0;

/**
 * The name that stands at `at`, with its colon. `undefined`: no name does.
 *
 * @param words the same memory as `bytes`, with a word to be read behind every octet.
 */
export function nameAt(bytes: Uint8Array, words: DataView, at: number): KnownName | undefined {
  const key = keyAt(bytes, words, at);
  const alike = names.get(key);
  if (alike !== undefined) {
    for (const known of alike) if (standsAt(known, words, at)) return known;
  }
  const known = readName(bytes, at);
  if (known !== undefined) remember(key, known, alike);
  return known;
}

export function standsAt(
  { words: expected, tail, tailMask }: KnownName,
  words: DataView,
  at: number,
): boolean {
  let place = at;
  for (let i = 0; i < expected.length; i++, place += 4) {
    if (words.getInt32(place, true) !== expected[i]) return false;
  }
  return (words.getInt32(place, true) & tailMask) === tail;
}

function keyAt(bytes: Uint8Array, words: DataView, at: number): number {
  const word = words.getInt32(at, true);
  if (bytes[at + 1] === COLON) return word & 0xffff;
  return bytes[at + 2] === COLON ? word & 0xffffff : word;
}

function readName(bytes: Uint8Array, start: number): KnownName | undefined {
  let at = start;
  while (isTchar(bytes[at] as number)) at++;
  if (at === start || bytes[at] !== COLON || at - start > MAX_NAME_BYTES) return undefined;
  const octets = latin1(bytes, start, at + 1);
  const tailLength = octets.length & 3;
  const words: number[] = [];
  for (let i = 0; i + 4 <= octets.length; i += 4) words.push(wordOf(octets, i));
  return {
    name: octets.slice(0, -1),
    length: octets.length,
    words,
    tail: wordOf(octets, octets.length - tailLength),
    tailMask: (1 << (8 * tailLength)) - 1,
  };
}

function wordOf(octets: string, at: number): number {
  let word = 0;
  for (let i = 3; i >= 0; i--) word = (word << 8) | (octets.charCodeAt(at + i) || 0);
  return word;
}

function remember(key: number, known: KnownName, alike: KnownName[] | undefined): void {
  if (count === MAX_NAMES) {
    names.clear();
    count = 0;
  }
  count++;
  if (alike !== undefined && count > 1) alike.push(known);
  else names.set(key, [known]);
}
