import { ChunkQueue } from "../bytes/chunk-queue.ts";

/** Content between the socket's callback, which pushes, and a reader, who awaits. Bounded by whoever pushes. */
export class ContentQueue {
  /** Most contents are one chunk, and need no queue. */
  #first: Uint8Array | undefined;
  #rest: ChunkQueue | undefined;
  #wake: (() => void) | undefined;

  get bytes(): number {
    return (this.#first?.length ?? 0) + (this.#rest?.bytes ?? 0);
  }

  /** `bytes` must be ours. */
  push(bytes: Uint8Array): void {
    if (this.#first === undefined && this.#rest === undefined) {
      this.#first = bytes;
    } else {
      this.#rest ??= new ChunkQueue();
      this.#rest.push(bytes);
    }
    this.notify();
  }

  /** The next chunk, if one is here. */
  take(): Uint8Array | undefined {
    const first = this.#first;
    if (first === undefined) return this.#rest?.take();
    this.#first = undefined;
    return first;
  }

  /** All that is here; the queue is empty then. */
  takeAll(): readonly Uint8Array[] {
    const first = this.#first;
    this.#first = undefined;
    const rest = this.#rest?.takeAll() ?? [];
    return first === undefined ? rest : [first, ...rest];
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
