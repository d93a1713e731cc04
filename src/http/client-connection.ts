import { copyOf } from "../bytes/copy.ts";
import { latin1Bytes } from "../bytes/text.ts";
import { Http1Connection } from "../http1/connection.ts";
import { ProtocolError } from "../http1/errors.ts";
import { NEED_DATA, PAUSED, type ResponseHead } from "../http1/events.ts";
import { EMPTY_FIELDS, Fields } from "../http1/fields.ts";
import type { Http1Leniency } from "../http1/leniency.ts";
import type { Http1Limits } from "../http1/limits.ts";
import type { Http1Observer } from "../http1/observer.ts";
import type { ByteSink, CloseReason, TcpConnection } from "../tcp/connection.ts";
import { type Phase, TransportError, type TransportErrorCode } from "../tcp/errors.ts";
import type { Deadline, Deadlines } from "./deadline.ts";
import { Exchange, type ExchangeStart } from "./exchange.ts";
import { IncomingResponse } from "./incoming-response.ts";
import type { ConnectionInfo } from "./messages.ts";
import { mismatch, type OutgoingRequest } from "./outgoing-request.ts";
import type { BodySource } from "./response-body.ts";

/*
 * One connection of an HTTP client: requests out, responses in, one exchange after the other.
 *
 *     request ─► Http1Connection ─► bytes
 *     bytes ─► Http1Connection ─► head settles the promise; content is queued; the end frees the connection
 *
 * The receiving loop (`#advance`) is synchronous and runs in the socket's callback. Promises are what the caller
 * holds, not what the loop is made of. By the time a caller learns of a response whose content came along, the
 * connection is back in the pool already.
 */

export interface ClientConnectionSettings {
  readonly limits: Partial<Http1Limits>;
  readonly leniency: Http1Leniency;
  readonly deadlines: Deadlines;
  /** From the request's last byte to the end of the response's head. */
  readonly headTimeoutMs: number;
  /** Without a byte of content. */
  readonly bodyTimeoutMs: number;
  /** Without the server taking anything of what waits for it. */
  readonly writeTimeoutMs: number;
  /** Unused, where the server gives no hint. */
  readonly idleTimeoutMs: number;
}

/** Where a connection belongs. */
export interface ConnectionOwner {
  /** The exchange is complete, and another may follow. */
  onFree(connection: ClientConnection): void;
  /** No exchange will ever follow. Once. */
  onGone(connection: ClientConnection): void;
}

/** What is not read yet; beyond it the socket is paused. */
const MAX_QUEUED_BYTES = 64 * 1024;
/** A content nobody wants is read as far as this, and for so long, to save the connection. */
const MAX_DISCARDED_BYTES = 64 * 1024;
const DISCARD_MS = 1000;
/** Content up to this size leaves with its head in one write; more goes piece by piece. */
const PIECE_BYTES = 64 * 1024;
/** As curl: a server may be silent about Expect (RFC 9110 §10.1.1). */
const CONTINUE_MS = 1000;

/** After our FIN, for the server's. */
const LINGER_MS = 1000;

type Waiting = "continue" | "write" | "head" | "body" | "unread" | "discard" | "idle" | "linger";

export class ClientConnection implements ByteSink, BodySource {
  readonly tcp: TcpConnection;
  /** Settles when our side has ended, or when it is no longer ours to end. */
  over: Promise<unknown>;
  readonly #http1: Http1Connection;
  readonly #settings: ClientConnectionSettings;
  readonly #owner: ConnectionOwner;
  readonly #deadline: Deadline;
  /** What the deadline is about. */
  #waiting: Waiting = "idle";
  #exchange: Exchange | undefined;
  #exchanges = 0;
  #idleTimeoutMs: number;
  #gone = false;
  #goneBecause: Error | undefined;
  #paused = false;
  #wakeWriter: (() => void) | undefined;

