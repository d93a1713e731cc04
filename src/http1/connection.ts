import { latin1Bytes } from "../bytes/text.ts";
import { ProtocolError, type ProtocolErrorCode, wrongState } from "./errors.ts";
import {
  type Closed,
  type EndOfMessage,
  type HttpEvent,
  type InformationalHead,
  NEED_DATA,
  type NextEvent,
  PAUSED,
  type RequestHead,
  type ResponseHead,
} from "./events.ts";
import { EMPTY_FIELDS } from "./fields.ts";
import { type BodyFraming, switchesToTunnel } from "./framing.ts";
import { type Http1Leniency, STRICT } from "./leniency.ts";
import { LifeCycle } from "./life-cycle.ts";
import { CLIENT_LIMITS, type Http1Limits, SERVER_LIMITS } from "./limits.ts";
import { MessageReader, type RequestContext } from "./message-reader.ts";
import { MessageWriter } from "./message-writer.ts";
import { type Http1Observer, observerOf } from "./observer.ts";
import { allowsPersistence, asksForContinue, asksForUpgrade } from "./persistence.ts";
import { checkMayGoAhead, RequestsAhead } from "./requests-ahead.ts";
import { otherRole, type Role, type State } from "./state.ts";

/** How one end of an HTTP/1.1 connection behaves. */
export interface Http1Options {
  /** Which end this is: a client sends requests, a server receives them. */
  readonly role: Role;
  /** What the peer may send; `SERVER_LIMITS` or `CLIENT_LIMITS`, by the role, where nothing is given. */
  readonly limits?: Partial<Http1Limits>;
  /** Which rules a response may break; `STRICT`, none, by default. */
  readonly leniency?: Http1Leniency;
  /**
   * This end is a proxy: the authority of a target in absolute-form replaces Host, so the two may disagree (RFC 9112
   * §3.2.2). `false` by default: a server refuses such a request.
   */
  readonly proxy?: boolean;
  /** Watches the grammar and the states. */
  readonly observer?: Http1Observer | undefined;
}

const NO_REQUEST: RequestContext = { method: "GET", version: "1.1", asksForUpgrade: false };
const END: EndOfMessage = { type: "end", trailers: EMPTY_FIELDS };

/**
 * One HTTP/1.1 connection, seen from one end, without any I/O: bytes in, events out; events in, bytes out
 * (RFC 9112). It follows the states of both sides (docs/states.md), so nothing can be sent or read out of turn.
 *
 *     receive(bytes) → nextEvent() … NEED_DATA          send(event) → bytes to write
 *
 * When both sides are "done", `startNextCycle()` begins the next exchange on the same connection. A client may send
 * the next request as soon as its last request is complete (pipelining, RFC 9112 §9.3.2).
 */
export class Http1Connection {
  /** Which end this is. */
  readonly role: Role;
  readonly #reader: MessageReader;
  readonly #writer: MessageWriter;
  readonly #life: LifeCycle;

  #request = NO_REQUEST;
  readonly #ahead = new RequestsAhead();
  /** A request may say that it is the last one. */
  readonly #requestsDecide: boolean;
  #continueExpected = false;
  #failure: ProtocolError | undefined;

