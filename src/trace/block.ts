import type { ConnectionRecord } from "./record.ts";

/** Numbers of one entry: its time, its connection and kind, and three that mean what the kind says. */
const ENTRY_NUMBERS = 5;
export const ENTRY_BYTES = ENTRY_NUMBERS * Float64Array.BYTES_PER_ELEMENT;

/**
 * A part of a recording. Entries fill it from the front, their bytes from the back. It is full when they meet.
 *
 *     │ entry │ entry │ entry → …               … ← bytes │ bytes │
 *
 * An entry is five numbers: an object for each entry would cost more than what the entry describes.
 */
export class Block {
  readonly size: number;
  readonly #numbers: Float64Array;
  readonly #memory: Uint8Array;
  /** Events are rare and of many shapes, so an entry has the index of its event. */
  readonly events: ConnectionRecord["event"][] = [];
  length = 0;
  #bytesStart: number;

  constructor(size: number) {
    const memory = new ArrayBuffer(size);
    this.size = size;
    this.#numbers = new Float64Array(memory);
    this.#memory = new Uint8Array(memory);
    this.#bytesStart = size;
  }

  /** Whether one more entry fits, together with so many bytes. */
  hasRoom(bytes: number): boolean {
    return (this.length + 1) * ENTRY_BYTES + bytes <= this.#bytesStart;
  }

  add(time: number, whose: number, a: number, b: number, c: number): void {
    const numbers = this.#numbers;
    const at = this.length++ * ENTRY_NUMBERS;
    numbers[at] = time;
    numbers[at + 1] = whose;
    numbers[at + 2] = a;
    numbers[at + 3] = b;
    numbers[at + 4] = c;
  }

  /** One of the numbers of an entry. */
  number(entry: number, index: 0 | 1 | 2 | 3 | 4): number {
    return this.#numbers[entry * ENTRY_NUMBERS + index] as number;
  }

  /** Copies the bytes and returns where the copy begins. */
  keep(bytes: Uint8Array): number {
    this.#bytesStart -= bytes.length;
    this.#memory.set(bytes, this.#bytesStart);
    return this.#bytesStart;
  }

  /** A view of bytes that were kept. */
  bytes(start: number, length: number): Uint8Array {
    return this.#memory.subarray(start, start + length);
  }

  clear(): void {
    this.length = 0;
    this.events.length = 0;
    this.#bytesStart = this.size;
  }
}
