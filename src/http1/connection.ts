import { latin1Bytes } from "../bytes/text.ts";
import { encodeChunkLine, encodeHead, encodeLastChunk } from "./encode.ts";
import { ProtocolError, type ProtocolErrorCode } from "./errors.ts";
import {
  type HttpEvent,
  type InformationalHead,
  NEED_DATA,
  type NextEvent,
  PAUSED,
  type RequestHead,
  type ResponseHead,
} from "./events.ts";
import { EMPTY_FIELDS, type Fields } from "./fields.ts";
import { type BodyFraming, requestFraming, responseFraming, switchesToTunnel } from "./framing.ts";
import { type Http1Leniency, STRICT } from "./leniency.ts";
import { CLIENT_LIMITS, type Http1Limits, SERVER_LIMITS } from "./limits.ts";
import { MessageReader, type RequestContext } from "./message-reader.ts";
import type { Http1Observer } from "./observer.ts";
import { allowsPersistence, asksForContinue, asksForUpgrade } from "./persistence.ts";
import { type Cause, NEXT_STATE, otherRole, type Role, type State } from "./state.ts";

export interface Http1Options {
  readonly role: Role;
  readonly limits?: Partial<Http1Limits>;
  readonly leniency?: Http1Leniency;
  readonly observer?: Http1Observer | undefined;
}

/** A request head, as far as its answer depends on it. */
const NO_REQUEST: RequestContext = { method: "GET", asksForUpgrade: false };
const NO_BYTES = new Uint8Array(0);
const LOCAL = { blame: "local" } as const;

/**
 * One HTTP/1.1 connection, seen from one end, without any I/O: bytes in, events out; events in, bytes out
 * (RFC 9112). It knows where both sides are, so that nothing can be sent or read out of turn.
 *
 *     receive(bytes) → nextEvent() … NEED_DATA          send(event) → bytes to write
 *
 * When both sides are "done", `startNextCycle()` begins the next exchange on the same connection.
 */
export class Http1Connection {
  readonly role: Role;
  readonly #observer: Http1Observer | undefined;
  readonly #reader: MessageReader;
  /** Reads our own bytes as the peer will, to say which is which: display has no grammar of its own. */
  readonly #mirror: MessageReader | undefined;

  #client: State = "idle";
  #server: State = "idle";
  #persistent = true;
  #request = NO_REQUEST;
  #continueExpected = false;

  // The message we are sending.
  #framing: BodyFraming = { kind: "none" };
  #remaining = 0;