  /** Both sides begin in "idle". */
  constructor(options: Http1Options) {
    const { role, observer } = options;
    this.role = role;
    this.#requestsDecide = role === "server" || options.leniency?.serverDecides !== true;
    this.#life = new LifeCycle(observer);
    const defaults = role === "server" ? SERVER_LIMITS : CLIENT_LIMITS;
    this.#reader = new MessageReader({
      reads: role === "server" ? "request" : "response",
      limits: options.limits === undefined ? defaults : { ...defaults, ...options.limits },
      leniency: options.leniency ?? STRICT,
      targetWins: options.proxy === true,
      observer: observerOf("in", observer),
    });
    this.#writer = new MessageWriter(observerOf("out", observer));
  }

  /** Where our own side is. */
  get ourState(): State {
    return this.#life.stateOf(this.role);
  }

  /** Where the peer's side is. */
  get peerState(): State {
    return this.#life.stateOf(otherRole(this.role));
  }

  /** What is known of the request that the next response answers; also of a refused one. */
  get request(): RequestContext {
    return this.#request;
  }

  /** Whether another exchange may follow on this connection; either message can end it (RFC 9112 §9.3). */
  get persistent(): boolean {
    return this.#life.persistent;
  }

  /** Server: the client waits for 100 (Continue) before it sends its content (RFC 9110 §10.1.1). */
  get expectsContinue(): boolean {
    return this.#continueExpected;
  }

  /** How the body of the message being received ends; undefined before its head is complete. */
  get peerFraming(): BodyFraming | undefined {
    return this.#reader.framing;
  }

  /** Bytes received that no event has covered yet. */
  get bufferedBytes(): number {
    return this.#reader.bufferedBytes;
  }

  /**
   * Takes bytes that arrived. The caller leaves them unchanged until `nextEvent` gives NEED_DATA or PAUSED.
   *
   * @param mayOverwrite the bytes may be changed until then: the content of small chunks is moved together. `false`
   * by default.
   */
  receive(bytes: Uint8Array, mayOverwrite = false): void {
    this.#reader.receive(bytes, mayOverwrite);
  }

  /** Takes the end of the peer's direction (FIN): no `receive` follows. */
  receiveEnd(): void {
    this.#reader.receiveEnd();
  }

  /**
   * Reads the next event, or says what is missing.
   *
   * Moves the peer's state: call it once per step, not to peek. `Data.bytes` are views, good until the next
   * `receive`. Never waits.
   *
   * @throws {ProtocolError} blame "remote"; from then on the peer's state is "error" and every call throws the same.
   * @see RFC 9112 §2.2, §6.3
   */
  nextEvent(): NextEvent {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return this.#nextEvent();
    } catch (error) {
      this.#failure = error as ProtocolError;
      this.#answerRefused();
      this.#life.fault(otherRole(this.role));
      throw error;
    }
  }

  /** RFC 9110 §9.3.2: a response to HEAD has no content, also where it refuses the HEAD. */
  #answerRefused(): void {
    const refused = this.#reader.refusedRequest;
    if (this.#life.client !== "idle" || refused === undefined) return;
    this.#answering({ method: refused.method, version: refused.version, asksForUpgrade: false });
  }

  #nextEvent(): NextEvent {
    const reader = this.#reader;
    switch (this.peerState) {
      case "done":
      case "must-close":
      case "might-switch":
        if (reader.bufferedBytes > 0) return this.#pause();
        return reader.ended ? this.#peerClosed() : NEED_DATA;
      case "switched":
        return this.#pause();
      case "closed":
        return { type: "closed" };
    }
    const nothingAsked = this.#life.client === "idle";
    if (this.role === "client" && nothingAsked && reader.bufferedBytes > 0) {
      // The client would take this response for the response to its next request (CVE-2026-48931).
      throw this.#remote("UNSOLICITED_RESPONSE", "a response arrived, but no request was sent");
    }
    const event = reader.next();
    if (event !== NEED_DATA) this.#apply(otherRole(this.role), event);
    else if (reader.ended) {
      if (nothingAsked) return this.#peerClosed();
      throw this.#remote("INCOMPLETE_HEAD", "the peer ended the connection before its response began");
    }
    return event;
  }

  #remote(code: ProtocolErrorCode, sentence: string): ProtocolError {
    return new ProtocolError(code, sentence, { blame: "remote", offset: this.#reader.offset });
  }

  #pause(): typeof PAUSED {
    this.#reader.keep();
    return PAUSED;
  }

  #peerClosed(): NextEvent {
    this.#life.closed(otherRole(this.role));
    return { type: "closed" };
  }

  /**
   * The bytes to write for `event`. The framing of content follows from the head that was sent.
   *
   * @throws {ProtocolError} blame "local": the event would break a rule. Nothing has changed.
   */
  send(event: HttpEvent): Uint8Array {
    switch (event.type) {
      case "request":
      case "informational":
      case "response":
        return latin1Bytes(this.sendHead(event));
      case "data":
        this.#expectTurn("data");
        return this.#writer.data(event.bytes);
      case "end": {
        this.#expectTurn("end");
        const bytes = this.#writer.end(event.trailers);
        this.#apply(this.role, event);
        return bytes;
      }
      case "closed":
        this.#expectTurn("closed");
        this.#life.closed(this.role);
        return new Uint8Array(0);
      default:
        return event satisfies never;
    }
  }

  /**
   * `send` for a head, as latin1 text: a small content can be put behind it, and both leave in one write.
   *
   * @throws {ProtocolError} as `send`.
   */
  sendHead(head: RequestHead | InformationalHead | ResponseHead): string {
    if (head.type === "request" && this.#life.client === "done") return this.#sendAhead(head);
    this.#expectTurn(head.type);
    const text = this.#writer.head(head);
    this.#apply(this.role, head);
    return text;
  }

  /**
   * A whole message as latin1 text: what `sendHead` and `send` of its content and end give, in less time. The content
   * is latin1 text, too.
   *
   * @throws {ProtocolError} as `send`.
   */
  sendWhole(head: RequestHead | ResponseHead, content: string): string {
    if (head.type === "request" && this.#life.client === "done") {
      const text = this.#sendAhead(head, content);
      this.#apply("client", END);
      return text;
    }
    this.#expectTurn(head.type);
    const text = this.#writer.whole(head, content);
    this.#apply(this.role, head);
    // A head that opens a tunnel has no end.
    if (this.ourState === "send-body") this.#apply(this.role, END);
    return text;
  }

  /**
   * A sign of life between two chunks: a leading zero of the next chunk-size, which does not change the size
   * (RFC 9112 §7.1: chunk-size is 1*HEXDIG, last-chunk 1*"0"). No bytes where the content is not chunked.
   *
   * Send no more than a few in a row: many readers, this one too, take at most 16 digits of a chunk-size.
   *
   * @throws {ProtocolError} as `send`.
   */
  sendLeadingZero(): Uint8Array {
    this.#expectTurn("data");
    return this.#writer.leadingZero();
  }

  #sendAhead(head: RequestHead, content?: string): string {
    if (this.role === "server" || !this.#life.persistent)
      throw wrongState("no other request may follow here");
    checkMayGoAhead(head);
    const text = content === undefined ? this.#writer.head(head) : this.#writer.whole(head, content);
    this.#ahead.push(head);
    this.#life.requestAhead();
    return text;
  }

  /**
   * Begins the next exchange, when both sides are "done", or the server is and a request was sent ahead. Bytes
   * received early are kept for it.
   *
   * @throws {ProtocolError} WRONG_STATE, blame "local".
   */
  startNextCycle(): void {
    const { client, server } = this.#life;
    const next = server === "done" ? this.#ahead.shift() : undefined;
    if (server !== "done" || (next === undefined && client !== "done")) {
      throw wrongState(`a cycle ends when both sides are done, not at client ${client}, server ${server}`);
    }
    this.#reader.startNextMessage();
    this.#answering(next ?? NO_REQUEST);
    if (next === undefined) this.#life.nextCycle();
    else this.#life.nextCycleAhead(next.last);
  }

  /** Takes the received bytes that are no HTTP of this connection: after 101 or CONNECT, or past the last message. */
  takeLeftover(): Uint8Array {
    return this.#reader.takeLeftover();
  }

  #expectTurn(type: HttpEvent["type"]): void {
    if (!this.#life.may(this.role, type)) {
      throw wrongState(`a ${this.role} cannot send ${type} in state "${this.ourState}"`);
    }
  }

  /** Moves both sides, and notes what an event says about the messages to come. */
  #apply(sender: Role, event: Exclude<HttpEvent, Closed>): void {
    switch (event.type) {
      case "request":
        this.#applyRequest(event);
        return;
      case "informational":
        if (event.status === 100) this.#continueExpected = false;
        return;
      case "response":
        this.#applyResponse(event);
        return;
      case "data":
        if (sender === "client") this.#continueExpected = false;
        return;
      case "end":
        if (sender === "client") this.#applyRequestEnd();
        else this.#life.responseEnd();
        return;
      default:
        event satisfies never;
    }
  }

  #applyRequest(head: RequestHead): void {
    const { method, version, fields } = head;
    this.#answering({ method, version, asksForUpgrade: asksForUpgrade(version, fields) });
    this.#continueExpected = asksForContinue(version, fields);
    if (this.#requestsDecide && !allowsPersistence(version, fields)) this.#life.persistent = false;
    this.#life.request();
  }

  /** How a response is read or written depends on the request that it answers. */
  #answering(request: RequestContext): void {
    this.#request = request;
    if (this.role === "client") this.#reader.answers(request);
    else this.#writer.answers(request);
  }

  #applyResponse(head: ResponseHead): void {
    const life = this.#life;
    this.#continueExpected = false;
    life.response();
    const { method, asksForUpgrade: upgrade } = this.#request;
    if ((head.status === 101 && upgrade) || switchesToTunnel(head.status, method)) {
      life.switchAccepted();
      return;
    }
    const framing = this.role === "client" ? this.#reader.framing : this.#writer.framing;
    const isLast = framing?.kind === "close" || (framing?.kind === "chunked" && framing.last);
    if (!allowsPersistence(head.version, head.fields) || isLast) life.persistent = false;
    life.noSwitch();
  }

  #applyRequestEnd(): void {
    const { method, asksForUpgrade: upgrade } = this.#request;
    this.#continueExpected = false;
    this.#life.requestEnd(upgrade || method === "CONNECT", this.#ahead.endHere);
  }
}
