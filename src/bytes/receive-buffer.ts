import { copyOf } from "./copy.ts";

const NOTHING = new Uint8Array(0);
const FIRST_CAPACITY = 1024;

/**
 * Bytes that arrived and are not read yet, `bytes[start, end)`, and their place in the stream.
 *
 * A chunk that arrives on an empty buffer is read in place, without a copy. When the reader waits for more, `keep()`
 * copies the bytes that are left, since the memory of the chunk may be used again. The memory doubles when it grows,
 * so a byte costs the same however small its chunk is.
 */
export class ReceiveBuffer {
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  /** The offset in the stream of `bytes[0]`. */
  base = 0;
  /** Whether bytes that were read may be overwritten. */
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

  /** Counts bytes that are not read here, and returns the offset of the first. The buffer must be empty. */
  skip(length: number): number {
    const offset = this.offsetOf(this.start);
    this.base += length;
    return offset;
  }

  /** Copies the bytes that are left to memory of the buffer, unless they are there. */
  keep(): void {
    if (this.start === this.end) {
      this.base += this.start;
      this.start = 0;
      this.end = 0;
      // An idle connection keeps no chunk alive, and no memory of a huge head.
      this.bytes = NOTHING;
      if (this.#own.length > FIRST_CAPACITY) this.#own = NOTHING;
    } else if (this.bytes !== this.#own) {
      this.#reserve(0);
    }
  }

  /** Removes all bytes that are left. The caller owns the returned copy. */
  takeAll(): Uint8Array {
    const rest = copyOf(this.bytes.subarray(this.start, this.end));
    this.start = this.end;
    this.keep();
    return rest;
  }

  /** Moves the bytes that are left to the front of the buffer's memory, with room for `more` bytes behind them. */
  #reserve(more: number): void {
    const { bytes, start, end } = this;
    const length = end - start;
    if (bytes === this.#own && end + more <= bytes.length) return;
    let capacity = Math.max(this.#own.length, FIRST_CAPACITY);
    // Half of the memory stays free after a move, so the next move comes as many bytes later.
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