  constructor(options: Http1Options) {
    const { role, observer } = options;
    this.role = role;
    this.#observer = observer;
    const defaults = role === "server" ? SERVER_LIMITS : CLIENT_LIMITS;
    const span = observer?.span?.bind(observer);
    this.#reader = new MessageReader({
      reads: role === "server" ? "request" : "response",
      limits: options.limits === undefined ? defaults : { ...defaults, ...options.limits },
      leniency: options.leniency ?? STRICT,
      span: span && ((rule, start, end) => span("in", rule, start, end)),
    });
    this.#mirror =
      span &&
      new MessageReader({
        reads: role === "server" ? "response" : "request",
        limits: UNLIMITED,
        leniency: STRICT,
        span: (rule, start, end) => span("out", rule, start, end),
      });
  }

  get ourState(): State {
    return this.role === "client" ? this.#client : this.#server;
  }

  get peerState(): State {
    return this.role === "client" ? this.#server : this.#client;
  }

  /** Whether another cycle may follow on this connection; both messages have a say in it (RFC 9112 §9.3). */
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

  /** Takes over bytes that arrived. They have to stay as they are until `nextEvent` gives NEED_DATA or PAUSED. */
  receive(bytes: Uint8Array): void {
    this.#reader.receive(bytes);
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
   * @throws {ProtocolError} blame "remote"; afterwards the peer's state is "error" and every call throws.
   * @see RFC 9112 §2.2, §6.3
   */
  nextEvent(): NextEvent {
    try {
      return this.#nextEvent();
    } catch (error) {
      this.#persistent = false;
      this.#move(otherRole(this.role), "error", "error");
      throw error;
    }
  }

  #nextEvent(): NextEvent {
    const reader = this.#reader;
    switch (this.peerState) {
      case "done":
      case "must-close":
      case "might-switch":
      case "switched":
        if (reader.bufferedBytes > 0 || this.peerState === "switched") {
          reader.keep();
          return PAUSED;
        }
        return reader.ended ? this.#peerClosed() : NEED_DATA;
      case "closed":
        return { type: "closed" };
      case "idle":
        // Nothing asked, nothing expected: an answer here would be taken for that of the next request.
        if (this.role === "client" && this.#client === "idle" && reader.bufferedBytes > 0) {
          throw new ProtocolError("UNSOLICITED_RESPONSE", "bytes of a response to no request", {
            blame: "remote",
          });
        }
        if (reader.ended && !reader.inMessage && (this.role === "server" || this.#client === "idle"))
          return this.#peerClosed();
        break;
    }
    const event = reader.next();
    if (event === NEED_DATA) {
      if (reader.ended && this.peerState === "idle" && this.role === "server") return this.#peerClosed();
      if (reader.ended)
        throw new ProtocolError(
          "INCOMPLETE_HEAD",
          "the peer ended the connection before its response began",
          { blame: "remote" },
        );
      return NEED_DATA;
    }
    this.#apply(otherRole(this.role), event);
    return event;
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
        return this.#sent(this.#sendData(event.bytes));
      case "end":
        return this.#sent(this.#sendEnd(event.trailers));
      case "closed":
        this.#persistent = false;
        this.#move(this.role, "closed", "closed");
        return NO_BYTES;
      default:
        return event satisfies never;
    }
  }

  /** `send` for a head, as latin1 text: a small content can be put behind it and both leave in one write. */
  sendHead(head: RequestHead | InformationalHead | ResponseHead): string {
    this.#expectTurn(head.type);
    const text = encodeHead(head);
    const framing = this.#framingToSend(head);
    if (head.type === "request") this.#mirror?.startNextMessage();
    this.#apply(this.role, head);
    if (framing !== undefined) {
      this.#framing = framing;
      this.#remaining = framing.kind === "length" ? framing.length : 0;
    }
    if (this.#mirror !== undefined) this.#sent(latin1Bytes(text));
    return text;
  }

  /** Both sides are done and the connection persists: the next exchange. Bytes received early are kept for it. */
  startNextCycle(): void {
    if (this.#client !== "done" || this.#server !== "done") {
      throw wrongState(
        `a cycle ends when both sides are done, not at client ${this.#client}, server ${this.#server}`,
      );
    }
    this.#request = NO_REQUEST;
    this.#reader.startNextMessage();
    if (this.role === "server") {
      this.#mirror?.startNextMessage();
      this.#mirror?.answers(NO_REQUEST);
    }
    this.#move("client", "idle", "next-cycle");
    this.#move("server", "idle", "next-cycle");
  }

  /** The bytes that are not ours: after 101 or CONNECT, or past the last message. */
  takeLeftover(): Uint8Array {
    return this.#reader.takeLeftover();
  }

  #expectTurn(type: HttpEvent["type"]): void {
    const state = this.ourState;
    if (NEXT_STATE[this.role][state]?.[type] === undefined) {
      throw wrongState(`a ${this.role} cannot send ${type} in state "${state}"`);
    }
  }

  #framingToSend(head: RequestHead | InformationalHead | ResponseHead): BodyFraming | undefined {
    switch (head.type) {
      case "request":
        return requestFraming(head, LOCAL);
      case "informational":
        refuseFraming(head.fields, head.status);
        return undefined;
      case "response":
        if (head.status === 101 && !this.#request.asksForUpgrade) {
          throw new ProtocolError("UNASKED_SWITCH", "101 (Switching Protocols) without a request to", LOCAL);
        }
        // RFC 9112 §6.1 and RFC 9110 §8.6: no framing in 101, 204 and the answer that opens a tunnel.
        if (
          head.status === 101 ||
          head.status === 204 ||
          switchesToTunnel(head.status, this.#request.method)
        ) {
          refuseFraming(head.fields, head.status);
        }
        return responseFraming(head, this.#request.method, LOCAL);
      default:
        return head satisfies never;
    }
  }

  #sendData(bytes: Uint8Array): Uint8Array {
    this.#expectTurn("data");
    if (bytes.length === 0) return NO_BYTES;
    switch (this.#framing.kind) {
      case "none":
        throw new ProtocolError("BODY_TOO_LONG", "this message has no content", LOCAL);
      case "length":
        if (bytes.length > this.#remaining) {
          throw new ProtocolError(
            "BODY_TOO_LONG",
            `${bytes.length - this.#remaining} bytes more than Content-Length says`,
            LOCAL,
          );
        }
        this.#remaining -= bytes.length;
        return bytes;
      case "close":
        return bytes;
      case "chunked":
        return chunkOf(bytes);
      default:
        return this.#framing satisfies never;
    }
  }

  #sendEnd(trailers: Fields): Uint8Array {
    this.#expectTurn("end");
    if (this.#remaining > 0) {
      throw new ProtocolError(
        "BODY_TOO_SHORT",
        `${this.#remaining} bytes less than Content-Length says`,
        LOCAL,
      );
    }
    if (this.#framing.kind !== "chunked" && trailers.size > 0) {
      throw new ProtocolError("FORBIDDEN_TRAILER", "only a chunked body has a trailer section", LOCAL);
    }
    const bytes = this.#framing.kind === "chunked" ? latin1Bytes(encodeLastChunk(trailers)) : NO_BYTES;
    this.#apply(this.role, { type: "end", trailers: EMPTY_FIELDS });
    return bytes;
  }

  #sent(bytes: Uint8Array): Uint8Array {
    const mirror = this.#mirror;
    if (mirror !== undefined && bytes.length > 0) {
      mirror.receive(bytes);
      let event = mirror.next();
      while (event !== NEED_DATA) event = mirror.next();
    }
    return bytes;
  }

  /** What an event means for both sides, whoever sent it. */
  #apply(sender: Role, event: HttpEvent): void {
    const cause = event.type;
    const from = sender === "client" ? this.#client : this.#server;
    const next = NEXT_STATE[sender][from]?.[cause] ?? from;
    if (event.type === "request") this.#applyRequest(event);
    if (sender === "client" && (cause === "data" || cause === "end")) this.#continueExpected = false;
    this.#move(sender, next, cause);
    if (event.type === "request") this.#move("server", "send-response", "request");
    if (event.type === "informational" && event.status === 100) this.#continueExpected = false;
    if (event.type === "response") this.#applyResponse(event);
    if (cause === "end") this.#applyEnd(sender);
  }

  #applyRequest(head: RequestHead): void {
    this.#request = { method: head.method, asksForUpgrade: asksForUpgrade(head.version, head.fields) };
    this.#continueExpected = asksForContinue(head.version, head.fields);
    if (!allowsPersistence(head.version, head.fields)) this.#persistent = false;
    (this.role === "client" ? this.#reader : this.#mirror)?.answers(this.#request);
  }

  #applyResponse(head: ResponseHead): void {
    this.#continueExpected = false;
    const { method, asksForUpgrade: upgrade } = this.#request;
    if ((head.status === 101 && upgrade) || switchesToTunnel(head.status, method)) {
      this.#move("client", "switched", "switch-accepted");
      this.#move("server", "switched", "switch-accepted");
      return;
    }
    const framing = this.role === "client" ? this.#reader.framing : this.#framingToSend(head);
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
    } else if (!this.#persistent) {
      this.#move(sender, "must-close", "not-persistent");
    }
  }

  #move(role: Role, to: State, cause: Cause): void {
    const from = role === "client" ? this.#client : this.#server;
    if (from === to) return;
    if (role === "client") this.#client = to;
    else this.#server = to;
    this.#observer?.transition?.(role, from, to, cause);
  }
}

/** What we send is bounded by whoever sends it. */
const UNLIMITED = Object.fromEntries(
  Object.keys(SERVER_LIMITS).map((name) => [name, Number.POSITIVE_INFINITY]),
) as unknown as Http1Limits;

function chunkOf(data: Uint8Array): Uint8Array {
  const line = latin1Bytes(encodeChunkLine(data.length));
  const chunk = new Uint8Array(line.length + data.length + 2);
  chunk.set(line);
  chunk.set(data, line.length);
  chunk[chunk.length - 2] = 0x0d;
  chunk[chunk.length - 1] = 0x0a;
  return chunk;
}

function refuseFraming(fields: Fields, status: number): void {
  const code: ProtocolErrorCode = "TRANSFER_CODING_NOT_ALLOWED";
  if (fields.has("transfer-encoding") || fields.has("content-length")) {
    throw new ProtocolError(code, `a ${status} answer has no content, so nothing may frame it`, LOCAL);
  }
}

const wrongState = (sentence: string): ProtocolError => new ProtocolError("WRONG_STATE", sentence, LOCAL);
