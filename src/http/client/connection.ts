import { Http1Connection } from "../../http1/connection.ts";
import { EMPTY_FIELDS, type Fields } from "../../http1/fields.ts";
import type { Http1Leniency } from "../../http1/leniency.ts";
import type { Http1Limits } from "../../http1/limits.ts";
import type { Http1Observer } from "../../http1/observer.ts";
import type { Clock } from "../../tcp/clock.ts";
import type { ByteSink, CloseReason, TcpConnection } from "../../tcp/connection.ts";
import { TransportError } from "../../tcp/errors.ts";
import { isReceiveMemory } from "../../tcp/socket-reader.ts";
import type { Deadlines } from "../deadline.ts";
import { ContentFlow, type ReceivingConnection } from "./content-flow.ts";
import { ContentSender, type UploadConnection } from "./content-sender.ts";
import type { Exchange, ExchangeTaker } from "./exchange.ts";
import { tellConnection } from "./failed-connection.ts";
import type { Pooled } from "./pool.ts";
import { type Awaited, Reception, type ReceptionTimeouts } from "./reception.ts";
import { type RequestConnection, RequestSender } from "./request-sender.ts";
import { type RespondingConnection, ResponseReceiver } from "./response-receiver.ts";
import { Turns } from "./turns.ts";

/*
 * One connection of an HTTP client: requests out, responses in, one exchange after the other. With pipelining, requests
 * may be ahead of the responses.
 *
 *     taken by the pool ─► sent ─► its turn: head, content ─► complete ─► free again, or ended
 *
 * When a response came whole, the connection is back in the pool before the caller learns of the response.
 *
 * Its parts: Turns (whose response comes next, and how many requests may follow), RequestSender and ContentSender,
 * ResponseReceiver, ContentFlow (how fast contents are read), Reception (what is awaited, and until when).
 */

export interface ClientConnectionSettings extends ReceptionTimeouts {
  readonly limits: Partial<Http1Limits>;
  readonly leniency: Http1Leniency;
  readonly deadlines: Deadlines;
  /** How many requests may be without a response at a time. */
  readonly pipelining: number;
}

/** The pool, as a connection sees it. */
export interface ConnectionOwner {
  /** An exchange is complete, and another may follow. */
  onFree(connection: ClientConnection): void;
  /** No exchange will follow. Called once. */
  onGone(connection: ClientConnection): void;
  /** Whether a request waits for this connection, or for another to its origin. */
  isAwaited(connection: ClientConnection): boolean;
}

