import { COLON, isTchar } from "../../bytes/octets.ts";
import { latin1 } from "../../bytes/text.ts";

/** A field name, and its octets with the colon behind it: four to a word, as a little-endian machine has them. */
export interface KnownName {
  /** The name as it stood on the wire. */
  readonly name: string;
  /** Octets of the name and its colon. */
  readonly length: number;
  readonly words: readonly number[];
  /** The octets behind the last whole word. Of the word that begins there only `tailMask` counts. */
  readonly tail: number;
  readonly tailMask: number;
}

/** Longer names hardly repeat. */
const MAX_NAME_BYTES = 64;
const MAX_NAMES = 1024;

/**
 * The field names of earlier heads. Most names of the next head are among them: a known name is recognised a word at
 * a time, and is not read, checked and made a string again. Values are not remembered: each is read and checked anew.
 *
 * Beyond `MAX_NAMES` all names are forgotten, and come again with the next heads.
 */
export class KnownNames {
  /** By the first octets of the name, up to its colon. */
  readonly #names = new Map<number, KnownName[]>();
  #count = 0;

  /**
   * The name that stands at `at`, with its colon. `undefined`: no name stands there.
   *
   * @param words the same memory as `octets`; a word can be read at every octet.
   */
  nameAt(octets: Uint8Array, words: DataView, at: number): KnownName | undefined {
    const key = keyAt(octets, words, at);
    const alike = this.#names.get(key);
    if (alike !== undefined) {
      for (const known of alike) if (standsAt(known, words, at)) return known;
    }
    const known = readName(octets, at);
    if (known !== undefined) this.#remember(key, known, alike);
    return known;
  }

  #remember(key: number, known: KnownName, alike: KnownName[] | undefined): void {
    if (this.#count === MAX_NAMES) {
      this.#names.clear();
      this.#count = 0;
    }
    this.#count++;
    if (alike !== undefined && this.#count > 1) alike.push(known);
    else this.#names.set(key, [known]);
  }
}

/** Whether this name and its colon stand at `at`. */
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

function keyAt(octets: Uint8Array, words: DataView, at: number): number {
  const word = words.getInt32(at, true);
  if (octets[at + 1] === COLON) return word & 0xffff;
  return octets[at + 2] === COLON ? word & 0xffffff : word;
}

function readName(octets: Uint8Array, start: number): KnownName | undefined {
  let at = start;
  while (isTchar(octets[at] as number)) at++;
  if (at === start || octets[at] !== COLON || at - start > MAX_NAME_BYTES) return undefined;
  const text = latin1(octets, start, at + 1);
  const tailLength = text.length & 3;
  const words: number[] = [];
  for (let i = 0; i + 4 <= text.length; i += 4) words.push(wordOf(text, i));
  return {
    name: text.slice(0, -1),
    length: text.length,
    words,
    tail: wordOf(text, text.length - tailLength),
    tailMask: (1 << (8 * tailLength)) - 1,
  };
}

function wordOf(text: string, at: number): number {
  let word = 0;
  for (let i = 3; i >= 0; i--) word = (word << 8) | (text.charCodeAt(at + i) || 0);
  return word;
}
