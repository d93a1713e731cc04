import { EMPTY_FIELDS, type Fields } from "../../http1/fields.ts";
import { TransportError } from "../../tcp/errors.ts";
import { ContentQueue } from "../content-queue.ts";

/** Takes bytes that are there until it returns. */
export type Take = (bytes: Uint8Array) => void | Promise<void>;

/** Whoever takes the content where it lies. */
interface Consumer {
  readonly take: Take;
  resolve(): void;
  reject(error: unknown): void;
}

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
  #consumer: Consumer | undefined;
  /** The consumer has given a promise. */
  #busy = false;
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

  /** Whether these were taken; if not, they have to be pushed. They need not be ours. */
  offer(bytes: Uint8Array): boolean {
    if (this.#consumer === undefined || this.#busy) return false;
    this.#give(this.#consumer, bytes);
    return true;
  }

  /** Calls `take` with each piece as it arrives, in the receive memory where it can be. */
  consume(take: Take): Promise<void> {
    this.#start();
    return new Promise((resolve, reject) => {
      this.#consumer = { take, resolve, reject };
      this.#feed();
    });
  }

  /** What had to wait, and then the end. */
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
    this.#feed();
  }
}
