import { Http1Connection } from "../../http1/connection.ts";
import { ProtocolError } from "../../http1/errors.ts";
import { NEED_DATA, type NextEvent, PAUSED, type RequestHead } from "../../http1/events.ts";
import type { ByteSink, CloseReason, TcpConnection } from "../../tcp/connection.ts";
import { TransportError } from "../../tcp/errors.ts";
import { tell } from "../../tcp/observer.ts";
import { isReceiveMemory, kept } from "../../tcp/socket-reader.ts";
import { type AnsweredConnection, Answering } from "./answering.ts";
import { type ExchangeOwner, ServedExchange } from "./exchange.ts";
import { Intake } from "./intake.ts";
import { Outbox } from "./outbox.ts";
import { Persistence } from "./persistence.ts";
import { Reception } from "./reception.ts";
import { type ServeConnectionOptions, type ServeSettings, serveSettings } from "./settings.ts";

/*
 * One connection of an HTTP server, from its first byte to its last.
 *
 *     bytes ─► Http1Connection ─► request ─► handler ─► answer ─► Http1Connection ─► bytes
 *                    ▲                                               │
 *                    └────────────── next cycle ◄────────────────────┘
 *
 * The loop (`#advance`) is synchronous. It runs in the socket's callback, until the next event needs more bytes or the
 * handler has to be awaited. What it sends leaves as one write. One request is in process at a time, so pipelined
 * requests are answered in their order: the next ones wait unparsed. The socket is read on meanwhile, until much waits,
 * since the client's end (FIN) is seen only behind all that the client has sent.
 *
 * Its parts: Reception (until when the client has to send), Intake (how much of it waits in memory), Answering (the
 * handler and its answer), Persistence (whether another request is taken), Outbox (one write a turn).
 */

/**
 * Serves HTTP/1.1 on one connection, of whatever kind. Resolves when the connection is over; never rejects.
 *
 * @throws {ProtocolError} blame "local": `serverName` cannot be sent.
 */
export function serveConnection(connection: TcpConnection, options: ServeConnectionOptions): Promise<void> {
  return new ServedConnection(connection, serveSettings(options)).over;
}

/**
 * Once the server stops: how long a connection is kept that has no whole request yet. A client on a busy machine may come
 * to send a good while after it has connected.
 */
const LAST_HEAD_MS = 1_000;

export class ServedConnection implements ByteSink, ExchangeOwner, AnsweredConnection {
  /** Settles when the connection is over. */
  readonly over: Promise<void>;
  readonly #connection: TcpConnection;
  readonly #settings: ServeSettings;
  readonly #http: Http1Connection;
  readonly #reception: Reception;
  readonly #intake: Intake;
  readonly #persistence: Persistence;
  readonly #outbox: Outbox;
  readonly #answering: Answering;
  readonly #resolveOver: () => void;

  /** The connection is ending, or has ended: nothing is read or answered any more. */
  #closing = false;
  #exchange: ServedExchange | undefined;
  #peerEnded = false;

  #advancing = false;
  /** When the loop began. A look at the clock for each step would take a twentieth of the loop's time. */
  #turn = 0;

