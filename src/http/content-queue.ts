import { ChunkQueue } from "../bytes/chunk-queue.ts";

/** Content on its way from the socket's callback (pushes) to a reader (awaits). The pusher has to limit it. */
export class ContentQueue {
  /** Most contents are a single chunk, which needs no queue. */
  #first: Uint8Array | undefined;
  #rest: ChunkQueue | undefined;
  #wake: (() => void) | undefined;

  get bytes(): number {
    return (this.#first?.length ?? 0) + (this.#rest?.bytes ?? 0);
  }

  /** `bytes` must not be overwritten later. */
  push(bytes: Uint8Array): void {
    if (this.#first === undefined && this.#rest === undefined) {
      this.#first = bytes;
    } else {
      this.#rest ??= new ChunkQueue();
      this.#rest.push(bytes);
    }
    this.notify();
  }

  /** The next chunk; `undefined` if the queue is empty. */
  take(): Uint8Array | undefined {
    const first = this.#first;
    if (first === undefined) return this.#rest?.take();
    this.#first = undefined;
    return first;
  }

  /** Empties the queue, and returns its chunks. */
  takeAll(): readonly Uint8Array[] {
    const first = this.#first;
    this.#first = undefined;
    const rest = this.#rest?.takeAll() ?? [];
    return first === undefined ? rest : [first, ...rest];
  }

  /** Resolves at the next `push` or `notify`. */
  change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Wakes the reader, for a chunk or for the end. */
  notify(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
