import { EMPTY_FIELDS, type Fields } from "../../http1/fields.ts";
import { TransportError } from "../../tcp/errors.ts";
import { ContentQueue } from "../content-queue.ts";

/** What the connection wants to know of its reader. */
export interface BodyReader {
  /** Somebody starts to read. */
  onStart(): void;
  /** The queue got shorter. */
  onTaken(): void;
}

/**
 * The content of a request on its way from the socket's callback to the handler.
 *
 * Pushed synchronously, read by awaiting. The queue is bounded by whoever pushes: see `queuedBytes`.
 */
export class RequestBody implements AsyncIterable<Uint8Array> {
  readonly #reader: BodyReader;
  readonly #queue = new ContentQueue();
  #ended = false;
  #failure: Error | undefined;
  #started = false;
  trailers: Fields = EMPTY_FIELDS;

  constructor(reader: BodyReader) {
    this.#reader = reader;
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
    this.#ended = true;
    this.trailers = trailers;
    this.#queue.notify();
  }

  /** What is queued is dropped, since half a content is none. */
  fail(error: Error): void {
    if (this.#ended) return;
    this.#failure ??= error;
    this.#queue.takeAll();
    this.#queue.notify();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#started)
      throw new TransportError("BODY_USED", "body", "the content of the request was read before");
    this.#started = true;
    this.#reader.onStart();
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const bytes = this.#queue.take();
      if (bytes !== undefined) {
        this.#reader.onTaken();
        yield bytes;
      } else if (this.#ended) {
        return;
      } else {
        await this.#queue.change();
      }
    }
  }
}
