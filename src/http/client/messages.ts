import type { InformationalHead, RequestHead, Version } from "../../http1/events.ts";
import type { Fields, FieldsSource } from "../../http1/fields.ts";
import type { Address } from "../../tcp/address.ts";
import type { ConnectOptions } from "../../tcp/connect.ts";
import type { TcpConnection, TlsInfo } from "../../tcp/connection.ts";

/** A text is sent as UTF-8. A stream is sent as it comes: chunked, unless Content-Length is among the fields. */
export type RequestContent = string | Uint8Array | AsyncIterable<Uint8Array>;

export interface RequestInput {
  /** http or https. Credentials in it become an Authorization field. */
  readonly url: string | URL;
  /** GET by default. Sent as it is: methods are case-sensitive. */
  readonly method?: string | undefined;
  /**
   * Sent in this order and case. What the client would add by itself (Host, User-Agent, Accept, framing) is left
   * out where it is among them.
   */
  readonly fields?: FieldsSource | undefined;
  readonly body?: RequestContent | undefined;
  /** Sent after a chunked body; called when the body is through. */
  readonly trailers?: (() => FieldsSource) | undefined;
  /** The request-target as it shall stand on the wire, in place of the URL's path and query. */
  readonly target?: string | undefined;
  readonly version?: Version | undefined;
  /** Ask with Expect: 100-continue before the content is sent, and wait a second for the answer. */
  readonly expectContinue?: boolean | undefined;
  /**
   * Ask for gzip, deflate or br, and undo them; beside a Range field, ask for none. The fields stay as received.
   * A coding that is not known here is an error of the content: DECODE_FAILED.
   */
  readonly decode?: boolean | undefined;
  /**
   * Whether sending it twice does what sending it once does; by default the method says so (RFC 9110 §9.2.2). It is
   * sent again, once, when the server ends a connection that was used before just as we use it.
   */
  readonly idempotent?: boolean | undefined;
  /** `false`: no User-Agent and no Accept. Host and framing are always there. */
  readonly defaultFields?: boolean | undefined;
  /** Only connections made with the same options are reused. */
  readonly connect?: ConnectOptions | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For all of it, from the call to the last byte of content. */
  readonly timeoutMs?: number | undefined;
  readonly onInformational?: ((head: InformationalHead) => void) | undefined;
}

export interface ClientResponse {
  readonly status: number;
  /** The reason phrase; often empty, never of importance (RFC 9112 §4). */
  readonly reason: string;
  readonly version: Version;
  readonly fields: Fields;
  /** The interim responses (1xx) that came before. */
  readonly informational: readonly InformationalHead[];

  /**
   * The content as it arrives; once. What is not read stays with the server: at most 64 KiB wait here. Leaving
   * the loop early is `discard()`.
   */
  readonly body: AsyncIterable<Uint8Array>;
  /**
   * The content as it arrives, where it lies, which saves the memory: `bytes` may be used until `take` returns, and
   * whoever keeps them copies them. While a promise that `take` gave is open it is not called again. Once; resolves at
   * the end of the content.
   */
  consume(take: (bytes: Uint8Array) => void | Promise<void>): Promise<void>;
  /** The whole content. @throws {TransportError} BODY_TOO_LARGE beyond `maxBytes`, by default `maxBodyBytes`. */
  bytes(maxBytes?: number): Promise<Uint8Array>;
  /** Decoded with the charset of Content-Type; UTF-8 by default. */
  text(): Promise<string>;
  json<T = unknown>(): Promise<T>;
  /** Nobody wants the (rest of the) content: a short one is read and dropped, a long one ends the connection. */
  discard(): void;
  /** The trailer section; empty until the content was received to its end. */
  readonly trailers: Fields;

  readonly request: SentRequest;
  readonly connection: ConnectionInfo;
  readonly timings: Timings;
  /** After 101, or a 2xx answer to CONNECT: the connection, now yours, with the bytes that came behind the head. */
  readonly upgraded: TcpConnection | undefined;
}

/** The request as it was sent. */
export interface SentRequest {
  readonly method: string;
  /** The URL, without credentials and fragment. */
  readonly url: string;
  readonly head: RequestHead;
}

export interface ConnectionInfo {
  readonly id: number;
  readonly local: Address;
  readonly remote: Address;
  readonly tls: TlsInfo | undefined;
  /** The connection had served another request before. */
  readonly reused: boolean;
}

/** When each step was complete, in milliseconds since the call; `undefined` until then. */
export interface Timings {
  /** The moment of the call, in milliseconds of a clock that never goes back. Only differences mean something. */
  readonly startedAt: number;
  /** A connection was there. Includes waiting in the pool's queue, resolving, connecting and TLS. */
  readonly connectedMs: number;
  /** The last byte of the request was given to the kernel, or waits in the connection's queue. */
  readonly sentMs: number | undefined;
  /** The first byte of the response arrived. */
  readonly firstByteMs: number | undefined;
  /** The content was received to its end. */
  readonly endMs: number | undefined;
}
