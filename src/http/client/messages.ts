import type { InformationalHead, RequestHead, Version } from "../../http1/events.ts";
import type { Fields, FieldsSource } from "../../http1/fields.ts";
import type { Address } from "../../tcp/address.ts";
import type { ConnectOptions } from "../../tcp/connect.ts";
import type { TcpConnection, TlsInfo } from "../../tcp/connection.ts";
import type { ProxySetting } from "./proxies/proxy-options.ts";
import type { RequestContent } from "./request-content.ts";

/** A request to send. Only `url` is required. */
export interface RequestInput {
  /** An absolute http or https URL. Credentials in it become an Authorization field. */
  readonly url: string | URL;
  /** "GET" by default. Sent as given: methods are case-sensitive (RFC 9110 §9.1). */
  readonly method?: string | undefined;
  /**
   * Field lines, sent in this order and case. A field that the client would add by itself (Host, User-Agent, Accept,
   * framing) is not added when it is among them.
   */
  readonly fields?: FieldsSource | undefined;
  /**
   * The whole header section as it is to be written: field lines, each with its CR LF, in place of `fields`. Nothing is
   * added, not even Host or the framing of the content, and nothing but the form of the lines is checked. No redirect is
   * followed with it: REDIRECT_REFUSED. For a tool that sends what a person typed.
   */
  readonly fieldText?: string | undefined;
  /** The content; none by default. */
  readonly body?: RequestContent | undefined;
  /** The trailer section of a chunked body. Called when the body is sent (RFC 9112 §7.1.2). */
  readonly trailers?: (() => FieldsSource) | undefined;
  /** The request-target on the wire, in place of the URL's path and query (RFC 9112 §3.2). */
  readonly target?: string | undefined;
  /** The HTTP version to send, "1.1" by default. */
  readonly version?: Version | undefined;
  /**
   * Send Expect: 100-continue, and wait at most a second for the answer before the content is sent (RFC 9110
   * §10.1.1).
   */
  readonly expectContinue?: boolean | undefined;
  /**
   * Ask for gzip, deflate, br and, where Node has it (≥ 22.15), zstd, and undo them; beside a Range field, ask for
   * none. `false` by default. The fields stay as received. An unknown coding is an error of the content: DECODE_FAILED.
   */
  readonly decode?: boolean | undefined;
  /**
   * Whether the request may be sent twice; by default the method decides (RFC 9110 §9.2.2). It is sent again, once,
   * when the server ends a reused connection at the moment of sending. A stream is never sent twice; a `ContentSource`
   * is opened again.
   */
  readonly idempotent?: boolean | undefined;
  /** Milliseconds to wait for the answer to Expect: 100-continue before the content is sent: 1000 by default. */
  readonly continueTimeoutMs?: number | undefined;
  /**
   * What becomes of the content when the response comes before all of it is sent. "finish": the rest is sent, also
   * after the response is complete. "stop": nothing more is sent, and the connection ends with the response. By
   * default, "stop" for a status of 400 or above, with which the server says that it wants no more (RFC 9112 §9.5), and
   * "finish" for any other. A function decides by the status. `ClientResponse.sent` tells whether all was sent.
   */
  readonly earlyAnswer?: "finish" | "stop" | ((status: number) => "finish" | "stop") | undefined;
  /** `false`: no User-Agent and no Accept are added. `true` by default. Host and framing are always added. */
  readonly defaultFields?: boolean | undefined;
  /** Options of the connection, over those of the client. Only connections made with equal options are reused. */
  readonly connect?: ConnectOptions | undefined;
  /**
   * The proxy for this request, in place of the client's; `false`: none. A function is asked for the URL, and a redirect
   * is another URL. See `proxyFromEnvironment`.
   */
  readonly proxy?: ProxySetting | false | undefined;
  /** Gives the request up when it is aborted: ABORTED, also while the content is read. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from the call to the last byte of content; then TIMEOUT_TOTAL. No limit by default. */
  readonly timeoutMs?: number | undefined;
  /**
   * The limit that TIMEOUT_TOTAL tells, `timeoutMs` by default: for a step that lowers `timeoutMs`, since other requests have
   * used some of it.
   */
  readonly statedTimeoutMs?: number | undefined;
  /** Told of each interim response (1xx) when it arrives. */
  readonly onInformational?: ((head: InformationalHead) => void) | undefined;
}

