import type { Random } from "../random.ts";
import { DICTIONARY } from "./dictionary.ts";

/** Octets with which parsers have trouble. */
const TROUBLE = [
  0x00, 0x09, 0x0a, 0x0d, 0x20, 0x22, 0x25, 0x2c, 0x2f, 0x3a, 0x3b, 0x3d, 0x5c, 0x7f, 0x80, 0xff,
];

/**
 * Makes new inputs from others: changes, removes, repeats and moves octets, inserts words of HTTP, and puts the end of
 * another input after the beginning of this one. Often it does several of these at once.
 */
export class Mutator {
  readonly #random: Random;
  readonly #bytes: Uint8Array;
  #length = 0;

  constructor(random: Random, maxBytes: number) {
    this.#random = random;
    this.#bytes = new Uint8Array(maxBytes);
  }

  /** The same memory is used each time. */
  mutated(input: Uint8Array, other: Uint8Array): Uint8Array {
    const random = this.#random;
    this.#length = Math.min(input.length, this.#bytes.length);
    this.#bytes.set(input.subarray(0, this.#length));
    for (let changes = 1 << random.below(4); changes > 0; changes--) this.#change(other);
    return this.#bytes.subarray(0, this.#length);
  }

  #change(other: Uint8Array): void {
    const random = this.#random;
    const bytes = this.#bytes;
    const at = random.below(this.#length + 1);
    switch (random.below(11)) {
      case 0:
        if (at < this.#length) bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
        break;
      case 1:
        if (at < this.#length) bytes[at] = random.next();
        break;
      case 2:
        if (at < this.#length) bytes[at] = random.pick(TROUBLE);
        break;
      case 3:
        // A digit becomes another number, a letter another letter.
        if (at < this.#length) bytes[at] = (bytes[at] as number) + random.below(9) - 4;
        break;
      case 4:
        this.#replace(at, 0, Uint8Array.of(random.pick(TROUBLE)));
        break;
      case 5:
        this.#replace(at, this.#size(), NOTHING);
        break;
      case 6: {
        const from = random.below(this.#length + 1);
        this.#replace(at, 0, bytes.slice(from, Math.min(from + this.#size(), this.#length)));
        break;
      }
      case 7:
        this.#replace(at, 0, new Uint8Array(this.#size()).fill(random.pick(TROUBLE)));
        break;
      case 8:
        this.#replace(at, 0, random.pick(DICTIONARY));
        break;
      case 9: {
        const word = random.pick(DICTIONARY);
        this.#replace(at, word.length, word);
        break;
      }
      case 10: {
        const from = random.below(other.length + 1);
        const size = random.chance(0.5) ? other.length : this.#size();
        this.#replace(at, random.chance(0.5) ? size : 0, other.subarray(from, from + size));
        break;
      }
    }
  }

  /** Mostly a small number. */
  #size(): number {
    return 1 + this.#random.below(1 << (1 + this.#random.below(7)));
  }

  /** Replaces `count` octets at `at` by these, as far as there is room. */
  #replace(at: number, count: number, by: Uint8Array): void {
    const bytes = this.#bytes;
    const restAt = Math.min(at + count, this.#length);
    const size = Math.min(by.length, bytes.length - at);
    const rest = Math.min(this.#length - restAt, bytes.length - at - size);
    bytes.copyWithin(at + size, restAt, restAt + rest);
    bytes.set(by.subarray(0, size), at);
    this.#length = at + size + rest;
  }
}

const NOTHING = new Uint8Array(0);