export class ClientConnection
  implements
    ByteSink,
    Pooled,
    ExchangeTaker,
    RequestConnection,
    UploadConnection,
    RespondingConnection,
    ReceivingConnection
{
  readonly tcp: TcpConnection;
  /** Settles when our side has ended, or when the connection was handed over to the caller. */
  over: Promise<unknown>;
  goneBecause: Error | undefined;
  readonly #owner: ConnectionOwner;
  readonly #clock: Clock;
  readonly #openedAt: number;
  readonly #http1: Http1Connection;
  readonly #turns: Turns;
  readonly #reception: Reception;
  readonly #contents: ContentSender;
  readonly #sender: RequestSender;
  readonly #flow: ContentFlow;
  readonly #receiver: ResponseReceiver;
  #gone = false;

  constructor(
    tcp: TcpConnection,
    observer: Http1Observer | undefined,
    settings: ClientConnectionSettings,
    owner: ConnectionOwner,
  ) {
    const { limits, leniency, deadlines, pipelining } = settings;
    this.tcp = tcp;
    this.over = tcp.closed;
    this.#owner = owner;
    this.#clock = deadlines.clock;
    this.#openedAt = deadlines.clock.now();
    const http1 = new Http1Connection({ role: "client", limits, leniency, observer });
    const turns = new Turns(pipelining);
    const reception = new Reception(deadlines, settings, (awaited) => this.#late(awaited));
    this.#http1 = http1;
    this.#turns = turns;
    this.#reception = reception;
    this.#contents = new ContentSender(this, http1, turns, reception);
    this.#sender = new RequestSender(this, http1, turns, reception, this.#contents);
    this.#flow = new ContentFlow(this, http1, turns, reception);
    this.#receiver = new ResponseReceiver(this, http1, turns, reception, this.#contents, this.#flow);
    tcp.attach(this);
  }

  /** Whether nothing is known to be wrong with the connection. */
  get usable(): boolean {
    return !this.#gone;
  }

  get room(): number {
    return this.#gone ? 0 : this.#turns.room;
  }

  get idle(): boolean {
    return this.#turns.load === 0;
  }

  get gathering(): boolean {
    return this.#turns.gathering;
  }

  get isAwaited(): boolean {
    return this.#turns.isQueued || this.#owner.isAwaited(this);
  }

  /**
   * Sends a request on a connection that may have been used before, together with all others that are taken by then.
   *
   * Before a connection is used again, everything that the kernel holds for us is read. Otherwise bytes that the server
   * sent unasked would be taken for the response (CVE-2026-48931). A FIN that came before would fail the request.
   *
   * A race remains that no client can win: HTTP/1.1 has no mark that tells a response from bytes that arrive between
   * this check and the moment the server reads our request. So we check as late as we can: between the poll and the
   * write runs only what other connections do in the same turn. A caller who cannot accept this race sets
   * `idleTimeoutMs: 0`.
   */
  take(exchange: Exchange): void {
    if (this.#turns.take(exchange)) this.#clock.afterPoll(this.#sender.sendTaken);
  }

  /** Sends the first request of a connection. */
  takeFirst(exchange: Exchange): void {
    this.#turns.take(exchange);
    this.#turns.seal();
    this.#sender.sendTaken();
  }

  /** Nobody uses the connection: it does not keep the process alive, and ends after a while. */
  rest(): void {
    this.#reception.rest();
    this.tcp.unref();
  }

  /** The connection is used again. `false`: the server may be ending it already, so we have ended it. */
  wake(): boolean {
    if (this.#gone) return false;
    if (!this.#reception.wake()) {
      this.end();
      return false;
    }
    this.tcp.ref();
    return true;
  }

  /** FIN. Both messages are complete: only the server's own FIN is awaited, and not for long. */
  end(): void {
    if (this.#gone) return;
    this.#retire();
    this.#reception.awaitFin();
    this.tcp.unref();
    // `onClose` reports a failure, too.
    this.over = this.tcp.end().then(undefined, () => {});
  }

  /** Ends the connection. The current exchange fails. The exchanges behind it need another connection. */
  abort(error: unknown): void {
    const [exchange, ...behind] = this.#turns.stop();
    const reason = error instanceof Error ? error : new Error(String(error));
    if (exchange !== undefined)
      tellConnection(error, this.tcp, exchange.reused, this.#clock.now() - this.#openedAt);
    // Before the head, the request may be sent again, in what is left of its time.
    if (exchange?.responded) exchange.cancellation?.dispose();
    else exchange?.cancellation?.onCancel(undefined);
    exchange?.body?.fail(reason);
    this.goneBecause ??= reason;
    this.#reception.awaitNothing();
    this.#retire();
    this.tcp.abort(reason);
    if (exchange?.responded === false) exchange.failed(error);
    for (const waiting of behind) waiting.dispatchAgain();
  }

  // What the socket reports

  onBytes(bytes: Uint8Array): void {
    const exchange = this.#turns.current;
    if (exchange === undefined) {
      // The next request would take these bytes for its response.
      if (!this.#gone)
        this.abort(new TransportError("UNSOLICITED_DATA", "idle", "bytes arrived that nobody asked for"));
      return;
    }
    const now = this.#clock.now();
    this.#reception.receivedAt = now;
    exchange.countReceived(bytes.length, now);
    this.#http1.receive(bytes, isReceiveMemory(bytes));
    this.#receiver.advance();
  }

  onEnd(cut?: TransportError): void {
    const exchange = this.#turns.current;
    if (exchange === undefined) {
      this.end();
    } else if (exchange.bytesReceived === 0) {
      this.abort(exchange.closedBeforeResponse(cut));
    } else if (cut !== undefined && this.#http1.peerFraming?.kind === "close") {
      // A close-delimited body is complete only if the peer itself closed. Without close_notify, the FIN may be forged
      // (RFC 9112 §9.8).
      this.abort(exchange.truncated(this.#http1.peerFraming, cut));
    } else {
      this.#reception.receivedAt = this.#clock.now();
      this.#http1.receiveEnd();
      this.#receiver.advance(cut);
      const { current } = this.#turns;
      if (current !== undefined) this.abort(current.closedBeforeResponse(cut));
      // As after a FIN behind a complete response: the server has left before it had the content.
      else if (this.#contents.uploads) this.end();
    }
  }

  onDrain(): void {
    this.#contents.drained();
  }

  onClose(reason: CloseReason): void {
    const exchange = this.#turns.current;
    if (exchange !== undefined) this.abort(exchange.brokenBy(reason, this.#http1.peerFraming));
    this.#reception.awaitNothing();
    this.#retire();
  }

  // The response

  /** The response was received to its end. The connection is free before the caller learns of that. */
  onComplete(exchange: Exchange, trailers: Fields): void {
    const http1 = this.#http1;
    const next = this.#turns.complete();
    const uploads = http1.ourState === "send-body" && !exchange.refusedContent;
    if (!uploads) exchange.cancellation?.dispose();
    exchange.timings.endMs = this.#reception.receivedAt - exchange.timings.startedAt;
    this.#reception.awaitNothing();
    this.#flow.end();
    exchange.body?.end(trailers);
    if (next === undefined && http1.bufferedBytes > 0) {
      // Bytes behind the response are a mistake or an attack: the next request must not take them for its response.
      this.abort(new TransportError("UNSOLICITED_DATA", "idle", "bytes followed the end of the response"));
    } else if (uploads) {
      // The server has said nothing against the content, so all of it is sent. With 100 (Continue) the server has even
      // promised to read it (RFC 9110 §10.1.1).
      this.#contents.upload(exchange);
    } else if (http1.ourState === "send-body") {
      this.abort(new TransportError("ABORTED", "write", "the server answered before it had the content"));
    } else {
      this.#startNext(next);
    }
  }

  /** A content is sent whose response was complete before. No other exchange waits behind it. */
  onUploaded(): void {
    this.#startNext(undefined);
  }

  /** Request and response are complete. */
  #startNext(next: Exchange | undefined): void {
    const { receivedAt, idleTimeoutMs } = this.#reception;
    if (this.#http1.persistent && (next !== undefined || idleTimeoutMs > 0)) {
      this.#http1.startNextCycle();
      next?.countReceived(this.#http1.bufferedBytes, receivedAt);
      if (next !== undefined) this.#reception.awaitHead(receivedAt);
      this.free();
    } else {
      const unanswered = this.#turns.stop();
      this.end();
      for (const waiting of unanswered) waiting.dispatchAgain();
    }
  }

  /** The connection has room for another exchange. */
  free(): void {
    this.#turns.reopen();
    this.#owner.onFree(this);
  }

  handOver(exchange: Exchange): TcpConnection {
    this.#turns.stop();
    exchange.cancellation?.dispose();
    exchange.timings.endMs = this.#reception.receivedAt - exchange.timings.startedAt;
    exchange.body?.end(EMPTY_FIELDS);
    this.over = Promise.resolve();
    this.#retire();
    this.tcp.detach(this.#http1.takeLeftover());
    return this.tcp;
  }

  // What goes wrong

  /** What was awaited did not come in time. */
  #late(awaited: Awaited): void {
    switch (awaited) {
      case "continue":
        this.#contents.letGo();
        break;
      case "write":
      case "head":
        this.abort(this.#reception.timeout(awaited, this.#turns.current?.bytesReceived ?? 0));
        break;
      case "body":
      case "unread":
      case "discard":
        this.#flow.late(awaited, this.#clock.now());
        break;
      case "idle":
        this.end();
        break;
      case "linger":
        this.tcp.abort();
        break;
      default:
        awaited satisfies never;
    }
  }

  #retire(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#contents.stop();
    this.#owner.onGone(this);
  }
}
