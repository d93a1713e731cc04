import { EMPTY_FIELDS, type Fields } from "../http1/fields.ts";
import { TransportError } from "../tcp/errors.ts";

/** The connection the content comes from, as long as it does. */
export interface BodySource {
  /** Somebody reads, and the queue got shorter. */
  onBodyRead(): void;
  /** Nobody will read (any more). */
  onBodyDiscarded(): void;
}

/**
 * The content of a response on its way from the socket's callback to whoever reads it. Pushed synchronously,
 * read by awaiting, once.
 *
 * What arrived before a failure is handed out before the failure is: a truncated content is an error, but the
 * bytes are evidence.
 */
export class ResponseBody implements AsyncIterable<Uint8Array> {
  #source: BodySource | undefined;
  #chunks: Uint8Array[] = [];
  #failure: Error | undefined;
  #wake: (() => void) | undefined;
  #started = false;
  trailers: Fields = EMPTY_FIELDS;
  queuedBytes = 0;
  discarded = false;

  constructor(source: BodySource) {
    this.#source = source;
  }

  /** Whether somebody reads, or has read. */
  get started(): boolean {
    return this.#started;
  }

  /** `bytes` must be ours. */
  push(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.queuedBytes += bytes.length;
    this.#notify();
  }

  end(trailers: Fields): void {
    this.trailers = trailers;
    this.#settle();
  }

  fail(error: Error): void {
    this.#failure = error;
    this.#settle();
  }

  discard(): void {
    if (this.discarded) return;
    this.discarded = true;
    this.#started = true;
    this.#chunks = [];
    this.queuedBytes = 0;
    this.#source?.onBodyDiscarded();
    this.#notify();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    this.#start();
    try {
      for (;;) {
        const bytes = this.#chunks.shift();
        if (bytes !== undefined) {
          this.queuedBytes -= bytes.length;
          yield bytes;
          this.#source?.onBodyRead();
        } else if (this.#failure !== undefined) {
          throw this.#failure;
        } else if (this.#source === undefined || this.discarded) {
          return;
        } else {
          this.#source.onBodyRead();
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      this.discard();
    }
  }

  /** The whole content, without the machinery, where it is here already: `undefined` where it is not. */
  takeIfComplete(): readonly Uint8Array[] | undefined {
    if (this.#source !== undefined || this.#failure !== undefined) return undefined;
    this.#start();
    const chunks = this.#chunks;
    this.#chunks = [];
    return chunks;
  }

  #start(): void {
    if (this.#started) throw new TransportError("BODY_USED", "body", "the content was read before");
    this.#started = true;
  }

  #settle(): void {
    this.#source = undefined;
    this.#notify();
  }

  #notify(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
