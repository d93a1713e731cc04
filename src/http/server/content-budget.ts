import { TransportError } from "../../tcp/errors.ts";

/**
 * What all requests of a server together may hold of contents that were gathered, by `bytes()`, `text()` or `json()`.
 *
 * Each content has a limit of its own, but many contents at once, none of which need ever be complete, are as much as
 * there are connections. What has really arrived counts: a length that is only declared buys nothing.
 */
export class ContentBudget {
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @throws {TransportError} OVERLOADED when there is no room for so much now. */
  expect(bytes: number): void {
    if (this.#bytes + bytes <= this.#maxBytes) return;
    throw new TransportError(
      "OVERLOADED",
      "body",
      "too much content is being received at once; try again later",
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

/** What one request may make of it. */
export interface ContentLimits {
  readonly maxBodyBytes: number;
  readonly contentBudget: ContentBudget;
}
