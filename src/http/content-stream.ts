/** The next piece of a stream, or its end. A piece may be anything. */
interface Step {
  readonly done?: boolean | undefined;
  readonly value?: unknown;
}

/** The part of a web stream's reader that is used here. */
interface StreamReader {
  read(): Promise<Step>;
  cancel(): Promise<void>;
}

/** What Node's streams and web streams have beyond an iterator. */
interface StreamParts {
  readonly destroy?: unknown;
  readonly getReader?: unknown;
}

/**
 * The content of a message that comes in pieces. The connection takes one piece after the other, until the stream ends or
 * the connection lets go of it.
 *
 * `for await` cannot let go of a stream while it waits for the next piece, which may never come.
 */
export class ContentStream {
  readonly next: () => Promise<Step>;
  readonly #release: () => unknown;
  #released = false;

  /** @throws when the stream has a reader already. */
  constructor(stream: AsyncIterable<Uint8Array> & StreamParts) {
    const { destroy, getReader } = stream;
    // A web stream's iterator cannot be cancelled while its `next` waits. A reader can.
    if (typeof getReader === "function") {
      const reader = getReader.call(stream) as StreamReader;
      this.next = () => reader.read();
      this.#release = () => reader.cancel();
      return;
    }
    const iterator = stream[Symbol.asyncIterator]();
    this.next = () => iterator.next();
    this.#release = () => {
      if (typeof destroy === "function") destroy.call(stream);
      return iterator.return?.();
    };
  }

  /**
   * Ends the stream, whose rest is not sent. A stream of Node is destroyed and a web stream is cancelled at once; a
   * generator ends at its next step.
   */
  async letGo(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    try {
      await this.#release();
    } catch {
      // The stream is over either way, and its exchange is lost: there is nobody to tell.
    }
  }
}
