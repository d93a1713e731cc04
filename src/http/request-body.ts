import type { Fields } from "../http1/fields.ts";
import { EMPTY_FIELDS } from "../http1/fields.ts";
import { TransportError } from "../tcp/errors.ts";

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
  #chunks: Uint8Array[] = [];
  #ended = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;
  #started = false;
  trailers: Fields = EMPTY_FIELDS;
  queuedBytes = 0;

  constructor(reader: BodyReader) {
    this.#reader = reader;
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
    this.#ended = true;
    this.trailers = trailers;
    this.#notify();
  }

  /** What is queued is dropped, since half a content is none. */
  fail(error: Error): void {
    if (this.#ended) return;
    this.#failure ??= error;
    this.#chunks = [];
    this.queuedBytes = 0;
    this.#notify();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#started)
      throw new TransportError("BODY_USED", "body", "the content of the request was read before");
    this.#started = true;
    this.#reader.onStart();
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const bytes = this.#chunks.shift();
      if (bytes !== undefined) {
        this.queuedBytes -= bytes.length;
        this.#reader.onTaken();
        yield bytes;
      } else if (this.#ended) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  #notify(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}

/** All of it. @throws {TransportError} BODY_TOO_LARGE */
export async function wholeBody(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxBytes) throw bodyTooLarge(maxBytes);
  }
  return concat(chunks, length);
}

export function bodyTooLarge(maxBytes: number): TransportError {
  return new TransportError("BODY_TOO_LARGE", "body", `the content is longer than ${maxBytes} bytes`);
}

export function concat(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = chunks;
  if (chunks.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
