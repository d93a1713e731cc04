const SMALL_BYTES = 512;
const BLOCK_BYTES = 2048;

/**
 * Chunks that wait for a reader, in their order. Small ones are put together: a byte that waits takes about a byte of
 * memory, however small the pieces it came in, so that a bound in bytes is one in memory as well.
 */
export class ChunkQueue {
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  /** What the last chunk is a part of, `[0, #blockEnd)`, while small ones can be put behind it. */
  #block: Uint8Array | undefined;
  #blockEnd = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#chunks.length === 0;
  }

  /** Nobody may write to the memory of `bytes` from now on. */
  push(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    if (this.#chunks.length > 0 && bytes.length < SMALL_BYTES) {
      this.#putBehind(bytes);
    } else {
      this.#chunks.push(bytes);
      this.#block = undefined;
    }
  }

  /** Puts back what was taken and not used. */
  unshift(bytes: Uint8Array): void {
    this.#chunks.unshift(bytes);
    this.#bytes += bytes.length;
  }

  /** The next chunk, if one is here. */
  take(): Uint8Array | undefined {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) this.#bytes -= chunk.length;
    if (this.isEmpty) this.#block = undefined;
    return chunk;
  }

  /** All that is here; the queue is empty then. */
  takeAll(): readonly Uint8Array[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#bytes = 0;
    this.#block = undefined;
    return chunks;
  }

  #putBehind(bytes: Uint8Array): void {
    const end = this.#blockEnd + bytes.length;
    if (this.#block !== undefined && end <= BLOCK_BYTES) {
      this.#block.set(bytes, this.#blockEnd);
      this.#chunks[this.#chunks.length - 1] = this.#block.subarray(0, end);
      this.#blockEnd = end;
      return;
    }
    this.#block = new Uint8Array(BLOCK_BYTES);
    this.#block.set(bytes);
    this.#blockEnd = bytes.length;
    this.#chunks.push(this.#block.subarray(0, bytes.length));
  }
}
