import { latin1, latin1Bytes } from "../../bytes/text.ts";
import { Http1Connection } from "../../http1/connection.ts";
import { ProtocolError } from "../../http1/errors.ts";
import { NEED_DATA, PAUSED, type ResponseHead } from "../../http1/events.ts";
import { EMPTY_FIELDS, Fields } from "../../http1/fields.ts";
import type { Http1Leniency } from "../../http1/leniency.ts";
import type { Http1Limits } from "../../http1/limits.ts";
import type { Http1Observer } from "../../http1/observer.ts";
import type { ByteSink, CloseReason, TcpConnection } from "../../tcp/connection.ts";
import { type Phase, TransportError, type TransportErrorCode } from "../../tcp/errors.ts";
import { isReceiveMemory, kept } from "../../tcp/socket-reader.ts";
import type { Deadline, Deadlines } from "../deadline.ts";
import type { Exchange } from "./exchange.ts";
import { IncomingResponse } from "./incoming-response.ts";
import { mismatch } from "./outgoing-request.ts";
import type { Pooled } from "./pool.ts";
import { type BodySource, ResponseBody } from "./response-body.ts";

/*
 * One connection of an HTTP client: requests out, responses in, one exchange after the other. Where pipelining is
 * wanted, requests may be ahead of the responses.
 *
 *     taken ─► Http1Connection ─► bytes, in one write
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
  /** Requests that may be unanswered at a time. */
  readonly pipelining: number;
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
  /** An exchange is complete, and another may follow. */
  onFree(connection: ClientConnection): void;
  /** No exchange will ever follow. Once. */
  onGone(connection: ClientConnection): void;
  /** Whether a request waits for this connection, or for another to its origin. */
  isAwaited(connection: ClientConnection): boolean;
}

/** What is not read yet; beyond it the socket is paused. */
const MAX_QUEUED_BYTES = 64 * 1024;
/** A content nobody wants is read as far as this, and for so long, to save the connection. */
const MAX_DISCARDED_BYTES = 64 * 1024;
const DISCARD_MS = 1000;
/** Content up to this size leaves with its head in one write; more goes piece by piece. */
const PIECE_BYTES = 64 * 1024;
/** Content up to this size leaves as text, like the head: that costs less than bytes do. */
const TEXT_BYTES = 1024;
/** As curl: a server may be silent about Expect (RFC 9110 §10.1.1). */
const CONTINUE_MS = 1000;
/** So long a content may wait for its reader while a request waits for the connection. */
const UNREAD_MS = 1000;

/** After our FIN, for the server's. */
const LINGER_MS = 1000;

type Waiting = "continue" | "write" | "head" | "body" | "unread" | "discard" | "idle" | "linger";

export class ClientConnection implements ByteSink, BodySource, Pooled {
  readonly tcp: TcpConnection;
  /** Settles when our side has ended, or when it is no longer ours to end. */
  over: Promise<unknown>;
  readonly #http1: Http1Connection;
  readonly #settings: ClientConnectionSettings;
  readonly #owner: ConnectionOwner;
  readonly #deadline: Deadline;
  /** What the deadline is about. */
  #waiting: Waiting = "idle";
  /** Given to us, and sent after the next poll. */
  #taken: Exchange[] = [];
  /** What the next response answers. */
  #exchange: Exchange | undefined;
  /** Sent, and answered after it. */
  readonly #behind: Exchange[] = [];
  /** How many of all these there are, and may be. A server that has answered once can be trusted with more. */
  #load = 0;
  #maxLoad = 1;
  /** What is under way, or what the server said, lets no other request follow before it is over. */
  #sealed = false;
  #exchanges = 0;
  /** When the bytes came that are being read. */
  #receivedAt = 0;
  #idleTimeoutMs: number;
  #gone = false;
  #goneBecause: Error | undefined;
  #paused = false;
  #wakeWriter: (() => void) | undefined;
  /** Its answer is complete; its content, which the server asked for with 100 (Continue), is still being sent. */
  #uploading: Exchange | undefined;

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
    this.#receivedAt = settings.deadlines.clock.now();
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

  get room(): number {
    return this.#gone || this.#sealed ? 0 : this.#maxLoad - this.#load;
  }

  get idle(): boolean {
    return this.#load === 0;
  }

