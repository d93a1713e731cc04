import { counted } from "../../bytes/text.ts";
import { ProtocolError } from "../../http1/errors.ts";
import type { InformationalHead } from "../../http1/events.ts";
import type { BodyFraming } from "../../http1/framing.ts";
import type { ConnectOptions } from "../../tcp/connect.ts";
import type { CloseReason } from "../../tcp/connection.ts";
import { TransportError } from "../../tcp/errors.ts";
import type { Cancellation } from "../cancellation.ts";
import { discard } from "../discard.ts";
import type { Decoding } from "./coding.ts";
import type { ClientResponse, Timings } from "./messages.ts";
import type { OutgoingRequest } from "./outgoing-request.ts";
import type { Asker } from "./pool.ts";
import { comesOnce } from "./request-content.ts";
import type { ResponseBody } from "./response-body.ts";

/** How the caller wants the content of the response. */
export interface ReadOptions {
  /** Undoes the content codings. */
  readonly decoding: Decoding | undefined;
  readonly maxBodyBytes: number;
}

/** What an exchange needs beside the request itself. */
export interface ExchangeStart {
  /** When the caller asked. The connection may have come long after. */
  readonly startedAt: number;
  /** Names the connections that the request may use: see `connectionKey`. */
  readonly key: string;
  /** How such a connection is opened. */
  readonly connect: ConnectOptions;
  readonly options: ReadOptions;
  readonly cancellation: Cancellation | undefined;
  readonly onInformational: ((head: InformationalHead) => void) | undefined;
  readonly owner: ExchangeOwner;
}

/** Finds connections for exchanges. */
export interface ExchangeOwner {
  /** The exchange has a place in the pool, to open a connection of its own. */
  open(exchange: Exchange): void;
  /** The exchange needs another connection: the first one went away before the exchange had its turn. */
  dispatch(exchange: Exchange): void;
  /** As `dispatch`, but the connection turned out to be dead. The other free ones may be dead, too. */
  repeat(exchange: Exchange): void;
}

/** A connection, as an exchange sees it. */
export interface ExchangeTaker {
  take(exchange: Exchange): void;
}

const NONE: readonly InformationalHead[] = [];

/** One request and its response, and what is known of them so far. */
export class Exchange implements Asker<ExchangeTaker> {
  readonly request: OutgoingRequest;
  readonly start: ExchangeStart;
  readonly cancellation: Cancellation | undefined;
  /**
   * Whether the request may be sent behind others. It may have to be sent again, since the connection may end before
   * its response (RFC 9112 §9.3.2).
   */
  readonly mayBePipelined: boolean;
  /** Rejects only when nothing is left to be tried. */
  readonly response: Promise<ClientResponse>;
  #resolve: (response: ClientResponse) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  readonly timings: { -readonly [Step in keyof Timings]: Timings[Step] };
  informational: readonly InformationalHead[] = NONE;
  /** The connection had served another request before. */
  reused = false;
  #repeated = false;
  /** The content of the response, as soon as its head has come. */
  body: ResponseBody | undefined;
  /** Cancelled. The response is read and dropped, since the responses to other requests come behind it. */
  abandoned = false;
  /** The server answered without the content, or without the rest of it: nothing more of it is sent. */
  refusedContent = false;
  /** Why the request was not sent to its end. */
  #unsent: unknown;
  #sent: Promise<void> | undefined;
  #settleSent: (() => void) | undefined;
  bytesReceived = 0;
  contentBytes = 0;
  discardedBytes = 0;

