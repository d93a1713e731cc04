import type { Http1Connection } from "../../http1/connection.ts";
import { countDiscarded, MAX_DISCARDED_BYTES } from "../content-limits.ts";
import type { ServedExchange } from "./exchange.ts";
import type { ServerResponse } from "./handler.ts";
import { isStream } from "./outgoing-response.ts";
import type { ServeSettings } from "./settings.ts";

/**
 * Whether the connection takes another request after an answer (RFC 9112 §9.3). The answer has to say so, which is why
 * this is decided before the answer is sent.
 */
export class Persistence {
  readonly #http: Http1Connection;
  readonly #settings: ServeSettings;
  readonly #openedAt: number;
  #requests = 0;
  /** The server stops: the connection takes no further request. */
  draining = false;

  constructor(http: Http1Connection, settings: ServeSettings) {
    this.#http = http;
    this.#settings = settings;
    this.#openedAt = settings.deadlines.clock.now();
  }

  /** How many requests have begun. */
  get requests(): number {
    return this.#requests;
  }

  countRequest(): void {
    this.#requests++;
  }

  /** Whether this answer is the last one of the connection. */
  endsWith(exchange: ServedExchange, answer: ServerResponse, peerEnded: boolean): boolean {
    if (!this.#http.persistent || this.draining) return true;
    if (this.#requests >= this.#settings.maxRequestsPerConnection) return true;
    if (exchange.startedAt - this.#openedAt >= this.#settings.maxConnectionAgeMs) return true;
    // After a FIN only a request that was received before it can follow.
    if (peerEnded && !(exchange.received && this.#http.bufferedBytes > 0)) return true;
    if (exchange.received) return false;
    // RFC 9110 §10.1.1: we did not ask for the content, and cannot know whether the client still sends it.
    if (this.#http.expectsContinue) return true;
    // A handler that streams its answer may still read the content. Other handlers are done: the rest of the content is
    // read and dropped, if it is short.
    if (isStream(answer.body)) return false;
    const framing = this.#http.peerFraming;
    return framing?.kind !== "length" || framing.length > MAX_DISCARDED_BYTES;
  }

  /** Drops content that nobody reads. `false`: it is too much, and the connection has to end. */
  discard(exchange: ServedExchange, bytes: Uint8Array): boolean {
    return countDiscarded(exchange, bytes.length);
  }
}