  constructor(
    tcp: TcpConnection,
    observer: Http1Observer | undefined,
    settings: ClientConnectionSettings,
    owner: ConnectionOwner,
  ) {
    this.tcp = tcp;
    this.over = tcp.closed;
    this.#settings = settings;
    this.#owner = owner;
    this.#idleTimeoutMs = settings.idleTimeoutMs;
    this.#http1 = new Http1Connection({
      role: "client",
      limits: settings.limits,
      leniency: settings.leniency,
      observer,
    });
    this.#deadline = settings.deadlines.create(() => this.#expired());
    tcp.attach(this);
  }

  /** Whether nothing is wrong with it so far. */
  get usable(): boolean {
    return !this.#gone;
  }

  /** How many requests it has taken. */
  get exchanges(): number {
    return this.#exchanges;
  }

  /**
   * Sends a request. Resolves with the response's head; its content comes after it.
   *
   * @throws {ProtocolError} blame "local" when the request breaks a rule: nothing was sent.
   */
  exchange(request: OutgoingRequest, start: ExchangeStart): Promise<IncomingResponse> {
    const exchange = new Exchange(request, start, this.#now(), this.#exchanges > 0, this);
    if (this.#gone) {
      // It ended in the turns between its place in the pool and here: nothing would ever answer.
      exchange.reject(this.#goneBecause ?? exchange.closedBeforeResponse());
      return exchange.response;
    }
    this.#exchange = exchange;
    start.cancellation?.onCancel((error) => this.#fail(exchange, error));
    this.#exchanges++;
    if (this.#exchange === exchange) this.#send(exchange);
    return exchange.response;
  }

  /** Nobody uses it: it does not keep the process alive, and ends after a while. */
  rest(): void {
    this.#wait("idle", this.#idleTimeoutMs);
    this.tcp.unref();
  }

  /** It is used again, unless it should have been ended by now: our timer may be late, the server's is not. */
  wake(): boolean {
    if (this.#gone) return false;
    if (this.#deadline.at <= this.#now()) {
      this.end();
      return false;
    }
    this.#deadline.clear();
    this.tcp.ref();
    return true;
  }

  /** FIN. Both messages are complete, so nothing but the server's own FIN is waited for, and not for long. */
  end(): void {
    if (this.#gone) return;
    this.#retire();
    this.#wait("linger", LINGER_MS);
    this.tcp.unref();
    // A failure shows in `onClose`, too.
    this.over = this.tcp.end().then(undefined, () => {});
  }

  /** Ends it, whatever is under way. */
  abort(error: Error): void {
    if (this.#exchange !== undefined) this.#fail(this.#exchange, error);
    else this.#abort(error);
  }

  // The request

  #send(exchange: Exchange): void {
    const { head, content, awaitsContinue } = exchange.request;
    try {
      const text = this.#http1.sendHead(head);
      if (content === undefined) {
        this.#http1.send(END);
        this.tcp.send(text);
      } else if (content instanceof Uint8Array && content.length <= PIECE_BYTES && !awaitsContinue) {
        this.tcp.send(this.#whole(latin1Bytes(text), content, exchange));
      } else {
        this.tcp.send(text);
        void this.#sendContent(exchange, content instanceof Uint8Array ? piecesOf(content) : content);
        return;
      }
    } catch (error) {
      // Refused by the core before anything was sent. It may have moved, so it takes no other request.
      this.#fail(exchange, error);
      return;
    }
    this.#sent(exchange);
  }

  /** Head, content and end, to leave in one write. */
  #whole(head: Uint8Array, content: Uint8Array, exchange: Exchange): Uint8Array {
    const data = this.#http1.send({ type: "data", bytes: content });
    const end = this.#http1.send({ ...END, trailers: Fields.from(exchange.request.trailers?.()) });
    const whole = new Uint8Array(head.length + data.length + end.length);
    whole.set(head);
    whole.set(data, head.length);
    whole.set(end, head.length + data.length);
    return whole;
  }

  async #sendContent(
    exchange: Exchange,
    content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  ): Promise<void> {
    try {
      if (exchange.request.awaitsContinue) await this.#continued(exchange);
      if (this.#mayNotSend(exchange)) return;
      for await (const bytes of content) {
        if (this.#mayNotSend(exchange)) return;
        if (!(bytes instanceof Uint8Array)) throw new TypeError("the content of a request has to be bytes");
        if (!this.tcp.send(this.#http1.send({ type: "data", bytes }))) await this.#drained(exchange);
        if (this.#mayNotSend(exchange)) return;
      }
      this.tcp.send(this.#http1.send({ ...END, trailers: Fields.from(exchange.request.trailers?.()) }));
      this.#sent(exchange);
    } catch (error) {
      if (this.#exchange === exchange) this.#fail(exchange, inWordsOfTheRequest(error));
    }
  }

  #mayNotSend(exchange: Exchange): boolean {
    return this.#exchange !== exchange || exchange.refusedContent;
  }

  #continued(exchange: Exchange): Promise<void> {
    this.#wait("continue", CONTINUE_MS);
    return new Promise((resolve) => {
      exchange.proceed = resolve;
    });
  }

  #drained(exchange: Exchange): Promise<void> {
    if (!exchange.responded) this.#wait("write", this.#settings.writeTimeoutMs);
    return new Promise((resolve) => {
      this.#wakeWriter = resolve;
    });
  }

  #sent(exchange: Exchange): void {
    exchange.timings.sentMs = this.#now() - exchange.timings.startedAt;
    if (!exchange.responded) this.#wait("head", this.#settings.headTimeoutMs);
  }

  // What the socket says

  onBytes(bytes: Uint8Array): void {
    const exchange = this.#exchange;
    if (exchange === undefined) {
      // An answer to nothing: whoever asked next would take it for theirs.
      if (!this.#gone)
        this.#abort(new TransportError("UNSOLICITED_DATA", "idle", "bytes arrived that nobody asked for"));
      return;
    }
    if (exchange.bytesReceived === 0) exchange.timings.firstByteMs = this.#now() - exchange.timings.startedAt;
    exchange.bytesReceived += bytes.length;
    this.#http1.receive(bytes);
    this.#advance(exchange);
  }

  onEnd(cut?: TransportError): void {
    const exchange = this.#exchange;
    if (exchange === undefined) {
      this.end();
    } else if (exchange.bytesReceived === 0) {
      this.#fail(exchange, exchange.closedBeforeResponse());
    } else if (cut !== undefined && this.#http1.peerFraming?.kind === "close") {
      // Whose end is the connection's is whole only if the peer itself ended it (RFC 9112 §9.8).
      this.#fail(exchange, exchange.truncated(this.#http1.peerFraming, cut));
    } else {
      this.#http1.receiveEnd();
      this.#advance(exchange);
      if (this.#exchange === exchange) this.#fail(exchange, exchange.closedBeforeResponse());
    }
  }

  onDrain(): void {
    this.#wakeWriter?.();
    this.#wakeWriter = undefined;
    if (this.#waiting === "write") this.#deadline.clear();
  }

  onClose(reason: CloseReason): void {
    const exchange = this.#exchange;
    if (exchange !== undefined) this.#fail(exchange, exchange.brokenBy(reason, this.#http1.peerFraming));
    this.#deadline.clear();
    this.#retire();
  }

  // The response

  #advance(exchange: Exchange): void {
    try {
      while (this.#step(exchange));
    } catch (error) {
      this.#fail(exchange, exchange.explained(error, this.#http1.peerFraming));
      return;
    }
    if (this.#exchange !== exchange) return;
    if (exchange.responded) this.#updateFlow(exchange);
  }

  /** Takes one event. `false`: nothing more to take. */
  #step(exchange: Exchange): boolean {
    const event = this.#http1.nextEvent();
    if (event === NEED_DATA || event === PAUSED) return false;
    switch (event.type) {
      case "informational":
        exchange.informational.push(event);
        exchange.onInformational?.(event);
        if (event.status === 100) exchange.proceed?.();
        return this.#exchange === exchange;
      case "response":
        this.#respond(exchange, event);
        return this.#exchange === exchange;
      case "data":
        exchange.contentBytes += event.bytes.length;
        if (exchange.body.discarded) return this.#dropped(exchange, event.bytes.length);
        exchange.body.push(copyOf(event.bytes));
        return true;
      case "end":
        this.#complete(exchange, event.trailers);
        return false;
      case "closed":
        return false;
      case "request":
        throw new Error("a client received a request");
      default:
        return event satisfies never;
    }
  }

  #respond(exchange: Exchange, head: ResponseHead): void {
    exchange.responded = true;
    this.#deadline.clear();
    const { idleTimeoutMs } = this.#settings;
    this.#idleTimeoutMs = idleTimeoutMs === 0 ? 0 : (idleHintMs(head.fields) ?? idleTimeoutMs);
    if (this.#http1.ourState === "send-body" && (head.status >= 400 || exchange.proceed !== undefined)) {
      // The answer is there before the content was: an error wants none, and after any other answer to Expect
      // the server may or may not read it (RFC 9110 §10.1.1). Either way the connection is not used again.
      exchange.refusedContent = true;
      exchange.proceed?.();
    }
    const upgraded = this.#http1.peerState === "switched" ? this.#handOver(exchange) : undefined;
    const request = exchange.request;
    exchange.resolve(
      new IncomingResponse(
        {
          head,
          informational: exchange.informational,
          content: exchange.body,
          request: { method: request.head.method, url: request.url.href, head: request.head },
          connection: this.#info(exchange),
          timings: exchange.timings,
          upgraded,
        },
        exchange.options,
      ),
    );
  }

  /** The response is there. The connection is free before its caller hears of it. */
  #complete(exchange: Exchange, trailers: Fields): void {
    const http1 = this.#http1;
    this.#exchange = undefined;
    exchange.cancellation?.dispose();
    exchange.timings.endMs = this.#now() - exchange.timings.startedAt;
    this.#deadline.clear();
    this.#setPaused(false);
    exchange.body.end(trailers);
    if (http1.bufferedBytes > 0) {
      // What follows a response is a mistake or an attack; it shall not answer the next request.
      this.#abort(new TransportError("UNSOLICITED_DATA", "idle", "bytes followed the end of the response"));
    } else if (http1.ourState === "send-body") {
      this.#abort(new TransportError("ABORTED", "write", "the server answered before it had the content"));
      this.#stopSending(exchange);
    } else if (http1.persistent && this.#idleTimeoutMs > 0) {
      http1.startNextCycle();
      this.#owner.onFree(this);
    } else {
      this.end();
    }
  }

  /** The connection speaks another protocol from here on, and is the caller's. */
  #handOver(exchange: Exchange): TcpConnection {
    this.#exchange = undefined;
    exchange.cancellation?.dispose();
    exchange.timings.endMs = this.#now() - exchange.timings.startedAt;
    exchange.body.end(EMPTY_FIELDS);
    this.over = Promise.resolve();
    this.#retire();
    this.tcp.detach(this.#http1.takeLeftover());
    return this.tcp;
  }

  onBodyRead(): void {
    if (this.#exchange !== undefined) this.#updateFlow(this.#exchange);
  }

  onBodyDiscarded(): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    const framing = this.#http1.peerFraming;
    const length = framing?.kind === "length" ? framing.length - exchange.contentBytes : 0;
    if (length > MAX_DISCARDED_BYTES) {
      this.#fail(exchange, unwanted());
    } else {
      this.#setPaused(false);
      this.#wait("discard", DISCARD_MS);
    }
  }

  #dropped(exchange: Exchange, length: number): boolean {
    exchange.discardedBytes += length;
    if (exchange.discardedBytes <= MAX_DISCARDED_BYTES) return true;
    this.#fail(exchange, unwanted());
    return false;
  }

  #updateFlow(exchange: Exchange): void {
    const { body } = exchange;
    if (body.discarded) return;
    const full = body.queuedBytes > MAX_QUEUED_BYTES;
    this.#setPaused(full);
    if (!full) this.#wait("body", this.#settings.bodyTimeoutMs);
    // A reader may be as slow as it likes; a content that nobody ever begins to read would hold us for good.
    else if (body.started) this.#deadline.clear();
    else this.#wait("unread", this.#settings.bodyTimeoutMs);
  }

  #setPaused(paused: boolean): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    if (paused) this.tcp.pause();
    else this.tcp.resume();
  }

  // What goes wrong

  #fail(exchange: Exchange, error: unknown): void {
    if (this.#exchange !== exchange) return;
    this.#exchange = undefined;
    // Before the head, whoever asked has it in hand, and may ask again with what is left of the time.
    if (exchange.responded) exchange.cancellation?.dispose();
    else exchange.cancellation?.onCancel(undefined);
    const reason = error instanceof Error ? error : new Error(String(error));
    if (exchange.responded) exchange.body.fail(reason);
    else exchange.reject(error);
    this.#abort(reason);
    this.#stopSending(exchange);
  }

  #stopSending(exchange: Exchange): void {
    exchange.proceed?.();
    this.#wakeWriter?.();
    this.#wakeWriter = undefined;
  }

  #abort(error: Error): void {
    this.#goneBecause ??= error;
    this.#deadline.clear();
    this.#retire();
    this.tcp.abort(error);
  }

  #retire(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#owner.onGone(this);
  }

  #wait(waiting: Waiting, ms: number): void {
    this.#waiting = waiting;
    this.#deadline.set(ms);
  }

  #expired(): void {
    const { headTimeoutMs, bodyTimeoutMs, writeTimeoutMs } = this.#settings;
    switch (this.#waiting) {
      case "continue":
        this.#exchange?.proceed?.();
        break;
      case "write":
        this.#timedOut("TIMEOUT_WRITE", "write", `the server took nothing for ${seconds(writeTimeoutMs)}`);
        break;
      case "head":
        this.#timedOut("TIMEOUT_HEAD", "head", `no response within ${seconds(headTimeoutMs)}`);
        break;
      case "body": {
        const progress = this.#exchange?.progress(this.#http1.peerFraming);
        this.#timedOut("TIMEOUT_BODY", "body", `nothing came for ${seconds(bodyTimeoutMs)}, ${progress}`);
        break;
      }
      case "unread":
        this.#timedOut("TIMEOUT_BODY", "body", `nobody read the content for ${seconds(bodyTimeoutMs)}`);
        break;
      case "discard":
        this.abort(unwanted());
        break;
      case "idle":
        this.end();
        break;
      case "linger":
        this.tcp.abort();
        break;
      default:
        this.#waiting satisfies never;
    }
  }

  #timedOut(code: TransportErrorCode, phase: Phase, message: string): void {
    this.abort(
      new TransportError(code, phase, message, { bytesReceived: this.#exchange?.contentBytes ?? 0 }),
    );
  }

  #now(): number {
    return this.#settings.deadlines.clock.now();
  }

  #info({ reused }: Exchange): ConnectionInfo {
    const { id, local, remote, tls } = this.tcp;
    return { id, local, remote, tls, reused };
  }
}

const END = { type: "end", trailers: EMPTY_FIELDS } as const;

function* piecesOf(content: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < content.length; at += PIECE_BYTES) yield content.subarray(at, at + PIECE_BYTES);
}

/** `Keep-Alive: timeout=5`, as many servers say it; a second less, since their clock has begun before ours. */
function idleHintMs(fields: Fields): number | undefined {
  const value = fields.get("keep-alive");
  const timeout = value === undefined ? undefined : /(?:^|[,;\s])timeout=(\d{1,6})/i.exec(value)?.[1];
  return timeout === undefined ? undefined : Math.max(0, Number(timeout) * 1000 - 1000);
}

/** The core's complaint about a content that is not as long as its Content-Length, as one about the request. */
function inWordsOfTheRequest(error: unknown): unknown {
  if (!(error instanceof ProtocolError) || error.blame !== "local") return error;
  if (error.code !== "BODY_TOO_LONG" && error.code !== "BODY_TOO_SHORT") return error;
  return mismatch(`the content of the request is not as long as its Content-Length: ${error.message}`, error);
}

const unwanted = () => new TransportError("ABORTED", "body", "nobody wanted the rest of the content");
const seconds = (ms: number): string => `${ms / 1000} s`;
