import type { Http1Connection } from "../../http1/connection.ts";
import type { TcpConnection } from "../../tcp/connection.ts";
import { MAX_QUEUED_BYTES } from "../content-limits.ts";
import { SocketPause } from "../socket-pause.ts";
import type { Reception } from "./reception.ts";

/**
 * How much of the next requests may wait behind the request in process. Beyond this the socket is paused, and the
 * client's end (FIN), which comes last, is not seen.
 */
const MAX_AHEAD_BYTES = 16 * 1024;

/** Stops reading while much of what the client sent waits in memory, and goes on when less of it waits. */
export class Intake {
  readonly #pause: SocketPause;
  readonly #http: Http1Connection;
  readonly #reception: Reception;
  /** More of the next requests waits than may wait. */
  #ahead = false;

  constructor(connection: TcpConnection, http: Http1Connection, reception: Reception) {
    this.#pause = new SocketPause(connection);
    this.#http = http;
    this.#reception = reception;
  }

  /** `behindRequest`: what is buffered belongs to the next requests. */
  look(behindRequest: boolean): void {
    this.#ahead = behindRequest && this.#http.bufferedBytes > MAX_AHEAD_BYTES;
  }

  /** `queuedBytes`: content that waits for the handler. */
  update(queuedBytes: number): void {
    this.#pause.set(this.#ahead || queuedBytes > MAX_QUEUED_BYTES);
    this.#reception.hold(this.#pause.isSet || this.#http.expectsContinue);
  }
}
