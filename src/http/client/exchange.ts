import { ProtocolError } from "../../http1/errors.ts";
import type { InformationalHead } from "../../http1/events.ts";
import type { BodyFraming } from "../../http1/framing.ts";
import type { ConnectOptions } from "../../tcp/connect.ts";
import type { CloseReason } from "../../tcp/connection.ts";
import { TransportError } from "../../tcp/errors.ts";
import type { Cancellation } from "../cancellation.ts";
import { discard } from "../discard.ts";
import type { ClientConnection } from "./connection.ts";
import type { IncomingResponse, ReadOptions } from "./incoming-response.ts";
import type { Timings } from "./messages.ts";
import type { OutgoingRequest } from "./outgoing-request.ts";
import type { Asker } from "./pool.ts";
import type { ResponseBody } from "./response-body.ts";

/** What an exchange needs beside the request itself. */
export interface ExchangeStart {
  /** When the caller asked; the connection may have come long after. */
  readonly startedAt: number;
  /** Names the connections that will do, and how one of them is opened. */
  readonly key: string;
  readonly connect: ConnectOptions;
  readonly options: ReadOptions;
  readonly cancellation: Cancellation | undefined;
  readonly onInformational: ((head: InformationalHead) => void) | undefined;
  readonly owner: ExchangeOwner;
}

/** Who finds connections for exchanges. */
export interface ExchangeOwner {
  /** The exchange has a place in the pool, to open a connection of its own. */
  open(exchange: Exchange): void;
  /** Its connection went away before its turn came: it needs another one. */
  dispatch(exchange: Exchange): void;
  /** Its connection was dead. So may the other free ones be. */
  repeat(exchange: Exchange): void;
}

const NONE: readonly InformationalHead[] = [];

/** One request and its response, and what is known of them so far. */
export class Exchange implements Asker<ClientConnection> {
  readonly request: OutgoingRequest;
  readonly start: ExchangeStart;
  /** Rejects only when nothing is left to be tried. */
  readonly response: Promise<IncomingResponse>;
  #resolve: (response: IncomingResponse) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  readonly timings: { -readonly [Step in keyof Timings]: Timings[Step] };
  informational: readonly InformationalHead[] = NONE;
  /** The connection had served another request before. */
  reused = false;
  #repeated = false;
  body: ResponseBody | undefined;
  /** Nobody wants its answer, which is read for the sake of those behind it. */
  abandoned = false;
  /** The server wants no (more) content of ours. */
  refusedContent = false;
  /** 100 (Continue) has come. */
  continued = false;
  /** Lets the content go that waits for 100 (Continue), as long as it does. */
  proceed: (() => void) | undefined;
  bytesReceived = 0;
  contentBytes = 0;
  discardedBytes = 0;

  constructor(request: OutgoingRequest, start: ExchangeStart) {
    this.request = request;
    this.start = start;
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

  get cancellation(): Cancellation | undefined {
    return this.start.cancellation;
  }

  /** Only what may be sent again may wait behind others, since all of it is, should the connection end (RFC 9112 §9.3.2). */
  get mayBePipelined(): boolean {
    return this.request.mayBePipelined;
  }

  get responded(): boolean {
    return this.body !== undefined;
  }

  use(connection: ClientConnection): void {
    connection.take(this);
  }

  open(): void {
    this.start.owner.open(this);
  }

  refuse(error: TransportError): void {
    this.reject(error);
  }

  resolve(response: IncomingResponse): void {
    this.#resolve(response);
  }

  /** There will be no response. */
  reject(error: unknown): void {
    this.cancellation?.dispose();
    this.discardContent();
    this.#reject(error);
  }

  /** The content will not be sent: a stream may hold a file, and nobody may have begun to read it. */
  discardContent(): void {
    const { content } = this.request;
    if (content !== undefined && !(content instanceof Uint8Array)) void discard(content);
  }

  /**
   * Its connection failed before it had a response. Where that was the server ending a used connection just as we used
   * it, nobody can tell it from a request that was received: so only what does no harm twice is sent twice, and only
   * once (RFC 9112 §9.3.1).
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
    if (framing?.kind === "length") return `after ${contentBytes} of ${framing.length} bytes of content`;
    const missing = framing?.kind === "chunked" ? ", before the last chunk" : "";
    return `after ${contentBytes} bytes of content${missing}`;
  }

  closedBeforeResponse(): TransportError {
    const which = this.reused ? "the connection, which had been used before," : "the connection";
    const message = `the server closed ${which} without an answer`;
    const { bytesReceived } = this;
    return new TransportError("PEER_CLOSED_BEFORE_RESPONSE", "head", message, { bytesReceived });
  }

  /** Why the connection's end is the exchange's. */
  brokenBy({ how, error }: CloseReason, framing: BodyFraming | undefined): TransportError {
    if (how !== "peer-abort") return error ?? this.closedBeforeResponse();
    const { responded, contentBytes, bytesReceived } = this;
    if (responded) {
      const message = `the server reset the connection ${this.progress(framing)}`;
      return new TransportError("PEER_RESET", "body", message, { cause: error, bytesReceived: contentBytes });
    }
    const when = bytesReceived === 0 ? "before it answered" : "within the head of its response";
    const message = `the server reset the connection ${when}`;
    return new TransportError("PEER_RESET", "head", message, { cause: error, bytesReceived });
  }

  /** A content cut short is told apart from one that breaks a rule: it says how much there is. */
  explained(error: unknown, framing: BodyFraming | undefined): unknown {
    if (!(error instanceof ProtocolError) || error.code !== "INCOMPLETE_BODY") return error;
    return this.truncated(framing, error);
  }

  truncated(framing: BodyFraming | undefined, cause: Error): TransportError {
    const how = cause instanceof TransportError ? " without ending TLS" : "";
    const message = `the server closed the connection${how} ${this.progress(framing)}`;
    return new TransportError("BODY_TRUNCATED", "body", message, { cause, bytesReceived: this.contentBytes });
  }
}

const LOST = new Set<string>(["PEER_CLOSED_BEFORE_RESPONSE", "PEER_RESET", "WRITE_FAILED"]);

function lostBeforeResponse(error: unknown): boolean {
  return (
    error instanceof TransportError &&
    LOST.has(error.code) &&
    error.phase !== "body" &&
    error.bytesReceived === 0
  );
}
