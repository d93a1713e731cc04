import { EMPTY_FIELDS, type Fields } from "../../http1/fields.ts";
import { TransportError } from "../../tcp/errors.ts";
import { ContentQueue } from "../content-queue.ts";

/** Takes a piece of content. The bytes are valid until the function returns. */
export type Take = (bytes: Uint8Array) => void | Promise<void>;

/** A reader that takes the content in the receive memory. */
interface Consumer {
  readonly take: Take;
  resolve(): void;
  reject(error: unknown): void;
}

/** The source of a content, until the content is complete. */
export interface BodySource {
  /** The reader took something, or waits for more. */
  onBodyRead(): void;
  /** Nobody will read the rest. */
  onBodyDiscarded(): void;
}

/**
 * The content of a response on its way from the socket's callback, which pushes, to a reader, which awaits. It is read
 * once.
 *
 * Bytes that arrived before a failure are handed out before the failure: a truncated content is an error, but its bytes
 * help to find the cause.
 */
export class ResponseBody implements AsyncIterable<Uint8Array> {
  #source: BodySource | undefined;
  readonly #queue = new ContentQueue();
  #failure: Error | undefined;
  #started = false;
  #consumer: Consumer | undefined;
  /** The consumer returned a promise, and gets the next piece once that resolves. */
  #busy = false;
  trailers: Fields = EMPTY_FIELDS;
  discarded = false;

  constructor(source: BodySource) {
    this.#source = source;
  }

  /** Whether somebody has begun to read. */
  get started(): boolean {
    return this.#started;
  }

  get queuedBytes(): number {
    return this.#queue.bytes;
  }

  /** `bytes` must not be overwritten later. */
  push(bytes: Uint8Array): void {
    this.#queue.push(bytes);
  }

  /** Gives bytes in the receive memory to the consumer. `false`: it cannot take them now, so they have to be pushed. */
  offer(bytes: Uint8Array): boolean {
    if (this.#consumer === undefined || this.#busy) return false;
    this.#give(this.#consumer, bytes);
    return true;
  }

  /** Calls `take` with each piece as it arrives, mostly in the receive memory. */
  consume(take: Take): Promise<void> {
    this.#start();
    return new Promise((resolve, reject) => {
      this.#consumer = { take, resolve, reject };
      this.#feed();
    });
  }

  /** Gives the consumer what had to wait, and then the end. */
  #feed(): void {
    const consumer = this.#consumer;
    while (consumer !== undefined && consumer === this.#consumer && !this.#busy) {
      const bytes = this.#queue.take();
      if (bytes !== undefined) this.#give(consumer, bytes);
      else {
        if (this.#failure !== undefined) this.#leave(() => consumer.reject(this.#failure));
        else if (this.#source === undefined) this.#leave(consumer.resolve);
        else this.#source.onBodyRead();
        return;
      }
    }
  }

  #give(consumer: Consumer, bytes: Uint8Array): void {
    const failed = (error: unknown) => {
      this.#busy = false;
      this.#leave(() => consumer.reject(error));
      this.discard();
    };
    try {
      const done = consumer.take(bytes);
      if (done === undefined) return;
      this.#busy = true;
      done.then(() => {
        this.#busy = false;
        this.#feed();
      }, failed);
    } catch (error) {
      failed(error);
    }
  }

  #leave(settle: () => void): void {
    this.#consumer = undefined;
    settle();
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
    if (this.#consumer !== undefined) this.#leave(this.#consumer.resolve);
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

  /** The whole content, if all of it is here already; otherwise `undefined`. Cheaper than iterating. */
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
    this.#feed();
  }
}