/** The head of a response, and the ways to read its content. The content can be read once. */
export interface ClientResponse {
  /** The status code, 101 or 200 to 999. */
  readonly status: number;
  /** The reason phrase: often empty, and without meaning (RFC 9112 §4). */
  readonly reason: string;
  /** The HTTP version of the response. */
  readonly version: Version;
  /** The header section as received. */
  readonly fields: Fields;
  /** The interim responses (1xx) that came before. */
  readonly informational: readonly InformationalHead[];

  /**
   * The content as it arrives. At most 64 KiB wait here for a reader; the rest stays with the server. Leaving the
   * loop early is `discard()`.
   *
   * @throws {TransportError} while it is read: BODY_TRUNCATED, TIMEOUT_BODY, DECODE_FAILED, DECODE_BOMB, BODY_USED, …
   */
  readonly body: AsyncIterable<Uint8Array>;
  /**
   * Gives the content to `take` as it arrives, without a copy: `bytes` may be used until `take` returns. `take` is
   * not called again before the promise that it returned resolves. Resolves at the end of the content.
   *
   * @throws {TransportError} as `body`.
   */
  consume(take: (bytes: Uint8Array) => void | Promise<void>): Promise<void>;
  /**
   * The whole content.
   *
   * @param maxBytes the limit in place of `maxBodyBytes`.
   * @throws {TransportError} BODY_TOO_LARGE beyond the limit; otherwise as `body`.
   */
  bytes(maxBytes?: number): Promise<Uint8Array>;
  /**
   * The whole content as text, in the charset of Content-Type; UTF-8 by default.
   *
   * @throws {TransportError} as `bytes`.
   */
  text(): Promise<string>;
  /** The whole content as JSON. @throws {TransportError} DECODE_FAILED when it is not JSON; otherwise as `bytes`. */
  json<T = unknown>(): Promise<T>;
  /** Gives up the rest of the content: a short rest is read and dropped, a long one ends the connection. */
  discard(): void;
  /** The trailer section; empty until the content was received to its end. */
  readonly trailers: Fields;

  /**
   * Resolves when the request is sent to its end: mostly it is, long before the response comes. `timings.sentMs` says
   * whether that is so now.
   *
   * @throws {TransportError} ABORTED when the rest is not sent because of the response; otherwise what broke off.
   */
  readonly sent: Promise<void>;
  /** The request as it was sent. */
  readonly request: SentRequest;
  /** The connection that the response came by. */
  readonly connection: ConnectionInfo;
  /** When each step was over. */
  readonly timings: Timings;
  /** After 101, or a 2xx answer to CONNECT: the connection, now yours, with the bytes that came behind the head. */
  readonly upgraded: TcpConnection | undefined;
}

/** A request as it was sent. */
export interface SentRequest {
  /** The method. */
  readonly method: string;
  /** The URL without credentials and fragment. */
  readonly url: string;
  /** The head, with the fields that the client added. */
  readonly head: RequestHead;
}

/** The connection of an exchange. */
export interface ConnectionInfo {
  /** The number of the connection within this process. */
  readonly id: number;
  /** The address of this end. */
  readonly local: Address;
  /** The address of the server. */
  readonly remote: Address;
  /** What was agreed on by TLS; `undefined` without TLS. */
  readonly tls: TlsInfo | undefined;
  /** Whether the connection served another request before. */
  readonly reused: boolean;
}

/** When each step of an exchange was over, in milliseconds since the call; `undefined` before. */
export interface Timings {
  /** The time of the call, in milliseconds on a clock that never goes back: only differences mean something. */
  readonly startedAt: number;
  /** There was a connection: waiting in the pool's queue, resolving, connecting and TLS included. */
  readonly connectedMs: number;
  /** The last byte of the request was given to the kernel, or waits in the connection's queue. */
  readonly sentMs: number | undefined;
  /** The first byte of the response arrived. */
  readonly firstByteMs: number | undefined;
  /** The content was received to its end. */
  readonly endMs: number | undefined;
}
