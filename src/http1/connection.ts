import { latin1Bytes } from "../bytes/text.ts";
import { ProtocolError, type ProtocolErrorCode } from "./errors.ts";
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
import { CLIENT_LIMITS, type Http1Limits, SERVER_LIMITS } from "./limits.ts";
import { MessageReader, type RequestContext } from "./message-reader.ts";
import { MessageWriter } from "./message-writer.ts";
import { type Http1Observer, observerOf, tellTransition } from "./observer.ts";
import { allowsPersistence, asksForContinue, asksForUpgrade } from "./persistence.ts";
import { type Cause, nextState, otherRole, type Role, type State } from "./state.ts";

/** How one end of an HTTP/1.1 connection behaves. */
export interface Http1Options {
  /** Which end this is: a client sends requests, a server receives them. */
  readonly role: Role;
  /** What the peer may send; `SERVER_LIMITS` or `CLIENT_LIMITS`, by the role, where nothing is given. */
  readonly limits?: Partial<Http1Limits>;
  /** Which rules a response may break; `STRICT`, none, by default. */
  readonly leniency?: Http1Leniency;
  /** Watches the grammar and the states. */
  readonly observer?: Http1Observer | undefined;
}

/** A request that was sent before those ahead of it were answered. */
interface RequestAhead extends RequestContext {
  /** It says that no other will follow on this connection. */
  readonly last: boolean;
}

const NO_REQUEST: RequestContext = { method: "GET", version: "1.1", asksForUpgrade: false };
const NO_BYTES = new Uint8Array(0);
const END: EndOfMessage = { type: "end", trailers: EMPTY_FIELDS };

/**
 * One HTTP/1.1 connection, seen from one end, without any I/O: bytes in, events out; events in, bytes out
 * (RFC 9112). It knows where both sides are, so that nothing can be sent or read out of turn.
 *
 *     receive(bytes) → nextEvent() … NEED_DATA          send(event) → bytes to write
 *
 * When both sides are "done", `startNextCycle()` begins the next exchange on the same connection. A client may send
 * requests ahead of it, as soon as its last one is complete (pipelining, RFC 9112 §9.3.2).
 */
export class Http1Connection {
  /** Which end this is. */
  readonly role: Role;
  readonly #observer: Http1Observer | undefined;
  readonly #reader: MessageReader;
  readonly #writer: MessageWriter;

  #client: State = "idle";
  #server: State = "idle";
  #persistent = true;
  #request = NO_REQUEST;
  readonly #ahead: RequestAhead[] = [];
  #continueExpected = false;
  #failure: ProtocolError | undefined;

