import { type ClientResponse, HttpClient } from "../../http.ts";
import type { Http1Leniency } from "../../http1.ts";
import { type ConnectOptions, connect, type TcpConnection } from "../../tcp.ts";
import { type Observer, observers } from "../observers.ts";
import { AS_CURL, CURL_LIMITS } from "./leniency.ts";
import { type CurlUrl, hostFieldOf } from "./url.ts";
import { Wire, type WireEvents } from "./wire.ts";

/** Who hears what happens on the connections of a lane: the transfer that uses it. */
export interface Listener extends Required<WireEvents> {
  /** For a connection that it opens. */
  socketOptions(): ConnectOptions;
}

type Secured = NonNullable<TcpConnection["tls"]>;

/** The connections of transfers that come one after the other. Transfers in parallel have a lane each. */
export class Lane {
  readonly client: HttpClient;
  /** Octets, counts and times. Only where an option shows them. */
  readonly wire: Wire | undefined;
  listener: Listener | undefined;
  /** What is known of the TLS of the connection that the transfer has made. `undefined`: none was made, or without TLS. */
  secured: Secured | undefined;
  /** The connection of this response ends before the next request. */
  ending: ClientResponse | undefined;

  /** By the number of the connection. */
  readonly #connections = new Map<number, TcpConnection>();
  /** Origins whose connection stays, and speaks HTTP/1.0. */
  readonly #old = new Set<string>();
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

  /** Ends the connection of a response: nobody wants the rest of it. */
  async abandon({ connection: { id } }: ClientResponse): Promise<void> {
    const connection = this.#connections.get(id);
    connection?.abort();
    await connection?.closed;
  }

  /** Ends the connection that is to end before the next request. */
  async endEnding(): Promise<void> {
    if (this.ending !== undefined) await this.abandon(this.ending);
    this.ending = undefined;
  }

  /** Whether the connection to the origin of this URL speaks HTTP/1.0. */
  isOld(url: CurlUrl): boolean {
    return this.#old.size > 0 && this.#old.has(originOf(url));
  }

  noteOld(url: CurlUrl, isOld: boolean): void {
    if (isOld) this.#old.add(originOf(url));
    else if (this.#old.size > 0) this.#old.delete(originOf(url));
  }

  #open(): HttpClient {
    return new HttpClient({
      leniency: this.#leniency,
      limits: CURL_LIMITS,
      // As in curl, only -m limits the time after connecting.
      headTimeoutMs: Number.POSITIVE_INFINITY,
      bodyTimeoutMs: Number.POSITIVE_INFINITY,
      writeTimeoutMs: Number.POSITIVE_INFINITY,
      idleTimeoutMs: Number.POSITIVE_INFINITY,
      dial: async (options) => {
        const connection = await connect({ ...options, ...this.listener?.socketOptions() });
        this.#connections.set(connection.id, connection);
        if (this.wire !== undefined && connection.tls !== undefined) this.secured = { ...connection.tls };
        void connection.closed.then(() => this.#connections.delete(connection.id));
        return connection;
      },
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

const originOf = (url: CurlUrl): string => `${url.scheme}://${hostFieldOf(url)}`;
