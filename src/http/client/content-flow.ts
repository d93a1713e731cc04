import type { Http1Connection } from "../../http1/connection.ts";
import type { TcpConnection } from "../../tcp/connection.ts";
import { TransportError } from "../../tcp/errors.ts";
import { countDiscarded, MAX_DISCARDED_BYTES, MAX_QUEUED_BYTES } from "../content-limits.ts";
import { SocketPause } from "../socket-pause.ts";
import type { Exchange } from "./exchange.ts";
import type { Reception } from "./reception.ts";
import type { BodySource } from "./response-body.ts";
import type { Turns } from "./turns.ts";

/** The connection that the contents come from. */
export interface ReceivingConnection {
  readonly tcp: TcpConnection;
  /** Another request waits for this connection. */
  readonly isAwaited: boolean;
  /** Ends the connection, and fails the current exchange. */
  abort(error: unknown): void;
}

/** How long a content may wait for its reader while a request waits for the connection. */
const UNREAD_MS = 1000;

/**
 * How fast the content of a response is read from the socket.
 *
 *     read              as fast as its reader; the socket is paused while much waits in memory
 *     not read          it waits, and gives way to a request that waits for the connection
 *     not wanted        it is dropped, if little of it is left; otherwise the connection ends
 */
export class ContentFlow implements BodySource {
  readonly #connection: ReceivingConnection;
  readonly #http1: Http1Connection;
  readonly #turns: Turns;
  readonly #reception: Reception;
  readonly #pause: SocketPause;

  constructor(connection: ReceivingConnection, http1: Http1Connection, turns: Turns, reception: Reception) {
    this.#connection = connection;
    this.#http1 = http1;
    this.#turns = turns;
    this.#reception = reception;
    this.#pause = new SocketPause(connection.tcp);
  }

  onBodyRead(): void {
    const exchange = this.#turns.current;
    if (exchange !== undefined) this.update(exchange);
  }

  onBodyDiscarded(): void {
    const exchange = this.#turns.current;
    if (exchange === undefined) return;
    const framing = this.#http1.peerFraming;
    const length = framing?.kind === "length" ? framing.length - exchange.contentBytes : 0;
    if (length > MAX_DISCARDED_BYTES) {
      this.#giveUp();
    } else {
      this.#pause.set(false);
      this.#reception.awaitEndOfUnwanted();
    }
  }

  /** Drops content that nobody wants. `false`: it was too much, and the connection has ended. */
  drop(exchange: Exchange, bytes: number): boolean {
    if (countDiscarded(exchange, bytes)) return true;
    this.#giveUp();
    return false;
  }

  /** The content is complete. */
  end(): void {
    this.#pause.set(false);
  }

  /** Content came or was read: decides whether the socket is paused, and what is awaited. */
  update({ body }: Exchange, now?: number): void {
    if (body === undefined || body.discarded) return;
    const full = body.queuedBytes > MAX_QUEUED_BYTES;
    this.#pause.set(full);
    if (!body.started) this.#awaitReader(now);
    // A reader may be as slow as it likes. But a content that nobody begins to read would hold the connection for good.
    else if (full) this.#reception.awaitNothing();
    else this.#reception.awaitContent(now);
  }

  /** More content, its reader, or the end of an unwanted content did not come in time. */
  late(awaited: "body" | "unread" | "discard", now: number): void {
    const exchange = this.#turns.current;
    if (exchange === undefined) return;
    if (awaited === "body") this.#nothingCame(exchange);
    else if (awaited === "unread") this.#checkUnread(exchange, now);
    else this.#giveUp();
  }

  /** Bytes that trickle in do not put off the next check. */
  #awaitReader(now?: number): void {
    if (this.#reception.awaitsReader) return;
    this.#reception.awaitReader(Math.min(UNREAD_MS, this.#reception.timeouts.bodyTimeoutMs), now);
  }

  /** Nobody has begun to read: the content gives way to a request that waits, and after `bodyTimeoutMs` anyway. */
  #checkUnread(exchange: Exchange, now: number): void {
    const { bodyTimeoutMs } = this.#reception.timeouts;
    const leftMs = this.#reception.receivedAt + bodyTimeoutMs - now;
    if (leftMs <= 0 && !this.#pause.isSet) {
      this.#nothingCame(exchange);
    } else if (exchange.body?.started) {
      // The reader is busy with what it has, and has not asked for more.
      this.update(exchange, now);
    } else if (leftMs <= 0) {
      this.#nobodyRead(exchange, bodyTimeoutMs, "");
    } else if (this.#connection.isAwaited) {
      this.#nobodyRead(exchange, UNREAD_MS, " while another request waited for the connection");
    } else {
      this.#reception.awaitReader(Math.min(UNREAD_MS, leftMs), now);
    }
  }

  #nobodyRead(exchange: Exchange, ms: number, meanwhile: string): void {
    this.#timedOut(exchange, `nobody read the content for ${ms / 1000} s${meanwhile}`);
  }

  #nothingCame(exchange: Exchange): void {
    const { bodyTimeoutMs } = this.#reception.timeouts;
    const progress = exchange.progress(this.#http1.peerFraming);
    this.#timedOut(exchange, `nothing came for ${bodyTimeoutMs / 1000} s, ${progress}`);
  }

  #timedOut({ contentBytes }: Exchange, message: string): void {
    const bytesReceived = contentBytes;
    this.#connection.abort(new TransportError("TIMEOUT_BODY", "body", message, { bytesReceived }));
  }

  /** The unwanted content is too long, or takes too long. */
  #giveUp(): void {
    this.#connection.abort(new TransportError("ABORTED", "body", "nobody wanted the rest of the content"));
  }
}
