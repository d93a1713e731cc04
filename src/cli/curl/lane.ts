import { HttpClient } from "../../http.ts";
import type { Http1Leniency } from "../../http1.ts";
import { type Observer, observers } from "../observers.ts";
import { AS_CURL, CURL_LIMITS } from "./leniency.ts";
import { Wire, type WireEvents } from "./wire.ts";

/** Who hears what happens on the connections of a lane: the transfer that uses it. */
export type Listener = Required<WireEvents>;

/** The connections of transfers that come one after the other. Transfers in parallel have a lane each. */
export class Lane {
  client: HttpClient;
  /** Octets, counts and times. Only where an option shows them. */
  readonly wire: Wire | undefined;
  listener: Listener | undefined;

  readonly #observe: () => readonly (Observer | undefined)[];
  readonly #leniency: Http1Leniency;

  /** `observe` is asked for each connection: who watches it? */
  constructor(
    observe: () => readonly (Observer | undefined)[],
    watched: boolean,
    leniency: Http1Leniency = AS_CURL,
    isRaw = false,
  ) {
    this.#observe = observe;
    this.#leniency = leniency;
    this.wire = watched ? this.#watch(isRaw) : undefined;
    this.client = this.#open();
  }

  /** Ends the connections: one of them is in the middle of an exchange that nobody wants any more. */
  abandon(): void {
    void this.client.close();
    this.client = this.#open();
  }

  #open(): HttpClient {
    return new HttpClient({
      leniency: this.#leniency,
      limits: CURL_LIMITS,
      // As in curl, only -m limits the time after connecting.
      headTimeoutMs: Number.POSITIVE_INFINITY,
      bodyTimeoutMs: Number.POSITIVE_INFINITY,
      writeTimeoutMs: Number.POSITIVE_INFINITY,
      observe: () => observers(this.wire?.observe(), ...this.#observe()),
    });
  }

  #watch(isRaw: boolean): Wire {
    return new Wire({
      now: () => performance.now(),
      leniency: this.#leniency,
      onHeadLine: (line, trailer) => this.listener?.onHeadLine(line, trailer),
      // Trailers are a part of the raw body: there they are not told as lines.
      ...(isRaw && { onRawBody: (bytes: Uint8Array) => this.listener?.onRawBody(bytes) }),
      onRequestHead: (head) => this.listener?.onRequestHead(head),
      onRequestBody: (bytes) => this.listener?.onRequestBody(bytes),
    });
  }
}
