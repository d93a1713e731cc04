import { TransportError } from "../../tcp/errors.ts";

/**
 * How many bytes of gathered content (`bytes()`, `text()`, `json()`) all requests of a server may hold together.
 *
 * Each content has a limit of its own, but there may be one for each connection, and none of them need ever be complete.
 * Only bytes that have arrived count: a client that declares a length takes no room from others.
 */
export class ContentBudget {
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @throws {TransportError} OVERLOADED when there is no room for so many bytes now. */
  expect(bytes: number): void {
    if (this.#bytes + bytes <= this.#maxBytes) return;
    throw new TransportError(
      "OVERLOADED",
      "body",
      "the server receives too much content at once; try again later",
    );
  }

  /** Counts what has arrived, until `release`. @throws {TransportError} OVERLOADED, and counts nothing. */
  take(bytes: number): void {
    this.expect(bytes);
    this.#bytes += bytes;
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** The limits for the content of one request. */
export interface ContentLimits {
  readonly maxBodyBytes: number;
  readonly contentBudget: ContentBudget;
}
