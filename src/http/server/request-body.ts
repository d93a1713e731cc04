import { EMPTY_FIELDS, type Fields } from "../../http1/fields.ts";
import { TransportError } from "../../tcp/errors.ts";
import { ContentQueue } from "../content-queue.ts";

/** Told when the content is read. */
export interface BodyReader {
  /** The handler starts to read. */
  onStart(): void;
  /** The handler took a piece: the queue is shorter. */
  onTaken(): void;
}

/**
 * The content of a request on its way from the socket's callback to the handler.
 *
 * The connection pushes it synchronously, and the handler awaits it. The connection bounds the queue, by `queuedBytes`.
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

  /** Whether the handler reads the content, or has read it. */
  get started(): boolean {
    return this.#started;
  }

  get queuedBytes(): number {
    return this.#queue.bytes;
  }

  /** `bytes` are kept: nobody else may write to them. */
  push(bytes: Uint8Array): void {
    this.#queue.push(bytes);
  }

  end(trailers: Fields): void {
    this.#ended = true;
    this.trailers = trailers;
    this.#queue.notify();
  }

  /** Drops what is queued: half a content must not be taken for a whole one. */
  fail(error: Error): void {
    if (this.#ended) return;
    this.#failure ??= error;
    this.#queue.takeAll();
    this.#queue.notify();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#started)
      throw new TransportError(
        "BODY_USED",
        "body",
        "the content of the request was read already: it can be read once",
      );
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
