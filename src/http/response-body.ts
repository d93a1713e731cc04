import { EMPTY_FIELDS, type Fields } from "../http1/fields.ts";
import { TransportError } from "../tcp/errors.ts";
import { ContentQueue } from "./content-queue.ts";

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
  readonly #queue = new ContentQueue();
  #failure: Error | undefined;
  #started = false;
  trailers: Fields = EMPTY_FIELDS;
  discarded = false;

  constructor(source: BodySource) {
    this.#source = source;
  }

  /** Whether somebody reads, or has read. */
  get started(): boolean {
    return this.#started;
  }

  get queuedBytes(): number {
    return this.#queue.bytes;
  }

  /** `bytes` must be ours. */
  push(bytes: Uint8Array): void {
    this.#queue.push(bytes);
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
    this.#queue.takeAll();
    this.#source?.onBodyDiscarded();
    this.#queue.notify();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    this.#start();
    try {
      for (;;) {
        const bytes = this.#queue.take();
        if (bytes !== undefined) {
          yield bytes;
          this.#source?.onBodyRead();
        } else if (this.#failure !== undefined) {
          throw this.#failure;
        } else if (this.#source === undefined || this.discarded) {
          return;
        } else {
          this.#source.onBodyRead();
          await this.#queue.change();
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
    return this.#queue.takeAll();
  }

  #start(): void {
    if (this.#started) throw new TransportError("BODY_USED", "body", "the content was read before");
    this.#started = true;
  }

  #settle(): void {
    this.#source = undefined;
    this.#queue.notify();
  }
}
