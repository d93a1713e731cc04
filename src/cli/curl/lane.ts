import { HttpClient } from "../../http.ts";
import { type Observer, observers } from "../observers.ts";
import { AS_CURL, CURL_LIMITS } from "./leniency.ts";
import { Wire, type WireEvents } from "./wire.ts";

/** Who hears what happens on the connections of a lane: the transfer that uses it. */
export type Listener = Required<WireEvents>;

/** The connections of transfers that come one after the other. Transfers in parallel have a lane each. */
export class Lane {
  readonly client: HttpClient;
  /** Octets, counts and times. Only where an option shows them. */
  readonly wire: Wire | undefined;
  listener: Listener | undefined;

  /** `observe` is asked for each connection: who watches it? */
  constructor(observe: () => readonly (Observer | undefined)[], watched: boolean) {
    const wire = watched ? this.#watch() : undefined;
    this.wire = wire;
    this.client = new HttpClient({
      leniency: AS_CURL,
      limits: CURL_LIMITS,
      // As in curl, only -m limits the time after connecting.
      headTimeoutMs: Number.POSITIVE_INFINITY,
      bodyTimeoutMs: Number.POSITIVE_INFINITY,
      writeTimeoutMs: Number.POSITIVE_INFINITY,
      observe: () => observers(wire?.observe(), ...observe()),
    });
  }

  #watch(): Wire {
    return new Wire({
      now: () => performance.now(),
      leniency: AS_CURL,
      onHeadLine: (line, trailer) => this.listener?.onHeadLine(line, trailer),
      onRawBody: (bytes) => this.listener?.onRawBody(bytes),
      onRequestHead: (head) => this.listener?.onRequestHead(head),
      onRequestBody: (bytes) => this.listener?.onRequestBody(bytes),
    });
  }
}
