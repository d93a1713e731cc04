import { ProtocolError } from "../http1/errors.ts";
import type { InformationalHead } from "../http1/events.ts";
import type { BodyFraming } from "../http1/framing.ts";
import type { CloseReason } from "../tcp/connection.ts";
import { TransportError } from "../tcp/errors.ts";
import type { Cancellation } from "./cancellation.ts";
import type { IncomingResponse, ReadOptions } from "./incoming-response.ts";
import type { Timings } from "./messages.ts";
import type { OutgoingRequest } from "./outgoing-request.ts";
import { type BodySource, ResponseBody } from "./response-body.ts";

/** What an exchange needs beside the request itself. */
export interface ExchangeStart {
  /** When the caller asked; the connection may have come long after. */
  readonly startedAt: number;
  readonly options: ReadOptions;
  readonly cancellation: Cancellation | undefined;
  readonly onInformational: ((head: InformationalHead) => void) | undefined;
}

/** One request and its response, and what is known of them so far. */
export class Exchange {
  readonly request: OutgoingRequest;
  readonly options: ReadOptions;
  readonly cancellation: Cancellation | undefined;
  readonly onInformational: ((head: InformationalHead) => void) | undefined;
  /** The connection had served another request before. */
  readonly reused: boolean;
  readonly timings: { -readonly [Step in keyof Timings]: Timings[Step] };
  readonly informational: InformationalHead[] = [];
  readonly body: ResponseBody;
  readonly response: Promise<IncomingResponse>;
  resolve: (response: IncomingResponse) => void = () => {};
  reject: (error: unknown) => void = () => {};
  responded = false;
  /** The server wants no (more) content of ours. */
  refusedContent = false;
  /** Lets the content go that waits for 100 (Continue). */
  proceed: (() => void) | undefined;
  bytesReceived = 0;
  contentBytes = 0;
  discardedBytes = 0;

  constructor(
    request: OutgoingRequest,
    start: ExchangeStart,
    now: number,
    reused: boolean,
    source: BodySource,
  ) {
    const { startedAt, options, cancellation, onInformational } = start;
    this.request = request;
    this.options = options;
    this.cancellation = cancellation;
    this.onInformational = onInformational;
    this.reused = reused;
    this.timings = {
      startedAt,
      connectedMs: now - startedAt,
      sentMs: undefined,
      firstByteMs: undefined,
      endMs: undefined,
    };
    this.body = new ResponseBody(source);
    this.response = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
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