  get gathering(): boolean {
    return this.#taken.length > 0;
  }

  /**
   * Sends a request that may be the first after another, and with it all that are taken by then.
   *
   * Before a connection is used again, all that the kernel holds for us is read: bytes that came unasked would be taken
   * for the answer (CVE-2026-48931), and an end that came already for one without an answer.
   *
   * What is left is a race nobody can win: HTTP/1.1 has no mark that tells an answer from bytes that arrive between
   * this look and the moment the server reads our request. We look as late as we can: from the poll to the write
   * runs only what other connections do in the same turn. Who cannot live with it sets `idleTimeoutMs: 0`.
   */
  take(exchange: Exchange): void {
    this.#load++;
    if (!exchange.mayBePipelined) this.#sealed = true;
    if (this.#taken.push(exchange) === 1) this.#settings.deadlines.clock.afterPoll(this.#sendTaken);
  }

  /** Sends the first request of a connection. */
  takeFirst(exchange: Exchange): void {
    this.#load++;
    this.#sealed = true;
    this.#taken.push(exchange);
    this.#sendTaken();
  }

  /** Nobody uses it: it does not keep the process alive, and ends after a while. */
  rest(): void {
    this.#wait("idle", this.#idleTimeoutMs, this.#receivedAt);
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

  // The requests

  readonly #sendTaken = (): void => {
    const taken = this.#taken;
    this.#taken = [];
    const now = this.#now();
    let gathered = "";
    for (const exchange of taken) {
      if (this.#gone || !this.#http1.persistent) this.#giveUp(exchange);
      else gathered = this.#begin(exchange, gathered, now);
    }
    if (gathered !== "" && !this.#gone) this.tcp.send(gathered);
  };

  /** It ended in the turns between its place in the pool and here, or will: nothing would ever answer. */
  #giveUp(exchange: Exchange): void {
    this.#load--;
    if (this.#exchanges > 0) exchange.start.owner.dispatch(exchange);
    else exchange.failed(this.#goneBecause ?? exchange.closedBeforeResponse());
  }

  /** @returns the text that is to be sent, the request behind what was gathered before. */
  #begin(exchange: Exchange, gathered: string, now: number): string {
    const { cancellation, timings } = exchange;
    if (cancellation?.error !== undefined) {
      this.#load--;
      exchange.reject(cancellation.error);
      if (this.#load === 0) this.#settle();
      return gathered;
    }
    timings.connectedMs = now - timings.startedAt;
    exchange.reused = this.#exchanges > 0;
    this.#exchanges++;
    if (this.#exchange === undefined) this.#exchange = exchange;
    else this.#behind.push(exchange);
    cancellation?.onCancel((error) => this.#cancel(exchange, error));
    return this.#send(exchange, gathered, now);
  }

  #send(exchange: Exchange, gathered: string, now: number): string {
    const { head, content, awaitsContinue } = exchange.request;
    let text = gathered;
    try {
      const headText = this.#http1.sendHead(head);
      if (content === undefined) {
        const end = this.#sendEnd(exchange);
        text += end.length === 0 ? headText : headText + latin1(end);
      } else if (content instanceof Uint8Array && content.length <= TEXT_BYTES && !awaitsContinue) {
        text += headText + latin1(this.#http1.send({ type: "data", bytes: content }));
        text += latin1(this.#sendEnd(exchange));
      } else {
        text += headText;
        if (!(content instanceof Uint8Array) || content.length > PIECE_BYTES || awaitsContinue) {
          this.tcp.send(text);
          void this.#sendContent(exchange, content instanceof Uint8Array ? piecesOf(content) : content);
          return "";
        }
        this.tcp.send(this.#whole(latin1Bytes(text), content, exchange));
        text = "";
      }
    } catch (error) {
      if (this.#behind.at(-1) !== exchange) {
        // Refused by the core before anything of it was sent. It may have moved, so it takes no other request.
        this.#fail(exchange, error);
        return "";
      }
      // One without content is refused before anything has moved, and those ahead of it need not know.
      this.#behind.pop();
      this.#load--;
      exchange.reject(error);
      return gathered;
    }
    this.#sent(exchange, now);
    return text;
  }

  #sendEnd(exchange: Exchange): Uint8Array {
    const { trailers } = exchange.request;
    return this.#http1.send(trailers === undefined ? END : { ...END, trailers: Fields.from(trailers()) });
  }

  /** Head, content and end, to leave in one write. */
  #whole(head: Uint8Array, content: Uint8Array, exchange: Exchange): Uint8Array {
    const data = this.#http1.send({ type: "data", bytes: content });
    const end = this.#sendEnd(exchange);
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
      if (this.#mayNotSend(exchange)) {
        exchange.discardContent();
        return;
      }
      for await (const bytes of content) {
        if (this.#mayNotSend(exchange)) return;
        if (!(bytes instanceof Uint8Array)) throw new TypeError("the content of a request has to be bytes");
        if (!this.tcp.send(this.#http1.send({ type: "data", bytes }))) await this.#drained(exchange);
        if (this.#mayNotSend(exchange)) return;
      }
      this.tcp.send(this.#sendEnd(exchange));
      this.#sent(exchange);
      if (this.#uploading === exchange) this.#uploaded();
    } catch (error) {
      if (this.#uploading === exchange) this.#abort(error as Error);
      else if (this.#exchange === exchange) this.#fail(exchange, inWordsOfTheRequest(error));
    }
  }

  #mayNotSend(exchange: Exchange): boolean {
    const current = exchange === this.#exchange || exchange === this.#uploading;
    return !current || exchange.refusedContent || this.#gone;
  }

  #continued(exchange: Exchange): Promise<void> {
    this.#wait("continue", CONTINUE_MS);
    return new Promise((resolve) => {
      exchange.proceed = resolve;
    });
  }

  /** The content need not wait any longer. */
  #proceed(exchange: Exchange): void {
    const { proceed } = exchange;
    exchange.proceed = undefined;
    proceed?.();
  }

  #drained(exchange: Exchange): Promise<void> {
    if (!exchange.responded || this.#uploading === exchange)
      this.#wait("write", this.#settings.writeTimeoutMs);
    return new Promise((resolve) => {
      this.#wakeWriter = resolve;
    });
  }

  #sent(exchange: Exchange, now = this.#now()): void {
    exchange.timings.sentMs = now - exchange.timings.startedAt;
    if (exchange === this.#exchange && !exchange.responded)
      this.#wait("head", this.#settings.headTimeoutMs, now);
  }

  /** The answer to one that was sent behind others cannot be stopped without theirs: it is read, for nobody. */
  #cancel(exchange: Exchange, error: TransportError): void {
    if (exchange === this.#exchange) {
      this.#fail(exchange, error);
    } else {
      exchange.abandoned = true;
      exchange.reject(error);
    }
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
    this.#receivedAt = this.#now();
    this.#countReceived(exchange, bytes.length);
    this.#http1.receive(bytes, isReceiveMemory(bytes));
    this.#advance();
  }

  #countReceived(exchange: Exchange, bytes: number): void {
    const { timings } = exchange;
    if (exchange.bytesReceived === 0 && bytes > 0) timings.firstByteMs = this.#receivedAt - timings.startedAt;
    exchange.bytesReceived += bytes;
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
      this.#receivedAt = this.#now();
      this.#http1.receiveEnd();
      this.#advance();
      if (this.#exchange !== undefined) this.#fail(this.#exchange, this.#exchange.closedBeforeResponse());
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

  #advance(): void {
    try {
      while (this.#exchange !== undefined && this.#step(this.#exchange));
    } catch (error) {
      const exchange = this.#exchange;
      if (exchange !== undefined) this.#fail(exchange, exchange.explained(error, this.#http1.peerFraming));
      return;
    }
    if (this.#exchange?.responded) this.#updateFlow(this.#exchange, this.#receivedAt);
  }

  /** Takes one event. `false`: nothing more to take. */
  #step(exchange: Exchange): boolean {
    const event = this.#http1.nextEvent();
    if (event === NEED_DATA || event === PAUSED) return false;
    switch (event.type) {
      case "informational":
        exchange.informational = [...exchange.informational, event];
        exchange.start.onInformational?.(event);
        if (event.status === 100) {
          exchange.continued = true;
          this.#proceed(exchange);
        }
        return this.#exchange === exchange;
      case "response":
        this.#respond(exchange, event);
        return this.#exchange === exchange;
      case "data": {
        const { body } = exchange;
        exchange.contentBytes += event.bytes.length;
        if (body === undefined || body.discarded) return this.#dropped(exchange, event.bytes.length);
        if (body.offer(event.bytes)) return this.#exchange === exchange;
        body.push(kept(event.bytes));
        return true;
      }
      case "end":
        this.#complete(exchange, event.trailers);
        return true;
      case "closed":
        return false;
      case "request":
        throw new Error("a client received a request");
      default:
        return event satisfies never;
    }
  }

  #respond(exchange: Exchange, head: ResponseHead): void {
    const body = new ResponseBody(this);
    exchange.body = body;
    body.discarded = exchange.abandoned;
    // Nobody reads what is abandoned, but those behind it wait for its end.
    if (exchange.abandoned) this.#wait("discard", DISCARD_MS);
    else this.#deadline.clear();
    const { idleTimeoutMs } = this.#settings;
    this.#idleTimeoutMs = idleTimeoutMs === 0 ? 0 : (idleHintMs(head.fields) ?? idleTimeoutMs);
    if (this.#http1.ourState === "send-body" && (head.status >= 400 || exchange.proceed !== undefined)) {
      // The answer is there before the content was: an error wants none, and after any other answer in place of 100
      // the server may or may not read it (RFC 9110 §10.1.1). Either way the connection is not used again.
      exchange.refusedContent = true;
      this.#proceed(exchange);
    }
    if (!this.#http1.persistent) this.#sealed = true;
    const upgraded = this.#http1.peerState === "switched" ? this.#handOver(exchange, body) : undefined;
    exchange.resolve(new IncomingResponse(exchange, head, body, this.tcp, upgraded));
  }

  /** The response is there. The connection is free before its caller hears of it. */
  #complete(exchange: Exchange, trailers: Fields): void {
    const http1 = this.#http1;
    const next = this.#behind.shift();
    this.#exchange = next;
    this.#load--;
    exchange.cancellation?.dispose();
    exchange.timings.endMs = this.#receivedAt - exchange.timings.startedAt;
    this.#deadline.clear();
    this.#setPaused(false);
    exchange.body?.end(trailers);
    if (next === undefined && http1.bufferedBytes > 0) {
      // What follows a response is a mistake or an attack; it shall not answer the next request.
      this.#abort(new TransportError("UNSOLICITED_DATA", "idle", "bytes followed the end of the response"));
      this.#stopSending(exchange);
    } else if (http1.ourState === "send-body" && exchange.continued && !exchange.refusedContent) {
      // With 100 the server has said that it reads the content, so the content goes (RFC 9110 §10.1.1).
      this.#uploading = exchange;
      if (this.#wakeWriter !== undefined) this.#wait("write", this.#settings.writeTimeoutMs);
    } else if (http1.ourState === "send-body") {
      this.#abort(new TransportError("ABORTED", "write", "the server answered before it had the content"));
      this.#stopSending(exchange);
    } else {
      this.#startNext(next);
    }
  }

  /** Both messages are complete. */
  #startNext(next: Exchange | undefined): void {
    const http1 = this.#http1;
    if (http1.persistent && (next !== undefined || this.#idleTimeoutMs > 0)) {
      http1.startNextCycle();
      if (next !== undefined) this.#awaitResponse(next);
      this.#settle();
    } else {
      this.#exchange = undefined;
      this.end();
      this.#dispatchAgain(next);
    }
  }

  /** The content is through, after its answer. No other exchange was behind it, since it had a content. */
  #uploaded(): void {
    this.#uploading = undefined;
    this.#deadline.clear();
    this.#startNext(undefined);
  }

  #awaitResponse(exchange: Exchange): void {
    this.#countReceived(exchange, this.#http1.bufferedBytes);
    this.#wait("head", this.#settings.headTimeoutMs, this.#receivedAt);
  }

  /** There is room again. */
  #settle(): void {
    this.#maxLoad = this.#settings.pipelining;
    if (this.#load === 0) this.#sealed = false;
    this.#owner.onFree(this);
  }

  /** What was sent behind an exchange that ended the connection had no turn: that does not count as one. */
  #dispatchAgain(first: Exchange | undefined): void {
    const behind = this.#behind.splice(0);
    if (first !== undefined) behind.unshift(first);
    for (const exchange of behind) {
      exchange.cancellation?.onCancel(undefined);
      if (!exchange.abandoned) exchange.start.owner.dispatch(exchange);
    }
  }

  /** The connection speaks another protocol from here on, and is the caller's. */
  #handOver(exchange: Exchange, body: ResponseBody): TcpConnection {
    this.#exchange = undefined;
    exchange.cancellation?.dispose();
    exchange.timings.endMs = this.#receivedAt - exchange.timings.startedAt;
    body.end(EMPTY_FIELDS);
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

  #updateFlow({ body }: Exchange, now?: number): void {
    if (body === undefined || body.discarded) return;
    const full = body.queuedBytes > MAX_QUEUED_BYTES;
    this.#setPaused(full);
    if (!body.started) this.#awaitReader(now);
    // A reader may be as slow as it likes; a content that nobody ever begins to read would hold us for good.
    else if (full) this.#deadline.clear();
    else this.#wait("body", this.#settings.bodyTimeoutMs, now);
  }

  /** Bytes that trickle in do not put off the next look. */
  #awaitReader(now?: number): void {
    if (this.#waiting === "unread" && this.#deadline.isSet) return;
    this.#wait("unread", Math.min(UNREAD_MS, this.#settings.bodyTimeoutMs), now);
  }

  /** Nobody has begun to read: the content gives way to a request that waits, and after `bodyTimeoutMs` anyway. */
  #checkUnread(exchange: Exchange): void {
    const { bodyTimeoutMs } = this.#settings;
    const now = this.#now();
    const leftMs = this.#receivedAt + bodyTimeoutMs - now;
    if (leftMs <= 0 && !this.#paused) {
      this.#nothingCame();
    } else if (exchange.body?.started) {
      // Its reader is busy with what it has got, and has not asked for more.
      this.#updateFlow(exchange, now);
    } else if (leftMs <= 0) {
      this.#unread(bodyTimeoutMs, "");
    } else if (this.#behind.length > 0 || this.#owner.isAwaited(this)) {
      this.#unread(UNREAD_MS, " while another request waited for the connection");
    } else {
      this.#wait("unread", Math.min(UNREAD_MS, leftMs), now);
    }
  }

  #unread(ms: number, meanwhile: string): void {
    this.#timedOut("TIMEOUT_BODY", "body", `nobody read the content for ${seconds(ms)}${meanwhile}`);
  }

  #nothingCame(): void {
    const { bodyTimeoutMs } = this.#settings;
    const progress = this.#exchange?.progress(this.#http1.peerFraming);
    this.#timedOut("TIMEOUT_BODY", "body", `nothing came for ${seconds(bodyTimeoutMs)}, ${progress}`);
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
    const { body } = exchange;
    // Before the head, whoever asked has it in hand, and may ask again with what is left of the time.
    if (body !== undefined) exchange.cancellation?.dispose();
    else exchange.cancellation?.onCancel(undefined);
    const reason = error instanceof Error ? error : new Error(String(error));
    body?.fail(reason);
    const behind = this.#behind[0];
    this.#abort(reason);
    this.#stopSending(exchange);
    if (body === undefined) exchange.failed(error);
    if (behind !== undefined) this.#dispatchAgain(undefined);
  }

  #stopSending(exchange: Exchange): void {
    this.#proceed(exchange);
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
    if (this.#uploading !== undefined) this.#stopSending(this.#uploading);
    this.#owner.onGone(this);
  }

  #wait(waiting: Waiting, ms: number, now?: number): void {
    this.#waiting = waiting;
    this.#deadline.set(ms, now);
  }

  #expired(): void {
    const { headTimeoutMs, writeTimeoutMs } = this.#settings;
    switch (this.#waiting) {
      case "continue":
        if (this.#exchange !== undefined) this.#proceed(this.#exchange);
        break;
      case "write":
        this.#timedOut("TIMEOUT_WRITE", "write", `the server took nothing for ${seconds(writeTimeoutMs)}`);
        break;
      case "head":
        this.#timedOut("TIMEOUT_HEAD", "head", `no response within ${seconds(headTimeoutMs)}`);
        break;
      case "body":
        this.#nothingCame();
        break;
      case "unread":
        if (this.#exchange !== undefined) this.#checkUnread(this.#exchange);
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
