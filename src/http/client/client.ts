import { encodeHead } from "../../http1/encode.ts";
import { type Http1Leniency, STRICT } from "../../http1/leniency.ts";
import type { Http1Limits } from "../../http1/limits.ts";
import type { Http1Observer } from "../../http1/observer.ts";
import { type Clock, nowMs, systemClock } from "../../tcp/clock.ts";
import { type ConnectOptions, connect } from "../../tcp/connect.ts";
import type { TcpConnection } from "../../tcp/connection.ts";
import { TransportError } from "../../tcp/errors.ts";
import type { TcpObserver } from "../../tcp/observer.ts";
import { ownOptions } from "../../tcp/own-options.ts";
import type { TlsOptions } from "../../tcp/tls.ts";
import { Cancellation } from "../cancellation.ts";
import { Deadlines } from "../deadline.ts";
import { DECODE_LIMITS, type DecodeLimits, decodingWithin } from "./coding.ts";
import { ClientConnection, type ClientConnectionSettings, type ConnectionOwner } from "./connection.ts";
import { connectionKey, connectOptionsKey } from "./connection-key.ts";
import { Exchange, type ExchangeOwner, type ReadOptions } from "./exchange.ts";
import type { ClientResponse, RequestInput } from "./messages.ts";
import { type OutgoingRequest, outgoingRequest } from "./outgoing-request.ts";
import { Pool } from "./pool.ts";
import type { ProxySetting } from "./proxies/proxy-options.ts";
import { comesOnce } from "./request-content.ts";
import { RequestOptions } from "./request-options.ts";
import { parseRequestUrl, type RequestUrl, sameOriginUrl } from "./request-url.ts";

/** How a client connects, what it accepts, and how long it waits. No limit is `Number.POSITIVE_INFINITY`. */
export interface HttpClientOptions {
  /** Options of every connection: TLS, address family, a Unix socket, … `keepAliveMs` is 60,000 by default here. */
  readonly connect?: ConnectOptions;
  /** What a response may contain; `CLIENT_LIMITS` where nothing is given. */
  readonly limits?: Partial<Http1Limits>;
  /** Which rules a response may break; `STRICT`, none, by default. */
  readonly leniency?: Http1Leniency;
  /** How many connections may be open to one origin, 8 by default. */
  readonly maxConnectionsPerOrigin?: number;
  /**
   * How many requests a connection takes before the first of them is answered, 1 by default: no pipelining (RFC 9112
   * §9.3.2). Only idempotent requests without content are pipelined, and only on a connection that has answered
   * before. One slow answer holds up the answers behind it.
   */
  readonly pipelining?: number;
  /** How many requests may wait for a connection, 1000 by default; then POOL_QUEUE_FULL. */
  readonly maxQueued?: number;
  /** Milliseconds that a request may wait for a connection, 30,000 by default; then TIMEOUT_QUEUE. */
  readonly queueTimeoutMs?: number;
  /**
   * Milliseconds for which an unused connection is kept: 4,000 by default, or a second less than the server's hint.
   * 0: no connection is reused. `Number.POSITIVE_INFINITY`: the server alone ends it, and no hint counts.
   */
  readonly idleTimeoutMs?: number;
  /**
   * Milliseconds from the end of the request to the end of the response's head, 30,000 by default; then TIMEOUT_HEAD.
   */
  readonly headTimeoutMs?: number;
  /**
   * Milliseconds without a byte of content, or without anybody who begins to read it, 30,000 by default; then
   * TIMEOUT_BODY. A content that nobody begins to read ends after one second if another request waits for the
   * connection.
   */
  readonly bodyTimeoutMs?: number;
  /** Milliseconds in which the server takes no byte of the request, 30,000 by default; then TIMEOUT_WRITE. */
  readonly writeTimeoutMs?: number;
  /** How many bytes of content `bytes()`, `text()` and `json()` take, 64 MiB by default; then BODY_TOO_LARGE. */
  readonly maxBodyBytes?: number;
  /** How far `decode` may expand a content; `DECODE_LIMITS` where nothing is given. */
  readonly decodeLimits?: Partial<DecodeLimits>;
  /** Asked for each new connection: who watches it? */
  readonly observe?: (role: "client") => (TcpObserver & Http1Observer) | undefined;
  /**
   * The proxy for all requests that name none: a URL (`http://user:password@host:port`, also https, socks4, socks4a,
   * socks5, socks5h), its options, or a function that is asked for each URL, such as `proxyFromEnvironment()`. None by
   * default, whatever the environment says.
   */
  readonly proxy?: ProxySetting;
  /** Opens a connection: `connect` by default. Another function can give a memory connection or a tunnel. */
  readonly dial?: (options: ConnectOptions) => Promise<TcpConnection>;
  /** Where time comes from: the system by default. */
  readonly clock?: Clock;
}

const MAX_BODY_BYTES = 64 * 1024 * 1024;
/** A server that lost power sends no FIN. Only a keep-alive probe finds that out, and frees the connection. */
const KEEP_ALIVE_MS = 60_000;