  /** Both sides begin in "idle". */
  constructor(options: Http1Options) {
    const { role, observer } = options;
    this.role = role;
    this.#observer = observer;
    const defaults = role === "server" ? SERVER_LIMITS : CLIENT_LIMITS;
    this.#reader = new MessageReader({
      reads: role === "server" ? "request" : "response",
      limits: options.limits === undefined ? defaults : { ...defaults, ...options.limits },
      leniency: options.leniency ?? STRICT,
      observer: observerOf("in", observer),
    });
    this.#writer = new MessageWriter(observerOf("out", observer));
  }

  /** Where our own side is. */
  get ourState(): State {
    return this.role === "client" ? this.#client : this.#server;
  }

  /** Where the peer's side is. */
  get peerState(): State {
    return this.role === "client" ? this.#server : this.#client;
  }

  /** What is known of the request that the next response answers; also of a refused one. */
  get request(): RequestContext {
    return this.#request;
  }

  /** Whether another exchange may follow on this connection; either message can end it (RFC 9112 §9.3). */
  get persistent(): boolean {
    return this.#persistent;
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
      this.#persistent = false;
      this.#move(otherRole(this.role), "error", "error");
      throw error;
    }
  }

  /** RFC 9110 §9.3.2: a HEAD is refused without content, too, and the beginning of its line is enough to know one. */
  #answerRefused(): void {
    const refused = this.#reader.refusedRequest;
    if (this.#client !== "idle" || refused === undefined) return;
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
    const nothingAsked = this.#client === "idle";
    if (this.role === "client" && nothingAsked && reader.bufferedBytes > 0) {
      // An answer here would be taken for that of the next request (CVE-2026-48931).
      throw this.#remote("UNSOLICITED_RESPONSE", "bytes of a response to no request");
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
    this.#persistent = false;
    this.#move(otherRole(this.role), "closed", "closed");
    return { type: "closed" };
  }

  /**
   * The bytes to write for `event`; the framing of content follows from the head that was sent.
   *
   * @throws {ProtocolError} blame "local": what was asked for would break a rule; nothing was sent, nothing changed.
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
        this.#persistent = false;
        this.#move(this.role, "closed", "closed");
        return NO_BYTES;
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
    if (head.type === "request" && this.#client === "done") return this.#sendAhead(head);
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
    if (head.type === "request" && this.#client === "done") {
      const text = this.#sendAhead(head, content);
      this.#apply("client", END);
      return text;
    }
    this.#expectTurn(head.type);
    const text = this.#writer.whole(head, content);
    this.#apply(this.role, head);
    // Behind the head that opens a tunnel there is no end.
    if (this.ourState === "send-body") this.#apply(this.role, END);
    return text;
  }

  /**
   * A sign of life between two chunks: a leading zero of the next chunk-size, which changes nothing (RFC 9112 §7.1:
   * chunk-size is 1*HEXDIG, last-chunk 1*"0"). No bytes where the content is not chunked.
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
    const { method, version, fields } = head;
    if (this.role === "server" || !this.#persistent) throw wrongState("no other request may follow here");
    if (method === "CONNECT" || asksForUpgrade(version, fields) || asksForContinue(version, fields)) {
      throw wrongState("a request whose answer decides what comes next is not sent ahead of other answers");
    }
    const text = content === undefined ? this.#writer.head(head) : this.#writer.whole(head, content);
    const last = !allowsPersistence(version, fields);
    this.#ahead.push({ method, version, asksForUpgrade: false, last });
    this.#move("client", "send-body", "request");
    return text;
  }

  /**
   * Begins the next exchange, when both sides are "done", or the server is and a request was sent ahead. Bytes
   * received early are kept for it.
   *
   * @throws {ProtocolError} WRONG_STATE, blame "local".
   */
  startNextCycle(): void {
    const next = this.#server === "done" ? this.#ahead.shift() : undefined;
    if (this.#server !== "done" || (next === undefined && this.#client !== "done")) {
      throw wrongState(
        `a cycle ends when both sides are done, not at client ${this.#client}, server ${this.#server}`,
      );
    }
    this.#reader.startNextMessage();
    this.#answering(next ?? NO_REQUEST);
    if (next === undefined) {
      this.#move("client", "idle", "next-cycle");
      this.#move("server", "idle", "next-cycle");
    } else {
      if (next.last) this.#persistent = false;
      this.#move("server", "idle", "next-cycle");
      this.#move("server", "send-response", "request");
    }
  }

  /** Takes the received bytes that are no HTTP of this connection: after 101 or CONNECT, or past the last message. */
  takeLeftover(): Uint8Array {
    return this.#reader.takeLeftover();
  }

  #expectTurn(type: HttpEvent["type"]): void {
    const state = this.ourState;
    if (nextState(this.role, state, type) === undefined) {
      throw wrongState(`a ${this.role} cannot send ${type} in state "${state}"`);
    }
  }

  /** What an event means for both sides, whoever sent it. */
  #apply(sender: Role, event: Exclude<HttpEvent, Closed>): void {
    switch (event.type) {
      case "request":
        this.#applyRequest(event);
        this.#move("client", "send-body", "request");
        this.#move("server", "send-response", "request");
        return;
      case "informational":
        if (event.status === 100) this.#continueExpected = false;
        return;
      case "response":
        this.#move("server", "send-body", "response");
        this.#applyResponse(event);
        return;
      case "data":
        if (sender === "client") this.#continueExpected = false;
        return;
      case "end":
        if (sender === "client") this.#continueExpected = false;
        this.#move(sender, "done", "end");
        this.#applyEnd(sender);
        return;
      default:
        event satisfies never;
    }
  }

  #applyRequest(head: RequestHead): void {
    const { method, version, fields } = head;
    this.#answering({ method, version, asksForUpgrade: asksForUpgrade(version, fields) });
    this.#continueExpected = asksForContinue(version, fields);
    if (!allowsPersistence(version, fields)) this.#persistent = false;
  }

  /** Both directions' readings of a response depend on the request it answers. */
  #answering(request: RequestContext): void {
    this.#request = request;
    if (this.role === "client") this.#reader.answers(request);
    else this.#writer.answers(request);
  }

  #applyResponse(head: ResponseHead): void {
    this.#continueExpected = false;
    const { method, asksForUpgrade: upgrade } = this.#request;
    if ((head.status === 101 && upgrade) || switchesToTunnel(head.status, method)) {
      this.#move("client", "switched", "switch-accepted");
      this.#move("server", "switched", "switch-accepted");
      return;
    }
    const framing = this.role === "client" ? this.#reader.framing : this.#writer.framing;
    if (!allowsPersistence(head.version, head.fields) || framing?.kind === "close") this.#persistent = false;
    if (this.#client === "might-switch") {
      this.#move("client", this.#persistent ? "done" : "must-close", "switch-refused");
    } else if (!this.#persistent && this.#client === "done") {
      this.#move("client", "must-close", "not-persistent");
    }
  }

  #applyEnd(sender: Role): void {
    if (
      sender === "client" &&
      this.#server === "send-response" &&
      (this.#request.asksForUpgrade || this.#request.method === "CONNECT")
    ) {
      this.#move("client", "might-switch", "end");
    } else if (!this.#persistent || (sender === "client" && this.#ahead.at(-1)?.last)) {
      this.#move(sender, "must-close", "not-persistent");
    }
  }

  #move(role: Role, to: State, cause: Cause): void {
    const from = role === "client" ? this.#client : this.#server;
    if (from === to || from === "error") return;
    if (role === "client") this.#client = to;
    else this.#server = to;
    if (this.#observer !== undefined) tellTransition(this.#observer, role, from, to, cause);
  }
}

const wrongState = (sentence: string): ProtocolError =>
  new ProtocolError("WRONG_STATE", sentence, { blame: "local" });
