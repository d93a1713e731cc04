/** Content between the socket's callback, which pushes, and a reader, who awaits. Bounded by whoever pushes. */
export class ContentQueue {
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #wake: (() => void) | undefined;

  get bytes(): number {
    return this.#bytes;
  }

  /** `bytes` must be ours. */
  push(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#bytes += bytes.length;
    this.notify();
  }

  /** The next chunk, if one is here. */
  take(): Uint8Array | undefined {
    const chunk = this.#chunks.shift();
    this.#bytes -= chunk?.length ?? 0;
    return chunk;
  }

  /** All that is here; the queue is empty then. */
  takeAll(): readonly Uint8Array[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#bytes = 0;
    return chunks;
  }

  /** Until the next `push` or `notify`. */
  change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Wakes the reader: there is something to see, be it the end. */
  notify(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
