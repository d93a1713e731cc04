import { printable } from "../../bytes/text.ts";
import { Http1Connection } from "../../http1/connection.ts";
import { ProtocolError } from "../../http1/errors.ts";
import { NEED_DATA, type NextEvent, PAUSED, type RequestHead } from "../../http1/events.ts";
import { Fields } from "../../http1/fields.ts";
import type { ByteSink, CloseReason, TcpConnection } from "../../tcp/connection.ts";
import { TransportError } from "../../tcp/errors.ts";
import { tell } from "../../tcp/observer.ts";
import { isReceiveMemory, kept } from "../../tcp/socket-reader.ts";
import type { Deadline } from "../deadline.ts";
import { ContentSender, type SendingConnection } from "./content-sender.ts";
import { type ExchangeOwner, ServedExchange } from "./exchange.ts";
import { type Answer, problem, type ServerResponse } from "./handler.ts";
import { Outbox, WRITE_BYTES } from "./outbox.ts";
import {
  asServerResponse,
  discardBody,
  isStream,
  type OutgoingContext,
  type OutgoingResponse,
  outgoingResponse,
} from "./outgoing-response.ts";
import { Reception } from "./reception.ts";
import { ResponseSender } from "./response-sender.ts";
import { type ServeConnectionOptions, type ServeSettings, serveSettings } from "./settings.ts";
import { answerToFailure, answerWithoutHandler } from "./unhandled-request.ts";

/*
 * One connection of an HTTP server, from its first byte to its last.
 *
 *     bytes ─► Http1Connection ─► request ─► handler ─► answer ─► Http1Connection ─► bytes
 *                    ▲                                               │
 *                    └────────────── next cycle ◄────────────────────┘
 *
 * The loop (`#advance`) is synchronous: it runs in the socket's callback until an event is missing or a handler
 * has to be awaited, and what it has to send leaves as one write. One request is in process at a time, so
 * pipelined ones are answered in their order; while one is, the next wait unparsed. The socket is read on until much
 * waits: the client's end is seen only behind all that the client has sent.
 */

/**
 * Serves HTTP/1.1 on one connection, of whatever kind. Resolves when the connection is over; never rejects.
 *
 * @throws {ProtocolError} blame "local": `serverName` cannot be sent.
 */
export function serveConnection(connection: TcpConnection, options: ServeConnectionOptions): Promise<void> {
  return new ServedConnection(connection, serveSettings(options)).over;
}

/** How much of a content nobody wants is read, so that the connection can be kept. */
const MAX_DISCARDED_BYTES = 64 * 1024;
/** What the handler has not read yet; beyond it the socket is paused. */
const MAX_QUEUED_BODY_BYTES = 64 * 1024;
/** What is kept of requests that wait for the one in process; beyond it the socket is paused, and its end unseen. */
const MAX_AHEAD_BYTES = 16 * 1024;

/** How long a connection without a whole request yet is kept once the server stops. */
const LAST_HEAD_MS = 100;

export class ServedConnection implements ByteSink, ExchangeOwner, SendingConnection {
  /** Settles when all is over. */
  readonly over: Promise<void>;
  readonly #connection: TcpConnection;
  readonly #settings: ServeSettings;
  readonly #http: Http1Connection;
  readonly #reception: Reception;
  readonly #outbox: Outbox;
  readonly #sender: ResponseSender;
  /** Made for the first content that does not leave with its head. */
  #contents: ContentSender | undefined;
  /** Until when the handler has to answer, where that is limited. */
  readonly #answering: Deadline | undefined;
  readonly #openedAt: number;
  readonly #resolveOver: () => void;

  /** It is ending, or has ended: nothing is read or answered any more. */
  #closing = false;
  #exchange: ServedExchange | undefined;
  #requests = 0;
  #draining = false;
  #peerEnded = false;

  #advancing = false;
  /** When the loop began. A look at the clock for each step would be a twentieth of what it does. */
  #turn = 0;
  /** More of the next requests waits than is kept while one is in process. */
  #ahead = false;
  #willFlush = false;
  #paused = false;

