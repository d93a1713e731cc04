const SMALL_BYTES = 512;
const BLOCK_BYTES = 2048;

/**
 * Chunks that wait for a reader, in their order. Small chunks are joined: a waiting byte takes about one byte of
 * memory, even when it came in a tiny chunk. So a limit in bytes limits the memory, too.
 */
export class ChunkQueue {
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  /**
   * The memory of the last chunk, which is `[0, #blockEnd)` of it. Undefined: no small chunk can be put behind the
   * last one.
   */
  #block: Uint8Array | undefined;
  #blockEnd = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#chunks.length === 0;
  }

  /** The queue owns `bytes` from now on: nobody may write to their memory. */
  push(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    if (this.#chunks.length > 0 && bytes.length < SMALL_BYTES) {
      this.#putBehind(bytes);
    } else {
      this.#chunks.push(bytes);
      this.#block = undefined;
    }
  }

  /** Puts back bytes that were taken and not used. */
  unshift(bytes: Uint8Array): void {
    this.#chunks.unshift(bytes);
    this.#bytes += bytes.length;
  }

  /** Removes the next chunk. `undefined`: the queue is empty. */
  take(): Uint8Array | undefined {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) this.#bytes -= chunk.length;
    if (this.isEmpty) this.#block = undefined;
    return chunk;
  }

  /** Removes all chunks. */
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
