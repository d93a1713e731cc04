import { ChunkQueue } from "../bytes/chunk-queue.ts";

/** Content between the socket's callback, which pushes, and a reader, who awaits. Bounded by whoever pushes. */
export class ContentQueue {
  readonly #chunks = new ChunkQueue();
  #wake: (() => void) | undefined;

  get bytes(): number {
    return this.#chunks.bytes;
  }

  /** `bytes` must be ours. */
  push(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.notify();
  }

  /** The next chunk, if one is here. */
  take(): Uint8Array | undefined {
    return this.#chunks.take();
  }

  /** All that is here; the queue is empty then. */
  takeAll(): readonly Uint8Array[] {
    return this.#chunks.takeAll();
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