  constructor(request: OutgoingRequest, start: ExchangeStart) {
    this.request = request;
    this.start = start;
    this.cancellation = start.cancellation;
    this.mayBePipelined = request.mayBePipelined;
    this.timings = {
      startedAt: start.startedAt,
      connectedMs: 0,
      sentMs: undefined,
      firstByteMs: undefined,
      endMs: undefined,
    };
    this.response = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** The head of the response has come. */
  get responded(): boolean {
    return this.body !== undefined;
  }

  use(connection: ExchangeTaker): void {
    connection.take(this);
  }

  open(): void {
    this.start.owner.open(this);
  }

  /** The connection ended before the exchange had its turn. That does not count as an attempt. */
  dispatchAgain(): void {
    this.cancellation?.onCancel(undefined);
    if (!this.abandoned) this.start.owner.dispatch(this);
  }

  refuse(error: TransportError): void {
    this.reject(error);
  }

  resolve(response: ClientResponse): void {
    this.#resolve(response);
  }

  /** Resolves when the request is sent to its end. Made only for a caller who asks. */
  get sent(): Promise<void> {
    this.#sent ??= new Promise((resolve, reject) => {
      this.#settleSent = () => {
        if (this.timings.sentMs !== undefined) resolve();
        else if (this.#unsent !== undefined) reject(this.#unsent);
      };
      this.#settleSent();
    });
    return this.#sent;
  }

  /** The request was sent to its end, or will not be: because of `error`. */
  sendingEnded(error: unknown): void {
    // Before the response, the request may be sent again, and nobody can ask yet.
    if (!this.responded) return;
    this.#unsent ??= error;
    this.#settleSent?.();
  }

  /** Bytes of the response arrived. */
  countReceived(bytes: number, now: number): void {
    if (this.bytesReceived === 0 && bytes > 0) this.timings.firstByteMs = now - this.timings.startedAt;
    this.bytesReceived += bytes;
  }

  /** There will be no response. */
  reject(error: unknown): void {
    this.cancellation?.dispose();
    this.discardContent();
    this.#reject(error);
  }

  /** The content will not be sent. A stream is told so: it may hold a file open, even if nobody began to read it. */
  discardContent(): void {
    const { content } = this.request;
    if (comesOnce(content)) void discard(content);
  }

  /**
   * The connection failed before there was a response. On a connection that was used before, the server may have closed
   * it just as we used it, and then it has not seen the request. But we cannot be sure of that. So only a request that
   * does no harm twice is sent again, and only once (RFC 9112 §9.3.1).
   */
  failed(error: unknown): void {
    if (this.reused && !this.#repeated && this.request.repeatable && lostBeforeResponse(error)) {
      this.#repeated = true;
      this.start.owner.repeat(this);
    } else {
      this.reject(error);
    }
  }

  /** `after 512 of 1000 bytes of content` */
  progress(framing: BodyFraming | undefined): string {
    const { contentBytes } = this;
    if (framing?.kind === "length")
      return `after ${contentBytes} of ${counted(framing.length, "byte")} of content`;
    const missing = framing?.kind === "chunked" ? ", before the last chunk" : "";
    return `after ${counted(contentBytes, "byte")} of content${missing}`;
  }

  /** `cause`: TCP has ended, and TLS has not. */
  closedBeforeResponse(cause?: TransportError): TransportError {
    return this.#closed("without an answer", cause);
  }

  #closed(when: string, cause?: Error): TransportError {
    const { bytesReceived } = this;
    const message = `the server closed ${this.#whichConnection()} ${when}`;
    return new TransportError("PEER_CLOSED_BEFORE_RESPONSE", "head", message, { bytesReceived, cause });
  }

  #whichConnection(): string {
    return this.reused ? "the connection, which had been used before," : "the connection";
  }

  /** The error of an exchange whose connection was closed. */
  brokenBy({ how, error }: CloseReason, framing: BodyFraming | undefined): TransportError {
    if (how !== "peer-abort") return error ?? this.closedBeforeResponse();
    const { responded, contentBytes, bytesReceived } = this;
    if (responded) {
      const message = `the server reset the connection ${this.progress(framing)}`;
      return new TransportError("PEER_RESET", "body", message, { cause: error, bytesReceived: contentBytes });
    }
    const when = bytesReceived === 0 ? "before it answered" : BEFORE_HEAD;
    const message = `the server reset ${this.#whichConnection()} ${when}`;
    return new TransportError("PEER_RESET", "head", message, { cause: error, bytesReceived });
  }

  /**
   * A head or a content that was cut short is an error of the connection: it says how much of the content there is. `cut`:
   * TCP has ended, and TLS has not.
   */
  explained(error: unknown, framing: BodyFraming | undefined, cut?: TransportError): unknown {
    if (!(error instanceof ProtocolError)) return error;
    const cause = cut ?? error;
    if (error.code === "INCOMPLETE_HEAD") return this.#closed(BEFORE_HEAD, cause);
    return error.code === "INCOMPLETE_BODY" ? this.truncated(framing, cause) : error;
  }

  truncated(framing: BodyFraming | undefined, cause: Error): TransportError {
    const how = cause instanceof TransportError ? " without ending TLS" : "";
    const message = `the server closed the connection${how} ${this.progress(framing)}`;
    return new TransportError("BODY_TRUNCATED", "body", message, { cause, bytesReceived: this.contentBytes });
  }
}

const BEFORE_HEAD = "before the head of its response was complete";
const LOST = new Set<string>(["PEER_CLOSED_BEFORE_RESPONSE", "PEER_RESET", "WRITE_FAILED"]);

function lostBeforeResponse(error: unknown): boolean {
  return (
    error instanceof TransportError &&
    LOST.has(error.code) &&
    error.phase !== "body" &&
    error.bytesReceived === 0
  );
}