  constructor(connection: TcpConnection, settings: ServeSettings) {
    const { deadlines, limits, observer } = settings;
    this.#connection = connection;
    this.#settings = settings;
    this.#http = new Http1Connection({ role: "server", limits, observer });
    this.#reception = new Reception(
      deadlines,
      settings,
      () => connection.bytesIn,
      (error) => this.#late(error),
    );
    this.#intake = new Intake(connection, this.#http, this.#reception);
    this.#persistence = new Persistence(this.#http, settings);
    this.#outbox = new Outbox(connection, deadlines, settings.writeTimeoutMs);
    this.#answering = new Answering(this, this.#http, this.#outbox, this.#persistence, settings);
    let resolveOver = (): void => {};
    this.over = new Promise((resolve) => {
      resolveOver = resolve;
    });
    this.#resolveOver = resolveOver;
    connection.attach(this);
  }

  /** Since when the connection has waited for a request; `undefined` while it is busy, or takes no other request. */
  get idleSince(): number | undefined {
    return this.#closing || this.#persistence.draining ? undefined : this.#reception.idleSince;
  }

  /** Takes no further request: an idle connection ends now, a busy one after its answer, a half-sent head soon. */
  drain(): void {
    this.#persistence.draining = true;
    if (this.#closing || this.#exchange !== undefined) return;
    // A client that has just connected, or has begun to send, does not know that we stop, and its first request may be
    // one that it must not send twice. So this request gets a moment. But half a head is no work in flight.
    if (this.#persistence.requests > 0 && this.#reception.idleSince !== undefined) this.#end();
    else this.#reception.hurryHead(LAST_HEAD_MS);
  }

  /**
   * Closes an idle connection, since a new connection needs its place. The kernel may hold a request that was not read
   * yet: such a request is answered first. Resolves when the connection is closed.
   */
  giveWay(): Promise<unknown> {
    this.#persistence.draining = true;
    this.#settings.deadlines.clock.afterPoll(() => {
      if (this.#closing || this.#reception.idleSince === undefined) return;
      this.#abort(
        new TransportError("OVERLOADED", "idle", "closed, while idle, in favour of a new connection"),
      );
    });
    return this.#connection.closed;
  }

  // What the socket reports

  onBytes(bytes: Uint8Array): void {
    if (this.#closing) return;
    const now = this.#settings.deadlines.clock.now();
    if (this.#reception.idleSince !== undefined) this.#reception.awaitHead(now);
    this.#http.receive(bytes, isReceiveMemory(bytes));
    this.#advance(now);
  }

  onEnd(): void {
    this.#peerEnded = true;
    if (this.#closing) return;
    this.#http.receiveEnd();
    this.#advance();
    const exchange = this.#exchange;
    if (exchange?.responding === false) exchange.request.lose(halfClosed());
    this.#answering.peerEnded();
  }

  onDrain(): void {
    this.#outbox.unblock();
    if (!this.#closing) this.#advance();
  }

  onClose(reason: CloseReason): void {
    this.#closing = true;
    const exchange = this.#exchange;
    this.#exchange = undefined;
    if (exchange !== undefined && !exchange.answered) {
      this.#lose(
        exchange,
        reason.error ?? new TransportError("PEER_RESET", "body", "the connection was lost"),
      );
    }
    this.#settle();
  }

  // The loop

  #advance(now?: number): void {
    if (this.#advancing) return; // a handler answered at once: the loop that is running goes on with its answer
    this.#turn = now ?? this.#settings.deadlines.clock.now();
    this.#advancing = true;
    try {
      while (!this.#closing && this.#step());
    } catch (error) {
      if (!(error instanceof ProtocolError) || error.blame !== "remote") throw error;
      this.#refuse(error, error.statusHint, error.message);
    } finally {
      this.#advancing = false;
    }
    // A handler that was awaited may answer in a moment: its answer leaves together with those before it.
    if (this.#exchange?.answered === false) this.#outbox.flushSoon();
    else this.#outbox.flush();
    this.#updateFlow();
  }

  /** Takes one event. `false`: there is nothing to do until bytes arrive, the handler answers, or the outbox drains. */
  #step(): boolean {
    const exchange = this.#exchange;
    // The request was received to its end: what lies behind it need not be looked at before it is answered.
    if (exchange?.received && this.#goOn(exchange)) return true;
    const event: NextEvent = this.#http.nextEvent();
    this.#intake.look(event === PAUSED);
    if (event === NEED_DATA || event === PAUSED) return exchange !== undefined && this.#goOn(exchange);
    switch (event.type) {
      case "request":
        this.#begin(event);
        return true;
      case "data":
        if (exchange?.answered) return this.#discardContent(exchange, event.bytes);
        exchange?.request.body.push(kept(event.bytes));
        return true;
      case "end":
        if (exchange !== undefined) exchange.received = true;
        exchange?.request.end(event.trailers);
        this.#reception.awaitNothing();
        return true;
      case "closed":
        if (exchange !== undefined) return this.#goOn(exchange);
        this.#end();
        return false;
      case "informational":
      case "response":
        throw new Error(`a server received a ${event.type}`);
      default:
        return event satisfies never;
    }
  }

  #begin(head: RequestHead): void {
    this.#persistence.countRequest();
    const hasContent = this.#http.peerFraming?.kind !== "none";
    if (hasContent) this.#reception.awaitContent(this.#turn, this.#http.bufferedBytes);
    this.#exchange = new ServedExchange(head, this.#connection, this, this.#turn, this.#settings);
    if (this.#peerEnded) this.#exchange.request.lose(halfClosed());
  }

  /**
   * Moves the exchange on. `false`: it waits for the handler, or for the rest of the request.
   *
   * The handler gets the request only when all that arrived with the head was read: so a content that is broken from
   * the start never reaches it.
   */
  #goOn(exchange: ServedExchange): boolean {
    if (exchange.handed) return exchange.answered && this.#startNextCycle(exchange);
    this.#answering.handOver(exchange);
    return true;
  }

  #startNextCycle(exchange: ServedExchange): boolean {
    // An answer that began before the drain could not say that it is the last one.
    if (!this.#http.persistent || this.#persistence.draining) {
      this.#end();
      return true;
    }
    // A peer that pipelines and does not read must not fill our memory with answers.
    if (!exchange.received || this.#outbox.blocked) return false;
    this.#http.startNextCycle();
    this.#exchange = undefined;
    if (this.#http.bufferedBytes > 0) this.#reception.awaitHead(this.#turn);
    else this.#reception.awaitNextRequest(this.#turn);
    return true;
  }

  /** `false` once it is too much. */
  #discardContent(exchange: ServedExchange, bytes: Uint8Array): boolean {
    if (this.#persistence.discard(exchange, bytes)) return true;
    this.#end();
    return false;
  }

  #updateFlow(): void {
    if (!this.#closing) this.#intake.update(this.#exchange?.request.queuedBytes ?? 0);
  }

  // What the answer asks of its connection

  get exchange(): ServedExchange | undefined {
    return this.#exchange;
  }

  get secure(): boolean {
    return this.#connection.tls !== undefined;
  }

  get now(): number {
    return this.#advancing ? this.#turn : this.#settings.deadlines.clock.now();
  }

  /** What is gathered leaves when the loop is through. */
  get gathering(): boolean {
    return this.#advancing;
  }

  get peerEnded(): boolean {
    return this.#peerEnded;
  }

  onAnswered(exchange: ServedExchange): void {
    this.#report(exchange);
    this.#advance();
  }

  breakOff(exchange: ServedExchange, error: unknown): void {
    if (exchange !== this.#exchange) return;
    this.#exchange = undefined;
    this.#lose(exchange, error instanceof Error ? error : new Error(String(error)));
    this.#abort(error);
  }

  /** The handler starts to read the content. The client may hold it back until it is told to go on. */
  contentWanted(exchange: ServedExchange): void {
    if (exchange !== this.#exchange || exchange.responding || !this.#http.expectsContinue) return;
    this.#answering.goAhead();
    if (this.#advancing) return;
    this.#outbox.flush();
    this.#updateFlow();
  }

  contentTaken(): void {
    this.#updateFlow();
  }

  // What goes wrong

  /** Answers a request that broke a rule, and takes nothing more from this peer. */
  #refuse(error: ProtocolError | TransportError, status: number, sentence: string): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    tell((refusal) => this.#settings.onRefused?.(refusal, this.#connection.remote), error);
    if (exchange !== undefined) {
      // A complete answer stays as it is. An answer that has begun cannot become another one.
      if (exchange.answered) {
        this.#end();
        return;
      }
      if (!exchange.responding) exchange.status = status;
      this.#lose(exchange, error);
      if (exchange.responding) {
        this.#abort(error);
        return;
      }
    }
    this.#answering.refuse(status, sentence);
    this.#end();
  }

  /** The exchange will have no answer, or no complete one. */
  #lose(exchange: ServedExchange, error: Error): void {
    exchange.lose(error);
    this.#report(exchange);
  }

  /** The exchange is over. Called once for each. */
  #report(exchange: ServedExchange): void {
    exchange.request.release();
    const { onExchange, deadlines } = this.#settings;
    if (onExchange !== undefined) tell(onExchange, exchange.summary(deadlines.clock.now()));
  }

  /** What the connection waited for did not come in time. */
  #late(error: TransportError | undefined): void {
    // Between requests silence is no fault, and a client would take a 408 for the answer to its next request.
    if (error === undefined) this.#end();
    else this.#refuse(error, 408, `${error.message} [RFC 9110 §15.5.9]`);
  }

  /**
   * Ends the connection: what is queued is sent, then FIN, and then the connection reads on for a moment. A reset,
   * while the client still sends, could take our answer from it (RFC 9112 §9.6).
   */
  #end(): void {
    this.#closing = true;
    this.#exchange = undefined;
    this.#reception.awaitNothing();
    void this.#outbox.end();
    void this.#connection[Symbol.asyncDispose]().then(() => this.#settle());
  }

  #settle(): void {
    this.#reception.awaitNothing();
    this.#answering.clear();
    this.#outbox.clear();
    this.#outbox.unblock();
    this.#resolveOver();
  }

  #abort(reason?: unknown): void {
    this.#closing = true;
    this.#reception.awaitNothing();
    this.#outbox.clear();
    this.#connection.abort(reason instanceof Error ? reason : undefined);
  }
}

/** RFC 9293 §3.6: a client may end its direction and read on, so the answer is sent all the same. */
const halfClosed = (): TransportError =>
  new TransportError("PEER_CLOSED_BEFORE_RESPONSE", "head", "the client ended before it was answered (FIN)");
