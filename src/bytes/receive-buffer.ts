import { copyOf } from "./copy.ts";

const NOTHING = new Uint8Array(0);
const FIRST_CAPACITY = 1024;

/**
 * Bytes that arrived and are not read yet, `bytes[start, end)`, and where they stand in the stream.
 *
 * A chunk that arrives on an empty buffer is read in place, without a copy. Only what is left of it when the
 * reader waits for more is copied, by `keep()`, since the chunk's memory may be used again by then. Growth
 * doubles, so that a byte costs the same however small the pieces it comes in.
 */
export class ReceiveBuffer {
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  /** The offset in the stream of `bytes[0]`. */
  base = 0;
  /** Whether what was read already may be written over. */
  mayOverwrite = false;
  #own: Uint8Array = NOTHING;

  get length(): number {
    return this.end - this.start;
  }

  /** Offset in the stream of `bytes[index]`. */
  offsetOf(index: number): number {
    return this.base + index;
  }

  append(chunk: Uint8Array, mayOverwrite = false): void {
    if (this.start === this.end) {
      this.base += this.start;
      this.bytes = chunk;
      this.mayOverwrite = mayOverwrite;
      this.start = 0;
      this.end = chunk.length;
      return;
    }
    this.#reserve(chunk.length);
    this.bytes.set(chunk, this.end);
    this.end += chunk.length;
  }

  /** Goes past bytes that need not be seen, where nothing waits to be read; gives the offset of the first. */
  skip(length: number): number {
    const offset = this.offsetOf(this.start);
    this.base += length;
    return offset;
  }

  /** Makes what is left independent of the memory it arrived in. */
  keep(): void {
    if (this.start === this.end) {
      this.base += this.start;
      this.start = 0;
      this.end = 0;
      // Neither a chunk nor one huge head is held on to by an idle connection.
      this.bytes = NOTHING;
      if (this.#own.length > FIRST_CAPACITY) this.#own = NOTHING;
    } else if (this.bytes !== this.#own) {
      this.#reserve(0);
    }
  }

  /** Removes and returns all that is left; the copy is the caller's. */
  takeAll(): Uint8Array {
    const rest = copyOf(this.bytes.subarray(this.start, this.end));
    this.start = this.end;
    this.keep();
    return rest;
  }

  /** Moves what is left to the front of our own memory, with room for `more` bytes behind it. */
  #reserve(more: number): void {
    const { bytes, start, end } = this;
    const length = end - start;
    if (bytes === this.#own && end + more <= bytes.length) return;
    let capacity = Math.max(this.#own.length, FIRST_CAPACITY);
    // Half of it stays free after a move, so that the next move is as many bytes away.
    while (capacity < 2 * length + more) capacity *= 2;
    const memory = capacity === this.#own.length ? this.#own : new Uint8Array(capacity);
    memory.set(bytes.subarray(start, end));
    this.#own = memory;
    this.bytes = memory;
    this.mayOverwrite = true;
    this.base += start;
    this.start = 0;
    this.end = length;
  }
}