  constructor(connection: TcpConnection, settings: ServeSettings) {
    this.#connection = connection;
    this.#settings = settings;
    this.#http = new Http1Connection({
      role: "server",
      limits: settings.limits,
      observer: settings.observer,
    });
    const { deadlines } = settings;
    this.#reception = new Reception(
      deadlines,
      settings,
      () => connection.bytesIn,
      (error) => this.#late(error),
    );
    this.#outbox = new Outbox(connection, deadlines, settings.writeTimeoutMs);
    this.#sender = new ResponseSender(this.#http, this.#outbox);
    if (Number.isFinite(settings.handlerTimeoutMs))
      this.#answering = deadlines.create(() => this.#handlerLate());
    this.#openedAt = deadlines.clock.now();
    let resolveOver = (): void => {};
    this.over = new Promise((resolve) => {
      resolveOver = resolve;
    });
    this.#resolveOver = resolveOver;
    connection.attach(this);
  }

  /** Since when it has waited for a request; `undefined` while it is busy, or once it will take no other. */
  get idleSince(): number | undefined {
    return this.#closing || this.#draining ? undefined : this.#reception.idleSince;
  }

  /** What is gathered leaves when the loop is through. */
  get gathering(): boolean {
    return this.#advancing;
  }

  get peerEnded(): boolean {
    return this.#peerEnded;
  }

  /** Takes no further request: an idle connection ends now, a busy one after its answer, a half-sent head soon. */
  drain(): void {
    this.#draining = true;
    if (this.#closing || this.#exchange !== undefined) return;
    // Nobody who has just connected, or has begun to send, knows that we stop, nor may send again elsewhere what was
    // never answered. But a head that is not whole is no work in flight.
    if (this.#requests > 0 && this.#reception.idleSince !== undefined) this.#end();
    else this.#reception.hurryHead(LAST_HEAD_MS);
  }

  /**
   * An idle one leaves, since another needs its place. A request that the kernel holds already was not looked at:
   * it is answered first. Resolves when the connection is closed.
   */
  giveWay(): Promise<unknown> {
    this.#draining = true;
    this.#settings.deadlines.clock.afterPoll(() => {
      if (this.#closing || this.#reception.idleSince === undefined) return;
      this.#abort(
        new TransportError("OVERLOADED", "idle", "closed, while idle, in favour of a new connection"),
      );
    });
    return this.#connection.closed;
  }

  // What the socket says

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
    this.#contents?.peerEnded();
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
    if (this.#advancing) return; // a handler answered at once: the loop below goes on with it
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
    // The answer to the next request, which is promised, may be about to come: it leaves with those before it.
    if (this.#exchange?.answered === false) this.#flushSoon();
    else this.#outbox.flush();
    this.#updateFlow();
  }

  #flushSoon(): void {
    if (this.#willFlush || this.#outbox.isEmpty) return;
    this.#willFlush = true;
    this.#settings.deadlines.clock.afterPromises(() => {
      this.#willFlush = false;
      this.#outbox.flush();
    });
  }

  /** Takes one event. `false`: nothing to do until something arrives, is answered, or drains. */
  #step(): boolean {
    const exchange = this.#exchange;
    // What is behind a request that is here whole need not be looked at before it is answered.
    if (exchange?.received && this.#goOn(exchange)) return true;
    const event: NextEvent = this.#http.nextEvent();
    this.#ahead = event === PAUSED && this.#http.bufferedBytes > MAX_AHEAD_BYTES;
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
    this.#requests++;
    const hasContent = this.#http.peerFraming?.kind !== "none";
    if (hasContent) this.#reception.awaitContent(this.#turn, this.#http.bufferedBytes);
    this.#exchange = new ServedExchange(head, this.#connection, this, this.#turn, this.#settings);
    if (this.#peerEnded) this.#exchange.request.lose(halfClosed());
  }

  /** `false`: it has to be waited for. */
  #goOn(exchange: ServedExchange): boolean {
    return exchange.handed ? exchange.answered && this.#startNextCycle(exchange) : this.#handOver(exchange);
  }

  /**
   * Gives the request to the handler, once all that arrived with its head was read: a content that is broken from
   * the start never reaches it.
   */
  #handOver(exchange: ServedExchange): true {
    exchange.handed = true;
    let answer: Answer | PromiseLike<Answer>;
    try {
      answer =
        answerWithoutHandler(exchange.request.head, this.#connection.tls !== undefined) ??
        this.#settings.handler(exchange.request);
    } catch (error) {
      this.#fail(exchange, error);
      return true;
    }
    if (isPromiseLike(answer)) {
      this.#answering?.set(this.#settings.handlerTimeoutMs);
      answer.then(
        (settled) => this.#answer(exchange, settled),
        (error) => this.#fail(exchange, error),
      );
    } else {
      this.#answer(exchange, answer);
    }
    return true;
  }

  #startNextCycle(exchange: ServedExchange): boolean {
    // An answer that had begun before the drain did could not say that it is the last one.
    if (!this.#http.persistent || this.#draining) {
      this.#end();
      return true;
    }
    // A peer that pipelines and does not read shall not fill our memory with answers.
    if (!exchange.received || this.#outbox.blocked) return false;
    this.#http.startNextCycle();
    this.#exchange = undefined;
    if (this.#http.bufferedBytes > 0) this.#reception.awaitHead(this.#turn);
    else this.#reception.awaitNextRequest(this.#turn);
    return true;
  }

  // The answer

  #answer(exchange: ServedExchange, answer: Answer): void {
    // Refused, lost or too late meanwhile.
    if (exchange !== this.#exchange) {
      discardBody(answer);
      return;
    }
    this.#answering?.clear();
    let response: OutgoingResponse;
    try {
      const shaped = asServerResponse(answer);
      response = this.#made(shaped, exchange.request.head, this.#closesAfter(exchange, shaped));
      if (isShort(response)) this.#sender.whole(response);
      else this.#sender.head(response);
    } catch (error) {
      // The handler's answer cannot be sent, and nothing of it was (RFC 9110 §5.5: a CR LF in a value, …).
      discardBody(answer);
      this.#fail(exchange, error);
      return;
    }
    exchange.responding = true;
    exchange.status = response.head.status;
    if (isShort(response)) {
      exchange.contentBytes = response.content?.length ?? 0;
      this.#finish(exchange);
    } else {
      void this.#sendLong(exchange, response);
    }
  }

  #made(answer: ServerResponse, request: OutgoingContext["request"], close: boolean): OutgoingResponse {
    const { heads, idleTimeoutMs, deadlines } = this.#settings;
    const clockMs = this.#advancing ? this.#turn : deadlines.clock.now();
    return outgoingResponse(answer, { request, heads, clockMs, close, idleTimeoutMs });
  }

  /** Sends a content piece by piece, as fast as the peer takes it, and then the end. */
  async #sendLong(exchange: ServedExchange, response: OutgoingResponse): Promise<void> {
    this.#contents ??= new ContentSender(this.#sender, this.#outbox, this.#settings.deadlines, this);
    try {
      await this.#contents.send(exchange, response);
      if (exchange !== this.#exchange) return;
      this.#sender.end(Fields.from(response.trailers?.()));
    } catch (error) {
      // RFC 9112 §8: a content cut short must not look complete.
      this.#breakOff(exchange, error);
      return;
    }
    this.#finish(exchange);
  }

  #finish(exchange: ServedExchange): void {
    exchange.answered = true;
    if (!exchange.received) {
      exchange.request.body.fail(new TransportError("BODY_USED", "body", "the request was answered already"));
    }
    this.#report(exchange);
    this.#advance();
  }

  /** What the handler threw becomes an answer, without its text: that may hold secrets. */
  #fail(exchange: ServedExchange, error: unknown): void {
    if (exchange !== this.#exchange) return;
    // The answer to a failure failed: nothing is left to say.
    if (exchange.error !== undefined) {
      this.#breakOff(exchange, exchange.error);
    } else {
      exchange.error = error;
      this.#answer(exchange, answerToFailure(error));
    }
  }

  #breakOff(exchange: ServedExchange, error: unknown): void {
    if (exchange !== this.#exchange) return;
    this.#exchange = undefined;
    this.#lose(exchange, error instanceof Error ? error : new Error(String(error)));
    this.#abort(error);
  }

  /** No other request after this one? Said in the answer, so decided before it. */
  #closesAfter(exchange: ServedExchange, answer: ServerResponse): boolean {
    if (!this.#http.persistent || this.#draining) return true;
    if (this.#requests >= this.#settings.maxRequestsPerConnection) return true;
    if (exchange.startedAt - this.#openedAt >= this.#settings.maxConnectionAgeMs) return true;
    if (this.#peerEnded && !(exchange.received && this.#http.bufferedBytes > 0)) return true;
    if (exchange.received) return false;
    // RFC 9110 §10.1.1: whether the client still sends the content we did not ask for cannot be known.
    if (this.#http.expectsContinue) return true;
    // A handler that streams may still be reading; the others are done, and the rest is read only if it is short.
    if (isStream(answer.body)) return false;
    const framing = this.#http.peerFraming;
    return framing?.kind !== "length" || framing.length > MAX_DISCARDED_BYTES;
  }

  /** Its handler starts to read: a client may wait to be told so. */
  contentWanted(exchange: ServedExchange): void {
    if (exchange !== this.#exchange || exchange.responding || !this.#http.expectsContinue) return;
    this.#sender.goAhead();
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
    tell((it) => this.#settings.onRefused?.(it, this.#connection.remote), error);
    if (exchange !== undefined) {
      // An answer that is complete stays so; one that has begun cannot be turned into another.
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
    const response = this.#made(problem(status, printable(sentence)), this.#http.request, true);
    this.#sender.whole(response);
    this.#end();
  }

  /** The exchange will have no answer, or no complete one. */
  #lose(exchange: ServedExchange, error: Error): void {
    exchange.lose(error);
    this.#report(exchange);
  }

  /** It is over, once for each. */
  #report(exchange: ServedExchange): void {
    exchange.request.release();
    const { onExchange, deadlines } = this.#settings;
    if (onExchange !== undefined) tell(onExchange, exchange.summary(deadlines.clock.now()));
  }

  /** What it waited for did not come in time. */
  #late(error: TransportError | undefined): void {
    // Between requests silence is no fault, and a 408 would be taken for the answer to the next request.
    if (error === undefined) this.#end();
    else this.#refuse(error, 408, `${error.message} [RFC 9110 §15.5.9]`);
  }

  /** Nobody knows what it still does: no other request may pile up behind it. */
  #handlerLate(): void {
    const exchange = this.#exchange;
    if (exchange === undefined || exchange.responding) return;
    const sentence = `no answer within ${this.#settings.handlerTimeoutMs / 1000} s`;
    const error = new TransportError("TIMEOUT_HANDLER", "head", `the handler gave ${sentence}`);
    exchange.lose(error);
    this.#answer(exchange, problem(503, `${sentence} [RFC 9110 §15.6.4]`, [["Connection", "close"]]));
  }

  /**
   * Lets go of the connection: what is queued is sent, then FIN, and then the connection itself reads on for a
   * moment. A reset while the client is still sending could take our answer from it (RFC 9112 §9.6).
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
    this.#answering?.clear();
    this.#contents?.clear();
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

  // Bytes out, and the flow of both directions

  /** `false` once it is too much. */
  #discardContent(exchange: ServedExchange, bytes: Uint8Array): boolean {
    exchange.discardedBytes += bytes.length;
    if (exchange.discardedBytes <= MAX_DISCARDED_BYTES) return true;
    this.#end();
    return false;
  }

  #updateFlow(): void {
    if (this.#closing) return;
    const queuedBytes = this.#exchange?.request.queuedBytes ?? 0;
    this.#setPaused(this.#ahead || queuedBytes > MAX_QUEUED_BODY_BYTES);
    this.#reception.hold(this.#paused || this.#http.expectsContinue);
  }

  #setPaused(paused: boolean): void {
    if (paused === this.#paused || this.#closing) return;
    this.#paused = paused;
    if (paused) this.#connection.pause();
    else this.#connection.resume();
  }
}

/** RFC 9293 §3.6: a client may end its direction and read on, so that the answer is sent all the same. */
const halfClosed = (): TransportError =>
  new TransportError("PEER_CLOSED_BEFORE_RESPONSE", "head", "the client ended before it was answered (FIN)");

/** It may leave in one write. */
const isShort = ({ stream, content }: OutgoingResponse): boolean =>
  stream === undefined && (content === undefined || content.length <= WRITE_BYTES);

/** Not `instanceof`: other libraries, and other realms, have promises of their own. */
function isPromiseLike(answer: Answer | PromiseLike<Answer>): answer is PromiseLike<Answer> {
  return typeof (answer as Partial<PromiseLike<Answer>> | null | undefined)?.then === "function";
}
