import { Http1Connection } from "../http1/connection.ts";
import { type HttpEvent, NEED_DATA, PAUSED } from "../http1/events.ts";
import type { Http1Leniency } from "../http1/leniency.ts";
import type { TcpConnection } from "../tcp/connection.ts";

/** One hop of a proxy that reads HTTP: a connection, and its protocol. */
export class Hop {
  /** The connection. */
  readonly tcp: TcpConnection;
  /** The protocol on the connection. */
  readonly http1: Http1Connection;
  #ended = false;
  #reading: Promise<Uint8Array | undefined> | undefined;

  /** The role is that of the proxy on this hop: "server" towards the client, "client" towards the server. */
  constructor(tcp: TcpConnection, leniency?: Http1Leniency) {
    this.tcp = tcp;
    this.http1 = new Http1Connection({ role: tcp.role, proxy: true, ...(leniency && { leniency }) });
  }

  /**
   * The next event of the peer; waits for bytes. `undefined`: the message is over, and what is here belongs to the next
   * one or to another protocol.
   *
   * @throws {ProtocolError} blame "remote"
   * @throws {TransportError} when the connection fails
   */
  async next(): Promise<HttpEvent | undefined> {
    for (;;) {
      const event = this.http1.nextEvent();
      if (event === PAUSED) return undefined;
      if (event !== NEED_DATA) return event;
      if (this.#ended) return { type: "closed" };
      const bytes = await (this.#reading ?? this.tcp.read());
      this.#reading = undefined;
      if (bytes !== undefined) this.http1.receive(bytes);
      else {
        this.#ended = true;
        this.http1.receiveEnd();
      }
    }
  }

  /** Reads on between two messages, so that the end of the peer is noticed. `onEnd` is called then. */
  rest(onEnd: () => void): void {
    this.#reading ??= this.tcp.read();
    this.#reading.then((bytes) => {
      if (bytes === undefined) onEnd();
    }, onEnd);
  }

  /** Sends an event; resolves when there is room for the next one. */
  send(event: HttpEvent): Promise<void> {
    return this.tcp.write(this.http1.send(event));
  }

  /** The connection carries another protocol from now on: what came of it already. */
  leave(): Uint8Array {
    return this.http1.takeLeftover();
  }
}