/** An HTTP/1.1 client with a pool of persistent connections. */
export class HttpClient implements AsyncDisposable {
  readonly #connectOptions: ConnectOptions;
  readonly #connectOptionsKey: string;
  readonly #settings: ClientConnectionSettings;
  readonly #asReceived: ReadOptions;
  readonly #decoding: ReadOptions;
  readonly #clock: Clock;
  readonly #proxy: ProxySetting | undefined;
  readonly #observe: HttpClientOptions["observe"];
  readonly #dial: (options: ConnectOptions) => Promise<TcpConnection>;
  readonly #pool: Pool<ClientConnection>;
  readonly #connections = new Set<ClientConnection>();
  readonly #connecting = new Set<AbortController>();
  readonly #owner: ExchangeOwner = {
    open: (exchange) => void this.#open(exchange),
    dispatch: (exchange) => this.#dispatch(exchange),
    repeat: (exchange) => {
      this.#pool.endFree(exchange.start.key);
      this.#dispatch(exchange);
    },
  };
  readonly #connectionOwner: ConnectionOwner = {
    onFree: (free) => this.#pool.release(free),
    onGone: (gone) => this.#pool.remove(gone),
    isAwaited: (used) => this.#pool.isAwaited(used),
  };
  #closed: TransportError | undefined;
  /** The last URL that was parsed, and the last key: the next ones are often the same. */
  #lastUrl: { readonly text: string; readonly url: RequestUrl } | undefined;
  #lastKey: { readonly origin: string; readonly optionsKey: string; readonly key: string } | undefined;

  /** Opens no connection yet. */
  constructor(given: HttpClientOptions = {}) {
    const options = ownOptions(given);
    this.#connectOptions = ownOptions<ConnectOptions>({ keepAliveMs: KEEP_ALIVE_MS }, options.connect);
    this.#connectOptionsKey = connectOptionsKey(this.#connectOptions);
    const { maxBodyBytes = MAX_BODY_BYTES } = options;
    const decodeLimits = ownOptions<DecodeLimits>(DECODE_LIMITS, options.decodeLimits);
    this.#asReceived = { decoding: undefined, maxBodyBytes };
    this.#decoding = { decoding: decodingWithin(decodeLimits), maxBodyBytes };
    this.#proxy = options.proxy;
    this.#observe = options.observe;
    this.#dial = options.dial ?? connect;
    this.#clock = options.clock ?? { ...systemClock, now: nowMs };
    const deadlines = new Deadlines(this.#clock);
    this.#settings = {
      limits: options.limits ?? {},
      leniency: options.leniency ?? STRICT,
      deadlines,
      pipelining: options.pipelining ?? 1,
      headTimeoutMs: options.headTimeoutMs ?? 30_000,
      bodyTimeoutMs: options.bodyTimeoutMs ?? 30_000,
      writeTimeoutMs: options.writeTimeoutMs ?? 30_000,
      idleTimeoutMs: options.idleTimeoutMs ?? 4_000,
    };
    this.#pool = new Pool({
      maxConnectionsPerOrigin: options.maxConnectionsPerOrigin ?? 8,
      maxQueued: options.maxQueued ?? 1000,
      queueTimeoutMs: options.queueTimeoutMs ?? 30_000,
      deadlines,
    });
  }

  /**
   * Sends a request. Resolves when the head of the response has come; the content is read from the response. Redirects
   * are not followed. A status of 400 or above is no error.
   *
   * @throws {TransportError} when the request could not be sent, or no response came.
   * @throws {ProtocolError} blame "local": the request breaks a rule, and was not sent. "remote": the response does.
   */
  request(given: RequestInput): Promise<ClientResponse> {
    try {
      const input = new RequestOptions(given);
      const proxy = input.proxy ?? this.#proxy;
      if (proxy) return this.#askThrough(proxy, input);
      const startedAt = this.#clock.now();
      const request = outgoingRequest(input, this.#parse(input.url));
      // Whoever gives the field lines as text answers 417 by another text.
      return request.awaitsContinue && input.fieldText === undefined && !comesOnce(request.content)
        ? this.#askExpecting(request, input, startedAt)
        : this.#ask(request, input, startedAt);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Sends the request through a proxy. The parts that know proxies are loaded with the first such request. */
  async #askThrough(proxy: ProxySetting, input: RequestInput): Promise<ClientResponse> {
    const { askThrough } = await import("./proxies/ask-through.ts");
    return askThrough(input, proxy, (request) => this.request({ ...request, proxy: false }));
  }

  /** RFC 9110 §10.1.1: a server that answers 417 (Expectation Failed) is asked again without the expectation. */
  async #askExpecting(
    request: OutgoingRequest,
    input: RequestInput,
    startedAt: number,
  ): Promise<ClientResponse> {
    const response = await this.#ask(request, input, startedAt);
    if (response.status !== 417) return response;
    response.discard();
    return this.#ask(withoutExpectation(request), input, startedAt);
  }

  /** Sends the request once, within what is left of its total timeout. */
  #ask(request: OutgoingRequest, input: RequestInput, startedAt: number): Promise<ClientResponse> {
    const { signal, timeoutMs, statedTimeoutMs, onInformational, connect: own } = input;
    const timed = signal !== undefined || timeoutMs !== undefined;
    const connect = own === undefined ? this.#connectOptions : ownOptions(this.#connectOptions, own);
    const optionsKey = own === undefined ? this.#connectOptionsKey : connectOptionsKey(connect);
    const exchange = new Exchange(request, {
      startedAt,
      key: this.#keyOf(isTakenByProxy(connect) ? "proxy" : request.url.origin, optionsKey),
      connect,
      options: input.decode ? this.#decoding : this.#asReceived,
      cancellation: timed
        ? new Cancellation(signal, timeoutMs, this.#clock, this.#clock.now() - startedAt, statedTimeoutMs)
        : undefined,
      onInformational,
      owner: this.#owner,
    });
    this.#dispatch(exchange);
    return exchange.response;
  }

  #keyOf(origin: string, optionsKey: string): string {
    const last = this.#lastKey;
    if (last?.origin === origin && last.optionsKey === optionsKey) return last.key;
    const key = connectionKey(origin, optionsKey);
    this.#lastKey = { origin, optionsKey, key };
    return key;
  }

  #dispatch(exchange: Exchange): void {
    this.#pool.acquire(exchange.start.key, exchange);
  }

  /**
   * Ends the free connections and aborts the others. Resolves when all are closed. Later requests fail: POOL_CLOSED.
   */
  async close(): Promise<void> {
    this.#closed ??= new TransportError("POOL_CLOSED", "connect", "the client is closed");
    this.#pool.close(this.#closed);
    for (const controller of this.#connecting) controller.abort(this.#closed);
    await Promise.all([...this.#connections].map((connection) => connection.over));
  }

  /** `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #open(exchange: Exchange): Promise<void> {
    const { request, cancellation, start } = exchange;
    const { key, connect: options } = start;
    const controller = new AbortController();
    this.#connecting.add(controller);
    let connection: ClientConnection;
    try {
      if (this.#closed !== undefined) throw this.#closed;
      encodeHead(request.head); // a request that cannot be sent needs no connection
      cancellation?.onCancel((error) => controller.abort(error));
      controller.signal.throwIfAborted();
      const observer = this.#observe?.("client");
      const watched = { signal: controller.signal, ...(observer !== undefined && { observer }) };
      const tcp = await this.#dial(ownOptions(addressed(options, request.url), watched));
      if (controller.signal.aborted) {
        // Cancelled after `dial` had looked at the signal for the last time, and before the pool has the connection.
        tcp.abort(controller.signal.reason);
        throw controller.signal.reason;
      }
      connection = new ClientConnection(tcp, observer, this.#settings, this.#connectionOwner);
      this.#connections.add(connection);
      void tcp.closed.then(() => this.#connections.delete(connection));
      this.#pool.add(key, connection);
    } catch (error) {
      this.#pool.giveBack(key);
      // Our own reason for stopping says more than the error of `dial`.
      exchange.reject(controller.signal.aborted ? controller.signal.reason : error);
      return;
    } finally {
      this.#connecting.delete(controller);
      cancellation?.onCancel(undefined);
    }
    connection.takeFirst(exchange);
  }

  #parse(input: string | URL): RequestUrl {
    const text = typeof input === "string" ? input : input.href;
    const last = this.#lastUrl;
    if (last?.text === text) return last.url;
    const url = (last && sameOriginUrl(text, last.url)) ?? parseRequestUrl(input);
    this.#lastUrl = { text, url };
    return url;
  }
}

/** A proxy that is asked by absolute-form leads to all origins over one connection. */
function isTakenByProxy({ through }: ConnectOptions): boolean {
  return through !== undefined && through.length > 0 && through.at(-1)?.greet === undefined;
}

/**
 * Connects to the host of the URL, unless the options name another. The certificate is always verified for the host of
 * the URL.
 */
function addressed(options: ConnectOptions, url: RequestUrl): ConnectOptions {
  const { tls, ...rest } = options;
  const { path, host = url.host, port = url.port } = options;
  const place = path === undefined ? { host, port } : {};
  // Only the scheme decides whether TLS is used, not the port and not the options.
  if (!url.secure) return ownOptions<ConnectOptions>(rest, place);
  const given = typeof tls === "object" ? tls : {};
  const verified = { alpn: ["http/1.1"], servername: url.host };
  return ownOptions<ConnectOptions>(rest, place, { tls: ownOptions<TlsOptions>(verified, given) });
}

function withoutExpectation(request: OutgoingRequest): OutgoingRequest {
  const head = { ...request.head, fields: request.head.fields.without("expect") };
  return { ...request, head, awaitsContinue: false };
}
