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

export interface Http1Options {
  readonly role: Role;
  readonly limits?: Partial<Http1Limits>;
  readonly leniency?: Http1Leniency;
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
  readonly role: Role;
  readonly #reader: MessageReader;
  readonly #writer: MessageWriter;
  readonly #life: LifeCycle;

  #request = NO_REQUEST;
  readonly #ahead = new RequestsAhead();
  #continueExpected = false;
  #failure: ProtocolError | undefined;

  constructor(options: Http1Options) {
    const { role, observer } = options;
    this.role = role;
    this.#life = new LifeCycle(observer);
    const defaults = role === "server" ? SERVER_LIMITS : CLIENT_LIMITS;
    this.#reader = new MessageReader({
      reads: role === "server" ? "request" : "response",
      limits: options.limits === undefined ? defaults : { ...defaults, ...options.limits },
      leniency: options.leniency ?? STRICT,
      observer: observerOf("in", observer),
    });
    this.#writer = new MessageWriter(observerOf("out", observer));
  }

  get ourState(): State {
    return this.#life.stateOf(this.role);
  }

  get peerState(): State {
    return this.#life.stateOf(otherRole(this.role));
  }

  /** The request that a response answers now, as far as it is known. It may be a request that was refused. */
  get request(): RequestContext {
    return this.#request;
  }

  /** Whether another cycle may follow on this connection. Request and response both decide it (RFC 9112 §9.3). */
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
   * Takes bytes that arrived. The caller must not change them until `nextEvent` gives NEED_DATA or PAUSED.
   *
   * @param mayOverwrite whether this connection may change the bytes until then: it moves the content of small chunks
   *   together.
   */
  receive(bytes: Uint8Array, mayOverwrite = false): void {
    this.#reader.receive(bytes, mayOverwrite);
  }

  /** The peer ended its direction (FIN). */
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

  /** `send` for a head, as latin1 text: the caller can append small content and write both at once. */
  sendHead(head: RequestHead | InformationalHead | ResponseHead): string {
    if (head.type === "request" && this.#life.client === "done") return this.#sendAhead(head);
    this.#expectTurn(head.type);
    const text = this.#writer.head(head);
    this.#apply(this.role, head);
    return text;
  }

  /**
   * A whole message as latin1 text, `content` too: the same as `sendHead` and two calls of `send`, but faster.
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
   * Send only a few in a row: many readers, this one too, accept at most 16 digits.
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
   * Begins the next exchange, when both sides are done and the connection persists, or when a request was sent ahead.
   * Bytes that were received early are kept for it.
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

  /** Takes the bytes that belong to no message: those after 101 or CONNECT, or behind the last message. */
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
    if (!allowsPersistence(version, fields)) this.#life.persistent = false;
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
    if (!allowsPersistence(head.version, head.fields) || framing?.kind === "close") life.persistent = false;
    life.noSwitch();
  }

  #applyRequestEnd(): void {
    const { method, asksForUpgrade: upgrade } = this.#request;
    this.#continueExpected = false;
    this.#life.requestEnd(upgrade || method === "CONNECT", this.#ahead.endHere);
  }
}
