/** The next piece, or the end. What a piece is, the stream's author alone knows. */
interface Step {
  readonly done?: boolean | undefined;
  readonly value?: unknown;
}

/** The part of a web stream's reader that is used here. */
interface StreamReader {
  read(): Promise<Step>;
  cancel(): Promise<void>;
}

/** What of a stream may be there, be it one of Node, one of the web, or any other. */
interface StreamParts {
  readonly destroy?: unknown;
  readonly getReader?: unknown;
}

/**
 * The content of an answer that comes in pieces, as the connection takes it: one piece after the other, until it is
 * over or nobody wants it any more.
 *
 * `for await` cannot let go of a stream while it waits for the next piece, and a quiet stream may wait for good.
 */
export class AnswerStream {
  readonly next: () => Promise<Step>;
  readonly #release: () => unknown;
  #released = false;

  /** @throws where somebody else reads the stream already. */
  constructor(stream: AsyncIterable<Uint8Array> & StreamParts) {
    const { destroy, getReader } = stream;
    // Only a reader can cancel a web stream that somebody waits for: the iterator's `return` waits for its `next`.
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
   * Nobody wants the rest. One of Node's streams is destroyed and a web stream is cancelled at once; a generator ends
   * at its next step.
   */
  async letGo(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    try {
      await this.#release();
    } catch {
      // The stream is over either way, and nobody is left who wants to know how.
    }
  }
}
